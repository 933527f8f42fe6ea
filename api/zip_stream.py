"""A ZIP archive that is sent while it is made: nothing of it lies on a disk, and memory does not grow with it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from starlette.responses import StreamingResponse

MEDIA_TYPE: Final = "application/zip"
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every entry: when a bundle was written is nobody's business."""


class _Sink(io.RawIOBase):
    """Where ``ZipFile`` writes: it cannot go back, so the archive has its sizes behind the entries."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        """``data`` is any buffer: ``io.RawIOBase`` says no more."""
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zip_stream(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """The archive of ``files`` (name, pieces of the content), piece by piece.

    When a file fails in the middle the archive ends without its directory, so that no reader takes it for whole.
    """
    sink = _Sink()
    archive = ZipFile(sink, "w", ZIP_DEFLATED)  # not as a context: its end would make a broken archive look whole
    for name, pieces in files:
        info = ZipInfo(name, _OLDEST)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with archive.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                if written := sink.taken():
                    yield written
    archive.close()
    yield sink.taken()


def zip_response(files: Iterable[tuple[str, Iterable[bytes]]], name: str) -> StreamingResponse:
    """An answer with the archive. What the first file raises is raised here, before anything is sent."""
    remaining = iter(files)
    first = next(remaining, None)
    whole = () if first is None else (first,)

    def all_files() -> Iterator[tuple[str, Iterable[bytes]]]:
        yield from whole
        yield from remaining

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(zip_stream(all_files()), media_type=MEDIA_TYPE, headers=headers)
