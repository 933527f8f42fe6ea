"""Which rows were seen before, in 20 bytes a slot: an open-addressing table of 128-bit digests.

A million rows take 42 MB; as a dict of bytes they would take 190 MB. What is kept is a digest, so a register leaves
nothing behind in memory that could be read.
"""

from __future__ import annotations

from array import array
from hashlib import sha256
from struct import Struct
from typing import Final

_FIRST_SLOTS: Final = 1 << 10
_FULL: Final = 0.6
_HALVES: Final = Struct("<QQ16x").unpack


class SeenRows:
    """Remembers texts by the first 16 bytes of their SHA-256, and the row at which each was first seen."""

    __slots__ = ("_count", "_high", "_low", "_mask", "_rows")

    def __init__(self) -> None:
        self._count = 0
        self._clear(_FIRST_SLOTS)

    def first(self, text: bytes, row: int) -> int | None:
        """The earlier row (1 or greater) with this text; None when it is new, and then it is kept as ``row``'s."""
        high: int
        low: int
        high, low = _HALVES(sha256(text).digest())
        mask, rows = self._mask, self._rows
        slot = low & mask
        while rows[slot]:
            if self._low[slot] == low and self._high[slot] == high:
                return int(rows[slot])
            slot = (slot + 1) & mask
        self._high[slot], self._low[slot], rows[slot] = high, low, row
        self._count += 1
        if self._count > _FULL * mask:
            self._grow()
        return None

    def _clear(self, slots: int) -> None:
        self._mask = slots - 1
        self._high = array("Q", bytes(8 * slots))
        self._low = array("Q", bytes(8 * slots))
        self._rows = array("I", bytes(4 * slots))

    def _grow(self) -> None:
        old = zip(self._high, self._low, self._rows, strict=True)
        self._clear(2 * (self._mask + 1))
        high, low, rows, mask = self._high, self._low, self._rows, self._mask
        for one, two, row in old:
            if row:
                slot = two & mask
                while rows[slot]:
                    slot = (slot + 1) & mask
                high[slot], low[slot], rows[slot] = one, two, row
