"""What a screen shows, over REST: what is taken, refused and handed back."""

import pytest

from nanoservices.auth.documents import MOST_BYTES, PIECE_BYTES
from nanoservices.auth.model import Shelf
from nanoservices.errors import Unavailable
from tests.unit.auth.admin import TOKEN, Admin, put


def test_contents_are_put_and_replaced(settled: Admin) -> None:
    path = "/meetings/plan/contents/Übersicht 1.md"
    status, item = put(settled, path, "# Plän\n".encode(), "text/markdown; charset=utf-8")
    assert (status, item["name"], item["media_type"], item["bytes"]) == (201, "Übersicht 1.md", "text/markdown", 8)
    assert put(settled, path, b"# Plan\n", "text/markdown")[0] == 200
    assert [found["bytes"] for found in settled("GET", "/meetings/plan/contents")[1]["contents"]] == [7]
    assert settled("DELETE", path) == (204, None)
    assert settled("GET", "/meetings/plan/contents") == (200, {"contents": []})


@pytest.mark.parametrize(
    ("name", "data", "media_type", "status", "field"),
    [
        ("a.svg", b"<svg/>", "image/svg+xml", 415, "Content-Type"),
        ("a.html", b"<p>", "text/html", 415, "Content-Type"),
        ("a.png", b"\xff\xd8\xff", "image/png", 415, "body"),
        ("a.pdf", b"MZ", "application/pdf", 415, "body"),
        ("a.txt", b"\xff\xfe", "text/plain", 422, "body"),
        ("a.txt", b"\xc3", "text/plain", 422, "body"),
        ("a.txt", b"", "text/plain", 422, "body"),
        ("x" * 121, b"x", "text/plain", 422, "name"),
        ("ü" * 101, b"x", "text/plain", 422, "name"),
        ("a%0Ab", b"x", "text/plain", 422, "name"),
        ("l.url", b"javascript:alert(1)", "text/uri-list", 422, "body"),
        ("l.url", b"https://example.org/\nfile:///etc/passwd", "text/uri-list", 422, "body"),
        ("l.url", b"# only a comment", "text/uri-list", 422, "body"),
        ("l.url", b"http://me:secret@example.org/", "text/uri-list", 422, "body"),
        ("l.url", b"https:///nowhere", "text/uri-list", 422, "body"),
        ("l.url", b"https://[/", "text/uri-list", 422, "body"),
        ("l.url", b"https://example.org/\n" * 51, "text/uri-list", 422, "body"),
        ("l.url", b"https://example.org/" + b"x" * 300_000, "text/uri-list", 422, "body"),
        (".", b"x", "text/plain", 422, "name"),
        ("..", b"x", "text/plain", 422, "name"),
    ],
)
def test_contents_that_no_screen_shows_are_refused(
    settled: Admin, name: str, data: bytes, media_type: str, status: int, field: str
) -> None:
    path = f"/meetings/plan/contents/{name}"
    assert settled.refused("PUT", path, data, content_type=media_type)[:2] == (status, field)
    assert settled("GET", "/meetings/plan/contents") == (200, {"contents": []})


def test_links_are_taken_as_they_are(settled: Admin) -> None:
    links = "# the wiki\r\nhttps://example.org/wiki?page=Übersicht#now\r\nhttp://10.0.0.1:8080/\r\n"
    assert put(settled, "/meetings/plan/contents/links", links.encode(), "text/uri-list")[0] == 201


def test_contents_may_be_20_mb_and_no_more(settled: Admin) -> None:
    assert put(settled, "/meetings/plan/contents/big", b"x" * MOST_BYTES, "text/plain")[0] == 201
    status, _, _ = settled.refused("PUT", "/meetings/plan/contents/big", b"y" * (MOST_BYTES + 1), content_type="text/plain")
    assert status == 413
    assert settled("GET", "/meetings/plan/contents")[1]["contents"][0]["bytes"] == MOST_BYTES


def test_multibyte_text_may_be_split_anywhere(settled: Admin) -> None:
    text = ("x" + "ü€😀" * 40_000).encode()  # pieces end in the middle of characters
    assert put(settled, "/meetings/plan/contents/long", text, "text/plain")[1]["bytes"] == len(text)


def test_contents_come_back_in_parts_with_their_length_and_tag(settled: Admin) -> None:
    text = ("ä" * PIECE_BYTES).encode()  # two pieces
    path = "/api/v1/meetings/plan/contents/long"
    assert put(settled, "/meetings/plan/contents/long", text, "text/plain")[0] == 201
    told = {"Authorization": f"Bearer {TOKEN}"}
    answer = settled.client.get(path, headers=told, buffered=False)
    assert [len(part) for part in answer.iter_encoded()] == [PIECE_BYTES, PIECE_BYTES]
    assert int(answer.headers["Content-Length"]) == len(text)
    assert settled.client.get(path, headers=told).data == text
    again = settled.client.get(path, headers={**told, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_answer_that_cannot_be_finished_is_broken_off_and_begins_not_at_all_when_it_cannot_begin(
    settled: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"x" * (2 * PIECE_BYTES + 1)
    put(settled, "/meetings/plan/contents/long", text, "text/plain")
    part, told = settled.store.contents.part, {"Authorization": f"Bearer {TOKEN}"}

    def gone_at(lost: int) -> bytes:
        def some(shelf: Shelf, sha256: str, number: int) -> bytes:
            if number == lost:
                raise Unavailable("the disk is gone")
            return part(shelf, sha256, number)

        monkeypatch.setattr(settled.store.contents, "part", some)
        answer = settled.client.get("/api/v1/meetings/plan/contents/long", headers=told)
        assert answer.status_code == (503 if lost == 0 else 200)
        return answer.data

    assert b"the disk is gone" in gone_at(0)
    assert gone_at(1) == text[:PIECE_BYTES]


def test_contents_of_nothing_are_refused(settled: Admin) -> None:
    assert settled.refused("PUT", "/meetings/coup/contents/x", b"x", content_type="text/plain")[0] == 404
    assert settled.refused("GET", "/meetings/coup/contents")[0] == 404
    assert settled.refused("DELETE", "/meetings/plan/contents/x")[0] == 404


def test_personal_contents_have_an_owner(settled: Admin) -> None:
    path = "/rooms/room-1/personal/photo"
    assert settled.refused("PUT", path, b"x", content_type="text/plain")[:2] == (400, "owner")
    assert settled.refused("PUT", path + "?owner=zed", b"x", content_type="text/plain")[:2] == (422, "owner")
    assert settled.refused("PUT", "/rooms/room-9/personal/photo?owner=bob", b"x", content_type="text/plain")[0] == 404
    assert put(settled, path + "?owner=bob", b"x", "text/plain")[0] == 201
    assert settled.refused("PUT", path + "?owner=carl", b"y", content_type="text/plain")[:2] == (409, "name")
    (shown,) = settled("GET", "/rooms/room-1/personal")[1]["contents"]
    assert (shown["name"], shown["owner"]) == ("photo", "bob")
    assert settled("DELETE", path) == (204, None)
    assert settled("GET", "/rooms/room-1/personal") == (200, {"contents": []})
