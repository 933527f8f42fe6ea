"""A verifier that has nothing but the files of one folder: no database, no node, no network.

    cd FOLDER && python -m examples.demo.verify_offline jobs.json

``jobs.json`` is a list of jobs; files are named relative to the folder:

    {"name": "before", "bundles": ["bundles"], "trustPack": "trust-pack.json", "pinnedRoot": "trust-root.json",
     "statusPack": "status.pack", "newestSeen": null, "asOf": null, "maxStatusAge": null, "leaves": false}

``asOf`` is an instant or a day, ``maxStatusAge`` in seconds. One line of JSON comes out per bundle and one per job:

    {"job": "before", "bundle": "bundles/X/row-00002.bundle.json", "result": "valid", "decisive": "policy.passed",
     "step": 10, "objections": [], "codes": [...]}
    {"job": "before", "problem": null, "bundles": 9546, "seconds": 3.8}

``objections`` are the codes of all checks that failed or could not be made. The last line tells which of the product's
packages this process had loaded.
"""

from __future__ import annotations

from examples.demo.offline_guard import OfflineGuard

GUARD = OfflineGuard()
"""Before anything else is imported, so that what is imported is watched too."""

# ruff: noqa: E402
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import examples
import ledger
import verifiers
from ledger import bundle as bundles
from ledger.merkle import leaf_hash
from ledger.policy import DEFAULT
from ledger.reasons import Outcome
from ledger.seen_versions import SeenVersions
from ledger.verdict import Verification
from verifiers.verify import Holdings, open_holdings, verify_many

PACKAGES = ("ledger", "verifiers", "issuers", "authority", "offices", "adapters", "contracts", "api", "cli")
STRANGERS = ("sqlite3", "sqlalchemy", "web3", "eth")


def main() -> None:
    """Do the jobs of the file named on the command line, or try the network to show that it cannot be done."""
    GUARD.close_doors(Path.cwd(), *(Path(module.__path__[0]) for module in (examples, ledger, verifiers)))
    if sys.argv[1:] == ["--try-the-network"]:
        _try_the_network()
    for job in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        _do(job)
    loaded = [name for name in (*PACKAGES, *STRANGERS) if name in sys.modules]
    _tell({"loaded": loaded})


def _do(job: dict[str, Any]) -> None:
    began, now = time.monotonic(), datetime.now(UTC)
    policy = DEFAULT
    if job.get("maxStatusAge") is not None:
        policy = replace(policy, max_status_age=timedelta(seconds=job["maxStatusAge"]))
    seen = _file(job, "newestSeen")
    opened = open_holdings(
        holdings=Holdings(
            trust_pack=_file(job, "trustPack") or b"",
            pinned_root=_file(job, "pinnedRoot") or b"",
            status_pack=_file(job, "statusPack"),
            newest_seen=None if seen is None else SeenVersions.from_bytes(seen),
        ),
        now=now,
        as_of=_moment(job.get("asOf")),
        policy=policy,
    )
    count = 0
    for name, verification in verify_many(opened=opened, bundles=_bundles(job["bundles"])):
        count += 1
        line = {"job": job["name"], "bundle": name, **_told(verification)}
        if job.get("leaves"):
            line["leaf"] = leaf_hash(bundles.read(Path(name).read_bytes()).canonical).hex()
        _tell(line)
    problem = None if opened.problem is None else opened.problem.code
    seconds = round(time.monotonic() - began, 3)
    _tell({"job": job["name"], "problem": problem, "bundles": count, "seconds": seconds})


def _told(verification: Verification) -> dict[str, Any]:
    bad = (Outcome.FAILED, Outcome.CANNOT_CHECK)
    return {
        "result": verification.result.value,
        "decisive": verification.decisive.code,
        "step": verification.decisive.check.step,
        "objections": sorted(found.code for found in verification.findings if found.outcome in bad),
        "codes": [found.code for found in verification.findings],
        "block": verification.block,
        "successor": None if verification.successor is None else verification.successor.hex(),
    }


def _bundles(names: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        path = Path(name)
        for file in sorted(path.rglob("*.bundle.json")) if path.is_dir() else [path]:
            yield file.as_posix(), file.read_bytes()


def _file(job: dict[str, Any], member: str) -> bytes | None:
    return None if job.get(member) is None else Path(job[member]).read_bytes()


def _moment(text: str | None) -> datetime | date | None:
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == len("2026-10-01") else datetime.fromisoformat(text)


def _try_the_network() -> None:
    import socket

    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    except OSError:
        _tell({"network": "refused by the machine, not by the guard"})


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
