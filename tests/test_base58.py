"""base58btc: the lanes give what plain long division gives, and no value has two texts."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.base58 import decode, encode
from ledger.errors import MalformedInput

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def by_long_division(data: bytes) -> str:
    number, letters = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        letters = ALPHABET[digit] + letters
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + letters


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"\0", "1"),
        (b"\0\0\0", "111"),
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
    ],
)
def test_example_of_the_base58_draft(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


def test_edges_of_every_digit_of_64_bytes() -> None:
    """Quotients are most easily wrong at a multiple of a power of 58, one below and one above it."""
    checked = 0
    for power in range(96):
        for factor in (1, 2, 57):
            for step in (-1, 0, 1):
                number = factor * 58**power + step
                if 0 <= number < 2**512:
                    data = number.to_bytes(64, "big")
                    assert encode(data) == by_long_division(data)
                    assert decode(encode(data)) == data
                    for above in (1 << 504, 2**512 - 1 - number):
                        filled = ((number | above) % 2**512).to_bytes(64, "big")
                        assert encode(filled) == by_long_division(filled)
                    checked += 1
    assert checked > 700


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=96) | st.binary(min_size=64, max_size=64))
@example(bytes(64))
@example(b"\x00" + b"\xff" * 63)
@example(b"\x01" + bytes(63))
@example(b"\xff" * 64)
@example(b"\xff" * 180)
def test_round_trip(data: bytes) -> None:
    text = encode(data)
    assert text == by_long_division(data)
    assert decode(text) == data


@settings(deadline=None)
@given(st.text(alphabet=ALPHABET, max_size=256))
@example("1" * 256)
@example("z" * 128)
@example("z" * 129)
@example("z" * 256)
def test_every_text_has_one_value(text: str) -> None:
    assert encode(decode(text)) == text


@settings(deadline=None)
@given(st.text(max_size=300))
def test_random_text_gives_bytes_or_our_error(text: str) -> None:
    try:
        data = decode(text)
    except MalformedInput:
        assert len(text) > 256 or not set(text) <= set(ALPHABET)
        return
    assert encode(data) == text


@pytest.mark.parametrize("letter", [*"0OIl+/=-_ \n\t", "\0", "\x7f", "\x80", "é", "１", "𠮷", "\ud800"], ids=ascii)
def test_letter_outside_the_alphabet_is_refused(letter: str) -> None:
    for text in (letter, "2" + letter, letter + "2", "z" * 40 + letter + "z" * 40):
        with pytest.raises(MalformedInput) as caught:
            decode(text)
        assert caught.value.code == "base58.malformed"


def test_text_longer_than_any_key_or_signature_is_refused() -> None:
    assert len(decode("z" * 256)) == 188
    with pytest.raises(MalformedInput):
        decode("z" * 257)
    with pytest.raises(MalformedInput):
        decode("z" * 10_000_000)
