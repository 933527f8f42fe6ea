"""The bundle that ``docs/formats/bundle.md`` and ``credential.md`` show: made on paper, from fixed seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import base64url, canonical_json, merkle, qbft, receipt_proof, status_list, status_reasons, strict_rlp
from ledger import bundle as bundles
from ledger.anchor_log import AnchorEntry
from ledger.block_header import header_of_fields, parse_header
from ledger.bundle import EventProof, History, Inclusion, StatusProof
from ledger.data_integrity import ProofTemplate
from ledger.digest import Digest
from ledger.keccak import address_of_public_key
from ledger.label import Label
from ledger.merkle_log import MerkleLog
from ledger.multikey import encode_ed25519, key_hash
from ledger.receipt_proof import Log, Receipt
from ledger.registry_events import Anchored, Published, topic_of
from ledger.status_statement import statement
from ledger.trust_description import (
    Accreditation,
    Agency,
    ChainInfo,
    ContextEntry,
    CredentialTypeEntry,
    FieldEntry,
    LogCheckpoint,
    TrustDescription,
    ValidatorSet,
    agency_key,
)

ISSUER = "did:web:agency.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MULTIKEY = encode_ed25519(KEY.public_key().public_bytes_raw())
AGENCY, TYPE, CHAIN_ID, BLOCK, TIME = 7, 3, 1337, 100, 1_790_000_000
LIST = AGENCY << 32 | 1
INDEX = 94_567
CREATED = "2026-09-21T08:00:00Z"
VOCABULARY = "https://root.example/vocabulary#"
CONTEXT = canonical_json.canonicalize(
    {
        "@context": {
            "@protected": True,
            "DogLicence": VOCABULARY + "DogLicence",
            "dogName": VOCABULARY + "dogName",
            "keeperName": VOCABULARY + "keeperName",
        }
    }
)
CONTEXT_URL = f"https://root.example/contexts/DogLicence/1/{base64url.encode(sha256(CONTEXT).digest())}"
SIZE, PLACE, LOG_SIZE, LOG_PLACE = 64, 41, 9, 5
VALIDATORS = [PrivateKey(sha256(f"validator {number}".encode()).digest()) for number in range(4)]


def address(text: str) -> bytes:
    return sha256(text.encode()).digest()[:20]


REGISTRIES = {name: address(name) for name in ("TrustRegistry", "AnchorRegistry", "StatusRegistry")}


def word(value: int | bytes) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else value


def log(name: str, event: Anchored | Published, indexed: int) -> Log:
    values = [word(getattr(event, field)) for field in event.__dataclass_fields__]
    return Log(REGISTRIES[name], (topic_of(type(event)), *values[:indexed]), b"".join(values[indexed:]))


def status_entry(purpose: str, list_id: int) -> dict[str, str]:
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(INDEX),
        "statusListCredential": f"https://agency.example/status/{list_id}",
    }


DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", CONTEXT_URL],
    "id": "urn:uuid:5f0a2c1e-8f2b-4c69-9d0e-6f1c3b7a2d11",
    "type": ["VerifiableCredential", "DogLicence"],
    "issuer": ISSUER,
    "validFrom": "2026-09-22T00:00:00+08:00",
    "validUntil": "2027-09-21T23:59:59+08:00",
    "credentialSubject": {"dogName": "旺財", "keeperName": "張三"},
    "credentialStatus": [status_entry("revocation", LIST), status_entry("suspension", LIST + 1)],
}


@dataclass(frozen=True)
class Paper:
    """The credential (canonical), its bundle and the description under which it is valid."""

    credential: bytes
    bundle: bytes
    trust: TrustDescription


def made() -> Paper:
    credential = ProofTemplate(DOCUMENT["@context"], f"{ISSUER}#{MULTIKEY}", CREATED).secure(DOCUMENT, KEY.sign)
    leaves = [merkle.leaf_hash(b"neighbour %d" % number) for number in range(SIZE)]
    leaves[PLACE] = merkle.leaf_hash(credential)
    tree = merkle.Tree.from_leaves(b"".join(leaves))
    anchored = Anchored(AGENCY, TYPE, tree.root, SIZE, key_hash(MULTIKEY), LOG_PLACE, CHAIN_ID)
    bits, reasons = status_list.new_list(131_072), status_reasons.encode([])
    root, chunks = status_list.root(bits), status_list.chunk_count(bits)
    digest = status_reasons.digest(reasons)
    lists = [
        Published(AGENCY, list_id, 4, root, chunks, digest, CHAIN_ID) for list_id in (LIST, LIST + 1)
    ]  # fmt: skip
    logs = [
        log("AnchorRegistry", anchored, 3),
        *(log("StatusRegistry", one, 2) for one in lists),
    ]
    header, receipts = block(logs)
    qbft.verify_seals(parse_header(header), validators())
    proofs = [proof_of(header, receipts, number) for number in range(3)]
    number, chunk, path = status_list.chunk_proof(bits, INDEX)
    signer = base64url.encode(key_hash(MULTIKEY))
    status = [
        StatusProof(one.list_id, 4, number, bundles.deflate_chunk(chunk), path, None, signer, signature(one), proof)
        for one, proof in zip(lists, proofs[1:], strict=True)
    ]
    entry = AnchorEntry(
        CHAIN_ID,
        REGISTRIES["AnchorRegistry"],
        BLOCK,
        TIME,
        0,
        AGENCY,
        TYPE,
        tree.root,
        SIZE,
        anchored.key_hash,
        LOG_PLACE,
    )
    anchors = MerkleLog()
    for place in range(LOG_SIZE):
        anchors.append(merkle.leaf_hash(entry.to_bytes() if place == LOG_PLACE else b"entry %d" % place))
    inclusion = Inclusion(PLACE, SIZE, tree.path(PLACE))
    history = History(entry.to_bytes(), LOG_SIZE, anchors.path(LOG_PLACE, LOG_SIZE))
    data = bundles.write(credential, [(CONTEXT_URL, CONTEXT.decode())], inclusion, proofs[0], history, status)
    return Paper(credential, data, description(anchors.root()))


def signature(published: Published) -> str:
    return base64url.encode(KEY.sign(statement(REGISTRIES["StatusRegistry"], published)))


def block(logs: list[Log]) -> tuple[bytes, list[bytes]]:
    """A header sealed by three of four validators, and the receipts: one transaction for each log. ``listed`` are the
    validators that the header names (those of the network, when none are given)."""
    return sealed_block(logs)


def sealed_block(
    logs: list[Log],
    *,
    number: int = BLOCK,
    time: int = TIME,
    sealers: Sequence[PrivateKey] = VALIDATORS[:3],
    succeeded: bool = True,
    listed: Sequence[PrivateKey] | None = None,
) -> tuple[bytes, list[bytes]]:
    """The same of another number, time or outcome, sealed by others."""
    receipts = [
        receipt_proof.encode_receipt(Receipt(0, succeeded, 50_000 * (at + 1), receipt_proof.logs_bloom([one]), (one,)))
        for at, one in enumerate(logs)
    ]
    extra = qbft.ExtraData(bytes(32), tuple(sorted(validators(VALIDATORS if listed is None else listed))), None, 0, ())
    fields = [bytes(32)] * 2 + [bytes(20)] + [bytes(32)] * 2 + [receipt_proof.receipts_root(receipts)]
    fields += [
        receipt_proof.logs_bloom(logs),
        b"\x01",
        *map(strict_rlp.encode_uint, (number, 30_000_000, 150_000, time)),
    ]
    fields += [qbft.encode_extra_data(extra), bytes(qbft.MIX_HASH), bytes(8), b""]
    digest = qbft.seal_digest(header_of_fields(fields))
    seals = tuple(key.sign_recoverable(digest, hasher=None) for key in sealers)
    fields[12] = qbft.encode_extra_data(qbft.ExtraData(extra.vanity, extra.validators, None, 0, seals))
    return strict_rlp.encode(fields), receipts


def validators(keys: Sequence[PrivateKey] = VALIDATORS) -> list[bytes]:
    return [address_of_public_key(key.public_key.format(compressed=False)) for key in keys]


def proof_of(header: bytes, receipts: list[bytes], number: int) -> EventProof:
    nodes = tuple(base64url.encode(node) for node in receipt_proof.build_proof(receipts, number))
    return EventProof(base64url.encode(header), number, nodes, 0)


def description(log_root: Digest | None = None) -> TrustDescription:
    """The network; with a checkpoint of that root, if one is given, at the block itself."""
    chain = ChainInfo(
        CHAIN_ID,
        Digest(bytes(32)),
        "qbft",
        REGISTRIES["TrustRegistry"],
        REGISTRIES["AnchorRegistry"],
        REGISTRIES["StatusRegistry"],
        (ValidatorSet(0, None, tuple(validators())),),
    )
    closed = () if log_root is None else (LogCheckpoint(LOG_SIZE, log_root, BLOCK, TIME, "2026-09"),)
    key = agency_key(1, MULTIKEY, valid_from=TIME - 86_400, valid_until=TIME + 10**8)
    fields = tuple(FieldEntry(name, Label(name, name)) for name in ("dogName", "keeperName"))
    contexts = (ContextEntry(CONTEXT_URL, Digest(sha256(CONTEXT).digest())),)
    kind = CredentialTypeEntry(
        TYPE, "DogLicence", "credential", Label("犬证", "Dog licence"), "Asia/Shanghai", contexts, fields
    )
    name, may_issue = Label("犬类管理办公室", "Dog office"), (Accreditation(TYPE, 0, TIME + 10**8, None),)
    office = Agency(AGENCY, ISSUER, name, "active", TIME - 86_400, None, (key,), may_issue)
    return TrustDescription(chain, BLOCK + 10, TIME + 60, closed, (office,), (kind,))
