"""Derive a trust description from the chain and sign it as the next trust pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from authority.describe_chain import Described, Progress, describe_chain, find_handover, require_kept
from ledger import trust_pack_signing
from ledger.chain_port import Chain
from ledger.chain_walk import Walked
from ledger.registry_events import Contracts
from ledger.trust_derivation import Names, describe
from ledger.trust_description import ChainInfo, LogCheckpoint, TrustDescription, ValidatorSet
from ledger.trust_pack_signing import RootKeys, Signers


@dataclass(frozen=True, slots=True)
class Network:
    """The network that a description is of. ``engine`` names how headers are sealed: "qbft"."""

    contracts: Contracts
    validator_sets: tuple[ValidatorSet, ...]
    engine: str = "qbft"


@dataclass(frozen=True, slots=True)
class Derived:
    """A description, the accounts of the root authority's members (20 bytes each) and how many of them must agree, as
    the same events tell, and the walk that all of it rests on: whoever derives the next one may go on from there."""

    description: TrustDescription
    members: frozenset[bytes]
    threshold: int
    walked: Walked


def derive_description(
    *,
    chain: Chain,
    network: Network,
    names: Names,
    checkpoints: Sequence[LogCheckpoint],
    close_log: bool = False,
    successors: Sequence[bytes] = (),
    block: int | None = None,
    known: Walked | None = None,
    progress: Progress | None = None,
) -> Derived:
    """What the chain says at ``block`` (its head, when none is named), which the network's validators in force sealed;
    nothing rests on the word of a node (``authority.describe_chain``).

    ``close_log`` adds a checkpoint of the anchor log there: from then on bundles of earlier blocks need their history
    path. ``successors`` took over from the set in force: the log is closed with that one's last block, and theirs is
    the set in force from the next block on.

    Raises like ``describe_chain``, ``find_handover`` and ``ledger.trust_derivation.describe``; Corrupt
    ``anchor-log.rewritten`` when the log no longer holds a checkpoint that was signed.
    """
    contracts, sets, handover = network.contracts, network.validator_sets, None
    if successors:
        newest = chain.trusting(lambda header: None).head().number if block is None else block
        handover = find_handover(chain, sets[-1], tuple(successors), newest)
        former = replace(sets[-1], to_block=handover.last.number)
        sets = (*sets[:-1], former, ValidatorSet(handover.first.number, None, tuple(successors)))
    also = () if handover is None else (handover.first.number,)
    found = describe_chain(chain, contracts, sets, block=block, known=known, also=also, progress=progress)
    require_kept(found.history, checkpoints)
    closed = list(checkpoints)
    if handover is not None:
        handover.require_walked(found.walked)
        if not closed or closed[-1].block < handover.last.number:
            closed.append(_checkpoint(found, handover.last.number, handover.last.time))
    # Blocks of the embedded chain may share a second, and a checkpoint is found by its time: the next one closes more.
    if close_log and (not closed or closed[-1].time < found.head.time):
        closed.append(_checkpoint(found, found.head.number, found.head.time))
    description = describe(
        found.state,
        names,
        chain=ChainInfo(
            chain_id=chain.chain_id(),
            genesis=found.walked.genesis,
            engine=network.engine,
            trust_registry=contracts.trust,
            anchor_registry=contracts.anchor,
            status_registry=contracts.status,
            validator_sets=sets,
        ),
        checkpoints=closed,
        block=found.head.number,
        time=found.head.time,
    )
    return Derived(description, found.state.members, found.state.threshold, found.walked)


def sign_trust_pack(
    *, description: TrustDescription, previous: bytes | None, root: RootKeys, expires: datetime, signers: Signers
) -> bytes:
    """The pack that follows ``previous``, or the first one (whose first root verifiers pin).

    Raises like ``ledger.trust_pack_signing.make`` and ``next_pack``.
    """
    if previous is None:
        return trust_pack_signing.make(description, root=root, expires=expires, signers=signers)
    return trust_pack_signing.next_pack(previous, description, expires=expires, signers=signers)


def _checkpoint(found: Described, block: int, time: int) -> LogCheckpoint:
    """The log up to and including ``block``, whose time is ``time``."""
    size = sum(entry.block <= block for entry in found.history.entries)
    closed = found.history.log.checkpoint(block, time, size)
    period = datetime.fromtimestamp(time, UTC).strftime("%Y-%m")
    return LogCheckpoint(closed.size, closed.root, closed.block, closed.time, period)
