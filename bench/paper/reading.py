"""From what a benchmark tells to lines of the report. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bench import figure
from bench.figure import Figure
from bench.paper import published
from bench.paper.row import Row
from swarm import images_paper

Told = Mapping[str, Any]
Read = Callable[[Told], list[Row]]
_SIZES = {"official": "II", "alpine": "III", "multistage": "IV", "slim": "IV"}
NO_HARDWARE = (
    "the software's share: a PIR's own delay (0.1 to 1 s and more) and the tag's silence are not in it, in the paper's they are"
)
_SIMULATED = "with a PIR's and a tag's delays, simulated: "
_HOPS = {
    "b": "presence to controller", "c": "scan asked for to key heard, with the tag's silence", "d": "asked auth, answered",
    "e": "asked guidance, light on", "f": "at the room to contents shown",
}  # fmt: skip


def _figures(told: Told) -> dict[str, Figure]:
    return figure.by_name(told["figures"])


def sizes(told: Told) -> list[Row]:
    """`nanoswarm images ls`: each image's total, what is its own, and what its container writes."""
    rows = []
    for image in told["rows"]:
        word, variant = image["service"], image["variant"]
        if image["total_mb"] is None:
            continue
        paper = images_paper.published(word, variant)
        parts = {
            "total": (image["total_mb"], paper.total if paper else None),
            "its own": (image["unique_mb"], paper.unique if paper else None),
        }
        if image["writable_bytes"] is not None:
            parts["writable layer"] = (image["writable_bytes"] / 1e6, paper.writable if paper else None)
        for part, (ours, theirs) in parts.items():
            one = figure.one(f"{word}, {variant}, {part}", "MB", ours)
            rows.append(Row(_SIZES[variant], one.name, one, _same(theirs), image["base_image"] or ""))
    return rows


def _same(value: float | None) -> tuple[float, float] | None:
    return None if value is None else (value, value)


def building(told: Told) -> list[Row]:
    rows = []
    for name, found in _figures(told).items():
        word, variant, how = name.split(", ")
        paper = published.beside(published.DEPLOYMENT, variant, word)
        if how == "base present" and paper is not None:
            paper = paper[0] * published.BASE_PRESENT[0], paper[1] * published.BASE_PRESENT[1]
        paper = None if how == "nothing changed" else paper
        rows.append(Row("6", name, found, paper, told["bases"][variant], "built on another machine than the paper's"))
    return rows


def starting(told: Told) -> list[Row]:
    """Each service beside the floor, an echo with the same spec; and the whole room."""
    rows, base = [], told["site"]["base"]
    for name, found in _figures(told).items():
        what, _, rest = name.partition(", ")
        word = what.removeprefix("start ")
        is_answer = what.startswith("start ") and rest == "answer_s"
        paper = published.beside(published.INITIATION, "slim", word) if is_answer else None
        if what.startswith(("start ", "deploy")):
            rows.append(Row("7", name.removesuffix("_s").replace("_s,", ","), found, paper, base))
    return rows


def sensing(told: Told) -> list[Row]:
    found = _figures(told)
    presence, ble = (figure.mean_interval(*of) for of in (published.PRESENCE, published.AUTHENTICATION))
    named = {
        "edge_to_event_median_ms": ("presence, PIR edge to event", presence),
        "edge_to_event_ms": ("presence, PIR edge to event, p95", None),
        "advert_to_recognised_median_ms": ("BLE authentication, advert to auth's answer", ble),
        "advert_to_recognised_ms": ("BLE authentication, advert to auth's answer, p95", None),
    }
    rows = [Row("V", what, _seconds(found[name]), paper, note=NO_HARDWARE) for name, (what, paper) in named.items()]
    share = found["recognised_share_at_least"]
    rows.append(Row("V", "recognised, at least (95 %)", share, (0.839, 1.0), note="the paper's 20 of 20 are at least 83.9 %"))
    return rows + [_aired(row) for row in told.get("air", ()) if row["loss"] == 0.1 and row["rssi_dbm"] == -85]


def _aired(row: Told) -> Row:
    whole = row["whole_ms"]
    low, high = whole["mean_95"]
    one = Figure("", whole["mean"] / 1000, "s", whole["n"], low / 1000, high / 1000, "mean")
    both = tuple(
        a + b
        for a, b in zip(*(figure.mean_interval(*of) for of in (published.PRESENCE, published.AUTHENTICATION)), strict=True)
    )
    assert len(both) == 2
    what = f"{_SIMULATED}PIR to recognised, a tag that advertises every {row['interval_ms']} ms, 10 % lost"
    return Row("V", what, one, both, note=f"simulated; mostly the {row['dominates']}")


def _seconds(found: Figure) -> Figure:
    low, high = (None if end is None else end / 1000 for end in (found.low, found.high))
    return Figure(found.name, found.value / 1000, "s", found.n, low, high, found.statistic)


def visiting(told: Told, prefix: str = "", where: str = "on one host") -> list[Row]:
    found = _figures(told)
    rows = []
    for hop, what in {**_HOPS, "cue": "the cue: PIR edge to first light, less the tag's silence"}.items():
        stem = f"{prefix}hop_{hop}" if hop != "cue" else f"{prefix}cue"
        for name, which in ((f"{stem}_ms", "median"), (f"{stem}_p95_ms", "p95")):
            if name in found:
                rows.append(
                    Row("visit", f"{where}, {hop if hop != 'cue' else ''} {what}, {which}".replace(",  ", ", "), found[name])
                )
    return rows


def across(told: Told) -> list[Row]:
    rows = visiting(told, "across nodes, ", "across nodes")
    if ping := told.get("visits", {}).get("ping_ms"):
        one = figure.of_spread("ping", "ms", ping)
        rows.append(Row("visit", "across nodes, a ping there and back, the floor of every hop", one))
    note = "one clock for all nodes of a lab: one-way times are exact"
    return [Row(row.table, row.what, row.figure, row.paper, told["site"]["base"], note) for row in rows]


def visits_on_a_host(told: Told) -> list[Row]:
    rows = visiting(told)
    for name, found in _figures(told).items():
        if name.startswith("rss_"):
            rows.append(
                Row(
                    "room",
                    f"resident memory, {name[4:-3]}, after the visits",
                    found,
                    note="CPython of this machine, not an image's",
                )
            )
        elif name.startswith("cpu_ms_per_visit"):
            word = name.removeprefix("cpu_ms_per_visit").strip("_")
            rows.append(Row("room", f"processor time per visit, {word or 'all services'}", found))
        elif name == "ready_s":
            rows.append(Row("room", "from the first process started until all are ready", found))
    return rows


def requests(told: Told) -> list[Row]:
    rows = []
    for name, found in _figures(told).items():
        if "_us: " in name:
            side = "server" if name.startswith("coap_server") else "client"
            who = name.partition(": ")[2]
            own = replace(found, times=None) if who == found.floor else found  # beside itself it is no finding
            rows.append(Row("coap", f"{side}, {who}, processor time of one GET", own, note=f"the floor: {found.floor}"))
    return rows


def orchestrator(told: Told) -> list[Row]:
    found = _figures(told)
    rows = [Row("room", "the orchestrator's programs on disk", found["engine_disk_mb"], _same(published.SWARM_DISK_MB))]
    if "engine_rss_mb" in found:
        rows.append(Row("room", "the orchestrator's resident memory, all its processes", found["engine_rss_mb"]))
    return rows


def growing(told: Told) -> list[Row]:
    return [replace(row, base=told["base"]) for row in plainly("scale")(told)]


def plainly(table: str) -> Read:
    """Every figure under its own name."""
    return lambda told: [
        Row(table, name, found, note=told.get("notes", {}).get(name, "")) for name, found in _figures(told).items()
    ]
