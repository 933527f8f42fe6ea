"""Anybody with a node may derive a trust pack's description anew and compare."""

from __future__ import annotations

from ledger.chain_port import Chain
from ledger.chain_reading import read_anchor_log, read_registry
from ledger.trust_derivation import describe, differences, names_of
from ledger.trust_description import ChainInfo, TrustDescription


def check_trust_pack(*, chain: Chain, description: TrustDescription) -> list[str]:
    """What the description says otherwise than the chain at the description's block; empty when they agree.

    Names are the root's word and are taken as given; everything else, checkpoints of the anchor log included, is read
    from the chain. The validator sets are compared by whoever runs validators (``docs/formats/trust-description.md``).
    """
    told = description.chain
    contracts = told.contracts()
    state = read_registry(chain, contracts, description.block)
    derived = describe(
        state,
        names_of(description),
        chain=ChainInfo(
            chain_id=chain.chain_id(),
            genesis=chain.genesis_hash(),
            engine=told.engine,
            trust_registry=told.trust_registry,
            anchor_registry=told.anchor_registry,
            status_registry=told.status_registry,
            validator_sets=told.validator_sets,
        ),
        checkpoints=description.checkpoints,
        block=description.block,
        time=chain.block(description.block).time,
    )
    found = differences(description, derived)
    history = read_anchor_log(chain, contracts, description.block)
    for position, checkpoint in enumerate(description.checkpoints):
        size = sum(entry.block <= checkpoint.block for entry in history.entries)
        if size != checkpoint.size or history.log.root(size) != checkpoint.root:
            found.append(f"checkpoints/{position}: the chain's anchor log has another size or root at that block")
    return found
