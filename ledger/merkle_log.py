"""A Merkle tree that only grows (RFC 9162, section 2.1): roots, inclusion and consistency paths at every size it had.

    append a b c  ->  root(2), root(3), path(0, 3), consistency_path(2, 3)

Only the roots of complete subtrees are kept, level by level; they never change, so any past tree is still there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.digest import DIGEST_SIZE, Digest
from ledger.merkle import EMPTY_ROOT, bad_size, check_hash, check_position, node_hash


class MerkleLog:
    """64 bytes a leaf; ``append`` costs two hashes on average, a root or a path at most log² n."""

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: bytes = b"") -> None:
        """A log that begins with the given leaf hashes, 32 bytes each. Raises MalformedInput ``merkle.hash-length``."""
        self._levels: list[bytearray] = [bytearray()]
        for at in range(0, len(leaf_hashes), DIGEST_SIZE):
            self.append(leaf_hashes[at : at + DIGEST_SIZE])

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0]) // DIGEST_SIZE

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash of 32 bytes and return its index. Raises MalformedInput ``merkle.hash-length``."""
        check_hash(leaf)
        index = position = self.size
        node, level = leaf, 0
        self._levels[0] += leaf
        while position & 1:  # a right child completes the subtree above it
            node = node_hash(self._node(level, position - 1), node)
            position >>= 1
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
        return index

    def leaf(self, index: int) -> Digest:
        """Leaf hash ``index``. Raises MalformedInput ``merkle.index``, ``merkle.size``."""
        check_position(index, self.size)
        return self._node(0, index)

    def root(self, size: int | None = None) -> Digest:
        """Root when the log had ``size`` leaves; now, when none is given. Raises MalformedInput ``merkle.size``."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise bad_size()
        return self._subtree(0, size) if size else EMPTY_ROOT

    def path(self, index: int, size: int | None = None) -> bytes:
        """Inclusion path of leaf ``index`` in the tree of ``size`` leaves (section 2.1.3.1), siblings lowest first.

        Raises MalformedInput ``merkle.size``, ``merkle.index``.
        """
        size = self._known(size)
        check_position(index, size)
        siblings = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                siblings.append(self._subtree(middle, end))
                end = middle
            else:
                siblings.append(self._subtree(start, middle))
                start = middle
        return b"".join(reversed(siblings))

    def consistency_path(self, old_size: int, size: int | None = None) -> bytes:
        """Path that shows that the tree of ``size`` leaves begins with that of ``old_size`` (section 2.1.4.1).

        Raises MalformedInput ``merkle.size``.
        """
        size = self._known(size)
        if not 0 < old_size <= size:
            raise bad_size()
        return b"".join(reversed(list(self._consistency(old_size, size))))

    def _consistency(self, old_size: int, size: int) -> Iterator[Digest]:
        start, end, is_whole = 0, size, True
        while end != old_size:
            middle = start + _split(end - start)
            if old_size <= middle:
                yield self._subtree(middle, end)
                end = middle
            else:
                yield self._subtree(start, middle)
                start, is_whole = middle, False
        if not is_whole:
            yield self._subtree(start, end)

    def _known(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 < size <= self.size:
            raise bad_size()
        return size

    def _subtree(self, start: int, end: int) -> Digest:
        """Root over leaves start … end − 1; ``start`` is a multiple of the power of two that splits the range."""
        width = end - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + _split(width)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))

    def _node(self, level: int, position: int) -> Digest:
        at = DIGEST_SIZE * position
        return Digest(bytes(self._levels[level][at : at + DIGEST_SIZE]))


def _split(width: int) -> int:
    """The largest power of two below ``width`` (width > 1)."""
    return 1 << ((width - 1).bit_length() - 1)
