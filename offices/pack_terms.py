"""What a trust pack of one's own says of itself: who may sign it, how many must, until when it counts.

Nothing is verified here: it is the installation's own pack, or one that ``ledger.trust_pack`` accepted before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.digest import sha256
from ledger.errors import MalformedInput
from ledger.seen_versions import SeenVersions
from ledger.trust_pack_files import bad_metadata, read, signed_part

ACCOUNT_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class PackTerms:
    """``publics`` are the members' pack keys (32 bytes), ``expires`` the earliest end of a part, ``root_expires`` that
    of the root alone (both aware), ``version`` the pack's own, ``root_version`` its root's."""

    version: int
    root_version: int
    publics: frozenset[bytes]
    threshold: int
    expires: datetime
    root_expires: datetime


def terms_of(pack: bytes) -> PackTerms:
    """Read the terms. Raises like ``trust_pack_files.read``; MalformedInput ``trust-pack.metadata``."""
    files = read(pack)
    root, *others = (signed_part(part) for part in (files.roots[-1], files.timestamp, files.snapshot, files.targets))
    try:
        root_expires = datetime.fromisoformat(root["expires"])
        return PackTerms(
            version=int(others[0]["version"]),
            root_version=int(root["version"]),
            publics=frozenset(bytes.fromhex(key["keyval"]["public"]) for key in root["keys"].values()),
            threshold=int(root["roles"]["root"]["threshold"]),
            expires=min(root_expires, *(datetime.fromisoformat(part["expires"]) for part in others)),
            root_expires=root_expires,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _no_terms() from None


def versions_of(pack: bytes) -> SeenVersions:
    """Versions of the pack's four parts. Raises like ``terms_of``."""
    files = read(pack)
    parts = (files.roots[-1], files.timestamp, files.snapshot, files.targets)
    try:
        root, timestamp, snapshot, targets = (int(signed_part(part)["version"]) for part in parts)
    except (KeyError, TypeError, ValueError):
        raise _no_terms() from None
    return SeenVersions(root, timestamp, snapshot, targets, sha256(files.trust))


def validator_account(text: str) -> bytes:
    """A validator's account of 20 bytes, written as 0x and 40 digits. Raises MalformedInput ``usage.bad-account``."""
    try:
        account = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        account = b""
    if len(account) != ACCOUNT_SIZE:
        raise MalformedInput(
            "usage.bad-account", "A validator is not an account of 20 bytes in hexadecimal.", "Write 0x and 40 digits."
        )
    return account


def _no_terms() -> MalformedInput:
    return bad_metadata("It does not say who signs it and until when.")
