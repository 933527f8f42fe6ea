"""Bundles as forgers make them, on the network of ``paper_bundle``: any part may be another's.

    Forgery(document=DOCUMENT | {"validUntil": "2999-01-01"}).bundle()            altered, signed again by A's key
    Forgery(key=OTHER_KEY, event={"agency_id": OTHER}).bundle()                   …

Two agencies: A (``paper_bundle.ISSUER``) issues dog licences, B (``OTHER_ISSUER``) too; a second type, a degree, is
nobody's of the two unless a test says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import paper_bundle as paper
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.signing import SigningKey

from ledger import base64url, canonical_json, merkle, trust_pack_signing
from ledger import bundle as bundles
from ledger.anchor_log import AnchorEntry
from ledger.bundle import History, Inclusion
from ledger.data_integrity import ProofTemplate
from ledger.digest import Digest
from ledger.label import Label
from ledger.merkle_log import MerkleLog
from ledger.multikey import encode_ed25519, key_hash
from ledger.registry_events import Anchored
from ledger.status_pack import StatusPack
from ledger.trust_description import (
    Accreditation,
    Agency,
    ContextEntry,
    CredentialTypeEntry,
    FieldEntry,
    LogCheckpoint,
    TrustDescription,
    ValidatorSet,
    agency_key,
)
from ledger.trust_pack_signing import RootKeys, Signers
from ledger.verdict import Verification
from ledger.verification import Verifier

NOW = datetime.fromtimestamp(paper.TIME + 2 * 86_400, UTC)
OTHER, OTHER_ISSUER = 8, "did:web:other.example"
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER_MULTIKEY = encode_ed25519(OTHER_KEY.public_key().public_bytes_raw())
DEGREE = 4
DEGREE_CONTEXT = canonical_json.canonicalize({"@context": {"@protected": True, "Degree": "https://root.example/#D"}})
DEGREE_URL = f"https://root.example/contexts/Degree/1/{base64url.encode(sha256(DEGREE_CONTEXT).digest())}"
RETIRED = [PrivateKey(sha256(f"retired {number}".encode()).digest()) for number in range(4)]
PLAIN = {name: value for name, value in paper.DOCUMENT.items() if name != "credentialStatus"}
"""The document without status lists: they have tests of their own, and B has none."""

FORGED = PLAIN | {"credentialSubject": {"dogName": "龍", "keeperName": "偽造者"}}
TO_B = {"agency_id": OTHER, "key_hash": key_hash(OTHER_MULTIKEY)}
GRADUATE = PLAIN | {
    "@context": ["https://www.w3.org/ns/credentials/v2", DEGREE_URL],
    "type": ["VerifiableCredential", "Degree"],
    "credentialSubject": {"keeperName": "張三"},
}


@dataclass(frozen=True)
class Forgery:
    """A bundle to be. ``event`` replaces members of what is anchored, ``without`` leaves parts of the bundle out,
    ``leaf`` is a credential that the batch holds in place of this one, ``validators`` are others that the header lists
    and that all seal it."""

    document: Mapping[str, Any] = field(default_factory=lambda: paper.DOCUMENT)
    key: Ed25519PrivateKey = paper.KEY
    method: str = f"{paper.ISSUER}#{paper.MULTIKEY}"
    created: str = paper.CREATED
    context: tuple[str, str] = (paper.CONTEXT_URL, paper.CONTEXT.decode())
    event: Mapping[str, Any] = field(default_factory=dict)
    contract: bytes = paper.REGISTRIES["AnchorRegistry"]
    number: int = paper.BLOCK
    time: int = paper.TIME
    sealers: Sequence[PrivateKey] = tuple(paper.VALIDATORS[:3])
    validators: Sequence[PrivateKey] | None = None
    succeeded: bool = True
    leaf: bytes | None = None
    without: frozenset[str] = frozenset(("history",))

    def credential(self) -> bytes:
        """Signed by ``key``, whoever's that is."""
        template = ProofTemplate(self.document["@context"], self.method, self.created)
        return template.secure(dict(self.document), self.key.sign)

    def bundle(self, **changes: Any) -> bytes:
        """The file; ``changes`` replace its members."""
        credential = self.credential()
        leaves = [merkle.leaf_hash(b"neighbour %d" % number) for number in range(paper.SIZE)]
        leaves[paper.PLACE] = merkle.leaf_hash(self.leaf or credential)
        tree = merkle.Tree.from_leaves(b"".join(leaves))
        anchored = replace(
            Anchored(
                paper.AGENCY, paper.TYPE, tree.root, paper.SIZE, key_hash(paper.MULTIKEY), paper.LOG_PLACE,
                paper.CHAIN_ID,
            ),
            **self.event,
        )  # fmt: skip
        made = replace(paper.log("AnchorRegistry", anchored, 3), address=self.contract)
        header, receipts = paper.sealed_block(
            [made], number=self.number, time=self.time, sealers=self.validators or self.sealers,
            succeeded=self.succeeded, listed=self.validators,
        )  # fmt: skip
        entry = AnchorEntry(
            anchored.chain_id, self.contract, self.number, self.time, 0, anchored.agency_id, anchored.type_id,
            anchored.root, anchored.size, anchored.key_hash, anchored.index,
        )  # fmt: skip
        whole = json.loads(
            bundles.write(
                credential,
                [self.context],
                Inclusion(paper.PLACE, paper.SIZE, tree.path(paper.PLACE)),
                paper.proof_of(header, receipts, 0),
                History(entry.to_bytes(), paper.LOG_SIZE, logged(entry).path(paper.LOG_PLACE, paper.LOG_SIZE)),
                good().status if "credentialStatus" in self.document else (),
            )
        )
        kept = {name: value for name, value in whole.items() if name not in self.without}
        return canonical_json.canonicalize(kept | changes)


def logged(entry: AnchorEntry) -> MerkleLog:
    """A log of nine anchors with ``entry`` in its place."""
    log = MerkleLog()
    for place in range(paper.LOG_SIZE):
        log.append(merkle.leaf_hash(entry.to_bytes() if place == paper.LOG_PLACE else b"entry %d" % place))
    return log


@cache
def made() -> paper.Paper:
    """The bundle that is no forgery."""
    return paper.made()


@cache
def good() -> bundles.Bundle:
    """The same, read."""
    return bundles.read(made().bundle)


def part(name: str) -> Any:
    """A member of the good bundle."""
    return json.loads(made().bundle)[name]


def network(*, closed: bool = False, **changes: Any) -> TrustDescription:
    """Both agencies and both types; ``closed`` with a checkpoint at the good bundle's block."""
    trust = made().trust if closed else paper.description()
    (office,), (kind,) = trust.agencies, trust.types
    key = agency_key(2, OTHER_MULTIKEY, valid_from=paper.TIME - 86_400, valid_until=paper.TIME + 10**8)
    other = Agency(
        OTHER, OTHER_ISSUER, Label("另一局", "Other office"), "active", paper.TIME - 86_400, None, (key,),
        (Accreditation(paper.TYPE, 0, paper.TIME + 10**8, None),),
    )  # fmt: skip
    degree = CredentialTypeEntry(
        DEGREE, "Degree", "credential", Label("学位证书", "Degree"), "Asia/Shanghai",
        (ContextEntry(DEGREE_URL, Digest(sha256(DEGREE_CONTEXT).digest())),),
        (FieldEntry("keeperName", Label("姓名", "Name")),),
    )  # fmt: skip
    return replace(trust, **({"agencies": (office, other), "types": (kind, degree)} | changes))


def accredited(type_id: int) -> TrustDescription:
    """The network in which A may issue that type too."""
    office, *others = network().agencies
    given = (*office.accreditations, Accreditation(type_id, 0, paper.TIME + 10**8, None))
    return network(agencies=(replace(office, accreditations=given), *others))


def compromised(trust: TrustDescription, since: int) -> TrustDescription:
    """A has declared its key compromised since then."""
    office, *others = trust.agencies
    spoiled = replace(office, keys=(replace(office.keys[0], compromised_since=since),))
    return replace(trust, agencies=(spoiled, *others))


def replaced_validators(trust: TrustDescription) -> TrustDescription:
    """The network whose validators went out of office with its checkpoint."""
    border = trust.checkpoints[-1].block
    old = replace(trust.chain.validator_sets[0], to_block=border)
    newer = ValidatorSet(border + 1, None, tuple(sorted(bytes([number]) * 20 for number in range(1, 5))))
    return replace(trust, chain=replace(trust.chain, validator_sets=(old, newer)))


def checkpoint(trust: TrustDescription, **changes: Any) -> TrustDescription:
    """Another last checkpoint."""
    last: LogCheckpoint = replace(trust.checkpoints[-1], **changes)
    return replace(trust, checkpoints=(last,))


def verdict(
    bundle: bytes, trust: TrustDescription | None = None, *, status: StatusPack | None = None, **rest: Any
) -> Verification:
    """What the product says two days after the anchor."""
    return Verifier(trust or network(), **({"now": NOW, "status": status} | rest)).verify_bytes(bundle)


def signers(*seeds: int) -> dict[bytes, SigningKey]:
    """Ministries, by public key."""
    keys = [SigningKey(bytes([seed]) * 32) for seed in seeds]
    return {bytes(key.verify_key): key for key in keys}


def pack_signed_by(keys: dict[bytes, SigningKey], terms: RootKeys) -> bytes:
    """A trust pack of ``network()`` that is current for a week."""
    return trust_pack_signing.make(network(), root=terms, expires=NOW + timedelta(days=7), signers=signing(keys))


def signing(keys: dict[bytes, SigningKey]) -> Signers:
    """How ``trust_pack_signing`` wants them."""
    return {public: lambda data, key=key: bytes(key.sign(data).signature) for public, key in keys.items()}
