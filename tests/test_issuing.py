"""Issuing on real parts: what is approved is issued once, anchored once, and survives what happens in between."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from office import HOST, Office, new_office, settings
from small_type import definition

from adapters.bootstrap import open_installation
from adapters.evm import EvmChain
from authority import accredit as accreditations
from issuers import anchor as anchor_module
from issuers.anchor import MIN_LEAVES, Anchoring
from issuers.approve import approve
from issuers.change_status import change_status
from issuers.supersede import supersede
from ledger.chain_reading import read_anchor_log
from ledger.credential_states import Action, State
from ledger.credential_type import parse_type
from ledger.errors import Conflict, Corrupt, NotFound, NotPermitted, Unavailable
from ledger.label import Label
from ledger.records import BatchRow, ImportRow
from offices.issuing import anchor_pending
from offices.members import as_root
from offices.root import NewAgency, accredit_agency, add_agency, add_type, found, new_key


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


def down(*_: object) -> None:
    raise Unavailable("chain.unavailable", "The node does not answer.", "Try again.")


def change(office: Office, action: Action, *numbers: str, now: int = 1_800_000_000) -> Any:
    return change_status(
        records=office.inst.records,
        agency_id=office.agency.agency_id,
        type_id=office.type.type_id,
        business_numbers=numbers,
        action=action,
        actor="reviewer",
        now=now,
    )


def anchors(office: Office) -> list[bytes]:
    head = office.inst.chain.head().number
    return [bytes(entry.root) for entry in read_anchor_log(office.inst.chain, office.inst.contracts(), head).entries]


def correct(office: Office, number: str, **claims: Any) -> None:
    kind = parse_type(office.type.definition)
    import_id = supersede(
        records=office.inst.records,
        agency_id=office.agency.agency_id,
        type_id=office.type.type_id,
        kind=kind,
        business_number=number,
        subject={"number": number, **claims},
        valid_from=None,
        clerk="clerk",
        now=1_800_000_000,
    )
    approve(records=office.inst.records, agency_id=office.agency.agency_id, import_id=import_id, reviewer="reviewer")


def test_founding_and_registering_twice_changes_nothing(office: Office) -> None:
    head = office.inst.chain.head().number
    contracts = office.inst.contracts()
    found(office.inst)
    assert office.inst.contracts() == contracts
    assert add_agency(office.inst, NewAgency(HOST, Label("示例局", "Example office"))) == office.agency
    assert add_type(office.inst, json.dumps(definition()).encode()) == office.type
    assert office.inst.chain.head().number == head


def test_a_small_batch_is_padded_and_everything_in_it_anchored(office: Office) -> None:
    numbers = office.draft(5)
    assert office.issue() == 5
    (batch,) = office.anchor()
    assert (batch.state, batch.size, batch.credentials) == ("anchored", MIN_LEAVES, 5)
    rows = [office.row(number) for number in numbers]
    assert {row.state for row in rows} == {State.ANCHORED}
    places = [row.leaf_index for row in rows]
    assert len(set(places)) == 5
    assert anchors(office) == [batch.root]
    assert len({row.status_index for row in rows}) == 5


def test_nothing_pending_anchors_nothing(office: Office) -> None:
    assert office.anchor() == []
    assert anchors(office) == []


def test_issuing_twice_issues_once(office: Office) -> None:
    office.draft(3)
    assert office.issue() == 3
    assert office.issue() == 0
    assert len(office.anchor()) == 1
    assert office.anchor() == []
    assert len(anchors(office)) == 1


def test_the_clerk_cannot_approve_what_she_brought(office: Office) -> None:
    header = ImportRow(0, office.agency.agency_id, office.type.type_id, "x", bytes(32), "clerk", 0, 0, 0, b"{}")
    number = office.inst.records.add_import(header, iter([]))
    with pytest.raises(NotPermitted) as caught:
        approve(records=office.inst.records, agency_id=office.agency.agency_id, import_id=number, reviewer="clerk")
    assert caught.value.code == "approve.same-person"


def test_a_chain_that_is_down_stops_no_issuing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.draft(2)
    with monkeypatch.context() as broken:
        broken.setattr(EvmChain, "simulate", down)
        assert office.issue() == 2
        with pytest.raises(Unavailable):
            office.anchor()
    assert office.row("N-0").state is State.PENDING_ANCHOR
    (batch,) = office.anchor()
    assert batch.state == "anchored"
    assert len(anchors(office)) == 1


@pytest.mark.parametrize("lost", ["submit", "outcome", "logs", "block_evidence"])
def test_a_reply_lost_at_any_point_anchors_once(office: Office, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = getattr(EvmChain, lost)

    def loses_the_answer(self: EvmChain, *given: Any) -> Any:
        answer = real(self, *given)
        if lost == "logs":
            list(answer)
        raise Unavailable("chain.unavailable", "The answer was lost.", "Try again.")

    office.draft(2)
    office.issue()
    with monkeypatch.context() as broken:
        broken.setattr(EvmChain, lost, loses_the_answer)
        with pytest.raises(Unavailable):
            office.anchor()
    (batch,) = office.anchor()
    assert batch.state == "anchored"
    assert anchors(office) == [batch.root]
    assert office.row("N-0").state is State.ANCHORED


def test_a_batch_that_fails_hides_no_other_that_was_settled(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.draft(2)
    office.issue()
    with monkeypatch.context() as broken:
        broken.setattr(EvmChain, "simulate", down)
        with pytest.raises(Unavailable):
            office.anchor()
    office.key = new_key(office.inst, office.agency)
    office.draft(3)
    office.issue()
    settle = anchor_module._settle

    def first_fails(work: Anchoring, batch: BatchRow, key_hash: bytes) -> BatchRow:
        if batch.credentials == 2:
            raise Corrupt("anchor.event-missing", "The root counts as anchored, and its event cannot be found.")
        return settle(work, batch, key_hash)

    monkeypatch.setattr(anchor_module, "_settle", first_fails)
    heard: list[BatchRow] = []
    with pytest.raises(Corrupt):
        anchor_pending(office.inst, office.agency, on_settled=heard.append)
    assert [(batch.state, batch.credentials) for batch in heard] == [("anchored", 3)]


def test_records_restored_from_before_the_sending_find_the_anchor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_office(tmp_path / "data") as office:
        office.draft(2)
        office.issue()
        with monkeypatch.context() as broken:
            broken.setattr(EvmChain, "simulate", down)
            with pytest.raises(Unavailable):
                office.anchor()
        with (
            closing(sqlite3.connect(tmp_path / "data" / "records.sqlite")) as live,
            closing(sqlite3.connect(tmp_path / "backup.sqlite")) as backup,
        ):
            live.backup(backup)
        (batch,) = office.anchor()
    for leftover in (tmp_path / "data").glob("records.sqlite*"):
        leftover.unlink()
    (tmp_path / "backup.sqlite").chmod(0o600)
    (tmp_path / "backup.sqlite").rename(tmp_path / "data" / "records.sqlite")
    with open_installation(settings(tmp_path / "data")) as inst:
        (again,) = anchor_pending(inst, inst.records.agencies()[0])
        assert (again.state, again.root, again.evidence) == ("anchored", batch.root, batch.evidence)
        head = inst.chain.head().number
        assert len(read_anchor_log(inst.chain, inst.contracts(), head).entries) == 1


def test_a_lapsed_accreditation_refuses_the_batch_and_a_new_one_cures_it(office: Office) -> None:
    office.draft(2)
    office.issue()
    agency_id, type_id = office.agency.agency_id, office.type.type_id
    accreditations.end_accreditation(act=as_root(office.inst), agency_id=agency_id, type_id=type_id)
    (batch,) = office.anchor()
    assert batch.state == "refused"
    assert batch.refusal
    assert office.row("N-0").state is State.ANCHOR_REFUSED
    assert office.anchor() == []
    accredit_agency(office.inst, agency_id, type_id)
    assert office.inst.records.retry_refused(agency_id, type_id) == 2
    (second,) = office.anchor()
    assert second.state == "anchored"
    assert office.row("N-0").state is State.ANCHORED
    assert anchors(office) == [second.root]


def test_status_changes_are_published_once_and_again_only_after_a_change(office: Office) -> None:
    numbers = office.draft(4)
    office.issue()
    office.anchor()
    assert {(row.version, row.state) for row in office.publish()} == {(1, "published")}
    assert office.publish() == []
    change(office, Action.REVOKE, numbers[0])
    change(office, Action.HOLD, numbers[1])
    assert [row.version for row in office.publish()] == [2, 2]
    change(office, Action.RESUME, numbers[1], now=1_800_000_100)
    (again,) = office.publish()
    assert again.version == 3
    assert office.row(numbers[1]).state is State.ANCHORED


def test_many_changes_happen_together_or_not_at_all(office: Office) -> None:
    numbers = office.draft(3)
    office.issue()
    office.anchor()
    with pytest.raises(NotFound) as caught:
        change(office, Action.REVOKE, *numbers, "N-none")
    assert caught.value.detail["position"] == 4
    assert {office.row(number).state for number in numbers} == {State.ANCHORED}
    change(office, Action.REVOKE, *numbers)
    with pytest.raises(Conflict) as refused:
        change(office, Action.RESUME, numbers[0])
    assert refused.value.code == "credential.state"


def test_a_credential_voided_before_anchoring_never_goes_out(office: Office) -> None:
    numbers = office.draft(3)
    office.issue()
    change(office, Action.VOID, numbers[1])
    (batch,) = office.anchor()
    assert batch.credentials == 2
    assert office.row(numbers[1]).state is State.VOID


def test_a_correction_replaces_the_old_version_once_it_is_anchored(office: Office) -> None:
    number = office.draft(2)[0]
    office.issue()
    office.anchor()
    correct(office, number, fullName="李四")
    old, new = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
    assert (old.state, new.state, new.version) == (State.ANCHORED, State.APPROVED, 2)
    office.issue()
    assert office.inst.records.credential(office.agency.agency_id, old.credential_pk).state is State.ANCHORED
    office.anchor()
    old, new = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
    assert (old.state, new.state) == (State.SUPERSEDED, State.ANCHORED)
    assert (old.superseded_by, new.supersedes) == (new.credential_pk, old.credential_pk)
    listed = office.inst.records.status_changes(old.revocation_list or 0)
    assert [(row.reason, row.successor) for row in listed] == [("superseded", new.leaf)]


def test_a_second_correction_waits_for_the_first(office: Office) -> None:
    number = office.draft(1)[0]
    office.issue()
    office.anchor()
    correct(office, number, fullName="李四")
    with pytest.raises(Conflict) as caught:
        correct(office, number, fullName="王五")
    assert caught.value.code == "supersede.under-way"


def test_another_agencys_number_is_not_found(office: Office) -> None:
    numbers = office.draft(1)
    office.issue()
    other = add_agency(office.inst, NewAgency("other.example", Label("他局", "Other office")))
    with pytest.raises(NotFound):
        change_status(
            records=office.inst.records,
            agency_id=other.agency_id,
            type_id=office.type.type_id,
            business_numbers=numbers,
            action=Action.REVOKE,
            actor="x",
            now=0,
        )


def test_an_agency_without_accreditation_anchors_nothing(office: Office) -> None:
    other = add_agency(office.inst, NewAgency("other.example", Label("他局", "Other office")))
    assert anchor_pending(office.inst, other) == []


def test_a_transaction_signed_and_never_sent_goes_out_before_later_ones(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.draft(2)
    office.issue()
    with monkeypatch.context() as broken:
        broken.setattr(EvmChain, "submit", down)
        with pytest.raises(Unavailable):
            office.anchor()
    # The lists were never published: their transactions are signed with the next nonces while the first one waits.
    assert [row.state for row in office.publish()] == ["published", "published"]
    (batch,) = office.anchor()
    assert batch.state == "anchored"
    assert anchors(office) == [batch.root]
