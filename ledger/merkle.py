"""Merkle trees of RFC 9162, section 2.1, with SHA-256 (``docs/formats/merkle-tree.md``).

    leaf = SHA-256(0x00 ‖ data)      node = SHA-256(0x01 ‖ left ‖ right)      path = sibling ‖ sibling ‖ …, lowest first

The prefixes keep a node from passing for a leaf. A path binds the leaf's position only together with the *size* of the
tree: the path of leaf 2 of 3 also proves leaf 1 of 2. So the size must come from where the root comes from (the event
on the chain, the checkpoint), never from whoever brings the path.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from struct import iter_unpack
from typing import Final

from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import MalformedInput

EMPTY_ROOT: Final = Digest(sha256(b"").digest())
"""Root of the tree without leaves (RFC 9162, section 2.1.1)."""

MAX_SIZE: Final = 1 << 63
"""Sizes are counted in 64 bits on the chain; half of that keeps every sum in range in every language."""

_CHUNK: Final = 64 * 4096
"""Nodes are made 4,096 at a time: long enough for a tight loop, short enough that memory stays flat."""

_BLOCK_LEVELS: Final = 10
"""Paths in bulk are made for 1,024 neighbours at a time, which share the upper part."""


def leaf_hash(data: bytes) -> Digest:
    """Hash of a leaf that holds ``data``."""
    return Digest(sha256(b"\x00" + data).digest())


def node_hash(left: bytes, right: bytes) -> Digest:
    """Hash of the node above two hashes of 32 bytes."""
    return Digest(sha256(b"\x01" + left + right).digest())


def root_from_path(leaf: bytes, index: int, size: int, path: bytes) -> Digest:
    """The root that ``path`` claims for the leaf hash ``leaf`` at ``index`` (from 0) in a tree of ``size`` leaves.

    The length is checked first: a path has one hash for every level at which its leaf has a sibling, neither more nor
    fewer (RFC 9162, section 2.1.3.2).

    Raises MalformedInput ``merkle.size``, ``merkle.index``, ``merkle.hash-length``, ``merkle.path-length``.
    """
    check_position(index, size)
    check_hash(leaf)
    # Up to the level where the leaf's way joins the tree's right edge every step has a sibling; from there on only the
    # steps that come from the right do.
    inner = (index ^ (size - 1)).bit_length()
    expected = inner + (index >> inner).bit_count()
    if len(path) != DIGEST_SIZE * expected:
        raise MalformedInput(
            "merkle.path-length",
            f"The path has {len(path)} bytes instead of {DIGEST_SIZE * expected}.",
            "Use the path that was made for this index and this size.",
        )
    node = leaf
    for (sibling,) in iter_unpack("32s", path[: DIGEST_SIZE * inner]):
        node = sha256(b"\x01" + sibling + node if index & 1 else b"\x01" + node + sibling).digest()
        index >>= 1
    for (sibling,) in iter_unpack("32s", path[DIGEST_SIZE * inner :]):
        node = sha256(b"\x01" + sibling + node).digest()
    return Digest(node)


def verify_inclusion(leaf: bytes, index: int, size: int, path: bytes, root: bytes) -> None:
    """Return if ``path`` proves that the leaf hash ``leaf`` is number ``index`` of the ``size`` leaves under ``root``.

    Raises MalformedInput ``merkle.not-included``, and what ``root_from_path`` raises.
    """
    if root_from_path(leaf, index, size, path) != root:
        raise MalformedInput(
            "merkle.not-included", "The path does not lead to the root.", "Ask the holder for the original file."
        )


def verify_consistency(old_size: int, new_size: int, path: bytes, old_root: bytes, new_root: bytes) -> None:
    """Return if ``path`` proves that the tree of ``new_size`` leaves begins with the tree of ``old_size`` leaves
    (RFC 9162, section 2.1.4.2). A tree without leaves proves nothing and is refused.

    Raises MalformedInput ``merkle.size``, ``merkle.hash-length``, ``merkle.path-length``, ``merkle.not-consistent``.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise bad_size()
    check_hash(old_root)
    check_hash(new_root)
    if old_size == new_size:
        if path:
            raise _consistency_length(len(path), 0)
        if old_root != new_root:
            raise _not_consistent()
        return
    # The proof starts at the largest subtree that ends the old tree. If that is the whole old tree, its root is known
    # to the verifier and is left out of the proof.
    start = (old_size & -old_size).bit_length() - 1
    index = (old_size - 1) >> start
    inner = (index ^ ((new_size - 1) >> start)).bit_length()
    border = (index >> inner).bit_count()
    is_whole = old_size == 1 << start
    expected = DIGEST_SIZE * (inner + border + (not is_whole))
    if len(path) != expected:
        raise _consistency_length(len(path), expected)
    seed = old_root if is_whole else path[:DIGEST_SIZE]
    hashes = [item for (item,) in iter_unpack("32s", path if is_whole else path[DIGEST_SIZE:])]
    old = new = seed
    for level, sibling in enumerate(hashes[:inner]):
        if index >> level & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    for sibling in hashes[inner:]:
        old, new = node_hash(sibling, old), node_hash(sibling, new)
    if old != old_root or new != new_root:
        raise _not_consistent()


class Tree:
    """A finished tree over known leaves, in one flat buffer: 64 bytes a leaf.

    Level 0 is the leaf hashes; the last node of an odd level stands unchanged in the level above, so that the sibling
    of node i is always node i ^ 1, or none. The levels lie one behind the other, the root last.
    """

    __slots__ = ("_levels", "_nodes", "size")

    def __init__(self, nodes: bytearray, size: int) -> None:
        self.size = size
        self._nodes = nodes
        self._levels = level_table(size)

    @classmethod
    def from_leaves(cls, leaf_hashes: bytes | bytearray | memoryview) -> Tree:
        """Tree over concatenated leaf hashes of 32 bytes. Raises MalformedInput ``merkle.hash-length`` and
        ``merkle.size``."""
        size, rest = divmod(len(leaf_hashes), DIGEST_SIZE)
        if rest:
            raise MalformedInput("merkle.hash-length", "The leaves are not whole hashes.", "Give 32 bytes for each.")
        if not size:
            raise bad_size()
        levels = level_table(size)
        nodes = bytearray(DIGEST_SIZE * sum(width for _, width in levels))
        view = memoryview(nodes)
        view[: len(leaf_hashes)] = leaf_hashes
        for (below, width), (start, _) in pairwise(levels):
            begin, out = DIGEST_SIZE * below, DIGEST_SIZE * start
            paired = begin + DIGEST_SIZE * (width & ~1)
            for at in range(begin, paired, _CHUNK):
                pairs = view[at : min(at + _CHUNK, paired)]
                made = b"".join([sha256(b"\x01" + pair).digest() for (pair,) in iter_unpack("64s", pairs)])
                view[out : out + len(made)] = made
                out += len(made)
            if width & 1:
                view[out : out + DIGEST_SIZE] = view[paired : paired + DIGEST_SIZE]
        view.release()
        return cls(nodes, size)

    @property
    def nodes(self) -> memoryview:
        """All nodes, 32 bytes each, level by level from the leaves to the root; read only."""
        return memoryview(self._nodes).toreadonly()

    @property
    def root(self) -> Digest:
        """Root of the tree."""
        return Digest(bytes(self._nodes[-DIGEST_SIZE:]))

    def leaf(self, index: int) -> Digest:
        """Hash of leaf ``index``. Raises MalformedInput ``merkle.index``."""
        check_position(index, self.size)
        return Digest(bytes(self._nodes[DIGEST_SIZE * index : DIGEST_SIZE * (index + 1)]))

    def path(self, index: int) -> bytes:
        """Inclusion path of leaf ``index``, siblings lowest first. Raises MalformedInput ``merkle.index``."""
        check_position(index, self.size)
        return self._path_above(0, index)

    def paths(self) -> Iterator[bytes]:
        """The paths of all leaves in order, several times faster than one by one."""
        block_level = min(_BLOCK_LEVELS, len(self._levels) - 1)
        for block in range(self._levels[block_level][1]):
            made = [self._path_above(block_level, block)]
            for level in range(block_level - 1, -1, -1):
                start, width = self._levels[level]
                first = block << (block_level - level)
                count = min(width - first, 1 << (block_level - level))
                at = DIGEST_SIZE * (start + first)
                nodes = bytes(self._nodes[at : at + DIGEST_SIZE * count])
                hashes = [item for (item,) in iter_unpack("32s", nodes)]
                paired = count & ~1
                below = [hashes[i ^ 1] + made[i >> 1] for i in range(paired)]
                if count & 1:  # the last node of an odd level has no sibling
                    below.append(made[-1])
                made = below
            yield from made

    def _path_above(self, level: int, index: int) -> bytes:
        nodes = self._nodes
        return b"".join([nodes[at : at + DIGEST_SIZE] for at in sibling_offsets(self._levels[level:], index)])


def level_table(size: int) -> list[tuple[int, int]]:
    """Layout of a tree of ``size`` leaves, leaves first: (number of the level's first node, nodes in the level)."""
    levels, start = [(0, size)], size
    while size > 1:
        size = (size + 1) >> 1
        levels.append((start, size))
        start += size
    return levels


def sibling_offsets(levels: list[tuple[int, int]], index: int) -> list[int]:
    """Byte offsets of the siblings on the way up from node ``index`` of the first of ``levels``."""
    offsets = []
    for start, width in levels:
        if (index ^ 1) < width:
            offsets.append(DIGEST_SIZE * (start + (index ^ 1)))
        index >>= 1
    return offsets


def check_position(index: int, size: int) -> None:
    """Raises MalformedInput ``merkle.size`` or ``merkle.index`` unless 0 <= index < size <= 2^63."""
    if not 0 < size <= MAX_SIZE:
        raise bad_size()
    if not 0 <= index < size:
        raise MalformedInput(
            "merkle.index", "The index is not below the size of the tree.", "Count leaves from 0 to size − 1."
        )


def check_hash(data: bytes) -> None:
    """Raises MalformedInput ``merkle.hash-length`` unless ``data`` has 32 bytes."""
    if len(data) != DIGEST_SIZE:
        raise MalformedInput("merkle.hash-length", "A hash is not 32 bytes long.", "Use SHA-256.")


def bad_size() -> MalformedInput:
    """The error for a tree of no leaves or of too many."""
    return MalformedInput("merkle.size", "The size of the tree is out of range.", "A tree has 1 to 2^63 leaves.")


def _consistency_length(length: int, expected: int) -> MalformedInput:
    return MalformedInput(
        "merkle.path-length",
        f"The path has {length} bytes instead of {expected}.",
        "Use the path that was made for these two sizes.",
    )


def _not_consistent() -> MalformedInput:
    return MalformedInput(
        "merkle.not-consistent", "The newer tree does not begin with the older one.", "Ask who keeps the log why."
    )
