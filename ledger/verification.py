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
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from ledger import anchor_log, base64url, data_integrity, merkle, validity
from ledger.block_header import Header
from ledger.bundle import Bundle, History, UnknownVersion
from ledger.bundle_reader import BundleReader
from ledger.digest import sha256
from ledger.entitlement import EntitlementReader
from ledger.errors import MalformedInput
from ledger.event_evidence import EventReader, Refused
from ledger.inclusion_reader import InclusionReader
from ledger.issuer_keys import IssuerKeys
from ledger.policy import CLOCK_TOLERANCE, DEFAULT, Policy
from ledger.reasons import REASONS, Outcome
from ledger.registry_events import Anchored
from ledger.status_evidence import StatusReader
from ledger.status_pack import StatusPack
from ledger.trust_description import AgencyKey, CredentialTypeEntry, TrustDescription
from ledger.verdict import Verification, concluded, stopped

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
        self._bundles = BundleReader()
        self._events = EventReader(trust)
        self._inclusions = InclusionReader()
        self._status = StatusReader(trust, self._events, status, newest_versions, self._now + CLOCK_TOLERANCE)
        self._contexts: dict[tuple[str, str], bool] = {}
        self._keys = IssuerKeys(trust, self._now)
        self._entitlement = EntitlementReader(trust.block if known_to is None else known_to)
        self._zones: dict[str, ZoneInfo] = {}

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
        key = self._keys.find(credential.issuer, credential.verification_method, credential.created)
        if isinstance(key, str):
            return stopped(key)
        agency, agency_key = key
        try:
            data_integrity.verify_proof(credential.document, agency_key.public_key, parsed=True)
        except MalformedInput:
            return stopped("signature.wrong")
        kind = self._trust.type_by_name(credential.type_name)
        at = self._moment(kind)
        asked_at = int(at.timestamp())
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
        # (9) status at that moment
        status = self._status.ask(bundle, agency.agency_id, asked_at, is_past=self._is_past)
        result, findings = concluded(
            (
                "trust.accepted",
                "well-formed.passed",
                "signature.passed",
                # (3) holder binding: a bundle shows a certificate, not who shows it
                "holder-binding.none",
                inclusion,
                anchored,
                # (6) the event is of the credential's issuer, type and key
                self._entitlement.ask(bundle, agency, agency_key, kind, event, block),
                # (7) no compromise before the anchor's time
                self._key_standing(agency_key, bundle, anchored_at),
                # (8) validity dates
                self._validity(bundle, kind, at),
                status.code,
                # (10) policy
                self._policy_answer(bundle, status.published_at, asked_at),
            )
        )
        precedes = self._is_past and anchored_at is not None and asked_at < anchored_at
        return Verification(
            result, findings, agency, kind, anchored_at, block, status.published_at, status.successor, precedes
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
            self._inclusions.verify(leaf, part.index, part.size, part.path, event.root)
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
        checkpoint = self._trust.checkpoint_of(part.size)
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
"""Contexts remembered at most."""


def _names_digest(url: str, content: str) -> bool:
    """Whether the last segment of a context's address is the digest of its content (docs/formats/credential.md)."""
    return url.rpartition("/")[2] == base64url.encode(sha256(content.encode()))
