"""How soon people see it: from an order sent to a room's screen until it is on the page, in a real browser, and the first view.

    python -m bench.screen [--quick] [-n 200] [--json]

The screen's service is a process of its own; auth and the controller are this one, so their own work is no part of it. An order
is taken to be seen in the first frame after the page has changed. Half of the orders hide; the others show a meeting, which is
hidden, downloaded, rendered, fetched and laid out. Needs chromium and npm's playwright-core (make tools).
"""

import json
import tempfile
import time
from pathlib import Path

import click

from bench import figure, machine
from tests.interop.screen.browser import Browser, Page, launched
from tests.interop.screen.rig import Rig, screen

QUICK, FIRST_VIEWS = 60, 20
AGENDA = b"# Agenda\n\n1. Where we are\n2. What comes next\n3. Who does what\n"
# From the start of the navigation until all is loaded and something is painted.
FIRST_VIEW = """Math.max(performance.getEntriesByType('navigation')[0].loadEventEnd,
  ...performance.getEntriesByName('first-contentful-paint').map((paint) => paint.startTime))"""
# The time at which a text was on the page, in the frame that showed it.
WATCH = """window.seen = {}; new MutationObserver(() => requestAnimationFrame(() => {
  for (const found of document.body.innerText.matchAll(/order-(\\d+)/g))
    window.seen[found[1]] ||= performance.timeOrigin + performance.now();
})).observe(document.getElementById('shown'), {childList: true, subtree: true, characterData: true})"""


@click.command(help=__doc__)
@click.option("-n", "count", default=200, show_default=True, help="How many orders.")
@click.option("--quick", is_flag=True, help=f"The short version: {QUICK} orders.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(count: int, quick: bool, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, launched() as browser, screen(Path(folder)) as rig:
        views, kilobytes = first_views(browser, rig, FIRST_VIEWS)
        with browser.page(rig.url) as page:
            page.run(WATCH)
            hidden, shown = orders(rig, page, QUICK if quick else count)
    figures = [
        figure.p95("screen_hidden_ms", "ms", hidden),
        figure.p95("screen_seen_ms", "ms", [*hidden, *shown]),
        figure.p95("screen_first_view_ms", "ms", views),
        figure.most("screen_first_view_kb", "kB", [kilobytes]),
    ]
    if as_json:
        click.echo(json.dumps({"on": machine.about(), "figures": figure.plain(figures)}, indent=1))
        return
    for one in figures:
        click.echo(f"{one.name}: {one.value:g} {one.unit} ({one.statistic} of {one.n})")


def first_views(browser: Browser, rig: Rig, count: int) -> tuple[list[float], float]:
    """By the browser's own clock, each in a fresh profile; and what all of it weighs."""
    rig.show(("agenda.md", "text/markdown", AGENDA))
    rig.shown()
    took, weight = [], 0.0
    for _ in range(count):
        with browser.page(rig.url) as page:
            page.sees("Where we are")
            took.append(page.run(FIRST_VIEW))
            entries = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            weight = page.run(f"{entries}.reduce((sum, entry) => sum + (entry.transferSize || 0), 0)") / 1000
    return took, weight


def orders(rig: Rig, page: Page, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each order's start, of those that hide and of those that show."""
    began: dict[int, float] = {}
    for number in range(count):
        began[number] = time.time()
        if number % 2:
            rig.order("hidden", line=f"order-{number} hides")
        else:
            rig.show(("agenda.md", "text/markdown", AGENDA), title=f"order-{number} shows")
        page.until(f"window.seen[{number}]")
    seen = {int(number): float(at) for number, at in page.run("window.seen").items()}
    took = {number: seen[number] - at * 1000 for number, at in began.items()}
    return [ms for number, ms in took.items() if number % 2], [ms for number, ms in took.items() if not number % 2]


if __name__ == "__main__":
    main()
