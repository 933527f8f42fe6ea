"""Keys in encrypted files: a folder, one passphrase, one file per key (``docs/formats/key-file.md``).

    folder/keystore.json         the master key, wrapped under the passphrase        (adapters.master_key)
    folder/<name>.key.json       a key, wrapped under the master key

The passphrase is stretched once when the folder is opened, however many keys are used. A folder has one purpose:
``signing`` (issuing, root and account keys, plain secrets) or ``wrapping``: wrapping keys stay out of the backups that
hold what they wrap, so they live in a folder of their own.

Key objects do not show their secrets and refuse to be pickled: a worker process opens the folder itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from adapters.account_key import Secp256k1Account
from adapters.durable_folder import make_folder
from adapters.ed25519_key import Ed25519Key
from adapters.key_file import damaged, destroy_document, file_errors, read_document, write_document
from adapters.key_kinds import CLASSES, AnyKey, KeyEntry, KeyKind, Secret, public_of
from adapters.master_key import (
    SECRET_SIZE,
    MasterKey,
    Passphrase,
    Purpose,
    RandomBytes,
    ScryptCost,
    new_master,
    open_master,
    rewrap_master,
)
from ledger.errors import Conflict, Corrupt, MalformedInput
from ledger.key_envelope import WrappingKey
from ledger.key_port import not_portable

DEFAULT_COST: Final = ScryptCost()
_STORE_FILE: Final = "keystore.json"
KEY_SUFFIX: Final = ".key.json"
_Key = TypeVar("_Key", Ed25519Key, Secp256k1Account, Secret, WrappingKey)
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)


class Keystore:
    """An unlocked folder of keys. Methods that read a key raise NotFound ``keystore.no-such-file``, Conflict
    ``keystore.wrong-kind``, Corrupt ``keystore.damaged`` or ``keystore.foreign-key``, Misconfigured
    ``keystore.open-to-others`` or ``keystore.not-accessible``."""

    __slots__ = ("_folder", "_master", "_random")

    def __init__(self, folder: Path, master: MasterKey, random: RandomBytes = os.urandom) -> None:
        self._folder = folder
        self._master = master
        self._random = random

    @property
    def purpose(self) -> Purpose:
        """What may be kept here."""
        return self._master.purpose

    def issuing_key(self, name: str) -> Ed25519Key:
        """An agency's signing key."""
        return self._key(name, KeyKind.ISSUING, Ed25519Key)

    def root_key(self, name: str) -> Ed25519Key:
        """A key of the trust pack's root."""
        return self._key(name, KeyKind.ROOT, Ed25519Key)

    def account(self, name: str) -> Secp256k1Account:
        """An account of the chain."""
        return self._key(name, KeyKind.ACCOUNT, Secp256k1Account)

    def secret(self, name: str) -> Secret:
        """A plain secret."""
        return self._key(name, KeyKind.SECRET, Secret)

    def wrapping_key(self, name: str) -> WrappingKey:
        """A key that wraps data keys."""
        return self._key(name, KeyKind.WRAPPING, WrappingKey)

    def wrapping_keys(self) -> dict[bytes, WrappingKey]:
        """All wrapping keys by key id: an envelope names the one it needs."""
        keys = [self.wrapping_key(entry.name) for entry in self.entries() if entry.kind is KeyKind.WRAPPING]
        return {key.key_id: key for key in keys}

    def create(self, kind: KeyKind, name: str, secret: bytes | None = None) -> KeyEntry:
        """Keep a new key, or the one whose 32 bytes ``secret`` is; durable on return.

        Raises Conflict ``keystore.exists`` or ``keystore.wrong-purpose``, MalformedInput ``keystore.key-name`` or
        ``keys.secret``, Misconfigured ``keystore.not-accessible``, Unavailable ``keystore.disk-full``.
        """
        path = self._path(name)
        if (kind is KeyKind.WRAPPING) != (self.purpose is Purpose.WRAPPING):
            raise Conflict(
                "keystore.wrong-purpose",
                f"A key store for {self.purpose} holds no {kind} key.",
                "Keep wrapping keys in a folder of their own, and nothing else there.",
            )
        if secret is None:
            secret = self._random(SECRET_SIZE)
        entry = KeyEntry(name, kind, public_of(CLASSES[kind](secret)))
        document = self._master.seal(kind.value, name, entry.public, secret, self._random)
        del secret  # A traceback that shows local values must not find it here.
        write_document(path, document)
        return entry

    def entries(self) -> list[KeyEntry]:
        """All keys by name; each was opened, so what is listed is authentic."""
        with file_errors(self._folder):
            names = sorted(path.name.removesuffix(KEY_SUFFIX) for path in self._folder.glob(f"*{KEY_SUFFIX}"))
        found = ((name, *self._open(name)) for name in names if _NAME.fullmatch(name))
        return [KeyEntry(name, kind, public_of(key)) for name, kind, key in found]

    def destroy(self, name: str) -> None:
        """Overwrite and delete a key, for ever; durable on return. Raises NotFound ``keystore.no-such-file``."""
        destroy_document(self._path(name))

    def __repr__(self) -> str:
        return f"<Keystore {self.purpose} {self._folder}>"

    def __reduce__(self) -> NoReturn:
        raise not_portable()

    def _key(self, name: str, kind: KeyKind, expected: type[_Key]) -> _Key:
        found, key = self._open(name)
        if found is not kind or not isinstance(key, expected):
            raise Conflict(
                "keystore.wrong-kind", f"The key {name} is of kind {found}, not {kind}.", "Name another key."
            )
        return key

    def _open(self, name: str) -> tuple[KeyKind, AnyKey]:
        path = self._path(name)
        document = read_document(path)
        key = _opened(self._master, document, path)
        # A file that was renamed would be used as another key, one with a wrong public part announced as another.
        if document["name"] != name or document["public"] != public_of(key):
            raise Corrupt(
                "keystore.foreign-key", f"The key file {path.name} is another key's.", "Give it its own name again."
            )
        return KeyKind(document["kind"]), key

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise MalformedInput(
                "keystore.key-name",
                "The name of the key is not usable.",
                "Use up to 64 lower-case letters, digits, dots, hyphens and underscores.",
            )
        return self._folder / f"{name}{KEY_SUFFIX}"


def create_keystore(
    folder: Path,
    passphrase: str,
    purpose: Purpose = Purpose.SIGNING,
    *,
    cost: ScryptCost = DEFAULT_COST,
    random: RandomBytes = os.urandom,
) -> Keystore:
    """Make a key store in ``folder`` (made with mode 0700 when it is missing); durable on return.

    Raises Conflict ``keystore.exists``, MalformedInput ``keystore.passphrase-unusable``, Misconfigured
    ``keystore.not-accessible`` or ``keystore.kdf-cost``, Unavailable ``keystore.disk-full`` or ``keystore.no-memory``.
    """
    hidden = Passphrase(passphrase)
    del passphrase  # A traceback that shows local values must not find it here.
    with file_errors(folder):
        make_folder(folder)
    document, master = new_master(hidden, purpose, cost, random)
    write_document(folder / _STORE_FILE, document)
    return Keystore(folder, master, random)


def open_keystore(folder: Path, passphrase: str, *, random: RandomBytes = os.urandom) -> Keystore:
    """Unlock the key store in ``folder``; worker processes do this too, keys do not travel.

    Raises NotFound ``keystore.no-such-file``, NotPermitted ``keystore.wrong-passphrase``, Corrupt ``keystore.damaged``,
    Misconfigured ``keystore.open-to-others``, ``keystore.not-accessible``, ``keystore.newer-version`` or
    ``keystore.kdf-cost``, Unavailable ``keystore.no-memory``.
    """
    hidden = Passphrase(passphrase)
    del passphrase
    return Keystore(folder, open_master(read_document(folder / _STORE_FILE), hidden), random)


def change_passphrase(
    folder: Path, old: str, new: str, *, cost: ScryptCost = DEFAULT_COST, random: RandomBytes = os.urandom
) -> None:
    """Wrap the master key under another passphrase; key files stay as they are. Durable on return.

    A copy of the old ``keystore.json`` still opens with the old passphrase. Raises like ``open_keystore``, and
    MalformedInput ``keystore.passphrase-unusable``.
    """
    path = folder / _STORE_FILE
    before, after = Passphrase(old), Passphrase(new)
    del old, new
    document = rewrap_master(read_document(path), before, after, cost, random)
    write_document(path, document, replace=True)


def _opened(master: MasterKey, document: Mapping[str, Any], path: Path) -> AnyKey:
    kind = document.get("kind")
    if kind not in list(KeyKind):
        master.open(document)  # Damaged or of a newer version, as a rule; if not, of a kind that nobody wrote.
        raise damaged(path)
    return CLASSES[KeyKind(kind)](master.open(document))
