"""base58btc, the alphabet of Multibase ``z`` (W3C Controlled Identifiers 1.0, section 2.4).

    b"\\x00\\x00\\x28\\x7f\\xb4\\xcd" <-> "11233QC4"

A number of 64 bytes has 88 digits; taking them off one by one costs more than signing can spare. Here one Python
integer holds many *lanes* side by side, and one multiplication divides all lanes at once: 1 number of 96 digits, 2 of
48, 4 of 24, 8 of 12, 16 of 6, 32 of 3. Division by a constant is multiplication by its reciprocal, rounded up with so
many bits that the quotient is exact for every value the lane can hold (Granlund and Montgomery, 1994); ``_reciprocal``
finds the bits and proves the bound when the module is loaded.
"""

from __future__ import annotations

from typing import Final

from ledger.errors import MalformedInput

_ALPHABET: Final = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_CHARACTERS: Final = 256
"""Longest text read: no key or signature needs more, and the time to convert grows with the square of the length."""

_INVALID: Final = 0xFF
_TO_LETTERS: Final = _ALPHABET + bytes(256 - 58)
_TO_DIGITS: Final = bytes(_ALPHABET.find(bytes((byte,))) & 0xFF for byte in range(256))


def encode(data: bytes) -> str:
    """Text of ``data``: one ``1`` for each leading zero byte, then the number in base 58."""
    if len(data) == 64 and data[0]:
        return _encode_64(data)
    number, letters = int.from_bytes(data), bytearray()
    while number:
        number, digit = divmod(number, 58)
        letters.append(_ALPHABET[digit])
    letters += b"1" * (len(data) - len(data.lstrip(b"\0")))
    letters.reverse()
    return letters.decode("ascii")


def decode(text: str) -> bytes:
    """Bytes of ``text``; ``encode`` of the result is ``text`` again, so no value has two texts.

    Raises MalformedInput ``base58.malformed`` for letters outside the alphabet and for more than 256 characters.
    """
    if len(text) > _MAX_CHARACTERS or not text.isascii():
        raise _malformed()
    digits = text.encode("ascii").translate(_TO_DIGITS)
    if _INVALID in digits:
        raise _malformed()
    number = int.from_bytes(digits)
    # Neighbouring lanes become one: digit pairs, then pairs of pairs, until one lane holds the whole number.
    for width, mask, weight in _JOINS if len(digits) <= 128 else _LONG_JOINS:
        number = (number & mask) + (number >> width & mask) * weight
    zeros = len(digits) - len(digits.lstrip(b"\0"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) >> 3)


def _ones(lanes: int, width: int) -> int:
    """1 in each of ``lanes`` lanes of ``width`` bits."""
    return sum(1 << width * lane for lane in range(lanes))


def _joins(characters: int) -> tuple[tuple[int, int, int], ...]:
    steps, width, weight = [], 8, 58
    while width < 8 * characters:
        steps.append((width, _ones(8 * characters // (2 * width), 2 * width) * ((1 << width) - 1), weight))
        width, weight = 2 * width, weight**2
    return tuple(steps)


_JOINS: Final = _joins(128)
_LONG_JOINS: Final = _joins(_MAX_CHARACTERS)


def _reciprocal(lanes: int, width: int, limit: int, divisor: int) -> tuple[int, int, int]:
    """(multiplier, shift, mask) with ``x * multiplier >> shift & mask`` = ``x // divisor`` in lanes of x < limit."""
    shift = divisor.bit_length()
    while (limit - 1) * (-(1 << shift) % divisor) >= 1 << shift:
        shift += 1
    multiplier = -(-(1 << shift) // divisor)
    if (limit * multiplier).bit_length() > width:
        raise ValueError("a product would spill into the next lane")
    return multiplier, shift, _ones(lanes, width) * ((1 << (limit // divisor).bit_length()) - 1)


_D24: Final = 58**24
_D48: Final = 58**48
_M12, _S12, _Q12 = _reciprocal(4, 320, 58**24, 58**12)
_M6, _S6, _Q6 = _reciprocal(8, 160, 58**12, 58**6)
_M3, _S3, _Q3 = _reciprocal(16, 80, 58**6, 58**3)
_M2, _S2, _Q2 = _reciprocal(32, 40, 58**3, 58**2)
_M1, _S1, _Q1 = _reciprocal(32, 40, 58**2, 58)
# x + quotient * (2^k - divisor) leaves the remainder in the low k bits of the lane and the quotient above them.
_R12, _R6, _R3, _R2, _R1 = (1 << 160) - 58**12, (1 << 80) - 58**6, (1 << 40) - 58**3, (1 << 16) - 58**2, (1 << 8) - 58
_LOW_PAIR: Final = _ones(32, 40) * 0xFFFF
_UNUSED: Final = _ones(32, 40) * 0xFFFF000000
"""The two bytes of each last lane that hold no digit, filled with a value that the translation deletes."""


def _encode_64(data: bytes) -> str:
    high, low = divmod(int.from_bytes(data), _D48)
    a, b = divmod(high, _D24)
    c, d = divmod(low, _D24)
    x = a << 960 | b << 640 | c << 320 | d
    x += (x * _M12 >> _S12 & _Q12) * _R12
    x += (x * _M6 >> _S6 & _Q6) * _R6
    x += (x * _M3 >> _S3 & _Q3) * _R3
    x += (x * _M2 >> _S2 & _Q2) * _R2
    x += ((x & _LOW_PAIR) * _M1 >> _S1 & _Q1) * _R1
    return (x | _UNUSED).to_bytes(160).translate(_TO_LETTERS, b"\xff").lstrip(b"1").decode("ascii")


def _malformed() -> MalformedInput:
    return MalformedInput(
        "base58.malformed", "The text is not base58btc.", "Use the Bitcoin alphabet, without 0, O, I and l."
    )
