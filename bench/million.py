"""Peak memory of a batch of a million, in a process of its own: ``python -m bench.million [COUNT]`` prints bytes."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from bench.issuing import Office


def main() -> None:
    """Import, approve, issue and form one batch of COUNT; print the process's peak."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), count)
        issued = office.issue(office.serial, 1 << 20)
        office.close()
    if issued != count:
        raise SystemExit(f"issued {issued} of {count}")
    print(_peak())


def _peak() -> int:
    """Peak resident bytes. Where Linux tells it, of this program alone: ``ru_maxrss`` also counts what the process was
    before it was executed, a copy of whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
