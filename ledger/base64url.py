"""base64url without padding (RFC 4648, section 5), strict: one text for one value.

b"\\xfb\\xff" <-> "-_8"
"""

from __future__ import annotations

import binascii

from ledger.errors import MalformedInput

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/***")  # what is not of this alphabet becomes what is of none
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST = {1: b"", 2: _ALPHABET[::16], 3: _ALPHABET[::4]}
"""Characters that may end a text whose length is 1, 2 or 3 beyond a multiple of four: their unused bits are zero."""


def encode(data: bytes) -> str:
    """Text of ``data``, without padding and line breaks."""
    return encode_bytes(data).decode("ascii")


def encode_bytes(data: bytes) -> bytes:
    """The same as ASCII bytes, for what is put together as bytes."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def decode(text: str) -> bytes:
    """Bytes of ``text``.

    Raises MalformedInput ``base64url.malformed`` for padding, other alphabets, white space and for a last character
    whose unused bits are not zero: those would let one value be written in several ways.
    """
    try:
        raw = text.encode("ascii")
        rest = len(raw) & 3
        if rest:
            if raw[-1] not in _LAST[rest]:
                raise _malformed()
            return binascii.a2b_base64(raw.translate(_FROM_URL) + b"==="[rest - 1 :], strict_mode=True)
        return binascii.a2b_base64(raw.translate(_FROM_URL), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError, AttributeError):
        raise _malformed() from None


def _malformed() -> MalformedInput:
    return MalformedInput(
        "base64url.malformed",
        "The text is not base64url.",
        "Use the URL alphabet without padding (RFC 4648, section 5).",
    )
