"""New validators take over, and the retired ones do what they can with their old keys.

In a copy of the installation, because the story goes on with the validators that it has. The root authority closes the
anchor log with a checkpoint; from the next block on four others seal the same chain. What was anchored before needs its
history path from then on: nobody guards retired keys.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from web3 import Web3

from adapters.bootstrap import VALIDATORS, Installation, error_names, now, open_installation
from adapters.chain_genesis import read_genesis
from adapters.chain_store import ChainStore
from adapters.embedded_chain import EmbeddedChain
from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain
from adapters.sealing_validators import SealingValidators
from adapters.settings import Settings
from examples.demo import papers
from examples.demo.attacks import Attacks
from examples.demo.forging import ForgedBatch, apart, bundle_around, event_like, own_block, sign_again, together
from examples.demo.papers import Paper
from ledger import base64url, merkle
from ledger.anchor_log import AnchorEntry
from ledger.bundle import EventProof, read_event_proof
from ledger.chain_reading import read_anchor_log
from ledger.digest import Digest
from ledger.key_port import Signer
from ledger.qbft import quorum
from ledger.trust_description import TrustDescription
from ledger.trusted_validators import TrustedValidators
from offices import evidence, issuing


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The installation after the handover: ``retired`` are the keys of those before, ``before`` is the description that
    closed their time, ``moved`` the same offices on the chain that others seal now."""

    moved: Installation
    retired: list[bytes]
    before: TrustDescription
    successors: tuple[bytes, ...]


@contextmanager
def handed_over(settings: Settings, copy: Path, robbed: Collection[int]) -> Iterator[HandedOver]:
    """Copy a closed installation and hand its chain over to four new validators. The agencies ``robbed`` of their
    sender's account publish nothing: the thief's version of their lists is the newest."""
    shutil.copytree(settings.data, copy)
    with open_installation(settings.model_copy(update={"data": copy})) as inst:
        papers.trust_pack(inst, close_log=True)
        before = evidence.newest_description(inst)
        assert before is not None, "it was made just now"
        assert inst.embedded is not None, "the demonstration runs on the embedded chain"
        inst.embedded.close()
        successors = SealingValidators([os.urandom(32) for _ in range(VALIDATORS)])
        folder = copy / "chain"
        chain = EmbeddedChain(ChainStore(folder), read_genesis(folder), successors, now)
        try:
            trusted = TrustedValidators(before.chain.validator_sets, successors.addresses)
            node = EvmChain(Web3(EmbeddedProvider(chain)), trusted.require_sealed, error_names=error_names())
            moved = replace(inst, embedded=chain, chain=node)
            for agency in moved.records.agencies():
                if agency.agency_id not in robbed:
                    issuing.publish_lists(moved, agency, every_list=True)
            retired = [inst.keys.secret(f"validator-{number}").reveal() for number in range(1, VALIDATORS + 1)]
            yield HandedOver(moved, retired, before, successors.addresses)
        finally:
            chain.close()


def new_packs(handed: HandedOver, folder: Path) -> None:
    """The trust pack that says who sealed until when, as the root authority's command makes it, and the status pack of
    lists published since."""
    (folder / "trust-pack-3.json").write_bytes(papers.trust_pack(handed.moved))
    (folder / "status-3.pack").write_bytes(evidence.status_pack_of(handed.moved))


def abuse(attacks: Attacks, handed: HandedOver, paper: Paper, bundle: bytes) -> None:
    """All retired keys in one hand, together with the signing key of an office that nobody knows to be stolen.
    ``paper`` is a genuine certificate of that office, ``bundle`` its bundle from before the handover."""
    inst, genuine = handed.moved, apart(bundle)
    holding = {"trustPack": "trust-pack-3.json", "statusPack": "status-3.pack"}
    row = inst.records.credential(paper.row.agency_id, paper.row.credential_pk)
    refreshed = evidence.bundle_of(inst, row)
    attacks.show("retired.not-refreshed", bundle, **holding)
    # With the history path and the newly published status it needs nothing but the trust pack.
    attacks.show("retired.refreshed", refreshed, **{**holding, "statusPack": None})

    key = inst.keys.issuing_key(issuing.current_key(inst, inst.records.agency(row.agency_id)).key_name)
    forged = _forge(genuine, key)
    batch = ForgedBatch.of(forged)
    real_event = read_event_proof(genuine["anchor"])
    event = event_like(real_event, batch)
    closed = handed.before.checkpoints[-1]
    sealing = handed.retired[: quorum(VALIDATORS)]
    retired = handed.before.chain.validator_sets[-1].validators

    def sealed(number: int, listed: tuple[bytes, ...], time: int | None = None) -> EventProof:
        return own_block(real_event, event, sealing, listed=listed, number=number, time=time)

    new_block = sealed(closed.block + 1, handed.successors, closed.time)
    attacks.show("retired.new-block", bundle_around(forged, genuine, batch.inclusion, new_block), **holding)
    old_block = sealed(closed.block - 1, retired)
    without = bundle_around(forged, genuine, batch.inclusion, old_block)
    attacks.show("retired.old-block", without, **holding)
    borrowed = apart(refreshed)["history"]
    attacks.show("retired.borrowed-history", together({**apart(without), "history": borrowed}), **holding)
    own = _own_history(handed, batch, base64url.decode(borrowed["entry"]), closed.block - 1)
    attacks.show("retired.own-history", together({**apart(without), "history": own}), **holding)


def _forge(genuine: dict[str, object], key: Signer) -> bytes:
    document = genuine["credential"]
    assert isinstance(document, dict)
    subject = {**document["credentialSubject"], "childName": "窃某"}
    return sign_again(document, key, document["proof"]["verificationMethod"], credentialSubject=subject)


def _own_history(handed: HandedOver, batch: ForgedBatch, genuine: bytes, block: int) -> dict[str, object]:
    """An entry that fits the forged event in every member, in a log of one's own that is as long as the real one."""
    inst = handed.moved
    history = read_anchor_log(inst.chain, inst.contracts(), handed.before.checkpoints[-1].block)
    entry = replace(AnchorEntry.from_bytes(genuine), root=Digest(batch.root), size=batch.inclusion.size, block=block)
    leaves = bytearray(b"".join(merkle.leaf_hash(one.to_bytes()) for one in history.entries))
    leaves[32 * entry.index : 32 * entry.index + 32] = merkle.leaf_hash(entry.to_bytes())
    path = merkle.Tree.from_leaves(leaves).path(entry.index)
    return {
        "entry": base64url.encode(entry.to_bytes()),
        "path": base64url.encode(path),
        "size": len(history.entries),
    }
