"""Status lists: the standard's coding, bounded inflating, and chunks that prove their place only under their count."""

from __future__ import annotations

import gzip
import zlib
from array import array
from collections.abc import Callable
from hashlib import shake_256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import base64url, status_list
from ledger.errors import MalformedInput, OnceledgerError
from ledger.merkle import Tree, leaf_hash

ENTRIES = 131_072
CHUNKS = 16


def some_list() -> bytearray:
    bits = status_list.new_list(ENTRIES)
    for index in (0, 7, 8, 8191, 8192, 94_567, ENTRIES - 1):
        status_list.put(bits, index, True)
    return bits


BITS = bytes(some_list())
ROOT = status_list.root(BITS)


def refused(text: str) -> str:
    with pytest.raises(MalformedInput) as caught:
        status_list.decode_list(text)
    return caught.value.code


def packed(data: bytes) -> str:
    return "u" + base64url.encode(data)


# --- the standard -----------------------------------------------------------------------------------------------------


def test_list_of_the_specification() -> None:
    """The empty list of 131,072 entries as the Recommendation prints it (Bitstring Status List 1.0, section 2.2)."""
    text = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert status_list.decode_list(text) == bytes(16384)


def test_index_0_is_the_left_most_bit() -> None:
    bits = status_list.new_list(ENTRIES)
    status_list.put(bits, 0, True)
    assert bits[:2] == b"\x80\x00"
    status_list.put(bits, 15, True)
    assert bits[:2] == b"\x80\x01"
    status_list.put(bits, 0, False)
    status_list.put(bits, 0, False)
    assert bits[:2] == b"\x00\x01"
    assert sum(bits) == 1


def test_bits_are_where_they_were_put() -> None:
    assert [index for index in range(ENTRIES) if status_list.get(BITS, index)] == [
        0, 7, 8, 8191, 8192, 94_567, ENTRIES - 1,
    ]  # fmt: skip


def test_encoding_is_the_same_on_every_day() -> None:
    text = status_list.encode_list(BITS)
    assert text[0] == "u"
    assert base64url.decode(text[1:])[4:8] == bytes(4)  # the time within gzip
    assert status_list.decode_list(text) == BITS


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, ENTRIES - 1), unique=True, max_size=50))
def test_round_trip(indexes: list[int]) -> None:
    bits = status_list.new_list(ENTRIES)
    for index in indexes:
        status_list.put(bits, index, True)
    read = status_list.decode_list(status_list.encode_list(bits))
    assert read == bits
    assert all(status_list.get(read, index) for index in indexes)
    assert sum(byte.bit_count() for byte in read) == len(indexes)


def test_document_of_a_list() -> None:
    document = status_list.status_list_document(
        url="https://a.example/status/4294967297",
        issuer="did:web:a.example",
        purpose="revocation",
        bits=BITS,
        valid_from="2026-10-01T08:00:00Z",
    )
    subject = document["credentialSubject"]
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert subject["id"] == "https://a.example/status/4294967297#list"
    assert subject["statusPurpose"] == "revocation"
    assert status_list.decode_list(subject["encodedList"]) == BITS
    assert "proof" not in document


# --- sizes and indexes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entries", [-1, 0, 8192, ENTRIES - 8192, ENTRIES + 1, ENTRIES + 8, 2**24 + 8192, 2**40])
def test_list_of_a_wrong_size_is_not_made(entries: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        status_list.new_list(entries)
    assert caught.value.code == "status-list.size"


@pytest.mark.parametrize("size", [0, 1, 16383, 16385, 16384 - 1024, 2**21 + 1024])
@pytest.mark.parametrize("use", [status_list.root, status_list.encode_list, status_list.chunk_count])
def test_list_of_a_wrong_size_is_not_used(use: Callable[[bytes], object], size: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        use(bytes(size))
    assert caught.value.code == "status-list.size"


def test_largest_list_is_usable() -> None:
    bits = status_list.new_list(2**24)
    assert status_list.chunk_count(bits) == 2048
    assert status_list.decode_list(status_list.encode_list(bits)) == bits


@pytest.mark.parametrize("index", [-1, -8, ENTRIES, ENTRIES + 1, 2**64, -(2**64)])
def test_index_outside_of_the_list_is_refused(index: int) -> None:
    asked: list[Callable[[], object]] = [
        lambda: status_list.get(BITS, index),
        lambda: status_list.put(bytearray(BITS), index, True),
        lambda: status_list.chunk_proof(BITS, index),
    ]
    for ask in asked:
        with pytest.raises(MalformedInput) as caught:
            ask()
        assert caught.value.code == "status-list.index"


# --- inflating --------------------------------------------------------------------------------------------------------


def test_list_that_inflates_to_gigabytes_is_refused() -> None:
    deflater = zlib.compressobj(9, wbits=31)
    head = deflater.compress(b"") + deflater.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    bomb = head + megabyte * 4096
    inflater = zlib.decompressobj(wbits=31)
    assert len(inflater.decompress(bomb, 64 << 20)) == 64 << 20
    assert len(bomb) < 5_000_000
    assert refused(packed(bomb)) == "status-list.size"


def test_bomb_of_many_members_is_refused() -> None:
    assert refused(packed(gzip.compress(BITS) * 1000)) == "status-list.encoding"


def test_limit_of_the_caller_is_kept() -> None:
    text = status_list.encode_list(status_list.new_list(2 * ENTRIES))
    assert len(status_list.decode_list(text, max_entries=2 * ENTRIES)) == ENTRIES // 4
    with pytest.raises(MalformedInput) as caught:
        status_list.decode_list(text, max_entries=ENTRIES)
    assert caught.value.code == "status-list.size"


@pytest.mark.parametrize("size", [0, 1, 16383, 16384 - 1024, 16385, 16384 + 512])
def test_list_that_is_too_short_or_no_whole_chunks_is_refused(size: int) -> None:
    assert refused(packed(gzip.compress(bytes(size)))) == "status-list.size"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        gzip.compress(BITS)[:-1],
        gzip.compress(BITS)[:-9],
        gzip.compress(BITS) + b"\0",
        gzip.compress(BITS) + gzip.compress(b""),
        zlib.compress(BITS),
        BITS,
        gzip.compress(BITS)[:-5] + b"\0" + gzip.compress(BITS)[-4:],
    ],
    ids=["empty", "cut-1", "cut-9", "trailing", "two-members", "zlib", "plain", "checksum"],
)
def test_what_is_not_one_whole_gzip_member_is_refused(data: bytes) -> None:
    assert refused(packed(data)) == "status-list.encoding"


@pytest.mark.parametrize(
    "change", [lambda t: t[1:], lambda t: "z" + t[1:], lambda t: "", lambda t: t + "=", lambda t: t + "\n"]
)
def test_another_multibase_is_refused(change: Callable[[str], str]) -> None:
    assert refused(change(status_list.encode_list(BITS))) == "status-list.encoding"


@settings(deadline=None)
@given(
    st.text() | st.binary(max_size=200).map(packed) | st.binary(max_size=200).map(lambda d: packed(gzip.compress(d)))
)
def test_random_text_gives_our_error(text: str) -> None:
    with pytest.raises(OnceledgerError):
        status_list.decode_list(text)


# --- chunks -----------------------------------------------------------------------------------------------------------


def test_root_is_the_tree_over_the_chunks() -> None:
    assert status_list.chunk_count(BITS) == CHUNKS
    leaves = b"".join(leaf_hash(BITS[at : at + 1024]) for at in range(0, 16384, 1024))
    assert Tree.from_leaves(leaves).root == ROOT


@pytest.mark.parametrize("index", [0, 7, 9, 8191, 8192, 94_567, 94_568, ENTRIES - 1])
def test_chunk_proves_its_bits(index: int) -> None:
    number, chunk, path = status_list.chunk_proof(BITS, index)
    assert status_list.chunk_proof(BITS, index, over=status_list.tree(BITS)) == (number, chunk, path)
    status_list.verify_chunk(chunk, number, CHUNKS, path, ROOT)
    assert status_list.get_in_chunk(chunk, number, index) == status_list.get(BITS, index)


def test_index_of_another_chunk_is_refused() -> None:
    number, chunk, _ = status_list.chunk_proof(BITS, 94_567)
    for index in (94_567 - 8192, 94_567 + 8192, -1, 94_567 % 8192, 2**70):
        with pytest.raises(MalformedInput) as caught:
            status_list.get_in_chunk(chunk, number, index)
        assert caught.value.code == "status-list.index"


def test_number_of_chunks_must_be_the_published_one() -> None:
    """A list of 24 chunks, the holder's bit set in chunk 9: who may claim a list of 16 chunks shows chunk 17 as chunk
    9, with its own honest path, and is no longer revoked."""
    bits = bytearray(24 * 1024)
    index, elsewhere = 9 * 8192 + 5, 17 * 8192 + 5
    status_list.put(bits, index, True)
    root = status_list.root(bits)
    assert status_list.chunk_count(bits) == 24
    number, chunk, path = status_list.chunk_proof(bits, elsewhere)
    assert number == 17
    status_list.verify_chunk(chunk, 9, 16, path, root)
    assert status_list.get(bits, index)
    assert not status_list.get_in_chunk(chunk, 9, index)
    with pytest.raises(MalformedInput):
        status_list.verify_chunk(chunk, 9, 24, path, root)


def test_under_the_published_number_no_other_place_is_proven() -> None:
    number, chunk, path = status_list.chunk_proof(BITS, 94_567)
    for other in range(-2, 20):
        if other == number:
            continue
        with pytest.raises(MalformedInput):
            status_list.verify_chunk(chunk, other, CHUNKS, path, ROOT)


@settings(deadline=None)
@given(st.integers(0, ENTRIES - 1), st.data())
def test_any_flipped_bit_fails(index: int, data: st.DataObject) -> None:
    number, *parts = [*status_list.chunk_proof(BITS, index), bytes(ROOT)]
    part = data.draw(st.integers(0, 2))
    changed = bytearray(parts[part])
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit >> 3] ^= 1 << (bit & 7)
    parts[part] = bytes(changed)
    with pytest.raises(MalformedInput) as caught:
        status_list.verify_chunk(parts[0], number, CHUNKS, parts[1], parts[2])
    assert caught.value.code == "merkle.not-included"


@pytest.mark.parametrize("length", [0, 1023, 1025, 2048])
def test_chunk_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        status_list.verify_chunk(bytes(length), 0, CHUNKS, bytes(128), ROOT)
    assert caught.value.code == "status-list.chunk-size"


@pytest.mark.parametrize("chunks", [-1, 0, 1, 15, 2049, 2**60])
def test_number_of_chunks_that_no_list_has_is_refused(chunks: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        status_list.verify_chunk(bytes(1024), 0, chunks, b"", leaf_hash(bytes(1024)))
    assert caught.value.code == "status-list.size"


# --- the order of indexes ---------------------------------------------------------------------------------------------


def test_every_index_is_given_out_once() -> None:
    order = status_list.permutation(b"s" * 32, ENTRIES)
    assert isinstance(order, array)
    assert sorted(order) == list(range(ENTRIES))


def test_order_is_that_of_the_page() -> None:
    seed = bytes(range(16))
    stream = shake_256(b"onceledger-status-order-v1\n" + seed).digest(8 * 1000)
    by_number = sorted(range(1000), key=lambda index: (stream[8 * index : 8 * index + 8], index))
    assert list(status_list.permutation(seed, 1000)) == by_number


def test_order_depends_on_all_of_the_seed() -> None:
    orders = {bytes(status_list.permutation(bytes(31) + bytes((last,)), 100)) for last in range(20)}
    assert len(orders) == 20


def test_order_is_not_the_order_of_issuing() -> None:
    order = status_list.permutation(b"s" * 32, ENTRIES)
    neighbours = sum(abs(a - b) == 1 for a, b in pairwise(order))
    assert neighbours < 20  # two are expected


@pytest.mark.parametrize("seed", [b"", b"short", bytes(15)])
def test_seed_that_can_be_guessed_is_refused(seed: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        status_list.permutation(seed, ENTRIES)
    assert caught.value.code == "status-list.seed"


@pytest.mark.parametrize("entries", [-1, 0, 2**24 + 1, 2**60])
def test_order_of_a_list_that_cannot_be_is_refused(entries: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        status_list.permutation(bytes(32), entries)
    assert caught.value.code == "status-list.size"
