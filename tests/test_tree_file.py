"""Stored trees: a path costs a few reads, and a damaged file never gives a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import tree_file
from ledger.errors import Corrupt, MalformedInput, OnceledgerError
from ledger.merkle import Tree, leaf_hash, verify_inclusion
from ledger.tree_file import TreeFile


def tree(size: int) -> Tree:
    return Tree.from_leaves(b"".join(leaf_hash(bytes((number % 256, number // 256))) for number in range(size)))


def opened(data: bytes) -> TreeFile:
    return TreeFile(lambda offset, length: data[offset : offset + length])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 1000])
def test_round_trip(size: int) -> None:
    made = tree(size)
    data = tree_file.to_bytes(made)
    assert len(data) == tree_file.file_size(size)
    assert data == tree_file.header(size) + made.nodes
    assert tree_file.from_bytes(data).root == made.root
    stored = opened(data)
    assert (stored.size, stored.root) == (size, made.root)
    for index in range(size):
        assert stored.leaf(index) == made.leaf(index)
        assert stored.path(index) == made.path(index)


def test_layout_of_a_tree_of_three() -> None:
    made = tree(3)
    a, b, c = (made.leaf(index) for index in range(3))
    data = tree_file.to_bytes(made)
    assert data[:27] == b"onceledger-tree-v1\n" + (3).to_bytes(8, "big")
    nodes = [data[27:][at : at + 32] for at in range(0, 192, 32)]
    assert nodes[:3] == [a, b, c]
    assert nodes[4] == c  # stands unchanged in the level above
    assert nodes[5] == made.root


def test_a_path_costs_one_read_a_level() -> None:
    data, reads = tree_file.to_bytes(tree(1000)), []

    def read_at(offset: int, length: int) -> bytes:
        reads.append(length)
        return data[offset : offset + length]

    stored = TreeFile(read_at)
    reads.clear()
    stored.path(500)
    assert reads == [32] * 11  # the leaf and ten siblings


@pytest.mark.parametrize("index", [-1, 5, 2**64])
def test_index_outside_of_the_file_is_refused(index: int) -> None:
    stored = opened(tree_file.to_bytes(tree(5)))
    for ask in (stored.path, stored.leaf):
        with pytest.raises(MalformedInput) as caught:
            ask(index)
        assert caught.value.code == "merkle.index"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"onceledger-tree-v1\n",
        b"onceledger-tree-v2\n" + bytes(7) + b"\x01" + bytes(32),
        b"onceledger-tree-v1\n" + bytes(8),
        b"onceledger-tree-v1\n" + b"\xff" * 8,
    ],
    ids=["empty", "cut", "version", "size-0", "size-too-large"],
)
def test_what_is_no_tree_file_is_refused(data: bytes) -> None:
    for read in (tree_file.from_bytes, opened):
        with pytest.raises(MalformedInput) as caught:
            read(data)
        assert caught.value.code == "merkle.tree-file"


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: data[:60]])
def test_file_of_another_length_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(MalformedInput) as caught:
        tree_file.from_bytes(change(tree_file.to_bytes(tree(5))))
    assert caught.value.code == "merkle.tree-file"


def test_file_that_ends_too_early_is_found_when_it_is_read() -> None:
    data = tree_file.to_bytes(tree(5))
    with pytest.raises(Corrupt):
        opened(data[:-1])


def test_a_size_of_two_to_the_sixty_three_allocates_nothing() -> None:
    data = b"onceledger-tree-v1\n" + (1 << 63).to_bytes(8, "big")
    with pytest.raises(MalformedInput):
        tree_file.from_bytes(data)
    with pytest.raises(Corrupt):
        opened(data)


@settings(deadline=None)
@given(st.integers(2, 40), st.data())
def test_a_flipped_bit_never_gives_a_wrong_path(size: int, data: st.DataObject) -> None:
    made = tree(size)
    stored = bytearray(tree_file.to_bytes(made))
    bit = data.draw(st.integers(8 * 27, 8 * len(stored) - 1))
    stored[bit >> 3] ^= 1 << (bit & 7)
    with pytest.raises(Corrupt):
        tree_file.from_bytes(bytes(stored))
    reader = opened(bytes(stored))
    # a copy of a last node that no path needs may be damaged unnoticed; a leaf may not
    damaged_leaf = (bit // 8 - 27) // 32
    for index in range(size):
        try:
            path = reader.path(index)
        except Corrupt:
            continue
        assert index != damaged_leaf
        verify_inclusion(made.leaf(index), index, size, path, made.root)


@settings(deadline=None)
@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda tail: b"onceledger-tree-v1\n" + bytes(7) + tail))
def test_random_bytes_give_a_tree_or_our_error(data: bytes) -> None:
    try:
        made = tree_file.from_bytes(data)
    except OnceledgerError:
        return
    assert tree_file.to_bytes(made) == data
