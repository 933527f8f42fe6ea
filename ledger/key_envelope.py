"""Data keys wrapped for those who may open a content; kept beside the sealed content, never in it.

    version 01 | (algorithm, 1 byte | length, 2 bytes | body)*          a recipient each; docs/formats/sealed-content.md
    algorithm 01: key id, 16 | nonce, 12 | AES-256-GCM of the data key, 48

Recipients can be added and taken away without sealing again. Those of algorithms unknown here are kept as they are.
What the data key belongs to is bound in: an envelope moved to another content does not open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import Conflict, Corrupt, MalformedInput, NotPermitted
from ledger.key_port import not_portable
from ledger.sealing import DATA_KEY_SIZE

WRAPPING_KEY_SIZE: Final = 32
"""Bytes in an AES-256 wrapping key."""

KEY_ID_SIZE: Final = 16
NONCE_SIZE: Final = 12
"""Random bytes that each wrapping takes. One wrapping key serves 2^32 wrappings (NIST SP 800-38D, section 8.3)."""

MAX_BINDING: Final = 64
"""Bytes of what an envelope is bound to; a credential's are the 16 of its ``urn:uuid``."""

MAX_RECIPIENTS: Final = 16
_VERSION: Final = b"\x01"
_AES_GCM: Final = 1
_BODY_SIZE: Final = KEY_ID_SIZE + NONCE_SIZE + DATA_KEY_SIZE + 16
_PREFIX: Final = bytes((_AES_GCM,)) + _BODY_SIZE.to_bytes(2)
_ID_LABEL: Final = b"onceledger-wrapping-key-v1\n"
_BIND_LABEL: Final = b"onceledger-envelope-v1\n"
_ENVELOPE_CURE: Final = "Restore it from a copy of the records; without it the content cannot be opened."


@dataclass(frozen=True, slots=True)
class Recipient:
    """One wrapped copy of the data key. ``key_id`` is empty for algorithms unknown here."""

    algorithm: int
    body: bytes

    @property
    def key_id(self) -> bytes:
        return self.body[:KEY_ID_SIZE] if self.algorithm == _AES_GCM else b""


class WrappingKey:
    """An agency's AES-256 key that wraps data keys. It does not show its bytes and does not leave the process."""

    __slots__ = ("_bind", "_cipher", "key_id")

    def __init__(self, key: bytes) -> None:
        """``key`` is 32 random bytes. Raises MalformedInput ``envelope.wrapping-key``."""
        if len(key) != WRAPPING_KEY_SIZE:
            raise MalformedInput("envelope.wrapping-key", "A wrapping key is not 32 bytes long.", "Make a new one.")
        self._cipher = AESGCM(key)
        self.key_id: Final = sha256(_ID_LABEL + key).digest()[:KEY_ID_SIZE]
        self._bind = _BIND_LABEL + bytes((_AES_GCM,)) + self.key_id

    def __repr__(self) -> str:
        return f"<WrappingKey {self.key_id.hex()}>"

    def __reduce__(self) -> NoReturn:
        raise not_portable()

    def wrap(self, data_key: bytes, binding: bytes, nonce: bytes) -> bytes:
        """Envelope with this key as its one recipient; ``nonce`` is 12 fresh random bytes.

        Raises MalformedInput ``envelope.arguments``.
        """
        return _VERSION + self._entry(data_key, binding, nonce)

    def wrap_many(self, data_keys: bytes, bindings: Sequence[bytes], nonces: bytes) -> list[bytes]:
        """Envelopes of 32 bytes of ``data_keys`` each, with 12 bytes of ``nonces`` each. Raises like ``wrap``."""
        count = len(bindings)
        if len(data_keys) != DATA_KEY_SIZE * count or len(nonces) != NONCE_SIZE * count:
            raise _bad_arguments()
        return [
            _VERSION + self._entry(data_keys[32 * at : 32 * at + 32], binding, nonces[12 * at : 12 * at + 12])
            for at, binding in enumerate(bindings)
        ]

    def unwrap(self, envelope: bytes, binding: bytes) -> bytes:
        """The data key.

        Raises NotPermitted ``envelope.no-recipient`` (this key is not among them), Corrupt ``envelope.altered``
        (changed, or bound to something else), MalformedInput ``envelope.malformed``, ``envelope.unknown-version``.
        """
        for recipient in recipients(envelope):
            if recipient.key_id == self.key_id:
                nonce, sealed = recipient.body[KEY_ID_SIZE : KEY_ID_SIZE + NONCE_SIZE], recipient.body[28:]
                try:
                    return self._cipher.decrypt(nonce, sealed, self._bind + binding)
                except InvalidTag:
                    raise Corrupt(
                        "envelope.altered", "The wrapped key was altered or belongs to another content.", _ENVELOPE_CURE
                    ) from None
        raise NotPermitted(
            "envelope.no-recipient",
            f"The data key is not wrapped by wrapping key {self.key_id.hex()}.",
            "Open the key store that holds the wrapping key of that time.",
        )

    def rewrap(self, envelope: bytes, binding: bytes, successor: WrappingKey, nonce: bytes) -> bytes:
        """The same envelope with ``successor`` in this key's place; other recipients stay. Raises like ``unwrap``."""
        data_key = self.unwrap(envelope, binding)
        kept = [one for one in recipients(envelope) if one.key_id not in (self.key_id, successor.key_id)]
        return with_recipients(successor.wrap(data_key, binding, nonce), kept)

    def _entry(self, data_key: bytes, binding: bytes, nonce: bytes) -> bytes:
        if len(data_key) != DATA_KEY_SIZE or len(nonce) != NONCE_SIZE or not 0 < len(binding) <= MAX_BINDING:
            raise _bad_arguments()
        return _PREFIX + self.key_id + nonce + self._cipher.encrypt(nonce, data_key, self._bind + binding)


def recipients(envelope: bytes) -> tuple[Recipient, ...]:
    """The recipients in ``envelope``, in order.

    Raises MalformedInput ``envelope.malformed`` or ``envelope.unknown-version``.
    """
    if envelope[:1] != _VERSION:
        raise MalformedInput(
            "envelope.unknown-version", "The key envelope is not of version 1.", "Use a newer version of the software."
        )
    found: list[Recipient] = []
    at = 1
    while at < len(envelope):
        algorithm, size = envelope[at], int.from_bytes(envelope[at + 1 : at + 3])
        start, at = at + 3, at + 3 + size
        if at > len(envelope) or len(found) == MAX_RECIPIENTS or (algorithm == _AES_GCM and size != _BODY_SIZE):
            raise _malformed()
        found.append(Recipient(algorithm, envelope[start:at]))
    ids = [one.key_id for one in found if one.key_id]
    if not found or len(set(ids)) != len(ids):
        raise _malformed()
    return tuple(found)


def with_recipients(envelope: bytes, more: Sequence[Recipient]) -> bytes:
    """``envelope`` with ``more`` recipients at its end.

    Raises Conflict ``envelope.recipient-exists`` when a wrapping key would stand there twice, MalformedInput
    ``envelope.malformed``.
    """
    ids = [one.key_id for one in (*recipients(envelope), *more) if one.key_id]
    if len(set(ids)) != len(ids):
        raise Conflict(
            "envelope.recipient-exists", "The wrapping key is a recipient already.", "Nothing is left to do."
        )
    entries = (bytes((one.algorithm,)) + len(one.body).to_bytes(2) + one.body for one in more)
    extended = envelope + b"".join(entries)
    recipients(extended)
    return extended


def _bad_arguments() -> MalformedInput:
    return MalformedInput(
        "envelope.arguments",
        "A data key, nonce or binding has not its size.",
        "Give 32 and 12 random bytes, and 1 to 64 bytes to bind to.",
    )


def _malformed() -> MalformedInput:
    return MalformedInput("envelope.malformed", "The key envelope is not well-formed.", _ENVELOPE_CURE)
