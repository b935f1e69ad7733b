from nanoservices.scanner.smoothing import FRESH_S, SAMPLES, Silence, Strength


def test_first_sample_is_told_as_it_is() -> None:
    assert Strength().heard(-81, 0.0) == -81


def test_single_loud_or_faint_sample_does_not_move_the_strength() -> None:
    strength = Strength()
    told = [strength.heard(dbm, at) for at, dbm in enumerate((-60, -61, -95, -60, -30, -61))]
    assert told[1:] == [-61, -61, -61, -60, -61]


def test_tag_that_has_moved_is_as_strong_as_it_is_now_after_as_many_samples_as_count() -> None:
    strength = Strength()
    for at in range(SAMPLES):
        strength.heard(-90, at)
    assert [strength.heard(-50, SAMPLES + at) for at in range(SAMPLES)][SAMPLES // 2] == -50


def test_old_samples_say_nothing() -> None:
    strength = Strength()
    for at in range(SAMPLES):
        strength.heard(-90, at)
    assert strength.heard(-50, SAMPLES + FRESH_S) == -50


def test_only_time_with_the_radio_on_is_silence() -> None:
    silence = Silence(30)
    silence.turned(True, 0)
    silence.turned(False, 20)
    assert silence.due_at() is None and not silence.is_over(500)
    silence.turned(True, 1000)
    assert silence.due_at() == 1010
    assert not silence.is_over(1009) and silence.is_over(1010)


def test_two_silent_spells_are_a_deaf_radio_until_it_hears() -> None:
    silence = Silence(30)
    silence.turned(True, 0)
    assert silence.is_over(30) and not silence.is_deaf
    assert silence.is_over(60) and silence.is_deaf
    silence.heard(61)
    assert not silence.is_deaf and silence.due_at() == 91
