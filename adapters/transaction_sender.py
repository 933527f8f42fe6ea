"""One account's transactions over a chain, kept in the records before they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger import strict_rlp
from ledger.chain_port import Chain, TransactionOutcome
from ledger.errors import Conflict, Corrupt, Unavailable
from ledger.keccak import keccak256
from ledger.key_port import AccountKey
from ledger.records import OutgoingRow
from ledger.records_port import SendingRecords

GAS_MARGIN: Final = 1.25
"""Over the estimate: state may change between estimate and block."""


class TransactionSender:
    """See ``ledger.sender_port.Sender``. Gas is free on the networks meant here, so the price is zero."""

    def __init__(
        self,
        chain: Chain,
        records: SendingRecords,
        account: AccountKey,
        *,
        agency_id: int,
        pause: Callable[[float], None],
        attempts: int = 600,
        interval: float = 0.1,
    ) -> None:
        self._chain = chain
        self._records = records
        self._account = account
        self._agency_id = agency_id
        self._pause = pause
        self._attempts = attempts
        self._interval = interval

    @property
    def address(self) -> bytes:
        """The account, 20 bytes."""
        return self._account.address

    def send(self, purpose: str, to: bytes | None, data: bytes) -> TransactionOutcome:
        """See the port."""
        row = self._records.outgoing(purpose)
        outcome = None if row is None else self._chain.outcome(row.tx_hash)
        if row is None or (outcome is not None and not outcome.status):
            # What failed in a block did nothing and never will, so that another may be signed: the purpose is still
            # done at most once, and what stood in its way then may be gone.
            if row is not None:
                self._settle(row)
            row, outcome = self._sign(purpose, to, data), None
        if outcome is None:
            outcome = self._submit(row, to, data)
        row = self._records.outgoing(purpose) or row  # it may have been signed anew
        if to is None and outcome.created is not None and outcome.created != _created_by(row):
            raise Corrupt(
                "chain.bad-answer",
                "The node's answer cannot be right: it names another contract than the one that was made.",
                "Ask another node, and have this one looked after.",
            )
        self._settle(row)
        if not outcome.status:
            self._chain.simulate(self.address, to, data)  # it mostly knows the contract's reason, and raises it
            raise Conflict(
                "chain.reverted",
                "The chain refused the transaction.",
                "Look the transaction up by its hash and mend what its contract demands.",
                tx_hash=row.tx_hash.hex(),
                name="",
            )
        return outcome

    def _settle(self, row: OutgoingRow) -> None:
        if row.state != "settled":
            self._records.save_outgoing(self._moved(row, "settled"))

    def _sign(self, purpose: str, to: bytes | None, data: bytes) -> OutgoingRow:
        # Simulated first: a reverted transaction would still take a nonce, and some engines then hold up what follows.
        self._chain.simulate(self.address, to, data)
        gas = int(self._chain.estimate_gas(self.address, to, data) * GAS_MARGIN)
        waiting = [row.nonce + 1 for row in self._records.unsettled(self.address)]
        nonce = max([self._chain.next_nonce(self.address), *waiting])
        raw, tx_hash = self._account.sign_transaction(
            {
                "chainId": self._chain.chain_id(),
                "nonce": nonce,
                "gasPrice": 0,
                "gas": gas,
                "to": to if to is not None else b"",
                "value": 0,
                "data": data,
            }
        )
        row = OutgoingRow(purpose, self._agency_id, self.address, nonce, raw, tx_hash, "signed")
        self._records.save_outgoing(row)
        return row

    def _submit(self, row: OutgoingRow, to: bytes | None, data: bytes) -> TransactionOutcome:
        self._push_earlier(row)
        try:
            self._chain.submit(row.raw)
        except Conflict as error:
            if error.code != "chain.nonce-too-low":
                raise
            # Another transaction of the account has the nonce. If it is this one, its outcome is there; if not, this
            # one can never be mined any more, and a new one may be signed without being done twice.
            outcome = self._chain.outcome(row.tx_hash)
            if outcome is not None:
                return outcome
            self._records.save_outgoing(self._moved(row, "settled"))
            row = self._sign(row.purpose, to, data)
            self._chain.submit(row.raw)
        for _ in range(self._attempts):
            outcome = self._chain.outcome(row.tx_hash)
            if outcome is not None:
                return outcome
            self._pause(self._interval)
        raise Unavailable(
            "chain.not-final-yet",
            "The transaction is sent and not in a block yet.",
            "Run the same command again; nothing is sent twice.",
            tx_hash=row.tx_hash.hex(),
        )

    def _push_earlier(self, row: OutgoingRow) -> None:
        """Hand in what was signed before ``row`` and never left, as after a crash between keeping and sending: without
        it the account's nonces have a gap. Whoever asks for its purpose later finds its outcome."""
        for earlier in self._records.unsettled(self.address):
            if earlier.nonce < row.nonce and self._chain.outcome(earlier.tx_hash) is None:
                try:
                    self._chain.submit(earlier.raw)
                except Conflict as error:
                    if error.code != "chain.nonce-too-low":  # taken by another: its own purpose signs it anew
                        raise

    @staticmethod
    def _moved(row: OutgoingRow, state: str) -> OutgoingRow:
        return OutgoingRow(row.purpose, row.agency_id, row.sender, row.nonce, row.raw, row.tx_hash, state)


def _created_by(row: OutgoingRow) -> bytes:
    """Address of the contract that a transaction makes (yellow paper, section 7): no node need be asked for it."""
    return keccak256(strict_rlp.encode([row.sender, strict_rlp.encode_uint(row.nonce)]))[-20:]
