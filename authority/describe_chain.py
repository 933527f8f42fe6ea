"""Read everything that a trust description or a checkpoint rests on: no node is believed about any of it.

The validators are the caller's word. Their seals fix the last block, its header the one before it, and so on back to
the genesis block or to where the last walk ended; the blooms of these headers say which blocks have events.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ledger import qbft
from ledger.block_header import Header
from ledger.chain_news import require_reached
from ledger.chain_port import BlockRef, Chain
from ledger.chain_reading import AnchorHistory, anchor_log_of, registry_of
from ledger.chain_walk import Walked, events, walk
from ledger.errors import Conflict, Corrupt
from ledger.registry_events import Contracts
from ledger.trust_description import LogCheckpoint, ValidatorSet
from ledger.trust_folding import RegistryState
from ledger.trusted_validators import TrustedValidators, is_sealed

Progress = Callable[[int, int], None]
"""Told blocks done and blocks in all."""


@dataclass(frozen=True, slots=True)
class Described:
    """The registry and the anchor log as of ``head``, and the walk that showed them."""

    head: BlockRef
    state: RegistryState
    history: AnchorHistory
    walked: Walked


def describe_chain(
    chain: Chain,
    contracts: Contracts,
    validator_sets: Sequence[ValidatorSet],
    *,
    block: int | None = None,
    known: Walked | None = None,
    also: Collection[int] = (),
    progress: Progress | None = None,
) -> Described:
    """Walk to ``block`` (the newest, when none is named), which the last of ``validator_sets`` must have sealed, from
    where ``known`` ended; to a block named before that, from the genesis block.

    Raises Unavailable ``online.node-behind`` when the newest block is before where ``known`` ended: the node hides the
    rest. Raises Corrupt ``chain.not-sealed``, ``chain.broken-link``, ``chain.false-header``, ``chain.false-receipts``,
    ``anchor-log.gap``, ``trust-folding.impossible``; Unavailable when the node does not answer.
    """
    sealed = chain.trusting(TrustedValidators((*validator_sets[-1:],)).require_sealed)
    head = sealed.head() if block is None else sealed.block(block)
    addresses = (contracts.trust, contracts.anchor)
    if known is not None and block is None:
        require_reached(head.number, known.block)
    if known is not None and known.block > head.number:
        known = None
    walked = walk(chain, addresses, head, known=known, also=also, progress=progress)
    logs = list(events(chain, walked, addresses, head.number))
    return Described(head, registry_of(logs, contracts), anchor_log_of(logs, contracts), walked)


def require_kept(history: AnchorHistory, checkpoints: Sequence[LogCheckpoint]) -> None:
    """Return if the log keeps every checkpoint that was signed before: same entries, same blocks.

    Raises Corrupt ``anchor-log.rewritten``.
    """
    for checkpoint in checkpoints:
        size = sum(entry.block <= checkpoint.block for entry in history.entries)
        if size != checkpoint.size or history.log.root(size) != checkpoint.root:
            raise Corrupt(
                "anchor-log.rewritten",
                f"The chain's anchor log is not the one that was signed at block {checkpoint.block}.",
                "Sign nothing. Ask another node; if it says the same, compare with the other members of the root.",
                number=checkpoint.block,
            )


@dataclass(frozen=True, slots=True)
class HandOver:
    """Where one set of validators gave way to the next: ``last`` is the header of the former set's last block."""

    last: Header
    first: Header

    def require_walked(self, walked: Walked) -> None:
        """Return if both blocks are on the chain that was walked. Raises Corrupt ``chain.broken-link``."""
        last = qbft.block_hash(self.last)
        found = dict(walked.places)
        if self.first.parent_hash != last or found.get(self.first.number) != qbft.block_hash(self.first):
            raise Corrupt(
                "chain.broken-link",
                f"Block {self.first.number} does not follow from the blocks before it, as they are known here.",
                "Ask another node, and have this one looked after.",
                number=self.first.number,
            )


def find_handover(chain: Chain, former: ValidatorSet, successors: tuple[bytes, ...], head: int) -> HandOver:
    """The block at which ``former`` gave way to ``successors``, by bisection: not after ``head``, nor before the set's
    own first block.

    Raises Conflict ``trust-pack.validators-not-yet`` when ``former`` sealed ``head`` itself,
    ``trust-pack.validators-between`` when others came between the two.
    """
    low, high = former.from_block, head  # blocks up to low are former's, high is not
    if is_sealed(chain.unverified_header(high), former.validators):
        raise Conflict(
            "trust-pack.validators-not-yet",
            "The newest block is still sealed by the former validators.",
            "Make the trust pack once the new validators have sealed a block.",
        )
    while high - low > 1:
        middle = (low + high) // 2
        if is_sealed(chain.unverified_header(middle), former.validators):
            low = middle
        else:
            high = middle
    first = chain.unverified_header(high)
    if not is_sealed(first, successors):
        raise Conflict(
            "trust-pack.validators-between",
            f"Block {high}, the first that the former validators did not seal, is not sealed by the new ones either.",
            "Name the validators of that block, and describe the chain up to a block of theirs (--block) first.",
            number=high,
        )
    return HandOver(chain.unverified_header(high - 1), first)
