"""Plan, do and take back: what makes a machine a node. A second time there is nothing to do.

Before anything is changed, what the files held is written down in PREPARED on that machine: so it can be taken back, also
when we were killed half-way.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm.errors import InputError, NodeError
from swarm.node.machine import Machine
from swarm.node.wishes import CMDLINES, DAEMON, KERNEL_WORDS, LOOKED_AT, Options, Wish, wishes

PREPARED = "/var/lib/nanoswarm/prepared.json"
Say = Callable[[str], None]
Held = dict[str, dict[str, str | None]]


@dataclass(frozen=True)
class Written:
    """PREPARED: what files held before we came and hold by us, and commands that were to follow and were not all run."""

    held: Held
    pending: tuple[tuple[str, ...], ...] = ()

    @staticmethod
    def of(text: str | None) -> "Written":
        try:
            found = json.loads(text or "{}")
            files = {
                str(path): {"before": each["before"], "after": each["after"]} for path, each in found.get("files", {}).items()
            }
            return Written(files, tuple(tuple(map(str, words)) for words in found.get("pending", [])))
        except (ValueError, AttributeError, KeyError, TypeError):
            raise NodeError(
                f"{PREPARED} there cannot be read; what was before cannot be put back by us: move it away"
            ) from None

    @property
    def text(self) -> str:
        return json.dumps({"v": 1, "files": self.held, "pending": self.pending}, indent=1) + "\n"


@dataclass(frozen=True)
class Rest:
    """What is left to be done by hand, and what failed."""

    todo: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`files`: those that are not as wished, and what they hold now."""

    files: tuple[tuple[Wish, str | None], ...]
    packages: Mapping[str, str]
    written: Written
    for_later: tuple[str, ...] = ()  # packages that cannot be installed now

    @property
    def is_empty(self) -> bool:
        return not self.files and not self.packages and not self.written.pending

    @property
    def commands(self) -> list[tuple[str, ...]]:
        """Each once, in the order of the files; what reloads comes before what starts."""
        wanted = dict.fromkeys([*self.written.pending, *(words for wish, _ in self.files for words in wish.after)])
        return sorted(wanted, key=lambda words: words[1] in ("restart", "trigger"))

    @property
    def later(self) -> tuple[str, ...]:
        return tuple(sorted({wish.later for wish, _ in self.files if wish.later is not None}))

    def rows(self) -> list[dict[str, str]]:
        """What is to be done, and why."""
        rows = [{"what": "install", "which": name, "why": why} for name, why in self.packages.items()]
        for wish, now in self.files:
            rows.append({"what": "write" if now is None else "change", "which": wish.path, "why": wish.why})
        return rows + [
            {"what": "run", "which": " ".join(words), "why": "was not run the last time"} for words in self.written.pending
        ]


def plan(machine: Machine, options: Options) -> Plan:
    """Nothing is changed. InputError for a machine that cannot be a node."""
    if not machine.is_live and options.gpio == "auto":
        raise InputError(["which GPIO daemon it needs cannot be seen on a card; say --gpio pigpiod, bridge (a Pi 5) or none"])
    if machine.is_live and machine.shell("uname -m").strip() == "armv6l":
        raise InputError([f"{machine.name}: has an ARMv6 processor, where Docker's Swarm has no network; take a Pi 2 or newer"])
    asked = wishes(options, machine.read(LOOKED_AT))
    now = machine.read([*(wish.path for wish in asked.files), PREPARED])
    files = tuple((wish, now.get(wish.path)) for wish in asked.files if now.get(wish.path) != wish.text)
    written = Written.of(now.get(PREPARED))
    if machine.is_live:
        return Plan(files, asked.packages, written)
    return Plan(files, {}, written, tuple(asked.packages))


def carry_out(machine: Machine, wanted: Plan, say: Say) -> Rest:
    """NodeError names what failed; what was done before it stays done, and the next time goes on from there."""
    if wanted.packages:
        _install(machine, list(wanted.packages), say)
    held: Held = dict(wanted.written.held)
    for wish, now in wanted.files:  # what a file held before the first of all times counts
        held[wish.path] = {"before": held[wish.path]["before"] if wish.path in held else now, "after": wish.text}
    pending = tuple(wanted.commands) if machine.is_live else ()
    machine.write(PREPARED, Written(held, pending).text, 0o600)
    for wish, _ in wanted.files:
        say(f"writing {wish.path}")
        machine.write(wish.path, wish.text, wish.mode)
    if not machine.is_live:
        packages = f", then install there: apt-get install {' '.join(wanted.for_later)}" if wanted.for_later else ""
        return Rest((f"boot it{packages}",))
    rest = _run(machine, pending, say)
    machine.write(PREPARED, Written(held).text, 0o600)
    return Rest(tuple(dict.fromkeys([*rest.todo, *wanted.later])), rest.failed)


def _install(machine: Machine, packages: list[str], say: Say) -> None:
    say(f"installing {', '.join(packages)}")
    apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o=Dpkg::Use-Pty=0")
    machine.run((*apt, "update"))
    machine.run((*apt, "--yes", "install", "--no-install-recommends", *packages))


def _run(machine: Machine, commands: Sequence[tuple[str, ...]], say: Say) -> Rest:
    """Where systemd does not run, as in a container, it is all in force with the next boot."""
    if not commands:
        return Rest()
    if machine.shell("if [ -d /run/systemd/system ]; then echo yes; fi").strip() != "yes":
        return Rest(todo=("reboot",))
    failed = []
    for words in commands:
        say(" ".join(words))
        try:
            machine.run(words)
        except NodeError as error:
            failed.append(f"{' '.join(words)}: {error}")
    return Rest(failed=tuple(failed))


# --- and back


@dataclass(frozen=True)
class Undo:
    """`files`: what each is to hold again, None for none; `changed`: those that others have changed since, and stay."""

    files: Mapping[str, str | None]
    changed: tuple[str, ...]

    def rows(self) -> list[dict[str, str]]:
        rows = [
            {"what": "remove" if text is None else "put back", "which": path, "why": ""} for path, text in self.files.items()
        ]
        return rows + [{"what": "leave", "which": path, "why": "others have changed it since"} for path in self.changed]


def plan_undo(machine: Machine) -> Undo:
    held = Written.of(machine.read([PREPARED]).get(PREPARED)).held
    now = machine.read(list(held))
    files: dict[str, str | None] = {}
    changed = []
    for path, entry in held.items():
        if path not in now:
            continue
        if now[path] == entry["after"]:
            files[path] = entry["before"]
        elif path == DAEMON or path in CMDLINES:
            files[path] = _without_ours(path, now[path], entry["before"])
        else:
            changed.append(path)
    return Undo(files, tuple(changed))


def _without_ours(path: str, now: str, before: str | None) -> str:
    """What others have written into it since stays."""
    if path in CMDLINES:
        had = (before or "").split()
        return " ".join(word for word in now.split() if word not in KERNEL_WORDS or word in had) + "\n"
    settings, had_settings = _settings(now), _settings(before)
    for key in ("no-new-privileges", "log-driver", "log-opts", "insecure-registries"):
        settings.pop(key, None)
        if key in had_settings:
            settings[key] = had_settings[key]
    return json.dumps(settings, indent=2) + "\n"


def _settings(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        raise InputError([f"{DAEMON}: is no JSON; mend it by hand first"]) from None
    return dict(found)


def undo(machine: Machine, wanted: Undo, say: Say) -> Rest:
    """Packages stay: others may have come to need them. So does the user."""
    units = [path.rpartition("/")[2] for path, text in wanted.files.items() if text is None and "/systemd/system/nano" in path]
    own = [unit for unit in units if unit.endswith((".service", ".socket"))]
    stopped = _run(machine, [("systemctl", "stop", *own)] if machine.is_live and own else [], say)
    for path, text in wanted.files.items():
        say(f"{'removing' if text is None else 'putting back'} {path}")
        if text is None:
            machine.remove(path)
        else:
            machine.write(path, text, 0o755 if path in CMDLINES else 0o644)
    if not wanted.changed:
        machine.remove(PREPARED)
    if not machine.is_live or not wanted.files:
        return Rest(("boot it",) if wanted.files else ())
    commands = [("systemctl", "daemon-reload"), ("systemctl", "reload", "dbus")]
    commands += [("systemctl", "restart", "docker")] if DAEMON in wanted.files else []
    rest = _run(machine, commands, say)
    later = ("reboot",) if any(path in CMDLINES for path in wanted.files) else ()
    return Rest(tuple(dict.fromkeys([*rest.todo, *later])), stopped.failed + rest.failed)
