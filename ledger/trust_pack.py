"""What a verifier holds: the trust description, signed by a threshold of the root authority's members.

A pack is a repository of The Update Framework (TUF 1.0.31) in one file. A verifier pins one version of the root, once;
from there every later root is signed by enough members of the one before it, and everything else by enough members of
the last. Versions only rise, all of it expires, and what belongs together is bound together. These rules are TUF's and
are checked by python-tuf, ``tuf.ngclient``; fetching is not its matter here, nor is the clock.

An error here says that the *pack* cannot be used. It never says anything about a credential.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tuf.api import exceptions as tuf_errors
from tuf.api._payload import Root, Signed
from tuf.api.metadata import Metadata
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from ledger import trust_reading
from ledger.digest import sha256
from ledger.errors import MalformedInput, Misconfigured, OnceledgerError
from ledger.multikey import check_ed25519_point
from ledger.seen_versions import SeenVersions
from ledger.trust_description import TrustDescription
from ledger.trust_pack_files import TARGET, PackFiles, bad_metadata, read, signed_part

_PUBLIC: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_AGAIN: Final = "Get the trust pack from its source again; if that does not help, tell the root authority."


@dataclass(frozen=True, slots=True)
class TrustPack:
    """A pack that was accepted. ``expires`` is the earliest end of its parts; ``seen`` is what to remember of it."""

    trust: TrustDescription
    files: PackFiles
    seen: SeenVersions
    expires: datetime


def load(data: bytes, *, pinned_root: bytes, now: datetime, newest_seen: SeenVersions | None = None) -> TrustPack:
    """Verify a pack file against a root that was pinned before, at the moment ``now`` (aware).

    Raises MalformedInput:

    * ``trust-pack.not-signed-by-root`` - no member of the pinned root authority signed a part
    * ``trust-pack.too-few-signatures`` - some did, fewer than its threshold
    * ``trust-pack.expired`` - what was right once is too old to rely on (``role`` and ``expired`` in ``detail``)
    * ``trust-pack.rolled-back`` - older than ``newest_seen`` or than the pinned root
    * ``trust-pack.other-root`` - what is pinned stands in it in another form: later readers would pin something else
    * ``trust-pack.forked`` - another pack of the same version than the one seen
    * ``trust-pack.mixed`` - parts of different packs
    * ``trust-pack.description-altered`` - ``trust.json`` is not the one that was signed
    * ``trust-pack.root-key`` - a root has a key of another form, or a weak one
    * ``trust-pack.description-missing``, ``trust-pack.root-key-repeated``, ``trust-pack.metadata``
    * what ``trust_pack_files.read`` and ``trust_reading.parse`` raise

    and Misconfigured ``trust-pack.pinned-root`` when the pin itself is no root that signs itself.
    """
    assert now.tzinfo is not None, "a moment without a time zone is no moment"
    files = read(data)
    trusted = _pinned(pinned_root, now)
    if trusted.root.version > len(files.roots):
        raise _rolled_back("root")
    pin, roots = trusted.root.version, {trusted.root.version: trusted.root}
    for root in files.roots[trusted.root.version :]:
        _accept(trusted, "root", trusted.update_root, root)
        _refuse_repeated_keys(trusted.root)
        roots[trusted.root.version] = trusted.root
    _accept(trusted, "timestamp", trusted.update_timestamp, files.timestamp)
    _accept(trusted, "snapshot", trusted.update_snapshot, files.snapshot)
    _accept(trusted, "targets", trusted.update_targets, files.targets)
    _check_description(trusted, files.trust)
    if signed_part(files.roots[pin - 1]) != signed_part(pinned_root):
        raise MalformedInput(
            "trust-pack.other-root",
            f"Version {pin} of the pack's root is not the one that is pinned.",
            _AGAIN,
            version=pin,
        )
    seen = SeenVersions(
        root=trusted.root.version,
        timestamp=trusted.timestamp.version,
        snapshot=trusted.snapshot.version,
        targets=trusted.targets.version,
        trust=sha256(files.trust),
    )
    if newest_seen is not None:
        _refuse_older(seen, newest_seen, roots)
    return TrustPack(
        trust=trust_reading.parse(files.trust),
        files=files,
        seen=seen,
        expires=min(part.expires for part in (trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets)),
    )


def _pinned(pinned_root: bytes, now: datetime) -> TrustedMetadataSet:
    try:
        signed_part(pinned_root)
        trusted = TrustedMetadataSet(pinned_root, EnvelopeType.METADATA)
        _refuse_repeated_keys(trusted.root)
    except (tuf_errors.RepositoryError, OnceledgerError, TypeError, ValueError) as error:
        raise Misconfigured(
            "trust-pack.pinned-root",
            f"The pinned root is not a TUF root that its own members signed ({type(error).__name__}).",
            "Pin the root.json that the root authority handed out.",
        ) from None
    trusted.reference_time = now.astimezone(UTC)
    return trusted


def _accept(trusted: TrustedMetadataSet, role: str, update: Callable[[bytes], Signed], data: bytes) -> None:
    try:
        update(data)
    except tuf_errors.ExpiredMetadataError:
        raise _expired(trusted, role) from None
    except tuf_errors.UnsignedMetadataError:
        raise _unsigned(trusted.root, role, data) from None
    except (tuf_errors.BadVersionNumberError, tuf_errors.LengthOrHashMismatchError):
        raise MalformedInput("trust-pack.mixed", f"The pack's {role} belongs to another pack.", _AGAIN) from None
    except Exception as error:
        # python-tuf reads metadata before it knows who signed it, and fails on odd values as Python does: TypeError,
        # AttributeError and the like. Whatever it is, this part is not what it should be.
        raise bad_metadata(f"Its {role} cannot be read ({type(error).__name__}).") from None


def _expired(trusted: TrustedMetadataSet, role: str) -> MalformedInput:
    late = next((name for name in trusted if name.is_expired(trusted.reference_time)), None)
    named = role if late is None else late.type
    detail = {} if late is None else {"expired": late.expires.isoformat()}
    return MalformedInput(
        "trust-pack.expired",
        f"The trust pack has expired (its {named}): what it says may no longer hold.",
        "Get a newer trust pack.",
        role=named,
        **detail,
    )


def _unsigned(root: Root, role: str, data: bytes) -> MalformedInput:
    metadata: Metadata[Root] = Metadata.from_bytes(data)
    # A new root answers to the one before it and to itself.
    answers_to = [root, metadata.signed] if role == "root" else [root]
    results = [one.get_verification_result(role, metadata.signed_bytes, metadata.signatures) for one in answers_to]
    result = next((one for one in results if not one.verified), results[0])
    if not result.signed:
        return MalformedInput(
            "trust-pack.not-signed-by-root",
            f"No member of the pinned root authority signed the pack's {role}: somebody else made it.",
            "Do not use it; get the trust pack from the root authority.",
            role=role,
        )
    return MalformedInput(
        "trust-pack.too-few-signatures",
        f"{len(result.signed)} members of the root authority signed the pack's {role}; {result.threshold} must.",
        "Do not use it; get the trust pack from the root authority.",
        role=role,
    )


def _refuse_repeated_keys(root: Root) -> None:
    """TUF counts key ids, which are free text: one key under two of them would count twice. Nor may one key have two
    spellings: python-tuf reads hex of either case and with spaces in it. It takes weak keys as well, with which nobody
    is a member, or everybody."""
    publics = _publics(root, root.keys)
    if len(set(publics)) != len(publics):
        raise MalformedInput("trust-pack.root-key-repeated", "A root names one key twice.", _AGAIN)


def _publics(root: Root, key_ids: Iterable[str]) -> list[bytes]:
    """The public keys of those of ``key_ids`` that have one. Raises MalformedInput ``trust-pack.root-key``."""
    keys = [root.keys[key_id] for key_id in key_ids if key_id in root.keys]
    for key in keys:
        public = key.keyval.get("public")
        if key.keytype != "ed25519" or not isinstance(public, str) or not _PUBLIC.fullmatch(public):
            raise _bad_key()
        try:
            check_ed25519_point(bytes.fromhex(public))
        except MalformedInput:
            raise _bad_key() from None
    return [bytes.fromhex(key.keyval["public"]) for key in keys]


def _bad_key() -> MalformedInput:
    return MalformedInput(
        "trust-pack.root-key",
        "A root has a key that is not Ed25519 in 64 lower-case hexadecimal digits, or one that anybody can sign with.",
        _AGAIN,
    )


def _check_description(trusted: TrustedMetadataSet, trust: bytes) -> None:
    target = trusted.targets.targets.get(TARGET)
    if target is None or "sha256" not in target.hashes:
        raise MalformedInput("trust-pack.description-missing", "The pack signs no trust description.", _AGAIN)
    try:
        target.verify_length_and_hashes(trust)
    except tuf_errors.LengthOrHashMismatchError:
        raise MalformedInput(
            "trust-pack.description-altered", "The trust description is not the one that was signed.", _AGAIN
        ) from None


def _refuse_older(pack: SeenVersions, newest: SeenVersions, roots: dict[int, Root]) -> None:
    if pack.root < newest.root:
        raise _rolled_back("root")
    if _old_members_are_powerless(roots.get(newest.root), roots[pack.root]):
        return
    for role in ("timestamp", "snapshot", "targets"):
        if getattr(pack, role) < getattr(newest, role):
            raise _rolled_back(role)
    is_same_pack = (pack.snapshot, pack.targets) == (newest.snapshot, newest.targets)
    if (pack.timestamp == newest.timestamp and not is_same_pack) or (
        pack.targets == newest.targets and pack.trust != newest.trust
    ):
        raise MalformedInput(
            "trust-pack.forked",
            "Another trust pack of the same version was accepted before: the root authority signed two.",
            "Use neither; tell the root authority.",
        )


def _old_members_are_powerless(old: Root | None, new: Root) -> bool:
    """Whether so many members were replaced that nothing which the old ones signed passes any more.

    Then versions may start anew, which is how a root recovers when stolen keys have signed version 2^53 (TUF 1.0.31,
    section 5.3.11). As long as old signatures still count, versions keep rising, or old packs would count as well.
    """
    if old is None:
        return False
    before, now = (set(_publics(root, root.roles["timestamp"].keyids)) for root in (old, new))
    return len(before & now) < new.roles["timestamp"].threshold


def _rolled_back(role: str) -> MalformedInput:
    return MalformedInput(
        "trust-pack.rolled-back",
        f"The trust pack is older than what is known already (its {role}).",
        "Get the newest trust pack.",
        role=role,
    )
