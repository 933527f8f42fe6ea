"""Two processes issue the same approved drafts over one folder: each goes out once, with an entry of its own."""

from __future__ import annotations

import os
import traceback
import warnings
from pathlib import Path
from typing import Any

import pytest
from office import new_office, settings

from adapters.block_store import BlockStore
from adapters.bootstrap import Installation
from adapters.keystore import open_keystore
from adapters.records import SqlRecords, open_records
from issuers import issue as issuing
from ledger.cid import Cid
from ledger.credential_states import State
from ledger.errors import Conflict
from offices.issuing import issue_approved

DRAFTS = 1_200


def opened(folder: Path) -> Installation:
    """What issuing needs of an installation, beside another process that has it open too: no chain."""
    chosen = settings(folder)
    keys, wrapping = (open_keystore(folder / name, chosen.secret()) for name in ("keys", "wrapping"))
    records = open_records(chosen.records_url)
    chain: Any = None
    return Installation(chosen, keys, wrapping, records, BlockStore(folder / "content"), chain, None)


def issue_in_a_child(folder: Path, start: int, result: int) -> int:
    """Fork a process that issues when a byte comes from ``start``, and writes to ``result`` how many it issued."""
    with warnings.catch_warnings():
        # The child opens its own database and touches nothing that a thread of the parent could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    try:
        inst = opened(folder)
        os.read(start, 1)
        agency = inst.records.agencies()[0]
        count = issue_approved(inst, agency, inst.records.types()[0])
        os.write(result, f"{count}\n".encode())
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


@pytest.mark.parametrize("attempt", range(3))
def test_two_processes_issue_each_draft_once(tmp_path: Path, attempt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "CHUNK", 100)
    folder = tmp_path / "data"
    with new_office(folder) as office:
        numbers = office.draft(DRAFTS)
    start, begin = os.pipe()
    reading, result = os.pipe()
    children = [issue_in_a_child(folder, start, result) for _ in range(2)]
    os.close(result)
    os.write(begin, b"go")
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    counts = [int(line) for line in os.read(reading, 100).split()]
    for end in (start, begin, reading):
        os.close(end)
    assert sum(counts) == DRAFTS
    inst = opened(folder)
    assert inst.records.count(None, None) == {State.PENDING_ANCHOR: DRAFTS}
    agency, kind = inst.records.agencies()[0], inst.records.types()[0]
    rows = [row for found in inst.records.by_numbers(agency.agency_id, kind.type_id, numbers).values() for row in found]
    entries = {(row.revocation_list, row.status_index) for row in rows}
    assert len(rows) == len(entries) == len({row.uuid for row in rows}) == len({row.leaf for row in rows}) == DRAFTS
    assert inst.blobs.audit([Cid.from_bytes(row.cid or b"") for row in rows]).clean
    inst.blobs.close()
    inst.records.close()


def test_the_last_entries_of_a_list_may_be_gone_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = SqlRecords.take_indexes, []

    def taken_once(self: SqlRecords, list_id: int, count: int) -> tuple[int, int]:
        asked.append(list_id)
        return (0, 0) if len(asked) == 1 else real(self, list_id, count)

    monkeypatch.setattr(SqlRecords, "take_indexes", taken_once)
    with new_office(tmp_path / "data") as office:
        office.draft(3)
        assert office.issue() == 3


def test_the_first_list_may_be_made_by_another_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = SqlRecords.add_status_list, []

    def overtaken(self: SqlRecords, row: Any) -> None:
        real(self, row)
        made.append(row)
        raise Conflict("status.list-exists", "A status list has this id already.")

    monkeypatch.setattr(SqlRecords, "add_status_list", overtaken)
    with new_office(tmp_path / "data") as office:
        office.draft(3)
        assert office.issue() == 3
        assert len(made) == 1


def test_a_conflict_that_is_no_race_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise Conflict("credential.state", "It is not approved.")

    with new_office(tmp_path / "data") as office:
        office.draft(1)
        monkeypatch.setattr(SqlRecords, "record_issued", broken)
        with pytest.raises(Conflict, match="not approved"):
            office.issue()


def test_a_conflict_of_another_kind_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise Conflict("records.constraint", "The rows contradict others.")

    with new_office(tmp_path / "data") as office:
        office.draft(1)
        monkeypatch.setattr(SqlRecords, "record_issued", broken)
        with pytest.raises(Conflict, match="contradict"):
            office.issue()
