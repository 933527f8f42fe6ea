"""Who acts on the TrustRegistry: the root authority (enough ministries sign one statement, anybody may carry it to the
chain), or an agency's administrator with its own account.

Use cases of this package take an ``Act``: the call goes in, the outcome comes back, and who stands behind it was
decided by the door.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from ledger import registry_calls
from ledger.chain_port import Chain, TransactionOutcome
from ledger.digest import sha256
from ledger.errors import Conflict, Corrupt, NotPermitted
from ledger.keccak import keccak256
from ledger.key_port import AccountKey
from ledger.registry_events import Contracts, RootCalled, decode_event
from ledger.sender_port import Sender

Act: TypeAlias = Callable[[bytes], TransactionOutcome]

STATEMENT_LIFETIME: Final = 3600
"""Seconds for which the signatures of one decision count; a statement that was never carried out dies by itself."""

_Event = TypeVar("_Event")


def root_act(*, chain: Chain, contracts: Contracts, sender: Sender, members: Sequence[AccountKey]) -> Act:
    """Act as the root authority: ``members`` sign (EIP-712), ``sender`` carries.

    The contract checks threshold, membership, nonce and deadline; too few members are refused here before a signature
    is made in vain. Whoever sees the statement on its way may carry it first, so that ours finds its nonce used up:
    what the members decided is done then, and the act returns the other transaction's outcome. The act raises
    NotPermitted ``root.too-few-members``, Conflict ``chain.reverted``.
    """

    def act(inner: bytes) -> TransactionOutcome:
        threshold = _numbers(chain, contracts, sender, "rootAuthority()", "uint256,uint256")[1]
        if len({member.address for member in members}) < threshold:
            raise NotPermitted(
                "root.too-few-members",
                f"{len(members)} members agree; the root authority needs {threshold}.",
                "Get the agreement of further ministries.",
            )
        # The head first: whatever uses this nonce up comes after it.
        head = chain.head()
        (nonce,) = _numbers(chain, contracts, sender, "rootNonce()", "uint256")
        deadline = head.time + STATEMENT_LIFETIME
        digest = registry_calls.root_statement(chain.chain_id(), contracts.trust, inner, nonce, deadline)
        signatures = [member.sign_digest(digest) for member in sorted(members, key=lambda member: member.address)]
        data = registry_calls.call("execute(bytes,uint256,bytes[])", inner, deadline, signatures)
        try:
            return sender.send(f"root:{contracts.trust.hex()}:{nonce}:{sha256(inner).hex()}", contracts.trust, data)
        except Conflict:
            done = _carried_by_another(chain, contracts, RootCalled(nonce, keccak256(inner)), head.number)
            if done is None:
                raise
            return done

    return act


def _carried_by_another(
    chain: Chain, contracts: Contracts, wanted: RootCalled, from_block: int
) -> TransactionOutcome | None:
    """The transaction that made this very call of the root authority; None when none did."""
    for entry in chain.logs([contracts.trust], from_block, chain.head().number):
        if decode_event(entry.address, entry.topics, entry.data, contracts) == wanted:
            return chain.outcome(entry.tx_hash)
    return None


def admin_act(*, chain: Chain, contracts: Contracts, sender: Sender) -> Act:
    """Act as an agency's administrator (or as anybody without an office, to offer one's service), whose account is the
    sender's. The act raises Conflict ``chain.reverted``."""

    def act(inner: bytes) -> TransactionOutcome:
        nonce = chain.next_nonce(sender.address)
        return sender.send(f"act:{sender.address.hex()}:{nonce}:{sha256(inner).hex()}", contracts.trust, inner)

    return act


def told(
    chain: Chain,
    contracts: Contracts,
    outcome: TransactionOutcome,
    kind: type[_Event],
    meant: Callable[[_Event], bool] = lambda _: True,
) -> _Event:
    """The event of class ``kind`` that a transaction emitted and that is ``meant``: a stranger who carries statements
    of the root may carry several in one. Raises Corrupt ``chain.event-missing`` when there is none."""
    number = outcome.block.number
    for entry in chain.logs([contracts.trust], number, number):
        if entry.tx_hash == outcome.tx_hash:
            event = decode_event(entry.address, entry.topics, entry.data, contracts)
            if isinstance(event, kind) and meant(event):
                return event
    raise Corrupt("chain.event-missing", "The transaction succeeded without the event it must emit.", "Check the node.")


def _numbers(chain: Chain, contracts: Contracts, sender: Sender, question: str, answer: str) -> tuple[int, ...]:
    return registry_calls.result(answer, chain.simulate(sender.address, contracts.trust, registry_calls.call(question)))
