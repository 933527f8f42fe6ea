"""A status list that was held against its publication, and what it says of one certificate on one date.

What makes a list true is the ``Published`` event: root over the bits, number of chunks, digest of the reasons. Whether
that event stands in a sealed block and is signed is the business of ``ledger.status_evidence``; here it is taken as
given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import status_list, status_reasons
from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.registry_events import Published
from ledger.status_pack import PackedList, exclusive_or
from ledger.status_reasons import Entry, Reasons


@dataclass(frozen=True, slots=True)
class ListedStatus:
    """What a list says of a certificate. ``is_set``: it speaks against it on the date asked for; ``reason`` is then
    revoked, superseded, void or held, or None when the bit is set and nothing tells why or since when. ``since`` and
    ``until`` in Unix seconds; ``successor`` is a leaf hash."""

    is_set: bool
    reason: str | None = None
    since: int | None = None
    until: int | None = None
    successor: Digest | None = None


@dataclass(frozen=True, slots=True)
class VerifiedList:
    """A whole list, as its agency published it in this version. What it is for (revocation, suspension) is no part of
    the publication: the credential says it, under its issuer's signature."""

    list_id: int
    version: int
    bits: bytes
    reasons: Reasons

    def is_clear(self, index: int) -> bool:
        """Whether the list speaks against the certificate of ``index`` on no date: its bit is not set, and no reason
        of an ended hold is there. Also false for an index that the list does not have."""
        bits = self.bits
        return 0 <= index < 8 * len(bits) and not (
            bits[index >> 3] >> (7 - (index & 7)) & 1 or self.reasons.speaks_of(index)
        )

    def status_at(self, index: int, as_of: int) -> ListedStatus:
        """What the list says of the certificate of ``index`` on the date ``as_of`` (Unix seconds).

        *void* was never valid, whatever the date; *revoked* and *superseded* hold from their date on, *held* from its
        date to its end. Where bit and reasons contradict each other the bit counts: it is what other verifiers read.

        Raises MalformedInput ``status-list.index`` when the list has no such index.
        """
        return told_by(status_list.get(self.bits, index), self.reasons.find(index), as_of)


def told_by(is_set: bool, reasons: Sequence[Entry], as_of: int) -> ListedStatus:
    """What a bit and the entries of its index say together on the date ``as_of`` (Unix seconds): one rule for whole
    lists and for chunks. Entries that contradict the bit are passed over."""
    counting = [one for one in reasons if is_set or one.until is not None]
    if is_set and all(one.until is not None for one in counting):
        return ListedStatus(is_set=True)
    for one in reversed(counting):
        if one.is_in_force(as_of):
            return ListedStatus(True, one.reason, one.since, one.until, one.successor)
    return ListedStatus(is_set=False)


def verify_list(packed: PackedList, published: Published) -> VerifiedList:
    """The list inside ``packed``, if it is the one that ``published`` announces.

    Raises MalformedInput ``status-pack.other-list`` (another list's or agency's publication),
    ``status-pack.other-version``, ``status-pack.other-length``, ``status-pack.reasons-altered``,
    ``status-pack.list-altered``; and what cannot be read: ``status-pack.encoding``, ``status-reasons.*``,
    ``status-list.index``.
    """
    if published.list_id != packed.list_id or published.agency_id != packed.agency_id:
        raise _altered("status-pack.other-list", "A publication in the status pack is that of another list.")
    if published.version != packed.version:
        raise _altered("status-pack.other-version", "A list in the status pack is not of the version published.")
    if published.chunks != packed.chunks:
        raise _altered("status-pack.other-length", "A list in the status pack has another length than published.")
    file = status_reasons.decompress_matching(packed.packed_reasons, published.reasons_digest)
    if file is None:
        raise _altered("status-pack.reasons-altered", "The reasons in the status pack are not those published.")
    reasons = status_reasons.decode(file)
    bits = reasons.bits(packed.purpose, packed.entries)
    difference = packed.difference()
    if difference:
        bits = exclusive_or(bits, difference)
    if status_list.root(bits) != published.root:
        raise _altered("status-pack.list-altered", "A list in the status pack is not the one published.")
    return VerifiedList(packed.list_id, packed.version, bits, reasons)


def _altered(code: str, cause: str) -> MalformedInput:
    return MalformedInput(code, cause, "Get the status pack again from its source.")
