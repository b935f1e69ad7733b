"""CSV and calendars: every wrong line is named, nothing is half done, and twice is once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.swarm.auth_house import AuthHouse

PEOPLE = """id,name,email,key,secret
alice,Alice Stone,Alice@example.org,mac:aa0000000001,
bob,"Stone, Bob",bob@example.org,,00112233445566778899aabbccddeeff
,Carl,carl@example.org,,
"""
EVENT = """BEGIN:VEVENT
UID:weekly@example.org
DTSTAMP:20310101T000000Z
DTSTART;TZID=Europe/Berlin:20310505T100000
DTEND;TZID=Europe/Berlin:20310505T110000
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Weekly
LOCATION:Room-1
ORGANIZER;CN=Alice:mailto:alice@example.org
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:MAILTO:BOB@example.org
ATTENDEE;CN=Dora;PARTSTAT=DECLINED:mailto:dora@example.org
ATTENDEE;CUTYPE=ROOM;CN=Room 1:mailto:room-1@example.org
END:VEVENT
"""


def calendar(*events: str) -> bytes:
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n" + "".join(events) + "END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def once(
    uid: str, *lines: str, start: str = "20310507T100000Z", end: str = "20310507T110000Z", location: str = "room-2"
) -> str:
    more = "".join(f"{line}\n" for line in lines)
    times = f"DTSTART{start if start[0] in ':;' else ':' + start}\nDTEND{end if end[0] in ':;' else ':' + end}\n"
    head = f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20310101T000000Z\n{times}SUMMARY:{uid}\n"
    return f"{head}LOCATION:{location}\n{more}END:VEVENT\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHouse]:
    monkeypatch.chdir(tmp_path)
    made = AuthHouse(tmp_path)
    yield made
    made.close()


def brought(house: AuthHouse, text: str | bytes, *words: str, code: int = 0) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    (house.folder / "people.csv").write_bytes(data)
    return house.run("participant", "import", "people.csv", *words, code=code)


def held(house: AuthHouse, data: bytes, *words: str, code: int = 0) -> str:
    (house.folder / "team.ics").write_bytes(data)
    span = ["--since", "2031-05-01", "--days", "30"]
    return house.run("meeting", "import", "team.ics", *span, *words, code=code)


# --- participants -------------------------------------------------------------------------------------------------------


def test_people_are_brought_and_twice_is_once(house: AuthHouse) -> None:
    assert "+ participant bob" in brought(house, PEOPLE, "--dry-run")
    assert house.told("participant", "ls") == []
    assert "--yes" in brought(house, PEOPLE, code=2)
    assert house.told("participant", "ls") == []
    assert "Done: 5 added." in brought(house, PEOPLE, "--yes")
    assert house.told("participant", "ls") == [
        {"id": "alice", "name": "Alice Stone", "email": "alice@example.org"},
        {"id": "bob", "name": "Stone, Bob", "email": "bob@example.org"},
        {"id": "carl@example.org", "name": "Carl", "email": "carl@example.org"},
    ]
    assert [row["kind"] for row in house.told("credential", "ls", "bob")] == ["rolling"]
    assert "Nothing to do" in brought(house, PEOPLE, "--yes")


def test_what_a_file_does_not_say_stays(house: AuthHouse) -> None:
    brought(house, PEOPLE, "--yes")
    assert "~ participant alice" in brought(house, "\ufeffID;Name\r\nalice;Alice Sand\r\n", "--yes")
    assert house.told("participant", "show", "alice")["email"] == "alice@example.org"
    assert len(house.told("credential", "ls", "alice")) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,nam\nx,y\n", "people.csv:1: there is no column 'nam'; did you mean name?"),
        ("name\nx\n", "people.csv:1: the first line names the columns: name, and id or email"),
        ("id,name,id\nx,y,z\n", "people.csv:1: a column is there twice"),
        ("", "people.csv:1: the first line names the columns"),
        ("id,name\nx\n", "people.csv:2: has 1 columns, and the first line 2"),
        ("id,name\n\n,y\n", "people.csv:3: has neither an id nor an e-mail address"),
        ("id,name\na b,y\n", "people.csv:2: id: 'a b' is not up to 64 letters"),
        ("id,name\nx,\n", "people.csv:2: name: is missing"),
        ('id,name\nx,"y\n', "people.csv:2: is not CSV"),
        ("id,name\nx,y\nx,z\n", "people.csv:3: id: is that of people.csv:2 as well"),
        ("id,name,email\nx,y,a@b.org\nz,y,A@b.org\n", "people.csv:3: email: is that of people.csv:2 as well"),
        ("id,name,email\nx,y,a\n", 'people.csv:2: email: "a" is not an e-mail address'),
        ("id,name\nx," + "y" * 121 + "\n", "people.csv:2: name: length 121 is not between 1 and 120"),
        ("id,name\nx,'; DROP TABLE participants;--\ny,\x07\n", "people.csv:3: name: has a character that cannot be shown"),
        ("id,name,key\nx,y,mac:zz\n", "people.csv:2: key: is none of mac:"),
        (b"id,name\nx,\xff\n", "people.csv:2: is not UTF-8 text; save it as CSV UTF-8"),
    ],
)
def test_file_with_a_wrong_line_is_refused_naming_it_and_nothing_is_changed(
    house: AuthHouse, text: str | bytes, says: str
) -> None:
    assert says in brought(house, text, "--yes", code=2)
    assert house.told("participant", "ls") == []


def test_every_wrong_line_is_named_also_beyond_the_first_batch(house: AuthHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swarm.importing.batches.__defaults__", (2,))
    house.run("participant", "add", "zed", "Zed", "--email", "zed@example.org")
    lines = [f"p{number},Person {number},p{number}@example.org" for number in range(9)]
    lines[7] = "p7,Person 7,zed@example.org"
    says = brought(house, "\n".join(["id,name,email", *lines]), "--yes", code=2)
    assert "people.csv:9: email: is that of participant zed" in says
    assert [row["id"] for row in house.told("participant", "ls")] == ["zed"]  # not even the first batch
    lines[7] = "p7,Person 7,"
    assert "Done: 9 added." in brought(house, "\n".join(["id,name,email", *lines]), "--yes")


# --- meetings -----------------------------------------------------------------------------------------------------------


def test_event_that_recurs_is_a_meeting_each_time(house: AuthHouse) -> None:
    brought(house, PEOPLE, "--yes")
    assert "Done: 3 added." in held(house, calendar(EVENT), "--yes")
    found = house.told("meeting", "ls")
    assert [row["starts"] for row in found] == [f"2031-05-{day:02}T08:00:00Z" for day in (5, 12, 19)]
    assert {(row["title"], row["room"], tuple(row["invited"]), row["organiser"]) for row in found} == {
        ("Weekly", "room-1", ("bob",), "alice")
    }
    assert "Nothing to do" in held(house, calendar(EVENT), "--yes")


def test_event_that_is_moved_or_gone_is_so_here_too_and_others_stay(house: AuthHouse) -> None:
    brought(house, PEOPLE, "--yes")
    house.run(
        *("meeting", "add", "by-hand", "By hand", "--room", "room-2"),
        *("--starts", "2031-05-07T08:00Z", "--ends", "2031-05-07T09:00Z"),
    )
    held(house, calendar(EVENT, once("single")), "--yes")
    moved = EVENT.replace("RRULE", "EXDATE;TZID=Europe/Berlin:20310512T100000\nRRULE").replace(
        "SUMMARY:Weekly", "SUMMARY:Now and then"
    )
    says = held(house, calendar(moved, once("single", start="20310508T100000Z", end="20310508T110000Z")), "--yes")
    assert "2 changed" not in says and "3 changed, 1 removed" in says
    assert [(row["title"], row["starts"][8:10]) for row in house.told("meeting", "ls")] == [
        ("Now and then", "05"),
        ("By hand", "07"),
        ("single", "08"),
        ("Now and then", "19"),
    ]
    assert "1 removed" in held(house, calendar(moved, once("single", "STATUS:CANCELLED")), "--yes")
    assert "by-hand" in [row["id"] for row in house.told("meeting", "ls")]


def test_what_is_elsewhere_or_lasts_all_day_is_left_out_and_said(house: AuthHouse) -> None:
    says = held(
        house,
        calendar(
            once("here"),
            once("away", location="Berlin", start="20310508T100000Z", end="20310508T110000Z"),
            once("holiday", start=";VALUE=DATE:20310509", end=";VALUE=DATE:20310510"),
        ),
        "--yes",
    )
    assert "'away' on 2031-05-08 10:00: is in 'Berlin', which is no room of labels.yml" in says
    assert "'holiday' on 2031-05-09: lasts all day" in says
    assert [row["title"] for row in house.told("meeting", "ls")] == ["here"]


def test_room_may_have_another_name_in_the_calendar(house: AuthHouse) -> None:
    event = once("hall", location="The Great  Hall")
    held(house, calendar(event), "--location", "the great hall=room-1", "--yes")
    assert house.told("meeting", "ls")[0]["room"] == "room-1"
    assert "--location: 'x=attic'" in held(house, calendar(event), "--location", "x=attic", code=2)


def test_who_is_no_participant_is_named_added_or_left_out(house: AuthHouse) -> None:
    says = held(house, calendar(EVENT), "--yes", code=2)
    assert "bob@example.org is no participant" in says and "--add-people" in says
    assert "dora" not in says
    held(house, calendar(EVENT), "--without-unknown", "--yes")
    assert [row["invited"] for row in house.told("meeting", "ls")] == [[], [], []]
    assert house.told("participant", "ls") == []
    held(house, calendar(EVENT), "--add-people", "--yes")
    assert [row["id"] for row in house.told("participant", "ls")] == ["alice@example.org", "bob@example.org"]
    assert house.told("meeting", "ls")[0]["invited"] == ["bob@example.org"]
    assert "say one of them" in held(house, calendar(EVENT), "--add-people", "--without-unknown", code=2)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (once("floating", start="20310507T100000", end="20310507T110000"), "'floating' on 2031-05-07 10:00: says no time zone"),
        (once("backwards", start="20310507T110000Z", end="20310507T100000Z"), "does not end after it starts"),
    ],
)
def test_event_that_cannot_be_meant_is_refused_naming_it(house: AuthHouse, event: str, says: str) -> None:
    assert says in held(house, calendar(once("fine", location="room-1"), event), "--yes", code=2)
    assert house.told("meeting", "ls") == []


def test_times_without_a_zone_are_those_of_the_zone_that_is_said(house: AuthHouse) -> None:
    event = once("floating", start="20310507T100000", end="20310507T110000")
    held(house, calendar(event), "--timezone", "Europe/Berlin", "--yes")
    assert house.told("meeting", "ls")[0]["starts"] == "2031-05-07T08:00:00Z"
    assert "is no time zone" in held(house, calendar(event), "--timezone", "Europe/Nowhere", code=2)


def test_two_events_in_one_room_at_one_time_are_refused_naming_them(house: AuthHouse) -> None:
    says = held(house, calendar(once("one"), once("two", start="20310507T103000Z")), "--yes", code=2)
    assert "'two' on 2031-05-07 10:30: starts: room-2 is taken by meeting cal-" in says
    assert house.told("meeting", "ls") == []


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"BEGIN:VCALENDAR\r\n", b"\xff\xfe\x00", b"BEGIN:"]
)
def test_file_that_is_no_calendar_is_refused(house: AuthHouse, data: bytes) -> None:
    assert "team.ics: " in held(house, data, "--yes", code=2)


def test_many_meetings_come_in_batches_with_the_people_they_need(house: AuthHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swarm.calendar_rows.BATCH", 1)
    assert "Done: 5 added." in held(house, calendar(EVENT), "--add-people", "--yes")
