"""Of each item: what can be seen, and what is refused in which words."""

import re
import struct
import time

import pytest

from nanoservices.meeting import addresses, pictures
from nanoservices.meeting.papers import MOST_LINKS, Paper, Source, papers, told

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 800, 600)
PDF = b"%PDF-1.7\n...\nstartxref\n9\n%%EOF\n"


def paper(media_type: str, data: bytes | str, name: str = "it") -> Paper:
    (found,) = papers([Source(name, media_type, "1" * 64, data if isinstance(data, bytes) else data.encode())])
    return found


def markdown(source: str) -> Paper:
    return paper("text/markdown", source)


# --- Markdown -----------------------------------------------------------------------------------------------------------


def test_markdown_becomes_headings_lists_and_tables() -> None:
    html = str(markdown("# Plan\n\n- one\n- *two*\n\n| a |\n|---|\n| b |\n").html)
    for part in ("<h1>Plan</h1>", "<li>one</li>", "<em>two</em>", "<th>a</th>", "<td>b</td>"):
        assert part in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "text <ScRiPt src=//x.example>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick='alert(1)'>b</b>",
        "<iframe src=https://example.org></iframe>",
        "<style>*{display:none}</style>",
        "[press](javascript:alert(1))",
        "[press](JaVaScRiPt%3Aalert(1))",
        "[press](&#106;avascript:alert(1))",
        "![x](data:text/html,<script>1</script>)",
        "<javascript:alert(1)>",
        "> - deep <object data=x>",
        "[a]\n\n[a]: vbscript:x",
        "<form action=https://example.org><input></form>",
    ],
)
def test_markdown_with_a_script_is_refused_whole(source: str) -> None:
    found = markdown(f"# Fine\n\n{source}\n")
    assert (found.kind, found.html) == ("nothing", None)
    assert told(found) == "it is not shown: it has a script in it"


def test_script_that_is_quoted_as_code_is_text() -> None:
    found = markdown("`<script>alert(1)</script>`\n\n```\n<script>\n```\n")
    assert found.kind == "markdown" and "<script" not in str(found.html) and str(found.html).count("&lt;script&gt;") == 2


def test_harmless_html_is_shown_as_the_text_that_it_is() -> None:
    html = str(markdown("a <b>bold</b> word <svg/onload=alert(1)>\n\n<div>block</div>\n").html)
    assert "&lt;svg/onload" in html
    assert "a &lt;b&gt;bold&lt;/b&gt; word" in html and "&lt;div&gt;block&lt;/div&gt;" in html


def test_link_is_words_with_their_address_and_leads_nowhere() -> None:
    html = str(markdown("[the wiki](https://example.org/a), <https://example.org/b>, [here](#there)").html)
    assert '<span class="link">the wiki (https://example.org/a)</span>' in html
    assert '<span class="link">https://example.org/b</span>' in html
    assert '<span class="link">here</span>' in html and "href" not in html


def test_internal_address_in_markdown_is_not_told() -> None:
    found = markdown("[the router](http://192.168.0.1/admin)")
    assert "192.168" not in str(found.html) and "the router" in str(found.html)
    assert told(found) == "it: a link in it leads to an internal address and is left out"


def test_picture_in_markdown_is_one_of_the_contents_or_nothing() -> None:
    plan = Source("floor plan.png", "image/png", "2" * 64, PNG)
    text = Source(
        "a.md", "text/markdown", "1" * 64, b"![our *plan*](floor%20plan.png) ![spy](https://example.org/x.png) ![no](/items/3)"
    )
    html = str(papers([text, plan])[0].html)
    assert re.findall("<img[^>]*>", html) == [f'<img src="/items/{"2" * 64}" alt="our plan" />']
    assert "spy" in html and "example.org" not in html


@pytest.mark.parametrize(
    "hostile",
    ["[" * 50_000, "![[" * 33_000, "> " * 50_000, "*a " * 33_000, "`" * 99_999, "<" * 99_999, "[a](" * 25_000, "|a" * 50_000],
)
def test_markdown_that_is_made_to_take_long_does_not(hostile: str) -> None:
    began = time.process_time()
    assert markdown(hostile).kind in ("markdown", "nothing")
    assert time.process_time() - began < 10  # quadratic in 100,000 characters takes minutes


# --- links --------------------------------------------------------------------------------------------------------------


def test_links_are_told_with_their_titles_and_as_pictures_for_a_telephone() -> None:
    html = str(paper("text/uri-list", "# The wiki\r\nhttps://example.org/wiki?a=1&b=2\r\n").html)
    assert "<p>The wiki</p>" in html and "https://example.org/wiki?a=1&amp;b=2" in html
    assert html.count('<svg class="qr"') == 1 and "href" not in html


def test_only_so_many_links_as_fit_are_told_and_that_is_said() -> None:
    found = paper("text/uri-list", "\n".join(f"https://example.org/{n}" for n in range(MOST_LINKS + 2)))
    assert str(found.html).count("<li>") == MOST_LINKS
    assert told(found) == f"it: it has {MOST_LINKS + 2} links, of which {MOST_LINKS} are shown"


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST.", "10.0.0.1", "172.16.9.9:8080", "192.168.1.1", "169.254.169.254", "127.1", "2130706433",
        "0x7f.0.0.1", "0177.0.0.1", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "0.0.0.0", "printer",
        "printer.local", "nas.lan", "wiki.internal", "100.64.0.1", "224.0.0.1", "1.0.0.127.in-addr.arpa", "fritz.home",
    ],
)  # fmt: skip
def test_internal_addresses_are_refused(host: str) -> None:
    assert addresses.refusal(f"http://{host}/x") == "leads to an internal address"
    found = paper("text/uri-list", f"http://{host}/x")
    assert (found.kind, told(found)) == (
        "nothing",
        "it is not shown: a link in it leads to an internal address and is left out",
    )


@pytest.mark.parametrize("host", ["example.org", "wiki.example.org:8443", "9.9.9.9", "[2620:fe::fe]", "münchen.example.com"])
def test_public_addresses_are_told(host: str) -> None:
    assert addresses.refusal(f"https://{host}/x?y=z") is None


@pytest.mark.parametrize(
    "address",
    ["ftp://example.org/", "javascript:alert(1)", "https://", "https://[/", "https://a b.example/", "https://me:pw@example.org/",
     "https://example.org:0/", "https://example.org/" + "x" * 2000, "file:///etc/passwd", "//example.org/"],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_refused(address: str) -> None:
    assert addresses.refusal(address) is not None


# --- pictures and PDFs --------------------------------------------------------------------------------------------------


def jpeg(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 3) + b"\0" * 9


@pytest.mark.parametrize(
    ("media_type", "data", "says"),
    [
        ("image/png", PNG, None),
        ("image/jpeg", jpeg(4000, 3000), None),
        ("image/png", b"<svg onload=alert(1)>", "it is not the PNG that it should be"),
        ("image/png", PNG[:20], "it is not the PNG that it should be"),
        ("image/png", PNG[:16] + struct.pack(">II", 60_000, 60_000), "it has 60000 by 60000 points, more than a screen takes"),
        ("image/jpeg", jpeg(65_000, 65_000), "it has 65000 by 65000 points, more than a screen takes"),
        ("image/jpeg", b"\xff\xd8\xff", "it is not the JPEG that it should be"),
        ("image/jpeg", b"\xff\xd8" + b"\xff\xe0\x00\x02" * 9, "it is not the JPEG that it should be"),
        ("image/svg+xml", b"<svg/>", "it is not a picture"),
    ],
)
def test_what_is_no_picture_or_too_large_a_one_is_refused(media_type: str, data: bytes, says: str | None) -> None:
    assert pictures.refusal(media_type, data) == says


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (PDF, None),
        (b"junk before it\n" + PDF, None),
        (b"<html>", "it is not shown: it is not a PDF"),
        (b"", "it is not shown: it is not a PDF"),
        (b"%PDF-1.7\n" + b"x" * 9000, "it is not shown: it is a PDF without its end"),
    ],
)
def test_what_is_no_pdf_is_refused_before_any_viewer_sees_it(data: bytes, says: str | None) -> None:
    found = paper("application/pdf", data)
    assert (told(found), found.kind) == (says, "nothing" if says else "pdf")


def test_what_no_screen_shows_is_said() -> None:
    assert told(paper("text/html", "<p>")) == "it is not shown: it is of a kind that no screen shows"
