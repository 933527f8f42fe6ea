"""What the run shows: headings, a line with seconds for every step that is done, a progress bar on the long ones.

On a terminal bars come and go; elsewhere (a CI log) there are only the lines.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule

LOG_WIDTH = 118
"""Columns when the output is no terminal."""


@dataclass(slots=True)
class Step:
    """A step that is under way: ``advance`` moves its bar, ``note`` is what it came to, in a few words."""

    progress: Progress
    task: TaskID
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.progress.advance(self.task, count)

    def expect(self, total: int) -> None:
        """So many there will be."""
        self.progress.update(self.task, total=total)


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
        bar = Progress(
            TextColumn("         {task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        with bar:
            step = Step(bar, bar.add_task(escape(f"{zh} · {en}"), total=total))
            yield step
        seconds = time.monotonic() - began
        self.steps.append(
            {"chapter": self._chapter, "zh": zh, "en": en, "seconds": round(seconds, 3), "note": step.note, **step.data}
        )
        note = f"[bright_black]:[/bright_black] {escape(step.note)}" if step.note else ""
        self._line(f"[green]{seconds:6.2f} s[/green] {escape(zh)} · {escape(en)}{note}")

    def say(self, zh: str, en: str) -> None:
        """A remark below a step."""
        self._line(f"         [bright_black]{escape(zh)} · {escape(en)}[/bright_black]")

    def show(self, what: RenderableType) -> None:
        """A table, say."""
        self.console.print(what)

    def _line(self, text: str) -> None:
        # A log keeps a line a line; a terminal may fold it.
        self.console.print(text, soft_wrap=not self.console.is_terminal, highlight=False)


def console() -> Console:
    """The console of a run."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=LOG_WIDTH)
