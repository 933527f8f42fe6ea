"""Progress bars on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

_BAR_WIDTH: Final = 24


@contextmanager
def counting(
    console: Console, label: str, total: int | None, shown: bool, *, counted: bool = True
) -> Iterator[Callable[[int], None]]:
    """A bar over ``total`` things, or a moving one when nobody knows how many; it disappears at the end.

    Not ``shown``, it costs nothing. ``counted`` says whether the number done is of interest.
    """
    if not shown:
        yield _nothing
        return
    columns: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn(_BAR_WIDTH)]
    if counted:
        columns.append(MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=console.is_terminal) as progress:
        task = progress.add_task(label, total=total)

        def advance(count: int) -> None:
            progress.advance(task, count)

        yield advance


def _nothing(_: int) -> None:
    """No bar."""
