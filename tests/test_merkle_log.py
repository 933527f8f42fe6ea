"""The growing log gives at every size what the tree over the same leaves gives, and proves that it only grew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import MalformedInput
from ledger.merkle import EMPTY_ROOT, Tree, leaf_hash, verify_consistency, verify_inclusion
from ledger.merkle_log import MerkleLog

LEAVES = [leaf_hash(bytes((number,))) for number in range(70)]
LOG = MerkleLog(b"".join(LEAVES))


def test_every_root_and_path_is_that_of_the_finished_tree() -> None:
    assert LOG.size == len(LEAVES)
    for size in range(1, LOG.size + 1):
        tree = Tree.from_leaves(b"".join(LEAVES[:size]))
        assert LOG.root(size) == tree.root
        assert [LOG.path(index, size) for index in range(size)] == list(tree.paths())


def test_appending_leaves_the_past_alone() -> None:
    log = MerkleLog()
    assert log.root() == EMPTY_ROOT
    for position, leaf in enumerate(LEAVES):
        assert log.append(leaf) == position
        assert log.leaf(position) == leaf
        assert log.root() == LOG.root(position + 1)
    assert log.root(0) == EMPTY_ROOT
    assert log.path(3) == LOG.path(3, LOG.size)


def test_every_consistency_path_is_accepted() -> None:
    for size in range(1, LOG.size + 1):
        for old in range(1, size + 1):
            verify_consistency(old, size, LOG.consistency_path(old, size), LOG.root(old), LOG.root(size))


@settings(deadline=None, max_examples=300)
@given(st.integers(2, len(LEAVES)), st.data())
def test_a_consistency_path_with_a_flipped_bit_fails(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    parts = [LOG.consistency_path(old, size), LOG.root(old), LOG.root(size)]
    part = data.draw(st.integers(0, 2))
    changed = bytearray(parts[part])
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit >> 3] ^= 1 << (bit & 7)
    with pytest.raises(MalformedInput) as caught:
        verify_consistency(old, size, *[bytes(changed) if at == part else item for at, item in enumerate(parts)])
    assert caught.value.code == "merkle.not-consistent"


@settings(deadline=None)
@given(st.integers(2, len(LEAVES)), st.data())
def test_a_consistency_path_of_another_length_fails(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    path, roots = LOG.consistency_path(old, size), (LOG.root(old), LOG.root(size))
    for wrong in (path + bytes(32), bytes(32) + path, path + b"\0", path[:-1] or b"\0"):
        with pytest.raises(MalformedInput) as caught:
            verify_consistency(old, size, wrong, *roots)
        assert caught.value.code == "merkle.path-length"


def test_a_rewritten_past_has_no_consistency_path() -> None:
    rewritten = MerkleLog(b"".join([*LEAVES[:9], leaf_hash(b"forged"), *LEAVES[10:]]))
    for old in range(10, LOG.size):
        with pytest.raises(MalformedInput) as caught:
            verify_consistency(
                old, LOG.size, rewritten.consistency_path(old, LOG.size), LOG.root(old), rewritten.root()
            )
        assert caught.value.code == "merkle.not-consistent"


def test_same_size_needs_the_same_root_and_no_path() -> None:
    verify_consistency(5, 5, b"", LOG.root(5), LOG.root(5))
    for path, new in ((b"", LOG.root(6)), (bytes(32), LOG.root(5))):
        with pytest.raises(MalformedInput):
            verify_consistency(5, 5, path, LOG.root(5), new)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (-1, 5), (6, 5), (0, 0), (1, 2**64)])
def test_sizes_that_prove_nothing_are_refused(old: int, new: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        verify_consistency(old, new, b"", EMPTY_ROOT, LOG.root(5))
    assert caught.value.code == "merkle.size"
    with pytest.raises(MalformedInput):
        MerkleLog(b"".join(LEAVES[:5])).consistency_path(old, new)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (0, 71), (0, -1)])
def test_path_that_does_not_exist_is_refused(index: int, size: int) -> None:
    with pytest.raises(MalformedInput):
        LOG.path(index, size)


@pytest.mark.parametrize("size", [-1, 71])
def test_root_of_a_size_it_never_had_is_refused(size: int) -> None:
    with pytest.raises(MalformedInput):
        LOG.root(size)


def test_path_under_an_older_size_is_not_one_under_the_newer() -> None:
    verify_inclusion(LEAVES[4], 4, 6, LOG.path(4, 6), LOG.root(6))
    with pytest.raises(MalformedInput):
        verify_inclusion(LEAVES[4], 4, 7, LOG.path(4, 6), LOG.root(7))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_leaf_that_is_no_hash_is_refused(length: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        MerkleLog().append(bytes(length))
    assert caught.value.code == "merkle.hash-length"
    with pytest.raises(MalformedInput):
        MerkleLog(bytes(32) + bytes(31))
