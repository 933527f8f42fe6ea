"""The store on disk when things go wrong: processes that die, disks that fill, files that rot, two writers at once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.block_store import BlockStore
from adapters.pack_file import PACK_MAGIC, record_header, record_size
from adapters.pack_index import PackIndex
from ledger.cid import Cid
from ledger.digest import sha256
from ledger.errors import Corrupt, Misconfigured, NotFound, OnceledgerError, Unavailable
from ledger.unixfs import CHUNK_SIZE, cid_of

ROOT = Path(__file__).parent.parent


def generated(size: int, seed: int = 0) -> bytes:
    start = seed << 32
    return b"".join(sha256((start + number).to_bytes(8)) for number in range(-(-size // 32)))[:size]


def raised(code: str, kind: type[OnceledgerError]) -> Any:
    """A context in which exactly this error must be raised."""
    return pytest.raises(kind, check=lambda error: error.code == code)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[BlockStore]:
    opened = BlockStore(folder)
    yield opened
    opened.close()


def packs(folder: Path) -> list[Path]:
    return sorted((folder / "packs").iterdir())


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A process that runs ``script`` after ``CHILD``; it prints what was acknowledged."""
    command = [sys.executable, "-c", CHILD + script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


CHILD = """
import os, signal, sys
from pathlib import Path
from adapters.block_store import BlockStore
from ledger.digest import sha256
from ledger.errors import OnceledgerError

def generated(size, seed=0):
    start = seed << 32
    return b"".join(sha256((start + number).to_bytes(8)) for number in range(-(-size // 32)))[:size]

def batch(number):
    return [generated(300 + at, number * 100 + at) for at in range(40)]

"""


def batch(number: int) -> list[bytes]:
    """The same as the child's."""
    return [generated(300 + at, number * 100 + at) for at in range(40)]


def acknowledged(process: subprocess.Popen[str]) -> set[str]:
    """All it printed until its end. ``communicate`` would read past the buffer that an earlier ``readline`` filled and
    so begin in the middle of a line."""
    assert process.stdout is not None
    with process.stdout as stream:
        lines = stream.readlines()
    process.wait(timeout=60)
    # A line that the process could not finish was not read by anybody.
    return {cid for line in lines if line.endswith("\n") for cid in line.split()}


def check_after_crash(folder: Path, promised: set[str]) -> None:
    """Nothing acknowledged is lost, nothing is damaged, nothing is left over, and writing goes on."""
    with_store = BlockStore(folder)
    for text in promised:
        with_store.get(Cid.from_text(text))
    assert with_store.audit().clean
    with_store.put_many(batch(10_000))
    assert with_store.audit().clean
    with_store.close()
    with closing(sqlite3.connect(folder / "index.sqlite")) as index:
        sizes = dict(index.execute("SELECT id, size FROM packs").fetchall())
    assert {int(pack.stem): pack.stat().st_size for pack in packs(folder)} == sizes
    assert sorted(path.name for path in folder.iterdir()) == ["index.sqlite", "packs", "writer.lock"]


# kill -9

ENDLESS = """
store = BlockStore(Path(sys.argv[1]), pack_limit=200_000)
number = int(sys.argv[2])
while True:
    cids = store.put_many(batch(number)) if number % 4 else [store.put_stream(batch(number))]
    print(*cids, flush=True)
    number += 1
"""


def test_killed_at_random_moments_nothing_acknowledged_is_lost(folder: Path) -> None:
    chance = random.Random(2016)
    promised: set[str] = set()
    for turn in range(6):
        process = child(ENDLESS, folder, turn * 1_000_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        assert first.endswith("\n")
        promised |= {*first.split(), *acknowledged(process)}
    assert len(promised) > 6
    check_after_crash(folder, promised)


STEP = """
step, at = sys.argv[2], int(sys.argv[3])
store = BlockStore(Path(sys.argv[1]), pack_limit=30_000)
for number in range(3):
    print(*store.put_many(batch(number)), flush=True)
real = getattr(os, step)
calls = 0

def deadly(*arguments):
    global calls
    calls += 1
    if calls == at:
        if step == "pwrite":
            file, data, place = arguments
            real(file, data[: len(data) // 2], place)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)

setattr(os, step, deadly)
for number in range(3, 9):
    print(*store.put_many(batch(number)), flush=True)
"""


@pytest.mark.parametrize(("step", "at"), [("pwrite", 1), ("pwrite", 2), ("pwrite", 3), ("fsync", 1), ("fsync", 2)])
def test_killed_at_each_step_of_a_put(folder: Path, step: str, at: int) -> None:
    process = child(STEP, folder, step, at)
    promised = acknowledged(process)
    assert process.returncode == -signal.SIGKILL
    assert len(promised) >= 120
    check_after_crash(folder, promised)


COMPACTING = """
from adapters import pack_folder, pack_index
store = BlockStore(Path(sys.argv[1]), pack_limit=30_000)
cids = [cid for number in range(4) for cid in store.put_many(batch(number))]
for cid in cids[::2]:
    store.delete(cid)
print(*cids[1::2], flush=True)
where = {"before the commit": (pack_index.PackIndex, "retire"), "after the commit": (pack_folder.PackFolder, "remove")}
setattr(*where[sys.argv[2]], lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
store.compact()
"""


@pytest.mark.parametrize("step", ["before the commit", "after the commit"])
def test_killed_while_compacting(folder: Path, step: str) -> None:
    process = child(COMPACTING, folder, step)
    promised = acknowledged(process)
    assert process.returncode == -signal.SIGKILL
    check_after_crash(folder, promised)


def test_writer_that_dies_gives_its_turn_up_and_its_tail_harms_nobody_who_is_open(folder: Path) -> None:
    living = BlockStore(folder)
    living.put_many([b"before"])
    process = child(STEP, folder, "fsync", 1)
    promised = acknowledged(process)
    assert process.returncode == -signal.SIGKILL
    after = living.put_many([b"after"])
    assert living.get(after[0]) == b"after"
    for text in promised:
        living.get(Cid.from_text(text))
    living.close()
    check_after_crash(folder, promised)


# What a crash of the machine, or a careless hand, leaves behind


@pytest.mark.parametrize(
    ("desc", "tail"),
    [
        ("zeros", bytes(5000)),
        ("noise", generated(5000)),
        ("half a header", record_header(cid_of(b"new").to_bytes(), 3)[:20]),
        ("header alone", record_header(cid_of(b"new").to_bytes(), 3)),
        ("half a content", record_header(cid_of(b"new").to_bytes(), 3) + b"ne"),
        ("zeros for content", record_header(cid_of(b"new").to_bytes(), 3) + bytes(3)),
        ("header of an endless content", record_header(cid_of(b"new").to_bytes(), 2**63)),
        ("sum that is wrong", record_header(cid_of(b"new").to_bytes(), 3)[:-1] + b"\x00new"),
    ],
)
def test_torn_tail_is_cut_off_on_opening(folder: Path, desc: str, tail: bytes) -> None:
    store = BlockStore(folder)
    cids = store.put_many(batch(0))
    store.close()
    (pack,) = packs(folder)
    before = pack.read_bytes()
    pack.write_bytes(before + tail)
    store = BlockStore(folder)
    assert pack.read_bytes() == before
    assert not store.has(cid_of(b"new"))
    assert [store.get(cid) for cid in cids] == batch(0)
    store.close()


def test_whole_record_behind_the_committed_size_is_taken_in(folder: Path) -> None:
    store = BlockStore(folder)
    store.put_many([b"old"])
    store.close()
    (pack,) = packs(folder)
    torn = record_header(cid_of(b"torn").to_bytes(), 4) + b"to"
    pack.write_bytes(pack.read_bytes() + record_header(cid_of(b"new").to_bytes(), 3) + b"new" + torn)
    store = BlockStore(folder)
    assert store.get(cid_of(b"new")) == b"new"
    assert store.put_many([b"new", b"torn"]) == [cid_of(b"new"), cid_of(b"torn")]
    assert store.audit().checked == 3
    assert store.audit().clean
    store.close()


def test_index_that_is_lost_is_built_again(folder: Path) -> None:
    store = BlockStore(folder, pack_limit=20_000)
    cids = [cid for number in range(4) for cid in store.put_many(batch(number))]
    large = generated(2 * CHUNK_SIZE + 9)
    cids.append(store.put_stream([large]))
    store.close()
    for path in folder.glob("index.sqlite*"):
        path.unlink()
    store = BlockStore(folder)
    assert sorted(store.cids()) == sorted(cids)
    assert store.get(cids[-1]) == large
    assert store.audit().clean
    store.close()


def test_index_from_an_older_backup_loses_and_overwrites_nothing(folder: Path, tmp_path: Path) -> None:
    store = BlockStore(folder, pack_limit=20_000)
    first = store.put_many(batch(0))
    store.close()
    shutil.copy(folder / "index.sqlite", tmp_path / "backup")
    store = BlockStore(folder, pack_limit=20_000)
    later = [cid for number in range(1, 5) for cid in store.put_many(batch(number))]
    store.close()
    shutil.copy(tmp_path / "backup", folder / "index.sqlite")
    store = BlockStore(folder, pack_limit=20_000)
    store.put_many(batch(6))
    assert all(store.get(cid) for cid in (*first, *later))
    assert store.audit().clean
    store.close()


def test_damage_in_a_pack_whose_index_is_lost_costs_that_content_alone(folder: Path) -> None:
    store = BlockStore(folder)
    cids = store.put_many(batch(0))
    store.close()
    for path in folder.glob("index.sqlite*"):
        path.unlink()
    (pack,) = packs(folder)
    data = bytearray(pack.read_bytes())
    content, header = data.find(cids[10].to_bytes()) + 100, data.find(cids[20].to_bytes()) + 10
    data[content] ^= 1
    data[header] ^= 1
    pack.write_bytes(data)
    store = BlockStore(folder)
    assert set(store.cids()) == {*cids} - {cids[10], cids[20]}
    assert store.audit().clean
    store.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=6),
    st.booleans(),
    st.binary(max_size=80),
)
def test_whatever_happens_to_a_pack_no_content_is_false(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[float, int]], lose_index: bool, tail: bytes
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = BlockStore(folder)
    cids = store.put_many(batch(0)[:8])
    store.close()
    (pack,) = packs(folder)
    data = bytearray(pack.read_bytes() + tail)
    for place, mask in flips:
        data[len(PACK_MAGIC) + int(place * (len(data) - len(PACK_MAGIC) - 1))] ^= mask
    pack.write_bytes(data)
    if lose_index:
        for path in folder.glob("index.sqlite*"):
            path.unlink()
    store = BlockStore(folder)
    for cid, blob in zip(cids, batch(0), strict=False):
        with suppress(Corrupt, NotFound):
            assert store.get(cid) == blob
    new = store.put_many(batch(1))
    assert [store.get(cid) for cid in new] == batch(1)
    store.close()


def test_damage_at_the_end_of_an_older_pack_is_not_cut_off(folder: Path) -> None:
    store = BlockStore(folder, pack_limit=1)
    first, second = batch(0), batch(1)
    store.put_many(first)
    store.put_many(second)
    store.close()
    for path in folder.glob("index.sqlite*"):
        path.unlink()
    older = packs(folder)[0]
    data = bytearray(older.read_bytes())
    data[-1] ^= 1
    older.write_bytes(data)
    store = BlockStore(folder)
    assert older.read_bytes() == data
    assert store.audit().checked == len(first) + len(second) - 1
    assert store.audit().clean
    store.close()


def test_large_record_that_is_another_content_is_not_taken_in(folder: Path) -> None:
    BlockStore(folder).close()
    content, other = generated(2 * CHUNK_SIZE), generated(2 * CHUNK_SIZE, 1)
    digests = b"".join(sha256(other[at : at + CHUNK_SIZE]) for at in (0, CHUNK_SIZE))
    good = record_header(cid_of(b"good").to_bytes(), 4) + b"good"
    forged = record_header(cid_of(content).to_bytes(), len(other)) + other + digests
    (folder / "packs" / "00000001.pack").write_bytes(PACK_MAGIC + forged + good)
    store = BlockStore(folder)
    assert list(store.cids()) == [cid_of(b"good")]
    store.close()


def test_content_that_lies_in_two_packs_is_entered_once(folder: Path) -> None:
    BlockStore(folder).close()
    for pack in (1, 2):
        record = record_header(cid_of(b"x").to_bytes(), 1) + b"x"
        (folder / "packs" / f"0000000{pack}.pack").write_bytes(PACK_MAGIC + record)
    store = BlockStore(folder)
    assert list(store.cids()) == [cid_of(b"x")]
    assert store.compact() > 0
    assert store.get(cid_of(b"x")) == b"x"
    store.close()


def test_contents_whose_digests_begin_alike_are_told_apart(tmp_path: Path) -> None:
    # Eight equal bytes take 2^32 attempts: somebody may make such a pair.
    index = PackIndex(tmp_path / "index.sqlite", 1)
    first, second, third = (b"\x01\x55\x12\x20" + bytes(31) + bytes([last]) for last in range(3))
    index.enter(1, [(first, 100, 1), (second, 200, 2)])
    assert index.find(first) == (1, 100, 1)
    assert index.find(second) == (1, 200, 2)
    assert index.find(third) is None
    assert index.known([second, third]) >= {second}
    assert third not in index.known([second, third])
    index.move(second, 2, 300)
    assert (index.find(first), index.find(second)) == ((1, 100, 1), (2, 300, 2))
    assert index.forget(first)
    assert not index.forget(third)
    assert index.find(second) == (2, 300, 2)
    index.close()


def test_index_that_points_to_another_content_is_corrupt(folder: Path, store: BlockStore) -> None:
    first, second = store.put_many([b"one", b"two"])
    index = sqlite3.connect(folder / "index.sqlite")
    index.execute(
        "UPDATE blobs SET at = (SELECT at FROM blobs WHERE cid = ?) WHERE cid = ?",
        (second.to_bytes(), first.to_bytes()),
    )
    index.commit()
    index.close()
    with raised("blobs.altered", Corrupt):
        store.get(first)


def test_leaf_digests_of_another_content_do_not_pass(folder: Path, store: BlockStore) -> None:
    content, other = generated(2 * CHUNK_SIZE), generated(2 * CHUNK_SIZE, 1)
    cid = store.put_stream([content])
    (pack,) = packs(folder)
    digests = b"".join(sha256(other[at : at + CHUNK_SIZE]) for at in (0, CHUNK_SIZE))
    pack.write_bytes(pack.read_bytes()[: -len(other) - 64] + other + digests)
    with raised("blobs.altered", Corrupt):
        store.get(cid)


def test_pack_that_lost_its_end_is_left_alone_and_writing_goes_on(folder: Path) -> None:
    store = BlockStore(folder)
    cids = store.put_many(batch(0))
    store.close()
    (pack,) = packs(folder)
    os.truncate(pack, pack.stat().st_size // 2)
    half = pack.read_bytes()
    store = BlockStore(folder)
    new = store.put_many(batch(1))
    report = store.audit()
    assert report.altered
    assert set(report.altered) < set(cids)
    for cid in cids[1:]:
        store.delete(cid)
    store.compact()
    assert pack.read_bytes() == half
    assert [store.get(cid) for cid in new] == batch(1)
    store.close()


def test_pack_that_is_gone_is_reported(folder: Path, store: BlockStore) -> None:
    cids = store.put_many(batch(0))
    packs(folder)[0].unlink()
    with raised("blobs.altered", Corrupt):
        store.get(cids[0])
    assert len(store.audit().altered) == len(cids)
    assert store.get(store.put_many([b"goes on"])[0]) == b"goes on"


def test_pack_of_a_later_version_is_not_touched(folder: Path) -> None:
    BlockStore(folder).close()
    foreign = folder / "packs" / "00000001.pack"
    foreign.write_bytes(b"onceledger-pack-v2\n" + generated(100))
    before = foreign.read_bytes()
    store = BlockStore(folder)
    store.put_many([b"x"])
    store.close()
    BlockStore(folder).close()
    assert foreign.read_bytes() == before


def test_index_that_is_no_database_is_corrupt_and_names_the_cure(folder: Path) -> None:
    store = BlockStore(folder)
    cids = store.put_many(batch(0))
    store.close()
    (folder / "index.sqlite").write_bytes(b"this is no database" * 100)
    with raised("blobs.index-damaged", Corrupt):
        BlockStore(folder)
    (folder / "index.sqlite").unlink()
    store = BlockStore(folder)
    assert all(store.has(cid) for cid in cids)
    store.close()


def test_index_of_a_newer_version_is_refused(folder: Path) -> None:
    BlockStore(folder).close()
    index = sqlite3.connect(folder / "index.sqlite")
    index.execute("PRAGMA user_version = 99")
    index.close()
    with raised("blobs.newer-version", Misconfigured):
        BlockStore(folder)


# Disks and folders

FULL = """
import resource
store = BlockStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
puts = {
    "many": lambda number: store.put_many([generated(20_000, number * 100 + at) for at in range(5)]),
    "stream": lambda number: [store.put_stream(generated(10_000, number * 100 + at) for at in range(10))],
    "tiny": lambda number: store.put_many([generated(8, number * 100 + at) for at in range(100)]),
    "one large": lambda number: [store.put_stream(bytes(70_000) for at in range(50))],
}
try:
    for number in range(1000):
        print(*puts[sys.argv[2]](number), flush=True)
except OnceledgerError as error:
    print("!" + error.code, flush=True)
"""


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("many", "blobs.disk-full"),
        ("stream", "blobs.disk-full"),
        ("one large", "blobs.disk-full"),
        ("tiny", "blobs.unavailable"),  # It is the index that cannot grow, and SQLite does not say why.
    ],
)
def test_full_disk_is_a_clear_error_with_nothing_half_written(folder: Path, how: str, code: str) -> None:
    process = child(FULL, folder, how)
    promised = acknowledged(process)
    errors = {word for word in promised if word.startswith("!")}
    promised -= errors
    assert errors == {"!" + code}
    assert bool(promised) == (how != "one large")
    with closing(sqlite3.connect(folder / "index.sqlite")) as index:
        committed = dict(index.execute("SELECT id, size FROM packs").fetchall())
    assert {int(pack.stem): pack.stat().st_size for pack in packs(folder)} == committed
    check_after_crash(folder, promised)


READ_ONLY = """
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    store = BlockStore(Path(sys.argv[1]))
    store.put_many([b"x"])
except OnceledgerError as error:
    sys.exit(error.code)
"""


@pytest.mark.parametrize("what", ["empty folder", "store"])
def test_read_only_folder_is_a_clear_error(what: str) -> None:
    # Not pytest's folder: only its owner may enter that one, and root must become somebody else to be refused at all.
    folder = Path(tempfile.mkdtemp())
    try:
        if what == "store":
            BlockStore(folder).close()
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        script = CHILD + READ_ONLY
        done = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, capture_output=True, text=True)
        assert done.stderr.strip() == "blobs.not-writable"
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o700)
        shutil.rmtree(folder)


def test_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file", tmp_path / "file" / "store"):
        with raised("blobs.not-writable", Misconfigured):
            BlockStore(path)


def test_closed_store_says_so(folder: Path) -> None:
    store = BlockStore(folder)
    store.close()
    store.close()
    with raised("blobs.unavailable", Unavailable):
        store.put_many([b"x"])
    with raised("blobs.unavailable", Unavailable):
        store.has(cid_of(b"x"))


# Files


def test_many_blobs_are_few_files(folder: Path, store: BlockStore) -> None:
    store.put_many([generated(64, seed) for seed in range(3000)])
    assert len(list(folder.rglob("*"))) <= 7


def test_packs_rotate_at_their_limit(folder: Path) -> None:
    store = BlockStore(folder, pack_limit=50_000)
    cids = [cid for number in range(12) for cid in store.put_many(batch(number))]
    largest = sum(record_size(len(blob)) for blob in batch(0))
    assert len(packs(folder)) > 2
    assert all(pack.stat().st_size < 50_000 + largest for pack in packs(folder))
    assert all(pack.stat().st_mode & 0o077 == 0 for pack in packs(folder))
    assert len({*cids}) == len(list(store.cids())) == store.audit().checked
    store.close()


def test_compact_shrinks_the_files_and_numbers_are_not_given_again(folder: Path) -> None:
    store = BlockStore(folder, pack_limit=30_000)
    cids = [cid for number in range(6) for cid in store.put_many(batch(number))]
    before = sum(pack.stat().st_size for pack in packs(folder))
    names = {pack.name for pack in packs(folder)}
    for cid in cids:
        store.delete(cid)
    freed = store.compact()
    after = sum(pack.stat().st_size for pack in packs(folder))
    assert after == 0
    assert freed == before
    store.put_many(batch(7))
    assert names.isdisjoint(pack.name for pack in packs(folder))
    store.close()
    BlockStore(folder).close()
    assert len(packs(folder)) == 1


def test_a_little_waste_is_tolerated(folder: Path, store: BlockStore) -> None:
    cids = store.put_many(batch(0))
    store.delete(cids[0])
    assert store.compact() == 0


def test_deleted_content_that_was_not_compacted_comes_back_with_a_lost_index(folder: Path) -> None:
    # Said in the port and in the decision: deleting is not erasing. Destroying the data key is.
    store = BlockStore(folder)
    (cid,) = store.put_many([b"sealed"])
    store.delete(cid)
    store.close()
    for path in folder.glob("index.sqlite*"):
        path.unlink()
    store = BlockStore(folder)
    assert store.has(cid)
    store.close()


# Several at once

WRITER = """
store = BlockStore(Path(sys.argv[1]), pack_limit=60_000)
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 15):
    print(*store.put_many(batch(number)), flush=True)
    store.compact()
"""


def test_two_processes_take_turns_at_writing(folder: Path) -> None:
    processes = [child(WRITER, folder, first) for first in (0, 10)]
    promised = [acknowledged(process) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(promised[0] | promised[1]) == 25 * 40
    check_after_crash(folder, promised[0] | promised[1])


def test_writer_who_waits_too_long_is_told(folder: Path) -> None:
    holder, waiting = BlockStore(folder), BlockStore(folder, patience=0.05)
    with holder._turn.held(), raised("blobs.busy", Unavailable):
        waiting.put_many([b"x"])
    assert waiting.put_many([b"x"]) == [cid_of(b"x")]
    holder.close()
    waiting.close()


def test_reader_does_not_wait_for_a_writer_and_sees_what_it_wrote(folder: Path) -> None:
    writer, reader = BlockStore(folder), BlockStore(folder)
    (cid,) = writer.put_many([b"x"])
    with writer._turn.held():
        assert reader.get(cid) == b"x"
    writer.close()
    reader.close()


def test_reader_in_the_middle_of_a_content_that_is_moved_and_deleted(folder: Path) -> None:
    writer, reader = BlockStore(folder), BlockStore(folder)
    content = generated(3 * CHUNK_SIZE)
    cid = writer.put_stream([content])
    gone = writer.put_stream([generated(3 * CHUNK_SIZE, 1)])
    stream = reader.stream(cid)
    first = next(stream)
    writer.delete(gone)
    assert writer.compact() > 0
    assert reader.get(cid) == content
    writer.delete(cid)
    writer.compact()
    assert first + b"".join(stream) == content
    assert not reader.has(cid)
    writer.close()
    reader.close()


def test_reader_whose_content_is_moved_before_it_opens_the_pack(
    folder: Path, store: BlockStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, gone = store.put_many([generated(9_000), generated(9_000, 1)])
    real = store._reader.find
    stale = [real(keep.to_bytes())]
    store.delete(gone)
    store.compact()
    monkeypatch.setattr(store._reader, "find", lambda cid: stale.pop() if stale else real(cid))
    assert store.get(keep) == generated(9_000)


def test_threads_share_a_store(store: BlockStore) -> None:
    failures: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 8):
                cids = store.put_many(batch(number))
                assert [store.get(cid) for cid in cids] == batch(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 4, 8, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.audit().checked == 20 * 40
    assert store.audit().clean
