"""Where auth's REST is, and the token to ask with: as told, else of the demo that runs here, else of this folder's cluster."""

import urllib.parse
from pathlib import Path

from nanoservices.settings import Secret
from swarm import context
from swarm.auth_rest import Rest
from swarm.context import Context
from swarm.demo.home import Home
from swarm.engine import ClusterNode, Engine
from swarm.errors import DemoError, InputError
from swarm.stack import NAME

TOKEN = Path(".nanoswarm/token")
PORT = 8081  # that its service.yml publishes, on the node where it runs
_MOST = 400


def find(url: str | None, token_file: Path | None) -> Rest:
    """InputError says what is missing, and how to give it."""
    if url is not None:
        return Rest(_checked(url), _token(token_file or TOKEN))
    if Home().running_pid() is not None:
        return _of_the_demo(token_file)
    try:
        cluster = context.load()
    except InputError as error:
        other = f"or say where auth is: --auth http://HOST:{PORT}, or try it in a demo: nanoswarm demo --keep"
        raise InputError([f"{error}; {other}"]) from None
    return Rest(_of_the_cluster(cluster), _token(token_file or TOKEN))


def _checked(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        is_right = parts.scheme in ("http", "https") and parts.hostname and not parts.query and (parts.port or 1) > 0
    except ValueError:
        is_right = False
    if not is_right:
        raise InputError([f"--auth: {url[:100]} is no address such as http://192.0.2.10:{PORT}"])
    return url.rstrip("/").removesuffix("/api/v1")


def _of_the_demo(token_file: Path | None) -> Rest:
    home = Home()
    try:
        instances = home.state()["instances"]
        port = next(told["http_port"] for name, told in instances.items() if name.startswith("auth@"))
    except (KeyError, StopIteration, AttributeError):
        raise DemoError(
            "the demo that runs here has no auth; start it again: nanoswarm demo stop; nanoswarm demo --keep"
        ) from None
    return Rest(f"http://127.0.0.1:{port}", _token(token_file or home.path / "secrets" / "admin-token"))


def _of_the_cluster(cluster: Context) -> str:
    engine = Engine(cluster.manager)
    ids = {service.id for service in engine.services(NAME) if service.name == "auth"}
    there = [task.node for task in engine.tasks(NAME) if task.service in ids and task.state == "running"]
    nodes = [node for node in engine.nodes() if node.id in there]
    if not nodes:
        raise InputError(
            [f"auth does not run on the cluster of {cluster.manager}; bring the room up with: nanoswarm stack deploy,"
             " or say where it is: --auth http://HOST:PORT"]
        )  # fmt: skip
    return f"http://{_address(nodes[0], cluster)}:{PORT}"


def _address(node: ClusterNode, cluster: Context) -> str:
    """As labels.yml has it, else as the Swarm does, which knows its own manager by none at times."""
    told = node.labels.get("ip") or node.address
    if told and told not in ("0.0.0.0", "127.0.0.1"):
        return told
    return urllib.parse.urlsplit(cluster.manager).hostname or "127.0.0.1"


def _token(path: Path) -> Secret:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        raise InputError(
            [f"{path}: the token cannot be read: {why}; put a token that auth knows into this file, readable for you alone,"
             " or name another: --token-file FILE"]
        ) from None  # fmt: skip
    if not text or len(text) > _MOST or not text.isascii() or not text.isprintable():
        raise InputError([f"{path}: holds no token; a token is one line of up to {_MOST} characters"])
    return Secret(text)
