"""Status packs: small, believed for the proof of publication alone, and silent about what they do not contain."""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from besu_blocks import BLOCKS, header_rlp, receipts_of
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import base64url, receipt_proof, status_list, status_reasons
from ledger.bundle import EventProof
from ledger.digest import sha256
from ledger.errors import MalformedInput, OnceledgerError
from ledger.listed_status import ListedStatus, VerifiedList, verify_list
from ledger.registry_events import Published
from ledger.status_pack import MAX_LISTS, MAX_PACK_BYTES, PackedList, StatusPack, load, pack_list, write
from ledger.status_reasons import Entry, Purpose
from ledger.status_statement import SignedBy

NOW = 1_790_000_000
DAY = 86_400
AGENCY, OTHER = 7, 8
REVOCATION, SUSPENSION, OTHERS = AGENCY << 32 | 1, AGENCY << 32 | 2, OTHER << 32 | 1
SUCCESSOR = sha256(b"the corrected certificate")
SIZE = 131_072

ENTRIES = (
    Entry(3, "revoked", NOW - 10 * DAY),
    Entry(5, "superseded", NOW - 20 * DAY, successor=SUCCESSOR),
    Entry(8, "void", NOW - 30 * DAY),
    Entry(SIZE - 1, "revoked", NOW - DAY),
)
HOLDS = (
    Entry(3, "held", NOW - 50 * DAY, NOW - 40 * DAY),
    Entry(3, "held", NOW - 12 * DAY, NOW - 10 * DAY),
    Entry(4, "held", NOW - 2 * DAY),
    Entry(6, "held", NOW - 9 * DAY, NOW - 8 * DAY),
)


def proof(number: int = 0) -> EventProof:
    """A receipt under a header of the real network, in place of a publication; others stand behind headers."""
    block = [one for one in BLOCKS if one["transactions"]][number]
    nodes = receipt_proof.build_proof(receipts_of(block), 0)
    return EventProof(base64url.encode(header_rlp(block)), 0, tuple(map(base64url.encode, nodes)), 0)


PROOF = proof()
SIGNED = SignedBy(sha256(b"a key"), bytes(range(64)))


def listed(entries: tuple[Entry, ...], size: int = SIZE) -> bytes:
    bits = status_list.new_list(size)
    for entry in entries:
        if entry.until is None:
            status_list.put(bits, entry.index, True)
    return bytes(bits)


def packed(
    list_id: int = REVOCATION, entries: tuple[Entry, ...] = ENTRIES, version: int = 4, bits: bytes | None = None
) -> PackedList:
    purpose: Purpose = "suspension" if list_id & 1 == 0 else "revocation"
    bits = listed(entries) if bits is None else bits
    return pack_list(list_id, purpose, version, bits, status_reasons.encode(entries), PROOF, SIGNED)


def published(
    list_id: int = REVOCATION, entries: tuple[Entry, ...] = ENTRIES, version: int = 4, bits: bytes | None = None
) -> Published:
    bits = listed(entries) if bits is None else bits
    reasons = status_reasons.digest(status_reasons.encode(entries))
    root, chunks = status_list.root(bits), status_list.chunk_count(bits)
    return Published(list_id >> 32, list_id, version, root, chunks, reasons, 1337)


def pack(*lists: PackedList) -> bytes:
    return write(NOW, lists)


def loaded(one: PackedList) -> PackedList:
    found = load(pack(one)).list_for(one.list_id)
    assert found is not None
    return found


def refused(one: PackedList, event: Published) -> str:
    with pytest.raises(MalformedInput) as caught:
        verify_list(loaded(one), event)
    return caught.value.code


def malformed(data: bytes) -> str:
    with pytest.raises(MalformedInput) as caught:
        load(data)
    return caught.value.code


GOOD = pack(packed(SUSPENSION, HOLDS), packed())
REVOKED = verify_list(packed(), published())
HELD = verify_list(packed(SUSPENSION, HOLDS), published(SUSPENSION, HOLDS))


# --- the good ---------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again() -> None:
    read = load(GOOD)
    assert read.made_at == NOW
    assert [one.list_id for one in read.lists] == [REVOCATION, SUSPENSION]
    assert write(read.made_at, read.lists) == GOOD


def test_an_empty_pack_is_a_pack() -> None:
    assert load(pack()) == StatusPack(NOW, ())


def test_a_list_is_found_with_the_proof_of_its_publication() -> None:
    found = load(GOOD).list_for(SUSPENSION)
    assert found is not None
    assert (found.agency_id, found.purpose, found.version, found.entries) == (AGENCY, "suspension", 4, SIZE)
    assert found.publication() == PROOF


def test_a_whole_list_is_verified_against_its_publication() -> None:
    assert REVOKED.bits == listed(ENTRIES)
    assert list(REVOKED.reasons) == list(ENTRIES)
    assert (REVOKED.list_id, REVOKED.version) == (REVOCATION, 4)


def test_bits_that_follow_from_the_reasons_cost_nothing() -> None:
    assert packed().packed_difference == b""


def test_bits_that_do_not_follow_from_the_reasons_are_kept() -> None:
    """A list that software of others made, with a bit nobody gives a reason for."""
    bits = bytearray(listed(ENTRIES))
    status_list.put(bits, 77, True)
    status_list.put(bits, 3, False)
    one = verify_list(loaded(packed(bits=bytes(bits))), published(bits=bytes(bits)))
    assert one.bits == bits
    assert one.status_at(77, NOW) == ListedStatus(is_set=True)
    assert one.status_at(77, 0) == ListedStatus(is_set=True)  # since when nobody says
    assert one.status_at(3, NOW) == ListedStatus(is_set=False)  # the bit counts
    assert one.status_at(8, NOW).reason == "void"


def page_of(name: str) -> str:
    return (Path(__file__).parents[1] / "docs" / "formats" / f"{name}.md").read_text("utf-8")


def test_the_example_of_the_page_is_a_pack() -> None:
    page = page_of("status-pack")
    shown = page.split("## Format")[0].split("publication, inflated:")[0]
    data = bytes.fromhex("".join(re.findall(r"(?m)^ {4}((?:[0-9a-f]{2,} ?)+)", shown)))
    [one] = load(data).lists
    assert (one.list_id, one.version, one.chunks) == (7 << 32 | 1, 4, 16)
    status_list_page = page_of("status-list")
    assert one.signed.key_hash.hex() in status_list_page
    assert one.signed.signature.hex() in status_list_page.replace("\n    ", "")
    assert one.publication().receipt == (base64url.encode(b"node one"), base64url.encode(b"node two"))
    [reason] = status_reasons.decode(one.reasons())
    assert (reason.index, reason.reason, reason.since) == (94_567, "superseded", 1_790_000_000)
    plain = page.split("publication, inflated:")[1].split("## Format")[0]
    expected = bytes.fromhex("".join(re.findall(r"(?m)^ {4}((?:[0-9a-f]{2,} ?)+)", plain)))
    assert zlib.decompress(one.packed_publication) == expected


# --- what a list says, and of when ------------------------------------------------------------------------------------


def states(one: VerifiedList, index: int, *days: int) -> list[str | None]:
    """The reasons in force so many days before now."""
    return [one.status_at(index, NOW - day * DAY).reason for day in days]


def test_revoked_counts_from_its_date_on() -> None:
    assert states(REVOKED, 3, 11, 10, 9, 0) == [None, "revoked", "revoked", "revoked"]
    assert REVOKED.status_at(3, NOW - 10 * DAY - 1) == ListedStatus(is_set=False)
    assert REVOKED.status_at(3, NOW) == ListedStatus(True, "revoked", NOW - 10 * DAY)


def test_superseded_counts_from_its_date_on_and_names_its_successor() -> None:
    assert states(REVOKED, 5, 21, 20, 0) == [None, "superseded", "superseded"]
    assert REVOKED.status_at(5, NOW) == ListedStatus(True, "superseded", NOW - 20 * DAY, None, SUCCESSOR)


def test_void_was_never_valid() -> None:
    assert states(REVOKED, 8, 10_000, 31, 30, 0) == ["void"] * 4


@pytest.mark.parametrize("one", [REVOKED, HELD])
def test_what_is_clear_is_not_set_on_any_date(one: VerifiedList) -> None:
    clear = [index for index in range(40) if one.is_clear(index)]
    assert 0 < len(clear) < 40
    assert not any(one.status_at(index, NOW - day * DAY).is_set for index in clear for day in range(-1, 60))
    spoken = set(range(40)) - set(clear)
    assert all(one.reasons.find(index) or one.status_at(index, NOW).is_set for index in spoken)
    assert not one.is_clear(-1)
    assert not one.is_clear(8 * len(one.bits))


def test_held_counts_from_its_date_to_its_end() -> None:
    assert states(HELD, 3, 51, 50, 41, 40, 13, 12, 11, 10, 0) == [
        None, "held", "held", None, None, "held", "held", None, None,
    ]  # fmt: skip
    assert HELD.status_at(3, NOW - 11 * DAY) == ListedStatus(True, "held", NOW - 12 * DAY, NOW - 10 * DAY)


def test_a_bit_set_after_holds_that_all_ended_is_set_without_a_reason() -> None:
    bits = bytearray(listed(HOLDS))
    status_list.put(bits, 6, True)
    one = verify_list(
        loaded(packed(SUSPENSION, HOLDS, bits=bytes(bits))), published(SUSPENSION, HOLDS, bits=bytes(bits))
    )
    assert one.status_at(6, NOW) == ListedStatus(is_set=True)


def test_held_until_further_notice() -> None:
    assert states(HELD, 4, 3, 2, 0) == [None, "held", "held"]


def test_an_index_nothing_was_said_of_is_not_set() -> None:
    assert REVOKED.status_at(4, NOW) == ListedStatus(is_set=False)
    assert HELD.status_at(5, NOW) == ListedStatus(is_set=False)


@pytest.mark.parametrize("index", [-1, SIZE, 2**40])
def test_an_index_beyond_the_list_is_refused(index: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        REVOKED.status_at(index, NOW)
    assert caught.value.code == "status-list.index"


def test_the_last_index_of_the_list_is_in_it() -> None:
    assert REVOKED.status_at(SIZE - 1, NOW).is_set


# --- the forger -------------------------------------------------------------------------------------------------------


def test_another_agencys_list_under_this_agencys_id_is_refused() -> None:
    theirs = replace(packed(OTHERS, ENTRIES[:1]), list_id=REVOCATION)
    assert refused(theirs, published(OTHERS, ENTRIES[:1])) == "status-pack.other-list"
    assert refused(theirs, published()) == "status-pack.reasons-altered"


def test_another_list_of_the_same_agency_is_refused() -> None:
    assert refused(packed(), replace(published(), list_id=AGENCY << 32 | 3)) == "status-pack.other-list"


def test_a_publication_whose_agency_is_not_its_lists_is_refused() -> None:
    assert refused(packed(), replace(published(), agency_id=OTHER)) == "status-pack.other-list"


def test_an_old_version_under_the_new_number_is_refused() -> None:
    old = packed(entries=ENTRIES[:2], version=3)
    assert refused(replace(old, version=4), published()) == "status-pack.reasons-altered"
    assert refused(old, published()) == "status-pack.other-version"


def test_a_list_older_than_the_one_in_hand_is_not_offered() -> None:
    """An old pack beside a bundle with a newer proof: the newest counts."""
    read = load(pack(packed(version=3)))
    assert read.list_for(REVOCATION, newer_than=2) is not None
    assert read.list_for(REVOCATION, newer_than=3) is None
    assert read.list_for(REVOCATION, newer_than=4) is None


def test_a_list_that_is_missing_is_none_and_not_clear() -> None:
    assert load(pack(packed())).list_for(SUSPENSION) is None


def test_a_bit_cleared_is_refused() -> None:
    bits = bytearray(listed(ENTRIES))
    status_list.put(bits, 3, False)
    assert refused(packed(bits=bytes(bits)), published()) == "status-pack.list-altered"


def test_a_reason_left_out_is_refused() -> None:
    forged = packed(entries=ENTRIES[1:], bits=listed(ENTRIES))
    assert refused(forged, published()) == "status-pack.reasons-altered"


def test_a_date_moved_is_refused() -> None:
    later = (replace(ENTRIES[0], since=NOW), *ENTRIES[1:])
    assert refused(packed(entries=later), published()) == "status-pack.reasons-altered"


def test_reasons_swapped_between_two_lists_are_refused() -> None:
    swapped = replace(packed(), packed_reasons=packed(OTHERS, ENTRIES[:1]).packed_reasons)
    assert refused(swapped, published()) == "status-pack.reasons-altered"


def test_a_shorter_list_is_refused() -> None:
    bits = listed(ENTRIES[:3], 2 * SIZE)
    event = published(entries=ENTRIES[:3], bits=bits)
    cut = packed(entries=ENTRIES[:3], bits=bits[: SIZE // 8])
    assert refused(cut, event) == "status-pack.other-length"
    assert refused(cut, replace(event, chunks=16)) == "status-pack.list-altered"


def test_a_list_with_more_chunks_is_refused() -> None:
    longer = packed(bits=listed(ENTRIES, 2 * SIZE))
    assert refused(longer, published()) == "status-pack.other-length"
    assert refused(longer, replace(published(), chunks=32)) == "status-pack.list-altered"


def test_a_list_under_another_purpose_says_the_same() -> None:
    """What a list is for the credential says; the pack's word only tells how the bits were packed."""
    one = packed()
    renamed = pack_list(REVOCATION, "suspension", 4, listed(ENTRIES), status_reasons.encode(ENTRIES), PROOF, SIGNED)
    assert renamed.purpose != one.purpose
    verified = verify_list(loaded(renamed), published())
    assert verified.bits == REVOKED.bits
    assert verified.status_at(3, NOW) == REVOKED.status_at(3, NOW)


def test_a_purpose_relabelled_on_the_way_is_refused() -> None:
    assert refused(replace(packed(), purpose="suspension"), published()) == "status-pack.list-altered"


def test_reasons_beyond_the_list_are_refused() -> None:
    far = (Entry(SIZE, "revoked", NOW),)
    one = replace(packed(), packed_reasons=status_reasons.compress(status_reasons.encode(far)))
    event = replace(published(), reasons_digest=status_reasons.digest(status_reasons.encode(far)))
    assert refused(one, event) == "status-list.index"


# --- bombs and garbage ------------------------------------------------------------------------------------------------


def bomb(megabytes: int) -> bytes:
    deflater = zlib.compressobj(9)
    return b"".join([deflater.compress(bytes(1 << 20)) for _ in range(megabytes)]) + deflater.flush()


def test_reasons_that_inflate_beyond_their_limit_are_refused() -> None:
    assert refused(replace(packed(), packed_reasons=bomb(65)), published()) == "status-reasons.size"


def test_bits_that_inflate_beyond_the_list_are_refused() -> None:
    assert refused(replace(packed(), packed_difference=bomb(64)), published()) == "status-pack.encoding"


def test_bits_that_inflate_to_less_than_the_list_are_refused() -> None:
    short = zlib.compress(bytes(SIZE // 8 - 1))
    assert refused(replace(packed(), packed_difference=short), published()) == "status-pack.encoding"


@pytest.mark.parametrize("packed_proof", [bomb(64), zlib.compress(bytes((256 << 10) + 1))], ids=["64 MiB", "one byte"])
def test_a_proof_that_inflates_beyond_its_limit_is_refused(packed_proof: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        loaded(replace(packed(), packed_publication=packed_proof)).publication()
    assert caught.value.code == "status-pack.encoding"


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        bytes(12),
        bytes(8) + (5).to_bytes(4, "big") + b"\0" + b"four",
        bytes(12) + b"\x01" + (9).to_bytes(4, "big") + b"node",
        bytes(12) + b"\x00" + b"something follows",
        bytes(12) + b"\x41" + bytes(4 * 65),
    ],
    ids=["empty", "short head", "short header", "short node", "trailing", "65 nodes"],
)
def test_a_malformed_proof_is_refused(plain: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        loaded(replace(packed(), packed_publication=zlib.compress(plain))).publication()
    assert caught.value.code == "status-pack.publication"


@pytest.mark.parametrize("spoil", [lambda z: z[:-1], lambda z: z + b"\0", lambda z: z[::-1], lambda z: b""])
def test_a_proof_that_is_not_one_whole_stream_is_refused(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(MalformedInput) as caught:
        loaded(replace(packed(), packed_publication=spoil(packed().packed_publication))).publication()
    assert caught.value.code == "status-pack.encoding"


def test_a_pack_cut_off_anywhere_is_refused() -> None:
    for size in range(len(GOOD)):
        assert malformed(GOOD[:size]) in ("status-pack.truncated", "status-pack.not-a-pack")


def test_a_pack_that_something_follows_is_refused() -> None:
    assert malformed(GOOD + b"\0") == "status-pack.truncated"


def test_another_file_is_no_status_pack() -> None:
    assert malformed(b'{"format":"onceledger-trust-pack"}') == "status-pack.not-a-pack"
    assert malformed(GOOD.replace(b"pack-v1", b"pack-v2")) == "status-pack.not-a-pack"


def test_too_large_a_pack_is_refused() -> None:
    assert malformed(GOOD + bytes(MAX_PACK_BYTES)) == "status-pack.too-large"


def test_a_pack_that_promises_too_many_lists_is_refused() -> None:
    at = GOOD.index(b"\n") + 9
    assert malformed(GOOD[:at] + (MAX_LISTS + 1).to_bytes(4, "big") + GOOD[at + 4 :]) == "status-pack.list"
    assert malformed(GOOD[:at] + MAX_LISTS.to_bytes(4, "big") + GOOD[at + 4 :]) == "status-pack.truncated"


def test_one_list_twice_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        pack(packed(), packed(version=5))
    assert caught.value.code == "status-pack.lists-not-rising"
    one, other = pack(packed()), pack(packed(SUSPENSION, HOLDS))
    head = one.index(b"\n") + 13
    twice = one[: head - 4] + (2).to_bytes(4, "big")
    assert malformed(twice + one[head:] + one[head:]) == "status-pack.lists-not-rising"
    assert malformed(twice + other[head:] + one[head:]) == "status-pack.lists-not-rising"
    assert load(twice + one[head:] + other[head:]) == load(GOOD)


@pytest.mark.parametrize(
    ("place", "size", "value"),
    [(8, 1, 0), (8, 1, 3), (9, 8, 0), (17, 4, 0), (17, 4, 15), (17, 4, 2049), (17, 4, 2**32 - 1)],
    ids=["no purpose", "third purpose", "version 0", "no chunk", "15 chunks", "2,049 chunks", "all the chunks"],
)
def test_an_impossible_list_is_refused(place: int, size: int, value: int) -> None:
    data, at = pack(packed()), GOOD.index(b"\n") + 13 + place
    assert malformed(data[:at] + value.to_bytes(size, "big") + data[at + size :]) == "status-pack.list"


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: GOOD[:26] + tail))
def test_arbitrary_bytes_raise_our_errors_only(data: bytes) -> None:
    try:
        read = load(data)
    except OnceledgerError:
        return
    assert write(read.made_at, read.lists) == data


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_pack_with_a_changed_byte_never_says_otherwise(place: int, change: int) -> None:
    data = GOOD[:place] + bytes([GOOD[place] ^ change]) + GOOD[place + 1 :]
    try:
        lists = load(data).lists
    except OnceledgerError:
        return
    events = {REVOCATION: published(), SUSPENSION: published(SUSPENSION, HOLDS)}
    for one in lists:
        try:
            one.publication()
            verified = verify_list(one, events.get(one.list_id, published()))
        except OnceledgerError:
            continue
        truth = {REVOCATION: REVOKED, SUSPENSION: HELD}[one.list_id]
        assert (verified.bits, list(verified.reasons)) == (truth.bits, list(truth.reasons))


@settings(deadline=None)
@given(
    st.binary(max_size=64) | st.binary(max_size=64).map(zlib.compress),
    st.sampled_from(["publication", "reasons", "difference"]),
)
def test_arbitrary_parts_raise_our_errors_only(part: bytes, name: str) -> None:
    one = loaded(replace(packed(), **{f"packed_{name}": part}))  # type: ignore[arg-type]  # all three are bytes
    try:
        one.publication()
        verified = verify_list(one, published())
    except OnceledgerError:
        return
    assert verified.bits == REVOKED.bits


# --- the size ---------------------------------------------------------------------------------------------------------


def test_a_million_certificates_with_one_in_a_hundred_revoked_fit_their_size() -> None:
    chance = random.Random(20261102)
    indexes = chance.sample(range(1 << 20), (1 << 20) // 100)
    revoked = tuple(
        Entry(
            index, chance.choices(["revoked", "superseded", "void"], [90, 8, 2])[0], NOW - DAY * chance.randrange(250)
        )
        for index in indexes
    )
    holds = tuple(
        Entry(index, "held", NOW - DAY * chance.randrange(30)) for index in chance.sample(range(1 << 20), 200)
    )
    both = pack(
        packed(REVOCATION, revoked, bits=listed(revoked, 1 << 20)),
        packed(SUSPENSION, holds, bits=listed(holds, 1 << 20)),
    )
    assert len(both) <= 40_000
    found = load(both).list_for(REVOCATION)
    assert found is not None
    verified = verify_list(found, published(entries=revoked, bits=listed(revoked, 1 << 20)))
    assert sum(verified.status_at(index, NOW).is_set for index in indexes) == len(indexes)
