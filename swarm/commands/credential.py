"""nanoswarm credential: what participants are recognised by."""

import sys
from pathlib import Path
from typing import Any

import click

from swarm.auth_rest import Rest
from swarm.commands import asking_auth
from swarm.commands.asking_auth import as_json, asks_auth, say, yes
from swarm.commands.confirming import confirm
from swarm.commands.credential_enrol import enrol
from swarm.errors import InputError

_own_id = click.argument("own_id", metavar="PARTICIPANT")
_KINDS = {"static": "key", "rolling": "secret", "irk": "secret", "eid": "secret"}
_MOST = 200


@click.group()
def credential() -> None:
    """The keys that participants are recognised by.

    What a key says is told to nobody.

    \b
    nanoswarm credential enrol bob --zone entrance
    nanoswarm credential ls bob
    """


credential.add_command(enrol)


@credential.command()
@_own_id
@asks_auth
@as_json
def ls(rest: Rest, own_id: str, as_json: bool) -> None:
    """List the credentials of PARTICIPANT.

    \b
    nanoswarm credential ls bob
    """
    found, _ = rest.ask("GET", "participants", own_id, "credentials")
    if as_json:
        asking_auth.show_json(found["credentials"])
        return
    columns = {"ID": "id", "KIND": "kind", "STRENGTH": "strength"}
    asking_auth.show(
        found["credentials"],
        columns,
        f"{own_id} has none, and cannot be recognised.",
    )


@credential.command()
@_own_id
@click.argument("kind", type=click.Choice(list(_KINDS)))
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Holds the key; else it is asked for, or read from stdin."
)
@click.option("--exponent", type=click.IntRange(0, 15), help="Of eid: the id changes every 2**exponent seconds.")
@click.option("--clock-zero", metavar="TIME", help="Of eid: when the beacon's clock was 0, as 2026-11-21T08:00:00Z.")
@asks_auth
@as_json
def add(
    rest: Rest, own_id: str, kind: str, path: Path | None, exponent: int | None, clock_zero: str | None, as_json: bool
) -> None:
    """Add a key of KIND to PARTICIPANT. It is not given as an argument, which every user of this machine could read.
    docs/identity.md says what each kind is, and what it is worth.

    \b
    nanoswarm credential add bob static                  # asks for it: mac:c01122334455
    openssl rand -hex 16 | tee bobs-tag | nanoswarm credential add bob rolling
    nanoswarm credential add bob irk --file bobs-phone   # 32 hex digits
    nanoswarm credential add bob eid --file beacon --exponent 10 --clock-zero 2026-11-21T08:00:00Z
    """
    body: dict[str, Any] = {"kind": kind, _KINDS[kind]: _key(kind, path)}
    body |= {name: held for name, held in (("exponent", exponent), ("clock_zero", clock_zero)) if held is not None}
    found, headers = rest.ask("POST", "participants", own_id, "credentials", body=body)
    if as_json:
        asking_auth.show_json(found)
    say(f"{found['id']} ({kind}) is {'added' if 'Location' in headers else 'there already'}.", as_json)


@credential.command()
@_own_id
@click.argument("credential_id", metavar="ID")
@yes
@asks_auth
def rm(rest: Rest, own_id: str, credential_id: str, yes: bool) -> None:
    """Remove credential ID of PARTICIPANT: as when a tag is lost.

    \b
    nanoswarm credential rm bob 0a1b2c3d --yes
    """
    click.echo(f"to remove: credential {credential_id} of {own_id}")
    confirm(yes, "Remove?")
    rest.ask("DELETE", "participants", own_id, "credentials", credential_id)
    click.echo(f"{credential_id} opens nothing any more.")


def _key(kind: str, path: Path | None) -> str:
    try:
        if path is not None:
            text = path.read_text(encoding="ascii")
        elif sys.stdin.isatty():
            text = str(click.prompt(f"The {kind} {_KINDS[kind]}", hide_input=True))
        else:
            text = sys.stdin.read(_MOST + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            [f"{path or 'stdin'}: no key can be read: {getattr(error, 'strerror', None) or 'not ASCII'}"]
        ) from None
    if not text.strip() or len(text) > _MOST:
        raise InputError([f"{path or 'stdin'}: holds no key; it is one line, such as mac:c01122334455"])
    return text.strip()
