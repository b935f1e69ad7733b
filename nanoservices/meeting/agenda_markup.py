"""The markup of what comes next. Pure. The page says the times in its own time zone, which is the room's; without a script they
are in UTC."""

from datetime import UTC, datetime

from markupsafe import Markup

from nanoservices.meeting.agenda import Ahead
from nanoservices.wire import Slot

NOTHING = "Nothing more today"


def agenda(ahead: Ahead | None, line: str | None) -> Markup:
    """Empty when nothing is known; `line` says what is wrong with it."""
    note = Markup("") if line is None else Markup('<p class="note">{}</p>\n').format(line)
    if ahead is None:
        return Markup('<div class="agenda">{}</div>\n').format(note)
    words = ["Next", *("Then" for _ in ahead.next[1:])]
    rows = Markup("").join(_row(word, slot) for word, slot in zip(words, ahead.next, strict=False))
    listed = Markup("<ol>{}</ol>\n").format(rows) if rows else Markup("")
    return Markup('<div class="agenda">\n{}{}{}</div>\n').format(_state(ahead), listed, note)


def _state(ahead: Ahead) -> Markup:
    """What is free until another day has `NOTHING` beside it: the page knows when the day ends, and shows one of them."""
    if ahead.on is not None:
        return Markup('<h2 class="state">Taken until {}{}</h2>\n').format(_time(ahead.on.ends), _title(ahead.on))
    if not ahead.next:
        return Markup('<h2 class="state">{}</h2>\n').format(NOTHING)
    return Markup('<h2 class="state free"><span>Free until {}</span><span hidden>{}</span></h2>\n').format(
        _time(ahead.next[0].starts), NOTHING
    )


def _row(word: str, slot: Slot) -> Markup:
    return Markup("<li>{}: {} to {}{}</li>").format(word, _time(slot.starts), _time(slot.ends, "till"), _title(slot))


def _title(slot: Slot) -> Markup:
    return Markup("") if slot.title is None else Markup(', <span class="what">{}</span>').format(slot.title)


def _time(unix: float, kind: str = "from") -> Markup:
    at = datetime.fromtimestamp(unix, UTC)
    return Markup('<time class="{}" datetime="{}"><noscript>{} UTC</noscript></time>').format(
        kind, at.isoformat(timespec="seconds").replace("+00:00", "Z"), at.strftime("%H:%M")
    )
