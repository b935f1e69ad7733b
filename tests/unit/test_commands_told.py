"""Whatever command a document, a help text or a message of ours tells people to give, they can give."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from swarm.__main__ import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = sorted(ROOT.glob("swarm/**/*.py"))
WIDTH = 80  # of the terminal that a first-comer has


def tree(command: click.Command = main, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield above, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from tree(below, (*above, name))


COMMANDS = dict(tree())
GROUPS = [words for words, command in COMMANDS.items() if isinstance(command, click.Group)]


def wrong(told: str) -> str | None:
    """What of `nanoswarm …` there is not: a command, an option. A placeholder in capitals may stand for any."""
    told = re.split(r"\s#|&&|;|\||`|\s[>&]|\s{3,}", told.replace("\\\n", " "))[0]
    words = told.split()[1:]
    path: tuple[str, ...] = ()
    while words and isinstance(COMMANDS[path], click.Group) and not words[0].startswith("-"):
        word = words.pop(0)
        if not re.fullmatch("[a-z]+", word):
            return None  # a placeholder, or the end of a sentence
        if (*path, word) not in COMMANDS:
            return None if word in {"demo", "leave"} and path else f"{' '.join(path)} {word}"
        path = (*path, word)
    known = {"--help", "-h"} | {opt for param in COMMANDS[path].params for opt in (*param.opts, *param.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0].rstrip(".,:)") not in known]
    return f"{' '.join(path)} {unknown[0]}" if unknown else None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_a_document_exist_with_their_options(path: Path) -> None:
    text = path.read_text()
    lines = re.findall(r"^ {4,}(?:.*[|&] *)?(?:sudo |nohup )?(?:\S*/)?(nanoswarm [^\n]*(?:\\\n[^\n]*)*)", text, re.MULTILINE)
    spans = re.findall(r"`(?:sudo )?(?:\.venv/bin/)?(nanoswarm [^`]*)`", text)
    assert [told for told in (*lines, *spans) if wrong(told) is not None] == []


def test_a_command_that_there_is_not_is_found() -> None:
    assert wrong("nanoswarm lab upp") == "lab upp"
    assert wrong("nanoswarm stack deploy --force") == "stack deploy --force"
    assert wrong("nanoswarm stack deploy --yes   # comment --force") is None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_commands_in_a_message_exist(path: Path) -> None:
    told = re.findall(r": (nanoswarm [a-z][^\"\n]*)", path.read_text())
    assert [each for each in told if wrong(each.split(",")[0].rstrip(".)")) is not None] == []


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_what_every_option_does_and_gives_an_example(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    told = command.help or ""
    examples = re.findall(r"^ *(?:.*\| *)?(?:sudo \S+which |nohup )?(nanoswarm\)? [^\n]*(?:\\\n[^\n]*)*)", told, re.MULTILINE)
    assert [each for each in examples if wrong(each.replace("nanoswarm)", "nanoswarm")) is not None] == []
    assert any(f"nanoswarm {' '.join(words)}".strip() in each.replace("nanoswarm)", "nanoswarm") for each in examples)
    assert [param.name for param in command.params if isinstance(param, click.Option) and not param.help] == []


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_list_of_commands_says_each_in_a_whole_sentence(words: tuple[str, ...]) -> None:
    context = click.Context(COMMANDS[words], info_name="nanoswarm", terminal_width=WIDTH)
    listed = COMMANDS[words].get_help(context).partition("Commands:")[2].splitlines()
    assert [line.strip() for line in listed if line.endswith("...")] == []
