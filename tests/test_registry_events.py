"""Registry events: what the reference ABI coder writes is read, what no compiler writes is refused."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest
from eth_abi.abi import encode as abi_encode
from eth_abi.abi import is_encodable
from hypothesis import given
from hypothesis import strategies as st

from contracts.artifacts import CONTRACTS as CONTRACT_NAMES
from contracts.artifacts import load
from ledger import registry_events as events
from ledger.errors import MalformedInput
from ledger.event_abi import signature
from ledger.keccak import keccak256

CONTRACTS = events.Contracts(b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20)
TRUST = get_args(events.TrustEvent)
ALL: list[Any] = [*TRUST, events.Anchored, events.Published]
HOME = dict.fromkeys(TRUST, CONTRACTS.trust) | {
    events.Anchored: CONTRACTS.anchor,
    events.Published: CONTRACTS.status,
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "uint8": st.integers(0, 2**8 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "uint256": st.integers(0, 2**256 - 1),
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": st.binary(min_size=20, max_size=20),
    "bool": st.booleans(),
    "bytes": st.binary(max_size=100),
}

# What the contracts declare, with the indexed parameters marked: the other side of the agreement.
DECLARED = {
    "RootCalled": "uint256 bytes32",
    "MemberAdded": "address*",
    "MemberRemoved": "address*",
    "MemberRotated": "address* address*",
    "ThresholdChanged": "uint256",
    "AgencyAdded": "uint64* bytes32 address uint64",
    "AdminChanged": "uint64* address address",
    "SenderAdded": "uint64* address*",
    "SenderRemoved": "uint64* address*",
    "AgencySuspended": "uint64* bool",
    "AgencyReadmitted": "uint64*",
    "AgencyMerged": "uint64* uint64*",
    "TypeAdded": "uint64* bytes32 uint8",
    "Accredited": "uint64* uint64* uint64 uint64 bool",
    "AccreditationEnded": "uint64* uint64*",
    "KeyRegistered": "uint64* uint64* bytes32 bytes uint64 uint64",
    "KeyLimitChanged": "uint64* uint64",
    "KeyRetired": "uint64* uint64*",
    "CompromiseConsented": "uint64* uint64",
    "KeyCompromised": "uint64* uint64* uint64",
    "Anchored": "uint64* uint64* bytes32* uint64 bytes32 uint64 uint256",
    "Published": "uint64* uint64* uint64 bytes32 uint64 bytes32 uint256",
}


def log_of(event: Any, values: list[Any]) -> tuple[list[bytes], bytes]:
    """Topics and data as the reference coder writes them."""
    kinds = DECLARED[event.__name__].split()
    topic = keccak256(f"{event.__name__}({','.join(kind.rstrip('*') for kind in kinds)})".encode())
    indexed = [(kind[:-1], value) for kind, value in zip(kinds, values, strict=True) if kind.endswith("*")]
    plain = [(kind, value) for kind, value in zip(kinds, values, strict=True) if not kind.endswith("*")]
    assert all(is_encodable(kind, value) for kind, value in indexed + plain)
    return (
        [topic, *(abi_encode([kind], [value]) for kind, value in indexed)],
        abi_encode([kind for kind, _ in plain], [value for _, value in plain]),
    )


def refused(address: bytes, topics: list[bytes], data: bytes, code: str = "registry-event.malformed") -> None:
    with pytest.raises(MalformedInput) as caught:
        events.decode_event(address, topics, data, CONTRACTS)
    assert caught.value.code == code


def test_every_declared_event_has_its_class() -> None:
    assert {event.__name__ for event in ALL} == set(DECLARED)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.__name__)
@given(data=st.data())
def test_an_event_is_read_as_the_reference_writes_it(event: Any, data: st.DataObject) -> None:
    kinds = DECLARED[event.__name__].replace("*", "").split()
    values = [data.draw(VALUES[kind]) for kind in kinds]
    topics, payload = log_of(event, values)
    assert events.topic_of(event) == topics[0]
    read = events.decode_event(HOME[event], topics, payload, CONTRACTS)
    assert type(read) is event
    assert [getattr(read, part.name) for part in fields(read)] == values


def test_the_topic_of_anchored() -> None:
    assert signature(events.Anchored) == "Anchored(uint64,uint64,bytes32,uint64,bytes32,uint64,uint256)"


def test_the_contracts_declare_the_same_events() -> None:
    declared = {
        entry["name"]: " ".join(part["type"] + "*" * part["indexed"] for part in entry["inputs"])
        for name in CONTRACT_NAMES
        for entry in load(name).abi
        if entry["type"] == "event" and entry["name"] != "EIP712DomainChanged"  # OpenZeppelin's, never emitted
    }
    assert declared == DECLARED


ROOT, KEY = b"\x11" * 32, b"\x22" * 32
ANCHORED = log_of(events.Anchored, [7, 3, ROOT, 64, KEY, 9, 1337])
REGISTERED = log_of(events.KeyRegistered, [7, 3, KEY, b"\xed\x01" + b"\x05" * 32, 100, 200])


def test_the_same_log_from_another_contract_is_refused() -> None:
    refused(b"\xdd" * 20, *ANCHORED, "registry-event.other-contract")


@pytest.mark.parametrize("home", [CONTRACTS.trust, CONTRACTS.status], ids=["trust", "status"])
def test_an_event_of_another_registry_is_refused(home: bytes) -> None:
    refused(home, *ANCHORED, "registry-event.unknown")


def test_an_event_that_no_registry_has_is_refused() -> None:
    refused(
        CONTRACTS.anchor, [keccak256(b"Anchored(uint256)"), *ANCHORED[0][1:]], ANCHORED[1], "registry-event.unknown"
    )


def test_a_log_without_topics_is_refused() -> None:
    refused(CONTRACTS.anchor, [], ANCHORED[1], "registry-event.unknown")


@pytest.mark.parametrize("count", [1, 3, 5])
def test_too_few_or_too_many_topics(count: int) -> None:
    refused(CONTRACTS.anchor, (ANCHORED[0] * 2)[:count], ANCHORED[1])


def test_a_topic_of_another_length() -> None:
    refused(CONTRACTS.anchor, [*ANCHORED[0][:3], ROOT[:31]], ANCHORED[1])


@pytest.mark.parametrize("size", [0, 31, 32, 127])
def test_data_cut_short(size: int) -> None:
    refused(CONTRACTS.anchor, ANCHORED[0], ANCHORED[1][:size])


@pytest.mark.parametrize("extra", [b"\x00", bytes(32)])
def test_data_with_something_behind(extra: bytes) -> None:
    refused(CONTRACTS.anchor, ANCHORED[0], ANCHORED[1] + extra)
    refused(CONTRACTS.trust, REGISTERED[0], REGISTERED[1] + extra)


@pytest.mark.parametrize("where", ["topic", "data"])
def test_a_number_beyond_64_bits(where: str) -> None:
    topics, data = list(ANCHORED[0]), bytearray(ANCHORED[1])
    if where == "topic":
        topics[1] = (2**64 + 7).to_bytes(32, "big")
    else:
        data[23] = 1
    refused(CONTRACTS.anchor, topics, bytes(data))


def test_an_address_of_more_than_20_bytes() -> None:
    topics, data = log_of(events.MemberAdded, [b"\x05" * 20])
    refused(CONTRACTS.trust, [topics[0], b"\x01" + topics[1][1:]], data)


@pytest.mark.parametrize("word", [2, 2**255 + 1])
def test_a_boolean_that_is_none(word: int) -> None:
    topics, _ = log_of(events.AgencySuspended, [7, True])
    refused(CONTRACTS.trust, topics, word.to_bytes(32, "big"))


OFFSET, LENGTH, CONTENT = 32, 128, 160


@pytest.mark.parametrize("offset", [0, 96, 160, 2**255])
def test_a_tail_that_is_elsewhere(offset: int) -> None:
    data = bytearray(REGISTERED[1])
    data[OFFSET : OFFSET + 32] = offset.to_bytes(32, "big")
    refused(CONTRACTS.trust, REGISTERED[0], bytes(data))


@pytest.mark.parametrize("length", [0, 2, 33, 65, 2**64, 2**256 - 1])
def test_a_length_that_does_not_fit(length: int) -> None:
    data = bytearray(REGISTERED[1])
    data[LENGTH : LENGTH + 32] = length.to_bytes(32, "big")
    refused(CONTRACTS.trust, REGISTERED[0], bytes(data))


def test_padding_that_is_not_zero() -> None:
    data = bytearray(REGISTERED[1])
    data[-1] = 1
    refused(CONTRACTS.trust, REGISTERED[0], bytes(data))
    assert len(data) == CONTENT + 64
