"""The parts of the verifier in examples/, held against other people's vectors and against the product's own parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from besu_blocks import BLOCKS, header_rlp, receipts_of, validators_before
from hypothesis import given
from hypothesis import strategies as st

from examples import verify_bundle as example
from ledger import base58, base64url, canonical_json, merkle, multikey, receipt_proof, strict_rlp

VECTORS = Path(__file__).parent / "vectors"
SAFE = 2**53 - 1
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
P = 2**255 - 19


def accepts(act: Callable[[], Any]) -> bool:
    try:
        act()
    except Exception:
        return False
    return True


@given(VALUES)
def test_canonical_form(value: Any) -> None:
    canonical = canonical_json.canonicalize(value)
    for text in (canonical, json.dumps(value, indent=1).encode()):
        assert example.canonical(example.parse(text)) == canonical


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,0123456789-+.eE\\ud8abtrue null', max_size=25).map(str.encode))
def test_both_read_the_same_json(data: bytes) -> None:
    def ours() -> bytes:
        return canonical_json.canonicalize(canonical_json.parse(data))

    def theirs() -> bytes:
        return example.canonical(example.parse(data))

    assert accepts(theirs) is accepts(ours)
    if accepts(ours):
        assert theirs() == ours()


@given(st.binary(max_size=80))
def test_texts_of_bytes(data: bytes) -> None:
    assert example.from64(base64url.encode(data)) == data
    assert example.from58("z" + base58.encode(data)) == data


@given(st.text(alphabet="AQgwz019-_+/=\n", max_size=9))
def test_both_read_the_same_base64url(text: str) -> None:
    assert accepts(partial(example.from64, text)) is accepts(partial(base64url.decode, text)) or text == ""


def wycheproof() -> list[tuple[bytes, dict[str, Any]]]:
    groups = json.loads((VECTORS / "wycheproof/ed25519_test.json").read_text())["testGroups"]
    return [(bytes.fromhex(group["publicKey"]["pk"]), case) for group in groups for case in group["tests"]]


def test_wycheproof_signatures() -> None:
    for key, case in wycheproof():
        check = partial(example.check_signature, key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
        assert accepts(check) is (case["result"] == "valid"), case["comment"]


def points_of_small_order() -> list[bytes]:
    """All encodings of the eight points whose order divides 8, canonical or not (RFC 8032, section 5.1.2)."""
    eighth = 2707385501144840649318225287225658788936804267575313519463743609750303402022
    ys = (0, 1, P - 1, eighth, P - eighth, P, P + 1)
    return [(y | sign << 255).to_bytes(32, "little") for y in ys for sign in (0, 1)]


@pytest.mark.parametrize("point", points_of_small_order(), ids=bytes.hex)
def test_small_order_is_refused_as_key_and_as_nonce(point: bytes) -> None:
    """Under the neutral key and nonce, S = 0 fits every message, and OpenSSL says so."""
    assert not accepts(partial(example.check_signature, point, point + bytes(32), b"any message"))
    assert not accepts(partial(multikey.check_ed25519_point, point))
    honest = multikey.decode("z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd")
    assert not accepts(partial(example.check_signature, honest, point + bytes(32), b"any message"))


def test_a_second_signature_of_the_same_message_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    key, case = next((key, case) for key, case in wycheproof() if case["result"] == "valid")
    signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
    moved = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    example.check_signature(key, signature, message)
    assert not accepts(partial(example.check_signature, key, moved, message))


@pytest.mark.parametrize("size", [2, 3, 5, 8, 13, 64, 70])
def test_every_path_of_a_tree_and_no_other(size: int) -> None:
    data = [bytes([number]) for number in range(size)]
    tree = merkle.Tree.from_leaves(b"".join(map(merkle.leaf_hash, data)))
    for index in range(size):
        path = tree.path(index)
        example.check_path(data[index], index, size, path, tree.root)
        for wrong in (
            (index + 1, size, path),
            (index, size, path + bytes(32)),
            (index, size, path[:-1]),
            (-1, size, path),
        ):
            assert not accepts(partial(example.check_path, data[index], *wrong, tree.root))


@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda block: str(int(block["number"], 16)))
def test_besu_blocks(block: dict[str, Any]) -> None:
    number, header = int(block["number"], 16), header_rlp(block)
    in_force = ["0x" + one.hex() for one in validators_before(number)]
    fields = example.rlp(header)
    assert example.check_seals(fields, number, trusting(in_force, number))
    altered = example.rlp(header.replace(fields[5], fields[5][::-1]))
    assert not accepts(partial(example.check_seals, altered, number, trusting(in_force, number - 1)))
    strangers = ["0x" + bytes([n]).hex() * 20 for n in range(1, 5)]
    assert not accepts(partial(example.check_seals, fields, number, trusting(strangers, number)))
    assert not example.check_seals(fields, number, trusting(strangers, number - 1))  # others may be in force by then
    if receipts := receipts_of(block):
        nodes = receipt_proof.build_proof(receipts, len(receipts) - 1)
        assert receipt_proof.verify_proof(fields[5], len(receipts) - 1, nodes) == receipts[-1]


def trusting(validators: list[str], block: int) -> dict[str, Any]:
    """A description of ``block`` whose validators are these."""
    return {"block": block, "chain": {"validatorSets": [{"from": 0, "validators": validators}]}}


ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=12)


@given(ITEMS)
def test_rlp_there_and_back(item: Any) -> None:
    data = strict_rlp.encode(item)
    assert example.to_rlp(item) == data
    assert example.rlp(data) == item


@given(st.binary(max_size=30))
def test_both_read_the_same_rlp(data: bytes) -> None:
    ours = accepts(partial(strict_rlp.decode, data, max_size=99))
    assert accepts(partial(example.rlp, data)) is ours


def test_rlp_without_end_is_refused_as_an_error() -> None:
    with pytest.raises((ValueError, RecursionError)):
        example.rlp(b"\xc1" * 40_000)
