"""A figure with what it is measured against, what it must reach and what it aims at."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 7
"""Rounds of each comparison; the median of their ratios counts. Machines are noisy, ratios of neighbours less so."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``ratio`` is None for sizes; ``met`` says whether the must is reached."""

    name: str
    value: float
    unit: str
    against: str
    ratio: float | None
    must: str
    aim: str
    met: bool
    aimed: bool


def at_least(name: str, value: float, unit: str, against: str, ratio: float, must: float, aim: float) -> Row:
    """A ratio that should be high."""
    return Row(name, value, unit, against, round(ratio, 3), f">= {must}", f">= {aim}", ratio >= must, ratio >= aim)


def at_most(
    name: str, value: float, unit: str, must: float, aim: float, *, against: str = "", ratio: float | None = None
) -> Row:
    """A value (or a ratio, when one is given) that should be low."""
    judged = value if ratio is None else ratio
    shown = None if ratio is None else round(ratio, 3)
    return Row(name, value, unit, against, shown, f"<= {must}", f"<= {aim}", judged <= must, judged <= aim)


def interleaved(ours: Callable[[], int], theirs: Callable[[], int], rounds: int = ROUNDS) -> tuple[float, float, float]:
    """(our seconds each, their seconds each, median ratio of rates ours/theirs). Each callable does a share of the
    work and returns how many it did; the two take turns, so that a slow moment hits both."""
    ours(), theirs()
    own, other, ratios = [], [], []
    for _ in range(rounds):
        mine, base = _each(ours), _each(theirs)
        own.append(mine)
        other.append(base)
        ratios.append(base / mine)
    return median(own), median(other), median(ratios)


def write_results(rows: list[Row], folder: Path) -> None:
    """``results.json``: machine, date and rows; rows of other benches stay."""
    path = folder / "results.json"
    kept = []
    if path.exists():
        names = {row.name for row in rows}
        kept = [row for row in json.loads(path.read_text("utf-8"))["rows"] if row["name"] not in names]
    content = {
        "machine": machine(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "rows": [asdict(row) for row in rows] + kept,
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def machine() -> str:
    """Processor, cores, memory and Python, in one line."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{model}, {os.cpu_count()} cores, {pages >> 30} GiB, Python {platform.python_version()}"


def _each(work: Callable[[], int]) -> float:
    start = perf_counter()
    done = work()
    return (perf_counter() - start) / done
