"""A container that is run for a moment, to see how it does: without network, rights or anything that outlives it."""

import io
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

USER = 10001
_LOOK_S = 0.1


@dataclass(frozen=True)
class Trial:
    """`files` go into `folder`; that and `volumes` are not the container's own layer. `health` says that it is alive."""

    image: str
    environment: Mapping[str, str]
    folder: str
    files: Mapping[str, bytes]
    volumes: tuple[str, ...]
    health: tuple[str, ...]
    within_s: float


@dataclass(frozen=True)
class Tried:
    """`said`: its last lines, when it did not come alive."""

    alive: bool
    writable_bytes: int
    said: str


def run(client: Any, trial: Trial) -> Tried:
    container = client.containers.create(
        trial.image,
        environment=dict(trial.environment),
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        volumes=[trial.folder, *trial.volumes],
    )
    try:
        container.put_archive(trial.folder, _packed(trial.files))
        container.start()
        alive = _until_alive(container, trial, time.monotonic() + trial.within_s)
        said = "" if alive else container.logs(tail=5).decode(errors="replace").strip()
        return Tried(alive, written(client, container.id), said)
    finally:
        container.remove(v=True, force=True)


def written(client: Any, container_id: str) -> int:
    """Bytes in its writable layer. The engine leaves out what is nothing."""
    told = client.api.containers(all=True, size=True, filters={"id": container_id})
    return int(told[0].get("SizeRw", 0)) if told else 0


def all_written(client: Any) -> dict[str, int]:
    """Bytes in the writable layers of what runs now, by image; the largest of several."""
    found: dict[str, int] = {}
    for told in client.api.containers(size=True):
        image = str(told["ImageID"])
        found[image] = max(found.get(image, 0), int(told.get("SizeRw", 0)))
    return found


def _until_alive(container: Any, trial: Trial, until: float) -> bool:
    while time.monotonic() < until:
        container.reload()
        if container.status != "running":
            return False
        if container.exec_run(list(trial.health)).exit_code == 0:
            return True
        time.sleep(_LOOK_S)
    return False


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.uid, member.gid = len(data), 0o400, USER, USER
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()
