"""What the chain refused goes out in the end: as it was where its key is in force, issued anew where the key ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import Office, new_office

from adapters.block_store import BlockStore
from adapters.records import SqlRecords
from authority import accounts
from authority import accredit as accreditations
from ledger.chain_reading import read_anchor_log
from ledger.cid import Cid
from ledger.credential_states import State
from ledger.errors import NotFound
from ledger.reasons import Result
from ledger.records import CredentialRow
from ledger.trust_pack_signing import pinned_root
from offices.agencies import readmit, suspend
from offices.evidence import bundle_of, make_trust_pack, status_pack_of
from offices.members import as_root
from offices.refresh import refresh_bundle
from offices.root import accredit_agency, as_admin, new_key
from offices.status import Correction, Retried, correct, retry
from verifiers.verify import Holdings, open_holdings, verify


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


def end_key(office: Office) -> None:
    """The administrator retires the key elsewhere: this installation's records do not know."""
    accounts.retire_key(act=as_admin(office.inst, office.agency), key_id=office.key.key_id)


def refused(office: Office, count: int = 3) -> list[str]:
    """Issued, and refused because the key ended in between."""
    numbers = office.draft(count)
    office.issue()
    end_key(office)
    (batch,) = office.anchor()
    assert (batch.state, batch.refusal) == ("refused", "KeyIsRetired")
    return numbers


def valid(office: Office, numbers: list[str]) -> bool:
    now = datetime.now(UTC)
    pack = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
    opened = open_holdings(holdings=Holdings(pack, pinned_root(pack), status_pack_of(office.inst)), now=now)
    bundles = [bundle_of(office.inst, office.row(number)) for number in numbers]
    return {verify(opened=opened, bundle=bundle).result for bundle in bundles} == {Result.VALID}


def anchored_roots(office: Office) -> int:
    head = office.inst.chain.head().number
    return len(read_anchor_log(office.inst.chain, office.inst.contracts(), head).entries)


def test_without_another_key_the_office_is_told_and_nothing_changes(office: Office) -> None:
    numbers = refused(office)
    before = [office.row(number) for number in numbers]
    with pytest.raises(NotFound) as caught:
        retry(office.inst, office.agency)
    assert caught.value.code == "issue.no-key"
    assert "key new" in caught.value.cure
    assert [office.row(number) for number in numbers] == before


def test_under_a_key_that_ended_they_are_issued_anew_with_the_next(office: Office) -> None:
    numbers = refused(office)
    before = [office.row(number) for number in numbers]
    key = new_key(office.inst, office.agency)
    assert retry(office.inst, office.agency) == Retried(0, 3)
    (batch,) = office.anchor()
    assert (batch.state, batch.key_id, batch.credentials) == ("anchored", key.key_id, 3)
    office.publish()
    assert valid(office, numbers)
    for old, number in zip(before, numbers, strict=True):
        [new] = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
        assert (new.credential_pk, new.version, new.state) == (old.credential_pk, 1, State.ANCHORED)
        for name in ("uuid", "leaf", "cid", "wrapped_key", "status_index", "key_id"):
            assert getattr(new, name) != getattr(old, name)
        assert (new.valid_from, new.clerk, new.reviewer) == (old.valid_from, old.clerk, old.reviewer)
        assert not office.inst.blobs.has(Cid.from_bytes(old.cid or b""))
    assert retry(office.inst, office.agency) == Retried(0, 0)
    assert office.inst.records.count(None, None) == {State.ANCHORED: 3}


def test_what_a_compromised_key_signed_is_issued_anew_too(office: Office) -> None:
    numbers = office.draft(2)
    office.issue()
    accounts.declare_compromise(
        act=as_admin(office.inst, office.agency), key_id=office.key.key_id, since=office.inst.chain.head().time
    )
    (batch,) = office.anchor()
    assert batch.refusal == "KeyIsCompromised"
    new_key(office.inst, office.agency)
    assert retry(office.inst, office.agency) == Retried(0, 2)
    assert [one.state for one in office.anchor()] == ["anchored"]
    office.publish()
    assert valid(office, numbers)


def test_the_bundle_of_the_refused_one_is_not_refreshed_to_another_credential(office: Office) -> None:
    [number] = office.draft(1)
    office.issue()
    handed_out = bundle_of(office.inst, office.row(number))
    end_key(office)
    office.anchor()
    new_key(office.inst, office.agency)
    retry(office.inst, office.agency)
    with pytest.raises(NotFound) as caught:
        refresh_bundle(office.inst, handed_out)
    assert caught.value.code == "refresh.unknown"


def end_accreditation(office: Office) -> Callable[[], None]:
    agency_id, type_id = office.agency.agency_id, office.type.type_id
    accreditations.end_accreditation(act=as_root(office.inst), agency_id=agency_id, type_id=type_id)
    return lambda: accredit_agency(office.inst, agency_id, type_id)


def suspended(office: Office) -> Callable[[], None]:
    suspend(office.inst, office.agency)
    return lambda: readmit(office.inst, office.agency)


@pytest.mark.parametrize("stop", [end_accreditation, suspended])
def test_where_the_key_is_in_force_they_go_out_as_they_are(
    office: Office, stop: Callable[[Office], Callable[[], None]]
) -> None:
    numbers = office.draft(2)
    office.issue()
    handed_out = [bundle_of(office.inst, office.row(number)) for number in numbers]
    mend = stop(office)
    assert [batch.state for batch in office.anchor()] == ["refused"]
    leaves = [office.row(number).leaf for number in numbers]
    mend()
    assert retry(office.inst, office.agency) == Retried(2, 0)
    assert [batch.state for batch in office.anchor()] == ["anchored"]
    office.publish()
    assert [office.row(number).leaf for number in numbers] == leaves
    assert valid(office, numbers)
    assert json.loads(refresh_bundle(office.inst, handed_out[0]))["inclusion"]


def test_both_kinds_at_once(office: Office) -> None:
    first = office.draft(2)
    office.issue()
    office.key, old = new_key(office.inst, office.agency), office.key
    second = office.draft(3)
    office.issue()
    accounts.retire_key(act=as_admin(office.inst, office.agency), key_id=old.key_id)
    mend = suspended(office)
    assert [batch.state for batch in office.anchor()] == ["refused", "refused"]
    mend()
    assert retry(office.inst, office.agency) == Retried(3, 2)
    assert {batch.state for batch in office.anchor()} == {"anchored"}
    office.publish()
    assert valid(office, [*first, *second])


class Crashed(Exception):
    """Stands for the end of the process."""


STEPS: list[tuple[type, str, bool]] = [
    (SqlRecords, "reopen_refused", False),
    (SqlRecords, "reopen_refused", True),
    (BlockStore, "delete", False),
    (BlockStore, "put_many", True),
    (SqlRecords, "record_issued", False),
    (SqlRecords, "record_issued", True),
]


@pytest.mark.parametrize(("part", "step", "done"), STEPS)
def test_a_crash_at_any_step_ends_with_each_issued_anew_once(
    office: Office, part: type, step: str, done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = refused(office)
    new_key(office.inst, office.agency)
    real = getattr(part, step)

    def crashing(self: Any, *given: Any) -> Any:
        if done:
            real(self, *given)
        raise Crashed

    with monkeypatch.context() as broken:
        broken.setattr(part, step, crashing)
        with pytest.raises(Crashed):
            retry(office.inst, office.agency)
    retry(office.inst, office.agency)
    office.issue()
    assert [batch.credentials for batch in office.anchor()] == [3]
    office.publish()
    assert valid(office, numbers)
    assert office.inst.records.count(None, None) == {State.ANCHORED: 3}
    assert len({office.row(number).status_index for number in numbers}) == 3
    assert anchored_roots(office) == 1


def test_a_refused_correction_is_issued_anew_and_then_supersedes(office: Office) -> None:
    [number] = office.draft(1)
    office.issue()
    office.anchor()
    correction = Correction(number, None, {"fullName": "李四"}, None)
    import_id, _ = correct(office.inst, office.agency, office.type, correction, clerk="li")
    office.inst.records.approve(office.agency.agency_id, import_id, "reviewer")
    office.issue()
    end_key(office)
    office.anchor()
    new_key(office.inst, office.agency)
    assert retry(office.inst, office.agency) == Retried(0, 1)
    office.anchor()
    old, new = versions(office, number)
    assert (old.state, new.state, old.superseded_by) == (State.SUPERSEDED, State.ANCHORED, new.credential_pk)


def versions(office: Office, number: str) -> list[CredentialRow]:
    return office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
