"""Sealed headers: every block of a real Besu network verifies, no altered one does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from besu_blocks import BLOCKS, NETWORK, VECTORS, header_rlp, unhex, validators_before
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger import qbft, strict_rlp
from ledger.block_header import Header, encode_header, header_of_fields, parse_header
from ledger.errors import MalformedInput
from ledger.keccak import address_of_public_key, keccak256

SEALED = BLOCKS[1:]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
CODECS = json.loads((VECTORS / "bft-extradata" / "besu.json").read_text())["extraData"]
FIELD_NAMES = [
    "parent-hash",
    "uncles",
    "miner",
    "state-root",
    "transactions-root",
    "receipts-root",
    "bloom",
    "difficulty",
    "number",
    "gas-limit",
    "gas-used",
    "time",
    "extra-data",
    "mix-hash",
    "nonce",
    "base-fee",
]


def header_of(block: dict[str, Any]) -> Header:
    return parse_header(header_rlp(block))


def with_extra(header: Header, **changes: Any) -> Header:
    extra = replace(qbft.decode_extra_data(header.extra_data), **changes)
    return parse_header(encode_header(header, extra_data=qbft.encode_extra_data(extra)))


def seals_of(header: Header) -> tuple[bytes, ...]:
    return qbft.decode_extra_data(header.extra_data).seals


def refused(header: Header, validators: list[bytes], *codes: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        qbft.verify_seals(header, validators)
    assert caught.value.code in codes


HEADER = header_of(BLOCKS[17])
VALIDATORS = validators_before(17)
KEYS = [PrivateKey(bytes([number + 1] * 32)) for number in range(7)]


def address(key: PrivateKey) -> bytes:
    return address_of_public_key(key.public_key.format(compressed=False))


def sealed_by(keys: list[PrivateKey], listed: list[PrivateKey], round_number: int = 0) -> Header:
    """A header of our own: the real block 17 with other validators, sealed by ``keys``."""
    bare = with_extra(HEADER, validators=tuple(sorted(map(address, listed))), round=round_number, seals=())
    digest = qbft.seal_digest(bare)
    return with_extra(bare, seals=tuple(key.sign_recoverable(digest, hasher=None) for key in keys))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["number"])
def test_the_hash_of_a_real_block(block: dict[str, Any]) -> None:
    assert qbft.block_hash(header_of(block)) == unhex(block["hash"])


@pytest.mark.parametrize("block", SEALED, ids=lambda block: block["number"])
def test_the_seals_of_a_real_block(block: dict[str, Any]) -> None:
    header = header_of(block)
    validators = validators_before(header.number)
    sealed = qbft.verify_seals(header, validators)
    assert sealed.hash == unhex(block["hash"])
    assert (sealed.number, sealed.time) == (int(block["number"], 16), int(block["timestamp"], 16))
    assert sealed.receipts_root == unhex(block["receiptsRoot"])
    assert list(sealed.sealers) == qbft.recover_sealers(header)
    assert len(sealed.sealers) == qbft.quorum(4) == 3
    assert set(sealed.sealers) <= set(validators)
    assert qbft.verify_seals(header, validators[::-1]) == sealed


def test_the_vectors_hold_rounds_above_zero() -> None:
    later = [header for header in map(header_of, SEALED) if qbft.decode_extra_data(header.extra_data).round]
    assert len(later) >= 3
    for header in later:
        assert qbft.seal_digest(header) != qbft.block_hash(header)


def test_a_quorum_is_two_thirds_rounded_up() -> None:
    assert [qbft.quorum(members) for members in range(1, 11)] == [1, 2, 2, 3, 4, 4, 5, 6, 6, 7]


@pytest.mark.parametrize("position", range(16), ids=FIELD_NAMES)
@pytest.mark.parametrize("end", [0, -1], ids=["first byte", "last byte"])
def test_a_changed_field_is_noticed(position: int, end: int) -> None:
    fields = list(HEADER.fields)
    changed = bytearray(fields[position] or b"\x02")
    changed[end] ^= 0x04
    fields[position] = bytes(changed)
    with pytest.raises(MalformedInput):
        qbft.verify_seals(header_of_fields(fields), VALIDATORS)


@pytest.mark.parametrize("field", ["receipts-root", "time", "number", "state-root"])
def test_a_changed_header_is_as_if_sealed_by_strangers(field: str) -> None:
    position = FIELD_NAMES.index(field)
    fields = list(HEADER.fields)
    fields[position] = fields[position][:-1] + bytes((fields[position][-1] ^ 1,))
    refused(header_of_fields(fields), VALIDATORS, "qbft.outside-seal", "qbft.seal-malformed")


def test_every_bit_of_a_header_takes_part() -> None:
    """One bit in each byte of the encoded header (logs bloom and all), a different one from byte to byte."""
    data = encode_header(HEADER)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        with pytest.raises(MalformedInput):
            qbft.verify_seals(parse_header(bytes(changed)), VALIDATORS)


CHANGES: dict[str, dict[str, Any]] = {
    "vanity": {"vanity": b"\x01" + bytes(31)},
    "vote appears": {"vote": (VALIDATORS[0], qbft.VOTE_ADD)},
    "round": {"round": 1},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_part_of_extra_data_is_noticed(change: dict[str, Any]) -> None:
    refused(with_extra(HEADER, **change), VALIDATORS, "qbft.outside-seal", "qbft.seal-malformed")


def test_a_real_round_set_to_zero_is_noticed() -> None:
    header = header_of(BLOCKS[41])
    assert qbft.decode_extra_data(header.extra_data).round == 1
    refused(with_extra(header, round=0), validators_before(41), "qbft.outside-seal", "qbft.seal-malformed")


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("at", [0, 15, 31, 32, 47, 63], ids=["r0", "r15", "r31", "s0", "s15", "s31"])
def test_a_changed_seal_is_noticed(which: int, at: int) -> None:
    seals = [bytearray(seal) for seal in seals_of(HEADER)]
    seals[which][at] ^= 0x10
    header = with_extra(HEADER, seals=tuple(map(bytes, seals)))
    refused(header, VALIDATORS, "qbft.outside-seal", "qbft.seal-malformed")


@pytest.mark.parametrize("which", range(3))
def test_a_flipped_recovery_id_names_a_stranger(which: int) -> None:
    seals = list(seals_of(HEADER))
    seals[which] = seals[which][:64] + bytes((seals[which][64] ^ 1,))
    refused(with_extra(HEADER, seals=tuple(seals)), VALIDATORS, "qbft.outside-seal")


@pytest.mark.parametrize("recovery_id", [2, 3, 4, 27, 28, 255])
def test_a_recovery_id_other_than_0_and_1_is_refused(recovery_id: int) -> None:
    first, *others = seals_of(HEADER)
    header = with_extra(HEADER, seals=(first[:64] + bytes((recovery_id,)), *others))
    refused(header, VALIDATORS, "qbft.recovery-id")


RANGES = {"r zero": (0, 1), "s zero": (1, 0), "r the order": (ORDER, 1), "s the order": (1, ORDER)}


@pytest.mark.parametrize(("r", "s"), RANGES.values(), ids=RANGES.keys())
def test_a_seal_out_of_range_is_refused(r: int, s: int) -> None:
    seal = r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\x00"
    header = with_extra(HEADER, seals=(seal, *seals_of(HEADER)[1:]))
    refused(header, VALIDATORS, "qbft.seal-malformed")


def test_a_seal_whose_r_is_no_point_is_refused() -> None:
    """5 is the abscissa of no point of secp256k1."""
    seal = (5).to_bytes(32, "big") + (1).to_bytes(32, "big") + b"\x00"
    refused(with_extra(HEADER, seals=(seal, *seals_of(HEADER)[1:])), VALIDATORS, "qbft.seal-malformed")


@pytest.mark.parametrize("size", [0, 64, 66])
def test_a_seal_of_another_length_is_refused(size: int) -> None:
    header = with_extra(HEADER, seals=((seals_of(HEADER)[0] * 2)[:size], *seals_of(HEADER)[1:]))
    refused(header, VALIDATORS, "rlp.malformed")


def test_a_seal_with_s_in_the_upper_half_counts_as_besu_counts_it() -> None:
    first, *others = seals_of(HEADER)
    high = (ORDER - int.from_bytes(first[32:64], "big")).to_bytes(32, "big")
    respelt = with_extra(HEADER, seals=(first[:32] + high + bytes((first[64] ^ 1,)), *others))
    assert qbft.verify_seals(respelt, VALIDATORS) == qbft.verify_seals(HEADER, VALIDATORS)


def test_one_signer_in_both_spellings_is_one_signer() -> None:
    first, second, _ = seals_of(HEADER)
    high = (ORDER - int.from_bytes(first[32:64], "big")).to_bytes(32, "big")
    twice = (first, second, first[:32] + high + bytes((first[64] ^ 1,)))
    refused(with_extra(HEADER, seals=twice), VALIDATORS, "qbft.sealed-twice")


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_too_few_seals(kept: int) -> None:
    refused(with_extra(HEADER, seals=seals_of(HEADER)[:kept]), VALIDATORS, "qbft.too-few-seals")


def test_one_seal_repeated_is_no_quorum() -> None:
    first, second, _ = seals_of(HEADER)
    refused(with_extra(HEADER, seals=(first, second, second)), VALIDATORS, "qbft.sealed-twice")


def test_a_quorum_with_a_repeated_seal_on_top_is_refused() -> None:
    seals = seals_of(HEADER)
    refused(with_extra(HEADER, seals=(*seals, seals[0])), VALIDATORS, "qbft.sealed-twice")


def test_a_quorum_with_a_strangers_seal_on_top_is_refused() -> None:
    members, stranger = KEYS[:4], KEYS[5]
    header = sealed_by([*members[:3], stranger], members)
    refused(header, list(map(address, members)), "qbft.outside-seal")


def test_more_seals_than_members_are_not_even_recovered() -> None:
    refused(with_extra(HEADER, seals=(b"\xff" * 65,) * 500), VALIDATORS, "qbft.too-many-seals")


def test_seals_of_another_block_are_refused() -> None:
    other = seals_of(header_of(BLOCKS[18]))
    refused(with_extra(HEADER, seals=other), VALIDATORS, "qbft.outside-seal", "qbft.seal-malformed")


def test_a_set_of_ones_own_is_not_the_set_in_force() -> None:
    refused(sealed_by(KEYS[:4], KEYS[:4]), VALIDATORS, "qbft.other-validators")


def test_a_quorum_of_a_retired_set_is_not_the_set_in_force() -> None:
    header = sealed_by(KEYS[:3], KEYS[:4])
    refused(header, [*map(address, KEYS[:3]), address(KEYS[4])], "qbft.other-validators")


def test_validators_listed_out_of_order_are_refused() -> None:
    listed = qbft.decode_extra_data(HEADER.extra_data).validators
    refused(with_extra(HEADER, validators=listed[::-1]), VALIDATORS, "qbft.other-validators")


def test_a_network_with_a_validator_contract_lists_none() -> None:
    header = sealed_by(KEYS[:3], [])
    assert qbft.verify_seals(header, list(map(address, KEYS[:4]))).sealers == tuple(map(address, KEYS[:3]))
    refused(header, list(map(address, KEYS[1:5])), "qbft.outside-seal")


def test_taking_the_list_out_of_a_sealed_header_is_noticed() -> None:
    refused(with_extra(HEADER, validators=()), VALIDATORS, "qbft.outside-seal", "qbft.seal-malformed")


@pytest.mark.parametrize("members", range(1, 8))
def test_exactly_a_quorum_is_enough_for_any_size_of_set(members: int) -> None:
    needed = qbft.quorum(members)
    validators = list(map(address, KEYS[:members]))
    assert len(qbft.verify_seals(sealed_by(KEYS[:needed], KEYS[:members], 3), validators).sealers) == needed
    refused(sealed_by(KEYS[: needed - 1], KEYS[:members], 3), validators, "qbft.too-few-seals")


def test_the_genesis_block_is_not_a_matter_of_seals() -> None:
    refused(header_of(BLOCKS[0]), VALIDATORS, "qbft.genesis")


SETS: dict[str, list[bytes]] = {
    "empty": [],
    "repeated": [*VALIDATORS[:3], VALIDATORS[0]],
    "not addresses": [*VALIDATORS[:3], VALIDATORS[3][:19]],
}


@pytest.mark.parametrize("validators", SETS.values(), ids=SETS.keys())
def test_a_set_that_is_none_is_refused(validators: list[bytes]) -> None:
    refused(HEADER, validators, "qbft.validator-set")


@pytest.mark.parametrize("field", ["mix-hash", "difficulty"])
def test_a_header_of_another_engine_is_refused(field: str) -> None:
    fields = list(HEADER.fields)
    fields[FIELD_NAMES.index(field)] = bytes(32) if field == "mix-hash" else b"\x02"
    refused(header_of_fields(fields), VALIDATORS, "qbft.not-qbft")


def test_besus_qbft_codec() -> None:
    vector = next(entry for entry in CODECS if entry["consensus"] == "qbft")
    extra = qbft.decode_extra_data(unhex(vector["raw"]))
    assert extra.vanity == unhex(vector["vanity"])
    assert list(extra.validators) == [unhex(validator) for validator in vector["validators"]]
    assert extra.vote == (unhex(vector["vote"]["recipient"]), qbft.VOTE_ADD)
    assert extra.round == vector["round"]
    assert [(int.from_bytes(s[:32], "big"), int.from_bytes(s[32:64], "big"), s[64]) for s in extra.seals] == [
        (seal["r"], seal["s"], seal["v"]) for seal in vector["seals"]
    ]
    assert qbft.encode_extra_data(extra) == unhex(vector["raw"])


def test_the_ibft2_codec_is_another_one() -> None:
    raw = next(unhex(entry["raw"]) for entry in CODECS if entry["consensus"] == "ibft2")
    with pytest.raises(MalformedInput) as caught:
        qbft.decode_extra_data(raw)
    assert caught.value.code == "rlp.malformed"


EXTRA = [bytes(32), [], [], b"", []]
EXTRAS: dict[str, list[Any]] = {
    "empty": [],
    "four items": EXTRA[:4],
    "six items": [*EXTRA, b""],
    "short vanity": [bytes(31), *EXTRA[1:]],
    "vanity a list": [[], *EXTRA[1:]],
    "validators a string": [EXTRA[0], b"", *EXTRA[2:]],
    "a validator of 21 bytes": [EXTRA[0], [bytes(21)], *EXTRA[2:]],
    "vote a string": [*EXTRA[:2], b"", *EXTRA[3:]],
    "vote without direction": [*EXTRA[:2], [bytes(20)], *EXTRA[3:]],
    "vote of another direction": [*EXTRA[:2], [bytes(20), b"\x01"], *EXTRA[3:]],
    "round with leading zero": [*EXTRA[:3], b"\x00\x01", []],
    "round of five bytes": [*EXTRA[:3], b"\x01" * 5, []],
    "round a list": [*EXTRA[:3], [], []],
    "seals a string": [*EXTRA[:4], b""],
}


@pytest.mark.parametrize("item", EXTRAS.values(), ids=EXTRAS.keys())
def test_malformed_extra_data(item: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        qbft.decode_extra_data(strict_rlp.encode(item))
    assert caught.value.code == "rlp.malformed"


@given(
    st.builds(
        qbft.ExtraData,
        vanity=st.binary(min_size=32, max_size=32),
        validators=st.lists(st.binary(min_size=20, max_size=20), max_size=5).map(tuple),
        vote=st.none() | st.tuples(st.binary(min_size=20, max_size=20), st.sampled_from([b"\xff", b""])),
        round=st.integers(0, 2**32 - 1),
        seals=st.lists(st.binary(min_size=65, max_size=65), max_size=4).map(tuple),
    )
)
def test_extra_data_comes_back_as_it_was_written(extra: qbft.ExtraData) -> None:
    assert qbft.decode_extra_data(qbft.encode_extra_data(extra)) == extra


def test_the_genesis_of_the_vectors_has_besus_hash() -> None:
    genesis = header_of(BLOCKS[0])
    assert genesis.extra_data == unhex(NETWORK["genesis"]["extraData"])
    assert qbft.block_hash(genesis) == keccak256(header_rlp(BLOCKS[0]))


def test_the_example_of_the_page_is_right() -> None:
    page = (Path(__file__).parents[1] / "docs" / "formats" / "sealed-header.md").read_text(encoding="utf-8")
    header = header_of(BLOCKS[41])
    wanted = [qbft.block_hash(header), qbft.seal_digest(header), *qbft.recover_sealers(header), qbft.MIX_HASH]
    assert all(value.hex() in page for value in wanted)
