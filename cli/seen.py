"""What a verifier remembers from one run to the next, in files of its own: the newest trust pack that it accepted
(``ledger.seen_versions``), and how far it walked a network's chain (``ledger.kept_walk``)."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.inputs import MAX_DOCUMENT_BYTES, read_limited
from cli.outputs import make_folder, write_whole
from ledger.errors import Misconfigured, OnceledgerError

if TYPE_CHECKING:
    from ledger.seen_versions import SeenVersions
    from ledger.trust_description import ChainInfo

_MAX_WALK_BYTES: Final = 64 << 20
"""More than a million blocks with events."""

_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def newest_seen(file: Path | None) -> SeenVersions | None:
    """What was accepted last; None when no file is named or nothing was yet.

    Raises MalformedInput ``trust-pack.seen-malformed``, Misconfigured ``input.unreadable``.
    """
    if file is None or not file.exists():
        return None
    from ledger.seen_versions import SeenVersions

    return SeenVersions.from_bytes(read_limited(file, MAX_DOCUMENT_BYTES))


def remember(file: Path, seen: SeenVersions) -> None:
    """Keep it, if it is news. Raises Misconfigured ``output.not-writable``, Unavailable ``output.disk-full``."""
    if newest_seen(file) != seen:
        write_whole(file, seen.to_bytes())


def own_file(folder: Path, pinned_root: bytes) -> Path:
    """Where a verifier who named no file remembers the packs of this root: by its digest, so that roots do not mix."""
    return folder / f"trust-pack-seen-{sha256(pinned_root).hexdigest()}.json"


def try_to_remember(file: Path, seen: SeenVersions) -> bool:
    """As ``remember``, in a folder of its own; False where this account cannot write: who only reads verifies too."""
    try:
        make_folder(file.parent)
        remember(file, seen)
    except (OnceledgerError, OSError):
        return False
    return True


def own_newest_seen(file: Path) -> SeenVersions | None:
    """As ``newest_seen``; None too where this account may not look: then ``try_to_remember`` fails, and that is said.
    Raises MalformedInput ``trust-pack.seen-malformed``."""
    try:
        return newest_seen(file)
    except (Misconfigured, OSError):
        return None


def walk_file(folder: Path, chain: ChainInfo) -> Path:
    """Where it is kept how far the chain of a network was walked."""
    from ledger.kept_walk import network_of

    return folder / f"chain-walked-{network_of(chain).hex()}.bin"


def own_walk(file: Path) -> bytes | None:
    """What was kept; None when there is nothing, or when anybody else could have written it: a walk that leaves out a
    block looks like one that does not."""
    try:
        if not all(_is_ones_own(path) for path in (file.parent, file)):
            return None
        return read_limited(file, _MAX_WALK_BYTES)
    except (OnceledgerError, OSError):
        return None


def try_to_keep(file: Path, walk: bytes) -> bool:
    """Keep it, for its owner alone; False where this account cannot write."""
    try:
        make_folder(file.parent)
        write_whole(file, walk, private=True)
    except (OnceledgerError, OSError):
        return False
    return True


def _is_ones_own(path: Path) -> bool:
    found = path.lstat()
    return found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode) and not found.st_mode & _WRITABLE_BY_OTHERS
