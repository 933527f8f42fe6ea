"""Step 6 of the sequence: was the office entitled to issue this type, with this key, and what the certificate says.

The event says whom the contract let anchor, for which type, under which key. The description says which contexts and
claims the type has and for which types an office was ever accredited; it is as old as its block, so what it does not
know is a lie up to there and an open question after it.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.bundle import Bundle
from ledger.registry_events import Anchored
from ledger.trust_description import Agency, AgencyKey, CredentialTypeEntry


class EntitlementReader:
    """Asks about many bundles; the claims of each type are laid out once."""

    def __init__(self, known_to: int) -> None:
        """``known_to``: the block up to which contexts, claims and accreditations of the description are complete."""
        self._known_to = known_to
        self._claims: dict[int, dict[str, frozenset[str]]] = {}

    def ask(
        self,
        bundle: Bundle,
        agency: Agency,
        key: AgencyKey,
        kind: CredentialTypeEntry | None,
        event: Anchored | None,
        block: int | None,
    ) -> str:
        """Reason code. ``kind`` is the description's entry of the credential's type, ``key`` the one that signed,
        ``event`` what the evidence shows, and ``block`` that of the anchor where it is proven."""
        if kind is None:
            return "entitled.type-unknown"
        if kind.kind != "credential":
            return "entitled.other-type"
        if event is not None:
            if event.agency_id != agency.agency_id:
                return "entitled.other-agency"
            if event.type_id != kind.type_id:
                return "entitled.other-type"
            if event.key_hash != key.key_hash:
                return "entitled.other-key"
        unknown = self._unknown(bundle, agency, kind)
        if unknown is not None:
            # Types go on and accreditations are given while a pack lasts: it speaks of anchors up to its block alone.
            return unknown if block is not None and block <= self._known_to else "entitled.newer-than-pack"
        return "entitled.no-event" if event is None else "entitled.passed"

    def _unknown(self, bundle: Bundle, agency: Agency, kind: CredentialTypeEntry) -> str | None:
        """What of the credential the trust pack does not know: context, a claim, or that its issuer may issue it."""
        if bundle.credential.context_url not in kind.context_urls:
            return "entitled.context-unknown"
        if not self._knows(kind, bundle.credential.document["credentialSubject"]):
            return "entitled.claim-unknown"
        for accreditation in agency.accreditations:
            if accreditation.type_id == kind.type_id:
                return None
        return "entitled.not-accredited"

    def _knows(self, kind: CredentialTypeEntry, subject: dict[str, Any]) -> bool:
        """Whether a type knows all claims, at every depth: an office may not say in a dog licence, nor inside of a
        dog's name, what only a university may say."""
        known = self._claims.get(kind.type_id)
        if known is None:
            known = self._claims[kind.type_id] = {field.name: field.within() for field in kind.fields}
            known["id"] = frozenset()
        for name, value in subject.items():
            within = known.get(name)
            if within is None or (type(value) in _CONTAINERS and not within >= _names_in(value)):
                return False
        return True


_CONTAINERS: Final = frozenset((dict, list))


def _names_in(container: Any) -> set[str]:
    """Names of members at any depth; as deep as JSON was read, which is bounded."""
    is_object = type(container) is dict
    parts = container.values() if is_object else container
    below = [_names_in(part) for part in parts if type(part) in _CONTAINERS]
    return set(container if is_object else ()).union(*below)
