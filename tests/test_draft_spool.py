"""Rows between a register and the records: unreadable for others, gone with the process, refused on a full disk."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from records_cases import MARK, chunks, header

from adapters import draft_spool
from adapters.draft_spool import spooled
from adapters.records import open_records
from ledger.errors import Misconfigured, Unavailable
from ledger.records import NewDraft


@pytest.mark.parametrize("in_memory", [0, 1, 1 << 20])
def test_what_goes_in_comes_out(tmp_path: Path, in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_spool, "IN_MEMORY", in_memory)
    given = list(chunks(250))
    for folder in (tmp_path, None):
        with spooled([given[0], [], *given[1:]], folder) as again:
            assert list(again) == given
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_no_name_and_no_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_spool, "IN_MEMORY", 1)
    before = open_files()
    with spooled(chunks(500), tmp_path) as again:
        assert list(tmp_path.iterdir()) == []
        [file] = open_files() - before
        content = Path(f"/proc/self/fd/{file}").read_bytes()
        assert len(content) > 20_000
        assert MARK not in content
        assert sum(map(len, again)) == 500


def open_files() -> set[str]:
    """Descriptors of files that no folder names."""
    links = Path("/proc/self/fd").iterdir()
    return {link.name for link in links if link.is_symlink() and "(deleted)" in str(link.readlink())}


@pytest.mark.parametrize(
    ("number", "family", "code"),
    [
        (errno.ENOSPC, Unavailable, "records.disk-full"),
        (errno.EACCES, Misconfigured, "records.read-only"),
    ],
)
def test_a_disk_that_takes_nothing_keeps_nothing(
    tmp_path: Path, number: int, family: type[Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = open_records(f"sqlite:///{tmp_path}/records.db")

    class Full(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, data: Any) -> int:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    with pytest.raises(family) as caught:
        records.add_import(header(), chunks(10))
    assert caught.value.code == code
    assert records.count(None, None) == {}
    records.close()


def test_what_the_register_raises_passes_through(tmp_path: Path) -> None:
    def broken() -> Iterator[Sequence[NewDraft]]:
        yield from chunks(10)
        raise OSError(errno.EIO, "the register's own")

    with pytest.raises(OSError, match="the register's own"), spooled(broken(), tmp_path):
        pass
