"""Verifying: the rate against raw Ed25519, and the sizes of what travels."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import samples
from bench.figures import Row, at_least, at_most, interleaved
from ledger import bundle, merkle, qbft, receipt_proof, status_list, status_pack, status_reasons, strict_rlp
from ledger.block_header import encode_header, header_of_fields
from ledger.bundle import EventProof, Inclusion
from ledger.chain_port import BlockEvidence
from ledger.digest import Digest
from ledger.event_proofs import prove_event
from ledger.issuance import secure
from ledger.keccak import address_of_public_key
from ledger.key_port import Signer
from ledger.label import Label
from ledger.multikey import key_hash
from ledger.receipt_proof import Log, Receipt
from ledger.registry_events import Anchored, Published, topic_of
from ledger.status_statement import SignedBy, statement
from ledger.trust_description import (
    Accreditation,
    Agency,
    ChainInfo,
    ContextEntry,
    CredentialTypeEntry,
    TrustDescription,
    ValidatorSet,
    agency_key,
)
from ledger.type_members import field_entries
from ledger.verification import Verifier

NOW = 1_800_000_000
CHAIN_ID = 20161
BATCH = 1_000
LISTED = 1_000_000
LIST_SIZE = 1 << 20
_REGISTRY = {name: bytes([at]) * 20 for at, name in enumerate(("trust", "anchor", "status"), 1)}


class Network:
    """Four validators that seal blocks with whatever logs are asked for: header and receipts as Besu writes them."""

    def __init__(self) -> None:
        self._keys = [PrivateKey(os.urandom(32)) for _ in range(4)]
        self.validators = tuple(
            sorted(address_of_public_key(key.public_key.format(compressed=False)) for key in self._keys)
        )
        self._number = 0

    def prove(self, log: Log) -> EventProof:
        """A sealed block with one transaction that emitted ``log``, and its proof."""
        self._number += 1
        receipt = receipt_proof.encode_receipt(Receipt(0, True, 65_000, receipt_proof.logs_bloom([log]), (log,)))
        extra = qbft.ExtraData(bytes(32), self.validators, None, 0, ())
        fields = [
            bytes(32), bytes(32), self.validators[0], bytes(32), bytes(32), receipt_proof.receipts_root([receipt]),
            receipt_proof.logs_bloom([log]), b"\x01", strict_rlp.encode_uint(self._number),
            strict_rlp.encode_uint(30_000_000), strict_rlp.encode_uint(65_000), strict_rlp.encode_uint(NOW - 60),
            qbft.encode_extra_data(extra), bytes(qbft.MIX_HASH), bytes(8), b"",
        ]  # fmt: skip
        digest = qbft.seal_digest(header_of_fields(fields))
        seals = tuple(key.sign_recoverable(digest, hasher=None) for key in self._keys[:3])
        fields[12] = qbft.encode_extra_data(qbft.ExtraData(bytes(32), self.validators, None, 0, seals))
        return prove_event(BlockEvidence(encode_header(header_of_fields(fields)), (receipt,)), 0, 0)


def rows() -> Iterator[Row]:
    """All figures of verifying, and sizes."""
    work = samples.bench()
    network = Network()
    claims = samples.claims(BATCH)
    secured = secure(work.frame, work.proof, work.kind, claims, work.key.sign_many, work.secret)
    tree = merkle.Tree.from_leaves(b"".join(secured.leaves))
    proof = network.prove(_anchored(tree, work.key.multikey()))
    context = [(work.frame.context_url, work.kind.context_bytes.decode())]
    bundles = [
        bundle.write(one, context, Inclusion(at, BATCH, tree.path(at)), proof)
        for at, one in enumerate(secured.canonical)
    ]
    key = work.key
    lists = [_list(network, key, work.frame.revocation_list, []), _list(network, key, work.frame.suspension_list, [])]
    pack = status_pack.load(status_pack.write(NOW, lists))
    verifier = Verifier(_trust(network, work), now=datetime.fromtimestamp(NOW, UTC), status=pack)

    def verify() -> int:
        return sum(verifier.verify_bytes(data).verified for data in bundles)

    if verify() != BATCH:
        raise SystemExit("a bundle of the bench does not verify")
    own, _, ratio = interleaved(verify, raw_verifying)
    yield at_least("verify a bundle", round(1 / own), "bundles/s", "raw Ed25519 verify", ratio, 0.75, 1.30)
    sizes = [
        len(bundle.write(one, (), Inclusion(at, BATCH, tree.path(at)))) for at, one in enumerate(secured.canonical)
    ]
    yield at_most("credential with proof and path, 10 claims, batch of 1,000", max(sizes), "B", 2_500, 2_250)
    yield at_most("bundle with context and anchor", max(map(len, bundles)), "B", 16_000, 12_000)
    yield _status_pack_size(network, key, work.frame.revocation_list)


def raw_verifying() -> int:
    """The baseline: Ed25519 verification of 64 bytes with ``cryptography``."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, message = key.public_key(), os.urandom(64)
    signature = key.sign(message)
    for _ in range(1_000):
        public.verify(signature, message)
    return 1_000


def _status_pack_size(network: Network, key: Signer, list_id: int) -> Row:
    """1,000,000 certificates, 1 % revoked in runs on 250 working days, 200 held, both lists with reasons and proofs."""
    chance = random.Random(20161)
    chosen = chance.sample(range(LISTED), LISTED // 100 + 200)
    revoked = [status_reasons.Entry(i, "revoked", NOW - 86_400 * chance.randrange(250)) for i in chosen[200:]]
    held = [status_reasons.Entry(i, "held", NOW - 86_400 * chance.randrange(30)) for i in chosen[:200]]
    packed = status_pack.write(NOW, [_list(network, key, list_id, revoked), _list(network, key, list_id + 1, held)])
    return at_most("status pack, 1,000,000 credentials, 1 % revoked on 250 days", len(packed), "B", 40_000, 20_000)


def _list(network: Network, key: Signer, list_id: int, entries: list[status_reasons.Entry]) -> status_pack.PackedList:
    bits = status_list.new_list(LIST_SIZE)
    for entry in entries:
        status_list.put(bits, entry.index, True)
    reasons = status_reasons.encode(entries)
    published = Published(
        list_id >> 32, list_id, 1, status_list.root(bits), len(bits) // 1024, status_reasons.digest(reasons), CHAIN_ID
    )
    topics = (topic_of(Published), _word(list_id >> 32), _word(list_id))
    data = _word(1) + published.root + _word(published.chunks) + published.reasons_digest + _word(CHAIN_ID)
    proof = network.prove(Log(_REGISTRY["status"], topics, data))
    purpose: status_reasons.Purpose = "revocation" if list_id & 1 else "suspension"
    signed = SignedBy(key_hash(key.multikey()), key.sign(statement(_REGISTRY["status"], published)))
    return status_pack.pack_list(list_id, purpose, 1, bytes(bits), reasons, proof, signed)


def _anchored(tree: merkle.Tree, multikey: str) -> Log:
    topics = (topic_of(Anchored), _word(samples.AGENCY_ID), _word(1), bytes(tree.root))
    return Log(_REGISTRY["anchor"], topics, _word(tree.size) + key_hash(multikey) + _word(0) + _word(CHAIN_ID))


def _trust(network: Network, work: samples.Bench) -> TrustDescription:
    kind = work.kind
    key = agency_key(1, work.key.multikey(), valid_from=0, valid_until=2**40)
    contexts = (ContextEntry(work.frame.context_url, kind.context_digest),)
    may_issue = (Accreditation(1, 0, 2**40, None),)
    return TrustDescription(
        chain=ChainInfo(
            chain_id=CHAIN_ID,
            genesis=Digest(bytes(32)),
            engine="qbft",
            trust_registry=_REGISTRY["trust"],
            anchor_registry=_REGISTRY["anchor"],
            status_registry=_REGISTRY["status"],
            validator_sets=(ValidatorSet(0, None, network.validators),),
        ),
        block=10,
        time=NOW,
        checkpoints=(),
        agencies=(Agency(1, work.frame.issuer, Label("甲", "A"), "active", 0, None, (key,), may_issue),),
        types=(
            CredentialTypeEntry(1, kind.name, "credential", kind.label, str(kind.zone), contexts, field_entries(kind)),
        ),
    )


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
