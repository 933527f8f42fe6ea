"""Step 4 of the sequence for many bundles: the upper part of a path, which neighbours in a batch share, is walked once.

    leaf ─ 4 levels of its own ─ node over 16 leaves ─ the rest of the path ─ root
                                 └ remembered, with every byte that its walk depended on ┘

Whether the rest leads to the root is a question about bytes alone: same node, same place, same rest, same root, same
answer. Only what leads there is remembered, so the memory never changes a verdict.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from ledger import merkle
from ledger.digest import DIGEST_SIZE

_OWN_LEVELS: Final = 4
"""Each leaf walks these; a sixteenth of the leaves walks the rest."""

_OWN_BYTES: Final = DIGEST_SIZE * _OWN_LEVELS
_MEMORY: Final = 4096
"""Nodes remembered at most, of some 600 bytes each."""


class InclusionReader:
    """Verifies inclusion like ``ledger.merkle.verify_inclusion``."""

    __slots__ = ("_proven",)

    def __init__(self) -> None:
        self._proven: set[tuple[bytes, int, int, bytes, bytes]] = set()

    def verify(self, leaf: bytes, index: int, size: int, path: bytes, root: bytes) -> None:
        """Return if ``path`` proves that the leaf hash ``leaf`` is number ``index`` of the ``size`` leaves under
        ``root``; raises what ``ledger.merkle.verify_inclusion`` raises."""
        above, edge = index >> _OWN_LEVELS, (size - 1) >> _OWN_LEVELS
        # Left of the tree's right edge every one of the lower levels has a sibling, so the cut is at a known place.
        if not 0 <= above < edge or size > merkle.MAX_SIZE or len(leaf) != DIGEST_SIZE or len(path) <= _OWN_BYTES:
            merkle.verify_inclusion(leaf, index, size, path, root)
            return
        node = leaf
        for at in range(0, _OWN_BYTES, DIGEST_SIZE):
            sibling = path[at : at + DIGEST_SIZE]
            node = sha256(b"\x01" + sibling + node if index & 1 else b"\x01" + node + sibling).digest()
            index >>= 1
        rest = path[_OWN_BYTES:]
        asked = (node, above, edge, rest, root)
        if asked not in self._proven:
            merkle.verify_inclusion(node, above, edge + 1, rest, root)
            if len(self._proven) >= _MEMORY:
                self._proven.clear()
            self._proven.add(asked)
