"""What goes out into files: whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from ledger.errors import Conflict, Misconfigured, OnceledgerError, Unavailable


def write_whole(path: Path, content: bytes, *, private: bool = False, durable: bool = True) -> None:
    """Write a file beside its place and move it there. ``private``: for its owner alone (mode 0600). Not ``durable``:
    a power cut may take it, which for thousands of files that can be made again is worth the time.

    Raises Misconfigured ``output.not-writable``, Unavailable ``output.disk-full``.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        mode = 0o600 if private else 0o644
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode), "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise output_error(error, path) from None


def make_folder(path: Path, *, must_be_new: bool = False) -> None:
    """A folder for its owner alone. Raises Conflict ``output.exists`` when it has to be new and holds something."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if must_be_new and any(path.iterdir()):
            raise Conflict(
                "output.exists", f"The folder {path} is not empty.", "Name a new one, or empty it.", name=str(path)
            )
    except OSError as error:
        raise output_error(error, path) from None


def output_error(error: OSError, path: Path) -> OnceledgerError:
    """The project's error for one of the operating system's."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            "output.disk-full", "The disk is full; the unfinished file was removed.", "Free some space and try again."
        )
    return Misconfigured(
        "output.not-writable",
        f"{path} cannot be written: {error.strerror}.",
        "Name a place that this account may write.",
        name=str(path),
    )


def writable(path: Path) -> None:
    """Find out now, and not when the work is done, whether a file can be written. Raises Misconfigured
    ``output.not-writable``."""
    if not os.access(path if path.exists() else path.parent, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise output_error(OSError(errno.EACCES, os.strerror(errno.EACCES)), path)
