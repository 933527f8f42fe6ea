"""What a verifier remembers of the newest trust pack that it accepted, so that nobody can hand it an older one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger import canonical_json
from ledger.canonical_json import Limits
from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import MalformedInput

_FORMAT: Final = "onceledger-trust-seen"
_LIMITS: Final = Limits(max_bytes=1024, max_depth=1)
_ROLES: Final = ("root", "timestamp", "snapshot", "targets")


@dataclass(frozen=True, slots=True)
class SeenVersions:
    """Versions of a pack's four parts, and the SHA-256 of its ``trust.json``.

    ``{"format": "onceledger-trust-seen", "root": 1, "timestamp": 7, "snapshot": 7, "targets": 7, "trust": "<hex>"}``
    """

    root: int
    timestamp: int
    snapshot: int
    targets: int
    trust: Digest

    def to_bytes(self) -> bytes:
        """As the verifier keeps it."""
        return canonical_json.canonicalize(
            {
                "format": _FORMAT,
                "root": self.root,
                "timestamp": self.timestamp,
                "snapshot": self.snapshot,
                "targets": self.targets,
                "trust": self.trust.hex(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> SeenVersions:
        """What ``to_bytes`` wrote. Raises MalformedInput ``trust-pack.seen-malformed`` or ``json.*``."""
        value = canonical_json.parse(data, limits=_LIMITS)
        try:
            if value["format"] != _FORMAT or any(type(value[role]) is not int for role in _ROLES):
                raise ValueError
            trust = bytes.fromhex(value["trust"])
            if len(trust) != DIGEST_SIZE:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise MalformedInput(
                "trust-pack.seen-malformed",
                "The file does not say which trust pack was accepted last.",
                "Restore it; without it an old pack could be accepted once more.",
            ) from None
        return cls(value["root"], value["timestamp"], value["snapshot"], value["targets"], Digest(trust))
