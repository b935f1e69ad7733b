"""Who has proved their address, and what was answered to whom: time is an argument."""

from nanoservices.coap_memory import KEEP_S, Answers
from nanoservices.coap_proof import BELIEVED_S, MOST_PEERS, Proofs

PEER, OTHER = ("192.0.2.1", 5683), ("192.0.2.2", 5683)


def test_echo_is_good_for_the_peer_it_was_given_to_for_some_minutes() -> None:
    proofs = Proofs(b"secret")
    echo = proofs.echo(PEER, 1000)
    assert not proofs.check(OTHER, echo, 1000) and not proofs.proven(OTHER, 1000)
    assert not proofs.check(PEER, echo, 1000 + 700)
    assert proofs.check(PEER, echo, 1000 + 250)
    assert proofs.proven(PEER, 1000 + 250)


def test_echo_of_another_process_is_worth_nothing() -> None:
    assert not Proofs().check(PEER, Proofs().echo(PEER, 0), 0)


def test_belief_ends_however_much_is_sent() -> None:
    proofs = Proofs(b"secret")
    proofs.believe(PEER, 0)
    assert proofs.proven(PEER, BELIEVED_S - 1) and not proofs.proven(PEER, BELIEVED_S + 1)


def test_host_that_guessed_wrong_is_not_pinged_for_a_while_at_any_of_its_ports() -> None:
    proofs = Proofs(b"secret")
    assert proofs.may_be_pinged(PEER, 0)
    proofs.guessed(PEER, 0)
    assert not proofs.may_be_pinged((PEER[0], 1), 9) and proofs.may_be_pinged(OTHER, 9) and proofs.may_be_pinged(PEER, 10)
    for number in range(MOST_PEERS + 1):
        proofs.guessed((f"192.0.2.{number}", 1), 20)
    assert len(proofs._not_before) == MOST_PEERS


def test_peer_that_is_silent_to_a_ping_keeps_none_beside_it_from_being_pinged() -> None:
    proofs = Proofs(b"secret")
    proofs.silent(PEER, 0)
    assert not proofs.may_be_pinged(PEER, 9) and proofs.may_be_pinged((PEER[0], 1), 9) and proofs.may_be_pinged(PEER, 10)


def test_those_who_proved_longest_ago_make_room() -> None:
    proofs = Proofs(b"secret")
    for number in range(MOST_PEERS + 1):
        proofs.believe(("192.0.2.1", number), 0)
        proofs.believe(PEER, 0)
    assert not proofs.proven(("192.0.2.1", 0), 1) and not proofs.proven(("192.0.2.1", 1), 1)
    assert proofs.proven(("192.0.2.1", 2), 1) and proofs.proven(PEER, 1)


def test_answers_are_remembered_for_one_to_two_generations() -> None:
    answers = Answers()
    answers.put((PEER, b"request"), b"answer", 0)
    answers.put((PEER, b"another"), b"", KEEP_S + 1)
    assert answers.get((PEER, b"request")) == b"answer" and answers.get((PEER, b"another")) == b""
    assert answers.get((OTHER, b"request")) is None
    answers.put((PEER, b"third"), b"", 3 * KEEP_S)
    assert answers.get((PEER, b"request")) is None


def test_flood_makes_the_memory_shorter_not_larger() -> None:
    answers = Answers(most_bytes=10_000)
    for number in range(10_000):
        answers.put((PEER, number.to_bytes(4, "big")), b"answer", 0)
    assert len(answers) < 100
    assert answers.get((PEER, (9_999).to_bytes(4, "big"))) == b"answer"
