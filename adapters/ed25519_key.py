"""An Ed25519 key in this process, over libsodium (PyNaCl's bindings): the fastest there is here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from ledger.errors import MalformedInput
from ledger.key_port import not_portable
from ledger.multikey import encode_ed25519

SEED_SIZE: Final = 32
"""Bytes in the secret, RFC 8032's private key."""

_SIGNATURE_SIZE: Final = 64


class Ed25519Key:
    """See ``ledger.key_port.Signer``. Does not show its secret and does not leave the process."""

    __slots__ = ("_multikey", "_pair", "public_key")

    def __init__(self, seed: bytes) -> None:
        """``seed``: 32 random bytes. Raises MalformedInput ``keys.secret``."""
        if len(seed) != SEED_SIZE:
            raise MalformedInput("keys.secret", "An Ed25519 secret is not 32 bytes long.", "Make a new key.")
        self.public_key, self._pair = crypto_sign_seed_keypair(seed)
        self._multikey = encode_ed25519(self.public_key)

    def multikey(self) -> str:
        """See the port."""
        return self._multikey

    def sign(self, message: bytes) -> bytes:
        """See the port."""
        return self.sign_many((message,))[0]

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """See the port."""
        # Asked before libsodium is: its complaint would carry this key in a frame of its traceback.
        if not all(type(message) is bytes for message in messages):
            raise MalformedInput("keys.not-bytes", "A message to be signed is not bytes.", "Encode it first.")
        pair = self._pair
        return [crypto_sign(message, pair)[:_SIGNATURE_SIZE] for message in messages]

    def __repr__(self) -> str:
        return f"<Ed25519Key {self._multikey}>"

    def __reduce__(self) -> NoReturn:
        raise not_portable()
