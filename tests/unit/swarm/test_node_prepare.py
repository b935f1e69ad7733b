"""A machine becomes a node, twice is once, and what was before can be put back."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from swarm.__main__ import main
from swarm.errors import NodeError
from swarm.node import preparing
from swarm.node.machine import Machine
from swarm.node.preparing import PREPARED
from swarm.node.wishes import DAEMON, MODEL, STATUS, Options, gpio_daemon, wishes

CMDLINE = "boot/firmware/cmdline.txt"
Files = dict[str, bytes]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    system = {
        CMDLINE: "console=tty1 rootwait quiet\n",
        "etc/docker/daemon.json": '{"debug": true}\n',
        "etc/os-release": "ID=debian\n",
    }
    for path, text in system.items():
        (tmp_path / "card" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "card" / path).write_text(text)
    return tmp_path / "card"


def prepare(card: Path, *words: str) -> Result:
    gpio = () if "--undo" in words or "--gpio" in words else ("--gpio", "bridge")
    return CliRunner().invoke(main, ["node", "prepare", "--root", str(card), *gpio, *words])


def test_folder_that_holds_no_system_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "not-there"):
        told = prepare(tmp_path / name, "--yes")
        assert told.exit_code == 2 and f"{name} on this machine: holds no Linux system" in told.output
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def done(card: Path, *words: str) -> str:
    told = prepare(card, *words, "--yes")
    assert told.exit_code == 0, told.output
    return told.output


def files(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_twice_changes_nothing_the_second_time_and_undo_puts_everything_back(card: Path) -> None:
    before = files(card)
    done(card, "--registry", "192.0.2.10:5000", "--kiosk", "--time-from", "server-1")
    after = files(card)
    assert len(after) > 12
    assert "Nothing to do" in done(card, "--registry", "192.0.2.10:5000", "--kiosk", "--time-from", "server-1")
    assert files(card) == after
    done(card, "--undo")
    assert files(card) == before
    assert "Nothing to do" in done(card, "--undo")


def test_dry_run_and_a_refusal_change_nothing(card: Path) -> None:
    before = files(card)
    assert "Nothing was changed" in prepare(card, "--dry-run").output
    told = prepare(card)
    assert told.exit_code == 2 and "--yes" in told.output  # nobody can be asked
    assert files(card) == before


def test_kernels_words_are_added_on_its_one_line_and_others_settings_of_the_engine_stay(card: Path) -> None:
    done(card, "--registry", "192.0.2.10:5000")
    assert (card / CMDLINE).read_text() == "console=tty1 rootwait quiet cgroup_enable=memory cgroup_memory=1\n"
    assert json.loads((card / "etc/docker/daemon.json").read_text()) == {
        "debug": True,
        "no-new-privileges": True,
        "log-driver": "json-file",
        "log-opts": {"max-size": "1m", "max-file": "3"},
        "insecure-registries": ["192.0.2.10:5000"],
    }


def test_log_driver_that_somebody_chose_is_theirs(card: Path) -> None:
    (card / "etc/docker/daemon.json").write_text('{"log-driver": "journald"}')
    done(card)
    settings = json.loads((card / "etc/docker/daemon.json").read_text())
    assert settings == {"log-driver": "journald", "no-new-privileges": True}


def test_undo_keeps_what_others_have_written_since(card: Path) -> None:
    done(card)
    settings = json.loads((card / "etc/docker/daemon.json").read_text())
    (card / "etc/docker/daemon.json").write_text(json.dumps(settings | {"dns": ["192.0.2.1"]}))
    (card / CMDLINE).write_text((card / CMDLINE).read_text().strip() + " fsck.repair=yes\n")
    (card / "etc/tmpfiles.d/nanoswarm.conf").write_text("# mine\n")
    assert "others have changed it since" in done(card, "--undo")
    assert json.loads((card / "etc/docker/daemon.json").read_text()) == {"debug": True, "dns": ["192.0.2.1"]}
    assert (card / CMDLINE).read_text() == "console=tty1 rootwait quiet fsck.repair=yes\n"
    assert (card / "etc/tmpfiles.d/nanoswarm.conf").read_text() == "# mine\n"


def test_second_time_with_other_options_still_undoes_to_the_first_of_all(card: Path) -> None:
    before = files(card)
    done(card)
    done(card, "--registry", "192.0.2.10:5000")
    done(card, "--undo")
    assert files(card) == before


@pytest.mark.parametrize("held", ["{", "[1]", '{"log-opts": 1}'])
def test_daemon_json_that_is_none_is_refused_and_nothing_is_changed(card: Path, held: str) -> None:
    (card / "etc/docker/daemon.json").write_text(held)
    before = files(card)
    told = prepare(card, "--yes")
    assert told.exit_code == 2 and DAEMON in told.output
    assert files(card) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--gpio", "auto"), "cannot be seen on a card"),
        (("--kiosk", "javascript:alert(1)"), "is no address of a page"),
        (("--gpio", "wired"), "wired"),
    ],
)
def test_wrong_options_are_refused(card: Path, words: tuple[str, ...], says: str) -> None:
    before = files(card)
    told = prepare(card, *words, "--yes")
    assert told.exit_code == 2 and says in told.output
    assert files(card) == before


@pytest.mark.parametrize("host", ["-oProxyCommand=x", "pi@", "a b"])
def test_host_that_is_none_is_refused(host: str) -> None:
    assert CliRunner().invoke(main, ["node", "prepare", "--yes", "--", host]).exit_code == 2


@pytest.mark.parametrize(
    ("model", "daemon"),
    [
        ("Raspberry Pi 4 Model B Rev 1.4\0", "pigpiod"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3\0", "pigpiod"),
        ("Raspberry Pi 5 Model B Rev 1.0\0", "bridge"),
        ("Raspberry Pi Compute Module 5 Rev 1.0\0", "bridge"),
        ("", "none"),
    ],
)
def test_daemon_follows_from_the_board(model: str, daemon: str) -> None:
    assert gpio_daemon("auto", model) == daemon


def test_package_that_is_there_is_not_wished_for_and_one_that_was_removed_is() -> None:
    entry = "Package: {0}\nStatus: {1}\nVersion: 1\n"
    status = "\n".join([entry.format("bluez", "install ok installed"), entry.format("chrony", "deinstall ok config-files")])
    packages = wishes(Options(), {STATUS: status, MODEL: "Raspberry Pi 4"}).packages
    assert set(packages) == {"chrony", "pigpio", "docker.io"}


def test_pigpiods_way_and_the_bridge_are_at_the_same_socket() -> None:
    for daemon, unit in (("pigpiod", "nanoswarm-gpio.socket"), ("bridge", "nanoswarm-gpio-bridge.service")):
        written = {wish.path: wish.text for wish in wishes(Options(gpio=daemon), {}).files}  # type: ignore[arg-type]
        assert "/run/nanoswarm/gpio" in written[f"/etc/systemd/system/{unit}"]
        assert f"/etc/systemd/system/{'sockets' if daemon == 'pigpiod' else 'multi-user'}.target.d/{unit}.conf" in written


class Shell(Machine):
    """A live machine whose files are a folder's, and whose commands are remembered."""

    def __init__(self, folder: Path, fails: Callable[[str], bool] = lambda words: False):
        super().__init__(None, str(folder))
        self.ran: list[str] = []
        self._fails = fails

    @property
    def is_live(self) -> bool:
        return True

    def shell(self, script: str, given: str = "") -> str:
        if "/run/systemd/system" in script:
            return "yes\n"
        if script.startswith(("if [", "umask", "rm -f", "uname")):
            return super().shell(script, given)
        if self._fails(script):
            raise NodeError(f"no: {script}")
        self.ran.append(script)
        return ""


def do(machine: Machine) -> preparing.Rest:
    return preparing.carry_out(machine, preparing.plan(machine, Options(gpio="pigpiod")), lambda at: None)


def test_packages_come_first_then_files_then_what_puts_them_in_force(card: Path) -> None:
    machine = Shell(card)
    rest = do(machine)
    assert "docker.io chrony bluez pigpio" in machine.ran[1]
    loads = [index for index, words in enumerate(machine.ran) if "daemon-reload" in words]
    starts = [index for index, words in enumerate(machine.ran) if "restart" in words]
    assert len(loads) == 1 and loads[0] < min(starts)
    assert (rest.todo, rest.failed) == (("reboot",), ())


def test_commands_that_failed_or_were_never_reached_are_named_and_a_kill_in_between_is_made_good(card: Path) -> None:
    rest = do(Shell(card, lambda words: "restart pigpiod" in words))
    assert [why.partition(":")[0] for why in rest.failed] == ["systemctl restart pigpiod"]

    class Killed(Exception):
        pass

    def killed(words: str) -> bool:
        if "systemd-sysusers" in words:
            raise Killed
        return False

    (card / "etc/sysusers.d/nanoswarm.conf").unlink()
    with pytest.raises(Killed):
        do(Shell(card, killed))
    again = Shell(card)
    do(again)
    assert "systemd-sysusers nanoswarm.conf" in again.ran
    assert preparing.plan(Shell(card), Options(gpio="pigpiod")).written.pending == ()


def test_written_down_that_cannot_be_read_is_said_and_nothing_is_changed(card: Path) -> None:
    (card / PREPARED.lstrip("/")).parent.mkdir(parents=True)
    (card / PREPARED.lstrip("/")).write_text("{")
    told = prepare(card, "--yes")
    assert told.exit_code == 1 and PREPARED in told.output


@pytest.fixture
def over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ssh that, as the real one, joins its words and has a shell take them apart; and a sudo."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ssh").write_text(
        '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\necho "$2" >> "$0.log"; shift 2\nexec sh -c "$*"\n'
    )
    (folder / "sudo").write_text('#!/bin/sh\n[ "$1" = -n ] && shift\necho "sudo" >> "$0.log"\nexec "$@"\n')
    for name in ("ssh", "sudo"):
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_over_ssh_the_same_comes_out(card: Path, over_ssh: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin it's"  # a name that a shell would take apart
    before = files(card)
    for path, data in before.items():
        (twin / path).parent.mkdir(parents=True, exist_ok=True)
        (twin / path).write_bytes(data)
    done(card)
    told = CliRunner().invoke(
        main, ["node", "prepare", "pi@pi-lobby", "--root", str(twin), "--gpio", "bridge", "--yes", "--json"]
    )
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["done"] is True
    assert files(twin) == files(card)
    assert "pi-lobby" in (over_ssh / "ssh.log").read_text() and (over_ssh / "sudo.log").exists()


def test_what_ssh_complains_of_comes_with_a_remedy(over_ssh: Path) -> None:
    (over_ssh / "ssh").write_text("#!/bin/sh\necho 'pi@pi-lobby: Permission denied (publickey).' >&2\nexit 255\n")
    told = CliRunner().invoke(main, ["node", "prepare", "pi@pi-lobby", "--yes"])
    assert told.exit_code == 1 and "ssh-copy-id pi@pi-lobby" in told.output
