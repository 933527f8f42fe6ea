"""Anybody with a node may derive a trust pack's description anew and compare."""

from __future__ import annotations

from authority.describe_chain import Progress, describe_chain
from ledger.chain_port import Chain
from ledger.errors import Corrupt
from ledger.trust_derivation import describe, differences, names_of
from ledger.trust_description import ChainInfo, TrustDescription


def check_trust_pack(*, chain: Chain, description: TrustDescription, progress: Progress | None = None) -> list[str]:
    """What the description says otherwise than the chain at the description's block; empty when they agree.

    Names are the root's word and are taken as given; everything else, checkpoints of the anchor log included, is read
    from the chain, from its genesis block on. The validator sets are compared by whoever runs validators
    (``docs/formats/trust-description.md``); the description's block must be sealed by the one that it says is in force.

    Raises like ``authority.describe_chain.describe_chain``.
    """
    told = description.chain
    try:
        found_on_chain = describe_chain(
            chain, told.contracts(), told.validator_sets, block=description.block, progress=progress
        )
    except Corrupt as error:
        if error.code != "chain.not-sealed":
            raise
        chain.block(int(error.detail["number"]))  # if those trusted here did not seal it either, the node is at fault
        return [f"chain/validators: block {error.detail['number']} is not sealed by a quorum of those described"]
    derived = describe(
        found_on_chain.state,
        names_of(description),
        chain=ChainInfo(
            chain_id=chain.chain_id(),
            genesis=found_on_chain.walked.genesis,
            engine=told.engine,
            trust_registry=told.trust_registry,
            anchor_registry=told.anchor_registry,
            status_registry=told.status_registry,
            validator_sets=told.validator_sets,
        ),
        checkpoints=description.checkpoints,
        block=description.block,
        time=found_on_chain.head.time,
    )
    found = differences(description, derived)
    history = found_on_chain.history
    for position, checkpoint in enumerate(description.checkpoints):
        size = sum(entry.block <= checkpoint.block for entry in history.entries)
        if size != checkpoint.size or history.log.root(size) != checkpoint.root:
            found.append(f"checkpoints/{position}: the chain's anchor log has another size or root at that block")
    return found
