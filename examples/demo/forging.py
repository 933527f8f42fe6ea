"""The forger's tools: bundles taken apart and put together again, credentials signed with keys of any origin, events
that no registry emitted, blocks that nobody agreed on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from coincurve import PrivateKey

from adapters.account_key import Secp256k1Account
from ledger import base64url, canonical_json, merkle, qbft, receipt_proof, registry_calls, strict_rlp
from ledger import bundle as bundles
from ledger.block_header import encode_header, header_of_fields, parse_header
from ledger.bundle import EventProof, Inclusion
from ledger.chain_port import Chain, TransactionOutcome
from ledger.data_integrity import ProofTemplate
from ledger.event_proofs import prove_event
from ledger.keccak import keccak256
from ledger.key_port import Signer
from ledger.receipt_proof import Log, Receipt

Document = dict[str, Any]
_STATE_ROOT, _RECEIPTS_ROOT, _BLOOM, _NUMBER, _TIME = 3, 5, 6, 8, 11
_BATCH: Final = 64
_GAS: Final = 3_000_000


def apart(bundle: bytes) -> Document:
    """A bundle's members."""
    members: Document = json.loads(bundle)
    return members


def together(members: Mapping[str, Any]) -> bytes:
    """A bundle of members."""
    return canonical_json.canonicalize(dict(members))


def flipped(data: bytes, position: int) -> bytes:
    """``data`` with the lowest bit of one byte turned over."""
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


def flipped_text(text: str, position: int) -> str:
    """The same for base64url."""
    return base64url.encode(flipped(base64url.decode(text), position))


def sign_again(document: Document, key: Signer, method: str, *, created: datetime | None = None, **other: Any) -> bytes:
    """The canonical bytes of a credential like ``document``, with ``other`` members, signed by ``key``, which the
    proof names as ``method``."""
    unsigned = {**{name: value for name, value in document.items() if name != "proof"}, **other}
    stamp = (created or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ProofTemplate(unsigned["@context"], method, stamp).secure(unsigned, key.sign)


@dataclass(frozen=True, slots=True)
class ForgedBatch:
    """A batch of one credential among chance: what its path and root are."""

    root: bytes
    inclusion: Inclusion

    @classmethod
    def of(cls, canonical: bytes) -> ForgedBatch:
        """The batch around a credential."""
        leaves = merkle.leaf_hash(canonical) + os.urandom(32 * (_BATCH - 1))
        tree = merkle.Tree.from_leaves(leaves)
        return cls(tree.root, Inclusion(0, _BATCH, tree.path(0)))


def bundle_around(
    canonical: bytes, like: Mapping[str, Any], inclusion: Inclusion | None = None, anchor: EventProof | None = None
) -> bytes:
    """A bundle around a forged credential, with the context that ``like`` brings."""
    contexts = [(one["url"], one["content"]) for one in like["context"]]
    return bundles.write(canonical, contexts, inclusion, anchor)


class Outlaw:
    """An account that nobody gave a right, and that does not ask before it sends."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._account = Secp256k1Account(os.urandom(32))

    @property
    def address(self) -> bytes:
        """The account."""
        return self._account.address

    def send(self, to: bytes | None, data: bytes) -> TransactionOutcome:
        """Force a transaction into the chain, whatever comes of it."""
        raw, tx_hash = self._account.sign_transaction(
            {
                "chainId": self._chain.chain_id(),
                "nonce": self._chain.next_nonce(self.address),
                "gasPrice": 0,
                "gas": _GAS,
                "to": to or b"",
                "value": 0,
                "data": data,
            }
        )
        self._chain.submit(raw)
        outcome = self._chain.outcome(tx_hash)
        assert outcome is not None, "the embedded chain makes a block of every transaction"
        return outcome


def proof_of(chain: Chain, outcome: TransactionOutcome) -> EventProof:
    """Proof of the first event of a transaction, whether it has one or not."""
    return prove_event(chain.block_evidence(outcome.block.number), outcome.index, 0)


def anchor_call(batch: ForgedBatch, type_id: int, key_id: int) -> bytes:
    """Call data that anchors a forged batch."""
    return registry_calls.anchor(batch.root, batch.inclusion.size, type_id, key_id)


def event_like(proof: EventProof, batch: ForgedBatch) -> Log:
    """The event that an anchor's proof shows, with the root and size of another batch."""
    nodes = [base64url.decode(node) for node in proof.receipt]
    header = parse_header(base64url.decode(proof.header))
    receipt = receipt_proof.decode_receipt(receipt_proof.verify_proof(header.receipts_root, proof.receipt_index, nodes))
    genuine = receipt.logs[proof.log_index]
    size = batch.inclusion.size.to_bytes(32, "big")
    return replace(genuine, topics=(*genuine.topics[:3], batch.root), data=size + genuine.data[32:])


def emitting_contract(event: Log) -> bytes:
    """Creation code that does nothing but emit an event, from an address of its own."""
    words = [event.data[at : at + 32] for at in range(0, len(event.data), 32)]
    stores = b"".join(b"\x7f" + word + b"\x60" + bytes((32 * at,)) + b"\x52" for at, word in enumerate(words))
    topics = b"".join(b"\x7f" + topic for topic in reversed(event.topics))
    log = bytes((0xA0 + len(event.topics),))
    return stores + topics + b"\x60" + bytes((len(event.data),)) + b"\x60\x00" + log + b"\x00"


def own_block(
    like: EventProof,
    event: Log,
    keys: Sequence[bytes],
    *,
    listed: Sequence[bytes],
    number: int | None = None,
    time: int | None = None,
) -> EventProof:
    """A block that holds ``event``, made of the header that ``like`` shows and sealed with ``keys``, each as often as
    it comes; ``listed`` are the validators that the header says there are."""
    receipt = receipt_proof.encode_receipt(Receipt(0, True, 65_000, receipt_proof.logs_bloom([event]), (event,)))
    fields = list(parse_header(base64url.decode(like.header)).fields)
    fields[_RECEIPTS_ROOT] = receipt_proof.receipts_root([receipt])
    fields[_BLOOM] = receipt_proof.logs_bloom([event])
    if number is not None:
        fields[_NUMBER] = strict_rlp.encode_uint(number)
    if time is not None:
        fields[_TIME] = strict_rlp.encode_uint(time)
    bare = header_of_fields(fields)
    extra = qbft.ExtraData(bytes(qbft.VANITY_SIZE), tuple(sorted(listed)), None, 0, ())
    digest = keccak256(encode_header(bare, extra_data=qbft.encode_extra_data(extra)))
    seals = tuple(PrivateKey(key).sign_recoverable(digest, hasher=None) for key in keys)
    sealed = encode_header(bare, extra_data=qbft.encode_extra_data(replace(extra, seals=seals)))
    nodes = receipt_proof.build_proof([receipt], 0)
    return EventProof(base64url.encode(sealed), 0, tuple(map(base64url.encode, nodes)), 0)


def with_other_state(header: str) -> str:
    """A header with one byte of its state root changed, and its old seals."""
    fields = list(parse_header(base64url.decode(header)).fields)
    fields[_STATE_ROOT] = flipped(fields[_STATE_ROOT], 20)
    return base64url.encode(encode_header(header_of_fields(fields)))


def with_seals(header: str, change: Any) -> str:
    """A header whose tuple of seals went through ``change``."""
    parsed = parse_header(base64url.decode(header))
    extra = qbft.decode_extra_data(parsed.extra_data)
    changed = replace(extra, seals=tuple(change(extra.seals)))
    return base64url.encode(encode_header(parsed, extra_data=qbft.encode_extra_data(changed)))
