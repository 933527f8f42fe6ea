"""The key of a key store: wrapped under a passphrase in ``keystore.json``, wraps the keys in the files beside it.

    {"checksum": …, "cipher": "AES-256-GCM", "format": "onceledger-keystore", "id": …, "kdf": {"n": 131072, "name":
     "scrypt", "p": 1, "r": 8, "salt": …}, "nonce": …, "purpose": "signing", "sealed": …, "version": 1}

Every field but ``nonce``, ``sealed`` and ``checksum`` is bound to the wrapped key as associated data. The checksum
takes no secret: it tells a damaged file from a wrong passphrase.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ledger import base64url
from ledger.canonical_json import canonicalize
from ledger.digest import sha256
from ledger.errors import Corrupt, MalformedInput, Misconfigured, NotPermitted, Unavailable
from ledger.key_port import not_portable

STORE_FORMAT: Final = "onceledger-keystore"
KEY_FORMAT: Final = "onceledger-key"
VERSION: Final = 1
CIPHER: Final = "AES-256-GCM"
SECRET_SIZE: Final = 32
"""Bytes of every secret here: master, Ed25519 seed, secp256k1 scalar, AES-256 key."""

_ID_SIZE: Final = 16
_SALT_SIZE: Final = 16
_NONCE_SIZE: Final = 12
_MAX_MEMORY: Final = 1 << 30
_MAX_P: Final = 16
_STORE_FIELDS: Final = frozenset(("checksum", "cipher", "format", "id", "kdf", "nonce", "purpose", "sealed", "version"))
_KEY_FIELDS: Final = frozenset(("cipher", "format", "keystore", "kind", "name", "nonce", "public", "sealed", "version"))
_UNBOUND: Final = frozenset(("checksum", "nonce", "sealed"))

RandomBytes = Callable[[int], bytes]
"""Gives so many unpredictable bytes."""


class Purpose(StrEnum):
    """What a key store holds."""

    SIGNING = "signing"
    WRAPPING = "wrapping"


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """Cost of trying a passphrase (RFC 7914): 128 · n · r bytes of memory; the default takes 128 MiB and half a second.

    Tests take less. What a file asks for is refused beyond 1 GiB: it would be an attack on the reader.
    """

    n: int = 1 << 17
    r: int = 8
    p: int = 1

    def check(self) -> None:
        """Raises Misconfigured ``keystore.kdf-cost``."""
        fits = self.n >= 2 and self.r >= 1 and 1 <= self.p <= _MAX_P and 128 * self.n * self.r <= _MAX_MEMORY
        if not fits or self.n & (self.n - 1):
            raise Misconfigured(
                "keystore.kdf-cost",
                "The key store asks for a passphrase cost that is not sane.",
                "Use n a power of two, 128·n·r of at most 1 GiB and p of at most 16.",
            )


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    """A passphrase that no ``repr``, and so no traceback with local values, shows."""

    text: str


class MasterKey:
    """An unlocked key store's key. Does not show its bytes and does not leave the process."""

    __slots__ = ("_cipher", "purpose", "store_id")

    def __init__(self, cipher: AESGCM, store_id: str, purpose: Purpose) -> None:
        self._cipher = cipher
        self.store_id = store_id
        self.purpose = purpose

    def seal(self, kind: str, name: str, public: str, secret: bytes, random: RandomBytes) -> dict[str, Any]:
        """The document of a key file."""
        bound = {
            "cipher": CIPHER,
            "format": KEY_FORMAT,
            "keystore": self.store_id,
            "kind": kind,
            "name": name,
            "public": public,
            "version": VERSION,
        }
        nonce = random(_NONCE_SIZE)
        sealed = self._cipher.encrypt(nonce, secret, canonicalize(bound))
        return {**bound, "nonce": base64url.encode(nonce), "sealed": base64url.encode(sealed)}

    def open(self, document: Mapping[str, Any]) -> bytes:
        """The secret of a key file's document.

        Raises Corrupt ``keystore.damaged`` or ``keystore.foreign-key``, Misconfigured ``keystore.newer-version``.
        """
        _check_shape(document, KEY_FORMAT, _KEY_FIELDS)
        if document["keystore"] != self.store_id:
            raise Corrupt(
                "keystore.foreign-key", "The key file belongs to another key store.", "Put it back into its own folder."
            )
        return _decrypt(self._cipher, document)

    def __repr__(self) -> str:
        return f"<MasterKey {self.store_id}>"

    def __reduce__(self) -> NoReturn:
        raise not_portable()


def new_master(
    passphrase: Passphrase, purpose: Purpose, cost: ScryptCost, random: RandomBytes
) -> tuple[dict[str, Any], MasterKey]:
    """(document of ``keystore.json``, the key) for a new key store.

    Raises MalformedInput ``keystore.passphrase-unusable``, Misconfigured ``keystore.kdf-cost``.
    """
    store_id = base64url.encode(random(_ID_SIZE))
    secret = random(SECRET_SIZE)
    document = _wrap(secret, store_id, purpose, passphrase, cost, random)
    return document, MasterKey(AESGCM(secret), store_id, purpose)


def open_master(document: Mapping[str, Any], passphrase: Passphrase) -> MasterKey:
    """The key in a document of ``keystore.json``.

    Raises NotPermitted ``keystore.wrong-passphrase``, Corrupt ``keystore.damaged``, Misconfigured
    ``keystore.newer-version`` or ``keystore.kdf-cost``, Unavailable ``keystore.no-memory``, MalformedInput
    ``keystore.passphrase-unusable``.
    """
    cipher = _passphrase_cipher(document, passphrase)
    return MasterKey(AESGCM(_unwrap(cipher, document)), document["id"], Purpose(document["purpose"]))


def rewrap_master(
    document: Mapping[str, Any], old: Passphrase, new: Passphrase, cost: ScryptCost, random: RandomBytes
) -> dict[str, Any]:
    """The document with passphrase ``new``; keys wrapped by the master key stay as they are. Raises like both above."""
    cipher = _passphrase_cipher(document, old)
    return _wrap(_unwrap(cipher, document), document["id"], Purpose(document["purpose"]), new, cost, random)


def _wrap(
    secret: bytes, store_id: str, purpose: Purpose, passphrase: Passphrase, cost: ScryptCost, random: RandomBytes
) -> dict[str, Any]:
    cost.check()
    salt, nonce = random(_SALT_SIZE), random(_NONCE_SIZE)
    bound = {
        "cipher": CIPHER,
        "format": STORE_FORMAT,
        "id": store_id,
        "kdf": {"n": cost.n, "name": "scrypt", "p": cost.p, "r": cost.r, "salt": base64url.encode(salt)},
        "purpose": purpose.value,
        "version": VERSION,
    }
    sealed = _stretch(passphrase, salt, cost).encrypt(nonce, secret, canonicalize(bound))
    document = {**bound, "nonce": base64url.encode(nonce), "sealed": base64url.encode(sealed)}
    return {**document, "checksum": base64url.encode(sha256(canonicalize(document)))}


def _passphrase_cipher(document: Mapping[str, Any], passphrase: Passphrase) -> AESGCM:
    _check_shape(document, STORE_FORMAT, _STORE_FIELDS)
    summed = {name: value for name, value in document.items() if name != "checksum"}
    if base64url.encode(sha256(canonicalize(summed))) != document["checksum"]:
        raise _damaged()
    kdf = document["kdf"]
    shaped = isinstance(kdf, dict) and set(kdf) == {"n", "name", "p", "r", "salt"} and kdf["name"] == "scrypt"
    if not shaped or any(type(kdf[name]) is not int for name in "npr") or document["purpose"] not in list(Purpose):
        raise _damaged()
    return _stretch(passphrase, _bytes_of(kdf["salt"], _SALT_SIZE), ScryptCost(kdf["n"], kdf["r"], kdf["p"]))


def _stretch(passphrase: Passphrase, salt: bytes, cost: ScryptCost) -> AESGCM:
    """Cipher under the passphrase. In normal form C first: keyboards disagree on how to write one character."""
    cost.check()
    try:
        text = unicodedata.normalize("NFC", passphrase.text).encode("utf-8")
    except UnicodeEncodeError:
        text = b""
    if not text:
        raise MalformedInput(
            "keystore.passphrase-unusable", "The passphrase is empty or not text.", "Give another one."
        )
    try:
        return AESGCM(Scrypt(salt=salt, length=SECRET_SIZE, n=cost.n, r=cost.r, p=cost.p).derive(text))
    except MemoryError:
        raise Unavailable(
            "keystore.no-memory", "There is not enough memory to check the passphrase.", "Free some memory."
        ) from None


def _unwrap(cipher: AESGCM, document: Mapping[str, Any]) -> bytes:
    try:
        return _decrypt(cipher, document)
    except Corrupt:
        raise NotPermitted(
            "keystore.wrong-passphrase", "The passphrase does not open this key store.", "Give the right one."
        ) from None


def _decrypt(cipher: AESGCM, document: Mapping[str, Any]) -> bytes:
    bound = {name: value for name, value in document.items() if name not in _UNBOUND}
    nonce = _bytes_of(document["nonce"], _NONCE_SIZE)
    sealed = _bytes_of(document["sealed"], SECRET_SIZE + 16)
    try:
        return cipher.decrypt(nonce, sealed, canonicalize(bound))
    except InvalidTag:
        raise _damaged() from None


def _check_shape(document: Mapping[str, Any], kind: str, fields: frozenset[str]) -> None:
    version = document.get("version")
    if document.get("format") == kind and type(version) is int and version > VERSION:
        raise Misconfigured(
            "keystore.newer-version", "The key file was written by a newer version.", "Use the newer version."
        )
    known = document.get("format") == kind and version == VERSION and document.get("cipher") == CIPHER
    texts = all(isinstance(value, str) for name, value in document.items() if name not in ("kdf", "version"))
    if not known or type(version) is not int or set(document) != fields or not texts:
        raise _damaged()


def _bytes_of(text: Any, size: int) -> bytes:
    try:
        data = base64url.decode(text)
    except MalformedInput:
        raise _damaged() from None
    if len(data) != size:
        raise _damaged()
    return data


def _damaged() -> Corrupt:
    return Corrupt("keystore.damaged", "A file of the key store is damaged.", "Restore it from its backup.")
