"""What goes out into files: whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from ledger.errors import Misconfigured, OnceledgerError, Unavailable
from offices.whole_file import replace_whole

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_REFUSED: Final = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EIO)
)


def write_whole(path: Path, content: bytes, *, private: bool = False, durable: bool = True) -> None:
    """Write a file beside its place and move it there. ``private``: for its owner alone (mode 0600). Not ``durable``:
    a power cut may take it, which for thousands of files that can be made again is worth the time.

    Raises Misconfigured ``output.not-writable``, Unavailable ``output.disk-full``.
    """
    try:
        replace_whole(path, content, mode=0o600 if private else 0o644, durable=durable)
    except OSError as error:
        raise output_error(error, path) from None


def make_folder(path: Path) -> None:
    """A folder for its owner alone, unless it exists. Raises like ``write_whole``."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, path) from None


def output_error(error: OSError, path: Path) -> OnceledgerError:
    """The project's error for one of the operating system's."""
    if error.errno in _FULL:
        return Unavailable(
            "output.disk-full", "The disk is full; the unfinished file was removed.", "Free some space and try again."
        )
    return Misconfigured(
        "output.not-writable",
        f"{path} cannot be written: {error.strerror}.",
        "Name a place that this account may write.",
        name=str(path),
    )


def environment_error(error: OSError) -> OnceledgerError | None:
    """The project's error for what the operating system refused somewhere inside; None for what looks like a mistake of
    ours (a file that should be there, a call that makes no sense)."""
    if error.errno in _FULL:
        return output_error(error, Path())
    if error.errno not in _REFUSED:
        return None
    place = f"{error.filename} " if isinstance(error.filename, str) else "A file or folder "
    return Misconfigured(
        "files.not-accessible",
        f"{place}cannot be used: {error.strerror}.",
        "Check the path, its owner and its permissions.",
        name=place.strip(),
    )


def writable(path: Path) -> None:
    """Find out now, and not when the work is done, whether a file can be written. Raises Misconfigured
    ``output.not-writable``."""
    if not os.access(path if path.exists() else path.parent, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise output_error(OSError(errno.EACCES, os.strerror(errno.EACCES)), path)
