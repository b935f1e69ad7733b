"""Debian's chromium, driven by playwright-core through browser.mjs."""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PEERS = HERE.parent / "peers"


def required() -> str:
    """The browser's path. Skips, and under CI fails, when something is absent."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    missing = None if chromium else "chromium is absent (apt-get install chromium, or make tools)"
    if shutil.which("node") is None or not (PEERS / "node_modules/playwright-core").is_dir():
        missing = missing or "npm's playwright-core is absent (apt-get install nodejs npm, then make tools)"
    if missing is not None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return str(chromium)


class Page:
    def __init__(self, browser: "Browser", name: str, took_ms: float):
        self._browser, self._name, self.took_ms = browser, name, took_ms

    def do(self, act: str, **words: Any) -> Any:
        return self._browser.do(act, name=self._name, **words)

    def run(self, expression: str) -> Any:
        return self.do("run", expression=expression)

    def until(self, expression: str, seconds: float = 15.0) -> Any:
        """Wait until the expression is true; AssertionError with what is seen when it does not become so."""
        found = self.do("until", expression=expression, ms=seconds * 1000)
        assert found, f"{expression} is not true; the page says {self.text!r}; {self.do('said')}"
        return found

    def sees(self, words: str) -> None:
        self.until(f"document.body.innerText.includes({json.dumps(words)})")

    @property
    def text(self) -> str:
        return str(self.run("document.body.innerText"))

    @property
    def html(self) -> str:
        return str(self.run("document.documentElement.outerHTML"))

    @property
    def quiet(self) -> str:
        return str(self.run("document.querySelector('.quiet')?.innerText || ''"))


class Browser:
    def __init__(self, process: "subprocess.Popen[str]"):
        self._process = process
        self._names = itertools.count()

    def do(self, act: str, **words: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"act": act, **words}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the browser has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    @contextmanager
    def page(self, url: str, **options: Any) -> Iterator[Page]:
        name = str(next(self._names))
        page = Page(self, name, self.do("open", name=name, url=url, options=options))
        try:
            yield page
        finally:
            page.do("close")


@contextmanager
def launched() -> Iterator[Browser]:
    command = ["node", str(HERE / "browser.mjs"), str(PEERS), required()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Browser(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(20)
