"""How this folder's backups are made: `.nanoswarm/backup.json` says for whose key, to where and how many.

`.nanoswarm/backup.key` is the key that opens them, unless it is kept elsewhere.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from nanoservices import payload
from nanoservices.errors import PayloadError
from swarm import backup_age, context, durable
from swarm.backup_age import Key
from swarm.errors import InputError

FOLDER = context.PATH.parent
PATH, KEY, PLACE = FOLDER / "backup.json", FOLDER / "backup.key", FOLDER / "backups"
KEEP = 7


@dataclass(frozen=True)
class BackupSettings:
    """`recipient`: the public key; empty while none has been made or given."""

    recipient: str = ""
    places: tuple[str, ...] = (str(PLACE),)
    keep: int = KEEP

    @property
    def folders(self) -> list[Path]:
        return [Path(place) for place in self.places]


def load(path: Path = PATH) -> BackupSettings:
    try:
        return payload.decode(BackupSettings, path.read_bytes())
    except FileNotFoundError:
        return BackupSettings()
    except (OSError, PayloadError) as error:
        raise InputError(
            [f"{path}: cannot be understood ({error}); mend it, or remove it and begin with: nanoswarm backup key"]
        ) from None


def save(settings: BackupSettings, path: Path = PATH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, json.dumps(dataclasses.asdict(settings), indent=1).encode() + b"\n")


def make_key(path: Path = KEY) -> str:
    """A new key in `path`, for its owner's eyes only; its public one. InputError when one is there: it opens what was made."""
    if path.exists():
        raise InputError([f"{path}: is there already, and opens the backups that were made; move it away to make another"])
    path.parent.mkdir(parents=True, exist_ok=True)
    text, public = backup_age.new_key()
    durable.write(path, text.encode())
    return public


def key(path: Path | None = None) -> Key:
    """InputError when there is none."""
    path = path or KEY
    try:
        return Key(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([f"{path}: {error.strerror}; name the file with the key of the backups: --key FILE"]) from None
    except UnicodeDecodeError:
        raise InputError([f"{path}: is not a key as age-keygen writes it; name another: --key FILE"]) from None


def ready(settings: BackupSettings) -> tuple[BackupSettings, str]:
    """With a key and the place for backups, made if they are the usual ones; the sentence that says so, or nothing."""
    said = ""
    if not settings.recipient:
        public = make_key() if not KEY.exists() else key().public
        settings = dataclasses.replace(settings, recipient=public)
        save(settings)
        said = f"The key that opens the backups is in {KEY}: keep a copy elsewhere, nobody can read them without it."
    if settings.folders == [PLACE]:
        PLACE.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings, said
