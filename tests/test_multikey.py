"""Multikey: the specification's keys are read; a key that could make one signature fit two messages is not."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import nacl.bindings
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from weak_keys import WEAK, P

from ledger import base58, multikey
from ledger.errors import MalformedInput, OnceledgerError

VECTORS = Path(__file__).parent / "vectors"
TEXT = json.loads((VECTORS / "data-integrity/eddsa/keyPair.json").read_text())["publicKeyMultibase"]
KEY = base58.decode(TEXT[1:])[2:]
WYCHEPROOF = json.loads((VECTORS / "wycheproof/ed25519_test.json").read_text())["testGroups"]


def refused(text: str) -> str:
    with pytest.raises(MalformedInput) as caught:
        multikey.decode(text)
    return caught.value.code


def test_key_of_the_specification() -> None:
    assert multikey.decode(TEXT) == KEY
    assert multikey.encode_ed25519(KEY) == TEXT
    assert multikey.multikey_bytes(TEXT) == b"\xed\x01" + KEY
    assert multikey.from_multikey_bytes(b"\xed\x01" + KEY) == KEY
    assert multikey.key_hash(TEXT) == sha256(b"\xed\x01" + KEY).digest()
    assert multikey.did_key(KEY) == f"did:key:{TEXT}"
    assert multikey.did_key_method(KEY) == f"did:key:{TEXT}#{TEXT}"


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=32, max_size=32))
def test_generated_keys_are_accepted(seed: bytes) -> None:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    text = multikey.encode_ed25519(public)
    assert text.startswith("z6Mk")
    assert multikey.decode(text) == public


@pytest.mark.parametrize("group", WYCHEPROOF, ids=lambda group: group["publicKey"]["pk"][:8])
def test_honest_key_of_wycheproof_is_accepted(group: dict[str, dict[str, str]]) -> None:
    multikey.check_ed25519_point(bytes.fromhex(group["publicKey"]["pk"]))


def test_all_encodings_of_small_order_are_tried() -> None:
    assert len(set(WEAK.values())) == 14


@pytest.mark.parametrize("public", WEAK.values(), ids=WEAK.keys())
def test_key_of_small_order_is_refused(public: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        multikey.encode_ed25519(public)
    assert caught.value.code == "multikey.weak-point"
    assert refused("z" + base58.encode(b"\xed\x01" + public)) == "multikey.weak-point"


@pytest.mark.parametrize("y", [P, P + 3, P + 4, P + 18, 2**255 - 1], ids=lambda y: f"p+{y - P}")
@pytest.mark.parametrize("sign", [0, 1])
def test_non_canonical_encoding_is_refused(y: int, sign: int) -> None:
    with pytest.raises(MalformedInput) as caught:
        multikey.check_ed25519_point((y | sign << 255).to_bytes(32, "little"))
    assert caught.value.code == "multikey.weak-point"


def test_point_off_the_curve_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        multikey.check_ed25519_point((2).to_bytes(32, "little"))
    assert caught.value.code == "multikey.weak-point"


def test_point_with_a_part_of_small_order_is_refused() -> None:
    order_two = (P - 1).to_bytes(32, "little")
    mixed = nacl.bindings.crypto_core_ed25519_add(KEY, order_two)
    assert mixed != KEY
    with pytest.raises(MalformedInput) as caught:
        multikey.check_ed25519_point(mixed)
    assert caught.value.code == "multikey.weak-point"


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_key_of_another_length_is_refused(length: int) -> None:
    assert refused("z" + base58.encode(b"\xed\x01" + (KEY * 2)[:length])) == "multikey.length"
    with pytest.raises(MalformedInput) as caught:
        multikey.encode_ed25519((KEY * 2)[:length])
    assert caught.value.code == "multikey.length"


@pytest.mark.parametrize(
    "prefix",
    [b"", b"\xed", b"\xec\x01", b"\x80\x24", b"\x80\x26", b"\xe7\x01", b"\x12\x20", b"\xed\x02", b"\x01\xed"],
    ids=["none", "cut", "x25519", "p-256", "ed25519-private", "secp256k1", "sha-256", "other", "swapped"],
)
def test_another_codec_is_refused(prefix: bytes) -> None:
    assert refused("z" + base58.encode(prefix + KEY)) == "multikey.codec"


@pytest.mark.parametrize("text", ["", TEXT[1:], "u" + TEXT[1:], "Z" + TEXT[1:], " " + TEXT, "did:key:" + TEXT])
def test_another_multibase_is_refused(text: str) -> None:
    assert refused(text) == "multikey.multibase"


def test_leading_zero_bytes_are_not_skipped() -> None:
    assert refused("z1" + TEXT[1:]) == "multikey.codec"


@pytest.mark.parametrize("text", [TEXT + " ", TEXT[:-1] + "0", "z" + "6" * 300], ids=["space", "zero", "long"])
def test_what_is_not_base58_is_refused(text: str) -> None:
    assert refused(text) == "base58.malformed"


@settings(deadline=None)
@given(st.text() | st.binary(max_size=40).map(lambda data: "z" + base58.encode(data)))
def test_random_text_gives_our_error(text: str) -> None:
    with pytest.raises(OnceledgerError):
        multikey.decode(text)


@settings(deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
def test_another_letter_is_another_key_or_none(position: int, letter: str) -> None:
    changed = TEXT[:position] + letter + TEXT[position + 1 :]
    try:
        key = multikey.decode(changed)
    except OnceledgerError:
        return
    assert (key == KEY) == (changed == TEXT)
