"""What an engine does with volumes: which there are, and a box, a container that holds some of them open to us.

Files come and go through the engine's own archives, also while the box's process does not run; what has to be done on the
node itself is done by Python in the box, which every service's image has. No agent, no shell, no tar.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarm.engine import Engine
from swarm.errors import EngineError

OURS = "nanoswarm.backup"  # the label of what a backup or a restore made for a while; its value says for which
_CHUNK = 2 << 20
_MOST_SAID = 600
_GONE = 404


@dataclass(frozen=True)
class Volume:
    name: str
    mountpoint: str
    driver: str
    options: Mapping[str, str]
    labels: Mapping[str, str]

    @property
    def is_plain(self) -> bool:
        """A folder on the engine's own disk."""
        return self.driver == "local" and not self.options


@dataclass(frozen=True)
class Box:
    """`mounts`: what is where in it, by its path: a volume's name, or a folder of the host. `rights`: capabilities."""

    image: str
    mounts: Mapping[str, str]
    user: str
    purpose: str
    program: Sequence[str] = ("python3", "-c", "pass")
    rights: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def volume(engine: Engine, name: str) -> Volume | None:
    """The volume of just that name."""
    with engine.asked() as client:
        told = client.api.volumes(filters={"name": name})["Volumes"] or []
    return next((_volume(attrs) for attrs in told if attrs["Name"] == name), None)  # the filter takes parts of names


def volumes(engine: Engine, begins: str) -> list[Volume]:
    with engine.asked() as client:
        told = client.api.volumes(filters={"name": begins})["Volumes"] or []
    return sorted((_volume(attrs) for attrs in told if attrs["Name"].startswith(begins)), key=lambda found: found.name)


def make(engine: Engine, name: str, labels: Mapping[str, str]) -> None:
    with engine.asked() as client:
        client.api.create_volume(name, driver="local", labels=dict(labels))


def remove(engine: Engine, name: str) -> None:
    """None when it is gone already. EngineError while a container has it."""
    try:
        with engine.asked() as client:
            client.api.remove_volume(name)
    except EngineError as error:
        if error.status != _GONE:
            raise


def clear(engine: Engine) -> list[str]:
    """Remove the boxes and scratch volumes that a killed command has left; their names. Only while nobody else is at it."""
    with engine.asked() as client:
        boxes = client.api.containers(all=True, filters={"label": OURS})
        for box in boxes:
            client.api.remove_container(box["Id"], force=True)
        scratch = client.api.volumes(filters={"label": OURS})["Volumes"] or []
        for each in scratch:
            client.api.remove_volume(each["Name"])
    return [each["Name"] for each in scratch] + [box["Names"][0].lstrip("/") for box in boxes]


class OpenBox:
    """A box that is there."""

    def __init__(self, engine: Engine, container: Any):
        self._engine, self._container = engine, container

    def run(self, within_s: float) -> str:
        """Let its program run to its end; what it printed. EngineError with what it complained of."""
        with self._engine.asked():
            self._container.start()
            code = self._container.wait(timeout=within_s)["StatusCode"]
            said = self._container.logs(stdout=True, stderr=False).decode(errors="replace")
            complaint = "" if code == 0 else self._container.logs(stdout=False, stderr=True).decode(errors="replace")
        if code != 0:
            raise EngineError(f"{self._engine.url}: {complaint.strip()[-_MOST_SAID:] or f'it ended with {code}'}")
        return str(said)

    def start(self) -> None:
        with self._engine.asked():
            self._container.start()

    @property
    def runs(self) -> bool:
        with self._engine.asked():
            self._container.reload()
            return bool(self._container.status == "running")

    def last_words(self) -> str:
        with self._engine.asked():
            return str(self._container.logs(tail=5).decode(errors="replace").strip()[-_MOST_SAID:])

    def execute(self, words: Sequence[str]) -> tuple[int, str]:
        """The exit code of another program in it, and what it said."""
        with self._engine.asked():
            ended = self._container.exec_run(list(words))
        return int(ended.exit_code or 0), ended.output.decode(errors="replace")

    def get(self, path: str) -> Iterator[bytes]:
        """A tar of what is at that path."""
        with self._engine.asked():
            chunks, _about = self._container.get_archive(path, chunk_size=_CHUNK)
            yield from chunks

    def put(self, path: str, archive: Iterable[bytes]) -> None:
        """Unpack a tar into that folder."""
        with self._engine.asked():
            self._container.put_archive(path, archive)


@contextlib.contextmanager
def opened(engine: Engine, box: Box) -> Iterator[OpenBox]:
    with engine.asked() as client:
        container = client.containers.create(
            box.image,
            entrypoint=list(box.program),
            user=box.user,
            environment=dict(box.environment),
            network_mode="none",
            cap_drop=["ALL"],
            cap_add=list(box.rights),
            security_opt=["no-new-privileges"],
            read_only=True,
            volumes={source: {"bind": target, "mode": "rw"} for target, source in box.mounts.items()},
            labels={OURS: box.purpose},
            log_config={"Type": "json-file", "Config": {}},
            healthcheck={"test": ["NONE"]},
        )
    try:
        yield OpenBox(engine, container)
    finally:
        with engine.asked():
            container.remove(force=True)


def has(engine: Engine, image: str) -> bool:
    return engine.image(image) is not None


def saved(engine: Engine, image: str) -> Iterator[bytes]:
    """The image as `docker save` gives it."""
    with engine.asked() as client:
        yield from client.api.get_image(image, chunk_size=_CHUNK)


def load(engine: Engine, archive: Iterable[bytes]) -> None:
    """What `saved` gave, into this engine."""
    with engine.asked() as client:
        for line in client.api.load_image(archive):
            if "error" in line:
                raise EngineError(f"{engine.url}: {line['error']}")


def tag(engine: Engine, image: str, name: str) -> None:
    with engine.asked() as client:
        repository, _, version = name.partition(":")
        client.api.tag(image, repository, version or "latest")


def content(engine: Engine, config: str) -> bytes:
    """What a config of the Swarm holds."""
    import base64

    with engine.asked() as client:
        return base64.b64decode(client.api.inspect_config(config)["Spec"]["Data"])


def _volume(attrs: Mapping[str, Any]) -> Volume:
    return Volume(
        attrs["Name"], attrs["Mountpoint"], attrs["Driver"], dict(attrs.get("Options") or {}), dict(attrs.get("Labels") or {})
    )
