"""What the documents promise to be complete is."""

import dataclasses
import importlib
import re
from pathlib import Path

import pytest

from nanoservices.settings import Settings
from swarm.words import discover

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md"))


@pytest.mark.parametrize("word", sorted(discover()))
def test_every_setting_is_documented_with_its_default(word: str) -> None:
    module = importlib.import_module(f"nanoservices.{word}.__main__")
    shapes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Settings)]
    lines = (ROOT / "docs/settings.md").read_text().splitlines()
    for field in {field.name: field for shape in shapes for field in dataclasses.fields(shape)}.values():
        documented = [line for line in lines if line.startswith(f"| `NANO_{field.name.upper()}` |")]
        default = field.default
        shown = "required" if default is dataclasses.MISSING else "-" if default is None else f"`{default}`"
        assert any(f"| {shown} |" in line for line in documented), f"NANO_{field.name.upper()} ({shown})"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in [part.split(")")[0] for part in path.read_text().split("](")[1:]]:
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_every_page_is_reached_from_the_readme() -> None:
    linked = re.findall(r"\]\((docs/[^)#]+\.md)", (ROOT / "README.md").read_text())
    assert sorted({f"docs/{path.name}" for path in ROOT.glob("docs/*.md")} - set(linked)) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_a_document_has_made_or_measured_can_be(path: Path) -> None:
    text, targets = path.read_text(), (ROOT / "Makefile").read_text()
    made = re.findall(r"(?:^    |`|&& )make ([a-z][a-z-]*)", text, re.MULTILINE)
    assert [target for target in made if not re.search(rf"^{target}:", targets, re.MULTILINE)] == []
    modules = [Path(name.replace(".", "/")) for name in re.findall(r"-m (bench(?:\.[a-z_]+)+)", text)]
    assert [str(at) for at in modules if not (ROOT / f"{at}.py").exists() and not (ROOT / at / "__main__.py").exists()] == []
