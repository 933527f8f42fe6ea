"""The verification sequence: one credential, one bundle of evidence, one verdict. Pure: no network, no clock, no file.

     (0) the verifier's trust pack is usable            (6) the event's agency, type and key are the credential's
     (1) well-formed, and the context is the one named  (7) the key was not compromised before the anchor
     (2) the issuer's signature                         (8) validity dates
     (3) holder binding                                 (9) status, with its age
     (4) inclusion in the batch                        (10) the verifier's own policy
     (5) anchored: receipt proof, then seals of the validators in force or the history path

Every check answers passed, failed, cannot be checked or not applicable, with a published reason. Failed beats cannot be
checked beats passed. Nothing is shown of a credential whose form or signature is wrong, so the sequence stops there;
from step 4 on every check is made, since a person wants to hear all that is wrong at once. Names come from the trust
pack alone: what a credential says of its issuer is what its maker wrote.

``docs/architecture.md`` ("The trust argument") says for each step who must collude to get past it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from ledger import anchor_log, base64url, data_integrity, merkle, multikey, validity
from ledger.block_header import Header
from ledger.bundle import Bundle, History, UnknownVersion
from ledger.bundle_reader import BundleReader
from ledger.digest import sha256
from ledger.errors import MalformedInput
from ledger.event_evidence import EventReader, Refused
from ledger.policy import DEFAULT, Policy
from ledger.reasons import REASONS, Outcome
from ledger.registry_events import Anchored
from ledger.status_evidence import StatusReader
from ledger.status_pack import StatusPack
from ledger.trust_description import Agency, AgencyKey, CredentialTypeEntry, TrustDescription
from ledger.verdict import Verification, result_of, stopped

CLOCK_TOLERANCE: Final = 300
"""Seconds by which a block or a signature may lie ahead of the verifier's clock."""

_UNKNOWN_ZONE: Final = ZoneInfo("UTC")


class Verifier:
    """The sequence against one trust description, at one moment, under one policy.

    ``as_of`` asks about a past moment or a whole day (its last second in the type's zone) instead of ``now``; the pack
    itself is judged by ``now`` before it comes here. ``known_to`` is the block up to which the description's contexts
    and claims are complete, its own when left out: where they come from an older pack, that one's. ``newest_versions``
    (list id -> version) are those that the chain is known to have: an older list then acquits nobody. One verifier
    serves many bundles: what they share is checked once.

    Raises MalformedInput ``validity.as-of`` for a moment that cannot be asked about.
    """

    def __init__(
        self,
        trust: TrustDescription,
        *,
        now: datetime,
        status: StatusPack | None = None,
        as_of: datetime | date | None = None,
        policy: Policy = DEFAULT,
        known_to: int | None = None,
        newest_versions: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        if as_of is not None:
            validity.require_askable(as_of)
        self._trust = trust
        self._now = int(now.timestamp())
        self._asked = now if as_of is None else as_of
        self._is_past = as_of is not None
        self._policy = policy
        self._known_to = trust.block if known_to is None else known_to
        self._bundles = BundleReader()
        self._events = EventReader(trust)
        self._status = StatusReader(trust, self._events, status, newest_versions, self._now + CLOCK_TOLERANCE)
        self._contexts: dict[tuple[str, str], bool] = {}
        self._keys: dict[tuple[str, str], tuple[Agency, AgencyKey] | str] = {}
        self._zones: dict[str, ZoneInfo] = {}
        self._claims: dict[int, dict[str, frozenset[str]]] = {}

    def verify_bytes(self, data: bytes) -> Verification:
        """Verify a bundle file. Malformed bytes are a verdict, not an exception: the file in hand is no certificate."""
        try:
            bundle = self._bundles.read(data)
        except UnknownVersion:
            return stopped("well-formed.version-unknown")
        except MalformedInput:
            return stopped("well-formed.malformed")
        return self.verify(bundle)

    def verify(self, bundle: Bundle) -> Verification:
        """Verify a bundle that was read. Never raises for anything a bundle can contain."""
        credential = bundle.credential
        # (1) well-formed: the context in the file is the one that the credential names by its digest
        if not self._context_fits(bundle):
            return stopped("well-formed.context-differs")
        # (2) issuer's signature, by a key that the trust pack lists for this issuer
        key = self._key(credential.issuer, credential.verification_method, credential.created)
        if isinstance(key, str):
            return stopped(key)
        agency, agency_key = key
        try:
            data_integrity.verify_proof(credential.document, agency_key.public_key, parsed=True)
        except MalformedInput:
            return stopped("signature.wrong")
        kind = self._trust.type_by_name(credential.type_name)
        at = self._moment(kind)
        # (5) first half: which event does the evidence show, and under which header
        event: Anchored | None = None
        anchored = "anchored.not-anchored-yet"
        header = None
        if bundle.anchor is not None:
            try:
                header, event = self._events.anchored(bundle.anchor)
            except Refused as refused:
                anchored = refused.code
        # (4) inclusion: the path leads from this leaf to the root which that event names
        inclusion = self._inclusion(bundle, event)
        # (5) second half: who stands behind the header
        if bundle.anchor is not None and header is not None and event is not None:
            anchored = self._standing(bundle, header, event)
        proven = REASONS[anchored].outcome is Outcome.PASSED and event is not None and header is not None
        anchored_at = header.time if header is not None and proven else None
        block = header.number if header is not None and proven else None
        findings = [
            REASONS["trust.accepted"],
            REASONS["well-formed.passed"],
            REASONS["signature.passed"],
            # (3) holder binding: a bundle shows a certificate, not who shows it
            REASONS["holder-binding.none"],
            REASONS[inclusion],
            REASONS[anchored],
            # (6) the event is of the credential's issuer, type and key
            REASONS[self._entitled(bundle, agency, agency_key, kind, event, block)],
            # (7) no compromise before the anchor's time
            REASONS[self._key_standing(agency_key, bundle, anchored_at)],
            # (8) validity dates
            REASONS[self._validity(bundle, kind, at)],
        ]
        # (9) status at that moment
        status = self._status.ask(bundle, agency.agency_id, int(at.timestamp()), is_past=self._is_past)
        findings.append(REASONS[status.code])
        # (10) policy
        findings.append(REASONS[self._policy_answer(bundle, status.published_at, int(at.timestamp()))])
        return Verification(
            result=result_of(findings),
            findings=tuple(findings),
            issuer=agency,
            kind=kind,
            anchored_at=anchored_at,
            block=block,
            status_at=status.published_at,
            successor=status.successor,
        )

    def _context_fits(self, bundle: Bundle) -> bool:
        url = bundle.credential.context_url
        for pair in bundle.contexts:
            if pair[0] == url:
                known = self._contexts.get(pair)
                if known is None:
                    if len(self._contexts) > _MEMORY:
                        self._contexts.clear()
                    known = self._contexts[pair] = _names_digest(url, pair[1])
                return known
        return False

    def _key(self, issuer: str, method: str, created: str | None) -> tuple[Agency, AgencyKey] | str:
        found = self._keys.get((issuer, method))
        if found is None:
            if len(self._keys) > _MEMORY:
                self._keys.clear()
            found = self._keys[issuer, method] = self._find_key(issuer, method)
        if isinstance(found, str) and found != "signature.key-newer-than-pack":
            return found
        made = _created(created)
        if made is not None and made > self._now + CLOCK_TOLERANCE:
            return "signature.created-in-future"
        if isinstance(found, str) and made is not None and made <= self._trust.time:
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

    def _inclusion(self, bundle: Bundle, event: Anchored | None) -> str:
        part = bundle.inclusion
        if part is None:
            return "inclusion.missing"
        if event is None:
            return "inclusion.no-root"
        leaf = merkle.leaf_hash(bundle.canonical)
        try:
            if part.size != event.size:
                return "inclusion.path-wrong"
            merkle.verify_inclusion(leaf, part.index, part.size, part.path, event.root)
        except MalformedInput:
            return "inclusion.path-wrong"
        return "inclusion.passed"

    def _standing(self, bundle: Bundle, header: Header, event: Anchored) -> str:
        assert bundle.anchor is not None
        if header.time > self._now + CLOCK_TOLERANCE:
            return "anchored.time-in-future"
        if not self._trust.dates_fit(header.number, header.time):
            return "anchored.time-out-of-order"
        last = self._trust.checkpoints[-1] if self._trust.checkpoints else None
        if last is not None and header.number <= last.block:
            return self._history(bundle.history, header, event)
        return self._events.standing(bundle.anchor, header)

    def _history(self, part: History | None, header: Header, event: Anchored) -> str:
        if part is None:
            return "anchored.history-needed"
        checkpoint = next((c for c in self._trust.checkpoints if c.size == part.size), None)
        if checkpoint is None:
            newest = self._trust.checkpoints[-1]
            return "anchored.history-newer-than-pack" if part.size > newest.size else "anchored.history-wrong"
        try:
            entry = anchor_log.AnchorEntry.from_bytes(part.entry)
            anchor_log.verify_history(entry, part.path, checkpoint.size, checkpoint.root)
        except MalformedInput:
            return "anchored.history-wrong"
        chain = self._trust.chain
        told = (
            chain.chain_id, chain.anchor_registry, header.number, header.time, event.agency_id, event.type_id,
            event.root, event.size, event.key_hash, event.index,
        )  # fmt: skip
        logged = (
            entry.chain_id, entry.contract, entry.block, entry.time, entry.agency_id, entry.type_id, entry.root,
            entry.size, entry.key_hash, entry.index,
        )  # fmt: skip
        return "anchored.passed-by-history" if told == logged else "anchored.history-of-another"

    def _entitled(
        self,
        bundle: Bundle,
        agency: Agency,
        key: AgencyKey,
        kind: CredentialTypeEntry | None,
        event: Anchored | None,
        block: int | None,
    ) -> str:
        """``block``: that of the anchor, where it is proven."""
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
            if within is None or (type(value) in (dict, list) and not within >= _names_in(value)):
                return False
        return True

    def _key_standing(self, key: AgencyKey, bundle: Bundle, anchored_at: int | None) -> str:
        if key.compromised_since is None:
            return "key.passed"
        if anchored_at is not None:
            return "key.compromised-before-anchor" if anchored_at >= key.compromised_since else "key.passed"
        return "key.compromised-unanchored" if bundle.anchor is None else "key.anchor-time-unproven"

    def _validity(self, bundle: Bundle, kind: CredentialTypeEntry | None, at: datetime) -> str:
        zone = self._zone(kind)
        try:
            if at < validity.beginning(bundle.credential.valid_from, zone):
                return "validity.not-yet-valid"
            until = bundle.credential.valid_until
            if until is not None and at >= validity.end(until, zone):
                return "validity.expired"
        except (MalformedInput, OverflowError):
            return "validity.malformed"
        return "validity.passed"

    def _policy_answer(self, bundle: Bundle, status_at: int | None, at: int) -> str:
        policy = self._policy
        if policy.types is not None and bundle.credential.type_name not in policy.types:
            return "policy.type-not-accepted"
        if policy.issuers is not None and bundle.credential.issuer not in policy.issuers:
            return "policy.issuer-not-accepted"
        if status_at is not None and policy.status_too_old(at - status_at):
            return "policy.status-too-old"
        return "policy.passed"

    def _moment(self, kind: CredentialTypeEntry | None) -> datetime:
        asked = self._asked
        return asked if isinstance(asked, datetime) else validity.last_instant(asked, self._zone(kind))

    def _zone(self, kind: CredentialTypeEntry | None) -> ZoneInfo:
        if kind is None:
            return _UNKNOWN_ZONE
        zone = self._zones.get(kind.zone)
        if zone is None:
            zone = self._zones[kind.zone] = ZoneInfo(kind.zone)
        return zone


_MEMORY: Final = 4096
"""Contexts and keys remembered at most."""


def _names_in(value: Any) -> set[str]:
    """Names of members at any depth; as deep as JSON was read, which is bounded."""
    if type(value) is dict:
        return set(value).union(*map(_names_in, value.values()))
    return set().union(*map(_names_in, value)) if type(value) is list else set()


def _names_digest(url: str, content: str) -> bool:
    """Whether the last segment of a context's address is the digest of its content (docs/formats/credential.md)."""
    return url.rpartition("/")[2] == base64url.encode(sha256(content.encode()))


@lru_cache(maxsize=1024)
def _created(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(validity.beginning(text, ZoneInfo("UTC")).astimezone(UTC).timestamp())
    except (MalformedInput, OverflowError):
        return None
