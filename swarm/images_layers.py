"""What is in an image, file by file: reads what `docker save` writes, of engines old and new.

The archive's manifest.json lists for every image its configuration and its layers, the lowest first (Docker Image
Specification 1.2, "Combined Image JSON + Filesystem Changeset Format"; newer engines keep OCI's layout beside it).
"""

import json
import posixpath
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm import docker_program
from swarm.engine import Engine
from swarm.engine_images import VARIANT_LABEL
from swarm.errors import DockerError

_GONE = ".wh."  # a file of that name and a prefix: what a lower layer has is no longer there


@dataclass(frozen=True)
class Layer:
    """`id`: of it and all below it; `files`: bytes of each by its path, without the leading slash."""

    id: str
    files: dict[str, int]
    gone: tuple[str, ...]

    @property
    def size(self) -> int:
        return sum(self.files.values())


class Saved:
    """One image in an archive that `opened` has open."""

    def __init__(self, archive: tarfile.TarFile, entry: Mapping[str, Any]):
        self._archive, self._names = archive, list(entry["Layers"])
        self.config: dict[str, Any] = json.loads(_member(archive, str(entry["Config"])))
        self.layers = [self._layer(number) for number in range(len(self._names))]

    @property
    def own(self) -> list[Layer]:
        """The layers above the base, as its Dockerfile marks it; all but the lowest if it does not."""
        return self.layers[base_layers(self.config.get("history") or []) :]

    def files(self) -> dict[str, int]:
        """All that a container of it sees: bytes by path."""
        found: dict[str, int] = {}
        for layer in self.layers:
            for path in layer.gone:
                for below in [name for name in found if name == path or name.startswith(f"{path}/")]:
                    del found[below]
            found |= layer.files
        return found

    def read(self, path: str) -> bytes:
        """The content of a file; nothing when there is none, or it is a link."""
        for number in reversed(range(len(self.layers))):
            if path in self.layers[number].files:
                with self._opened(number) as layer:
                    return _member(layer, *(f"{begin}{path}" for begin in ("", "./", "/")))
        return b""

    def _layer(self, number: int) -> Layer:
        files, gone = {}, []
        with self._opened(number) as layer:
            for member in layer:
                path = posixpath.normpath(member.name).lstrip("/")
                folder, name = posixpath.split(path)
                if name.startswith(_GONE):
                    gone.append(posixpath.join(folder, name.removeprefix(_GONE)))
                elif member.isreg():
                    files[path] = member.size
        chain = "/".join(self.config["rootfs"]["diff_ids"][: number + 1])
        return Layer(chain, files, tuple(gone))

    @contextmanager
    def _opened(self, number: int) -> Iterator[tarfile.TarFile]:
        file = self._archive.extractfile(self._names[number])
        if file is None:
            raise DockerError(f"docker save left out a layer: {self._names[number]}; is the engine's disk whole?")
        with file, tarfile.open(fileobj=file, mode="r:*") as layer:
            yield layer


def base_layers(history: Sequence[Mapping[str, Any]]) -> int:
    """How many layers are the base's, from an image's own history (the oldest first). Pure."""
    count = 0
    for entry in history:
        if f"LABEL {VARIANT_LABEL}=" in str(entry.get("created_by", "")):
            return count
        count += not entry.get("empty_layer", False)
    return 1


@contextmanager
def opened(engine: Engine, image_ids: Sequence[str]) -> Iterator[list[Saved]]:
    """These images of the engine, in this order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.tar"
        docker_program.run(engine.url, "save", "--output", str(path), *dict.fromkeys(image_ids))
        with tarfile.open(path) as archive:
            entries = {_id_of(entry): entry for entry in json.loads(_member(archive, "manifest.json"))}
            yield [Saved(archive, entries[image_id]) for image_id in image_ids]


def _id_of(entry: Mapping[str, Any]) -> str:
    """Its configuration is called after it: HEX.json, or blobs/sha256/HEX."""
    return "sha256:" + posixpath.basename(str(entry["Config"])).removesuffix(".json")


def _member(archive: tarfile.TarFile, *names: str) -> bytes:
    """The content of the first of these names that is there."""
    for name in names:
        try:
            file = archive.extractfile(name)
        except KeyError:
            continue
        if file is not None:
            with file:
                return file.read()
    return b""
