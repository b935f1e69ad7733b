"""The markup of the page. Every value goes in by `Markup.format`, which escapes it. Pure; `now` is monotonic seconds."""

import hashlib

from markupsafe import Markup

from nanoservices.meeting.agenda_markup import agenda
from nanoservices.meeting.floor_plan import Plan, drawn, sentence
from nanoservices.meeting.papers import Paper, told
from nanoservices.meeting.view import View

ONE_MOMENT = "One moment"
_PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{room}</title>
<link rel="icon" href="/static/room.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/screen.css">
<link rel="modulepreload" href="/static/deck.js">
<link rel="modulepreload" href="/static/paper.js">
<link rel="modulepreload" href="/static/times.js">
<link rel="modulepreload" href="/static/trust.js">
<script src="/static/screen.js" type="module"></script>
<noscript><meta http-equiv="refresh" content="2"></noscript>
</head>
<body>
<header>
<h1 class="room">{room}</h1>
<span id="stale" role="status" hidden>Stale: not connected to the room</span>
<span id="clock"></span>
</header>
<div id="shown">
{fragment}
</div>
</body>
</html>
""")


def page(view: View, now: float, plan: Plan | None = None) -> Markup:
    return _PAGE.format(room=view.room, fragment=fragment(view, now, plan))


def fragment(view: View, now: float, plan: Plan | None = None) -> Markup:
    """What changes: all that may be seen now. `data-key` is the same as long as the contents are."""
    if plan is not None and view.way:
        return _way(view, plan)
    if view.contents is None:
        return Markup('<main class="hidden" data-version="{}" data-key="">\n{}{}</main>').format(
            view.version, _lines(view), _coming(view)
        )
    if view.mode == "personal" and not view.contents.papers:  # nothing to lay out
        return Markup('<main class="idle" data-version="{}" data-key="">\n{}{}</main>').format(
            view.version, _coming(view), _lines(view)
        )
    return Markup('<main class="{}" data-version="{}" data-key="{}">\n{}{}</main>').format(
        view.mode, view.version, key(view), _contents(view, now), _lines(view)
    )


def _coming(view: View) -> Markup:
    """What comes next; what is wrong with that, where nothing worse is."""
    return agenda(view.ahead, view.ahead_line if view.trouble is None else None)


def _way(view: View, plan: Plan) -> Markup:
    """`view.room` is the zone that a screen on the way stands in."""
    lines = Markup("").join(
        Markup('<p class="line"><i class="c{}"></i> {}</p>').format(one.colour, sentence(one)) for one in view.way
    )
    return Markup('<main class="way" data-version="{}" data-key="">\n<div role="status">{}</div>\n{}\n</main>').format(
        view.version, lines, drawn(plan, view.room, view.way)
    )


def key(view: View) -> str:
    """Tells contents apart, and tells nothing of them."""
    assert view.contents is not None
    shown = "\n".join([view.mode, view.contents.title, *(f"{paper.sha256} {paper.name}" for paper in view.contents.papers)])
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def _contents(view: View, now: float) -> Markup:
    assert view.contents is not None
    kind = "Personal" if view.mode == "personal" else "Meeting"
    ends = Markup()
    if view.ends_at is not None:
        ends = Markup(' <span class="ends" data-in="{}"></span>').format(max(0, round(view.ends_at - now)))
    papers = Markup("\n").join(_paper(paper) for paper in view.contents.papers if paper.kind != "nothing")
    title = view.contents.title  # of what is personal it is the room's name, which stands above already
    is_said = title == view.room and view.ahead is not None
    heading = Markup("") if is_said else Markup('<h2 class="title">{}</h2>').format(title)
    coming = _coming(view) if view.mode == "personal" else Markup("")
    about = Markup('<div class="about">{}{}<p class="kind">{}{}</p></div>').format(heading, coming, kind, ends)
    return Markup('{}\n<section id="deck" aria-label="Contents">\n{}\n</section>\n').format(about, papers)


def _paper(paper: Paper) -> Markup:
    return Markup('<article class="{}">\n<h3 class="name">{}</h3>\n<div class="body">{}</div>\n</article>').format(
        paper.kind, paper.name, _body(paper)
    )


def _body(paper: Paper) -> Markup:
    if paper.kind == "image":
        return Markup('<img src="/items/{}" alt="{}">').format(paper.sha256, paper.name)
    if paper.kind == "pdf":
        return Markup('<div class="pages" data-item="{}"><p class="wait">Opening …</p></div>').format(paper.sha256)
    return paper.html or Markup()


def _lines(view: View) -> Markup:
    """The quiet line: what the room waits for, or what is wrong."""
    said = [view.line] if view.line else []
    if view.trouble is not None:
        said = [f"Not shown: {view.trouble}. This screen keeps trying."]
    elif view.contents is None and not said:
        said = [ONE_MOMENT]
    papers = view.contents.papers if view.contents is not None else ()
    said += [sentence for paper in papers if (sentence := told(paper)) is not None]
    shown = Markup("").join(Markup("<span>{}</span> ").format(sentence) for sentence in said)
    return Markup('<div class="foot"><p class="quiet" role="status">{}</p></div>\n').format(shown)
