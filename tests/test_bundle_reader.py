"""Reading with a memory gives what reading without one gives, whatever the bytes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import bundle as bundles
from ledger.bundle import Bundle
from ledger.bundle_reader import BundleReader
from ledger.canonical_json import canonicalize
from ledger.errors import MalformedInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from issued_batch import IssuedBatch

pytest_plugins = ("issued_batch",)


def outcome(read: Callable[[bytes], Bundle], data: bytes) -> Bundle | str:
    """The bundle, or the code of the refusal."""
    try:
        return read(data)
    except MalformedInput as refused:
        return refused.code


def assert_same(reader: BundleReader, data: bytes) -> Bundle | str:
    """Twice, since the second reading may come out of the memory."""
    plain = outcome(bundles.read, data)
    assert outcome(reader.read, data) == plain
    assert outcome(reader.read, data) == plain
    return plain


def test_bundles_of_a_batch_are_read_alike(issued: IssuedBatch) -> None:
    reader = BundleReader()
    for data in issued.bundles.values():
        assert isinstance(assert_same(reader, data), Bundle)


def test_what_stands_before_the_credential_is_read_once(issued: IssuedBatch) -> None:
    reader = BundleReader()
    first, second = (reader.read(issued.bundles[name]) for name in ("revoked", "held"))
    assert first.contexts is second.contexts
    assert first.anchor is second.anchor


SEAM = b',"credential":{'
CRAFTED: dict[str, Callable[[bytes], bytes]] = {
    "nothing before the comma": lambda data: b"{" + data[data.index(SEAM) :],
    "an array before the comma": lambda data: b"[1" + data[data.index(SEAM) :],
    "the anchor again at the end": lambda data: data[:-1] + b',"anchor":null}',
    "the context again at the end": lambda data: data[:-1] + b',"context":[]}',
    "the anchor twice at the beginning": lambda data: b'{"anchor":null,' + data[1:],
    "an unknown member first": lambda data: b'{"aaa":1,' + data[1:],
    "an unknown member between": lambda data: data.replace(SEAM, b',"contexu":1' + SEAM),
    "the credential twice": lambda data: data.replace(SEAM, b',"credential":{}' + SEAM),
    "the credential inside a member": lambda data: b'{"anchor":{"a":1' + data[data.index(SEAM) :] + b"}",
    "the credential in an array": lambda data: b'{"context":[{"a":1' + data[data.index(SEAM) :] + b"]}",
    "the seam in a text": lambda data: data.replace(b'"content":"', rb'"content":",\"credential\":{', 1),
    "white space": lambda data: json.dumps(json.loads(data)).encode(),
    "members in another order": lambda data: json.dumps(
        dict(reversed(json.loads(data).items())), separators=(",", ":"), ensure_ascii=False
    ).encode(),
    "a float in the beginning": lambda data: data.replace(b'"logIndex":0', b'"logIndex":0.5'),
    "a huge number in the beginning": lambda data: data.replace(b'"logIndex":0', b'"logIndex":9007199254740993'),
    "a float in the credential": lambda data: re.sub(rb'"credentialSubject":{', b'"credentialSubject":{"a":1.5,', data),
    "cut": lambda data: data[:-1],
    "followed by something": lambda data: data + b" {}",
    "empty": lambda data: b"",
    "too large": lambda data: data[:-1] + b" " * bundles.MAX_BUNDLE_BYTES + b"}",
}


@pytest.mark.parametrize("name", CRAFTED)
def test_what_is_made_to_be_read_in_two_ways_is_read_in_one(issued: IssuedBatch, name: str) -> None:
    reader = BundleReader()
    data = issued.bundles["revoked"]
    reader.read(data)
    assert_same(reader, CRAFTED[name](data))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bundles_are_read_alike(issued: IssuedBatch, data: st.DataObject) -> None:
    reader = BundleReader()
    good = data.draw(st.sampled_from(list(issued.bundles.values())))
    reader.read(good)
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        piece = data.draw(st.sampled_from([b"", b'"', b",", b"{", b"}", b"[", b"0", SEAM, b'"anchor":null,']))
        damaged[at : at + data.draw(st.integers(0, 2))] = piece
    assert_same(reader, bytes(damaged))


@given(st.dictionaries(st.sampled_from(["anchor", "context", "credential", "a", "d"]), st.none() | st.integers(0, 3)))
def test_small_objects_are_read_alike(members: dict[str, int | None]) -> None:
    assert_same(BundleReader(), canonicalize(members))
