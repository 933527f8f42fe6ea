"""After the kills three witnesses are asked, and must agree: the chain's events, the database, the bundles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.bootstrap import Installation
from examples.demo.folder import DemoFailed
from examples.demo.forging import apart
from examples.demo.papers import Paper
from examples.demo.registers import RegisterFile
from ledger.credential_states import State
from ledger.receipt_proof import decode_receipt
from ledger.records import BatchRow
from ledger.registry_calls import latest_version, result
from ledger.registry_events import Anchored, decode_event

STEM: Final = "birth-certificate"
NUMBER: Final = "certificateNumber"
"""What the second batch is of, and the claim that is its business number."""


@dataclass(frozen=True, slots=True)
class Count:
    """What the three witnesses say of the second batch."""

    credentials: int
    batches: int
    events: int
    bundles: int


def count(
    inst: Installation,
    registers: Sequence[RegisterFile],
    batches: Sequence[BatchRow],
    papers: Sequence[Paper],
    folder: Path,
    before: int,
) -> Count:
    """Compare the chain after block ``before``, the database and the bundles. ``registers`` were brought in, of one
    office and type; ``batches`` are theirs, ``papers`` their bundles below ``folder``. Raises DemoFailed where the
    three differ."""
    agency_id, type_id = registers[0].office.row.agency_id, registers[0].type_row.type_id
    wanted = sum(register.rows for register in registers)
    events = _anchors(inst, before)
    anchored = sorted((event.agency_id, event.type_id, event.root, event.size) for event in events)
    noted = sorted((batch.agency_id, batch.type_id, batch.root, batch.size) for batch in batches)
    _same("roots that the chain anchored, and batches of the database", anchored, noted)
    _same("roots and distinct roots", len(anchored), len({root for _, _, root, _ in anchored}))
    _same("transactions that failed", 0, _failed(inst, before))
    unsettled = [batch for state in ("prepared", "submitted") for batch in inst.records.batches(agency_id, state)]
    _same("open batches", [], unsettled)
    states = inst.records.count(agency_id, type_id)
    _same("credentials that wait", {}, {state: n for state, n in states.items() if state in _UNFINISHED})
    for pair in inst.records.status_lists(agency_id):
        newest = inst.records.publication(pair.list_id)
        answer = inst.chain.simulate(bytes(20), inst.contracts().status, latest_version(pair.list_id))
        told = None if newest is None else (newest.version, newest.state)
        _same("the newest status list", told, (result("uint64", answer)[0], "published"))

    rows = [row for batch in batches for row in inst.records.in_batch(batch.batch_id)]
    _same("credentials in batches, and rows of the register", len(rows), wanted)
    _same("credentials counted in batches", sum(batch.credentials for batch in batches), wanted)
    for what in ("business_number", "uuid", "leaf", "status_index", "credential_pk"):
        _same(f"distinct {what}", len({getattr(row, what) for row in rows}), wanted)

    documents = [apart((folder / paper.name).read_bytes())["credential"] for paper in papers]
    numbers = {document["credentialSubject"][NUMBER] for document in documents}
    lines = [line for register in registers for line in register.file.read_text("utf-8").splitlines()]
    _same("bundles and distinct ids", (len(documents), len({one["id"] for one in documents})), (wanted, wanted))
    _same("numbers in bundles and in the register", numbers, {json.loads(line)[NUMBER] for line in lines})
    return Count(len(rows), len(batches), len(events), len(documents))


def _anchors(inst: Installation, before: int) -> list[Anchored]:
    contracts, events = inst.contracts(), []
    for entry in inst.chain.logs([contracts.anchor], before + 1, inst.chain.head().number):
        event = decode_event(entry.address, entry.topics, entry.data, contracts)
        assert isinstance(event, Anchored)
        events.append(event)
    return events


def _failed(inst: Installation, before: int) -> int:
    """Transactions after block ``before`` that the contracts refused: one sent twice would be among them."""
    numbers = range(before + 1, inst.chain.head().number + 1)
    receipts = [receipt for number in numbers for receipt in inst.chain.block_evidence(number).receipts]
    return sum(not decode_receipt(receipt).status for receipt in receipts)


_UNFINISHED: Final = (State.DRAFT, State.APPROVED, State.PENDING_ANCHOR, State.ANCHOR_REFUSED)


def _same(what: str, one: object, other: object) -> None:
    if one != other:
        raise DemoFailed(f"After the kills, {what} differ: {str(one)[:200]} and {str(other)[:200]}")
