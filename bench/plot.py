"""Rate and memory against batch size, as a picture under ``docs/``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl

from bench import samples
from bench.figures import interleaved
from bench.issuing import issue_in_memory, raw_signing

mpl.use("Agg")
from matplotlib import pyplot as plt

SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
STORED_SIZES = (1_000, 10_000, 100_000)


def draw(path: Path, million: int | None) -> None:
    """Measure both curves and write the PNG. ``million`` is the peak of a batch of a million, measured before."""
    work = samples.bench()
    ratios = []
    for size in SIZES:
        repeats = max(1, 3_000 // size)
        _, _, ratio = interleaved(
            lambda size=size, repeats=repeats: sum(issue_in_memory(work, size) for _ in range(repeats)),  # type: ignore[misc]  # mypy cannot type a lambda with defaults
            raw_signing,
            rounds=3,
        )
        ratios.append(ratio)
    peaks = [_peak(size) for size in STORED_SIZES]
    sizes = list(STORED_SIZES)
    if million is not None:
        sizes.append(1_000_000)
        peaks.append(million)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    left.semilogx(SIZES, ratios, marker="o", color="#1f5fa8")
    left.axhline(1, color="#888", linewidth=1, linestyle="--")
    left.annotate("raw Ed25519 signing", (SIZES[0], 1), xytext=(0, 4), textcoords="offset points", color="#555")
    left.set_ylim(0, max(1.1, *ratios) * 1.1)
    left.set_xlabel("credentials in the batch")
    left.set_ylabel("rate, raw signing = 1")
    left.set_title("Issuing in memory, one core")
    right.loglog(sizes, [peak / (1 << 20) for peak in peaks], marker="o", color="#a8501f")
    right.axhline(1024, color="#888", linewidth=1, linestyle="--")
    right.annotate("limit: 1 GiB", (sizes[0], 1024), xytext=(0, 4), textcoords="offset points", color="#555")
    right.set_ylim(50, 2_000)
    right.set_xlabel("credentials in the batch")
    right.set_ylabel("peak memory, MiB")
    right.set_title("Issuing stored, whole process")
    for axes in (left, right):
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def million_peak() -> int:
    """Peak bytes of a batch of a million in a process of its own."""
    return _peak(1_000_000)


def _peak(count: int) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "bench.million", str(count)], capture_output=True, text=True, check=True
    )
    return int(done.stdout.strip().splitlines()[-1])
