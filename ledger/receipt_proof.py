"""Transaction receipts and their proof of inclusion in a block: the receipts trie.

    receipt = RLP [status, cumulativeGasUsed, logsBloom (256 bytes), logs]         of a legacy transaction
    receipt = type (one byte, 1..4) || the same RLP                                of a typed one (EIP-2718)
    log     = [address (20 bytes), [topic (32 bytes) ... at most 4], data]
    key     = RLP (index of the transaction in its block)

A Merkle-Patricia trie (yellow paper, appendix D) maps key to receipt; Keccak-256 of its root node is the header's
receiptsRoot. A proof is the list of the nodes from the root to the leaf, nothing else:

    branch    = RLP [child 0, ... child 15, value]
    extension = RLP [path, child]      leaf = RLP [path, receipt]      path in hex-prefix form

Two things make the walk shorter than the general one, and each narrows what a forger may write. A receipt has more than
256 bytes, so no node on the way to one is shorter than 32 bytes: every child on the way is a 32-byte hash, never an
embedded node. No key is the beginning of another, so a branch never holds a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import strict_rlp
from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.keccak import ADDRESS_SIZE, keccak256

MAX_RECEIPT_SIZE = 256 * 1024
"""Largest receipt read, in bytes; an anchoring transaction's has about 700."""

MAX_LEAF_SIZE = MAX_RECEIPT_SIZE + 64
"""Largest leaf read: one around the largest receipt."""

MAX_INNER_SIZE = 3 + 16 * 33 + 1
"""Largest node above a leaf: a branch with sixteen children."""

MAX_NODES = 10
"""Most nodes of a proof: a key of four bytes (2^24 transactions in a block) is eight nibbles, a node each; a leaf."""

MAX_INDEX = 2**24 - 1

MIN_RECEIPT_SIZE = 256 + 8
"""No receipt is shorter: a bloom filter of 256 bytes and the prefixes around it."""

TYPED = range(1, 5)
"""Transaction types whose receipts have these four fields: EIP-2930, 1559, 4844, 7702."""

EMPTY_ROOT = keccak256(b"\x80")
"""receiptsRoot of a block without transactions."""

_ASK_AGAIN = "Ask the network for the block's receipts again."
_BRANCH_SIZE, _PAIR_SIZE = 17, 2


@dataclass(frozen=True, slots=True)
class Log:
    """One event of a receipt, as the contract at ``address`` emitted it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decoded receipt. ``kind`` is the transaction type, 0 for legacy; ``status`` is whether it succeeded."""

    kind: int
    status: bool
    cumulative_gas_used: int
    logs_bloom: bytes
    logs: tuple[Log, ...]


def encode_receipt(receipt: Receipt) -> bytes:
    """The bytes that stand in the trie."""
    body = strict_rlp.encode(
        [
            b"\x01" if receipt.status else b"",
            strict_rlp.encode_uint(receipt.cumulative_gas_used),
            receipt.logs_bloom,
            [(log.address, log.topics, log.data) for log in receipt.logs],
        ]
    )
    return bytes((receipt.kind,)) + body if receipt.kind else body


def decode_receipt(data: bytes) -> Receipt:
    """The receipt that ``data`` spells (post-Byzantium: with a status).

    Raises MalformedInput ``rlp.too-large``, ``rlp.malformed`` or ``receipt-proof.unknown-type``.
    """
    kind = 0
    if data and data[0] < 0xC0:
        kind = data[0]
        if kind not in TYPED:
            raise MalformedInput(
                "receipt-proof.unknown-type", f"A receipt of type {kind} is not known.", "Update the software."
            )
        data = data[1:]
    parts = strict_rlp.decode_list(data, max_size=MAX_RECEIPT_SIZE)
    if len(parts) != 4:
        raise strict_rlp.malformed("a receipt has four items")
    status, gas, bloom, logs = parts
    if status not in (b"", b"\x01"):
        raise strict_rlp.malformed("a receipt's status is 1 or empty")
    return Receipt(
        kind=kind,
        status=status == b"\x01",
        cumulative_gas_used=strict_rlp.uint(gas, 8),
        logs_bloom=strict_rlp.string(bloom, 256),
        logs=tuple([_log(strict_rlp.items(log)) for log in strict_rlp.items(logs)]),
    )


def logs_bloom(logs: Sequence[Log]) -> bytes:
    """Bloom filter (256 bytes) of ``logs``: three bits for every address and topic (yellow paper, section 4.3.1)."""
    bits = 0
    for log in logs:
        for value in (log.address, *log.topics):
            bits |= bloom_of(value)
    return bits.to_bytes(256, "big")


def bloom_of(value: bytes) -> int:
    """The three bits of one address or topic in a bloom filter that is read as a big-endian number."""
    digest = keccak256(value)
    return sum({1 << (int.from_bytes(digest[at : at + 2], "big") & 0x7FF) for at in (0, 2, 4)})


def receipts_root(receipts: Sequence[bytes]) -> Digest:
    """receiptsRoot of a block whose encoded receipts are ``receipts``, in order."""
    if not receipts:
        return EMPTY_ROOT
    return keccak256(_node(_entries(receipts), 0, None, []))


def build_proof(receipts: Sequence[bytes], index: int) -> list[bytes]:
    """Proof that receipt ``index`` is among the block's encoded ``receipts``: nodes from the root to the leaf.

    Raises MalformedInput ``receipt-proof.index`` when there is no such receipt.
    """
    if not 0 <= index < len(receipts):
        raise _bad_index()
    path: list[bytes] = []
    _node(_entries(receipts), 0, _key(index), path)
    path.reverse()
    return path


def verify_proof(root: bytes, index: int, nodes: Sequence[bytes]) -> bytes:
    """The encoded receipt that the trie under ``root`` (32 bytes) holds for transaction ``index``.

    Every byte of ``nodes`` takes part: none may be missing, changed, out of order or left over. Raises MalformedInput
    ``receipt-proof.index``, ``receipt-proof.size`` (asked before anything is hashed), ``receipt-proof.broken`` (a node
    is not the one its parent, or the root, names), ``receipt-proof.not-included`` (the path leads elsewhere: a proof
    for another index, or of absence), ``receipt-proof.left-over``, ``rlp.malformed``.
    """
    if not 0 <= index <= MAX_INDEX:
        raise _bad_index()
    last = len(nodes) - 1
    if not 0 <= last < MAX_NODES or any(
        not 32 <= len(node) <= (MAX_LEAF_SIZE if position == last else MAX_INNER_SIZE)
        for position, node in enumerate(nodes)
    ):
        raise MalformedInput(
            "receipt-proof.size",
            f"A receipt proof has 1 to {MAX_NODES} nodes: inner ones of at most {MAX_INNER_SIZE} bytes and a leaf.",
            _ASK_AGAIN,
        )
    path, expected = _key(index), bytes(root)
    for position, node in enumerate(nodes):
        if keccak256(node) != expected:
            raise MalformedInput(
                "receipt-proof.broken",
                f"Node {position} of the receipt proof is not the one that the node above it names.",
                _ASK_AGAIN,
            )
        parts = strict_rlp.decode_list(node, max_size=MAX_LEAF_SIZE)
        if len(parts) == _BRANCH_SIZE:
            if not path:
                raise _not_included()
            child, path = parts[path[0]], path[1:]
        elif len(parts) == _PAIR_SIZE:
            shared, is_leaf = _unpack(strict_rlp.string(parts[0]))
            if is_leaf:
                if shared != path:
                    raise _not_included()
                if position != last:
                    raise MalformedInput(
                        "receipt-proof.left-over", "Nodes follow the leaf of the receipt proof.", _ASK_AGAIN
                    )
                return strict_rlp.string(parts[1])
            if not shared or path[: len(shared)] != shared:
                raise _not_included()
            child, path = parts[1], path[len(shared) :]
        else:
            raise strict_rlp.malformed("a trie node has 17 or 2 items")
        if child == b"":
            raise _not_included()
        expected = strict_rlp.string(child, 32)
    raise MalformedInput("receipt-proof.broken", "The receipt proof ends before it reaches a leaf.", _ASK_AGAIN)


def _key(index: int) -> bytes:
    """The nibbles of RLP (index), one a byte."""
    return bytes.fromhex("0" + "0".join(strict_rlp.encode(strict_rlp.encode_uint(index)).hex()))


def _entries(receipts: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    if any(len(receipt) < MIN_RECEIPT_SIZE for receipt in receipts):
        raise strict_rlp.malformed("a receipt is too short to be one")
    return sorted((_key(index), receipt) for index, receipt in enumerate(receipts))


def _node(entries: list[tuple[bytes, bytes]], depth: int, wanted: bytes | None, path: list[bytes]) -> bytes:
    """The node over sorted ``entries``, which share their first ``depth`` nibbles; nodes on the way to the key
    ``wanted`` (None: to none) are appended to ``path``, the deepest first."""
    first, last = entries[0][0], entries[-1][0]
    if len(entries) == 1:
        node = strict_rlp.encode([_pack(first[depth:], is_leaf=True), entries[0][1]])
    else:
        shared = depth
        while first[shared] == last[shared]:
            shared += 1
        if shared > depth:
            node = strict_rlp.encode(
                [_pack(first[depth:shared], is_leaf=False), keccak256(_node(entries, shared, wanted, path))]
            )
        else:
            children = [b""] * _BRANCH_SIZE
            for nibble in range(16):
                below = [entry for entry in entries if entry[0][depth] == nibble]
                if below:
                    on_path = wanted if wanted is not None and wanted[depth] == nibble else None
                    children[nibble] = keccak256(_node(below, depth + 1, on_path, path))
            node = strict_rlp.encode(children)
    if wanted is not None:
        path.append(node)
    return node


def _pack(nibbles: bytes, *, is_leaf: bool) -> bytes:
    """Hex-prefix form (yellow paper, appendix C)."""
    odd = len(nibbles) % 2
    flag = (2 if is_leaf else 0) + odd
    whole = bytes((flag,)) + nibbles if odd else bytes((flag, 0)) + nibbles
    return bytes(high << 4 | low for high, low in zip(whole[::2], whole[1::2], strict=True))


def _unpack(packed: bytes) -> tuple[bytes, bool]:
    """Nibbles of a hex-prefix path, and whether it is a leaf's."""
    flag = packed[0] >> 4 if packed else 4
    nibbles = bytes.fromhex("0" + "0".join(packed.hex())) if packed else b""
    if flag > 3 or (flag % 2 == 0 and packed[0] & 0x0F):
        raise strict_rlp.malformed("a path of the trie has a wrong prefix")
    return nibbles[1 if flag % 2 else 2 :], flag >= 2


def _log(parts: list[strict_rlp.Item]) -> Log:
    if len(parts) != 3:
        raise strict_rlp.malformed("a log has three items")
    topics = strict_rlp.items(parts[1])
    if len(topics) > 4:
        raise strict_rlp.malformed("a log has at most four topics")
    return Log(
        address=strict_rlp.string(parts[0], ADDRESS_SIZE),
        topics=tuple([strict_rlp.string(topic, 32) for topic in topics]),
        data=strict_rlp.string(parts[2]),
    )


def _bad_index() -> MalformedInput:
    return MalformedInput(
        "receipt-proof.index", "The block has no transaction of that index.", "Check the index of the receipt."
    )


def _not_included() -> MalformedInput:
    return MalformedInput(
        "receipt-proof.not-included", "The proof does not lead to a receipt of that index.", _ASK_AGAIN
    )
