"""Kinds of keys in a key store, and the object that each of them becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn

from adapters.account_key import Secp256k1Account
from adapters.ed25519_key import Ed25519Key
from adapters.master_key import SECRET_SIZE
from ledger.errors import MalformedInput
from ledger.key_envelope import WrappingKey
from ledger.key_port import not_portable


class KeyKind(StrEnum):
    """What a key is for. The kind is bound to the key: none is ever used as another."""

    ISSUING = "issuing"
    ROOT = "root"
    ACCOUNT = "account"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    WRAPPING = "wrapping"


class Secret:
    """32 random bytes for a keyed hash or for a library that wants the bytes: the one key that can be taken out."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        """Raises MalformedInput ``keys.secret`` when ``value`` is not 32 bytes."""
        if len(value) != SECRET_SIZE:
            raise MalformedInput("keys.secret", "A secret is not 32 bytes long.", "Make a new one.")
        self._value = value

    def reveal(self) -> bytes:
        """The bytes. Whoever calls this keeps them out of logs and errors."""
        return self._value

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> NoReturn:
        raise not_portable()


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key as listed: ``public`` is its Multikey, its ``0x`` and address, its key id in hex; empty for a secret."""

    name: str
    kind: KeyKind
    public: str


AnyKey = Ed25519Key | Secp256k1Account | Secret | WrappingKey

CLASSES: Final[Mapping[KeyKind, Callable[[bytes], AnyKey]]] = {
    KeyKind.ISSUING: Ed25519Key,
    KeyKind.ROOT: Ed25519Key,
    KeyKind.ACCOUNT: Secp256k1Account,
    KeyKind.SECRET: Secret,
    KeyKind.WRAPPING: WrappingKey,
}
"""What makes a key of its 32 secret bytes."""


def public_of(key: AnyKey) -> str:
    """The public part as key files and ``KeyEntry`` write it."""
    if isinstance(key, Ed25519Key):
        return key.multikey()
    if isinstance(key, Secp256k1Account):
        return "0x" + key.address.hex()
    return key.key_id.hex() if isinstance(key, WrappingKey) else ""
