"""Drafts on their way into the records: read and checked first, kept afterwards in one short transaction.

A register of a million rows takes minutes to read and check, and seconds to write. In between its drafts lie in a file
without a name beside the database, so memory stays flat and a killed process leaves nothing behind. What lies there is
encrypted with a key that only this process has: claims are personal data, and free disk blocks are not overwritten.

    piece = length (4 bytes) || AES-256-GCM of marshal(rows), nonce: the piece's number
"""

from __future__ import annotations

import errno
import marshal
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import Misconfigured, Unavailable
from ledger.records import NewDraft

IN_MEMORY: Final = 4 << 20
"""Bytes up to which there is no file at all: ten thousand drafts."""

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_LENGTH: Final = 4


@contextmanager
def spooled(chunks: Iterable[Sequence[NewDraft]], folder: Path | None) -> Iterator[Iterator[list[NewDraft]]]:
    """Drain ``chunks`` now, and give them out again, once, inside the block. ``folder``: where large ones lie; None
    keeps everything in memory.

    Raises whatever ``chunks`` raises; Unavailable ``records.disk-full``, Misconfigured ``records.read-only``.
    """
    with tempfile.SpooledTemporaryFile(
        max_size=IN_MEMORY if folder else 0, dir=str(folder) if folder else None
    ) as file:
        cipher = AESGCM(AESGCM.generate_key(256))
        pieces = 0
        for chunk in chunks:
            if chunk:
                _write(file, cipher.encrypt(_nonce(pieces), marshal.dumps(list(map(tuple, chunk))), None), folder)
                pieces += 1
        with _translated(folder):
            file.seek(0)
        yield _read(file, cipher, pieces)


def _write(file: IO[bytes], sealed: bytes, folder: Path | None) -> None:
    with _translated(folder):
        file.write(len(sealed).to_bytes(_LENGTH, "big"))
        file.write(sealed)


def _read(file: IO[bytes], cipher: AESGCM, pieces: int) -> Iterator[list[NewDraft]]:
    for piece in range(pieces):
        sealed = file.read(int.from_bytes(file.read(_LENGTH), "big"))
        yield list(map(NewDraft._make, marshal.loads(cipher.decrypt(_nonce(piece), sealed, None))))  # noqa: S302


def _nonce(piece: int) -> bytes:
    return piece.to_bytes(12, "big")


@contextmanager
def _translated(folder: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable(
                "records.disk-full",
                "The disk has no room for the rows on their way into the records; nothing of them was kept.",
                "Make room on the disk that holds the database, and try again.",
            ) from None
        raise Misconfigured(
            "records.read-only",
            f"No file can be made in the folder {folder} of the database: {os.strerror(error.errno or 0)}.",
            "Give this user the right to write to the folder, or choose another place for the database.",
        ) from None
