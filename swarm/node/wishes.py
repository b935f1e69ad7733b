"""What a node needs from its machine, as files, packages and commands; and what of it is still to be done. Pure.

Files of our own are put beside others' (in *.d folders); two are others' own and are edited: the kernel's command line and
the engine's daemon.json. What they held before is kept, so that it can be put back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from swarm.errors import InputError
from swarm.node.texts import text

CMDLINES = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt")
DAEMON = "/etc/docker/daemon.json"
MODEL, STATUS = "/proc/device-tree/model", "/var/lib/dpkg/status"
LOOKED_AT = (*CMDLINES, DAEMON, MODEL, STATUS, "/etc/passwd", "/sys/fs/cgroup/cgroup.controllers")
UNITS, LIB = "/etc/systemd/system", "/usr/local/lib/nanoswarm"
KERNEL_WORDS = ("cgroup_enable=memory", "cgroup_memory=1")
GpioDaemon = Literal["auto", "pigpiod", "bridge", "none"]


@dataclass(frozen=True)
class Options:
    gpio: GpioDaemon = "auto"
    bluetooth: bool = True
    registry: str | None = None  # HOST:PORT that the engine takes images from over plain HTTP
    time_from: str | None = None
    time_for: str | None = None  # the network that this node gives the time to, when there is no other
    kiosk: str | None = None  # what the room's screen shows


@dataclass(frozen=True)
class Wish:
    """A file as it should be. `restarts` are commands after which it is in force; `mode` is its own."""

    path: str
    text: str
    why: str
    mode: int = 0o644
    after: tuple[tuple[str, ...], ...] = ()
    later: str | None = None  # what has to be done by hand for it to be in force


@dataclass(frozen=True)
class Wishes:
    files: tuple[Wish, ...]
    packages: Mapping[str, str] = field(default_factory=dict)  # and why


_RELOAD = ("systemctl", "daemon-reload")


def wishes(options: Options, found: Mapping[str, str]) -> Wishes:
    """All of them. `found`: what the files of LOOKED_AT hold, where they are there. InputError for what cannot be."""
    daemon = gpio_daemon(options.gpio, found.get(MODEL, ""))
    files = [*_user(options), *_kernel(found), _engine(options, found)]
    packages = {} if _has(found, "docker-ce") else {"docker.io": "the engine"}
    packages["chrony"] = "a Pi has no clock of its own, and keys that change by the time need one"
    files.append(_time(options))
    if options.bluetooth:
        packages["bluez"] = "bluetoothd, through which the scanner listens"
        why = "lets the scanner's task, as its user, speak to bluetoothd"
        reload_bus = ("systemctl", "reload", "dbus")
        files.append(Wish("/etc/dbus-1/system.d/nanoswarm.conf", text("nanoswarm-bluez.conf"), why, after=(reload_bus,)))
    if daemon == "pigpiod":
        packages["pigpio"] = "pigpiod, through which tasks reach the lines of the header"
        files += _pigpiod()
    elif daemon == "bridge":
        packages["python3-lgpio"] = "the kernel's lines, for the GPIO bridge"
        files += _bridge()
    if options.kiosk is not None:
        packages |= {"cage": "shows one program and nothing else", "chromium": "the room's screen"}
        files += _kiosk(options.kiosk)
    return Wishes(tuple(files), {name: why for name, why in packages.items() if not _has(found, name)})


def gpio_daemon(asked: GpioDaemon, model: str) -> GpioDaemon:
    """pigpiod cannot reach the lines of a Pi 5; a machine that is no Pi has no header."""
    if asked != "auto":
        return asked
    if "Raspberry Pi" not in model:
        return "none"
    return "bridge" if "Raspberry Pi 5" in model or "Compute Module 5" in model else "pigpiod"


def _has(found: Mapping[str, str], package: str) -> bool:
    entries = found.get(STATUS, "").split("\n\n")
    return any(entry.startswith(f"Package: {package}\n") and "\nStatus: install ok installed" in entry for entry in entries)


def _user(options: Options) -> list[Wish]:
    lines = ["g nanoswarm 10001", 'u nanoswarm 10001:10001 "Tasks of nanoservices"', "g gpio -"]
    if options.kiosk is not None:
        lines += ['u nanoswarm-kiosk - "The room\'s screen" /run/nanoswarm /bin/sh']
        lines += [f"m nanoswarm-kiosk {group}" for group in ("video", "render", "input")]
    folders = "d /run/nanoswarm 0755 root root\nd /run/nanoswarm/gpio 0750 nanoswarm nanoswarm\n"
    return [
        Wish("/etc/sysusers.d/nanoswarm.conf", "\n".join(lines) + "\n", "the user that tasks run as, known to D-Bus by name",
             after=(("systemd-sysusers", "nanoswarm.conf"),)),
        Wish("/etc/tmpfiles.d/nanoswarm.conf", folders, "the folder of the GPIO socket, there before any task",
             after=(("systemd-tmpfiles", "--create", "/etc/tmpfiles.d/nanoswarm.conf"),)),
    ]  # fmt: skip


def _kernel(found: Mapping[str, str]) -> list[Wish]:
    path = next((path for path in CMDLINES if path in found), None)
    if path is None:
        return []
    words = found[path].split()
    missing = [word for word in KERNEL_WORDS if word not in words]
    wanted = found[path] if not missing else " ".join([*words, *missing]) + "\n"
    why = "Raspberry Pi OS boots with the memory cgroup off: limits would be accepted and ignored"
    return [Wish(path, wanted, why, mode=0o755, later="reboot")]


def _engine(options: Options, found: Mapping[str, str]) -> Wish:
    settings = _json(found.get(DAEMON, ""))
    settings["no-new-privileges"] = True
    if settings.setdefault("log-driver", "json-file") == "json-file":
        settings["log-opts"] = {"max-size": "1m", "max-file": "3"} | settings.get("log-opts", {})
    if options.registry is not None:
        known = settings.get("insecure-registries", [])
        settings["insecure-registries"] = known if options.registry in known else [*known, options.registry]
    same = found.get(DAEMON, "") != "" and settings == _json(found[DAEMON])
    why = "no task gains rights, logs do not fill the card" + (", and the registry is known" if options.registry else "")
    wanted = found[DAEMON] if same else json.dumps(settings, indent=2) + "\n"
    return Wish(DAEMON, wanted, why, after=(("systemctl", "restart", "docker"),))


def _json(held: str) -> dict[str, Any]:
    try:
        value = json.loads(held or "{}")
    except ValueError as error:
        raise InputError([f"{DAEMON}: is no JSON ({error}); mend it by hand first"]) from None
    if not isinstance(value, dict) or not isinstance(value.get("log-opts", {}), dict):
        raise InputError([f"{DAEMON}: is not the engine's settings; mend it by hand first"])
    return value


def _time(options: Options) -> Wish:
    lines = [
        "# A clock that is wrong is set, at any time: a Pi starts with the time at which it was turned off.",
        "makestep 1 -1",
    ]
    lines += [f"server {options.time_from} iburst prefer"] if options.time_from else []
    lines += [f"allow {options.time_for}", "local stratum 10"] if options.time_for else []
    why = "clocks that agree: rolling keys are right for a minute or two"
    return Wish("/etc/chrony/conf.d/nanoswarm.conf", "\n".join(lines) + "\n", why, after=(("systemctl", "restart", "chrony"),))


def _unit(name: str, why: str, words: Mapping[str, str] | None = None, *, wanted_by: str | None) -> list[Wish]:
    unit = Wish(f"{UNITS}/{name}", text(name, words), why, after=(_RELOAD,))
    if wanted_by is None:
        return [unit]
    # what `systemctl enable` would link; a file that names the unit does the same, and can be taken back like any other
    drop_in = f"{UNITS}/{wanted_by}.d/{name}.conf"
    start = ("systemctl", "restart", name)
    return [unit, Wish(drop_in, f"[Unit]\nWants={name}\n", f"starts {name} with the machine", after=(_RELOAD, start))]


def _pigpiod() -> list[Wish]:
    quiet = "pigpiod listens on this machine alone, and is started again when it dies"
    restart = ("systemctl", "restart", "pigpiod")
    start = f"{UNITS}/multi-user.target.d/pigpiod.service.conf"
    return [
        Wish(f"{UNITS}/pigpiod.service.d/nanoswarm.conf", text("pigpiod.conf"), quiet, after=(_RELOAD, restart)),
        Wish(start, "[Unit]\nWants=pigpiod.service\n", "starts pigpiod with the machine", after=(_RELOAD,)),
        *_unit("nanoswarm-gpio.service", "hands on what comes through the socket", wanted_by=None),
        *_unit("nanoswarm-gpio.socket", "a Unix socket before pigpiod, for the tasks' group alone", wanted_by="sockets.target"),
    ]


def _bridge() -> list[Wish]:
    rule = 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"\n'
    reload_rules = (("udevadm", "control", "--reload"), ("udevadm", "trigger", "--subsystem-match=gpio"))
    return [
        Wish("/etc/udev/rules.d/60-nanoswarm-gpio.rules", rule, "lets group gpio use the header", after=reload_rules),
        Wish(f"{LIB}/gpio_bridge.py", text("gpio_bridge.py"), "the GPIO daemon of a Pi where pigpiod does not run",
             after=(("systemctl", "restart", "nanoswarm-gpio-bridge.service"),)),
        *_unit("nanoswarm-gpio-bridge.service", "runs it, without rights", wanted_by="multi-user.target"),
    ]  # fmt: skip


def _kiosk(url: str) -> list[Wish]:
    if not url.startswith(("http://", "https://")) or any(bad in url for bad in "\"'\\ \n%"):
        raise InputError([f"--kiosk {url[:80]}: is no address of a page; the room's own is http://127.0.0.1:8080/"])
    why = "shows the room's screen on what is plugged in"
    return [
        Wish(f"{LIB}/kiosk", text("kiosk"), "the browser, without traces", mode=0o755),
        *_unit("nanoswarm-kiosk.service", why, {"url": url}, wanted_by="multi-user.target"),
    ]
