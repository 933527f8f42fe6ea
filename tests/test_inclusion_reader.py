"""The reader that walks the shared part of a path once answers like the function that walks all of it, always."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import inclusion_reader
from ledger.errors import MalformedInput
from ledger.inclusion_reader import InclusionReader
from ledger.merkle import MAX_SIZE, Tree, leaf_hash, verify_inclusion

SIZES = st.integers(1, 200)


@cache
def tree(size: int) -> Tree:
    return Tree.from_leaves(b"".join(leaf_hash(b"%d" % at) for at in range(size)))


def said(reader: InclusionReader, leaf: bytes, index: int, size: int, path: bytes, root: bytes) -> str:
    """Reason code or "included"; first and second asking must agree with the plain function."""
    try:
        verify_inclusion(leaf, index, size, path, root)
        expected = "included"
    except MalformedInput as refused:
        expected = refused.code
    for _ in range(2):
        try:
            reader.verify(leaf, index, size, path, root)
            answer = "included"
        except MalformedInput as refused:
            answer = refused.code
        assert answer == expected
    return expected


@pytest.mark.parametrize("size", [1, 2, 16, 17, 31, 32, 33, 48, 49, 64, 65, 100, 129])
def test_every_leaf_is_included_at_its_place_and_at_no_other(size: int) -> None:
    made, reader = tree(size), InclusionReader()
    for index in range(size):
        assert said(reader, made.leaf(index), index, size, made.path(index), made.root) == "included"
    for index in range(size):
        for other in {index - 1, index + 1, index ^ 16, index + 16, size - 1} - {index}:
            assert said(reader, made.leaf(index), other, size, made.path(index), made.root) != "included"


@settings(deadline=None)
@given(SIZES, st.data())
def test_what_is_remembered_helps_no_damaged_proof(size: int, data: st.DataObject) -> None:
    made, reader = tree(size), InclusionReader()
    for index in range(0, size, 3):
        reader.verify(made.leaf(index), index, size, made.path(index), made.root)
    index = data.draw(st.integers(0, size - 1))
    parts = [bytearray(made.leaf(index)), bytearray(made.path(index)), bytearray(made.root)]
    part = data.draw(st.sampled_from([one for one in parts if one]))
    part[data.draw(st.integers(0, len(part) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    leaf, path, root = map(bytes, parts)
    assert said(reader, leaf, index, size, path, root) == "merkle.not-included"


@settings(deadline=None)
@given(
    SIZES, st.integers(-20, 220), st.integers(-20, 220) | st.integers(MAX_SIZE - 9, MAX_SIZE + 9), st.integers(0, 12)
)
def test_other_places_sizes_and_lengths_are_answered_alike(size: int, index: int, claimed: int, hashes: int) -> None:
    made, reader = tree(size), InclusionReader()
    for at in range(size):
        reader.verify(made.leaf(at), at, size, made.path(at), made.root)
    own = min(max(index, 0), size - 1)
    path = made.path(own)
    said(reader, made.leaf(own), index, claimed, path, made.root)
    said(reader, made.leaf(own), own, size, (path + bytes(32 * 12))[: 32 * hashes], made.root)
    said(reader, made.leaf(own), own, size, path[:-1], made.root)
    said(reader, made.leaf(own)[:-1], own, size, path, made.root)


def test_what_was_refused_is_not_remembered_and_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inclusion_reader, "_MEMORY", 3)
    made, reader = tree(129), InclusionReader()
    for number in range(20):
        root = sha256(b"%d" % number).digest()
        assert said(reader, made.leaf(1), 1, 129, made.path(1), root) == "merkle.not-included"
    assert not reader._proven
    for index in range(128):
        reader.verify(made.leaf(index), index, 129, made.path(index), made.root)
        assert len(reader._proven) <= 3
