"""The newest trust pack that a verifier accepted, in a file of its own (``ledger.seen_versions``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.inputs import MAX_DOCUMENT_BYTES, read_limited
from cli.outputs import write_whole

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
