"""Rows for the tests of the records, and the implementations that they run over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from adapters.records import SqlRecords, open_records
from ledger.credential_states import State
from ledger.records import (
    AgencyRow,
    BatchRow,
    CredentialRow,
    ImportRow,
    Issued,
    NewDraft,
    OutgoingRow,
    PublicationRow,
    StatusChange,
    StatusListRow,
)

IMPLEMENTATIONS = ("sqlite file", "sqlite memory")
"""A further database joins here."""

AGENCY, OTHER = 7, 8
KIND, KEY = 3, 5
LIST = (AGENCY << 32) + 1
NOW = 1_790_000_000
MARK = b"marker-in-claims"
"""Stands for personal data: in the claims and the number of every draft."""


def open_implementation(name: str, folder: Path) -> SqlRecords:
    """A new, empty one."""
    if name == "sqlite memory":
        return open_records("sqlite://")
    path = folder / "records.db"
    path.touch(mode=0o600)
    path.write_bytes(_empty_file())
    return open_records(f"sqlite:///{path}")


@cache
def _empty_file() -> bytes:
    """Made once: the tables take longer to make than most tests to run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.db"
        open_records(f"sqlite:///{path}").close()
        return path.read_bytes()


def agency(agency_id: int = AGENCY) -> AgencyRow:
    return AgencyRow(agency_id, "did:web:a.example", "a.example", "局", "Office", "admin", "sender", "wrapping")


def header(agency_id: int = AGENCY, type_id: int = KIND, clerk: str = "clerk") -> ImportRow:
    return ImportRow(0, agency_id, type_id, "register.tsv", b"d" * 32, clerk, NOW, 0, 0, b"{}")


def number(row: int) -> str:
    return f"{MARK.decode()}-{row:06d}"


def draft(row: int, *, version: int = 1, supersedes: int | None = None) -> NewDraft:
    claims = b'{"row":%d,"name":"%s"}' % (row, MARK)
    until = "2030-12-31T23:59:59Z" if row % 2 else None
    return NewDraft(row, number(row), claims, "2026-01-01T00:00:00Z", until, supersedes, version)


def chunks(count: int, *, first: int = 1, size: int = 100) -> Iterator[Sequence[NewDraft]]:
    """Drafts of rows ``first`` and on, as an import hands them over."""
    for start in range(first, first + count, size):
        yield [draft(row) for row in range(start, min(start + size, first + count))]


def issued(pk: int) -> Issued:
    """What issuing would have made of a credential; different for each."""
    name = pk.to_bytes(16, "big")
    return Issued(pk, name, b"leaf" + name + bytes(12), pk - 1, b"cid" + name, b"key" + name, b"s" + name + bytes(15))


def imported(records: SqlRecords, count: int, *, first: int = 1, agency_id: int = AGENCY) -> int:
    return records.add_import(header(agency_id), chunks(count, first=first))


def approved(records: SqlRecords, count: int, *, first: int = 1, agency_id: int = AGENCY) -> list[int]:
    """Import and approve; returns the credentials."""
    before = {row.credential_pk for row in records.approved(agency_id, KIND, 10**9)}
    records.approve(agency_id, imported(records, count, first=first, agency_id=agency_id), "reviewer")
    return [row.credential_pk for row in records.approved(agency_id, KIND, 10**9) if row.credential_pk not in before]


def pending(records: SqlRecords, count: int, *, first: int = 1, agency_id: int = AGENCY) -> list[int]:
    """Import, approve and issue; returns the credentials."""
    pks = approved(records, count, first=first, agency_id=agency_id)
    list_id = (agency_id << 32) + 1
    if records.status_list_for(agency_id, KIND) is None:
        records.add_status_list(StatusListRow(list_id, agency_id, KIND, 131_072, b"s" * 32, 0))
    records.record_issued(agency_id, KEY, list_id, NOW, [issued(pk) for pk in pks])
    return pks


def batch(count: int, *, root: bytes = b"r" * 32, agency_id: int = AGENCY) -> BatchRow:
    size = max(count, 64)
    return BatchRow(0, agency_id, KIND, KEY, "prepared", root, size, count, b"p" * 32, b"tree", NOW)


def prepared(records: SqlRecords, pks: Sequence[int], *, root: bytes = b"r" * 32) -> int:
    """A batch of ``pks`` in reversed order."""
    return records.prepare_batch(batch(len(pks), root=root), zip(pks, reversed(range(len(pks))), strict=True))


def anchored(records: SqlRecords, count: int, *, first: int = 1) -> list[int]:
    """The whole way; returns the credentials."""
    pks = pending(records, count, first=first)
    batch_id = prepared(records, pks, root=first.to_bytes(32, "big"))
    records.batch_anchored(records.batch(batch_id))
    return pks


def change(row: CredentialRow, state: State, *, since: int = NOW, until: int | None = None) -> StatusChange:
    """The list entry that belongs to ``row`` moving to ``state``."""
    assert row.revocation_list is not None
    assert row.status_index is not None
    is_hold = state in (State.HELD, State.ANCHORED)
    reason = "held" if is_hold else state.value
    return StatusChange(
        row.revocation_list + is_hold, row.status_index, reason, since, until, None, row.credential_pk, "officer"
    )


def move(records: SqlRecords, pk: int, state: State, *, since: int = NOW) -> None:
    """Change one credential's status as the use case does."""
    row = records.credential(AGENCY, pk)
    until = since if state is State.ANCHORED else None
    records.change_status(AGENCY, [(pk, state, change(row, state, since=since, until=until))])


def publication(version: int = 1, *, list_id: int = LIST, root: bytes = b"r" * 32) -> PublicationRow:
    key, signature = b"k" * 32, b"s" * 64
    return PublicationRow(list_id, version, AGENCY, "prepared", root, 16, b"bits", b"reasons", NOW, key, signature)


def outgoing(purpose: str, nonce: int, *, state: str = "signed", tag: bytes = b"") -> OutgoingRow:
    raw = b"raw %d" % nonce + tag
    return OutgoingRow(purpose, AGENCY, b"a" * 20, nonce, raw, b"hash" + raw, state)
