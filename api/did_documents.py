"""DID documents of the agencies (DID 1.0; did:web method), made from the registry's keys.

Every key that the agency ever registered stays in it, since certificates outlive keys. A compromised one says since
when (``revoked``: Controlled Identifiers 1.0, section 2.2) and asserts nothing: software that knows neither the chain
nor the trust pack cannot tell what it signed before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

from adapters.bootstrap import Installation
from ledger import multikey
from ledger.canonical_json import canonicalize
from ledger.chain_reading import read_registry
from ledger.errors import MalformedInput, Unavailable
from ledger.records import AgencyRow
from ledger.trust_description import LATEST_TIME
from ledger.trust_folding import KeyState

CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
FRESH: Final = 30.0
"""Seconds for which the registry is not read again."""


class DidDocuments:
    """Documents of one installation's agencies; the registry's keys are read at most every ``FRESH`` seconds."""

    def __init__(self, inst: Installation, clock: Callable[[], float] = time.monotonic) -> None:
        self._inst = inst
        self._clock = clock
        self._turn = Lock()
        self._keys: tuple[float, tuple[KeyState, ...]] | None = None

    def document(self, agency: AgencyRow) -> bytes:
        """The document of an agency. Raises Unavailable when the chain never answered yet."""
        keys = [key for key in self._registered() if key.agency_id == agency.agency_id]
        return canonicalize(did_document(agency.did, keys))

    def _registered(self) -> tuple[KeyState, ...]:
        with self._turn:
            known = self._keys
            if known is not None and self._clock() - known[0] < FRESH:
                return known[1]
            try:
                chain = self._inst.chain
                state = read_registry(chain, self._inst.contracts(), chain.head().number)
            except Unavailable:
                # Yesterday's keys are better than no answer: a resolver that gets none calls every certificate invalid.
                if known is None:
                    raise
                return known[1]
            self._keys = self._clock(), tuple(state.keys.values())
            return self._keys[1]


def did_document(did: str, keys: Iterable[KeyState]) -> dict[str, Any]:
    """The document of ``did`` with the keys registered under it."""
    methods: list[dict[str, str]] = []
    asserting = []
    for key in keys:
        try:
            text = multikey.encode_ed25519(multikey.from_multikey_bytes(key.multikey))
        except MalformedInput:
            continue  # the registry does not look at points; such a key can sign nothing here
        method = {"id": f"{did}#{text}", "type": "Multikey", "controller": did, "publicKeyMultibase": text}
        if key.compromised_since is None:
            asserting.append(method["id"])
        else:
            since = datetime.fromtimestamp(min(key.compromised_since, LATEST_TIME), UTC)
            method["revoked"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        methods.append(method)
    return {"@context": list(CONTEXTS), "id": did, "verificationMethod": methods, "assertionMethod": asserting}
