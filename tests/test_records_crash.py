"""The process is killed at any moment; what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from records_cases import (
    AGENCY,
    KEY,
    KIND,
    LIST,
    NOW,
    anchored,
    batch,
    change,
    chunks,
    header,
    imported,
    issued,
    pending,
    prepared,
)

from adapters.records import SqlRecords, open_records
from ledger.credential_states import State
from ledger.records import NewDraft, StatusListRow

Acknowledge = Callable[[str], None]


def imports(records: SqlRecords, acknowledge: Acknowledge) -> None:
    """Registers of 300 rows, one after another."""
    for at in range(1, 1_000):
        import_id = records.add_import(header(), chunks(300, first=1 + 300 * at))
        acknowledge(f"import {import_id}")
        records.approve(AGENCY, import_id, "reviewer")
        acknowledge(f"approved {import_id}")


def large_imports(records: SqlRecords, acknowledge: Acknowledge) -> None:
    """Registers of 40,000 rows, which do not fit into memory alone: killed while they are read, or while written."""

    def read(first: int) -> Iterator[Sequence[NewDraft]]:
        yield from chunks(40_000, first=first, size=2_000)
        acknowledge("read all")

    for at in range(1, 100):
        acknowledge("read begun")
        acknowledge(f"large {records.add_import(header(), read(1 + 40_000 * at))}")


def issuing(records: SqlRecords, acknowledge: Acknowledge) -> None:
    """Issue approved drafts, 50 at a time."""
    while rows := records.approved(AGENCY, KIND, 50):
        records.record_issued(AGENCY, KEY, LIST, NOW, [issued(row.credential_pk) for row in rows])
        acknowledge(f"issued {rows[-1].credential_pk}")


def batching(records: SqlRecords, acknowledge: Acknowledge) -> None:
    """Batches of 60, anchored, refused and retried by turns; what was left over comes first."""
    for left in records.batches(None, "prepared"):
        records.batch_anchored(left)
    records.retry_refused(AGENCY, KIND)
    number = 0
    while members := [pk for pk, _ in records.pending(AGENCY, KIND, KEY, 60)]:
        number += 1
        row = batch(len(members), root=os.urandom(32))
        batch_id = records.prepare_batch(row, zip(members, range(60), strict=False))
        acknowledge(f"prepared {batch_id}")
        if number % 3 == 0:
            records.batch_refused(batch_id, "NotAccredited")
            acknowledge(f"refused {batch_id}")
            records.retry_refused(AGENCY, KIND)
        else:
            records.batch_anchored(records.batch(batch_id))
            acknowledge(f"anchored {batch_id}")


def reopening(records: SqlRecords, acknowledge: Acknowledge) -> None:
    """Take refused ones back, 40 at a time, and issue them anew; what was taken back before comes first."""
    while True:
        rows = records.refused(AGENCY, KIND, KEY, 40)
        records.reopen_refused(AGENCY, [(row.credential_pk, b'{"again":1}') for row in rows])
        drafts = records.approved(AGENCY, KIND, 50)
        if not drafts:
            return
        records.record_issued(AGENCY, KEY + 1, LIST, NOW, [issued(row.credential_pk) for row in drafts])
        acknowledge(f"issued {drafts[-1].credential_pk}")


def changing(records: SqlRecords, acknowledge: Acknowledge) -> None:
    """Hold and resume forty credentials together, again and again."""
    rows = list(records.in_batch(1))[:40]
    for since in range(NOW, NOW + 1_000):
        state = State.ANCHORED if since % 2 else State.HELD
        until = since if state is State.ANCHORED else None
        records.change_status(
            AGENCY, [(row.credential_pk, state, change(row, state, since=since, until=until)) for row in rows]
        )
        acknowledge(f"changed {since}")


def prepare(records: SqlRecords, work: object) -> None:
    """What ``work`` starts from."""
    if work is issuing:
        records.add_status_list(StatusListRow(LIST, AGENCY, KIND, 131_072, b"s" * 32, 0))
        records.approve(AGENCY, imported(records, 3_000), "reviewer")
    elif work is batching:
        pending(records, 3_000)
    elif work is reopening:
        records.batch_refused(prepared(records, pending(records, 3_000)), "KeyIsRetired")
    elif work is changing:
        anchored(records, 100)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7])
def test_a_killed_import_leaves_all_or_nothing_and_no_file(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "records.db"
    open_records(f"sqlite:///{path}").close()
    acknowledged = run_and_kill(path, large_imports, seconds)
    check_file(path)
    survived = open_records(f"sqlite:///{path}")
    check_rows(path, survived)
    check_acknowledged(survived, acknowledged)
    drafts = survived.count(None, None).get(State.DRAFT, 0)
    assert drafts % 40_000 == 0
    survived.close()
    assert {file.name for file in tmp_path.iterdir()} <= {path.name, f"{path.name}-wal", f"{path.name}-shm"}


@pytest.mark.parametrize("work", [imports, issuing, batching, reopening, changing])
@pytest.mark.parametrize("seed", range(5))
def test_a_killed_writer_leaves_all_or_nothing(tmp_path: Path, work: Callable[..., None], seed: int) -> None:
    path = tmp_path / "records.db"
    first = open_records(f"sqlite:///{path}")
    prepare(first, work)
    first.close()
    acknowledged = run_and_kill(path, work, random.Random(f"{work.__name__} {seed}").uniform(0.0, 0.12))
    check_file(path)
    survived = open_records(f"sqlite:///{path}")
    check_rows(path, survived)
    check_acknowledged(survived, acknowledged)
    if work in (issuing, batching, reopening):
        work(survived, lambda _: None)
        assert survived.count(None, None) == {State.ANCHORED if work is batching else State.PENDING_ANCHOR: 3_000}
    survived.close()


def run_and_kill(path: Path, work: Callable[[SqlRecords, Acknowledge], None], seconds: float) -> list[str]:
    """Let a child work for ``seconds`` after its first step, kill it, return what it said was done."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # The child opens its own database and touches nothing that a thread of the parent could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            said_by_child = os.fdopen(writing, "w")
            records = open_records(f"sqlite:///{path}")
            work(records, lambda step: print(step, file=said_by_child, flush=True))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    select.select([reading], [], [], 20)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), "the child failed by itself"
    said = b""
    while part := os.read(reading, 1 << 16):
        said += part
    os.close(reading)
    lines = said.decode().split("\n")
    assert lines.pop() == "", "a line is written in one piece"
    assert lines, "the child was killed before it did anything"
    return lines


def check_file(path: Path) -> None:
    """The file is sound, after SQLite has recovered it."""
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def check_rows(path: Path, records: SqlRecords) -> None:
    """What is counted is there, and what belongs together came together."""
    with sqlite3.connect(path) as connection:

        def ask(question: str) -> list[tuple[int, ...]]:
            return connection.execute(question).fetchall()

        assert (
            ask(
                "SELECT import_id FROM imports AS i WHERE accepted <> (SELECT count(*) FROM credentials AS c "
                "WHERE c.import_id = i.import_id AND c.pk BETWEEN i.first_pk AND i.last_pk)"
            )
            == []
        )
        assert ask("SELECT agency_id, type_id, state, count(*) FROM credentials GROUP BY 1, 2, 3") == ask(
            "SELECT agency_id, type_id, state, credentials FROM state_counts WHERE credentials <> 0 ORDER BY 1, 2, 3"
        )
        has_claims, is_issued = "pk IN (SELECT credential_pk FROM drafts)", "pk IN (SELECT credential_pk FROM issued)"
        assert ask(f"SELECT pk FROM credentials WHERE (state IN (1, 3)) <> ({has_claims})") == []
        assert ask(f"SELECT pk FROM credentials WHERE (state > 3) <> ({is_issued})") == []
        assert (
            ask(
                "SELECT batch_id FROM batches AS b WHERE (CASE state WHEN 'refused' THEN 0 ELSE credentials END) <> "
                "(SELECT count(*) FROM credentials AS c WHERE c.batch_id = b.batch_id)"
            )
            == []
        )
        assert (
            ask(
                "SELECT pk FROM credentials JOIN batches USING (batch_id) "
                "WHERE (batches.state = 'anchored') <> (credentials.state IN (6, 7))"
            )
            == []
        )
        held = ask("SELECT pk FROM credentials WHERE state = 7 ORDER BY 1")
        assert held == ask("SELECT credential_pk FROM status_changes WHERE until IS NULL ORDER BY 1")
        assert len(held) in (0, 40)
        assert ask("SELECT count(*) + count(until) FROM status_changes") == ask(
            "SELECT coalesce(sum(suspension_revision), 0) FROM status_lists"
        )


def check_acknowledged(records: SqlRecords, acknowledged: list[str]) -> None:
    """What the child said was done before it died is there."""
    for step, name in (line.split() for line in acknowledged):
        match step:
            case "import":
                assert records.import_row(AGENCY, int(name)).accepted == 300
            case "large":
                assert records.import_row(AGENCY, int(name)).accepted == 40_000
            case "approved":
                assert records.approve(AGENCY, int(name), "somebody else") == 0
            case "issued":
                assert records.credential(AGENCY, int(name)).state is State.PENDING_ANCHOR
            case "prepared":
                assert records.batch(int(name)).credentials > 0
            case "anchored" | "refused":
                assert records.batch(int(name)).state == step
            case "changed":
                assert max(row.until or row.since for row in records.status_changes(LIST + 1)) >= int(name)
