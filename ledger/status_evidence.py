"""Step 9 of the sequence: what the newest proven status lists say of a credential at a moment.

A status may come from the bundle (one chunk, as old as the bundle) and from a status pack (whole lists with their
reasons, fetched apart from any showing). Each counts only under its publication on the chain, sealed by the validators
in force and signed by the list's agency; of what is proven, the highest version speaks. A list that is missing or not
proven is never "not revoked", and when the pack has a newer version than the one that speaks but cannot prove it,
or the chain is known to have one, what is proven can still condemn and no longer acquit
(``docs/decisions/verification.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from ledger import base64url, status_list, status_reasons, status_statement
from ledger.bundle import Bundle, EventProof, StatusProof
from ledger.credential import StatusEntry
from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.event_evidence import MEMORY_ENTRIES, EventReader, Refused
from ledger.listed_status import ListedStatus, VerifiedList, told_by, verify_list
from ledger.reasons import REASONS, Outcome
from ledger.registry_events import Published
from ledger.status_pack import PackedList, StatusPack
from ledger.status_reasons import Reasons
from ledger.status_statement import SignedBy
from ledger.trust_description import TrustDescription

_REVOKED = {"revoked": "status.revoked", "superseded": "status.superseded", "void": "status.void"}


class StatusAnswer(NamedTuple):
    """Reason code, time of the oldest publication that the answer rests on, and the successor's leaf if any."""

    code: str
    published_at: int | None = None
    successor: bytes | None = None

    def weight(self) -> tuple[int, bool]:
        """Failed beats cannot be checked beats passed; of two that failed, the one that names a successor."""
        return _WEIGHTS[REASONS[self.code].outcome], self.successor is not None


_WEIGHTS = {Outcome.FAILED: 2, Outcome.CANNOT_CHECK: 1, Outcome.PASSED: 0}
_IN_FORCE = StatusAnswer("status.in-force")


@dataclass(frozen=True, slots=True)
class _Proven:
    """What one proven list says of an index at a moment; ``whole`` is there for a list of the pack."""

    version: int
    published_at: int
    answer: Callable[[StatusEntry, int, bool], StatusAnswer]
    whole: VerifiedList | None = None


@dataclass(frozen=True, slots=True)
class _ProvenChunk:
    """A chunk under its publication: certificates issued together seldom share one, those of one list often do."""

    bits: bytes
    entries: int
    published_at: int
    reasons: Reasons | None


class StatusReader:
    """Reads status evidence; whole lists of the pack are proven once, and signatures of publications are.

    ``newest_versions``: list id -> version that the chain is known to have; of other lists nothing is known. ``latest``
    (Unix seconds): a publication that claims to be later proves nothing, else one block, sealed once with a date far
    ahead, would keep an old list fresh for years."""

    def __init__(
        self,
        trust: TrustDescription,
        events: EventReader,
        pack: StatusPack | None,
        newest_versions: Mapping[int, int],
        latest: int,
    ) -> None:
        self._trust = trust
        self._latest = latest
        self._events = events
        self._pack = pack
        self._newest_versions = newest_versions
        self._refusals: dict[tuple[EventProof, SignedBy], str | None] = {}
        self._from_pack: dict[int, _Proven | str] = {}
        self._chunks: dict[StatusProof, _ProvenChunk] = {}

    def ask(self, bundle: Bundle, agency_id: int, at: int, *, is_past: bool) -> StatusAnswer:
        """The status at ``at`` (Unix seconds). ``is_past``: the question is about a moment before now, so whether the
        credential was held then needs the reasons and not just today's bit."""
        entries = bundle.credential.status
        if not entries:
            return StatusAnswer("status.none")
        published_at: int | None = None
        worst = _IN_FORCE
        for entry in entries:
            if entry.list_id >> 32 != agency_id:
                return StatusAnswer("status.list-of-another")
            cleared_at = self._cleared_at(bundle, entry)
            if cleared_at is not None:
                if published_at is None or cleared_at < published_at:
                    published_at = cleared_at
                continue
            newest, doubt = self._newest(bundle, entry)
            if newest is None:
                answer = StatusAnswer(doubt or "status.unknown")
            else:
                answer = newest.answer(entry, at, is_past)
                if answer is _IN_FORCE and doubt is not None:
                    answer = StatusAnswer(doubt)
                if published_at is None or newest.published_at < published_at:
                    published_at = newest.published_at
            if answer is not _IN_FORCE and answer.weight() > worst.weight():
                worst = answer
        return StatusAnswer(worst.code, published_at, worst.successor)

    def _cleared_at(self, bundle: Bundle, entry: StatusEntry) -> int | None:
        """Publication of the pack's list if that was proven before, is the newest known and says nothing of the
        certificate: the short way through ``_newest`` for nearly all of them."""
        known = self._from_pack.get(entry.list_id)
        if type(known) is not _Proven or known.whole is None or not known.whole.is_clear(entry.index):
            return None
        if self._newest_versions.get(entry.list_id, 0) > known.version:
            return None
        for proof in bundle.status:
            if proof.list_id == entry.list_id and proof.version > known.version:
                return None
        return known.published_at

    def _newest(self, bundle: Bundle, entry: StatusEntry) -> tuple[_Proven | None, str | None]:
        """The proven list of the highest version, and the reason why it is none or not the newest that there is."""
        found: list[_Proven] = []
        why, doubt, doubtful = "status.unknown", None, 0
        packed = None if self._pack is None else self._pack.list_for(entry.list_id)
        if packed is not None:
            known = self._from_pack.get(entry.list_id)
            if known is None:
                known = self._from_pack[entry.list_id] = _attempt(partial(self._prove_packed, packed))
            if isinstance(known, str):
                why, doubt, doubtful = known, known, packed.version
            elif entry.index >= packed.entries:
                return None, "status.index-beyond-list"
            else:
                found.append(known)
        newest = found[0].version if found else 0
        for proof in bundle.status:
            # What the pack has proven in the same or a newer version need not be proven again.
            if proof.list_id == entry.list_id and proof.version > newest:
                proven = _attempt(partial(self._prove_chunk, proof, entry.index))
                if not isinstance(proven, str):
                    found.append(proven)
                elif why == "status.unknown" or proven == "status.index-beyond-list":
                    why = proven
        if not found:
            return None, why
        speaks = max(found, key=lambda proven: proven.version)
        if doubtful > speaks.version:
            return speaks, doubt
        return speaks, "status.newer-on-chain" if self._newest_versions.get(entry.list_id, 0) > speaks.version else None

    def _prove_packed(self, packed: PackedList) -> _Proven:
        published, time = self._publication(packed.publication(), packed.list_id, packed.version, packed.signed)
        whole = verify_list(packed, published)

        def answer(entry: StatusEntry, at: int, is_past: bool) -> StatusAnswer:
            return _answer(entry, whole.status_at(entry.index, at), at, time)

        return _Proven(packed.version, time, answer, whole)

    def _prove_chunk(self, proof: StatusProof, index: int) -> _Proven:
        known = self._chunks.get(proof)
        if known is None:
            if len(self._chunks) >= MEMORY_ENTRIES:
                self._chunks.clear()
            known = self._chunks[proof] = self._open_chunk(proof)
        if index >= known.entries:
            raise Refused("status.index-beyond-list")
        is_set = status_list.get_in_chunk(known.bits, proof.chunk, index)
        reasons = () if known.reasons is None else known.reasons.find(index)
        time = known.published_at

        def answer(entry: StatusEntry, at: int, is_past: bool) -> StatusAnswer:
            if is_set:
                return _answer(entry, told_by(is_set, reasons, at), at, time)
            if entry.purpose == "suspension" and is_past and at < time:
                return StatusAnswer("status.hold-unknown")
            return _IN_FORCE

        return _Proven(proof.version, time, answer)

    def _open_chunk(self, proof: StatusProof) -> _ProvenChunk:
        published, time = self._publication(proof.publication, proof.list_id, proof.version, _signed_by(proof))
        bits = proof.bits()
        status_list.verify_chunk(bits, proof.chunk, published.chunks, proof.path, published.root)
        reasons = None
        if proof.reasons is not None:
            file = status_reasons.decompress_matching(base64url.decode(proof.reasons), published.reasons_digest)
            if file is None:
                raise Refused("status.proof-wrong")
            reasons = status_reasons.decode(file)
        return _ProvenChunk(bits, published.chunks * status_list.CHUNK_ENTRIES, time, reasons)

    def _publication(self, proof: EventProof, list_id: int, version: int, signed: SignedBy) -> tuple[Published, int]:
        header, event = self._events.published(proof)
        if (event.list_id, event.version) != (list_id, version):
            raise Refused("status.proof-wrong")
        if header.time > self._latest:
            raise Refused("status.published-in-future")
        standing = self._events.standing(proof, header)
        if standing == "anchored.history-needed":
            raise Refused("status.publication-by-former-validators")
        if standing == "anchored.validators-newer-than-pack":
            raise Refused("status.validators-newer-than-pack")
        if standing != "anchored.passed-by-seals":
            raise Refused("status.proof-wrong")
        refusal = self._refusal(proof, event, header.time, signed)
        if refusal is not None:
            raise Refused(refusal)
        return event, header.time

    def _refusal(self, proof: EventProof, event: Published, time: int, signed: SignedBy) -> str | None:
        asked = proof, signed
        if asked not in self._refusals:
            if len(self._refusals) >= MEMORY_ENTRIES:
                self._refusals.clear()
            self._refusals[asked] = status_statement.refusal(self._trust, event, time, signed)
        return self._refusals[asked]


def _signed_by(proof: StatusProof) -> SignedBy:
    try:
        return SignedBy(Digest(base64url.decode(proof.key_hash)), base64url.decode(proof.signature))
    except MalformedInput:
        raise Refused("status.not-signed") from None


def _attempt(prove: Callable[[], _Proven]) -> _Proven | str:
    try:
        return prove()
    except Refused as refused:
        return refused.code if refused.code.startswith("status.") else "status.proof-wrong"
    except MalformedInput:
        return "status.proof-wrong"


def _answer(entry: StatusEntry, told: ListedStatus, at: int, published_at: int) -> StatusAnswer:
    if not told.is_set:
        return _IN_FORCE
    if told.reason is not None:
        return StatusAnswer(_code(entry, told.reason), None, told.successor)
    # The bit is what was published; without a reason nobody knows since when, only that it is so by now.
    return StatusAnswer(_code(entry, None) if at >= published_at else "status.set-without-reason")


def _code(entry: StatusEntry, reason: str | None) -> str:
    if reason is None:
        return "status.revoked" if entry.purpose == "revocation" else "status.held"
    return _REVOKED.get(reason, "status.held")
