"""A secp256k1 account of the chain in this process: libsecp256k1 (coincurve) signs, eth-account writes transactions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn

from coincurve import PrivateKey

from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import MalformedInput
from ledger.keccak import address_of_public_key
from ledger.key_port import not_portable

_TOO_LARGE: Final = 1 << 256
_V_OFFSET: Final = 27
"""From a recovery id to the v of signatures that contracts check (Ethereum yellow paper, appendix F)."""


class Secp256k1Account:
    """See ``ledger.key_port.AccountKey``. Does not show its secret and does not leave the process."""

    __slots__ = ("_key", "address")

    def __init__(self, secret: bytes) -> None:
        """``secret``: 32 bytes, from 1 to the group order less 1. Raises MalformedInput ``keys.secret``."""
        try:
            # Checked here: the library would pad a shorter secret.
            self._key = PrivateKey(secret if len(secret) == DIGEST_SIZE else b"")
        except ValueError:
            raise MalformedInput(
                "keys.secret", "The secret is not a secp256k1 private key.", "Make a new key."
            ) from None
        self.address: bytes = address_of_public_key(self._key.public_key.format(compressed=False))

    def sign_transaction(self, transaction: Mapping[str, Any]) -> tuple[bytes, Digest]:
        """See the port."""
        # Only who sends needs it: it takes most of a second to load, and workers that issue open key stores too.
        from eth_account import Account
        from rlp.exceptions import RLPException

        signed = None
        # Raised outside the handler, so that no traceback leads to frames of eth-account, which hold the secret.
        with suppress(TypeError, ValueError, KeyError, RLPException):
            numbers = [value for value in transaction.values() if isinstance(value, int)]
            # Without a chain id the signature would be good on every chain (EIP-155).
            if type(transaction["chainId"]) is int and all(0 <= number < _TOO_LARGE for number in numbers):
                signed = Account.sign_transaction(dict(transaction), self._key.secret)
        if signed is None:
            raise MalformedInput(
                "keys.transaction",
                "A field of the transaction is missing, unknown or out of range.",
                "Name chainId, nonce, gas, to, value, data, and gasPrice or both fees per gas.",
            )
        return bytes(signed.raw_transaction), Digest(bytes(signed.hash))

    def sign_digest(self, digest: bytes) -> bytes:
        """See the port."""
        if type(digest) is not bytes or len(digest) != DIGEST_SIZE:
            raise MalformedInput(
                "keys.digest", "What is to be signed is not a 32-byte digest.", "Hash the message first."
            )
        signature: bytes = self._key.sign_recoverable(digest, hasher=None)
        return signature[:-1] + bytes((signature[-1] + _V_OFFSET,))

    def __repr__(self) -> str:
        return f"<Secp256k1Account 0x{self.address.hex()}>"

    def __reduce__(self) -> NoReturn:
        raise not_portable()
