"""Derive a trust description from the chain and sign it as the next trust pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger import trust_pack_signing
from ledger.chain_port import BlockRef, Chain
from ledger.chain_reading import read_anchor_log, read_registry
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


def derive_description(
    *,
    chain: Chain,
    network: Network,
    names: Names,
    checkpoints: Sequence[LogCheckpoint],
    close_log: bool = False,
) -> TrustDescription:
    """What the chain says at its head. ``close_log`` adds a checkpoint of the anchor log there: from then on bundles of
    earlier blocks need their history path.

    Raises like ``ledger.trust_derivation.describe``.
    """
    head = chain.head()
    contracts = network.contracts
    closed = [*checkpoints, _checkpoint(chain, contracts, head)] if close_log else list(checkpoints)
    return describe(
        read_registry(chain, contracts, head.number),
        names,
        chain=ChainInfo(
            chain_id=chain.chain_id(),
            genesis=chain.genesis_hash(),
            engine=network.engine,
            trust_registry=contracts.trust,
            anchor_registry=contracts.anchor,
            status_registry=contracts.status,
            validator_sets=network.validator_sets,
        ),
        checkpoints=closed,
        block=head.number,
        time=head.time,
    )


def sign_trust_pack(
    *, description: TrustDescription, previous: bytes | None, root: RootKeys, expires: datetime, signers: Signers
) -> bytes:
    """The pack that follows ``previous``, or the first one (whose first root verifiers pin).

    Raises like ``ledger.trust_pack_signing.make`` and ``next_pack``.
    """
    if previous is None:
        return trust_pack_signing.make(description, root=root, expires=expires, signers=signers)
    return trust_pack_signing.next_pack(previous, description, expires=expires, signers=signers)


def _checkpoint(chain: Chain, contracts: Contracts, head: BlockRef) -> LogCheckpoint:
    history = read_anchor_log(chain, contracts, head.number)
    closed = history.log.checkpoint(head.number, head.time)
    period = datetime.fromtimestamp(head.time, UTC).strftime("%Y-%m")
    return LogCheckpoint(closed.size, closed.root, closed.block, closed.time, period)
