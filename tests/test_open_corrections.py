"""A correction on its way, and what happens to the version in force: revoked stays revoked, held stays held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from office import Office, new_office
from small_type import as_bytes, definition
from test_publish_status import bundle, say, verify

from adapters.records import SqlRecords
from issuers.approve import approve
from ledger import canonical_json
from ledger.credential_states import Action, State
from ledger.errors import Conflict, OnceledgerError
from ledger.records import ImportRow, NewDraft
from offices.agencies import declare_compromise
from offices.evidence import bundle_of, status_pack_of
from offices.root import accredit_agency, add_type, new_key
from offices.status import Correction, change, correct, retry

STAGES = ["draft", "approved", "pending", "refused", "prepared"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


def certificate(office: Office) -> str:
    (number,) = office.draft(1)
    office.issue()
    office.anchor()
    office.publish()
    return number


def begin(office: Office, number: str, *, approved: bool = True) -> None:
    correction = Correction(number, None, {"fullName": "张四"}, None)
    import_id, _ = correct(office.inst, office.agency, office.type, correction, clerk="clerk")
    if approved:
        approve(
            records=office.inst.records, agency_id=office.agency.agency_id, import_id=import_id, reviewer="reviewer"
        )


def bring(office: Office, number: str, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction as far as ``stage``."""
    begin(office, number, approved=stage != "draft")
    if stage in ("pending", "refused", "prepared"):
        office.issue()
    if stage == "refused":
        declare_compromise(office.inst, office.key.key_id, office.inst.chain.head().time)
        office.anchor()
        new_key(office.inst, office.agency)
    if stage == "prepared":

        class Crashed(Exception):
            pass

        def crash(*_: Any) -> None:
            raise Crashed

        with monkeypatch.context() as broken:
            broken.setattr("adapters.transaction_sender.TransactionSender.send", crash)
            with pytest.raises(Crashed):
                office.anchor()


@pytest.mark.parametrize(
    ("valid_from", "days"),
    [
        (None, ("2026-01-01T00:00:00+08:00", "2026-12-31T23:59:59+08:00")),
        (date(2026, 3, 1), ("2026-03-01T00:00:00+08:00", "2027-02-28T23:59:59+08:00")),
    ],
)
def test_years_count_from_the_first_day_of_the_corrected_version(
    office: Office, valid_from: date | None, days: tuple[str, str]
) -> None:
    yearly = definition(typeVersion="2", validity={"rule": "years", "years": 1})
    office.type = add_type(office.inst, as_bytes(yearly))
    accredit_agency(office.inst, office.agency.agency_id, office.type.type_id)
    number = certificate(office)
    correct(
        office.inst, office.agency, office.type, Correction(number, None, {"fullName": "张四"}, valid_from), clerk="li"
    )
    assert (office.row(number).valid_from, office.row(number).valid_until) == days


def test_what_a_compromised_key_signed_is_issued_anew_as_it_was(office: Office) -> None:
    number = certificate(office)
    same = Correction(number, None, {}, None)
    for correction, code in ((same, "supersede.same-content"), (replace(same, reissue=True), "supersede.key-good")):
        with pytest.raises(OnceledgerError) as caught:
            correct(office.inst, office.agency, office.type, correction, clerk="clerk")
        assert caught.value.code == code
    declare_compromise(office.inst, office.key.key_id, office.inst.chain.head().time)
    key = new_key(office.inst, office.agency)
    with pytest.raises(OnceledgerError):
        correct(office.inst, office.agency, office.type, same, clerk="clerk")
    import_id, version = correct(office.inst, office.agency, office.type, replace(same, reissue=True), clerk="clerk")
    approve(records=office.inst.records, agency_id=office.agency.agency_id, import_id=import_id, reviewer="reviewer")
    office.issue()
    office.anchor()
    office.publish()
    old, new = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
    assert (old.state, new.state, version) == (State.SUPERSEDED, State.ANCHORED, 2)
    assert (old.key_id, new.key_id) == (office.key.key_id, key.key_id)
    assert (new.valid_from, new.valid_until) == (old.valid_from, old.valid_until)
    before, after = (json.loads(bundle_of(office.inst, row))["credential"]["credentialSubject"] for row in (old, new))
    assert before == after
    assert verify(office, bundle_of(office.inst, new)).decisive.code == "policy.passed"
    with pytest.raises(OnceledgerError, match="not compromised"):
        correct(office.inst, office.agency, office.type, replace(same, reissue=True), clerk="clerk")


def act(office: Office, action: Action, number: str) -> list[tuple[int, State, State]]:
    done = change(office.inst, office.agency, office.type, [number], action, actor="chief")
    return [(one.version, one.before, one.state) for one in (*done.changed, *done.ended)]


def states(office: Office, number: str) -> list[State]:
    rows = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
    return [row.state for row in rows]


def verdicts(office: Office, number: str) -> list[str]:
    """Of every version that has a leaf in a batch, with the newest status."""
    pack = status_pack_of(office.inst)
    rows = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)
    return [say(verify(office, bundle_of(office.inst, row), pack)) for row in rows if row.batch_id is not None]


def all_go_on(office: Office) -> None:
    """What clerk and service do every day."""
    retry(office.inst, office.agency)
    for _ in range(2):
        office.issue()
        office.anchor()
        office.publish()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("action", [Action.REVOKE, Action.VOID])
def test_a_correction_ends_with_what_it_corrects(
    office: Office, action: Action, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = certificate(office)
    bring(office, number, stage, monkeypatch)
    end = {Action.REVOKE: State.REVOKED, Action.VOID: State.VOID}[action]
    correction = State.REJECTED if stage in ("draft", "approved") else State.VOID
    (version, _, state), (other, _, ended) = act(office, action, number)
    assert (version, state, other, ended) == (1, end, 2, correction)
    all_go_on(office)
    assert states(office, number) == [end, correction]
    assert office.inst.records.count(None, None) == ({end: 2} if end is correction else {end: 1, correction: 1})
    if stage != "refused":  # there the old version is worth nothing for another reason
        reasons = {State.REVOKED: "invalid: status.revoked", State.VOID: "invalid: status.void"}
        assert verdicts(office, number) == [reasons[end], *[reasons[State.VOID]] * (stage == "prepared")]


@pytest.mark.parametrize("stage", ["draft", "approved", "pending", "prepared"])
def test_a_hold_goes_over_to_the_correction(office: Office, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = certificate(office)
    bring(office, number, stage, monkeypatch)
    assert act(office, Action.HOLD, number) == [(1, State.ANCHORED, State.HELD)]
    if stage == "draft":
        (row,) = [one for one in _rows(office, number) if one.state is State.DRAFT]
        office.inst.records.approve(office.agency.agency_id, row.import_id, "reviewer")
    all_go_on(office)
    assert states(office, number) == [State.SUPERSEDED, State.HELD]
    assert verdicts(office, number) == ["invalid: status.superseded", "invalid: status.held"]
    assert act(office, Action.RESUME, number) == [(2, State.HELD, State.ANCHORED)]
    office.publish()
    assert verdicts(office, number)[1] == "valid: policy.passed"


def test_what_is_held_may_be_corrected_and_stays_held(office: Office) -> None:
    number = certificate(office)
    act(office, Action.HOLD, number)
    begin(office, number)
    all_go_on(office)
    assert states(office, number) == [State.SUPERSEDED, State.HELD]
    assert say(verify(office, bundle(office, number), status_pack_of(office.inst))) == "invalid: status.held"


def test_a_hold_and_its_end_find_the_version_in_force_beside_an_issued_correction(office: Office) -> None:
    number = certificate(office)
    begin(office, number)
    office.issue()
    assert act(office, Action.HOLD, number) == [(1, State.ANCHORED, State.HELD)]
    assert act(office, Action.RESUME, number) == [(1, State.HELD, State.ANCHORED)]
    all_go_on(office)
    assert states(office, number) == [State.SUPERSEDED, State.ANCHORED]


def test_a_correction_that_comes_in_between_is_not_left_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reviewer has read the versions; the clerk's correction comes before the reviewer's change is written."""
    number = certificate(office)
    real = SqlRecords.change_status

    def late(self: SqlRecords, *given: Any) -> None:
        monkeypatch.undo()
        begin(office, number)
        real(self, *given)

    monkeypatch.setattr(SqlRecords, "change_status", late)
    with pytest.raises(Conflict) as caught:
        act(office, Action.REVOKE, number)
    assert caught.value.code == "credential.state"
    assert states(office, number) == [State.ANCHORED, State.APPROVED]
    act(office, Action.REVOKE, number)
    assert states(office, number) == [State.REVOKED, State.REJECTED]


def test_a_crash_before_the_correction_takes_over_is_made_good(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is pending then, and the next anchor does it all the same."""
    number = certificate(office)
    begin(office, number)
    office.issue()

    class Crashed(Exception):
        pass

    def crash(*_: Any) -> None:
        raise Crashed

    with monkeypatch.context() as broken:
        broken.setattr(SqlRecords, "superseding", crash)
        with pytest.raises(Crashed):
            office.anchor()
    assert states(office, number) == [State.ANCHORED, State.ANCHORED]
    assert office.anchor() == []
    assert states(office, number) == [State.SUPERSEDED, State.ANCHORED]


def _rows(office: Office, number: str) -> list[Any]:
    return office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)


# --- the number of what is void --------------------------------------------------------------------------------------


def bring_again(office: Office, number: str) -> None:
    """As a register that comes in once more."""
    known = office.inst.records.existing_numbers(office.agency.agency_id, office.type.type_id, [number])[number]
    assert known is not None
    claims = canonical_json.canonicalize({"number": number, "fullName": "张三"})
    draft = NewDraft(
        row=1,
        business_number=number,
        claims=claims,
        valid_from="2026-01-01T00:00:00+08:00",
        valid_until=None,
        version=known + 1,
    )
    header = ImportRow(0, office.agency.agency_id, office.type.type_id, "again", bytes(32), "clerk", 1, 0, 0, b"{}")
    import_id = office.inst.records.add_import(header, iter([[draft]]))
    approve(records=office.inst.records, agency_id=office.agency.agency_id, import_id=import_id, reviewer="reviewer")


@pytest.mark.parametrize("stage", ["pending", "refused", "anchored"])
def test_the_number_of_what_is_void_may_be_issued_anew(office: Office, stage: str) -> None:
    (number,) = office.draft(1)
    office.issue()
    if stage == "refused":
        declare_compromise(office.inst, office.key.key_id, office.inst.chain.head().time)
        office.anchor()
        new_key(office.inst, office.agency)
    if stage == "anchored":
        office.anchor()
    act(office, Action.VOID, number)
    bring_again(office, number)
    all_go_on(office)
    assert states(office, number) == [State.VOID, State.ANCHORED]
    assert verdicts(office, number)[-1] == "valid: policy.passed"


def test_the_number_of_what_was_revoked_is_used_up(office: Office) -> None:
    number = certificate(office)
    act(office, Action.REVOKE, number)
    assert office.inst.records.existing_numbers(office.agency.agency_id, office.type.type_id, [number]) == {
        number: None
    }
