"""The port ``Sender``: one account's transactions, each sent exactly once however often one asks."""

from __future__ import annotations

from typing import Protocol

from ledger.chain_port import TransactionOutcome


class Sender(Protocol):
    """An account that sends. Calls of one account are made one after another."""

    @property
    def address(self) -> bytes:
        """The account, 20 bytes."""

    def send(self, purpose: str, to: bytes | None, data: bytes) -> TransactionOutcome:
        """Send a call (``to`` None creates a contract) and wait until it is final.

        ``purpose`` is the idempotency key: a second call with it, also after a crash at any point, sends nothing new
        and returns the first one's outcome; unless that one failed in a block, which did nothing: then it is tried
        again with a new transaction. The signed transaction is kept before it leaves the process.

        Raises Conflict ``chain.reverted`` (found by simulation, nothing was sent; or on the chain), Unavailable
        ``chain.unavailable`` and ``chain.not-final-yet`` (the transaction may still arrive: ask again with the same
        purpose).
        """
