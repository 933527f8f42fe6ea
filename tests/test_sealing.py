"""Sealed content and key envelopes: what they give back, and everything a forger may try on them."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable, Iterator
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import sealing
from ledger.errors import Conflict, Corrupt, MalformedInput, NotPermitted, OnceledgerError
from ledger.key_envelope import Recipient, WrappingKey, recipients, with_recipients
from ledger.sealing import CHUNK_SIZE, HEADER_SIZE, TAG_SIZE, open_sealed, open_stream, seal, seal_many, seal_stream
from ledger.unixfs import cid_of

VECTORS = json.loads((Path(__file__).parent / "vectors" / "sealed-content" / "v1.json").read_text())
SEALED_CHUNK = CHUNK_SIZE + TAG_SIZE
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


def generated(size: int) -> bytes:
    """Deterministic content without repetition: SHA-256 of 0, 1, 2, … as 8 bytes big-endian."""
    return b"".join(sha256(number.to_bytes(8)).digest() for number in range(-(-size // 32)))[:size]


def raised(code: str, kind: type[OnceledgerError] = Corrupt) -> Any:
    """A context in which exactly this error must be raised."""
    return pytest.raises(kind, check=lambda error: error.code == code)


def opened_by_a_stranger(sealed: bytes, key: bytes) -> bytes:
    """A reader written from docs/formats/sealed-content.md alone."""
    derived = sha512(b"\x00\x00\x00\x01" + key + b"onceledger-sealed-v1\n\x01").digest()
    header = b"onceledger-sealed-v1\n\x01" + derived[32:]
    assert sealed[:54] == header
    chunks = [sealed[at : at + 65552] for at in range(54, len(sealed), 65552)]
    cipher = AESGCM(derived[:32])
    nonces = [number.to_bytes(11) + bytes([number == len(chunks) - 1]) for number in range(len(chunks))]
    return b"".join(cipher.decrypt(nonce, chunk, header) for nonce, chunk in zip(nonces, chunks, strict=True))


SIZES = [0, 1, 1000, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 3 * CHUNK_SIZE + 7]


@pytest.mark.parametrize("size", SIZES)
def test_content_comes_back(size: int) -> None:
    content = generated(size)
    sealed = seal(content, KEY)
    assert open_sealed(sealed, KEY) == content
    assert opened_by_a_stranger(sealed, KEY) == content
    assert len(sealed) == HEADER_SIZE + size + TAG_SIZE * max(1, -(-size // CHUNK_SIZE))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [999, SEALED_CHUNK, 10**9])
def test_stream_is_the_same_as_the_whole(size: int, piece: int) -> None:
    content = generated(size)
    sealed = b"".join(seal_stream((content[at : at + piece] for at in range(0, size, piece)), KEY))
    assert sealed == seal(content, KEY)
    pieces = (sealed[at : at + piece] for at in range(0, len(sealed), piece))
    assert b"".join(open_stream(pieces, KEY)) == content


def test_many_are_sealed_as_one_by_one() -> None:
    contents = [generated(size) for size in (0, 10, 1000, CHUNK_SIZE + 1)]
    keys = generated(128)
    assert seal_many(contents, keys) == [seal(content, keys[32 * at :][:32]) for at, content in enumerate(contents)]


def test_stream_holds_one_chunk_at_a_time() -> None:
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield bytes(CHUNK_SIZE)

    stream = seal_stream(pieces(), KEY)
    next(stream)
    next(stream)
    assert taken <= 2


def test_equal_contents_under_two_keys_have_nothing_in_common() -> None:
    first, second = seal(b"the same" * 100, KEY), seal(b"the same" * 100, OTHER_KEY)
    assert all(first[at : at + 16] not in second for at in range(22, len(first) - 16))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_any_content_comes_back(content: bytes, key: bytes) -> None:
    assert open_sealed(seal(content, key), key) == content


@pytest.mark.parametrize("case", VECTORS["sealed"], ids=[case["desc"] for case in VECTORS["sealed"]])
def test_vector(case: dict[str, Any]) -> None:
    key, content = bytes.fromhex(case["dataKey"]), generated(case["contentSize"])
    sealed = seal(content, key)
    assert sha256(sealed).hexdigest() == case["sealedSha256"]
    assert "sealed" not in case or sealed.hex() == case["sealed"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=[case["desc"] for case in VECTORS["refused"]])
def test_vector_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(OnceledgerError) as caught:
        open_sealed(bytes.fromhex(case["sealed"]), bytes.fromhex(case["dataKey"]))
    assert caught.value.code == case["error"]


# What a forger who holds the sealed content, and not the key, may do

CONTENT = generated(3 * CHUNK_SIZE + 100)
SEALED = seal(CONTENT, KEY)
HEADER = SEALED[:HEADER_SIZE]
CHUNKS = [SEALED[at : at + SEALED_CHUNK] for at in range(HEADER_SIZE, len(SEALED), SEALED_CHUNK)]
FOREIGN = seal(generated(3 * CHUNK_SIZE + 100)[::-1], OTHER_KEY)
FOREIGN_CHUNKS = [FOREIGN[at : at + SEALED_CHUNK] for at in range(HEADER_SIZE, len(FOREIGN), SEALED_CHUNK)]


def put_together(*chunks: bytes) -> bytes:
    return HEADER + b"".join(chunks)


def test_truncated_at_a_chunk_border() -> None:
    for count in (1, 2, 3):
        with raised("sealing.truncated"):
            open_sealed(put_together(*CHUNKS[:count]), KEY)


def test_truncated_to_the_header() -> None:
    with raised("sealing.truncated"):
        open_sealed(HEADER, KEY)


def test_truncated_within_the_header() -> None:
    for size in (0, 1, 20, 21, 22, HEADER_SIZE - 1):
        with raised("sealing.truncated"):
            open_sealed(HEADER[:size], KEY)


def test_truncated_within_a_chunk() -> None:
    with raised("sealing.chunk-altered"):
        open_sealed(SEALED[:-1], KEY)
    with raised("sealing.truncated"):
        open_sealed(put_together(CHUNKS[0], CHUNKS[1][:15]), KEY)


def test_truncated_every_way_a_small_content_can_be() -> None:
    sealed = seal(b"a credential", KEY)
    for size in range(len(sealed)):
        with pytest.raises(Corrupt):
            open_sealed(sealed[:size], KEY)


def test_chunks_reordered() -> None:
    with raised("sealing.chunk-misplaced"):
        open_sealed(put_together(CHUNKS[1], CHUNKS[0], *CHUNKS[2:]), KEY)


def test_chunk_dropped() -> None:
    with raised("sealing.chunk-misplaced"):
        open_sealed(put_together(CHUNKS[0], *CHUNKS[2:]), KEY)


def test_first_chunk_dropped() -> None:
    with raised("sealing.chunk-misplaced"):
        open_sealed(put_together(*CHUNKS[1:]), KEY)


def test_chunk_duplicated() -> None:
    with raised("sealing.chunk-repeated"):
        open_sealed(put_together(CHUNKS[0], CHUNKS[0], *CHUNKS[1:]), KEY)


def test_last_chunk_duplicated() -> None:
    full = seal(generated(2 * CHUNK_SIZE), KEY)
    with raised("sealing.extended"):
        open_sealed(full + full[-SEALED_CHUNK:], KEY)


def test_chunk_replaced_by_its_like_of_another_content() -> None:
    with raised("sealing.chunk-altered"):
        open_sealed(put_together(CHUNKS[0], FOREIGN_CHUNKS[1], *CHUNKS[2:]), KEY)


def test_last_chunk_replaced_by_another_contents() -> None:
    with raised("sealing.chunk-altered"):
        open_sealed(put_together(*CHUNKS[:3], FOREIGN_CHUNKS[3]), KEY)


def test_header_of_another_content() -> None:
    with raised("sealing.wrong-key", NotPermitted):
        open_sealed(FOREIGN[:HEADER_SIZE] + b"".join(CHUNKS), KEY)


def test_chunks_of_another_content_under_this_header() -> None:
    with raised("sealing.chunk-altered"):
        open_sealed(put_together(*FOREIGN_CHUNKS), KEY)


def test_extended_behind_a_full_last_chunk() -> None:
    full = seal(generated(CHUNK_SIZE), KEY)
    for tail in (b"x", bytes(TAG_SIZE), FOREIGN_CHUNKS[3]):
        with raised("sealing.extended"):
            open_sealed(full + tail, KEY)


def test_extended_behind_a_short_last_chunk() -> None:
    with raised("sealing.chunk-altered"):
        open_sealed(SEALED + b"x", KEY)


def test_key_holder_who_ends_with_an_empty_chunk_makes_no_second_form() -> None:
    derived = sha512(b"\x00\x00\x00\x01" + KEY + b"onceledger-sealed-v1\n\x01").digest()
    cipher = AESGCM(derived[:32])
    first = cipher.encrypt(bytes(12), CONTENT[:CHUNK_SIZE], HEADER)
    last = cipher.encrypt((1).to_bytes(11) + b"\x01", b"", HEADER)
    with raised("sealing.empty-last-chunk"):
        open_sealed(put_together(first, last), KEY)


def test_key_of_another_content_is_refused_before_anything_is_decrypted() -> None:
    # Where nothing commits to the key, one AES-GCM ciphertext can be made that two keys open to two contents.
    with raised("sealing.wrong-key", NotPermitted):
        next(open_stream(iter([SEALED]), OTHER_KEY))


@pytest.mark.parametrize("place", [HEADER_SIZE, HEADER_SIZE + 5000, HEADER_SIZE + SEALED_CHUNK + 9, len(SEALED) - 1])
def test_one_bit_flipped_in_a_chunk(place: int) -> None:
    altered = bytearray(SEALED)
    altered[place] ^= 0x10
    with raised("sealing.chunk-altered"):
        open_sealed(bytes(altered), KEY)


def test_every_bit_of_a_small_content_counts() -> None:
    sealed = seal(b"a credential", KEY)
    for place in range(8 * len(sealed)):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises((Corrupt, NotPermitted, MalformedInput)):
            open_sealed(bytes(altered), KEY)


def test_other_version_is_named_as_such() -> None:
    with raised("sealing.not-sealed-content", MalformedInput):
        open_sealed(SEALED.replace(b"-v1\n", b"-v2\n", 1), KEY)


def test_other_algorithm_is_named_as_such() -> None:
    with raised("sealing.unknown-algorithm", MalformedInput):
        open_sealed(SEALED[:21] + b"\x02" + SEALED[22:], KEY)


def test_plain_content_is_not_sealed_content() -> None:
    with raised("sealing.not-sealed-content", MalformedInput):
        open_sealed(b'{"@context": "https://www.w3.org/ns/credentials/v2"}' * 3, KEY)


def test_nothing_altered_is_ever_yielded() -> None:
    altered = put_together(CHUNKS[0], CHUNKS[1], FOREIGN_CHUNKS[2], CHUNKS[3])
    stream = open_stream((altered,), KEY)
    assert next(stream) + next(stream) == CONTENT[: 2 * CHUNK_SIZE]
    with raised("sealing.chunk-altered"):
        next(stream)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_data_key_of_another_size_is_refused(size: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: seal(b"", bytes(size)),
        lambda: seal_many([b""], bytes(size)),
        lambda: seal_stream([], bytes(size)),
        lambda: open_sealed(SEALED, bytes(size)),
    ]
    for call in calls:
        with raised("sealing.data-key", MalformedInput):
            call()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_good_order(data: bytes) -> None:
    for sealed in (data, HEADER + data):
        with pytest.raises((Corrupt, NotPermitted, MalformedInput)):
            open_sealed(sealed, KEY)


# Envelopes

BINDING = bytes(range(16))
NONCE = bytes(range(12))
WRAPPING = WrappingKey(bytes(range(100, 132)))
SUCCESSOR = WrappingKey(bytes(range(101, 133)))
ENVELOPE = WRAPPING.wrap(KEY, BINDING, NONCE)
HOLDER = Recipient(0x40, b"a form that is yet to come")


def test_envelope_gives_the_data_key() -> None:
    assert WRAPPING.unwrap(ENVELOPE, BINDING) == KEY
    assert len(ENVELOPE) == 80


def test_envelope_is_what_the_page_says() -> None:
    secret = bytes(range(100, 132))
    key_id = sha256(b"onceledger-wrapping-key-v1\n" + secret).digest()[:16]
    assert ENVELOPE[:32] == b"\x01\x01\x00\x4c" + key_id + NONCE
    bound = b"onceledger-envelope-v1\n\x01" + key_id + BINDING
    assert AESGCM(secret).decrypt(NONCE, ENVELOPE[32:], bound) == KEY
    assert ENVELOPE.hex() == VECTORS["envelope"]["envelope"]


def test_many_are_wrapped_as_one_by_one() -> None:
    keys, nonces, bindings = generated(96), generated(36), [b"a", b"b", b"c"]
    assert WRAPPING.wrap_many(keys, bindings, nonces) == [
        WRAPPING.wrap(keys[32 * at :][:32], binding, nonces[12 * at :][:12]) for at, binding in enumerate(bindings)
    ]


def test_envelope_moved_to_another_content() -> None:
    with raised("envelope.altered"):
        WRAPPING.unwrap(ENVELOPE, bytes(16))


def test_envelope_whose_binding_is_cut_or_extended() -> None:
    for binding in (BINDING[:-1], BINDING + b"\x00", b""):
        with raised("envelope.altered"):
            WRAPPING.unwrap(ENVELOPE, binding)


def test_every_bit_of_an_envelope_counts() -> None:
    for place in range(8 * len(ENVELOPE)):
        altered = bytearray(ENVELOPE)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises((Corrupt, MalformedInput, NotPermitted)):
            WRAPPING.unwrap(bytes(altered), BINDING)


def test_envelope_of_another_wrapping_key() -> None:
    with raised("envelope.no-recipient", NotPermitted):
        SUCCESSOR.unwrap(ENVELOPE, BINDING)


def test_key_id_of_another_wrapping_key_written_over_it() -> None:
    with raised("envelope.altered"):
        SUCCESSOR.unwrap(ENVELOPE[:4] + SUCCESSOR.key_id + ENVELOPE[20:], BINDING)


def test_recipient_is_added_without_sealing_again() -> None:
    both = with_recipients(ENVELOPE, [HOLDER, recipients(SUCCESSOR.wrap(KEY, BINDING, NONCE))[0]])
    assert WRAPPING.unwrap(both, BINDING) == SUCCESSOR.unwrap(both, BINDING) == KEY
    assert recipients(both)[1] == HOLDER


def test_rewrapping_leaves_the_old_key_without_use_and_others_alone() -> None:
    moved = WRAPPING.rewrap(with_recipients(ENVELOPE, [HOLDER]), BINDING, SUCCESSOR, NONCE)
    assert SUCCESSOR.unwrap(moved, BINDING) == KEY
    assert HOLDER in recipients(moved)
    with raised("envelope.no-recipient", NotPermitted):
        WRAPPING.unwrap(moved, BINDING)


def test_recipient_twice_is_refused() -> None:
    with raised("envelope.recipient-exists", Conflict):
        with_recipients(ENVELOPE, recipients(ENVELOPE))
    with raised("envelope.malformed", MalformedInput):
        recipients(ENVELOPE + ENVELOPE[1:])


@pytest.mark.parametrize(
    ("desc", "envelope", "code"),
    [
        ("nothing", b"", "envelope.unknown-version"),
        ("later version", b"\x02" + ENVELOPE[1:], "envelope.unknown-version"),
        ("no recipient", b"\x01", "envelope.malformed"),
        ("cut", ENVELOPE[:-1], "envelope.malformed"),
        ("cut in a length", ENVELOPE + b"\x40\x00", "envelope.malformed"),
        ("bytes left over", ENVELOPE + b"\x40", "envelope.malformed"),
        ("length that reaches beyond", b"\x01\x01\xff\xff" + ENVELOPE[4:], "envelope.malformed"),
        ("wrapped key of another size", b"\x01\x01\x00\x4b" + ENVELOPE[4:-1], "envelope.malformed"),
        ("seventeen recipients", b"\x01" + b"\x40\x00\x01a" * 17, "envelope.malformed"),
    ],
)
def test_envelope_is_refused(desc: str, envelope: bytes, code: str) -> None:
    with raised(code, MalformedInput):
        recipients(envelope)
    with raised(code, MalformedInput):
        WRAPPING.unwrap(envelope, BINDING)


@given(st.binary(max_size=300))
def test_any_envelope_is_read_or_refused(data: bytes) -> None:
    for envelope in (data, b"\x01" + data):
        try:
            found = recipients(envelope)
        except MalformedInput:
            continue
        rebuilt = b"\x01" + b"".join(bytes([one.algorithm]) + len(one.body).to_bytes(2) + one.body for one in found)
        assert rebuilt == envelope


@pytest.mark.parametrize(
    ("key", "binding", "nonce"),
    [(KEY[1:], BINDING, NONCE), (KEY, b"", NONCE), (KEY, bytes(65), NONCE), (KEY, BINDING, NONCE[1:])],
)
def test_wrapping_with_arguments_of_another_size_is_refused(key: bytes, binding: bytes, nonce: bytes) -> None:
    with raised("envelope.arguments", MalformedInput):
        WRAPPING.wrap(key, binding, nonce)
    with raised("envelope.arguments", MalformedInput):
        WRAPPING.wrap_many(key, [binding], nonce)


def test_wrapping_key_of_another_size_is_refused() -> None:
    with raised("envelope.wrapping-key", MalformedInput):
        WrappingKey(bytes(16))


def test_wrapping_key_neither_shows_itself_nor_travels() -> None:
    secret = bytes(range(100, 132))
    assert secret.hex() not in repr(WRAPPING)
    assert repr(secret)[2:20] not in repr(WRAPPING)
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with raised("keys.not-portable", NotPermitted):
            copying(WRAPPING)


def test_limits_of_the_page() -> None:
    assert (HEADER_SIZE, CHUNK_SIZE, TAG_SIZE, sealing.DATA_KEY_SIZE) == (54, 65536, 16, 32)


# The page

PAGE = (Path(__file__).parent.parent / "docs" / "formats" / "sealed-content.md").read_text(encoding="utf-8")


def dump(first: str, lines: int) -> bytes:
    """The bytes of so many lines of the page's example, from the one that begins with ``first``."""
    shown = [line[4:].split("   ")[0] for line in PAGE.splitlines() if line.startswith("    ")]
    start = next(at for at, line in enumerate(shown) if line.startswith(first))
    return bytes.fromhex("".join(shown[start : start + lines]))


def test_page_shows_what_is_sealed() -> None:
    sealed = seal("一次提交".encode(), KEY)
    assert dump("6f6e6365", 5) == sealed
    assert opened_by_a_stranger(sealed, KEY).decode() == "一次提交"
    assert str(cid_of(sealed)) in PAGE
    assert sha512(b"\x00\x00\x00\x01" + KEY + b"onceledger-sealed-v1\n\x01").digest()[:32].hex() in PAGE


def test_page_shows_the_envelope() -> None:
    start = PAGE.index("01 004c")
    lines = ["01", *(line[4:].split("   ")[0] for line in PAGE[start - 4 :].splitlines()[:5])]
    assert bytes.fromhex("".join(lines)) == ENVELOPE


def test_page_names_every_refusal_of_the_code() -> None:
    source = "".join(
        (Path(__file__).parent.parent / "ledger" / name).read_text() for name in ("sealing.py", "key_envelope.py")
    )
    codes = set(re.findall(r'"((?:sealing|envelope)\.[a-z-]+)"', source))
    assert len(codes) > 10
    # What a caller does wrong on the sealing side is no step of reading.
    assert {code for code in codes if code not in PAGE} <= {
        "envelope.arguments",
        "envelope.wrapping-key",
        "envelope.recipient-exists",
    }


def test_page_has_an_example_a_format_and_numbered_steps() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    assert headings[0] == "Example"
    assert any(heading.startswith("Format") for heading in headings)
    assert headings[-1] == "Verify"
