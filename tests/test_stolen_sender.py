"""A thief with a sender's account anchors the office's roots with other particulars: nothing is lost but a batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import Office, new_office

from adapters.records import SqlRecords
from adapters.transaction_sender import TransactionSender
from issuers.anchor import _TRIES, FOREIGN
from ledger import status_reasons
from ledger.chain_reading import read_anchor_log
from ledger.credential_states import Action, State
from ledger.errors import Conflict
from ledger.reasons import Result
from ledger.records import PublicationRow
from ledger.registry_calls import anchor as anchor_call
from ledger.registry_calls import publish as publish_call
from ledger.trust_pack_signing import pinned_root
from offices import agencies
from offices.evidence import bundle_of, make_trust_pack, status_pack_of
from offices.issuing import publish_lists
from offices.root import new_key
from offices.status import change
from verifiers.verify import Holdings, open_holdings, verify


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


class Thief:
    """Has a copy of a sender's key, sees each batch of the office before it is sent, and is ``times`` faster."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch, *, times: int, **other: int) -> None:
        inst = office.inst
        self.account = inst.keys.account(office.agency.sender)
        office.agency = agencies.add_sender(inst, office.agency)
        self._sender = TransactionSender(inst.chain, inst.records, self.account, agency_id=99, pause=lambda _: None)
        self._inst, self._other, self._times, self._at_work = inst, other, times, False
        real = TransactionSender.send

        def send(sender: TransactionSender, purpose: str, to: bytes | None, data: bytes) -> Any:
            if purpose.startswith("anchor:") and self._times and not self._at_work:
                self._times -= 1
                self._steal(purpose)
            return real(sender, purpose, to, data)

        monkeypatch.setattr(TransactionSender, "send", send)

    def _steal(self, purpose: str) -> None:
        (batch,) = self._inst.records.batches(None, "prepared")
        of = {"size": batch.size, "type_id": batch.type_id, "key_id": batch.key_id} | self._other
        data = anchor_call(batch.root, of["size"], of["type_id"], of["key_id"])
        self._at_work = True
        self._sender.send(f"thief:{purpose}", self._inst.contracts().anchor, data)
        self._at_work = False


def valid(office: Office, numbers: list[str]) -> bool:
    now = datetime.now(UTC)
    pack = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
    opened = open_holdings(holdings=Holdings(pack, pinned_root(pack), status_pack_of(office.inst)), now=now)
    bundles = [bundle_of(office.inst, office.row(number)) for number in numbers]
    return {verify(opened=opened, bundle=bundle).result for bundle in bundles} == {Result.VALID}


def roots(office: Office) -> list[bytes]:
    head = office.inst.chain.head().number
    return [bytes(entry.root) for entry in read_anchor_log(office.inst.chain, office.inst.contracts(), head).entries]


def test_a_root_anchored_with_another_size_is_given_up_and_its_members_form_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = office.draft(5)
    office.issue()
    Thief(office, monkeypatch, times=1, size=65)
    first, second = office.anchor()
    assert (first.state, first.refusal, second.state, second.credentials) == ("refused", FOREIGN, "anchored", 5)
    assert roots(office) == [first.root, second.root]
    assert first.root != second.root
    assert first.padding_seed != second.padding_seed
    assert {office.row(number).batch_id for number in numbers} == {second.batch_id}
    assert office.inst.records.count(None, None) == {State.ANCHORED: 5}
    office.publish()
    assert valid(office, numbers)


def test_a_root_anchored_under_another_key_of_the_agency_is_given_up_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_key(office.inst, office.agency)
    numbers = office.draft(1)
    office.issue()
    Thief(office, monkeypatch, times=1, key_id=office.key.key_id)
    assert [(one.state, one.refusal) for one in office.anchor()] == [("refused", FOREIGN), ("anchored", None)]
    office.publish()
    assert valid(office, numbers)


def test_what_the_thief_anchored_as_it_is_is_the_offices(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = office.draft(2)
    office.issue()
    Thief(office, monkeypatch, times=1)
    (batch,) = office.anchor()
    assert (batch.state, roots(office)) == ("anchored", [batch.root])
    office.publish()
    assert valid(office, numbers)


def test_a_thief_who_is_faster_every_time_is_outlasted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = office.draft(2)
    office.issue()
    thief = Thief(office, monkeypatch, times=99, size=1_000)
    assert [one.refusal for one in office.anchor()] == [FOREIGN] * _TRIES
    assert office.inst.records.count(None, None) == {State.PENDING_ANCHOR: 2}
    agencies.remove_sender(office.inst, office.agency, "0x" + thief.account.address.hex())
    monkeypatch.undo()
    (batch,) = office.anchor()
    assert batch.state == "anchored"
    office.publish()
    assert valid(office, numbers)


def test_a_crash_before_the_batch_is_given_up_ends_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.draft(2)
    office.issue()
    Thief(office, monkeypatch, times=1, size=65)

    class Crashed(Exception):
        pass

    def crash(*_: Any, **__: Any) -> None:
        raise Crashed

    with monkeypatch.context() as broken:
        broken.setattr(SqlRecords, "batch_refused", crash)
        with pytest.raises(Crashed):
            office.anchor()
    assert [one.state for one in office.anchor()] == ["refused", "anchored"]
    assert office.inst.records.count(None, None) == {State.ANCHORED: 2}


def publishes_first(office: Office, *numbers: int, chunks: int = 17) -> None:
    """A thief with the office's sender publishes version 1 of lists, of another length; then its right is gone."""
    inst = office.inst
    account = inst.keys.account(office.agency.sender)
    office.agency = agencies.add_sender(inst, office.agency)
    thief = TransactionSender(inst.chain, inst.records, account, agency_id=99, pause=lambda _: None)
    for number in numbers:
        data = publish_call(office.agency.agency_id << 32 | number, 1, b"\x11" * 32, chunks, b"\x22" * 32)
        thief.send(f"thief:{number}", inst.contracts().status, data)
    agencies.remove_sender(inst, office.agency, "0x" + account.address.hex())


def test_lists_that_a_thief_published_first_with_another_length_are_the_offices_again(office: Office) -> None:
    publishes_first(office, *range(1, 9))
    numbers = office.draft(3)
    office.issue()
    office.anchor()
    assert [(one.version, one.chunks, one.state) for one in office.publish()] == [(2, 16, "published")] * 2
    assert valid(office, numbers)
    change(office.inst, office.agency, office.type, numbers[:1], Action.REVOKE, actor="wang")
    assert [one.version for one in office.publish()] == [3]
    assert not valid(office, numbers)
    assert valid(office, numbers[1:])


def test_an_older_signature_does_not_fit_a_list_of_another_length(office: Office) -> None:
    """The thief repeats what the office signed, and calls the list longer: the length is under the signature."""
    numbers = office.draft(1)
    office.issue()
    office.anchor()
    first, _ = office.publish()
    inst, account = office.inst, office.inst.keys.account(office.agency.sender)
    thief = TransactionSender(inst.chain, inst.records, account, agency_id=99, pause=lambda _: None)
    for version, chunks in ((2, first.chunks), (3, first.chunks + 1), (4, 2**63)):
        data = publish_call(first.list_id, version, first.root, chunks, status_reasons.digest(first.reasons))
        thief.send(f"thief:{version}", inst.contracts().status, data)
    assert valid(office, numbers)  # what the office published still speaks
    assert [one.version for one in office.publish()] == [5]
    assert valid(office, numbers)


def test_a_list_that_cannot_be_published_keeps_no_other_from_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = office.draft(1)
    office.issue()
    office.anchor()
    office.publish()
    change(office.inst, office.agency, office.type, numbers, Action.HOLD, actor="wang")
    change(office.inst, office.agency, office.type, numbers, Action.RESUME, actor="wang")
    real, base = TransactionSender.send, office.agency.agency_id << 32
    told: list[PublicationRow] = []

    def send(sender: TransactionSender, purpose: str, to: bytes | None, data: bytes) -> Any:
        if purpose.startswith(f"publish:{base | 1}:"):
            raise Conflict("chain.reverted", "It was refused.", selector="0x", name="", data=b"")
        return real(sender, purpose, to, data)

    with monkeypatch.context() as refusing:
        refusing.setattr(TransactionSender, "send", send)
        with pytest.raises(Conflict, match="It was refused"):
            publish_lists(office.inst, office.agency, every_list=True, on_published=told.append)
    assert [(one.list_id, one.version) for one in told] == [(base | 2, 2)]
    newest = {number: office.inst.records.publication(base | number) for number in (1, 2)}
    assert {number: one and (one.version, one.state) for number, one in newest.items()} == {
        1: (2, "prepared"),
        2: (2, "published"),
    }
    assert [one.version for one in office.publish()] == [2]
    assert valid(office, numbers)
