"""RLP and block headers: real ones are read and written back unchanged, everything else is refused."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from besu_blocks import BLOCKS, header_rlp, unhex
from hypothesis import given
from hypothesis import strategies as st

from ledger import strict_rlp
from ledger.block_header import MAX_HEADER_SIZE, encode_header, parse_header
from ledger.errors import MalformedInput

ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=4), max_leaves=12)
ONE = header_rlp(BLOCKS[1])


def fields() -> list[Any]:
    return list(strict_rlp.decode_list(ONE, max_size=MAX_HEADER_SIZE))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["number"])
def test_a_real_header_is_read(block: dict[str, Any]) -> None:
    header = parse_header(header_rlp(block))
    assert header.number == int(block["number"], 16)
    assert header.time == int(block["timestamp"], 16)
    assert header.receipts_root == unhex(block["receiptsRoot"])
    assert header.miner == unhex(block["miner"])
    assert header.base_fee == int(block["baseFeePerGas"], 16)
    assert encode_header(header) == header_rlp(block)


@pytest.mark.parametrize("extra", [0, 1, 5, 8], ids=["london", "shanghai", "prague", "later"])
def test_appended_fields_are_kept(extra: int) -> None:
    data = strict_rlp.encode([*fields(), *[b"\x07" * 32] * extra])
    assert encode_header(parse_header(data)) == data


def test_a_header_before_london_has_no_base_fee() -> None:
    assert parse_header(strict_rlp.encode(fields()[:15])).base_fee is None


@pytest.mark.parametrize("count", [0, 1, 14, 25])
def test_a_header_of_too_few_or_too_many_fields_is_refused(count: int) -> None:
    parts = (fields() + [b""] * 20)[:count]
    with pytest.raises(MalformedInput) as caught:
        parse_header(strict_rlp.encode(parts))
    assert caught.value.code == "block-header.malformed"


EXTRA_DATA = 12
"""Position of the one field that may be any string."""


@pytest.mark.parametrize("position", [position for position in range(16) if position != EXTRA_DATA])
@pytest.mark.parametrize("value", [b"\x00", b"\x00\x01", b"\x01" * 33, [b"\x01"]], ids=["0", "0001", "33B", "list"])
def test_a_field_of_the_wrong_shape_is_refused(position: int, value: Any) -> None:
    parts = fields()
    parts[position] = value
    with pytest.raises(MalformedInput) as caught:
        parse_header(strict_rlp.encode(parts))
    assert caught.value.code == "rlp.malformed"


def test_a_header_of_a_megabyte_is_refused_before_it_is_read() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_header(ONE + b"\x00" * 2**20)
    assert caught.value.code == "rlp.too-large"


def test_lists_nested_without_end_are_refused() -> None:
    bomb = b""
    for _ in range(9000):
        bomb = strict_rlp._prefix(len(bomb), 0xC0) + bomb
    with pytest.raises(MalformedInput) as caught:
        parse_header(bomb)
    assert caught.value.code == "rlp.malformed"


@pytest.mark.parametrize("size", [1, 30, 300, len(ONE) - 1])
def test_a_header_cut_short_is_refused(size: int) -> None:
    with pytest.raises(MalformedInput):
        parse_header(ONE[:size])


NOT_CANONICAL = {
    "trailing byte": "8000",
    "nothing": "",
    "single byte as string": "8105",
    "short string in long form": "b801ff",
    "short list in long form": "f801" + "80",
    "length with leading zero": "b90038" + "11" * 56,
    "list length with leading zero": "f90038" + "80" * 56,
    "string beyond the end": "83ffff",
    "list beyond the end": "c3ffff",
    "item beyond its list": "c283ffff",
    "item beyond an inner list": "c5c283ffffff",
    "length cut off": "b9ff",
    "length of eight bytes": "bf" + "ff" * 8,
}


@pytest.mark.parametrize("text", NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_rlp_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        strict_rlp.decode(bytes.fromhex(text), max_size=1000)
    assert caught.value.code == "rlp.malformed"


@given(ITEMS)
def test_rlp_is_what_the_reference_writes(item: Any) -> None:
    encoded = strict_rlp.encode(item)
    assert encoded == rlp.encode(item)
    assert strict_rlp.decode(encoded, max_size=100_000) == item


@given(st.binary(max_size=40))
def test_what_is_read_is_written_back_byte_for_byte(data: bytes) -> None:
    try:
        item = strict_rlp.decode(data, max_size=100)
    except MalformedInput:
        return
    assert strict_rlp.encode(item) == data
