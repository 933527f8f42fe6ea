"""Why the bits of a status list are set, since when, and what replaces a certificate (``docs/formats/status-list.md``).

    index 94,567   superseded   since 2026-10-01T08:00:00Z   successor = leaf 5f1c…

One file for each list and version; its SHA-256 stands on the chain beside the list's root, and the list follows from
it: revoked, superseded and void set a bit of the revocation list, a hold without end one of the suspension list. The
file is columns of numbers, split into planes of bytes, because such columns deflate to hardly more than what they say:
ten thousand entries among a million to 11 kB, plus what tells their dates apart.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, Literal

from ledger.digest import DIGEST_SIZE, Digest, sha256
from ledger.errors import MalformedInput
from ledger.status_list import MAX_ENTRIES, put

Purpose = Literal["revocation", "suspension"]

MAX_REASONS: Final = 1 << 20
"""Most entries of a file: a list of which more is revoked than that is closed and replaced."""

MAX_FILE_SIZE: Final = 64 << 20
"""Bytes beyond which no file is inflated: the most entries there can be, each with a successor and its own date."""

_PIECE: Final = 1 << 16
_MAGIC: Final = b"onceledger-reasons-v1\n"
_CODES: Final = {"revoked": 1, "superseded": 2, "void": 3, "held": 4}
_NAMES: Final = {code: name for name, code in _CODES.items()}
_HELD: Final = _CODES["held"]
_HAS_UNTIL: Final = 0x10
_HAS_SUCCESSOR: Final = 0x20
_KINDS: Final = frozenset((1, 2, 2 | _HAS_SUCCESSOR, 3, _HELD, _HELD | _HAS_UNTIL))
_TIME_WIDTH: Final = 5
_INDEX_WIDTH: Final = 3
_CODE_WIDTH: Final = 3
_MAX_TIME: Final = (1 << 40) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One reason: revoked, superseded, void or held.

    ``since`` and ``until`` in Unix seconds; ``until`` only for a hold that ended; ``successor`` is the leaf hash of the
    credential that replaces a superseded one, when there is one.
    """

    index: int
    reason: str
    since: int
    until: int | None = None
    successor: Digest | None = None

    def is_in_force(self, at: int) -> bool:
        """Whether this reason speaks against the certificate at ``at`` (Unix seconds): void always does, for it was
        never valid; the others from ``since`` until ``until``."""
        return self.reason == "void" or (self.since <= at and (self.until is None or at < self.until))


class Reasons:
    """The entries of a file by index, then by date; kept as columns, so that a long file costs little."""

    __slots__ = ("_indexes", "_kinds", "_since", "_successors", "_until")

    def __init__(
        self, indexes: array[int], kinds: bytes, since: array[int], until: dict[int, int], successors: dict[int, Digest]
    ) -> None:
        self._indexes = indexes
        self._kinds = kinds
        self._since = since
        self._until = until  # by position, for the few that have one
        self._successors = successors

    def __len__(self) -> int:
        return len(self._indexes)

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, range(len(self._indexes)))

    def speaks_of(self, index: int) -> bool:
        """Whether anything was ever said of one index."""
        position = bisect_left(self._indexes, index)
        return position < len(self._indexes) and self._indexes[position] == index

    def find(self, index: int) -> tuple[Entry, ...]:
        """The entries of one index, oldest first; none when nothing was ever said of it."""
        position = bisect_left(self._indexes, index)
        found = []
        while position < len(self._indexes) and self._indexes[position] == index:
            found.append(self._entry(position))
            position += 1
        return tuple(found)

    def bits(self, purpose: Purpose, entries: int) -> bytes:
        """The list of ``entries`` bits that these reasons amount to.

        Raises MalformedInput ``status-list.index`` when an entry lies outside of it.
        """
        bits = bytearray(entries // 8)
        for position, (index, kind) in enumerate(zip(self._indexes, self._kinds, strict=True)):
            is_hold = kind & 0x0F == _HELD
            if is_hold == (purpose == "suspension") and position not in self._until:
                put(bits, index, True)
        return bytes(bits)

    def _entry(self, position: int) -> Entry:
        return Entry(
            index=self._indexes[position],
            reason=_NAMES[self._kinds[position] & 0x0F],
            since=self._since[position],
            until=self._until.get(position),
            successor=self._successors.get(position),
        )


def encode(entries: Iterable[Entry]) -> bytes:
    """The file of ``entries``, given in any order; the same entries give the same bytes. A hold that ended in the very
    second in which it began was never in force and is left out.

    Raises MalformedInput ``status-reasons.entry`` for an entry that cannot be, ``status-reasons.order`` for entries of
    one index that contradict each other, ``status-reasons.size`` for too many.
    """
    lasting = [entry for entry in entries if entry.until is None or entry.until != entry.since]
    ordered = sorted(lasting, key=lambda entry: (entry.index, entry.since, _kind(entry) & 0x0F))
    if len(ordered) > MAX_REASONS:
        raise _bad_size()
    kinds = bytes(map(_kind, ordered))
    indexes = [entry.index for entry in ordered]
    ends = [entry.until for entry in ordered if entry.until is not None]
    _check_order(indexes, kinds, [entry.since for entry in ordered], iter(ends))
    times = sorted({entry.since for entry in ordered}.union(ends))
    code = {time: position for position, time in enumerate(times)}
    columns = (
        _planes(_gaps(times), _TIME_WIDTH),
        _planes(_gaps(indexes), _INDEX_WIDTH),
        kinds,
        _planes([code[entry.since] for entry in ordered], _CODE_WIDTH),
        _planes([code[end] for end in ends], _CODE_WIDTH),
        b"".join([entry.successor for entry in ordered if entry.successor is not None]),
    )
    return b"".join((_MAGIC, len(ordered).to_bytes(4), len(times).to_bytes(4), *columns))


def decode(data: bytes) -> Reasons:
    """The entries of a file.

    Raises MalformedInput ``status-reasons.malformed`` for bytes that ``encode`` never makes, ``status-reasons.order``,
    ``status-reasons.size``.
    """
    head = len(_MAGIC) + 8
    if len(data) < head or not data.startswith(_MAGIC):
        raise _malformed()
    count, time_count = int.from_bytes(data[head - 8 : head - 4]), int.from_bytes(data[head - 4 : head])
    if count > MAX_REASONS:
        raise _bad_size()
    kinds_at = head + _TIME_WIDTH * time_count + _INDEX_WIDTH * count
    kinds = data[kinds_at : kinds_at + count]
    if len(kinds) != count or not _KINDS.issuperset(kinds):
        raise _malformed()
    with_until = [position for position, kind in enumerate(kinds) if kind & _HAS_UNTIL]
    with_successor = [position for position, kind in enumerate(kinds) if kind & _HAS_SUCCESSOR]
    successors_at = kinds_at + count + _CODE_WIDTH * (count + len(with_until))
    if len(data) != successors_at + DIGEST_SIZE * len(with_successor):
        raise _malformed()
    times = list(accumulate(_numbers(data, head, time_count, _TIME_WIDTH)))
    indexes = array("Q", accumulate(_numbers(data, kinds_at - _INDEX_WIDTH * count, count, _INDEX_WIDTH)))
    since_codes = _numbers(data, kinds_at + count, count, _CODE_WIDTH)
    until_codes = _numbers(data, kinds_at + count + _CODE_WIDTH * count, len(with_until), _CODE_WIDTH)
    # every time in the table is there once and is used: else one content would have several files
    if set(since_codes).union(until_codes) != set(range(time_count)) or not _rises(times):
        raise _malformed()
    if (times and times[-1] > _MAX_TIME) or (indexes and indexes[-1] >= MAX_ENTRIES):
        raise _malformed()
    since = array("Q", [times[code] for code in since_codes])
    ends = [times[code] for code in until_codes]
    _check_order(indexes, kinds, since, iter(ends))
    successors = {
        position: Digest(data[successors_at + DIGEST_SIZE * rank : successors_at + DIGEST_SIZE * (rank + 1)])
        for rank, position in enumerate(with_successor)
    }
    return Reasons(indexes, kinds, since, dict(zip(with_until, ends, strict=True)), successors)


def digest(data: bytes) -> Digest:
    """SHA-256 of a file, uncompressed: the ``reasonsDigest`` of the publication."""
    return sha256(data)


def compress(data: bytes) -> bytes:
    """A file as it travels: zlib (RFC 1950), one block for each plane, since each has statistics of its own.

    Raises MalformedInput ``status-reasons.malformed`` for bytes that are no file.
    """
    count = len(decode(data))
    time_count = int.from_bytes(data[len(_MAGIC) + 4 : len(_MAGIC) + 8])
    deflater, out, at = zlib.compressobj(9), [], 0
    for width in [len(_MAGIC) + 8, *[time_count] * _TIME_WIDTH, *[count] * (_INDEX_WIDTH + 1 + _CODE_WIDTH)]:
        out += [deflater.compress(data[at : at + width]), deflater.flush(zlib.Z_PARTIAL_FLUSH)]
        at += width
    out += [deflater.compress(data[at:]), deflater.flush()]
    return b"".join(out)


def decompress(packed: bytes, *, max_size: int = MAX_FILE_SIZE) -> bytes:
    """The file inside one whole zlib stream; inflates no further than ``max_size``, whatever the stream promises.

    Raises MalformedInput ``status-reasons.encoding``, ``status-reasons.size``.
    """
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, max_size + 1)
    except zlib.error:
        data = b""
    if len(data) > max_size:
        raise _bad_size()
    if not inflater.eof or inflater.unused_data:
        raise _bad_encoding()
    return data


def decompress_matching(packed: bytes, published: Digest, *, max_size: int = MAX_FILE_SIZE) -> bytes | None:
    """``decompress`` of a stream from anybody: None unless the file inside has the digest ``published``.

    The file is hashed while it is inflated in pieces, and held whole only when it is the published one: else 64 kB
    from a stranger would take 64 MiB before anybody knew that they say nothing.

    Raises MalformedInput as ``decompress``.
    """
    inflater, hasher, size = zlib.decompressobj(), hashlib.sha256(), 0
    # The input goes in by pieces too: what is left of it is copied each time that the output is full.
    for at in range(0, len(packed), _PIECE):
        if inflater.eof:
            raise _bad_encoding()
        piece = packed[at : at + _PIECE]
        while piece and not inflater.eof:
            try:
                data = inflater.decompress(piece, _PIECE)
            except zlib.error:
                raise _bad_encoding() from None
            size += len(data)
            if size > max_size:
                raise _bad_size()
            hasher.update(data)
            piece = inflater.unconsumed_tail
    if not inflater.eof or inflater.unused_data:
        raise _bad_encoding()
    return decompress(packed, max_size=max_size) if hasher.digest() == published else None


def _kind(entry: Entry) -> int:
    """The entry's byte in the column of kinds; refuses an entry that cannot be."""
    kind = _CODES.get(entry.reason, 0)
    kind |= _HAS_UNTIL if entry.until is not None else 0
    kind |= _HAS_SUCCESSOR if entry.successor is not None else 0
    if (
        kind not in _KINDS
        or not 0 <= entry.index < MAX_ENTRIES
        or not 0 <= entry.since <= _MAX_TIME
        or (entry.until is not None and entry.until > _MAX_TIME)
        or (entry.successor is not None and len(entry.successor) != DIGEST_SIZE)
    ):
        raise MalformedInput(
            "status-reasons.entry",
            "A reason has an index, a date, an end or a successor that it cannot have.",
            "Only a hold ends, and only a superseded credential has a successor.",
        )
    return kind


def _check_order(indexes: Iterable[int], kinds: bytes, since: Iterable[int], ends: Iterator[int]) -> None:
    """Entries rise by (index, since, kind); one index has at most one final reason, and holds that do not overlap."""
    last = (-1, 0, 0)
    has_final, free_from = False, 0
    for index, start, kind in zip(indexes, since, kinds, strict=True):
        is_hold = kind & 0x0F == _HELD
        if index != last[0]:
            has_final, free_from = False, 0
        elif (index, start, kind & 0x0F) <= last or (is_hold and start < free_from) or (not is_hold and has_final):
            raise _bad_order()
        last = (index, start, kind & 0x0F)
        if is_hold:
            free_from = next(ends) if kind & _HAS_UNTIL else _MAX_TIME + 1
            if free_from <= start:
                raise _bad_order()
        else:
            has_final = True


def _gaps(rising: list[int]) -> list[int]:
    return [number - before for before, number in zip([0, *rising], rising, strict=False)]


def _rises(numbers: list[int]) -> bool:
    return all(before < number for before, number in pairwise(numbers))


def _planes(numbers: list[int], width: int) -> bytes:
    return b"".join([bytes([number >> shift & 0xFF for number in numbers]) for shift in range(8 * width - 8, -8, -8)])


def _numbers(data: bytes, at: int, count: int, width: int) -> list[int]:
    planes = [data[at + count * plane : at + count * (plane + 1)] for plane in range(width)]
    return [int.from_bytes(number) for number in zip(*planes, strict=True)]


_CURE: Final = "Use the reasons as their issuer published them."


def _malformed() -> MalformedInput:
    return MalformedInput("status-reasons.malformed", "The bytes are no file of reasons.", _CURE)


def _bad_encoding() -> MalformedInput:
    return MalformedInput("status-reasons.encoding", "The reasons are not one whole zlib stream.", _CURE)


def _bad_order() -> MalformedInput:
    return MalformedInput(
        "status-reasons.order",
        "The reasons of one index contradict each other or are out of order.",
        "Give one final reason, and end a hold before the next begins.",
    )


def _bad_size() -> MalformedInput:
    return MalformedInput(
        "status-reasons.size",
        "The reasons are more than 1,048,576 entries or 64 MiB.",
        "Close the list; begin a new one.",
    )
