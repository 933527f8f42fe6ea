"""Publishing on real parts: signed, in order, and going on behind whatever somebody else put on the chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from office import Office, new_office, settings

from adapters.bootstrap import Installation, now, open_installation
from adapters.evm import EvmChain
from adapters.transaction_sender import TransactionSender
from issuers.change_status import change_status
from issuers.publish_status import _TRIES
from ledger import registry_calls, status_list, status_pack, status_reasons
from ledger.credential_states import Action
from ledger.digest import Digest
from ledger.errors import Conflict, Corrupt, NotFound, Unavailable
from ledger.event_proofs import prove_event
from ledger.label import Label
from ledger.multikey import key_hash
from ledger.records import AgencyRow, PublicationRow
from ledger.sender_port import Sender
from ledger.status_pack import PackedList
from ledger.status_statement import SignedBy
from ledger.verdict import Verification
from ledger.verification import Verifier
from offices import agencies, evidence
from offices.issuing import publish_lists
from offices.root import NewAgency, add_agency, new_key

UNSIGNED = SignedBy(Digest(bytes(32)), bytes(64))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        opened.draft(3)
        opened.issue()
        opened.anchor()
        yield opened


def revoke(office: Office, *numbers: str) -> None:
    change_status(
        records=office.inst.records,
        agency_id=office.agency.agency_id,
        type_id=office.type.type_id,
        business_numbers=numbers,
        action=Action.REVOKE,
        actor="reviewer",
        now=now(),
    )


def bundle(office: Office, number: str) -> bytes:
    return evidence.bundle_of(office.inst, office.row(number))


def lists(office: Office) -> tuple[int, int]:
    (pair,) = office.inst.records.status_lists(office.agency.agency_id)
    return pair.list_id, pair.list_id + 1


def newest(office: Office, list_id: int) -> PublicationRow:
    row = office.inst.records.publication(list_id)
    assert row is not None
    return row


def latest(inst: Installation, list_id: int) -> int:
    answer = inst.chain.simulate(bytes(20), inst.contracts().status, registry_calls.latest_version(list_id))
    return int(registry_calls.result("uint64", answer)[0])


def verify(
    office: Office, data: bytes, pack: bytes | None = None, *, as_of: date | datetime | None = None
) -> Verification:
    """By somebody with today's trust pack."""
    moment = datetime.fromtimestamp(max(office.inst.chain.head().time, now()) + 10, UTC)
    held = None if pack is None else status_pack.load(pack)
    return Verifier(evidence.derive(office.inst, None).description, now=moment, status=held, as_of=as_of).verify_bytes(
        data
    )


def say(verification: Verification) -> str:
    return f"{verification.result.value}: {verification.decisive.code}"


def sender_of(inst: Installation, agency: AgencyRow) -> Sender:
    return inst.sender(agency.sender, agency.agency_id)


def steal(inst: Installation, sender: Sender, list_id: int, *, signed: SignedBy = UNSIGNED) -> PackedList:
    """Publish an empty next version of a list with nothing but a sender's account."""
    version, bits, reasons = latest(inst, list_id) + 1, bytes(status_list.new_list(131_072)), status_reasons.encode([])
    root, digest = status_list.root(bits), status_reasons.digest(reasons)
    call = registry_calls.publish(list_id, version, root, status_list.chunk_count(bits), digest)
    outcome = sender.send(f"thief:{list_id}:{version}", inst.contracts().status, call)
    proof = prove_event(inst.chain.block_evidence(outcome.block.number), outcome.index, 0)
    purpose: status_reasons.Purpose = "revocation" if list_id & 1 else "suspension"
    return status_pack.pack_list(list_id, purpose, version, bits, reasons, proof, signed)


def with_list(pack: bytes, stolen: PackedList) -> bytes:
    """The office's pack with the thief's list in the place of the real one."""
    real = status_pack.load(pack)
    return status_pack.write(real.made_at, [stolen, *(one for one in real.lists if one.list_id != stolen.list_id)])


# --- a thief with the sender's account -----------------------------------------------------------------------------


def test_a_stolen_sender_does_not_un_revoke_and_the_office_goes_on(office: Office) -> None:
    office.publish()
    old, fine = bundle(office, "N-0"), bundle(office, "N-1")
    revoke(office, "N-0")
    office.publish()
    revocations, _ = lists(office)
    before = evidence.status_pack_of(office.inst)
    refreshed = bundle(office, "N-0")
    # The thief publishes a clean list, in its own name and with the real statement of the version before.
    kept = newest(office, revocations)
    replayed = SignedBy(Digest(kept.key_hash), kept.signature)
    stolen = steal(office.inst, sender_of(office.inst, office.agency), revocations, signed=replayed)
    assert stolen.version == 3
    for pack in (before, evidence.status_pack_of(office.inst)):
        assert say(verify(office, old, pack)) == "invalid: status.revoked"
        assert say(verify(office, fine, pack)) == "valid: policy.passed"
    assert say(verify(office, old, with_list(before, stolen))) == "cannot be checked: status.not-signed"
    assert say(verify(office, refreshed, with_list(before, stolen))) == "invalid: status.revoked"
    assert say(verify(office, refreshed)) == "invalid: status.revoked"
    # What the office publishes next goes behind it.
    (again,) = office.publish()
    assert (again.list_id, again.version, again.state) == (revocations, 4, "published")
    assert office.publish() == []
    after = evidence.status_pack_of(office.inst)
    assert say(verify(office, old, after)) == "invalid: status.revoked"
    assert say(verify(office, fine, after)) == "valid: policy.passed"
    assert say(verify(office, bundle(office, "N-1"))) == "valid: policy.passed"


def test_the_thief_can_block_publications_until_its_sender_is_removed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.publish()
    revocations, _ = lists(office)
    stolen_account = office.agency.sender
    thief = sender_of(office.inst, office.agency)
    office.agency = agencies.add_sender(office.inst, office.agency)
    revoke(office, "N-0")
    real = TransactionSender.send

    def overtaken(self: TransactionSender, purpose: str, to: bytes | None, data: bytes) -> Any:
        if purpose.startswith("publish:"):
            steal(office.inst, thief, revocations)
        return real(self, purpose, to, data)

    with monkeypatch.context() as faster:
        faster.setattr(TransactionSender, "send", overtaken)
        with pytest.raises(Conflict) as caught:
            office.publish()
    assert caught.value.code == "publish.overtaken"
    assert latest(office.inst, revocations) == 1 + _TRIES
    assert say(verify(office, bundle(office, "N-1"))) == "valid: policy.passed"  # by the version before
    agencies.remove_sender(office.inst, office.agency, stolen_account)
    with pytest.raises(Conflict) as refused:
        steal(office.inst, thief, revocations)
    assert refused.value.detail["name"] == "NotSender"
    (done,) = office.publish()
    assert (done.version, done.state) == (2 + _TRIES, "published")
    assert say(verify(office, bundle(office, "N-0"))) == "invalid: status.revoked"
    assert say(verify(office, bundle(office, "N-1"))) == "valid: policy.passed"


def test_a_thief_in_front_in_the_same_block_costs_one_number(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation still went well; the transaction then fails on the chain."""
    office.publish()
    revocations, _ = lists(office)
    thief = sender_of(office.inst, office.agency)
    office.agency = agencies.add_sender(office.inst, office.agency)
    revoke(office, "N-0")
    real, turns = EvmChain.submit, [True]

    def submit(self: EvmChain, raw: bytes) -> Any:
        if turns and turns.pop():
            steal(office.inst, thief, revocations)
        return real(self, raw)

    monkeypatch.setattr(EvmChain, "submit", submit)
    (done,) = office.publish()
    assert (done.version, done.state) == (3, "published")
    lost = office.inst.records.publication(revocations, 2)
    assert lost is not None
    assert (lost.state, lost.root) == ("prepared", done.root)
    assert say(verify(office, bundle(office, "N-0"))) == "invalid: status.revoked"


def test_a_transaction_that_failed_on_the_chain_does_not_stop_the_list_for_ever(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.publish()
    revocations, _ = lists(office)
    revoke(office, "N-0")
    real, turns = EvmChain.submit, [True]

    def submit(self: EvmChain, raw: bytes) -> Any:
        if turns and turns.pop():
            agencies.suspend(office.inst, office.agency)
        return real(self, raw)

    monkeypatch.setattr(EvmChain, "submit", submit)
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            office.publish()
        assert refused.value.detail["name"] == "AgencyNotActive"
    agencies.readmit(office.inst, office.agency)
    (done,) = office.publish()
    assert (done.list_id, done.version, done.state) == (revocations, 2, "published")
    assert office.publish() == []
    assert latest(office.inst, revocations) == 2
    assert say(verify(office, bundle(office, "N-0"))) == "invalid: status.revoked"


def test_a_version_prepared_and_lost_leaves_the_published_one_in_bundles(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.publish()
    revocations, _ = lists(office)
    revoke(office, "N-0")
    with monkeypatch.context() as broken:

        def down(*_: Any) -> Any:
            raise Unavailable("chain.unavailable", "The node does not answer.", "Try again.")

        broken.setattr(TransactionSender, "send", down)
        with pytest.raises(Unavailable):
            office.publish()
    assert (newest(office, revocations).version, newest(office, revocations).state) == (2, "prepared")
    steal(office.inst, sender_of(office.inst, office.agency), revocations)
    steal(office.inst, sender_of(office.inst, office.agency), revocations)
    packed = status_pack.load(evidence.status_pack_of(office.inst)).list_for(revocations)
    assert packed is not None
    assert packed.version == 1
    assert say(verify(office, bundle(office, "N-1"))) == "valid: policy.passed"
    (done,) = office.publish()
    assert (done.version, done.state) == (4, "published")
    assert say(verify(office, bundle(office, "N-0"))) == "invalid: status.revoked"


# --- records and chain of different age ------------------------------------------------------------------------------


def test_records_restored_from_a_backup_go_on_behind_the_chain(tmp_path: Path) -> None:
    with new_office(tmp_path / "data") as office:
        office.draft(2)
        office.issue()
        office.anchor()
        office.publish()
        revoke(office, "N-0")
        with (
            closing(sqlite3.connect(tmp_path / "data" / "records.sqlite")) as live,
            closing(sqlite3.connect(tmp_path / "backup.sqlite")) as backup,
        ):
            live.backup(backup)
        office.publish()
        assert latest(office.inst, lists(office)[0]) == 2
    for leftover in (tmp_path / "data").glob("records.sqlite*"):
        leftover.unlink()
    (tmp_path / "backup.sqlite").chmod(0o600)
    (tmp_path / "backup.sqlite").rename(tmp_path / "data" / "records.sqlite")
    with open_installation(settings(tmp_path / "data")) as inst:
        (agency,), (kind,) = inst.records.agencies(), inst.records.types()
        restored = Office(inst, agency, kind, inst.records.keys(agency.agency_id)[-1])
        (done,) = restored.publish()
        assert (done.version, done.state) == (3, "published")
        assert say(verify(restored, bundle(restored, "N-0"))) == "invalid: status.revoked"
        assert say(verify(restored, bundle(restored, "N-1"))) == "valid: policy.passed"


@pytest.mark.parametrize("state", ["published", "prepared"])
def test_a_chain_with_fewer_versions_than_the_records_is_not_gone_on_with(office: Office, state: str) -> None:
    office.publish()
    revocations, _ = lists(office)
    ahead = replace(newest(office, revocations), version=9, state=state)
    office.inst.records.save_publication(ahead)
    revoke(office, "N-0")
    with pytest.raises(Corrupt) as caught:
        office.publish()
    assert caught.value.code == "publish.chain-behind"
    assert latest(office.inst, revocations) == 1


# --- keys -----------------------------------------------------------------------------------------------------------


def test_each_publication_is_signed_with_the_key_in_force(office: Office) -> None:
    rows = office.publish()
    assert {row.key_hash for row in rows} == {key_hash(office.key.multikey)}
    newer = new_key(office.inst, office.agency)
    again = office.publish()
    assert [(row.list_id, row.version) for row in again] == [(row.list_id, 2) for row in rows]
    assert {row.key_hash for row in again} == {key_hash(newer.multikey)}
    assert office.publish() == []
    assert say(verify(office, bundle(office, "N-0"))) == "valid: policy.passed"


def test_a_compromised_keys_lists_count_no_more_until_the_next_key_signs_them(office: Office) -> None:
    """The anchor is older than the compromise, the status is not."""
    anchored = office.inst.chain.head().time
    while office.inst.chain.head().time <= anchored:
        office.publish()
        publish_lists(office.inst, office.agency, every_list=True)
    since = office.inst.chain.head().time
    agencies.declare_compromise(office.inst, office.key.key_id, since)
    assert say(verify(office, bundle(office, "N-0"))) == "cannot be checked: status.not-signed"
    with pytest.raises(NotFound) as caught:
        office.publish()
    assert caught.value.code == "issue.no-key"
    new_key(office.inst, office.agency)
    assert len(office.publish()) == 2
    assert say(verify(office, bundle(office, "N-0"))) == "valid: policy.passed"


def test_a_retired_keys_lists_stand(office: Office) -> None:
    office.publish()
    held = bundle(office, "N-0")
    published = max(newest(office, list_id).block_time or 0 for list_id in lists(office))
    while office.inst.chain.head().time <= published:  # the key ended after both lists were published
        other = add_agency(office.inst, NewAgency(f"a{office.inst.chain.head().number}.example", Label("局", "Office")))
        assert other.agency_id
    agencies.retire_key(office.inst, office.key.key_id)
    assert say(verify(office, held)) == "valid: policy.passed"


def test_after_a_merger_the_successor_publishes_with_its_own_key(office: Office) -> None:
    office.publish()
    held = bundle(office, "N-0")
    successor = add_agency(office.inst, NewAgency("successor.example", Label("继任局", "Successor")))
    theirs = new_key(office.inst, successor)
    agencies.merge(office.inst, office.agency, successor)
    revoke(office, "N-0")
    rows = office.publish()
    assert {row.key_hash for row in rows} == {key_hash(theirs.multikey)}
    assert {row.version for row in rows} == {2}
    pack = evidence.status_pack_of(office.inst)
    assert say(verify(office, held, pack)) == "invalid: status.revoked"
    assert say(verify(office, bundle(office, "N-1"), pack)) == "valid: policy.passed"


def test_the_last_in_the_line_of_successors_publishes(office: Office) -> None:
    office.publish()
    hosts = ("second.example", "third.example")
    second, third = (add_agency(office.inst, NewAgency(host, Label("继任局", "Successor"))) for host in hosts)
    theirs = new_key(office.inst, third)
    agencies.merge(office.inst, office.agency, second)
    agencies.merge(office.inst, second, third)
    revoke(office, "N-0")
    assert {row.key_hash for row in office.publish()} == {key_hash(theirs.multikey)}
    assert say(verify(office, bundle(office, "N-0"))) == "invalid: status.revoked"


def test_a_successor_of_another_installation_is_named(office: Office) -> None:
    """Its registration stands on the chain; the records here do not have it."""
    office.publish()
    successor = add_agency(office.inst, NewAgency("successor.example", Label("继任局", "Successor")))
    agencies.merge(office.inst, office.agency, successor)
    revoke(office, "N-0")
    with closing(sqlite3.connect(office.inst.settings.data / "records.sqlite")) as records, records:
        records.execute("DELETE FROM agencies WHERE agency_id = ?", (successor.agency_id,))
    with pytest.raises(Conflict) as caught:
        office.publish()
    assert caught.value.code == "publish.successor-elsewhere"
    assert str(successor.agency_id) in caught.value.cause


def test_an_agency_without_lists_needs_no_key(office: Office) -> None:
    other = add_agency(office.inst, NewAgency("other.example", Label("另一局", "Other office")))
    assert publish_lists(office.inst, other) == []
