"""What must not be seen: refused with a sentence on the quiet line; nothing executes, nothing is shown."""

import pytest

from tests.interop.screen.browser import Browser, Page
from tests.interop.screen.documents import pdf
from tests.interop.screen.rig import CREDENTIAL, LONG, Rig

pytestmark = pytest.mark.interop
FINE = ("fine.txt", "text/plain", b"This is fine")
SCRIPT = "/OpenAction << /S /JavaScript /JS (app.alert\\('pwned'\\); this.print\\(\\);) >>"


def quiet(page: Page, words: str) -> None:
    page.until(f"document.querySelector('.quiet')?.innerText.includes({words!r})")


def nothing_ran(page: Page) -> None:
    assert [said for said in page.do("said") if not said.startswith("warning")] == []
    assert page.run("window.pwned") is None


@pytest.mark.parametrize(
    ("name", "media_type", "data", "says"),
    [
        ("a.pdf", "application/pdf", b"<html><script>pwned = 1</script>", "a.pdf is not shown: it is not a PDF"),
        ("b.pdf", "application/pdf", b"%PDF-1.7\n" + b"x" * 5000, "b.pdf is not shown: it is a PDF without its end"),
        ("c.pdf", "application/pdf", b"%PDF-1.7\nrubbish\nstartxref\n5", "c.pdf is not shown: it cannot be read as a PDF"),
        ("d.md", "text/markdown", b"# Hi\n\n<img src=x onerror='pwned = 1'>", "d.md is not shown: it has a script in it"),
        ("e.md", "text/markdown", b"[x](javascript:pwned=1)", "e.md is not shown: it has a script in it"),
        ("f", "text/uri-list", b"http://192.168.1.1/admin\r\n", "f is not shown: a link in it leads to an internal address"),
        ("g.png", "image/png", b"<svg onload='pwned = 1'>", "g.png is not shown: it is not the PNG that it should be"),
        ("h.svg", "image/svg+xml", b"<svg onload='pwned = 1'/>", "h.svg is not shown: it is of a kind that no screen shows"),
    ],
)  # fmt: skip
def test_item_that_must_not_be_seen_is_refused_in_a_sentence_and_the_others_are_shown(
    browser: Browser, rig: Rig, name: str, media_type: str, data: bytes, says: str
) -> None:
    with browser.page(rig.url) as page:
        rig.show((name, media_type, data), FINE)
        quiet(page, says)
        page.sees("This is fine")
        assert page.run("document.querySelectorAll('article').length") == 1
        assert "192.168" not in page.html
        nothing_ran(page)


def test_picture_that_breaks_off_is_refused(browser: Browser, rig: Rig) -> None:
    broken = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\x02\0\0\0" + b"junk" * 20
    with browser.page(rig.url) as page:
        rig.show(("broken.png", "image/png", broken), FINE)
        quiet(page, "broken.png is not shown: it cannot be read as a picture")
        page.sees("This is fine")


def test_script_in_a_pdf_does_not_run_and_its_page_is_seen(browser: Browser, rig: Rig) -> None:
    link = "/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 960 540] /A << /S /URI /URI (http://192.168.0.1/) >> >>]"
    with browser.page(rig.url) as page:
        rig.show(("script.pdf", "application/pdf", pdf("Only its picture", catalog=SCRIPT, page=link)))
        page.until("document.querySelector('canvas')?.textContent.includes('Only its picture')")
        assert page.run("document.querySelectorAll('main a, main iframe, main embed, main object').length") == 0
        nothing_ran(page)


@LONG
def test_pdf_with_a_gigantic_page_and_far_too_many_pages_is_held_within_bounds(browser: Browser, rig: Rig) -> None:
    huge = pdf(*["Far too large"] * 300, box="0 0 14400 6000")
    with browser.page(rig.url, deviceScaleFactor=4) as page:
        rig.show(("huge.pdf", "application/pdf", huge))
        page.until("document.querySelector('canvas')")
        assert page.run("(() => { const c = document.querySelector('canvas'); return c.width * c.height; })()") <= 4_100_000
        assert "of 200" in page.text


@LONG
def test_deeply_nested_markdown_and_a_very_long_text_are_shown_in_bounds(browser: Browser, rig: Rig) -> None:
    with browser.page(rig.url) as page:
        rig.show(("deep.md", "text/markdown", b"> " * 20_000 + b"deep"), ("long.txt", "text/plain", b"word " * 400_000), FINE)
        page.until("document.body.textContent.includes('This is fine')")
        assert page.run("document.documentElement.outerHTML.length") < 2_000_000


@pytest.mark.parametrize(
    ("wrong", "says"),
    [("hash", "does not have the sha256"), ("cut", "its list says"), ("credential", "the room credential is not the one")],
)
def test_contents_that_are_not_what_they_should_be_are_not_shown_until_they_are(
    browser: Browser, rig: Rig, wrong: str, says: str
) -> None:
    rig.order("hidden")
    if wrong == "credential":
        rig.auth.credential = "another-credential"
    else:
        rig.auth.wrong = wrong
    try:
        with browser.page(rig.url) as page:
            rig.show(("secret-name.txt", "text/plain", b"must not be seen"))
            quiet(page, says)
            assert page.quiet.startswith("Not shown: auth") and "keeps trying" in page.quiet
            assert "must not be seen" not in page.html and "secret-name" not in page.html
            rig.auth.wrong, rig.auth.credential = None, CREDENTIAL
            page.sees("must not be seen")
            assert page.quiet == ""
    finally:
        rig.auth.wrong, rig.auth.credential = None, CREDENTIAL


def test_title_and_names_that_are_markup_are_text(browser: Browser, rig: Rig) -> None:
    with browser.page(rig.url) as page:
        rig.show(("<img src=x onerror='pwned=1'>", "text/plain", b"x"), title="<script>pwned = 1</script>")
        page.sees("<script>pwned = 1</script>")
        nothing_ran(page)
