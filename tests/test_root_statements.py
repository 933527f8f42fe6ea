"""The root authority's statements: anybody may carry one first, and what the members decided is done all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from eth_abi import abi
from office import Office, new_office

from adapters.bootstrap import CARRIER
from adapters.key_kinds import KeyKind
from authority.acts import Act, root_act, told
from authority.register import register_agency
from ledger import registry_events as events
from ledger.chain_port import BlockRef, Chain, LogEntry, TransactionOutcome
from ledger.digest import Digest, sha256
from ledger.errors import Conflict, Corrupt
from ledger.registry_calls import call, result
from ledger.sender_port import Sender
from offices.agencies import registry
from offices.members import as_root, threshold


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


@dataclass
class Overtaken:
    """A sender before whose transaction something else happens."""

    own: Sender
    before: Callable[[bytes], object]

    @property
    def address(self) -> bytes:
        return self.own.address

    def send(self, purpose: str, to: bytes | None, data: bytes) -> TransactionOutcome:
        self.before(data)
        return self.own.send(purpose, to, data)


def overtaken(office: Office, before: Callable[[bytes], object]) -> Act:
    inst = office.inst
    return root_act(
        chain=inst.chain,
        contracts=inst.contracts(),
        sender=Overtaken(inst.sender(CARRIER), before),
        members=[inst.keys.account(name) for name in ("root-1", "root-2")],
    )


def by_a_stranger(office: Office) -> Act:
    """Has a stranger carry every statement first."""
    inst = office.inst
    inst.keys.create(KeyKind.ACCOUNT, "stranger")
    stranger = inst.sender("stranger")
    return overtaken(office, lambda data: stranger.send("first", inst.contracts().trust, data))


def nonce(office: Office) -> int:
    answer = office.inst.chain.simulate(bytes(20), office.inst.contracts().trust, call("rootNonce()"))
    return int(result("uint256", answer)[0])


def test_a_statement_that_a_stranger_carried_first_is_done(office: Office) -> None:
    act, before = by_a_stranger(office), nonce(office)
    outcome = act(call("setThreshold(uint256)", 3))
    assert outcome.status
    assert threshold(office.inst) == 3
    assert nonce(office) == before + 1
    assert outcome.tx_hash == office.inst.records.outgoing("first").tx_hash  # type: ignore[union-attr]


def test_what_a_stranger_entered_for_the_root_is_found(office: Office) -> None:
    inst = office.inst
    inst.keys.create(KeyKind.ACCOUNT, "new-admin")
    number = register_agency(
        chain=inst.chain,
        contracts=inst.contracts(),
        act=by_a_stranger(office),
        did="did:web:new.example",
        admin=inst.keys.account("new-admin").address,
    )
    assert registry(inst).agencies[number].did_digest == sha256(b"did:web:new.example")


def test_a_nonce_used_for_another_decision_is_no_success(office: Office) -> None:
    act = overtaken(office, lambda _: as_root(office.inst)(call("setThreshold(uint256)", 3)))
    with pytest.raises(Conflict) as caught:
        act(call("setThreshold(uint256)", 1))
    assert caught.value.code == "chain.reverted"
    assert threshold(office.inst) == 3


def test_what_was_done_before_is_not_taken_for_this_statement(office: Office) -> None:
    inner = call("removeMember(address)", office.inst.keys.account("root-3").address)
    as_root(office.inst)(inner)
    with pytest.raises(Conflict) as caught:
        as_root(office.inst)(inner)
    assert caught.value.detail["name"] == "NotMember"


class Log:
    """A chain of two events in one transaction."""

    def __init__(self, entries: Sequence[LogEntry]) -> None:
        self.entries = entries

    def logs(self, _addresses: Any, _first: int, _last: int) -> Iterator[LogEntry]:
        return iter(self.entries)


def test_of_two_statements_in_one_transaction_each_is_told_its_own() -> None:
    contracts = events.Contracts(b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20)
    tx_hash = Digest(b"\x01" * 32)
    entries = [
        LogEntry(
            address=contracts.trust,
            topics=(events.topic_of(events.TypeAdded), number.to_bytes(32, "big")),
            data=abi.encode(["bytes32", "uint8"], [sha256(name), 1]),
            block_number=1,
            block_time=10,
            tx_hash=tx_hash,
            tx_index=0,
            log_index_in_block=number,
            log_index_in_receipt=number,
        )
        for number, name in ((1, b"first"), (2, b"second"))
    ]
    chain = cast(Chain, Log(entries))
    outcome = TransactionOutcome(tx_hash, BlockRef(1, Digest(bytes(32)), 10), 0, True, 21_000)
    for number, name in ((1, b"first"), (2, b"second")):
        digest = sha256(name)
        found = told(chain, contracts, outcome, events.TypeAdded, lambda event, is_=digest: event.name_digest == is_)
        assert found.type_id == number
    with pytest.raises(Corrupt):
        told(chain, contracts, outcome, events.TypeAdded, lambda event: event.name_digest == sha256(b"third"))
