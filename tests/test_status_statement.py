"""What stands behind a status list: its agency's key, then and for exactly that version. Both verifiers, two ways.

The forger has an account that may publish, so every publication here stands on the chain, sealed by the validators.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paper_bundle import (
    AGENCY,
    BLOCK,
    CHAIN_ID,
    INDEX,
    KEY,
    LIST,
    MULTIKEY,
    REGISTRIES,
    TIME,
    description,
    log,
    made,
    proof_of,
    sealed_block,
)

from examples import verify_bundle as example
from ledger import base64url, canonical_json, status_list, status_pack, status_reasons, status_statement, trust_document
from ledger import bundle as bundles
from ledger.bundle import EventProof
from ledger.digest import Digest, sha256
from ledger.errors import MalformedInput
from ledger.label import Label
from ledger.multikey import encode_ed25519, key_hash
from ledger.reasons import STATUS, Result
from ledger.registry_events import Published
from ledger.status_reasons import Entry
from ledger.status_statement import SignedBy, statement
from ledger.trust_description import Agency, TrustDescription, agency_key
from ledger.verification import Verifier

BUNDLE: dict[str, Any] = json.loads(made().bundle)
TRUST = description()
NOW = datetime.fromtimestamp(TIME + 2 * 86_400, UTC)
REGISTRY = REGISTRIES["StatusRegistry"]
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_MULTIKEY = encode_ed25519(OTHER.public_key().public_bytes_raw())
WAYS = ("chunk", "pack")


def signed_by(message: bytes, key: Ed25519PrivateKey = KEY, named: str = MULTIKEY) -> SignedBy:
    return SignedBy(key_hash(named), key.sign(message))


@dataclass(frozen=True)
class Version:
    """One version of a list on the chain, and what is shown as its signature."""

    bits: bytes
    reasons: bytes
    event: Published
    proof: EventProof
    signed: SignedBy

    def chunk(self) -> dict[str, Any]:
        """As a bundle shows it."""
        number, chunk, path = status_list.chunk_proof(self.bits, INDEX)
        is_set = status_list.get(self.bits, INDEX)
        return {
            "list": self.event.list_id,
            "version": self.event.version,
            "chunk": number,
            "content": bundles.deflate_chunk(chunk),
            "path": base64url.encode(path),
            "keyHash": base64url.encode(self.signed.key_hash),
            "signature": base64url.encode(self.signed.signature),
            "publication": bundles.event_proof_json(self.proof),
            **({"reasons": base64url.encode(status_reasons.compress(self.reasons))} if is_set else {}),
        }

    def packed(self) -> status_pack.PackedList:
        """As a status pack shows it."""
        purpose: status_reasons.Purpose = "revocation" if self.event.list_id & 1 else "suspension"
        version, proof = self.event.version, self.proof
        return status_pack.pack_list(
            self.event.list_id, purpose, version, self.bits, self.reasons, proof, self.signed
        )  # fmt: skip


def version(
    sign: Callable[[Published], SignedBy],
    *,
    list_id: int = LIST,
    number: int = 5,
    revoked: bool = False,
    block: int = BLOCK,
    time: int = TIME,
) -> Version:
    entry = Entry(INDEX, "revoked", TIME - 60)
    bits, reasons = status_list.new_list(131_072), status_reasons.encode([entry] if revoked else [])
    status_list.put(bits, INDEX, revoked)
    root, digest = status_list.root(bits), status_reasons.digest(reasons)
    event = Published(AGENCY, list_id, number, root, status_list.chunk_count(bits), digest, CHAIN_ID)
    header, receipts = sealed_block([log("StatusRegistry", event, 2)], number=block, time=time)
    return Version(bytes(bits), reasons, event, proof_of(header, receipts, 0), sign(event))


def honest(event: Published) -> SignedBy:
    return signed_by(statement(REGISTRY, event))


HOLDS = version(honest, list_id=LIST + 1)


def verdict(
    trust: TrustDescription, *, bundle: tuple[Version, ...] = (), pack: tuple[Version, ...] = ()
) -> tuple[Result, str]:
    """Result and reason of the status; the two verifiers agree on it."""
    whole = canonical_json.canonicalize({**BUNDLE, "status": [one.chunk() for one in bundle]})
    packed = status_pack.write(TIME, [one.packed() for one in pack])
    ours = Verifier(trust, now=NOW, status=status_pack.load(packed)).verify_bytes(whole)
    theirs = example.verify(whole, example.parse(trust_document.to_bytes(trust)), example.read_status_pack(packed), NOW)
    assert theirs[0] == ours.result.value, theirs
    said = ours.finding(STATUS)
    assert said is not None
    return ours.result, said.code


def shown(one: Version, way: str, trust: TrustDescription = TRUST) -> tuple[Result, str]:
    """The list shown in a bundle or in a pack; the other list of the pair is in order."""
    return verdict(trust, **{"bundle" if way == "chunk" else "pack": (one, HOLDS)})


def with_key(**changes: int) -> TrustDescription:
    (office,) = TRUST.agencies
    (key,) = office.keys
    return replace(TRUST, agencies=(replace(office, keys=(replace(key, **changes),)),))  # type: ignore[arg-type]


def office(agency_id: int, *keys: str, successor: int | None = None, since: int = TIME - 86_400) -> Agency:
    held = tuple(agency_key(10 + agency_id, text, valid_from=TIME - 86_400, valid_until=TIME + 10**8) for text in keys)
    status: Any = "active" if successor is None else "merged"
    name = Label("机关", "Office")
    return Agency(agency_id, f"did:web:{agency_id}.example", name, status, since, successor, held, ())


def merged(since: int, *others: Agency) -> TrustDescription:
    (own,) = TRUST.agencies
    gone = replace(own, status="merged", status_since=since, successor_id=9)
    return replace(TRUST, agencies=(gone, *others))


IN_FORCE = (Result.VALID, "status.in-force")
NOT_SIGNED = (Result.CANNOT_CHECK, "status.not-signed")


@pytest.mark.parametrize("way", WAYS)
def test_what_the_agency_signed_counts(way: str) -> None:
    assert shown(version(honest), way) == IN_FORCE
    assert shown(version(honest, revoked=True), way) == (Result.INVALID, "status.revoked")


FORGED: dict[str, Callable[[Published], SignedBy]] = {
    "by nobody": lambda _: SignedBy(key_hash(MULTIKEY), bytes(64)),
    "by a key nobody has": lambda _: SignedBy(Digest(bytes(32)), bytes(64)),
    "by a stranger": lambda event: signed_by(statement(REGISTRY, event), OTHER, OTHER_MULTIKEY),
    "by a stranger in the agency's name": lambda event: signed_by(statement(REGISTRY, event), OTHER),
    "of another version": lambda event: honest(replace(event, version=event.version - 1)),
    "of another root": lambda event: honest(replace(event, root=sha256(b"another"))),
    "of other reasons": lambda event: honest(replace(event, reasons_digest=sha256(b"other"))),
    "of another length": lambda event: honest(replace(event, chunks=32)),
    "of the other list of the pair": lambda event: honest(replace(event, list_id=event.list_id + 1)),
    "of another agency's list": lambda event: honest(replace(event, agency_id=8)),
    "of another chain": lambda event: honest(replace(event, chain_id=event.chain_id + 1)),
    "of another registry": lambda event: signed_by(statement(REGISTRIES["AnchorRegistry"], event)),
    "of another domain": lambda event: signed_by(b"onceledger-anchor-v1\n" + statement(REGISTRY, event)[21:]),
    "as a credential is": lambda event: signed_by(sha256(b"proof") + sha256(statement(REGISTRY, event))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", FORGED)
def test_what_the_agency_did_not_sign_counts_for_nothing(way: str, how: str) -> None:
    assert shown(version(FORGED[how]), way) == NOT_SIGNED


def test_the_signature_of_the_other_list_of_the_pair_does_not_fit() -> None:
    one = version(honest)
    assert verdict(TRUST, bundle=(replace(one, signed=HOLDS.signed), replace(HOLDS, signed=one.signed))) == NOT_SIGNED


@pytest.mark.parametrize("way", WAYS)
def test_another_agencys_key_does_not_count(way: str) -> None:
    trust = replace(TRUST, agencies=(*TRUST.agencies, office(9, OTHER_MULTIKEY)))
    assert shown(version(FORGED["by a stranger"]), way, trust) == NOT_SIGNED


@pytest.mark.parametrize("way", WAYS)
def test_a_key_newer_than_the_pack_is_not_known(way: str) -> None:
    trust = replace(TRUST, block=BLOCK - 1, time=TIME - 1)
    assert shown(version(FORGED["by a stranger"]), way, trust) == (
        Result.CANNOT_CHECK,
        "status.key-newer-than-pack",
    )
    assert shown(version(FORGED["by a stranger"]), way, replace(TRUST, time=TIME)) == NOT_SIGNED


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"compromised_since": TIME - 1}, False),
        ({"compromised_since": TIME}, False),
        ({"compromised_since": TIME + 1}, True),
        ({"retired_at": TIME}, False),
        ({"retired_at": TIME + 1}, True),
        ({"valid_from": TIME + 1}, False),
        ({"valid_from": TIME}, True),
        ({"valid_until": TIME}, False),
        ({"valid_until": TIME + 1}, True),
    ],
    ids=str,
)
def test_the_key_was_in_force_when_the_block_was_made(way: str, changes: dict[str, int], counts: bool) -> None:
    code = shown(version(honest), way, with_key(**changes))[1]
    assert code == (IN_FORCE if counts else NOT_SIGNED)[1]


@pytest.mark.parametrize("way", WAYS)
def test_after_a_merger_the_successors_key_counts(way: str) -> None:
    one = version(FORGED["by a stranger"])
    assert shown(one, way, merged(TIME, office(9, OTHER_MULTIKEY))) == IN_FORCE
    assert shown(one, way, merged(TIME + 1, office(9, OTHER_MULTIKEY))) == NOT_SIGNED
    assert shown(version(honest), way, merged(TIME, office(9, OTHER_MULTIKEY))) == IN_FORCE


@pytest.mark.parametrize("way", WAYS)
def test_of_a_line_of_mergers_the_one_that_acted_then_counts(way: str) -> None:
    one = version(FORGED["by a stranger"])
    last, middle = office(10, OTHER_MULTIKEY), office(9, successor=10, since=TIME)
    assert shown(one, way, merged(TIME - 5, middle, last)) == IN_FORCE
    assert shown(one, way, merged(TIME - 5, replace(middle, status_since=TIME + 1), last)) == NOT_SIGNED
    middle = office(9, OTHER_MULTIKEY, successor=10, since=TIME)
    assert shown(one, way, merged(TIME - 5, middle, office(10))) == NOT_SIGNED
    assert shown(one, way, merged(TIME - 5, replace(middle, status_since=TIME + 1), office(10))) == IN_FORCE


# --- an older proof beside one that proves nothing --------------------------------------------------------------------


UNSIGNED = FORGED["by nobody"]


@pytest.mark.parametrize(
    ("bundle", "pack", "expected"),
    [
        ((honest, 4, False), (UNSIGNED, 5, False), NOT_SIGNED),
        ((honest, 4, True), (UNSIGNED, 5, False), (Result.INVALID, "status.revoked")),
        ((honest, 5, False), (UNSIGNED, 5, True), IN_FORCE),
        ((honest, 6, False), (UNSIGNED, 5, True), IN_FORCE),
        ((UNSIGNED, 5, False), (honest, 4, False), IN_FORCE),
        ((UNSIGNED, 5, False), (honest, 4, True), (Result.INVALID, "status.revoked")),
        ((UNSIGNED, 4, False), (UNSIGNED, 5, False), NOT_SIGNED),
        ((honest, 5, True), (honest, 4, False), (Result.INVALID, "status.revoked")),
        ((honest, 4, False), (honest, 5, True), (Result.INVALID, "status.revoked")),
    ],
)
def test_a_newer_list_that_proves_nothing_takes_an_older_proof_the_power_to_acquit(
    bundle: tuple[Any, int, bool], pack: tuple[Any, int, bool], expected: tuple[Result, str]
) -> None:
    one, other = (version(sign, number=number, revoked=revoked) for sign, number, revoked in (bundle, pack))
    assert verdict(TRUST, bundle=(one, HOLDS), pack=(other,)) == expected


def test_a_revocation_stands_when_the_other_list_is_not_signed() -> None:
    revoked, holds = version(honest, revoked=True), version(UNSIGNED, list_id=LIST + 1)
    assert verdict(TRUST, bundle=(revoked, holds)) == (Result.INVALID, "status.revoked")
    assert verdict(TRUST, pack=(revoked, holds)) == (Result.INVALID, "status.revoked")
    assert verdict(TRUST, bundle=(version(honest), holds)) == NOT_SIGNED


# --- form -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["keyHash", "signature"])
@pytest.mark.parametrize("value", ["", "A", "AA", "AAAA" * 40, "no text in this alphabet"])
def test_what_is_no_signature_is_none(member: str, value: str) -> None:
    status = [{**version(honest).chunk(), member: value}, HOLDS.chunk()]
    whole = canonical_json.canonicalize({**BUNDLE, "status": status})
    ours = Verifier(TRUST, now=NOW).verify_bytes(whole)
    assert (ours.result, ours.decisive.code) == NOT_SIGNED
    described = example.parse(trust_document.to_bytes(TRUST))
    assert example.verify(whole, described, {}, NOW)[:2] == ("cannot be checked", 9)


@pytest.mark.parametrize(("key", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_a_signature_has_its_sizes(key: int, signature: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        SignedBy(Digest(bytes(key)), bytes(signature))
    assert caught.value.code == "status-statement.size"


def test_a_signature_is_verified_once_for_a_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    real = status_statement.verify_signature

    def counted(signature: bytes, message: bytes, public_key: bytes) -> None:
        seen.append(message)
        real(signature, message, public_key)

    monkeypatch.setattr(status_statement, "verify_signature", counted)
    one, wrong = version(honest), version(FORGED["of another root"], number=6)
    elsewhere = {**one.chunk(), "chunk": 3, "path": base64url.encode(status_list.chunk_proof(one.bits, 3 * 8192)[2])}
    bundle = {**BUNDLE, "status": [elsewhere, one.chunk(), wrong.chunk(), HOLDS.chunk()]}
    verifier = Verifier(TRUST, now=NOW)
    for _ in range(3):
        assert verifier.verify_bytes(canonical_json.canonicalize(bundle)).verified
    assert len(seen) == 3
    seen.clear()
    pack = status_pack.load(status_pack.write(TIME, [one.packed(), HOLDS.packed()]))
    verifier = Verifier(TRUST, now=NOW, status=pack)
    for _ in range(3):
        assert verifier.verify_bytes(canonical_json.canonicalize({**BUNDLE, "status": []})).verified
    assert len(seen) == 2
