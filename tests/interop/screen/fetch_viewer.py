"""Fetch the PDF viewer's files as provenance.json names them, check them, and pack them: make viewer."""

import base64
import gzip
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[3] / "nanoservices/meeting/static/pdf"
PLACES = {"pdf": "package/legacy/build", "openjpeg": "package/wasm", "jbig2": "package/wasm"}


def main() -> None:
    told = json.loads((HERE / "provenance.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, told["package"]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # our own words
        (packed,) = Path(folder).glob("*.tgz")
        found = "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
        if found != told["integrity"]:
            raise SystemExit(f"{told['package']} has the integrity {found}, not {told['integrity']}; nothing is changed")
        with tarfile.open(packed) as archive:
            for name, sha256 in told["files"].items():
                member = archive.extractfile(f"{PLACES[name.partition('_')[0].partition('.')[0]]}/{name}")
                data = member.read() if member is not None else b""
                if hashlib.sha256(data).hexdigest() != sha256:
                    raise SystemExit(f"{name} does not have the sha256 {sha256}")
                (HERE / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{told['package']}: {len(told['files'])} files")


if __name__ == "__main__":
    main()
