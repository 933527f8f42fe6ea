"""Step 2 of the sequence, first half: whose key is it that a credential's proof names.

A description older than a key does not list it. That is no lie: but a signature that says it was made before the
description (by more than clocks differ), with a key that the description would have, is one.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ledger import multikey, validity
from ledger.errors import MalformedInput
from ledger.policy import CLOCK_TOLERANCE
from ledger.trust_description import Agency, AgencyKey, TrustDescription

_MEMORY: Final = 4096
"""Keys remembered at most."""


class IssuerKeys:
    """Keys of the issuers of one description, at the moment ``now`` (Unix seconds)."""

    def __init__(self, trust: TrustDescription, now: int) -> None:
        self._trust = trust
        self._now = now
        self._found: dict[tuple[str, str], tuple[Agency, AgencyKey] | str] = {}

    def find(self, issuer: str, method: str, created: str | None) -> tuple[Agency, AgencyKey] | str:
        """The agency of the DID ``issuer`` and its key that ``method`` names, or the reason code why there is none;
        ``created`` is when the signature says that it was made."""
        found = self._found.get((issuer, method))
        if found is None:
            if len(self._found) > _MEMORY:
                self._found.clear()
            found = self._found[issuer, method] = self._find_key(issuer, method)
        if isinstance(found, str) and found != "signature.key-newer-than-pack":
            return found
        made = _created(created)
        if made is not None and made > self._now + CLOCK_TOLERANCE:
            return "signature.created-in-future"
        # An office's clock may be slow: what it signs in the minute after the pack would else be called a lie.
        if isinstance(found, str) and made is not None and made <= self._trust.time - CLOCK_TOLERANCE:
            return "signature.key-not-of-issuer"
        return found

    def _find_key(self, issuer: str, method: str) -> tuple[Agency, AgencyKey] | str:
        agency = self._trust.agency_by_did(issuer)
        if agency is None:
            return "signature.issuer-unknown"
        controller, _, fragment = method.partition("#")
        if controller != issuer or not fragment:
            return "signature.method-of-another"
        try:
            key = agency.key_by_hash(multikey.key_hash(fragment))
        except MalformedInput:
            return "signature.method-of-another"
        return "signature.key-newer-than-pack" if key is None else (agency, key)


@lru_cache(maxsize=1024)
def _created(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(validity.beginning(text, ZoneInfo("UTC")).astimezone(UTC).timestamp())
    except (MalformedInput, OverflowError):
        return None
