"""RFC 9162 trees: the vectors of transparency-dev, and a forger with every path at hand."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import MalformedInput, OnceledgerError
from ledger.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    Tree,
    leaf_hash,
    node_hash,
    root_from_path,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parent / "vectors" / "merkle-rfc6962"
INCLUSION = json.loads((VECTORS / "inclusion.json").read_text())
CONSISTENCY = json.loads((VECTORS / "consistency.json").read_text())
SIZES = st.integers(1, 130)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]


def tree(size: int) -> Tree:
    return Tree.from_leaves(b"".join(leaves(size)))


def root_by_definition(hashes: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while 2 * split < len(hashes):
        split *= 2
    return sha256(b"\x01" + root_by_definition(hashes[:split]) + root_by_definition(hashes[split:])).digest()


def refused(leaf: bytes, index: int, size: int, path: bytes, root: bytes) -> str:
    with pytest.raises(MalformedInput) as caught:
        verify_inclusion(leaf, index, size, path, root)
    return caught.value.code


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit >> 3] ^= 1 << (bit & 7)
    return bytes(changed)


# --- the standard -----------------------------------------------------------------------------------------------------


def is_said_by_flat_paths(vector: dict[str, Any]) -> bool:
    """Whether the vector's path is a row of hashes of 32 bytes. A hash of no bytes leaves no trace in our paths, which
    are concatenated, so those vectors turn into the good ones: they are counted instead."""
    return all(len(b64decode(item)) == 32 for item in vector["proof"] or [])


def accepts_inclusion(vector: dict[str, Any]) -> bool:
    try:
        verify_inclusion(
            b64decode(vector["leafHash"]),
            vector["leafIdx"],
            vector["treeSize"],
            b"".join(b64decode(item) for item in vector["proof"] or []),
            b64decode(vector["root"]),
        )
    except OnceledgerError:
        return False
    return True


def accepts_consistency(vector: dict[str, Any]) -> bool:
    try:
        verify_consistency(
            vector["size1"],
            vector["size2"],
            b"".join(b64decode(item) for item in vector["proof"] or []),
            b64decode(vector["root1"]),
            b64decode(vector["root2"]),
        )
    except OnceledgerError:
        return False
    return True


def test_the_vectors_are_there() -> None:
    assert len(INCLUSION) == len(CONSISTENCY) == 98
    assert sum(not vector["wantErr"] for vector in INCLUSION) > 5
    unsaid = [vector for vector in INCLUSION + CONSISTENCY if not is_said_by_flat_paths(vector)]
    assert {vector["desc"] for vector in unsaid} == {"preceding garbage", "trailing garbage"}
    assert len(unsaid) == 18


@pytest.mark.parametrize(
    "vector", [vector for vector in INCLUSION if is_said_by_flat_paths(vector)], ids=lambda vector: vector["file"]
)
def test_inclusion_vector(vector: dict[str, Any]) -> None:
    assert accepts_inclusion(vector) is not vector["wantErr"]


@pytest.mark.parametrize(
    "vector", [vector for vector in CONSISTENCY if is_said_by_flat_paths(vector)], ids=lambda vector: vector["file"]
)
def test_consistency_vector(vector: dict[str, Any]) -> None:
    # one good vector has twelve bytes of "don't care" where a root belongs: roots are hashes here
    roots_are_hashes = all(len(b64decode(vector[name] or "")) == 32 for name in ("root1", "root2"))
    assert accepts_consistency(vector) is (roots_are_hashes and not vector["wantErr"])


def test_empty_root_is_the_hash_of_nothing() -> None:
    assert sha256(b"").digest() == EMPTY_ROOT


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, 127, 128, 129, 1000])
def test_root_and_paths_are_those_of_the_definition(size: int) -> None:
    made = tree(size)
    hashes = leaves(size)
    assert made.root == root_by_definition(hashes)
    for index in range(size):
        assert made.leaf(index) == hashes[index]
        verify_inclusion(hashes[index], index, size, made.path(index), made.root)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 1023, 1024, 1025, 2047, 2048, 2049, 3001])
def test_paths_in_bulk_are_the_paths_one_by_one(size: int) -> None:
    made = tree(size)
    assert list(made.paths()) == [made.path(index) for index in range(size)]


def test_a_tree_larger_than_one_chunk_of_work() -> None:
    size = 3 * 4096 + 17
    made = tree(size)
    assert made.root == root_by_definition(leaves(size))
    verify_inclusion(leaves(size)[-1], size - 1, size, made.path(size - 1), made.root)


# --- a forger ---------------------------------------------------------------------------------------------------------


def test_node_does_not_pass_for_a_leaf() -> None:
    """Second preimage: whoever could present an inner node as data would put a leaf of his own into the batch."""
    a, b, c, d = leaves(4)
    left, right = node_hash(a, b), node_hash(c, d)
    root = tree(4).root
    assert node_hash(left, right) == root
    assert leaf_hash(a + b) != left
    assert leaf_hash(b"\x01" + a + b) != left
    assert refused(leaf_hash(a + b), 0, 2, right, root) == "merkle.not-included"


def test_inner_node_as_leaf_hash_needs_a_wrong_size() -> None:
    """Given as a *hash*, an inner node does prove itself in a smaller tree: only data may come in, only the size that
    stands on the chain may be used."""
    a, b, c, d = leaves(4)
    verify_inclusion(node_hash(a, b), 0, 2, node_hash(c, d), tree(4).root)
    assert refused(node_hash(a, b), 0, 4, node_hash(c, d), tree(4).root) == "merkle.path-length"


def test_the_path_of_leaf_2_of_3_also_proves_leaf_1_of_2() -> None:
    """Why the size must come from where the root comes from."""
    made = tree(3)
    leaf, path = leaves(3)[2], made.path(2)
    verify_inclusion(leaf, 2, 3, path, made.root)
    verify_inclusion(leaf, 1, 2, path, made.root)


@settings(deadline=None)
@given(SIZES, st.data())
def test_with_the_right_size_no_other_index_is_proven(size: int, data: st.DataObject) -> None:
    made, hashes = tree(size), leaves(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-3, 2 * size + 3))
    if other == index:
        verify_inclusion(hashes[index], other, size, made.path(index), made.root)
    else:
        code = refused(hashes[index], other, size, made.path(index), made.root)
        assert code in {"merkle.index", "merkle.path-length", "merkle.not-included"}


@settings(deadline=None)
@given(SIZES, st.data())
def test_any_flipped_bit_fails(size: int, data: st.DataObject) -> None:
    made = tree(size)
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = leaves(size)[index], made.path(index), made.root
    verify_inclusion(leaf, index, size, path, root)
    bit = data.draw(st.integers(0, 255))
    assert refused(flip(leaf, bit), index, size, path, root) == "merkle.not-included"
    assert refused(leaf, index, size, path, flip(root, bit)) == "merkle.not-included"
    if path:
        bit = data.draw(st.integers(0, 8 * len(path) - 1))
        assert refused(leaf, index, size, flip(path, bit), root) == "merkle.not-included"


@settings(deadline=None)
@given(SIZES, st.data())
def test_longer_shorter_and_shifted_paths_fail(size: int, data: st.DataObject) -> None:
    made = tree(size)
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = leaves(size)[index], made.path(index), made.root
    for wrong in (path + root, root + path, path + b"\0", path + path[:32] + root, b"\0" * 32 + path):
        assert refused(leaf, index, size, wrong, root) == "merkle.path-length"
    if path:
        for wrong in (path[:-1], path[:-32], path[32:], b""):
            assert refused(leaf, index, size, wrong, root) == "merkle.path-length"
        for wrong in (path[1:] + path[:1], path[-1:] + path[:-1]):
            assert refused(leaf, index, size, wrong, root) == "merkle.not-included"
    if len(path) > 32:
        assert refused(leaf, index, size, path[32:] + path[:32], root) == "merkle.not-included"


@settings(deadline=None)
@given(SIZES, st.data())
def test_another_leaf_is_not_proven(size: int, data: st.DataObject) -> None:
    made = tree(size)
    index = data.draw(st.integers(0, size - 1))
    assert refused(leaf_hash(b"forged"), index, size, made.path(index), made.root) == "merkle.not-included"


@pytest.mark.parametrize("index", [-1, -3, 3, 4, 2**63, 2**64 - 1, -(2**64)])
def test_index_outside_of_the_tree_is_refused(index: int) -> None:
    made = tree(3)
    assert refused(made.leaf(0), index, 3, made.path(0), made.root) == "merkle.index"
    with pytest.raises(MalformedInput):
        made.path(index)
    with pytest.raises(MalformedInput):
        made.leaf(index)


@pytest.mark.parametrize("size", [0, -1, MAX_SIZE + 1, 2**64, 2**1000])
def test_size_out_of_range_is_refused(size: int) -> None:
    leaf = leaves(1)[0]
    assert refused(leaf, 0, size, b"", leaf) == "merkle.size"
    assert refused(leaf, 0, size, b"", EMPTY_ROOT) == "merkle.size"


def test_the_largest_size_is_bounded_work() -> None:
    leaf = leaves(1)[0]
    assert refused(leaf, MAX_SIZE - 1, MAX_SIZE, bytes(32 * 63), leaf) == "merkle.not-included"
    assert refused(leaf, 0, MAX_SIZE, bytes(32 * 62), leaf) == "merkle.path-length"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_leaf_that_is_no_hash_is_refused(length: int) -> None:
    assert refused(bytes(length), 0, 2, bytes(32), bytes(32)) == "merkle.hash-length"
    with pytest.raises(MalformedInput):
        root_from_path(bytes(length), 0, 1, b"")


@pytest.mark.parametrize("length", [1, 31, 33, 63])
def test_leaves_that_are_no_whole_hashes_are_refused(length: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        Tree.from_leaves(bytes(length))
    assert caught.value.code == "merkle.hash-length"


def test_tree_without_leaves_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        Tree.from_leaves(b"")
    assert caught.value.code == "merkle.size"


def test_nodes_are_read_only_and_apart_from_the_callers_buffer() -> None:
    given_leaves = bytearray(b"".join(leaves(3)))
    made = Tree.from_leaves(given_leaves)
    root = made.root
    given_leaves[0] ^= 1
    assert made.root == root
    assert made.nodes.readonly


@settings(deadline=None)
@given(
    st.binary(max_size=40) | st.just(b"\1" * 32),
    st.integers(-10, 300),
    st.integers(-10, 300),
    st.binary(max_size=100) | st.integers(0, 9).map(lambda hashes: bytes(32 * hashes)),
    st.binary(max_size=40) | st.just(bytes(32)),
)
def test_random_proofs_give_our_error(leaf: bytes, index: int, size: int, path: bytes, root: bytes) -> None:
    with pytest.raises(OnceledgerError):
        verify_inclusion(leaf, index, size, path, root)
    with pytest.raises(OnceledgerError):
        verify_consistency(index, size, path, leaf, root)
