"""Reasons: one file for one content, contradictions refused, and small enough to be sent every day."""

from __future__ import annotations

import random
import tracemalloc
import zlib
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import status_list
from ledger.digest import Digest
from ledger.errors import MalformedInput, OnceledgerError
from ledger.status_reasons import (
    MAX_FILE_SIZE,
    Entry,
    Reasons,
    compress,
    decode,
    decompress,
    decompress_matching,
    digest,
    encode,
)

LEAF = Digest(b"\x5f" * 32)
MAGIC = b"onceledger-reasons-v1\n"
ENTRIES = [
    Entry(5, "held", 1_790_000_000, until=1_790_000_500),
    Entry(5, "held", 1_790_000_500),
    Entry(5, "revoked", 1_790_000_400),
    Entry(94_567, "superseded", 1_790_000_400, successor=LEAF),
    Entry(94_568, "superseded", 1_790_000_000),
    Entry(131_071, "void", 1_790_000_400),
]
FILE = encode(ENTRIES)


def by_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.index, entry.since))


def unread(data: bytes) -> str:
    with pytest.raises(MalformedInput) as caught:
        decode(data)
    return caught.value.code


def unwritten(*entries: Any) -> str:
    with pytest.raises(MalformedInput) as caught:
        encode(entries)
    return caught.value.code


TIMES = st.integers(0, 2**40 - 1)


@st.composite
def contents(draw: st.DrawFn) -> list[Entry]:
    entries = []
    for index in draw(st.sets(st.integers(0, 2**24 - 1), max_size=30)):
        times = sorted(draw(st.sets(TIMES, min_size=1, max_size=5)))
        for since, until in zip(times[::2], times[1::2], strict=False):
            entries.append(Entry(index, "held", since, until=until))
        if len(times) % 2:
            entries.append(Entry(index, "held", times[-1]))
        reason = draw(st.sampled_from(["none", "revoked", "superseded", "void"]))
        if reason == "superseded":
            successor = draw(st.none() | st.binary(min_size=32, max_size=32).map(Digest))
            entries.append(Entry(index, "superseded", draw(TIMES), successor=successor))
        elif reason != "none":
            entries.append(Entry(index, "revoked" if reason == "revoked" else "void", draw(TIMES)))
    return entries


# --- the format -------------------------------------------------------------------------------------------------------


def test_layout_of_a_file() -> None:
    data = encode([Entry(0x010203, "held", 7, until=9), Entry(0x010204, "superseded", 7, successor=LEAF)])
    assert data == (
        MAGIC
        + b"\0\0\0\2"  # entries
        + b"\0\0\0\2"  # dates
        + b"\0\0\0\0\0\0\0\0\7\2"  # 7, then 2 more: five planes of two bytes
        + b"\1\0\2\0\3\1"  # indexes: 0x010203, then 1 more: three planes
        + b"\x14\x22"  # a hold with an end, superseded with a successor
        + b"\0\0\0\0\0\0"  # since: date 0, date 0
        + b"\0\0\1"  # until: date 1
        + LEAF
    )


def test_empty_file() -> None:
    assert encode([]) == MAGIC + bytes(8)
    assert len(decode(encode([]))) == 0


@settings(deadline=None)
@given(contents(), st.randoms())
def test_round_trip_in_any_order(entries: list[Entry], shuffler: random.Random) -> None:
    data = encode(entries)
    shuffler.shuffle(entries)
    assert encode(entries) == data
    reasons = decode(data)
    assert len(reasons) == len(entries)
    assert sorted(map(repr, reasons)) == sorted(map(repr, entries))
    assert encode(reasons) == data
    assert decompress(compress(data)) == data


def test_digest_is_over_the_plain_file() -> None:
    assert digest(FILE) == sha256(FILE).digest()


def test_entries_of_an_index_are_found_oldest_first() -> None:
    reasons = decode(FILE)
    assert reasons.find(5) == (ENTRIES[0], ENTRIES[2], ENTRIES[1])
    assert reasons.find(94_567) == (ENTRIES[3],)
    assert reasons.find(131_071) == (ENTRIES[5],)
    for index in (-1, 0, 6, 94_566, 131_072, 2**70):
        assert reasons.find(index) == ()


@pytest.mark.parametrize(
    ("entry", "answers"),
    [
        (Entry(1, "revoked", 100), (False, True, True, True)),
        (Entry(1, "superseded", 100), (False, True, True, True)),
        (Entry(1, "held", 100), (False, True, True, True)),
        (Entry(1, "held", 100, until=200), (False, True, True, False)),
        (Entry(1, "void", 100), (True, True, True, True)),
    ],
)
def test_when_a_reason_is_in_force(entry: Entry, answers: tuple[bool, ...]) -> None:
    assert tuple(entry.is_in_force(at) for at in (99, 100, 199, 200)) == answers


def test_the_lists_follow_from_the_reasons() -> None:
    reasons = decode(FILE)
    revocation, suspension = reasons.bits("revocation", 131_072), reasons.bits("suspension", 131_072)
    assert {index for index in range(131_072) if status_list.get(revocation, index)} == {5, 94_567, 94_568, 131_071}
    assert {index for index in range(131_072) if status_list.get(suspension, index)} == {5}
    ended = decode(encode(ENTRIES[:1]))
    assert not any(ended.bits("suspension", 131_072))


def test_reason_outside_of_the_list_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        decode(encode([Entry(131_072, "revoked", 1)])).bits("revocation", 131_072)
    assert caught.value.code == "status-list.index"


def test_ten_thousand_among_a_million() -> None:
    """10,000 of 1,048,576 indexes hold 10.2 kB of information, each doubling of the number of dates 1.25 kB more."""
    chance = random.Random(1)
    indexes = chance.sample(range(1 << 20), 10_000)
    dates = [1_790_000_000 + 3600 * chance.randrange(9000) for _ in range(60)]

    def packed(days: int) -> int:
        entries = [Entry(index, "revoked", dates[chance.randrange(days)]) for index in indexes]
        return len(compress(encode(entries)))

    assert packed(1) < 11_500
    assert packed(60) < 19_500


# --- entries that cannot be -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        Entry(-1, "revoked", 1),
        Entry(2**24, "revoked", 1),
        Entry(1, "revoked", -1),
        Entry(1, "revoked", 2**40),
        Entry(1, "held", 1, until=2**40),
        Entry(1, "revoked", 1, until=2),
        Entry(1, "void", 1, until=2),
        Entry(1, "superseded", 1, until=2),
        Entry(1, "revoked", 1, successor=LEAF),
        Entry(1, "held", 1, successor=LEAF),
        Entry(1, "superseded", 1, successor=Digest(bytes(31))),
        Entry(1, "expired", 1),
        Entry(1, "", 1),
    ],
    ids=str,
)
def test_entry_that_cannot_be_is_not_written(entry: Entry) -> None:
    assert unwritten(entry) == "status-reasons.entry"


@pytest.mark.parametrize(
    "entries",
    [
        [Entry(1, "revoked", 1), Entry(1, "revoked", 1)],
        [Entry(1, "revoked", 1), Entry(1, "revoked", 2)],
        [Entry(1, "revoked", 1), Entry(1, "void", 1)],
        [Entry(1, "superseded", 1), Entry(1, "revoked", 9)],
        [Entry(1, "held", 1), Entry(1, "held", 2)],
        [Entry(1, "held", 1, until=5), Entry(1, "held", 4)],
        [Entry(1, "held", 1, until=5), Entry(1, "held", 1, until=6)],
        [Entry(1, "held", 5, until=4)],
    ],
    ids=str,
)
def test_reasons_that_contradict_each_other_are_not_written(entries: list[Entry]) -> None:
    assert unwritten(*entries) == "status-reasons.order"


def test_hold_of_no_duration_is_left_out() -> None:
    """Held, resumed and held again within one second: what counts is how it ended."""
    last = Entry(1, "held", 5)
    assert encode([Entry(1, "held", 5, until=5), Entry(1, "held", 5, until=5), last]) == encode([last])
    assert encode([Entry(1, "held", 5, until=5)]) == encode([])


def test_too_many_reasons_are_not_written() -> None:
    one = Entry(1, "revoked", 1)
    assert unwritten(*[one] * (2**20 + 1)) == "status-reasons.size"


# --- files that cannot be ---------------------------------------------------------------------------------------------


def test_every_cut_is_refused() -> None:
    for length in range(len(FILE)):
        assert unread(FILE[:length]) == "status-reasons.malformed"


def test_trailing_bytes_are_refused() -> None:
    assert unread(FILE + b"\0") == "status-reasons.malformed"
    assert unread(FILE + bytes(32)) == "status-reasons.malformed"


def test_another_version_is_refused() -> None:
    assert unread(FILE.replace(b"-v1", b"-v2")) == "status-reasons.malformed"


@pytest.mark.parametrize("count", [2**20 + 1, 2**32 - 1])
def test_promised_millions_are_refused_unread(count: int) -> None:
    assert unread(MAGIC + count.to_bytes(4, "big") + bytes(4)) == "status-reasons.size"


def test_promised_dates_that_are_not_there_are_refused() -> None:
    assert unread(MAGIC + bytes(4) + b"\xff" * 4) == "status-reasons.malformed"


def columns(
    dates: list[int], gaps: list[int], kinds: bytes, since: list[int], until: list[int], tail: bytes = b""
) -> bytes:
    def planes(numbers: list[int], width: int) -> bytes:
        rows = [number.to_bytes(width, "big") for number in numbers]
        return bytes(row[place] for place in range(width) for row in rows)

    return (
        MAGIC
        + len(kinds).to_bytes(4, "big")
        + len(dates).to_bytes(4, "big")
        + planes(dates, 5)
        + planes(gaps, 3)
        + kinds
        + planes(since, 3)
        + planes(until, 3)
        + tail
    )


def test_columns_of_the_tests_are_those_of_the_format() -> None:
    assert columns([7], [3], b"\x01", [0], []) == encode([Entry(3, "revoked", 7)])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (columns([7, 1], [3], b"\x01", [0], []), "status-reasons.malformed"),
        (columns([7, 0], [3, 1], b"\x01\x01", [0, 1], []), "status-reasons.malformed"),
        (columns([2**40 - 1, 1], [3, 1], b"\x01\x01", [0, 1], []), "status-reasons.malformed"),
        (columns([7], [3], b"\x01", [1], []), "status-reasons.malformed"),
        (columns([7], [2**24 - 1, 1], b"\x01\x01", [0, 0], []), "status-reasons.malformed"),
        (columns([7], [3], b"\x00", [0], []), "status-reasons.malformed"),
        (columns([7], [3], b"\x05", [0], []), "status-reasons.malformed"),
        (columns([7], [3], b"\x41", [0], []), "status-reasons.malformed"),
        (columns([7, 1], [3], b"\x11", [0], [1]), "status-reasons.malformed"),
        (columns([7], [3], b"\x21", [0], [], LEAF), "status-reasons.malformed"),
        (columns([7], [3, 0], b"\x01\x01", [0, 0], []), "status-reasons.order"),
        (columns([7], [3, 0], b"\x04\x01", [0, 0], []), "status-reasons.order"),
        (columns([7, 1], [3, 0], b"\x01\x04", [1, 0], []), "status-reasons.order"),
        (columns([7, 1], [3, 0], b"\x01\x03", [0, 1], []), "status-reasons.order"),
        (columns([7, 1], [3, 0], b"\x04\x04", [0, 1], []), "status-reasons.order"),
        (columns([7], [3], b"\x14", [0], [0]), "status-reasons.order"),
        (columns([7, 1], [3], b"\x14", [1], [0]), "status-reasons.order"),
    ],
    ids=["unused-date", "equal-dates", "date-too-late", "no-such-date", "index-too-large", "kind-0", "kind-5",
         "kind-41", "revoked-until", "revoked-successor", "twice", "kinds-fall", "dates-fall", "two-finals",
         "holds-overlap", "empty-hold", "hold-backwards"],
)  # fmt: skip
def test_second_spelling_or_contradiction_is_refused(data: bytes, code: str) -> None:
    assert unread(data) == code


@settings(deadline=None, max_examples=300)
@given(contents(), st.data())
def test_a_flipped_bit_changes_the_content_or_is_refused(entries: list[Entry], data: st.DataObject) -> None:
    changed = bytearray(encode(entries))
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit >> 3] ^= 1 << (bit & 7)
    try:
        reasons = decode(bytes(changed))
    except OnceledgerError:
        return
    assert list(reasons) != list(decode(encode(entries)))
    assert encode(reasons) == changed


@settings(deadline=None, max_examples=300)
@given(
    st.integers(0, 3),
    st.integers(0, 3),
    st.binary(max_size=80),
)
def test_random_bytes_give_reasons_or_our_error(count: int, dates: int, tail: bytes) -> None:
    data = MAGIC + count.to_bytes(4, "big") + dates.to_bytes(4, "big") + tail
    try:
        reasons = decode(data)
    except OnceledgerError:
        return
    assert isinstance(reasons, Reasons)
    assert encode(reasons) == data


# --- on the way -------------------------------------------------------------------------------------------------------


def test_reasons_that_inflate_to_gigabytes_are_refused() -> None:
    deflater = zlib.compressobj(9)
    head = deflater.compress(b"") + deflater.flush(zlib.Z_FULL_FLUSH)
    bomb = head + (deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)) * 4096
    with pytest.raises(MalformedInput) as caught:
        decompress(bomb)
    assert caught.value.code == "status-reasons.size"


@pytest.mark.parametrize(
    "packed",
    [b"", compress(FILE)[:-1], compress(FILE) + b"\0", compress(FILE) * 2, FILE, zlib.compress(FILE)[:-4] + bytes(4)],
    ids=["empty", "cut", "trailing", "twice", "plain", "checksum"],
)
def test_what_is_not_one_whole_stream_is_refused(packed: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        decompress(packed)
    assert caught.value.code == "status-reasons.encoding"


def test_any_zlib_stream_of_the_file_will_do() -> None:
    assert decompress(zlib.compress(FILE)) == FILE
    assert decompress_matching(zlib.compress(FILE), digest(FILE)) == FILE


def test_what_is_not_the_published_file_is_never_held_whole() -> None:
    """64 kB from a stranger, 64 MiB inside, and no publication that says so."""
    bomb = zlib.compress(bytes(MAX_FILE_SIZE), 9)
    tracemalloc.start()
    try:
        assert decompress_matching(bomb, digest(FILE)) is None
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 300_000])
@pytest.mark.parametrize("level", [0, 9])
def test_the_published_file_comes_whole_whatever_its_size(size: int, level: int) -> None:
    for data in (bytes(size), random.Random(size).randbytes(size)):
        packed = zlib.compress(data, level)
        assert decompress_matching(packed, digest(data)) == data
        assert decompress_matching(packed, digest(data + b"x")) is None
        for broken in (packed[:-1], packed + b"x", packed + bytes(1 << 17)):
            with pytest.raises(MalformedInput) as caught:
                decompress_matching(broken, digest(data))
            assert caught.value.code == "status-reasons.encoding"


def test_a_published_file_of_too_many_bytes_is_refused() -> None:
    data = bytes(MAX_FILE_SIZE + 1)
    with pytest.raises(MalformedInput) as caught:
        decompress_matching(zlib.compress(data), digest(data))
    assert caught.value.code == "status-reasons.size"


def test_what_is_no_file_is_not_compressed() -> None:
    with pytest.raises(MalformedInput):
        compress(b"anything")


@settings(deadline=None)
@given(st.binary(max_size=100) | st.binary(max_size=100).map(zlib.compress))
def test_random_streams_give_our_error(packed: bytes) -> None:
    with pytest.raises(OnceledgerError):
        decode(decompress(packed))
