"""The ports ``Signer`` and ``AccountKey``: keys that sign and never show themselves.

An implementation holds a secret (a key file, an HSM session) and gives out signatures and public values only: no
method, ``repr``, error or pickle carries the secret. Signing may be repeated: it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ledger.digest import Digest
from ledger.errors import NotPermitted


class Signer(Protocol):
    """An Ed25519 key (RFC 8032): an agency's issuing key or a key of the trust pack's root."""

    def multikey(self) -> str:
        """The public key as Multikey text, ``z6Mk…``."""

    def sign(self, message: bytes) -> bytes:
        """Signature of ``message``, 64 bytes.

        Raises MalformedInput ``keys.not-bytes``; Unavailable from a remote key that does not answer.
        """

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """Signatures of ``messages``, in order: all of them or an error. Raises like ``sign``.

        What is slow per call (an HSM's session) is paid once.
        """


class AccountKey(Protocol):
    """A secp256k1 account of the chain: a root member's, an administrator's or a sender's."""

    @property
    def address(self) -> bytes:
        """The account, 20 bytes."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> tuple[bytes, Digest]:
        """(raw signed transaction, its hash), as ``eth_sendRawTransaction`` takes it.

        ``transaction`` names ``chainId`` (always: without it other chains accept the transaction too, EIP-155),
        ``nonce``, ``gas``, ``to`` (20 bytes, or empty bytes to create a contract), ``value``, ``data`` and either
        ``gasPrice`` or ``maxFeePerGas`` and ``maxPriorityFeePerGas`` (EIP-1559).

        Raises MalformedInput ``keys.transaction``.
        """

    def sign_digest(self, digest: bytes) -> bytes:
        """Signature of a 32-byte digest, as a rule of EIP-712: r ‖ s ‖ v, 65 bytes, v 27 or 28, s in the lower half.

        Raises MalformedInput ``keys.digest``.
        """


def not_portable() -> NotPermitted:
    """What ``__reduce__`` of a key raises: keys are neither copied nor pickled, another process opens its own."""
    return NotPermitted("keys.not-portable", "A secret key is not copied.", "Open the key store where it is needed.")
