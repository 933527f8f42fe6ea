"""The newest trust pack that a verifier accepted, in a file of its own (``ledger.seen_versions``)."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cli.inputs import MAX_DOCUMENT_BYTES, read_limited
from cli.outputs import make_folder, write_whole
from ledger.errors import Misconfigured, OnceledgerError

if TYPE_CHECKING:
    from ledger.seen_versions import SeenVersions


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
