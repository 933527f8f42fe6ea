"""Key files on disk: small JSON documents, readable by their owner alone, written whole or not at all.

``docs/formats/key-file.md`` says what stands in them; here is how they get there and what is refused on the way back.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from adapters.durable_folder import sync_folder
from ledger.canonical_json import Limits, canonicalize, parse
from ledger.errors import Conflict, Corrupt, MalformedInput, Misconfigured, NotFound, Unavailable

_LIMITS: Final = Limits(max_bytes=1 << 14, max_depth=4)
"""No key file is a tenth as long; a longer one is not read."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_FORBIDDEN: Final = frozenset((errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ELOOP))


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``.

    Raises NotFound ``keystore.no-such-file``, Misconfigured ``keystore.open-to-others`` (others than its owner may read
    the file, or write to its folder) or ``keystore.not-accessible``, Corrupt ``keystore.damaged``, Unavailable
    ``keystore.unavailable``.
    """
    with file_errors(path):
        _refuse_others(path.parent, path.parent.stat().st_mode & _OTHERS_WRITE)
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            # Of the open file, not of its name: that may point elsewhere by now.
            mode = os.fstat(file).st_mode
            _refuse_others(path, mode & _OTHERS)
            if not stat.S_ISREG(mode):
                raise damaged(path)
            data = os.read(file, _LIMITS.max_bytes + 1)
        finally:
            os.close(file)
    try:
        document = parse(data, limits=_LIMITS)
    except MalformedInput:
        raise damaged(path) from None
    if not isinstance(document, dict):
        raise damaged(path)
    return document


def write_document(path: Path, document: Mapping[str, Any], *, replace: bool = False) -> None:
    """Write ``document`` to ``path``, mode 0600, durable on return; after an error ``path`` is what it was.

    Raises Conflict ``keystore.exists`` unless ``replace``, Misconfigured ``keystore.not-accessible``, Unavailable
    ``keystore.disk-full`` or ``keystore.unavailable``.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    with file_errors(path):
        try:
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(file, "wb") as stream:  # noqa: PTH123 - it is a descriptor, not a path
                stream.write(canonicalize(document) + b"\n")
                stream.flush()
                os.fsync(file)
            if replace:
                draft.rename(path)
            else:
                # A link fails where a rename would silently replace a key that exists.
                path.hardlink_to(draft)
            sync_folder(path.parent)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def destroy_document(path: Path) -> None:
    """Overwrite the file, then delete it, durable on return. Raises like ``write_document``, and NotFound.

    On a disk that writes elsewhere what is overwritten (flash, snapshots) the old bytes may outlive it; they are
    encrypted under the key store's master key.
    """
    with file_errors(path):
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(file, bytes(os.fstat(file).st_size), 0)
            os.fsync(file)
        finally:
            os.close(file)
        path.unlink()
        sync_folder(path.parent)


def damaged(path: Path) -> Corrupt:
    """The file is not what was written."""
    return Corrupt("keystore.damaged", f"The key file {path.name} is damaged.", "Restore it from its backup.")


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """OSError of ``path`` as the project's errors."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(
            "keystore.no-such-file", f"The key file or folder {path} does not exist.", "Check the name and the folder."
        ) from None
    except FileExistsError:
        raise Conflict(
            "keystore.exists", f"The key file {path.name} exists already.", "Choose another name; none is overwritten."
        ) from None
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable(
                "keystore.disk-full", f"The disk under {path.parent} is full; nothing was written.", "Free some space."
            ) from None
        if error.errno in _FORBIDDEN:
            raise Misconfigured(
                "keystore.not-accessible",
                f"The key file {path} cannot be read or written by this user.",
                "Give the folder and its files to the user that runs this program.",
            ) from None
        raise Unavailable(
            "keystore.unavailable", f"The key file {path} cannot be reached.", "Check the disk."
        ) from None


def _refuse_others(path: Path, excess: int) -> None:
    if excess:
        raise Misconfigured(
            "keystore.open-to-others",
            f"Others than its owner may read or change {path}.",
            f"Run: chmod go-rwx {path}",
        )
