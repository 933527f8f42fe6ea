"""Files that are there whole or not at all, in folders that may be anybody's."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def replace_whole(path: Path, content: bytes, *, mode: int, durable: bool = True) -> None:
    """Write ``content`` beside its place and move it there; after an error ``path`` is what it was.

    The unfinished file has a name that nobody can guess and must not exist: in a folder that others write, a link laid
    there would lead to a file of ours, and a file left there would keep its mode. ``mode`` is that of the file from its
    first byte on, less what the umask takes. Not ``durable``: a power cut may take it. Raises OSError.
    """
    # Not named after the file, whose name may be as long as names can be.
    unfinished = path.with_name(f".{secrets.token_hex(16)}.unfinished")
    try:
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
