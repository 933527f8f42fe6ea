"""Step 9 of the sequence: what the newest proven status lists say of a credential at a moment.

A status may come from the bundle (one chunk, as old as the bundle) and from a status pack (whole lists with their
reasons, fetched apart from any showing). Each counts only under its publication on the chain, sealed by the validators
in force; of what is proven, the highest version speaks. A list that is missing or not proven is never "not revoked".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ledger import base64url, status_list, status_reasons
from ledger.bundle import Bundle, EventProof, StatusProof
from ledger.credential import StatusEntry
from ledger.errors import MalformedInput
from ledger.event_evidence import MEMORY_ENTRIES, EventReader, Refused
from ledger.listed_status import verify_list
from ledger.registry_events import Published
from ledger.status_pack import PackedList, StatusPack
from ledger.status_reasons import Entry, Reasons

_REVOKED = {"revoked": "status.revoked", "superseded": "status.superseded", "void": "status.void"}


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """Reason code, time of the oldest publication that the answer rests on, and the successor's leaf if any."""

    code: str
    published_at: int | None = None
    successor: bytes | None = None


_IN_FORCE = StatusAnswer("status.in-force")


@dataclass(frozen=True, slots=True)
class _Proven:
    """What one proven list says of an index at a moment; ``told`` answers with the parts of a ``ListedStatus``."""

    version: int
    published_at: int
    answer: Callable[[StatusEntry, int, bool], StatusAnswer]


@dataclass(frozen=True, slots=True)
class _ProvenChunk:
    """A chunk under its publication: certificates issued together seldom share one, those of one list often do."""

    bits: bytes
    entries: int
    published_at: int
    reasons: Reasons | None


class StatusReader:
    """Reads status evidence; whole lists of the pack are proven once."""

    def __init__(self, events: EventReader, pack: StatusPack | None) -> None:
        self._events = events
        self._pack = pack
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
            proven = self._newest(bundle, entry)
            if isinstance(proven, str):
                return StatusAnswer(proven)
            published_at = proven.published_at if published_at is None else min(published_at, proven.published_at)
            answer = proven.answer(entry, at, is_past)
            if answer.code != "status.in-force" and (worst.code == "status.in-force" or answer.successor):
                worst = answer
        return StatusAnswer(worst.code, published_at, worst.successor)

    def _newest(self, bundle: Bundle, entry: StatusEntry) -> _Proven | str:
        """The proven list of the highest version, or the reason why there is none."""
        found: list[_Proven] = []
        why = "status.unknown"
        packed = None if self._pack is None else self._pack.list_for(entry.list_id)
        if packed is not None:
            known = self._from_pack.get(entry.list_id)
            if known is None:
                known = self._from_pack[entry.list_id] = _attempt(partial(self._prove_packed, packed))
            if isinstance(known, str):
                why = known
            elif entry.index >= packed.entries:
                return "status.index-beyond-list"
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
        return max(found, key=lambda proven: proven.version) if found else why

    def _prove_packed(self, packed: PackedList) -> _Proven:
        published, time = self._publication(packed.publication(), packed.list_id, packed.version)
        whole = verify_list(packed, published)

        def answer(entry: StatusEntry, at: int, is_past: bool) -> StatusAnswer:
            told = whole.status_at(entry.index, at)
            if not told.is_set:
                return _IN_FORCE
            if told.reason is None:
                return _of_set_bit(entry, (), at, time)
            return StatusAnswer(_code(entry, told.reason), None, told.successor)

        return _Proven(packed.version, time, answer)

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
                return _of_set_bit(entry, reasons, at, time)
            if entry.purpose == "suspension" and is_past and at < time:
                return StatusAnswer("status.hold-unknown")
            return _IN_FORCE

        return _Proven(proof.version, time, answer)

    def _open_chunk(self, proof: StatusProof) -> _ProvenChunk:
        published, time = self._publication(proof.publication, proof.list_id, proof.version)
        bits = proof.bits()
        status_list.verify_chunk(bits, proof.chunk, published.chunks, proof.path, published.root)
        reasons = None
        if proof.reasons is not None:
            file = status_reasons.decompress(base64url.decode(proof.reasons))
            if status_reasons.digest(file) != published.reasons_digest:
                raise Refused("status.proof-wrong")
            reasons = status_reasons.decode(file)
        return _ProvenChunk(bits, published.chunks * status_list.CHUNK_ENTRIES, time, reasons)

    def _publication(self, proof: EventProof, list_id: int, version: int) -> tuple[Published, int]:
        header, event = self._events.published(proof)
        if (event.list_id, event.version) != (list_id, version):
            raise Refused("status.proof-wrong")
        standing = self._events.standing(proof, header)
        if standing == "anchored.history-needed":
            raise Refused("status.publication-by-former-validators")
        if standing != "anchored.passed-by-seals":
            raise Refused("status.proof-wrong")
        return event, header.time


def _attempt(prove: Callable[[], _Proven]) -> _Proven | str:
    try:
        return prove()
    except Refused as refused:
        return refused.code if refused.code.startswith("status.") else "status.proof-wrong"
    except MalformedInput:
        return "status.proof-wrong"


def _of_set_bit(entry: StatusEntry, reasons: tuple[Entry, ...], at: int, published_at: int) -> StatusAnswer:
    open_ones = [reason for reason in reasons if reason.until is None]
    for reason in reasons:
        if reason.is_in_force(at):
            return StatusAnswer(_code(entry, reason.reason), None, reason.successor)
    if open_ones:
        return _IN_FORCE
    # The bit is what was published; without a reason nobody knows since when, only that it is so by now.
    return StatusAnswer(_code(entry, None) if at >= published_at else "status.set-without-reason")


def _code(entry: StatusEntry, reason: str | None) -> str:
    if reason is None:
        return "status.revoked" if entry.purpose == "revocation" else "status.held"
    return _REVOKED.get(reason, "status.held")
