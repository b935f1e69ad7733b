"""Tells the story while it happens: one line per thing, with the seconds since the start."""

from rich.console import Console
from rich.markup import escape

from nanoservices import clock, wire
from swarm import waterfall


class Teller:
    def __init__(self, console: Console):
        self._console = console
        self._begun = clock.monotonic()

    def say(self, text: str, style: str = "") -> None:
        at = f"{clock.monotonic() - self._begun:6.1f} s"
        words = f"[{style}]{escape(text)}[/]" if style else escape(text)
        self._console.print(f"[dim]{at}[/]  {words}", highlight=False)

    def visit_changed(self, visit: wire.Visit, was: wire.Visit | None) -> None:
        """What is new about a visit."""
        who = waterfall.person(visit)
        had = {step.name for step in was.steps} if was is not None else set()
        new = {step.name for step in visit.steps} - had
        if "e" in new:
            cue = waterfall.cue_ms(visit)
            self.say(f"● a light for {who}" + ("" if cue is None else f", {cue:.1f} ms after the door"), "green")
        if visit.outcome is None or (was is not None and was.outcome is not None):
            return
        if visit.outcome == "completed":
            self.say(f"✓ {who} is in {visit.room}", "bold green")
        else:
            self.say(f"✗ {who} {visit.outcome}: {visit.reason or 'no reason given'}", "yellow")
