"""nanoswarm credential enrol: a key that is held up to a scanner becomes somebody's."""

import time
from collections.abc import Callable
from typing import Any

import click

from swarm.auth_rest import Rest
from swarm.commands.asking_auth import as_json, asks_auth, progress, say, show_json, yes
from swarm.commands.confirming import confirm
from swarm.errors import InputError

_LOOK_S = 0.5


@click.command()
@click.argument("own_id", metavar="PARTICIPANT")
@click.option("--zone", required=True, help="Where the scanner is that the key is held up to.")
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(3, 60), help="For how long.")
@yes
@asks_auth
@as_json
def enrol(rest: Rest, own_id: str, zone: str, seconds: int, yes: bool, as_json: bool) -> None:
    """Make the key that is held up in a zone PARTICIPANT's.

    The strongest key is offered, once, to you alone; it is kept when you say yes, and nothing else that was heard is. Only a
    key that stays the same can be enrolled like this: a name tag, which anybody can copy (docs/identity.md).

    \b
    nanoswarm credential enrol bob --zone entrance
    """
    rest.ask("GET", "participants", own_id)  # before anybody holds up anything
    opened, _ = rest.ask("POST", "enrolments", body={"zone": zone, "window_s": seconds})
    say(f"Hold the key next to the scanner in {zone}, for {seconds} s.", as_json)
    own = opened["id"]
    try:
        with progress("listening", seconds) as done:
            shown = wait_for(rest, own, seconds, done)
        if shown["state"] != "offered":
            raise InputError([f"nothing was enrolled: {shown['why']}"])
        say(f"heard: {shown['key_kind']}, ending with {shown['key_ends']}; a static key, which anybody can copy", as_json)
        confirm(yes, f"Is it {own_id}'s?")
    except BaseException:
        rest.ask("DELETE", "enrolments", own)
        raise
    kept, _ = rest.ask("POST", "enrolments", own, "accept", body={"participant": own_id})
    if as_json:
        show_json(kept)
    say(f"{kept['id']} is {own_id}'s.", as_json)


def wait_for(rest: Rest, own: str, seconds: int, done: Callable[[int], None]) -> dict[str, Any]:
    """How it stands once the window is over; `done` hears of each second."""
    passed = 0
    while True:
        shown: dict[str, Any] = rest.ask("GET", "enrolments", own)[0]
        if shown["state"] != "listening":
            done(seconds - passed)
            return shown
        now = seconds - round(shown["ends_in_s"])
        done(max(0, now - passed))
        passed = max(passed, now)
        time.sleep(min(_LOOK_S, shown["ends_in_s"]) + 0.01)
