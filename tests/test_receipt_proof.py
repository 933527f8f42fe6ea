"""Receipts and their proofs: those of real blocks verify, nothing a forger writes does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from besu_blocks import BLOCKS, NETWORK, receipts_of, unhex
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from ledger import strict_rlp
from ledger.errors import MalformedInput
from ledger.keccak import keccak256
from ledger.receipt_proof import (
    EMPTY_ROOT,
    MAX_NODES,
    MAX_RECEIPT_SIZE,
    Log,
    Receipt,
    build_proof,
    decode_receipt,
    encode_receipt,
    logs_bloom,
    receipts_root,
    verify_proof,
)

FULL = [block for block in BLOCKS if block["transactions"]]
BURST = receipts_of(BLOCKS[33])
ROOT = unhex(BLOCKS[33]["receiptsRoot"])
INDEX = 17
PROOF = build_proof(BURST, INDEX)


def receipt(size: int = 300, fill: int = 1) -> bytes:
    """Bytes long enough to stand for a receipt."""
    return bytes((fill,)) * size


def refused(root: bytes, index: int, nodes: list[bytes], *codes: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        verify_proof(root, index, nodes)
    assert caught.value.code in codes


def reference(receipts: list[bytes]) -> Any:
    """The same trie by the reference library."""
    trie = HexaryTrie({})
    for index, encoded in enumerate(receipts):
        trie[strict_rlp.encode(strict_rlp.encode_uint(index))] = encoded
    return trie


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["number"])
def test_the_receipts_root_of_a_real_block(block: dict[str, Any]) -> None:
    assert receipts_root(receipts_of(block)) == unhex(block["receiptsRoot"])


@pytest.mark.parametrize("block", FULL, ids=lambda block: block["number"])
def test_every_receipt_of_a_real_block_is_proved(block: dict[str, Any]) -> None:
    receipts = receipts_of(block)
    for index, encoded in enumerate(receipts):
        nodes = build_proof(receipts, index)
        assert verify_proof(unhex(block["receiptsRoot"]), index, nodes) == encoded
        told = NETWORK["receipts"][str(int(block["number"], 16))][index]
        decoded = decode_receipt(encoded)
        assert decoded.status == (told["status"] == "0x1")
        assert decoded.cumulative_gas_used == int(told["cumulativeGasUsed"], 16)
        assert [log.data for log in decoded.logs] == [unhex(log["data"]) for log in told["logs"]]
        assert logs_bloom(decoded.logs) == decoded.logs_bloom == unhex(told["logsBloom"])
        assert encode_receipt(decoded) == encoded


def test_the_vectors_hold_every_kind_of_receipt() -> None:
    decoded = [decode_receipt(encoded) for block in FULL for encoded in receipts_of(block)]
    assert {receipt.kind for receipt in decoded} == {0, 1, 2}
    assert {receipt.status for receipt in decoded} == {True, False}


def test_leaving_the_type_out_gives_another_root() -> None:
    assert any(encoded[0] < 0xC0 for encoded in BURST)
    bare = [encoded[1:] if encoded[0] < 0xC0 else encoded for encoded in BURST]
    assert receipts_root(bare) != ROOT


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.data())
def test_root_and_proof_are_the_reference_tries(count: int, data: st.DataObject) -> None:
    receipts = [receipt(fill=index % 251) for index in range(count)]
    index = data.draw(st.integers(0, count - 1))
    trie = reference(receipts)
    nodes = build_proof(receipts, index)
    assert receipts_root(receipts) == trie.root_hash
    key = strict_rlp.encode(strict_rlp.encode_uint(index))
    assert nodes == [strict_rlp.encode([*node]) for node in trie.get_proof(key)]
    assert verify_proof(trie.root_hash, index, nodes) == receipts[index]


@pytest.mark.parametrize("index", [0, 1, 127, 128, 255, 256, 300])
def test_a_proof_at_each_length_of_key(index: int) -> None:
    receipts = [receipt(fill=number % 251) for number in range(301)]
    assert verify_proof(receipts_root(receipts), index, build_proof(receipts, index)) == receipts[index]


def test_an_extension_node_is_walked() -> None:
    """Two transactions of a block of one hundred and thirty share the nibbles 8, 1, 8 of their keys."""
    receipts = [receipt(fill=number) for number in range(130)]
    nodes = build_proof(receipts, 129)
    assert any(len(strict_rlp.decode_list(node, max_size=1000)) == 2 for node in nodes[:-1])
    assert verify_proof(receipts_root(receipts), 129, nodes) == receipts[129]


def test_a_block_without_transactions() -> None:
    assert receipts_root([]) == EMPTY_ROOT == unhex(BLOCKS[1]["receiptsRoot"])


@pytest.mark.parametrize("index", [-1, 140, 10**9])
def test_a_proof_of_a_receipt_that_does_not_exist_is_not_built(index: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        build_proof(BURST, index)
    assert caught.value.code == "receipt-proof.index"


def test_bytes_too_short_to_be_a_receipt_are_not_put_into_a_trie() -> None:
    with pytest.raises(MalformedInput) as caught:
        receipts_root([b"\x01" * 31])
    assert caught.value.code == "rlp.malformed"


# Forgeries


@pytest.mark.parametrize("index", [0, 1, 16, 18, 127, 128, 139])
def test_a_proof_for_another_index(index: int) -> None:
    refused(ROOT, index, PROOF, "receipt-proof.not-included", "receipt-proof.broken")


@pytest.mark.parametrize("index", [140, 255, 256, 65536])
def test_a_proof_of_absence_is_no_proof_of_inclusion(index: int) -> None:
    key = strict_rlp.encode(strict_rlp.encode_uint(index))
    absent = [strict_rlp.encode([*node]) for node in reference(BURST).get_proof(key)]
    refused(ROOT, index, absent, "receipt-proof.not-included")


@pytest.mark.parametrize("index", [-1, 2**24])
def test_an_index_beyond_every_block(index: int) -> None:
    refused(ROOT, index, PROOF, "receipt-proof.index")


@pytest.mark.parametrize("left_out", range(len(PROOF)))
def test_a_node_left_out(left_out: int) -> None:
    refused(ROOT, INDEX, [node for at, node in enumerate(PROOF) if at != left_out], "receipt-proof.broken")


def test_the_leaf_alone_against_its_own_hash() -> None:
    refused(keccak256(PROOF[-1]), INDEX, PROOF[-1:], "receipt-proof.not-included")


@pytest.mark.parametrize("at", range(len(PROOF)))
def test_a_node_twice(at: int) -> None:
    refused(ROOT, INDEX, [*PROOF[: at + 1], *PROOF[at:]], "receipt-proof.broken", "receipt-proof.left-over")


def test_a_node_behind_the_leaf() -> None:
    for extra in (PROOF[0], b"\xc0" * 40):
        refused(ROOT, INDEX, [*PROOF, extra], "receipt-proof.left-over", "receipt-proof.size")


def test_a_node_before_the_root() -> None:
    refused(ROOT, INDEX, [PROOF[1], *PROOF], "receipt-proof.broken")


def test_nodes_in_another_order() -> None:
    refused(ROOT, INDEX, [PROOF[1], PROOF[0], *PROOF[2:]], "receipt-proof.broken")
    refused(ROOT, INDEX, PROOF[::-1], "receipt-proof.broken", "receipt-proof.size")


def test_no_node_at_all() -> None:
    refused(ROOT, INDEX, [], "receipt-proof.size")
    refused(EMPTY_ROOT, 0, [], "receipt-proof.size")


def test_the_empty_trie_holds_nothing() -> None:
    refused(EMPTY_ROOT, 0, [b"\x80"], "receipt-proof.size")


@pytest.mark.parametrize("at", range(len(PROOF)))
def test_every_byte_of_every_node_takes_part(at: int) -> None:
    for position in range(len(PROOF[at])):
        changed = bytearray(PROOF[at])
        changed[position] ^= 1 << position % 8
        refused(ROOT, INDEX, [*PROOF[:at], bytes(changed), *PROOF[at + 1 :]], "receipt-proof.broken")


def test_the_root_of_another_block() -> None:
    refused(unhex(BLOCKS[17]["receiptsRoot"]), INDEX, PROOF, "receipt-proof.broken")


def rooted(*nodes: Any) -> tuple[bytes, list[bytes]]:
    """A trie of the forger's own: its root and nodes, so that only the rules of the walk can refuse it."""
    encoded = [node if isinstance(node, bytes) else strict_rlp.encode(node) for node in nodes]
    return keccak256(encoded[0]), encoded


def leaf(path: bytes, value: bytes) -> list[Any]:
    return [path, value]


def branch(**children: Any) -> list[Any]:
    parts: list[Any] = [b""] * 17
    for name, child in children.items():
        parts[int(name[1:])] = child
    return parts


KEY_1 = b"\x20\x01"
VALUE = receipt()


def test_a_trie_of_one_receipt() -> None:
    root, nodes = rooted(leaf(KEY_1, VALUE))
    assert verify_proof(root, 1, nodes) == VALUE


PREFIXES = {
    "an extension's": b"\x00\x01",
    "a flag above three": b"\x40\x01",
    "padding that is not zero": b"\x21\x01",
    "no prefix": b"",
    "a longer path": b"\x20\x01\x00",
    "a shorter path": b"\x20",
    "an odd path": b"\x31",
}


@pytest.mark.parametrize("path", PREFIXES.values(), ids=PREFIXES.keys())
def test_a_leaf_under_a_wrong_path(path: bytes) -> None:
    root, nodes = rooted(leaf(path, VALUE))
    with pytest.raises(MalformedInput):
        verify_proof(root, 1, nodes)


def test_a_leaf_whose_value_is_a_list() -> None:
    root, nodes = rooted([KEY_1, [VALUE]])
    refused(root, 1, nodes, "rlp.malformed")


def test_an_embedded_leaf_cannot_hold_a_receipt() -> None:
    root, nodes = rooted(branch(_0=leaf(b"\x31", b"tiny"), _1=b"\x11" * 32))
    refused(root, 1, nodes, "rlp.malformed")


def test_an_embedded_node_of_any_size_is_refused() -> None:
    inner = branch(_1=leaf(b"\x20", VALUE))
    root, nodes = rooted([*branch(_0=inner)])
    refused(root, 1, nodes, "rlp.malformed")


@pytest.mark.parametrize("size", [1, 31, 33])
def test_a_child_that_is_no_hash_is_refused(size: int) -> None:
    root, nodes = rooted(branch(_0=b"\x11" * size, _5=b"\x22" * 32))
    refused(root, 1, nodes, "rlp.malformed")


def test_a_receipt_as_the_value_of_a_branch_is_refused() -> None:
    bottom = strict_rlp.encode(branch(_16=VALUE, _2=b"\x33" * 32))
    root, nodes = rooted([b"\x00\x01", keccak256(bottom)], bottom)
    refused(root, 1, nodes, "receipt-proof.not-included")


def test_an_extension_that_goes_nowhere_is_refused() -> None:
    bottom = strict_rlp.encode(leaf(KEY_1, VALUE))
    root, nodes = rooted([b"\x00", keccak256(bottom)], bottom)
    refused(root, 1, nodes, "receipt-proof.not-included")


def test_extensions_in_a_row_end_at_the_limit() -> None:
    """Nodes that name themselves cannot exist; a long chain of shared empty paths would come closest."""
    nodes = [strict_rlp.encode(leaf(KEY_1, VALUE))]
    for _ in range(MAX_NODES):
        nodes.insert(0, strict_rlp.encode([b"\x00", keccak256(nodes[0])]))
    refused(keccak256(nodes[0]), 1, nodes, "receipt-proof.size")


@pytest.mark.parametrize("parts", [0, 1, 3, 16, 18])
def test_a_node_of_another_arity_is_refused(parts: int) -> None:
    root, nodes = rooted([b"\x11" * 32] * max(parts, 1) if parts else strict_rlp.encode([b"\x11" * 32])[:-1] + b"\xc0")
    refused(root, 1, nodes, "rlp.malformed")


def test_a_node_that_is_a_string_is_refused() -> None:
    root, nodes = rooted(strict_rlp.encode(VALUE))
    refused(root, 1, nodes, "rlp.malformed")


NOT_CANONICAL = {
    "trailing byte": strict_rlp.encode([KEY_1, VALUE]) + b"\x00",
    "path in the long form": b"\xf9\x01\x32" + b"\xb8\x02" + KEY_1 + strict_rlp.encode(VALUE),
    "length with a leading zero": b"\xfa\x00\x01\x32" + strict_rlp.encode(KEY_1) + strict_rlp.encode(VALUE),
}


@pytest.mark.parametrize("node", NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_a_node_that_is_not_canonical_rlp_is_refused(node: bytes) -> None:
    root, nodes = rooted(node)
    refused(root, 1, nodes, "rlp.malformed")


def test_nodes_of_a_megabyte_are_refused_unhashed() -> None:
    big = b"\xc0" * 2**20
    refused(ROOT, INDEX, [big], "receipt-proof.size")
    refused(ROOT, INDEX, [*PROOF[:-1], big], "receipt-proof.size")
    refused(ROOT, INDEX, [b"\xc0" * 1000, *PROOF[1:]], "receipt-proof.size")


def test_a_thousand_nodes_are_refused_unhashed() -> None:
    refused(ROOT, INDEX, PROOF[:1] * 1000, "receipt-proof.size")


@given(st.lists(st.binary(max_size=600), max_size=6), st.integers(0, 200))
def test_nothing_made_up_is_accepted(nodes: list[bytes], index: int) -> None:
    with pytest.raises(MalformedInput):
        verify_proof(ROOT, index, nodes)


# Receipts

RECEIPT = Receipt(2, True, 51_000, bytes(256), (Log(b"\x01" * 20, (b"\x02" * 32,), b"data"),))
BODY: list[Any] = [b"\x01", b"\x10", bytes(256), [[bytes(20), [bytes(32)], b""]]]

WRONG: dict[str, list[Any]] = {
    "three items": BODY[:3],
    "five items": [*BODY, b""],
    "a state root for a status": [bytes(32), *BODY[1:]],
    "status 2": [b"\x02", *BODY[1:]],
    "status 0 as a byte": [b"\x00", *BODY[1:]],
    "status a list": [[], *BODY[1:]],
    "gas with a leading zero": [b"\x01", b"\x00\x01", *BODY[2:]],
    "gas of nine bytes": [b"\x01", b"\x01" * 9, *BODY[2:]],
    "bloom of 255 bytes": [*BODY[:2], bytes(255), BODY[3]],
    "logs a string": [*BODY[:3], b""],
    "a log of two items": [*BODY[:3], [[bytes(20), []]]],
    "a log that is a string": [*BODY[:3], [b"log"]],
    "an address of 21 bytes": [*BODY[:3], [[bytes(21), [], b""]]],
    "five topics": [*BODY[:3], [[bytes(20), [bytes(32)] * 5, b""]]],
    "a topic of 31 bytes": [*BODY[:3], [[bytes(20), [bytes(31)], b""]]],
    "data a list": [*BODY[:3], [[bytes(20), [], []]]],
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("kind", [b"", b"\x02"], ids=["legacy", "typed"])
def test_a_receipt_of_another_shape_is_refused(body: list[Any], kind: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        decode_receipt(kind + strict_rlp.encode(body))
    assert caught.value.code == "rlp.malformed"


@pytest.mark.parametrize("kind", [0, 5, 0x7F, 0x80, 0xBF])
def test_a_receipt_of_an_unknown_type_is_refused(kind: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        decode_receipt(bytes((kind,)) + strict_rlp.encode(BODY))
    assert caught.value.code == "receipt-proof.unknown-type"


def test_no_bytes_are_no_receipt() -> None:
    with pytest.raises(MalformedInput):
        decode_receipt(b"")
    with pytest.raises(MalformedInput):
        decode_receipt(b"\x02")


def test_a_receipt_beyond_the_limit_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        decode_receipt(b"\xc0" * (MAX_RECEIPT_SIZE + 1))
    assert caught.value.code == "rlp.too-large"


@given(
    st.builds(
        Receipt,
        kind=st.integers(0, 4),
        status=st.booleans(),
        cumulative_gas_used=st.integers(0, 2**64 - 1),
        logs_bloom=st.binary(min_size=256, max_size=256),
        logs=st.lists(
            st.builds(
                Log,
                address=st.binary(min_size=20, max_size=20),
                topics=st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
                data=st.binary(max_size=100),
            ),
            max_size=3,
        ).map(tuple),
    )
)
def test_a_receipt_comes_back_as_it_was_written(made: Receipt) -> None:
    assert decode_receipt(encode_receipt(made)) == made


def test_the_example_of_the_page_is_right() -> None:
    page = (Path(__file__).parents[1] / "docs" / "formats" / "receipt-proof.md").read_text(encoding="utf-8")
    assert unhex(BLOCKS[41]["receiptsRoot"]).hex() in page
    nodes = build_proof(receipts_of(BLOCKS[41]), 1)
    shortened = re.findall(r"a0([0-9a-f]{6})\.\.\.([0-9a-f]{6})", page)
    children = [
        child.hex()
        for node in nodes[:-1]
        for child in strict_rlp.decode_list(node, max_size=1000)
        if isinstance(child, bytes) and child
    ]
    assert shortened == [(child[:6], child[-6:]) for child in children]
    assert len(nodes) == 3
    assert nodes[-1].hex().startswith("f9020920b9020502f90201")
