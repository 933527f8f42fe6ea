"""What the run shows: headings, a line with seconds for every step that is done, a progress bar on the long ones.

On a terminal bars come and go; elsewhere (a CI log) there are only the lines.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

LOG_WIDTH: Final = 118
"""Columns when the output is no terminal."""

_MARGIN: Final = 8


@dataclass(slots=True)
class Step:
    """A step that is under way: ``advance`` moves its bar, ``note`` is what it came to, in a few words."""

    progress: Progress
    task: TaskID
    note: str = ""

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.progress.advance(self.task, count)


class Story:
    """Says what happens and remembers it for the report."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: list[dict[str, Any]] = []
        self._chapter = ""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def chapter(self, zh: str, en: str) -> None:
        """A heading."""
        self._chapter = en
        self.console.print()
        self.console.print(Rule(f"[bold]{escape(zh)} · {escape(en)}[/bold]", align="left", style="cyan"))

    @contextmanager
    def step(self, zh: str, en: str, total: int | None = None) -> Iterator[Step]:
        """One step: a bar while it runs, a line when it is done."""
        began = time.monotonic()
        counting = (MofNCompleteColumn(),) if total is not None else ()
        bar = Progress(
            TextColumn("        "),
            BarColumn(bar_width=24),
            *counting,
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        with bar:
            step = Step(bar, bar.add_task(escape(f"{zh} · {en}"), total=total))
            yield step
        seconds = time.monotonic() - began
        self.steps.append(
            {"chapter": self._chapter, "zh": zh, "en": en, "seconds": round(seconds, 3), "note": step.note}
        )
        note = f"[bright_black]:[/bright_black] {escape(step.note)}" if step.note else ""
        self._line(f"[green]{seconds:6.2f} s[/green]", f"{escape(zh)} · {escape(en)}{note}")

    def say(self, zh: str, en: str) -> None:
        """A remark below a step."""
        self._line(" " * _MARGIN, f"[bright_black]{escape(zh)} · {escape(en)}[/bright_black]")

    def show(self, what: RenderableType) -> None:
        """A table, say."""
        self.console.print(what)

    def _line(self, margin: str, text: str) -> None:
        if self.console.is_terminal:
            grid = Table.grid(padding=(0, 1))
            grid.add_column(width=_MARGIN)
            grid.add_column(overflow="fold")
            grid.add_row(margin, text)
            self.console.print(grid)
        else:
            # In a log a line stays a line.
            self.console.print(f"{margin} {text}", soft_wrap=True)


def console() -> Console:
    """The console of a run."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=LOG_WIDTH)
