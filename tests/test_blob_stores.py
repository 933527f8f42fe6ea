"""The contract of ``ledger.blob_port``, one suite for every store that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.block_store import BlockStore
from adapters.memory_store import Fault, MemoryStore, ProcessDied
from adapters.pack_file import HEADER_SIZE, record_header
from ledger.blob_port import BlobStore
from ledger.cid import Cid
from ledger.digest import sha256
from ledger.errors import Corrupt, NotFound, OnceledgerError, Unavailable
from ledger.unixfs import CHUNK_SIZE, cid_of

SIZES = [0, 1, 1200, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE]


def generated(size: int, seed: int = 0) -> bytes:
    start = seed << 32
    return b"".join(sha256((start + number).to_bytes(8)) for number in range(-(-size // 32)))[:size]


def raised(code: str, kind: type[OnceledgerError]) -> Any:
    """A context in which exactly this error must be raised."""
    return pytest.raises(kind, check=lambda error: error.code == code)


class Kit(Protocol):
    """One implementation under test."""

    store: BlobStore

    def rot(self, cid: Cid, place: int) -> None:
        """Flip a bit of the stored content at ``place``."""

    def close(self) -> None: ...


class MemoryKit:
    def __init__(self, folder: Path) -> None:
        self.memory = MemoryStore()
        self.store: BlobStore = self.memory

    def rot(self, cid: Cid, place: int) -> None:
        self.memory.rot(cid, place)

    def close(self) -> None:
        self.memory.close()


class DiskKit:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = BlockStore(folder)
        self.store: BlobStore = self.disk

    def rot(self, cid: Cid, place: int) -> None:
        for pack in (self.folder / "packs").glob("*.pack"):
            data = bytearray(pack.read_bytes())
            at = data.find(cid.to_bytes())
            if at >= 0:
                data[at + HEADER_SIZE + place] ^= 4
                pack.write_bytes(data)

    def close(self) -> None:
        self.disk.close()


@pytest.fixture(params=[MemoryKit, DiskKit])
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    made: Kit = request.param(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def store(kit: Kit) -> BlobStore:
    return kit.store


def test_contents_come_back_under_their_identifiers(store: BlobStore) -> None:
    blobs = [generated(size) for size in SIZES]
    cids = store.put_many(blobs)
    assert cids == [cid_of(blob) for blob in blobs]
    assert [store.get(cid) for cid in cids] == blobs
    assert all(store.has(cid) for cid in cids)


def test_nothing_to_put(store: BlobStore) -> None:
    assert store.put_many([]) == []
    assert list(store.cids()) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [777, CHUNK_SIZE, 10**9])
def test_stream_comes_back(store: BlobStore, size: int, piece: int) -> None:
    content = generated(size)
    cid = store.put_stream(content[at : at + piece] for at in range(0, size, piece))
    assert cid == cid_of(content)
    pieces = list(store.stream(cid))
    assert b"".join(pieces) == content
    assert all(len(one) <= CHUNK_SIZE for one in pieces)


def test_large_stream_comes_back(store: BlobStore) -> None:
    content = generated(5_000_000)
    cid = store.put_stream(content[at : at + 10_000] for at in range(0, len(content), 10_000))
    assert cid == cid_of(content)
    assert store.get(cid) == content


def test_put_again_is_kept_once(store: BlobStore) -> None:
    blobs = [generated(100, seed) for seed in range(5)]
    first = store.put_many(blobs)
    assert store.put_many([*blobs, blobs[0], generated(100, 9)])[:5] == first
    assert store.put_stream([blobs[1]]) == first[1]
    assert sorted(store.cids()) == sorted({*first, cid_of(generated(100, 9))})


def test_put_twice_in_one_call(store: BlobStore) -> None:
    cids = store.put_many([b"same", b"other", b"same"])
    assert cids[0] == cids[2] != cids[1]
    assert len(list(store.cids())) == 2


def test_what_was_never_put_is_not_found(store: BlobStore) -> None:
    absent = cid_of(b"never put")
    assert not store.has(absent)
    for read in (store.get, store.stream):
        with raised("blobs.not-found", NotFound):
            read(absent)


def test_deleted_is_not_found_and_can_be_put_again(store: BlobStore) -> None:
    keep, gone = store.put_many([b"keep", b"gone"])
    assert store.delete(gone)
    assert not store.delete(gone)
    assert not store.has(gone)
    with raised("blobs.not-found", NotFound):
        store.get(gone)
    assert store.get(keep) == b"keep"
    assert store.put_many([b"gone"]) == [gone]
    assert store.get(gone) == b"gone"


def test_delete_forgets_however_often_it_was_put(store: BlobStore) -> None:
    (cid,) = {*store.put_many([b"x"]), *store.put_many([b"x"])}
    assert store.delete(cid)
    assert not store.has(cid)


def test_compact_frees_what_was_deleted_and_keeps_the_rest(store: BlobStore) -> None:
    blobs = [generated(10_000, seed) for seed in range(20)]
    cids = store.put_many(blobs)
    for cid in cids[::2]:
        store.delete(cid)
    assert store.compact() >= 100_000
    assert store.compact() == 0
    assert [store.get(cid) for cid in cids[1::2]] == blobs[1::2]
    assert not any(store.has(cid) for cid in cids[::2])


@pytest.mark.parametrize("place", [0, 600, 1199])
def test_flipped_bit_is_corrupt_and_not_garbage(kit: Kit, place: int) -> None:
    good, bad = kit.store.put_many([generated(1200), generated(1200, 1)])
    kit.rot(bad, place)
    with raised("blobs.altered", Corrupt):
        kit.store.get(bad)
    with raised("blobs.altered", Corrupt):
        list(kit.store.stream(bad))
    assert kit.store.get(good) == generated(1200)


@pytest.mark.parametrize("leaf", [0, 1, 2])
def test_flipped_bit_in_a_large_content_yields_nothing_false(kit: Kit, leaf: int) -> None:
    content = generated(3 * CHUNK_SIZE)
    cid = kit.store.put_stream([content])
    kit.rot(cid, leaf * CHUNK_SIZE + 5)
    got = b""
    with raised("blobs.altered", Corrupt):
        for piece in kit.store.stream(cid):
            got += piece
    assert content.startswith(got)
    with raised("blobs.altered", Corrupt):
        kit.store.get(cid)


def test_audit_names_what_is_missing_and_what_is_altered(kit: Kit) -> None:
    good, bad = kit.store.put_many([generated(500), generated(500, 1)])
    absent = cid_of(b"never put")
    assert kit.store.audit().clean
    kit.rot(bad, 250)
    report = kit.store.audit([good, bad, absent])
    assert (report.checked, report.missing, report.altered) == (3, (absent,), (bad,))
    assert not report.clean
    assert kit.store.audit().altered == (bad,)
    assert kit.store.audit([good]).size == 500


def test_error_of_the_stream_passes_through_and_nothing_is_kept(store: BlobStore) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(2_000_000)
        raise OSError("the caller's own")

    with pytest.raises(OSError, match="the caller's own"):
        store.put_stream(pieces())
    assert list(store.cids()) == []
    assert store.put_many([b"goes on"]) == [cid_of(b"goes on")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["put", "delete", "compact"]), st.integers(0, 7)), max_size=25))
@pytest.mark.parametrize("make", [MemoryKit, DiskKit])
def test_any_sequence_of_calls_is_that_of_a_dictionary(
    make: Callable[[Path], Kit], tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    kit = make(tmp_path_factory.mktemp("store"))
    model: dict[Cid, bytes] = {}
    for step, number in steps:
        blob = generated(200 * number, number)
        if step == "put":
            model[kit.store.put_many([blob])[0]] = blob
        elif step == "delete":
            assert kit.store.delete(cid_of(blob)) == (model.pop(cid_of(blob), None) is not None)
        else:
            kit.store.compact()
    assert {cid: kit.store.get(cid) for cid in kit.store.cids()} == model
    assert kit.store.audit().clean
    kit.close()


# The twin's unkindness


@pytest.mark.parametrize(
    ("fault", "kept", "error"),
    [
        (Fault.REFUSE, 0, Unavailable),
        (Fault.LOSE_ANSWER, 4, Unavailable),
        (Fault.CRASH_BEFORE, 0, ProcessDied),
        (Fault.CRASH_HALFWAY, 2, ProcessDied),
        (Fault.CRASH_AFTER, 4, ProcessDied),
    ],
)
def test_fault_keeps_what_it_says_and_a_repeat_mends_it(fault: Fault, kept: int, error: type[BaseException]) -> None:
    twin = MemoryStore([Fault.NONE, fault])
    twin.put_many([b"before"])
    blobs = [bytes([number]) for number in range(4)]
    with pytest.raises(error):
        twin.put_many(blobs)
    assert len(list(twin.cids())) == 1 + kept
    assert [twin.get(cid) for cid in twin.put_many(blobs)] == blobs


def test_no_handler_of_errors_survives_the_twins_death() -> None:
    assert not issubclass(ProcessDied, Exception)


def test_delay_is_the_callers() -> None:
    waited: list[int] = []
    twin = MemoryStore([Fault.DELAY], delay=lambda: waited.append(1))
    twin.put_many([b"slow"])
    twin.put_many([b"quick"])
    assert waited == [1]


def test_fault_befalls_a_deletion() -> None:
    twin = MemoryStore([Fault.NONE, Fault.REFUSE, Fault.LOSE_ANSWER])
    (cid,) = twin.put_many([b"x"])
    with pytest.raises(Unavailable):
        twin.delete(cid)
    assert twin.has(cid)
    with pytest.raises(Unavailable):
        twin.delete(cid)
    assert not twin.delete(cid)


def test_record_header_finds_its_content_again() -> None:
    header = record_header(cid_of(b"x").to_bytes(), 1)
    assert len(header) == HEADER_SIZE
    assert header.startswith(cid_of(b"x").to_bytes() + (1).to_bytes(8))
