"""The lab's network: a bridge, and for each node a network namespace with a cable to it."""

import contextlib
import os
import subprocess

from swarm.errors import LabError
from swarm.lab.plan import LabNode, Plan


def raise_network(plan: Plan) -> None:
    """LabError when the machine does not let us; what is there already from an earlier lab is replaced."""
    drop_network(plan)
    _run("ip", "link", "add", plan.bridge, "type", "bridge")
    _run("ip", "address", "add", f"{plan.gateway}/24", "dev", plan.bridge)
    _run("ip", "link", "set", plan.bridge, "up")
    for rule in _rules(plan):
        _run("iptables", *_with(rule, "-I"))
    for node in plan.nodes:
        plug_in(plan, node)
    _run("sysctl", "--quiet", "--write", "net.ipv4.ip_forward=1")  # nodes reach what this machine reaches, to build images


def plug_in(plan: Plan, node: LabNode) -> None:
    """Give the node a network of its own with a cable, as new after a boot; what it had there is gone."""
    unplug(node)
    _run("ip", "netns", "add", node.namespace)
    end = ("peer", "name", "eth0", "address", node.mac, "netns", node.namespace)
    _run("ip", "link", "add", node.veth, "type", "veth", *end)
    _run("ip", "link", "set", node.veth, "master", plan.bridge, "up")
    _run("ip", "-n", node.namespace, "address", "add", f"{node.address}/24", "dev", "eth0")
    for device in ("lo", "eth0"):
        _run("ip", "-n", node.namespace, "link", "set", device, "up")
    _run("ip", "-n", node.namespace, "route", "add", "default", "via", plan.gateway)


def drop_network(plan: Plan) -> None:
    """Remove every trace; what is not there is no problem."""
    for node in plan.nodes:
        unplug(node)
    _try("ip", "link", "delete", plan.bridge)
    for rule in _rules(plan):
        _drop(rule)
    connect(plan)


def unplug(node: LabNode) -> None:
    _try("ip", "link", "delete", node.veth)
    _try("ip", "netns", "delete", node.namespace)


def disconnect(plan: Plan) -> None:
    """No node reaches anything beyond the lab any more, and is not told so: what it sends is lost."""
    connect(plan)
    _run("iptables", *_with(_cut(plan), "-I"))


def connect(plan: Plan) -> None:
    """Undo that; nodes reach what this machine reaches."""
    _drop(_cut(plan))


def is_disconnected(plan: Plan) -> bool:
    return _try("iptables", *_with(_cut(plan), "-C"))


def _drop(rule: tuple[str, ...]) -> None:
    while _try("iptables", *_with(rule, "-D")):  # as often as it was put there
        pass


def _cut(plan: Plan) -> tuple[str, ...]:
    return ("filter", "FORWARD", "-i", plan.bridge, "!", "-o", plan.bridge, "-j", "DROP")


def _rules(plan: Plan) -> list[tuple[str, ...]]:
    """An engine in the root namespace drops what is forwarded between bridge ports: let the lab's through, and out."""
    return [
        ("filter", "FORWARD", "-i", plan.bridge, "-j", "ACCEPT"),
        ("filter", "FORWARD", "-o", plan.bridge, "-j", "ACCEPT"),
        ("nat", "POSTROUTING", "-s", plan.subnet, "!", "-o", plan.bridge, "-j", "MASQUERADE"),
    ]


def _with(rule: tuple[str, ...], action: str) -> list[str]:
    table, chain, *rest = rule
    return ["-t", table, action, chain, *rest]


def _run(*command: str) -> None:
    try:
        environment = {**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"}
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603  # our own words
    except FileNotFoundError:
        raise LabError(
            f"there is no program {command[0]}; install it (Debian: apt-get install iproute2 iptables procps)"
        ) from None
    except subprocess.CalledProcessError as error:
        raise LabError(f"{' '.join(command)}: {error.stderr.strip() or error.returncode}") from None


def _try(*command: str) -> bool:
    with contextlib.suppress(LabError):
        _run(*command)
        return True
    return False
