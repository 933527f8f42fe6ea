"""Identifiers of files as IPFS gives them: UnixFS under one named profile (``docs/formats/sealed-content.md``).

    up to 256 KiB     CID (raw) of the content itself
    more              leaves of 256 KiB, above them nodes of up to 174 links, all leaves equally deep; CID (dag-pb) of
                      the topmost node

    node = dag-pb: links (CID, name "", tsize) in order | data = 08 02 | 18 file size | (20 size below each link)*

The same bytes have other identifiers under other profiles, so the profile has a name and never changes under it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256 as _sha256
from typing import Final, TypeAlias

from ledger import dag_pb
from ledger.cid import DAG_PB, RAW, Cid
from ledger.digest import Digest
from ledger.errors import Corrupt, MalformedInput

PROFILE: Final = "unixfs-cidv1-raw-256k-balanced-174"
"""CIDv1, raw leaves, chunks of 262,144 bytes, balanced with at most 174 links, SHA-256: what Kubo makes of
``add --cid-version=1 --raw-leaves --chunker=size-262144`` with its long-standing link limit."""

CHUNK_SIZE: Final = 262_144
"""Bytes in every leaf but the last."""

MAX_LINKS: Final = 174
"""Links in a node: 8 KiB of them, by the reckoning of the first implementation."""

MAX_DEPTH: Final = 8
"""Levels of nodes that a reader follows: 174^8 leaves are more than all the disks there are."""

_CURE: Final = "Store the file under this profile, or ask whoever made it."

Content: TypeAlias = bytes | Iterable[bytes]
"""Bytes, or a stream of pieces of any size."""


@dataclass(frozen=True, slots=True)
class FileNode:
    """A node above leaves: ``links`` and the file bytes below each of them; all add up to ``size``."""

    links: tuple[Cid, ...]
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the file below this node."""
        return sum(self.sizes)


@dataclass(frozen=True, slots=True)
class _Part:
    """A subtree: its identifier, the file bytes in it, and those plus all nodes' own bytes (Tsize)."""

    cid: Cid
    size: int
    tsize: int


def cid_of(content: Content) -> Cid:
    """The identifier of ``content`` under the profile; memory stays flat for a stream."""
    if isinstance(content, bytes) and len(content) <= CHUNK_SIZE:
        return Cid(RAW, Digest(_sha256(content).digest()))
    return deque(blocks_of(content), maxlen=1)[0][0]


def blocks_of(content: Content) -> Iterator[tuple[Cid, bytes]]:
    """All blocks of ``content``, children before their parents, so the root comes last. Equal blocks repeat."""
    tree = _Tree()
    for leaf in chunks_of(content):
        cid = Cid(RAW, Digest(_sha256(leaf).digest()))
        yield cid, leaf
        yield from tree.add(_Part(cid, len(leaf), len(leaf)))
    yield from tree.finish()


def chunks_of(content: Content) -> Iterator[bytes]:
    """``content`` cut into leaves of CHUNK_SIZE; the last may be shorter. Empty content is one empty leaf."""
    held = bytearray()
    given = False
    for piece in (content,) if isinstance(content, bytes) else content:
        view = memoryview(piece)
        at = 0
        while len(held) + len(view) - at >= CHUNK_SIZE:
            end = at + CHUNK_SIZE - len(held)
            held += view[at:end]
            yield bytes(held)
            given = True
            held.clear()
            at = end
        held += view[at:]
    if held or not given:
        yield bytes(held)


def root_of(leaves: Sequence[bytes], size: int) -> Cid:
    """The identifier of a file of ``size`` bytes from the SHA-256 digests of its leaves.

    Raises MalformedInput ``unixfs.sizes`` when so many leaves do not make so many bytes.
    """
    if len(leaves) != leaf_count(size):
        raise MalformedInput("unixfs.sizes", "The number of leaves does not fit the size of the file.", _CURE)
    tree = _Tree()
    for number, digest in enumerate(leaves):
        below = min(CHUNK_SIZE, size - number * CHUNK_SIZE)
        deque(tree.add(_Part(Cid(RAW, Digest(digest)), below, below)), maxlen=0)
    deque(tree.finish(), maxlen=0)
    return tree.root


def leaf_count(size: int) -> int:
    """Leaves in a file of ``size`` bytes; one at least."""
    return max(1, -(-size // CHUNK_SIZE))


def encode_node(node: FileNode, tsizes: Sequence[int]) -> bytes:
    """The block of ``node``; ``tsizes`` are the bytes of all blocks below each link."""
    data = b"\x08\x02\x18" + dag_pb.varint(node.size) + b"".join(b"\x20" + dag_pb.varint(size) for size in node.sizes)
    links = (dag_pb.Link(cid.to_bytes(), "", tsize) for cid, tsize in zip(node.links, tsizes, strict=True))
    return dag_pb.encode(dag_pb.Node(tuple(links), data))


def decode_node(block: bytes) -> FileNode:
    """The file node in ``block``, of this profile's kind: no content of its own, sizes that add up.

    Raises MalformedInput ``unixfs.node`` or ``unixfs.sizes`` besides ``dag-pb.*`` and ``cid.*``.
    """
    node = dag_pb.decode(block)
    data = node.data or b""
    if data[:3] != b"\x08\x02\x18":
        raise MalformedInput("unixfs.node", "The block is not a file node without content of its own.", _CURE)
    total, at = dag_pb.read_varint(data, 3)
    sizes = []
    while at < len(data):
        if data[at] != 0x20:
            raise MalformedInput("unixfs.node", "The file node has fields that this profile does not use.", _CURE)
        size, at = dag_pb.read_varint(data, at + 1)
        sizes.append(size)
    if not 1 <= len(sizes) <= MAX_LINKS or len(sizes) != len(node.links) or sum(sizes) != total or 0 in sizes:
        raise MalformedInput("unixfs.sizes", "The sizes in the file node do not add up.", _CURE)
    return FileNode(tuple(Cid.from_bytes(link.hash) for link in node.links), tuple(sizes))


def content_of(root: Cid, fetch: Callable[[Cid], bytes], *, max_size: int) -> Iterator[bytes]:
    """The file under ``root`` in order, block by block out of ``fetch``, which may be anybody.

    Nothing is yielded before its block has the identifier by which it was asked for and the size its parent gives it.
    ``max_size`` (bytes) stands against a few small nodes that link to each other and make a file of exabytes.

    Raises Corrupt ``unixfs.block-altered`` or ``unixfs.sizes-lie``, MalformedInput ``unixfs.too-large``,
    ``unixfs.too-deep``, ``unixfs.node``, ``unixfs.sizes``, ``dag-pb.*``, ``cid.*``; errors of ``fetch`` pass through.
    """
    pending: list[tuple[Cid, int | None, int]] = [(root, None, 0)]
    while pending:
        cid, size, depth = pending.pop()
        block = fetch(cid)
        if _sha256(block).digest() != cid.digest:
            raise Corrupt("unixfs.block-altered", "A block is not the one that was asked for.", "Ask another store.")
        node = decode_node(block) if cid.codec == DAG_PB else None
        below = node.size if node else len(block)
        if size is not None and size != below:
            raise Corrupt("unixfs.sizes-lie", "A node gives another size for a block than it has.", "Ask its maker.")
        if below > max_size:
            raise MalformedInput("unixfs.too-large", "The file is larger than the reader allows.", "Raise the limit.")
        if node is None:
            yield block
        elif depth == MAX_DEPTH:
            raise MalformedInput("unixfs.too-deep", "The file's nodes are nested deeper than any real file's.", _CURE)
        else:
            parts = zip(node.links, node.sizes, strict=True)
            pending.extend((link, part, depth + 1) for link, part in reversed(list(parts)))


class _Tree:
    """The balanced tree as it grows: per level, the parts that have no parent yet.

    A full level gets its parent only when one part more arrives; so 174 leaves need one node and not two.
    """

    def __init__(self) -> None:
        self._levels: list[list[_Part]] = []

    @property
    def root(self) -> Cid:
        return self._levels[-1][0].cid

    def add(self, part: _Part, level: int = 0) -> Iterator[tuple[Cid, bytes]]:
        """Take a part; yields the nodes that this completes."""
        if level == len(self._levels):
            self._levels.append([])
        if len(self._levels[level]) == MAX_LINKS:
            yield from self._close(level)
        self._levels[level].append(part)

    def finish(self) -> Iterator[tuple[Cid, bytes]]:
        """Yields all remaining nodes, the root last; after it ``root`` is known."""
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > 1:
            yield from self._close(level)
            level += 1

    def _close(self, level: int) -> Iterator[tuple[Cid, bytes]]:
        parts = self._levels[level]
        node = FileNode(tuple(part.cid for part in parts), tuple(part.size for part in parts))
        block = encode_node(node, [part.tsize for part in parts])
        cid = Cid(DAG_PB, Digest(_sha256(block).digest()))
        yield cid, block
        yield from self.add(_Part(cid, node.size, len(block) + sum(part.tsize for part in parts)), level + 1)
        parts.clear()
