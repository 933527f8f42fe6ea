"""The pack files of one store as files: appended to, cut, removed. Which of their bytes count, the index says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.durable_folder import sync_folder
from adapters.pack_file import PACK_MAGIC

_DIGITS = 8
_COPY = 1 << 20


@dataclass(frozen=True, slots=True)
class Appended:
    """Bytes ``start`` to ``end`` of pack ``pack`` are written and synced."""

    pack: int
    start: int
    end: int


class PackFolder:
    """Writes only within the writer's turn. Raises OSError; the store translates."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._made = 0

    def path(self, pack: int) -> Path:
        """The file of pack ``pack``."""
        return self._folder / f"{pack:0{_DIGITS}}.pack"

    def ids(self) -> list[int]:
        """Packs that exist as files, rising."""
        names = (path.stem for path in self._folder.glob("*.pack"))
        return sorted(int(name) for name in names if len(name) == _DIGITS and name.isascii() and name.isdigit())

    def size(self, pack: int) -> int:
        """Bytes in the file; 0 when there is none."""
        try:
            return self.path(pack).stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, pack: int, spans: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """The bytes of each (start, length), in pieces."""
        with self.path(pack).open("rb") as file:
            for start, length in spans:
                file.seek(start)
                for left in range(length, 0, -_COPY):
                    yield file.read(min(left, _COPY))

    def append(self, current: tuple[int, int] | None, parts: Iterable[bytes], highest: int) -> Appended:
        """Append ``parts`` to pack ``current`` (id, committed size), or to a new one when there is none, or it is full
        or shorter than it should be; a new one's number is above ``highest``. Synced on return."""
        if current and current[1] < self._limit and self.size(current[0]) >= current[1]:
            (pack, start), flags, opening = current, 0, b""
        else:
            # Above every file's number too: an index from a backup must not lead to overwriting newer packs.
            pack = self._made = max((highest, *self.ids())) + 1
            start, flags, opening = 0, os.O_CREAT | os.O_EXCL, PACK_MAGIC
        file = os.open(self.path(pack), os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
        try:
            first = _write_all(file, start, (opening,))
            end = _write_all(file, first, parts)
            os.fsync(file)
        finally:
            os.close(file)
        if opening:
            sync_folder(self._folder)
        return Appended(pack, first, end)

    def discard(self, newest: tuple[int, int] | None) -> None:
        """Take away what the last ``append`` wrote when it was not committed; ``newest`` (id, size) is what was."""
        pack, size = newest or (0, 0)
        if self._made > pack:
            self.remove(self._made)
        if self.size(pack) > size:
            self.cut(pack, size)

    def cut(self, pack: int, size: int) -> None:
        """Take away what stands behind ``size``, and sync."""
        file = os.open(self.path(pack), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(file, size)
            os.fsync(file)
        finally:
            os.close(file)

    def remove(self, pack: int) -> None:
        """Delete the file; it may be gone already."""
        self.path(pack).unlink(missing_ok=True)


def _write_all(file: int, at: int, parts: Iterable[bytes]) -> int:
    """Write ``parts`` from ``at`` on; returns where they end. A disk that takes a part of a part is asked again."""
    for part in parts:
        view = memoryview(part)
        while view:
            written = os.pwrite(file, view, at)
            view = view[written:]
            at += written
    return at
