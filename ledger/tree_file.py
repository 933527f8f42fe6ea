"""A Merkle tree in a file, read in place (``docs/formats/merkle-tree.md``).

    onceledger-tree-v1\\n | size, 8 bytes big-endian | leaves | level 1 | … | root        32 bytes a node

Sizes of the levels follow from the size alone: n, ⌈n/2⌉, ⌈n/4⌉, …, 1. So the path of any leaf costs one read of 32
bytes a level, and the tree of a batch of a million need not be in memory to serve one citizen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import Corrupt, MalformedInput
from ledger.merkle import MAX_SIZE, Tree, check_position, level_table, root_from_path, sibling_offsets

_MAGIC: Final = b"onceledger-tree-v1\n"
_PIECE: Final = 1 << 20
_HEADER_SIZE: Final = len(_MAGIC) + 8


def header(size: int) -> bytes:
    """What stands before the nodes of a tree of ``size`` leaves, which ``tree.nodes`` follow."""
    return _MAGIC + size.to_bytes(8)


def file_size(size: int) -> int:
    """Bytes of the file of a tree of ``size`` leaves."""
    return _HEADER_SIZE + DIGEST_SIZE * sum(width for _, width in level_table(size))


def pieces(tree: Tree) -> Iterator[bytes]:
    """The file of ``tree`` in pieces of at most 1 MiB, so that a large one is never there twice."""
    yield header(tree.size)
    for at in range(0, len(tree.nodes), _PIECE):
        yield bytes(tree.nodes[at : at + _PIECE])


def to_bytes(tree: Tree) -> bytes:
    """The whole file of ``tree``."""
    return b"".join((header(tree.size), tree.nodes))


def from_bytes(data: bytes) -> Tree:
    """The tree that ``to_bytes`` wrote; every node is computed again.

    Raises MalformedInput ``merkle.tree-file`` when it is no such file, Corrupt ``merkle.tree-file-damaged``.
    """
    size = _read_header(data[:_HEADER_SIZE])
    if len(data) != file_size(size):
        raise _not_a_tree_file()
    nodes = memoryview(data)[_HEADER_SIZE:]
    tree = Tree.from_leaves(nodes[: DIGEST_SIZE * size])
    if tree.nodes != nodes:
        raise _damaged()
    return tree


class TreeFile:
    """A stored tree read in place; every path is checked against the stored root before it is given.

    ``read_at(offset, length)`` returns that many bytes of the file; its own errors pass through.
    """

    __slots__ = ("_levels", "_read_at", "root", "size")

    def __init__(self, read_at: Callable[[int, int], bytes]) -> None:
        """Raises MalformedInput ``merkle.tree-file`` when the bytes are no tree file, Corrupt
        ``merkle.tree-file-damaged`` when the file ends too early."""
        self.size = _read_header(read_at(0, _HEADER_SIZE))
        self._levels = level_table(self.size)
        self._read_at = read_at
        self.root = Digest(self._hash_at(DIGEST_SIZE * self._levels[-1][0]))

    def leaf(self, index: int) -> Digest:
        """Hash of leaf ``index``. Raises MalformedInput ``merkle.index``, Corrupt ``merkle.tree-file-damaged``."""
        check_position(index, self.size)
        return Digest(self._hash_at(DIGEST_SIZE * index))

    def path(self, index: int) -> bytes:
        """Inclusion path of leaf ``index``.

        Raises MalformedInput ``merkle.index``, Corrupt ``merkle.tree-file-damaged`` when what was read does not lead to
        the root.
        """
        leaf = self.leaf(index)
        path = b"".join([self._hash_at(at) for at in sibling_offsets(self._levels, index)])
        if root_from_path(leaf, index, self.size, path) != self.root:
            raise _damaged()
        return path

    def _hash_at(self, offset: int) -> bytes:
        data = self._read_at(_HEADER_SIZE + offset, DIGEST_SIZE)
        if len(data) != DIGEST_SIZE:
            raise _damaged()
        return data


def _read_header(data: bytes) -> int:
    size = int.from_bytes(data[len(_MAGIC) :])
    if len(data) != _HEADER_SIZE or not data.startswith(_MAGIC) or not 0 < size <= MAX_SIZE:
        raise _not_a_tree_file()
    return size


def _not_a_tree_file() -> MalformedInput:
    return MalformedInput("merkle.tree-file", "The bytes are not a whole tree file.", "Build it again from the leaves.")


def _damaged() -> Corrupt:
    return Corrupt("merkle.tree-file-damaged", "A stored tree does not add up.", "Build it again from the leaves.")
