"""From an event proof of a bundle to an event that the chain's validators stand behind.

Two halves, kept apart because they mean different things. *Opening* a proof walks from a header through the receipts
trie to one log; it shows that header and event belong together, and nothing about either being true. *Standing* asks
who vouches for the header: a quorum of the validators in force, or nobody any more.

Thousands of credentials share a block, so both halves remember what they found, by the proof's own text. The memory is
bounded: whoever sends proofs must not be able to fill it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

from ledger import base64url, block_header, qbft, receipt_proof
from ledger.block_header import Header
from ledger.bundle import EventProof
from ledger.errors import MalformedInput
from ledger.receipt_proof import Log
from ledger.registry_events import Anchored, Published, decode_event
from ledger.trust_description import TrustDescription

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MEMORY_ENTRIES: Final = 4096
"""Event proofs remembered at most, about 4 kB each."""


_SEALED_BY_OTHERS: Final = frozenset(
    ("qbft.other-validators", "qbft.too-few-seals", "qbft.too-many-seals", "qbft.outside-seal")
)
"""How the header of a set that came into force later fails under the former one."""


class Refused(Exception):
    """A check ends here; ``code`` is the reason (``ledger.reasons``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class OpenedEvent:
    """An event under a header. Whether the header is true is another question (``standing``)."""

    header: Header
    event: Anchored | Published


class EventReader:
    """Opens event proofs against one trust description."""

    def __init__(self, trust: TrustDescription) -> None:
        self._trust = trust
        self._contracts = trust.chain.contracts()
        self._opened: dict[EventProof, OpenedEvent | str] = {}
        self._standing: dict[str, str] = {}

    def anchored(self, proof: EventProof) -> tuple[Header, Anchored]:
        """The anchor event of ``proof``. Raises Refused ``anchored.*``."""
        opened = self._open(proof)
        if not isinstance(opened.event, Anchored):
            raise Refused("anchored.event-missing")
        return opened.header, opened.event

    def published(self, proof: EventProof) -> tuple[Header, Published]:
        """The status publication of ``proof``. Raises Refused ``anchored.*`` (the caller gives it its own reason)."""
        opened = self._open(proof)
        if not isinstance(opened.event, Published):
            raise Refused("anchored.event-missing")
        return opened.header, opened.event

    def standing(self, proof: EventProof, header: Header) -> str:
        """Who stands behind ``header``: ``anchored.passed-by-seals`` if a quorum of the validators in force does, else
        the reason why not. Seals of a former set are never looked at: its keys may lie on anybody's old disk."""
        known = self._standing.get(proof.header)
        if known is None:
            known = self._standing[proof.header] = self._ask_standing(header)
            _bound(self._standing)
        return known

    def _ask_standing(self, header: Header) -> str:
        in_force = self._trust.chain.validator_sets[-1]
        if not self._trust.dates_fit(header.number, header.time):
            return "anchored.time-out-of-order"
        if header.number < in_force.from_block:
            return "anchored.history-needed"
        try:
            qbft.verify_seals(header, in_force.validators)
        except MalformedInput as error:
            # The validators may have changed since the pack was made; within what the pack knows they have not.
            if (
                header.number > self._trust.block
                and error.code in _SEALED_BY_OTHERS
                and qbft.is_of_others(header, in_force.validators)
            ):
                return "anchored.validators-newer-than-pack"
            return "anchored.seals-insufficient" if error.code == "qbft.too-few-seals" else "anchored.seals-wrong"
        return "anchored.passed-by-seals"

    def _open(self, proof: EventProof) -> OpenedEvent:
        found = self._opened.get(proof)
        if found is None:
            try:
                found = self._open_anew(proof)
            except Refused as refused:
                found = refused.code
            self._opened[proof] = found
            _bound(self._opened)
        if isinstance(found, str):
            raise Refused(found)
        return found

    def _open_anew(self, proof: EventProof) -> OpenedEvent:
        try:
            header = block_header.parse_header(base64url.decode(proof.header))
        except MalformedInput:
            raise Refused("anchored.header-malformed") from None
        try:
            nodes = [base64url.decode(node) for node in proof.receipt]
            encoded = receipt_proof.verify_proof(header.receipts_root, proof.receipt_index, nodes)
            receipt = receipt_proof.decode_receipt(encoded)
        except MalformedInput as error:
            is_unknown = error.code == "receipt-proof.unknown-type"
            raise Refused("anchored.receipt-unknown" if is_unknown else "anchored.receipt-wrong") from None
        if not receipt.status:
            raise Refused("anchored.transaction-failed")
        if proof.log_index >= len(receipt.logs):
            raise Refused("anchored.event-missing")
        return OpenedEvent(header, self._event(receipt.logs[proof.log_index]))

    def _event(self, log: Log) -> Anchored | Published:
        if log.address not in (self._contracts.anchor, self._contracts.status):
            raise Refused("anchored.wrong-contract")
        try:
            event = decode_event(log.address, log.topics, log.data, self._contracts)
        except MalformedInput:
            raise Refused("anchored.event-missing") from None
        if not isinstance(event, Anchored | Published):
            raise Refused("anchored.event-missing")
        if event.chain_id != self._trust.chain.chain_id:
            raise Refused("anchored.wrong-chain")
        return event


def _bound(memory: dict[_Key, _Value]) -> None:
    """Forget the oldest half when full: dictionaries keep their order of insertion."""
    if len(memory) > MEMORY_ENTRIES:
        for key in list(memory)[: MEMORY_ENTRIES // 2]:
            del memory[key]
