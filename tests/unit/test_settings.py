import dataclasses
from pathlib import Path
from typing import Literal

import pytest

from nanoservices.errors import SettingsError
from nanoservices.place import Place
from nanoservices.settings import Secret, Settings, load, load_place, setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample(Settings):
    hold_s: float = setting(10.0, low=0, high=60)
    pins: Literal["real", "simulated"] = setting("real")
    token: Secret | None = setting(None, low=8, high=64)
    loud: bool = setting(False)


def problems(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(Sample, environment)
    return refused.value.problems


def test_defaults_and_given_values() -> None:
    settings = load(Sample, {"NANO_NODE": "pi-1", "NANO_HOLD_S": "2.5", "NANO_LOUD": "yes", "HOME": "/"})
    assert (settings.node, settings.hold_s, settings.loud, settings.port) == ("pi-1", 2.5, True, 5683)


def test_every_problem_is_reported_at_once() -> None:
    found = problems(NANO_PORT="0", NANO_PINS="maybe", NANO_HOLDS="1", NANO_LOUD="perhaps", NANO_TOKEN_FILE="/nowhere")
    assert [problem.partition(":")[0] for problem in found] == [
        "NANO_HOLDS",
        "NANO_NODE",
        "NANO_PORT",
        "NANO_PINS",
        "NANO_TOKEN",
        "NANO_LOUD",
    ]


def test_unknown_setting_suggests_the_near_one() -> None:
    assert "did you mean NANO_HOLD_S?" in problems(NANO_NODE="x", NANO_HOLD="1")[0]


def test_value_from_a_file_is_taken_and_stripped(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("opensesame\n")
    token = load(Sample, {"NANO_NODE": "x", "NANO_TOKEN_FILE": str(tmp_path / "token")}).token
    assert token is not None and token.reveal() == "opensesame"


def test_value_and_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("opensesame")
    found = problems(NANO_NODE="x", NANO_TOKEN="opensesame", NANO_TOKEN_FILE=str(tmp_path / "token"))
    assert found == ["NANO_TOKEN: is set twice, by itself and by NANO_TOKEN_FILE"]


def test_secret_shows_itself_nowhere() -> None:
    settings = load(Sample, {"NANO_NODE": "x", "NANO_TOKEN": "opensesame"})
    assert settings.token is not None
    for shown in (repr(settings), str(settings), f"{settings.token}", f"{settings.token!r:>20}", str(settings.token)):
        assert "opensesame" not in shown


def test_secret_out_of_range_is_refused_without_being_shown() -> None:
    (problem,) = problems(NANO_NODE="x", NANO_TOKEN="short")
    assert "short" not in problem


@pytest.mark.parametrize("text", ["", "{", '{"nodes": {"pi": {"gpio": {"pir": "P1"}}}}'])
def test_slice_of_labels_that_is_malformed_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "place.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"place\.json"):
        load_place(Place, path)


def test_node_without_an_entry_is_told_which_there_are(tmp_path: Path) -> None:
    path = tmp_path / "place.json"
    path.write_text('{"nodes": {"pi-lobby": {"zone": "entrance"}}}')
    with pytest.raises(SettingsError, match="pi-lobby"):
        load_place(Place, path).node("pi-lobbi")
