"""The anchor log: entries of one length, checkpoints of one spelling, and no history but the one that happened."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.anchor_log import ENTRY_SIZE, AnchorEntry, AnchorLog, Checkpoint, origin, parse_body, verify_history
from ledger.digest import Digest
from ledger.errors import Corrupt, MalformedInput, OnceledgerError
from ledger.merkle import Tree, leaf_hash, verify_consistency

CONTRACT = bytes(range(20))
ORIGIN = origin(1337, CONTRACT)

U64 = st.integers(0, 2**64 - 1)
HASHES = st.binary(min_size=32, max_size=32).map(Digest)
ENTRIES = st.builds(
    AnchorEntry,
    chain_id=U64,
    contract=st.binary(min_size=20, max_size=20),
    block=U64,
    time=U64,
    log_index=st.integers(0, 2**32 - 1),
    agency_id=U64,
    type_id=U64,
    root=HASHES,
    size=U64,
    key_hash=HASHES,
    index=U64,
)


def entry(index: int) -> AnchorEntry:
    return AnchorEntry(
        chain_id=1337,
        contract=CONTRACT,
        block=100 + index // 3,
        time=1_790_000_000 + index // 3,
        log_index=index % 3,
        agency_id=1 + index % 2,
        type_id=7,
        root=leaf_hash(bytes((index,))),
        size=64,
        key_hash=leaf_hash(b"key"),
        index=index,
    )


LOG = AnchorLog(entry(index) for index in range(21))


def test_layout_of_an_entry() -> None:
    data = AnchorEntry(
        chain_id=1,
        contract=b"\xaa" * 20,
        block=2,
        time=3,
        log_index=4,
        agency_id=5,
        type_id=6,
        root=Digest(b"\xbb" * 32),
        size=7,
        key_hash=Digest(b"\xcc" * 32),
        index=8,
    ).to_bytes()
    assert data.hex() == (
        b"onceledger-anchor-v1\n".hex()
        + "0000000000000001"
        + "aa" * 20
        + "0000000000000002"
        + "0000000000000003"
        + "00000004"
        + "0000000000000005"
        + "0000000000000006"
        + "bb" * 32
        + "0000000000000007"
        + "cc" * 32
        + "0000000000000008"
    )
    assert len(data) == ENTRY_SIZE == 165


@settings(deadline=None)
@given(ENTRIES)
def test_round_trip(made: AnchorEntry) -> None:
    assert AnchorEntry.from_bytes(made.to_bytes()) == made


@settings(deadline=None)
@given(
    st.binary(max_size=200) | st.binary(min_size=144, max_size=144).map(lambda tail: b"onceledger-anchor-v1\n" + tail)
)
def test_random_bytes_give_an_entry_or_our_error(data: bytes) -> None:
    try:
        made = AnchorEntry.from_bytes(data)
    except OnceledgerError:
        assert len(data) != ENTRY_SIZE or not data.startswith(b"onceledger-anchor-v1\n")
        return
    assert made.to_bytes() == data


@pytest.mark.parametrize(
    "data",
    [b"", entry(0).to_bytes()[:-1], entry(0).to_bytes() + b"\0", entry(0).to_bytes().replace(b"-v1", b"-v2")],
    ids=["empty", "short", "long", "version"],
)
def test_what_is_no_entry_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        AnchorEntry.from_bytes(data)
    assert caught.value.code == "anchor-log.entry"


@pytest.mark.parametrize(
    "field",
    [{"block": -1}, {"time": 2**64}, {"chain_id": 2**64}, {"log_index": 2**32}, {"log_index": -1}, {"index": -1},
     {"contract": b"\0" * 19}, {"contract": b"\0" * 21}, {"root": b"\0" * 31}, {"key_hash": b"\0" * 33}],
    ids=str,
)  # fmt: skip
def test_field_that_does_not_fit_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(MalformedInput) as caught:
        replace(entry(0), **field).to_bytes()
    assert caught.value.code == "anchor-log.entry"


# --- the log ----------------------------------------------------------------------------------------------------------


def test_root_is_that_of_the_tree_over_the_entries() -> None:
    for size in range(1, 22):
        hashes = b"".join(leaf_hash(entry(index).to_bytes()) for index in range(size))
        assert LOG.root(size) == Tree.from_leaves(hashes).root
    assert LOG.size == 21
    assert LOG.checkpoint(107, 1_790_000_007) == Checkpoint(21, LOG.root(), 107, 1_790_000_007)
    assert LOG.checkpoint(101, 1_790_000_001, size=6) == Checkpoint(6, LOG.root(6), 101, 1_790_000_001)


def test_every_history_is_proven() -> None:
    for size in range(1, 22):
        for index in range(size):
            verify_history(entry(index), LOG.history_path(index, size), size, LOG.root(size))


def test_a_later_checkpoint_keeps_the_earlier() -> None:
    verify_consistency(6, 21, LOG.consistency_path(6, 21), LOG.root(6), LOG.root(21))


@pytest.mark.parametrize("index", [0, 20, 22, 2**64 - 1])
def test_lost_or_doubled_event_is_found(index: int) -> None:
    log = AnchorLog(entry(index) for index in range(21))
    with pytest.raises(Corrupt) as caught:
        log.append(replace(entry(0), index=index))
    assert caught.value.code == "anchor-log.gap"
    assert log.root() == LOG.root()


@settings(deadline=None)
@given(st.integers(1, 21), st.data())
def test_any_flipped_bit_of_a_history_fails(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    parts = [entry(index).to_bytes(), LOG.history_path(index, size), LOG.root(size)]
    part = data.draw(st.sampled_from([0, 2] if size == 1 else [0, 1, 2]))
    changed = bytearray(parts[part])
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit >> 3] ^= 1 << (bit & 7)
    parts[part] = bytes(changed)
    with pytest.raises(MalformedInput):
        verify_history(AnchorEntry.from_bytes(parts[0]), parts[1], size, parts[2])


def test_an_entry_under_another_index_is_not_proven() -> None:
    """The index is in the entry: an anchor cannot be moved, nor shown twice under two numbers."""
    moved = replace(entry(2), index=3)
    for path in (LOG.history_path(2, 21), LOG.history_path(3, 21)):
        with pytest.raises(MalformedInput) as caught:
            verify_history(moved, path, 21, LOG.root())
        assert caught.value.code == "merkle.not-included"


def test_a_history_under_another_size_is_not_proven() -> None:
    with pytest.raises(MalformedInput):
        verify_history(entry(2), LOG.history_path(2, 3), 2, LOG.root(3))
    with pytest.raises(MalformedInput):
        verify_history(entry(2), LOG.history_path(2, 3), 0, LOG.root(3))


# --- checkpoints ------------------------------------------------------------------------------------------------------


def test_checkpoint_body() -> None:
    checkpoint = LOG.checkpoint(107, 1_790_000_007)
    body = checkpoint.body(ORIGIN)
    encoded = base64.b64encode(LOG.root()).decode()
    assert body == f"onceledger/1337/0x000102030405060708090a0b0c0d0e0f10111213\n21\n{encoded}\n"
    assert parse_body(body, ORIGIN) == (21, LOG.root())


@settings(deadline=None)
@given(U64, HASHES)
def test_checkpoint_round_trip(size: int, root: Digest) -> None:
    assert parse_body(Checkpoint(size, root, 0, 0).body(ORIGIN), ORIGIN) == (size, root)


BODY = LOG.checkpoint(107, 0).body(ORIGIN)


@pytest.mark.parametrize(
    "body",
    ["", BODY[:-1], BODY + "\n", BODY + "extra\n", BODY.replace("\n", "\r\n"), BODY.replace("\n21\n", "\n021\n"),
     BODY.replace("\n21\n", "\n-21\n"), BODY.replace("\n21\n", "\n+21\n"), BODY.replace("\n21\n", "\n 21\n"),
     BODY.replace("\n21\n", "\n２１\n"), BODY.replace("\n21\n", f"\n{2**64}\n"),
     BODY.replace("\n21\n", "\n" + "9" * 5000 + "\n"),
     BODY.replace("\n21\n", "\n\n"), BODY.replace("=", ""), BODY.replace("=\n", "==\n"), BODY[:-10] + "\n",
     BODY.replace("1337", "1338"), BODY[:-5] + "é=\n", f"{ORIGIN}\n1\n{base64.b64encode(bytes(31)).decode()}\n"],
    ids=lambda body: ascii(body[-40:]),
)  # fmt: skip
def test_what_is_no_checkpoint_of_this_log_is_refused(body: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_body(body, ORIGIN)
    assert caught.value.code == "anchor-log.checkpoint"


@settings(deadline=None)
@given(st.text() | st.text().map(lambda tail: f"{ORIGIN}\n{tail}"))
def test_random_text_gives_a_checkpoint_or_our_error(body: str) -> None:
    try:
        size, root = parse_body(body, ORIGIN)
    except OnceledgerError:
        return
    assert Checkpoint(size, root, 0, 0).body(ORIGIN) == body
