"""A disk that is slow, that lies, or that is written down: disk_shim.c, compiled for programs that are started with it."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "disk_shim.c"


class NoCompiler(RuntimeError):
    """Nothing here makes a program of C."""


def compiled(folder: Path) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise NoCompiler("no C compiler is here: apt-get install gcc libc6-dev")
    made = folder / "disk_shim.so"
    if not made.exists():
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl"], check=True, timeout=60)  # noqa: S603
    return made


def slow(folder: Path, root: Path, fsync_ms: int) -> dict[str, str]:
    """What to put into a program's environment, so that each of its fsyncs below `root` takes so much longer."""
    wait = folder / "fsync_ms"
    wait.write_text(str(fsync_ms))
    return {"LD_PRELOAD": str(compiled(folder)), "SHIM_ROOT": str(root), "SHIM_WAIT": str(wait)}
