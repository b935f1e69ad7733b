"""Lines of what was done, and lines that move of what is being done."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_FOR_FILES = 160  # columns of a table that no terminal bounds
At = Callable[[str], None]


def fitting_console(stderr: bool = False) -> Console:
    """As wide as the terminal; for a file or a pipe so wide that no id or address is cut in two."""
    made = Console(stderr=stderr)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _FOR_FILES
    return made


class Says:
    """On stdout, or on stderr when stdout is for JSON."""

    def __init__(self, as_json: bool) -> None:
        self.console = fitting_console(stderr=as_json)

    def line(self, text: str) -> None:
        self.console.print(escape(text), highlight=False, soft_wrap=True)

    @contextmanager
    def work(self, text: str) -> Iterator[At]:
        """On a terminal a line that moves; what it is given says where it is."""
        with self.console.status(escape(text)) as status:
            yield lambda at: status.update(escape(f"{text} {at}"))

    @contextmanager
    def works(self) -> Iterator["Works"]:
        """Several at once, a line for each."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        silent = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=silent) as progress:
            yield Works(progress)


class Works:
    """What is being done at this moment; from any thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    @contextmanager
    def work(self, text: str) -> Iterator[At]:
        task: TaskID = self._progress.add_task(escape(text))
        try:
            yield lambda at: self._progress.update(task, description=escape(f"{text} {at}"))
        finally:
            self._progress.remove_task(task)
