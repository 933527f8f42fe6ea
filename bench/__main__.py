"""``python -m bench [--quick]``: print all figures, write ``bench/results.json`` and ``docs/bench.png``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import issuing, plot, verifying
from bench.figures import Row, at_most, machine, write_results

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Measure, print, write. ``--quick`` leaves out the batch of a million and the plot, and writes nothing."""
    quick = "--quick" in sys.argv[1:]
    console = Console()
    console.print(f"{machine()}, {datetime.now(UTC):%Y-%m-%d}")
    rows: list[Row] = []
    for part in (verifying.rows, issuing.rows):
        for row in part():
            rows.append(row)
            console.print(f"  {row.name}: {row.value:,} {row.unit}" + (f", ratio {row.ratio}" if row.ratio else ""))
    if not quick:
        peak = plot.million_peak()
        mebibytes = round(peak / (1 << 20))
        rows.append(at_most("peak memory, 1,000,000 in one batch", mebibytes, "MiB", 1024, 400))
        plot.draw(HERE.parent / "docs" / "bench.png", peak)
        write_results(rows, HERE)
    table = Table("figure", "value", "against", "ratio", "must", "aim", "", title="onceledger bench")
    for row in rows:
        verdict = "aim reached" if row.aimed else "met" if row.met else "MISSED"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.name, f"{row.value:,} {row.unit}", row.against, ratio, row.must, row.aim, verdict)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
