"""What bad input must get, at both doors: a told cause and cure, the right code, and nothing half-written."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from cli_office import Outcome, child_environment

from api.problems import MEDIA_TYPE

ROOT = Path(__file__).parent.parent
SOMEBODY = 65_534
"""An ordinary user: root is refused nothing."""

Snapshot = dict[str, str]


def refused(told: Outcome, code: str, exit_code: int) -> Outcome:
    """The error of ``code``, told in full and with nothing on standard output."""
    assert told.code == exit_code, told.err
    assert told.out == ""
    assert "Traceback" not in told.err
    if told.err.startswith("{"):
        assert told.problem["code"] == code
        assert told.problem["exitCode"] == exit_code
        assert told.problem["detail"]
        assert told.problem["cure"]
        assert told.problem["zh"]["detail"]
        assert told.problem["zh"]["cure"]
    else:
        error, cure, last = told.err.splitlines()
        assert error.startswith("Error: ")
        assert cure.startswith("Cure: ")
        assert f"Code: {code} " in last
    return told


def in_both_languages(act: Callable[[str], Outcome]) -> None:
    """The same problem in Chinese is in Chinese, and English nowhere has any."""
    chinese, english = act("zh"), act("en")
    assert chinese.err.startswith("错误：")
    assert "办法：" in chinese.err
    assert not any("\u4e00" <= one <= "\u9fff" for one in english.err)


def problem_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of ``code``."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), answer.text
    told: dict[str, Any] = answer.json()
    assert (told["code"], told["status"]) == (code, status)
    assert told["detail"]
    assert told["cure"]
    assert any("\u4e00" <= one <= "\u9fff" for one in told["zh"]["title"])
    return told


def snapshot(folder: Path) -> Snapshot:
    """What every file below says. Of a database it is the rows that count, wherever SQLite keeps them at the moment."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.endswith(("-wal", "-shm", ".lock")):
            continue
        name = str(path.relative_to(folder))
        with path.open("rb") as stream:
            is_database = stream.read(16) == b"SQLite format 3\0"
        if is_database:
            with closing(sqlite3.connect(path)) as database:
                database.text_factory = bytes
                rows = sha256()
                for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    for row in database.execute(f'SELECT * FROM "{table.decode()}"'):
                        rows.update(repr((table, row)).encode())
            found[name] = rows.hexdigest()
        else:
            found[name] = sha256(path.read_bytes()).hexdigest()
    return found


@contextmanager
def unharmed(*folders: Path) -> Iterator[None]:
    """Whatever happens inside, what is in the folders afterwards is what was there before."""
    before = [snapshot(folder) for folder in folders]
    assert any(before)
    yield
    assert [snapshot(folder) for folder in folders] == before


MEASURED = """
import sys
from pathlib import Path
from cli.main import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    print("PEAK", next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), file=sys.stderr)
"""


def measured(*arguments: object) -> tuple[Outcome, int]:
    """A command in a process of its own, and the most memory that the process ever held, in MiB (proc(5), VmHWM)."""
    command = [sys.executable, "-c", MEASURED, *map(str, arguments)]
    environment = child_environment(language="en")
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    told, _, peak = done.stderr.rpartition("PEAK ")
    return Outcome(done.returncode, done.stdout, told), int(peak) >> 10


@contextmanager
def as_somebody() -> Iterator[None]:
    """Root becomes an ordinary user for a while; everybody else is one."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A file system of ``size`` bytes at ``folder`` for those who may mount one; tells whether it is there."""
    libc = ctypes.CDLL(None, use_errno=True)
    mounted = libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"size=%d" % size) == 0
    if not mounted and ctypes.get_errno() not in (errno.EPERM, errno.EACCES):
        raise OSError(ctypes.get_errno(), "the file system for the test cannot be mounted")
    try:
        yield mounted
    finally:
        if mounted:
            assert libc.umount2(os.fsencode(folder), 2) == 0  # MNT_DETACH: a failed test may hold a file open


@contextmanager
def filled_up(folder: Path, *, is_own: bool, spare: int = 0) -> Iterator[None]:
    """No more than ``spare`` bytes can be written: the file system of ``folder`` is filled if it is the test's own,
    else no file of this process may grow (setrlimit(2), RLIMIT_FSIZE: the error is EFBIG, which means the same)."""
    if is_own:
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as stream:
            for piece in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while stream.write(bytes(piece)):
                        pass
            stream.truncate(stream.tell() - spare)
            yield
        filler.unlink()
    else:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(spare, 4096), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
