"""The floor's image: one small program and nothing else, for every service of the room alike."""

import os
import subprocess
import tempfile
from pathlib import Path

from swarm import docker_program, images
from swarm.errors import DockerError

TAG = "nanoswarm/bench-echo"
_DOCKERFILE = 'FROM scratch\nCOPY echo /echo\nENTRYPOINT ["/echo"]\n'


def make(url: str, registry: str | None, nodes: dict[str, str], compiler: str = os.environ.get("CC", "gcc")) -> str:
    """Build it on the engine at `url` and bring it to the registry, or to each of `nodes`; what a stack calls it.

    DockerError when there is no compiler. For nodes of another kind than this machine, CC names a cross compiler.
    """
    with tempfile.TemporaryDirectory() as folder:
        _compile(compiler, Path(folder) / "echo")
        (Path(folder) / "Dockerfile").write_text(_DOCKERFILE)
        docker_program.run(url, "build", "--tag", TAG, folder)
    if registry is not None:
        there = f"{registry}/{TAG}"
        docker_program.run(url, "tag", TAG, there)
        digest = images.pushed_digest(docker_program.run(url, "push", there))
        return f"{there}@{digest}"
    for other in nodes.values():
        if other != url:
            docker_program.stream((url, ("save", TAG)), (other, ("load", "--quiet")))
    return docker_program.run(url, "image", "inspect", "--format", "{{.Id}}", TAG).strip()


def _compile(compiler: str, to: Path) -> None:
    source = Path(__file__).with_name("echo.c")
    try:
        subprocess.run(  # noqa: S603  # our own words, and the compiler that CC names
            [compiler, "-static", "-Os", "-s", "-Wall", "-o", str(to), str(source)], check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise DockerError(f"there is no {compiler} to compile the floor with (Debian: apt-get install gcc libc6-dev)") from None
    except subprocess.CalledProcessError as error:
        raise DockerError(f"{compiler} cannot compile {source.name}: {error.stderr.strip()[-400:]}") from None
