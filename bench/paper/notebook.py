"""What has been measured, on disk: a file for each scenario, whole or not there, so that a run can go on where it ended."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

VERSION = 1


@dataclass(frozen=True)
class Page:
    """One scenario's. `told`: what its benchmark printed; `given`: what it was measured under, to know it again."""

    name: str
    command: str
    at: str  # ISO 8601, the wall clock's
    took_s: float
    given: dict[str, Any]
    told: dict[str, Any]
    pace: dict[str, float]


class Notebook:
    def __init__(self, folder: Path):
        self._folder = folder / "measured"

    def write(self, page: Page) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(page.name)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"v": VERSION, **vars(page)}, indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)

    def read(self, name: str, given: dict[str, Any]) -> Page | None:
        """None when there is none, it cannot be understood, or it was measured under something else."""
        try:
            told = json.loads(self._path(name).read_text(encoding="utf-8"))
            if told.pop("v") != VERSION or told["given"] != given:
                return None
            datetime.fromisoformat(told["at"])
            return Page(**told)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
