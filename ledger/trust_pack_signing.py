"""Making trust packs: what the members of the root authority sign, and how their keys change.

Members sign with Ed25519 keys of their own, apart from their accounts on the chain. No private key comes here: a signer
is a function from bytes to a signature, behind which an HSM or a person with a token may stand. Every part (root,
timestamp, snapshot, targets) needs the same threshold, because each of them alone could freeze or turn back verifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer._key import SSlibKey
from securesystemslib.signer._signature import Signature
from tuf.api._payload import MetaFile, Role, Root, Signed, Snapshot, T, TargetFile, Targets, Timestamp
from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError

from ledger import trust_document, trust_reading
from ledger.errors import Conflict, MalformedInput, NotPermitted
from ledger.multikey import check_ed25519_point
from ledger.registry_events import Contracts
from ledger.trust_description import TrustDescription
from ledger.trust_pack_files import TARGET, PackFiles, bad_metadata, read, write

Sign: TypeAlias = Callable[[bytes], bytes]
"""Ed25519 signature (64 bytes, RFC 8032) over the bytes given."""

Signers: TypeAlias = Mapping[bytes, Sign]
"""Signers by their public key (32 bytes)."""

_ROLES: Final = ("root", "timestamp", "snapshot", "targets")


@dataclass(frozen=True, slots=True)
class RootKeys:
    """Who may sign: the members' public keys (32 bytes each), how many of them must, and until when (aware)."""

    publics: Sequence[bytes]
    threshold: int
    expires: datetime


def make(trust: TrustDescription, *, root: RootKeys, expires: datetime, signers: Signers) -> bytes:
    """The first pack of a root authority; ``expires`` (aware) is the end of its timestamp, snapshot and targets.

    Its first root (``pinned_root``) is what verifiers pin. Raises MalformedInput ``trust-pack.root-keys``,
    ``multikey.*``; NotPermitted ``trust-pack.too-few-signers``, ``trust-pack.signer-wrong``.
    """
    first = _root(1, root)
    return _assemble((_sign(first, [first], signers),), first, trust, 1, expires, signers)


def next_pack(previous: bytes, trust: TrustDescription, *, expires: datetime, signers: Signers) -> bytes:
    """The pack after ``previous``, of the same root. ``trust`` must describe the same network, and no earlier block.

    Raises Conflict ``trust-pack.other-network``, ``trust-pack.older-description``, and like ``make`` and
    ``trust_pack_files.read``.
    """
    files = read(previous)
    before = trust_reading.parse(files.trust)
    if _network(trust) != _network(before):
        raise Conflict(
            "trust-pack.other-network",
            "The description names another chain or other registries than the pack before: with it, verifiers would "
            "call all that was anchored until now invalid.",
            "Describe the same network: a description names one set of registries (docs/contracts.md, Migration).",
        )
    if trust.block < before.block:
        raise Conflict(
            "trust-pack.older-description",
            "The description is of an earlier block than that of the pack before.",
            "Derive it from a newer block.",
        )
    root = _read_root(files.roots[-1])
    return _assemble(files.roots, root, trust, _next_version(files), expires, signers)


def rotate_root(
    previous: bytes,
    *,
    root: RootKeys,
    expires: datetime,
    old_signers: Signers,
    new_signers: Signers,
) -> bytes:
    """The pack after ``previous``, of a new version of the root: other members, another threshold, or the same ones for
    longer. Signed by the threshold of the old root and by that of the new, so that whoever trusts the old one follows.

    Raises like ``make`` and ``trust_pack_files.read``.
    """
    files = read(previous)
    old = _read_root(files.roots[-1])
    new = _root(old.version + 1, root)
    signed = _sign(new, [old, new], {**old_signers, **new_signers})
    trust = trust_reading.parse(files.trust)
    return _assemble((*files.roots, signed), new, trust, _next_version(files), expires, new_signers)


def pinned_root(pack: bytes, version: int = 1) -> bytes:
    """A version of a pack's root, as verifiers pin it. Raises like ``read``; MalformedInput ``trust-pack.root-gap``."""
    roots = read(pack).roots
    if not 0 < version <= len(roots):
        raise MalformedInput(
            "trust-pack.root-gap", "The pack has no root of that version.", f"It has 1 to {len(roots)}."
        )
    return roots[version - 1]


def _network(trust: TrustDescription) -> tuple[int, bytes, Contracts]:
    return trust.chain.chain_id, trust.chain.genesis, trust.chain.contracts()


def _assemble(
    roots: tuple[bytes, ...], root: Root, trust: TrustDescription, version: int, expires: datetime, signers: Signers
) -> bytes:
    until = _utc(expires)
    description = trust_document.to_bytes(trust)
    target = TargetFile.from_data(TARGET, description)
    targets = _sign(Targets(version=version, expires=until, targets={TARGET: target}), [root], signers)
    targets_meta = MetaFile.from_data(version, targets, ["sha256"])
    snapshot = _sign(Snapshot(version=version, expires=until, meta={"targets.json": targets_meta}), [root], signers)
    snapshot_meta = MetaFile.from_data(version, snapshot, ["sha256"])
    timestamp = _sign(Timestamp(version=version, expires=until, snapshot_meta=snapshot_meta), [root], signers)
    return write(PackFiles(roots, timestamp, snapshot, targets, description))


def _root(version: int, wanted: RootKeys) -> Root:
    if len(set(wanted.publics)) != len(wanted.publics) or not 0 < wanted.threshold <= len(wanted.publics):
        raise MalformedInput(
            "trust-pack.root-keys",
            "The root names a key twice, or a threshold that its keys cannot reach.",
            "Give each member's key once and a threshold of at least one.",
        )
    keys = [_key(public) for public in wanted.publics]
    key_ids = [key.keyid for key in keys]
    return Root(
        version=version,
        expires=_utc(wanted.expires),
        keys={key.keyid: key for key in keys},
        roles={role: Role(list(key_ids), wanted.threshold) for role in _ROLES},
    )


def _key(public: bytes) -> SSlibKey:
    check_ed25519_point(public)
    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(public))


def _sign(signed: T, roots: Iterable[Root], signers: Signers) -> bytes:
    """TUF metadata that ``signers`` signed, by at least the threshold of each of ``roots``."""
    metadata = Metadata(signed)
    payload = metadata.signed_bytes
    for public, sign in signers.items():
        key = _key(public)
        signature = sign(payload)
        metadata.signatures[key.keyid] = Signature(key.keyid, signature.hex())
    used: set[str] = set()
    for root in roots:
        result = root.get_verification_result(signed.type, payload, metadata.signatures)
        if not result.verified:
            raise NotPermitted(
                "trust-pack.too-few-signers",
                f"{len(result.signed)} members of version {root.version} of the root signed; {result.threshold} must.",
                "Get the signatures of further members.",
            )
        used.update(result.signed)
    if used != metadata.signatures.keys():
        raise NotPermitted(
            "trust-pack.signer-wrong",
            "A signer is no member of the root, or its signature does not fit its key.",
            "Give each member's own signer.",
        )
    return metadata.to_bytes()


def _read_root(data: bytes) -> Root:
    signed = _unverified(data)
    if not isinstance(signed, Root):
        raise bad_metadata("It is not a root.")
    return signed


def _next_version(files: PackFiles) -> int:
    return 1 + max(_unverified(part).version for part in (files.timestamp, files.snapshot, files.targets))


def _unverified(data: bytes) -> Signed:
    """What a part of the previous pack says. The root authority's own file is not verified again: one of somebody
    else's has a root whose keys its signers do not have."""
    try:
        metadata: Metadata[Timestamp] = Metadata.from_bytes(data)
    except DeserializationError:
        raise bad_metadata("It cannot be read.") from None
    return metadata.signed


def _utc(moment: datetime) -> datetime:
    assert moment.tzinfo is not None, "a moment without a time zone is no moment"
    return moment.astimezone(UTC).replace(microsecond=0)
