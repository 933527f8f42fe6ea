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
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main()
