"""Trust descriptions: what is written is read again, every rule has its code, only our errors come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trust_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from weak_keys import WEAK

from ledger import base58, canonical_json, trust_document, trust_reading
from ledger.digest import sha256
from ledger.errors import MalformedInput, OnceledgerError
from ledger.multikey import key_hash
from ledger.trust_description import LogCheckpoint

GOOD = trust_document.to_bytes(samples.DESCRIPTION)
DOCUMENT: dict[str, Any] = json.loads(GOOD)
PAGE = (Path(__file__).parents[1] / "docs" / "formats" / "trust-description.md").read_text()


def refusal(document: Any) -> MalformedInput:
    with pytest.raises(MalformedInput) as caught:
        trust_reading.parse(canonical_json.canonicalize(document))
    return caught.value


def test_what_is_written_is_read_again() -> None:
    assert trust_reading.parse(GOOD) == samples.DESCRIPTION
    assert trust_document.to_bytes(trust_reading.parse(GOOD)) == GOOD


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5), st.integers(-1, 10), st.integers(-1, 10))
def test_a_blocks_time_lies_between_those_known_around_it(known: list[tuple[int, int]], block: int, time: int) -> None:
    checkpoints = tuple(
        LogCheckpoint(size, samples.digest("root"), number, then, "2026-10")
        for size, (number, then) in enumerate(known)
    )
    described = replace(samples.DESCRIPTION, block=7, time=6, checkpoints=checkpoints)
    fits = all(time >= then if block > number else time <= then for number, then in [*known, (7, 6)])
    assert described.dates_fit(block, time) is fits
    for size, one in enumerate(checkpoints):
        assert described.checkpoint_of(size) is one
    assert described.checkpoint_of(len(checkpoints)) is None


def test_a_network_without_agencies_and_checkpoints_is_described() -> None:
    document = deepcopy(DOCUMENT)
    document |= {"agencies": [], "types": [], "checkpoints": []}
    document["chain"]["validatorSets"] = [{"from": 0, "to": None, "validators": ["0x" + "ab" * 20]}]
    assert trust_reading.parse(canonical_json.canonicalize(document)).agencies == ()


def test_members_of_later_versions_at_the_top_are_kept_and_ignored() -> None:
    data = canonical_json.canonicalize({**DOCUMENT, "materials": {"items": [1, 2]}})
    read = trust_reading.parse(data)
    assert read.unknown == {"materials": {"items": [1, 2]}}
    assert trust_document.to_bytes(read) == data


def test_the_example_of_the_page_is_a_description() -> None:
    data = canonical_json.canonicalize(json.loads(PAGE.split("```json")[1].split("```")[0]))
    assert trust_reading.parse(data).block == 4711
    assert f"{len(data):,} bytes, SHA-256\n`{sha256(data).hex()}`" in PAGE


def test_look_ups() -> None:
    read = trust_reading.parse(GOOD)
    agency = read.agency_by_did("did:web:edu.example")
    assert agency is not None
    assert agency is read.agency_by_id(1)
    assert agency.key_by_hash(key_hash(samples.multikey_text("key 2"))) == agency.keys[1]
    assert agency.key_by_hash(key_hash(samples.multikey_text("key 3"))) is None  # another agency's
    kind = read.type_by_name("BusinessLicence")
    assert kind is not None
    assert kind is read.type_by_id(2)
    assert kind.context_urls == {samples.context("BusinessLicence").url}
    assert read.agency_by_did("did:web:nobody.example") is None
    assert read.agency_by_id(4) is None
    assert read.type_by_name("Degree") is None
    assert read.type_by_id(3) is None


def test_a_key_says_when_it_was_whose() -> None:
    since = samples.TIME - 40 * samples.DAY
    key = samples.key(9, compromised_since=since, retired_at=since + 10)
    assert not key.compromised_before(since - 1)
    assert key.compromised_before(since)
    assert not samples.key(9).compromised_before(samples.TIME * 2)
    assert not key.could_anchor_at(key.valid_from - 1)
    assert key.could_anchor_at(key.valid_from)
    assert key.could_anchor_at(since + 9)
    assert not key.could_anchor_at(since + 10)
    assert not samples.key(9).could_anchor_at(key.valid_until)


def put(*path: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the document: everything but the last argument is the way, the last is the new value."""

    def change(document: dict[str, Any]) -> None:
        value: Any = document
        for step in path[:-2]:
            value = value[step]
        value[path[-2]] = path[-1]

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        value: Any = document
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]

    return change


def repeat(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        value: Any = document
        for step in path:
            value = value[step]
        value.append(deepcopy(value[-1]))

    return change


SETS = ("chain", "validatorSets")
LATER = samples.TIME + 10
_STREET = {"name": "street", "label": {"zh": "街道", "en": "Street"}}
WEAK_KEY = "z" + base58.encode(b"\xed\x01" + WEAK["+1"])

BROKEN: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "another format": (put("format", "onceledger-bundle"), "not-a-description", ""),
    "another version": (put("version", 2), "version-unknown", "/version"),
    "a version that is true": (put("version", True), "version-unknown", "/version"),
    "a missing member": (drop("agencies"), "member", "/agencies"),
    "a missing member below": (drop("agencies", 0, "did"), "member", "/agencies/0/did"),
    "a surplus member below": (put("agencies", 0, "keys", 0, "trusted", True), "member", "/agencies/0/keys/0"),
    "an array that is none": (put("types", {}), "member", "/types"),
    "an object that is none": (put("chain", "qbft"), "member", "/chain"),
    "a negative number": (put("block", -1), "number", "/block"),
    "a boolean for a number": (put("chain", "id", True), "number", "/chain/id"),
    "a text for a number": (put("agencies", 0, "id", "1"), "number", "/agencies/0/id"),
    "a time after the year 9999": (
        put("agencies", 0, "keys", 0, "validUntil", 253402300800),
        "number",
        "/agencies/0/keys/0/validUntil",
    ),
    "an empty text": (put("types", 0, "fields", 0, "name", ""), "text", "/types/0/fields/0/name"),
    "a text of 401 characters": (put("agencies", 0, "name", "en", "x" * 401), "text", "/agencies/0/name/en"),
    "a name that turns the text around": (
        put("agencies", 0, "name", "en", "Office \u202efo"),
        "text",
        "/agencies/0/name/en",
    ),
    "a name with a line break": (put("agencies", 0, "name", "zh", "局\n长"), "text", "/agencies/0/name/zh"),
    "only one language": (drop("agencies", 0, "name", "zh"), "language-missing", "/agencies/0/name"),
    "an empty language": (put("types", 0, "label", "en", ""), "language-missing", "/types/0/label"),
    "a third language": (put("types", 0, "label", "fr", "Licence"), "language-missing", "/types/0/label"),
    "an address too short": (put("chain", "contracts", "trust", "0x12"), "hex", "/chain/contracts/trust"),
    "an address in capitals": (put("chain", "contracts", "trust", "0x" + "AB" * 20), "hex", "/chain/contracts/trust"),
    "a hash without 0x": (put("chain", "genesis", "ab" * 32), "hex", "/chain/genesis"),
    "an unknown consensus": (put("chain", "engine", "ibft"), "engine", "/chain/engine"),
    "one address for two contracts": (
        lambda d: put("chain", "contracts", "status", d["chain"]["contracts"]["trust"])(d),
        "contract-repeated",
        "/chain/contracts",
    ),
    "a DID that is none": (put("agencies", 0, "did", "edu.example"), "did", "/agencies/0/did"),
    "a DID with a fragment": (put("agencies", 0, "did", "did:web:edu.example#key"), "did", "/agencies/0/did"),
    "one DID twice": (put("agencies", 1, "did", "did:web:edu.example"), "did-repeated", "/agencies"),
    "one agency id twice": (put("agencies", 1, "id", 1), "agencies-not-rising", "/agencies/1"),
    "agencies out of order": (lambda d: d["agencies"].reverse(), "agencies-not-rising", "/agencies/1"),
    "an agency 0": (put("agencies", 0, "id", 0), "agencies-not-rising", "/agencies/0"),
    "an unknown standing": (put("agencies", 0, "status", "asleep"), "agency-status", "/agencies/0/status"),
    "a standing that is a list": (put("agencies", 0, "status", ["active"]), "agency-status", "/agencies/0/status"),
    "merged without successor": (put("agencies", 2, "successor", None), "successor", "/agencies/2/successor"),
    "a successor without merger": (put("agencies", 0, "successor", 2), "successor", "/agencies/0/successor"),
    "an unknown successor": (put("agencies", 2, "successor", 9), "successor", "/agencies/2/successor"),
    "its own successor": (put("agencies", 2, "successor", 3), "successor", "/agencies/2/successor"),
    "one key id in two agencies": (put("agencies", 1, "keys", 0, "id", 2), "key-id-repeated", "/agencies"),
    "keys out of order": (lambda d: d["agencies"][0]["keys"].reverse(), "keys-not-rising", "/agencies/0/keys/1"),
    "one key twice in an agency": (
        lambda d: put("agencies", 0, "keys", 1, "multikey", d["agencies"][0]["keys"][0]["multikey"])(d),
        "key-repeated",
        "/agencies/0/keys",
    ),
    "a key that is none": (put("agencies", 0, "keys", 0, "multikey", "z6Mkx"), "key", "/agencies/0/keys/0/multikey"),
    "a key of small order": (put("agencies", 0, "keys", 0, "multikey", WEAK_KEY), "key", "/agencies/0/keys/0/multikey"),
    "a key that is never valid": (
        lambda d: put("agencies", 0, "keys", 0, "validUntil", d["agencies"][0]["keys"][0]["validFrom"])(d),
        "key-validity",
        "/agencies/0/keys/0",
    ),
    "retired tomorrow": (put("agencies", 0, "keys", 0, "retiredAt", LATER), "future", "/agencies/0/keys/0/retiredAt"),
    "compromised tomorrow": (
        put("agencies", 0, "keys", 0, "compromisedSince", LATER),
        "future",
        "/agencies/0/keys/0/compromisedSince",
    ),
    "suspended tomorrow": (put("agencies", 1, "statusSince", LATER), "future", "/agencies/1/statusSince"),
    "ended tomorrow": (
        put("agencies", 1, "accreditations", 0, "endedAt", LATER),
        "future",
        "/agencies/1/accreditations/0/endedAt",
    ),
    "an accreditation twice": (
        repeat("agencies", 1, "accreditations"),
        "accreditations-not-rising",
        "/agencies/1/accreditations/2",
    ),
    "an accreditation for an unknown type": (
        put("agencies", 0, "accreditations", 0, "type", 7),
        "accreditation-type",
        "/agencies/0/accreditations/0/type",
    ),
    "an accreditation by nobody": (
        put("agencies", 0, "accreditations", 0, "grantor", 7),
        "accreditation-grantor",
        "/agencies/0/accreditations/0/grantor",
    ),
    "one type id twice": (put("types", 1, "id", 1), "types-not-rising", "/types/1"),
    "one type name twice": (put("types", 1, "name", "DegreeCertificate"), "type-name-repeated", "/types"),
    "a type name with a space": (put("types", 0, "name", "Degree Certificate"), "type-name", "/types/0/name"),
    "an unknown kind": (put("types", 0, "kind", "paper"), "kind", "/types/0/kind"),
    "an unknown time zone": (put("types", 0, "zone", "Asia/Nowhere"), "zone", "/types/0/zone"),
    "a time zone that is a path": (put("types", 0, "zone", "../../etc/passwd"), "zone", "/types/0/zone"),
    "a time zone that is a folder": (put("types", 0, "zone", "Asia"), "zone", "/types/0/zone"),
    "a context over plain http": (
        put("types", 0, "contexts", 0, "url", "http://root.example/contexts/x"),
        "context-url",
        "/types/0/contexts/0/url",
    ),
    "a context of another digest": (
        put("types", 0, "contexts", 0, "sha256", "0x" + "11" * 32),
        "context-digest",
        "/types/0/contexts/0",
    ),
    "a context twice": (repeat("types", 0, "contexts"), "context-repeated", "/types/0/contexts"),
    "a name within a field twice": (
        put("types", 0, "fields", 0, "members", [_STREET, _STREET]),
        "field-repeated",
        "/types/0/fields/0/members",
    ),
    "a name within a field that cannot be shown": (
        put("types", 0, "fields", 0, "members", [_STREET | {"name": "a\nb"}]),
        "text",
        "/types/0/fields/0/members/0/name",
    ),
    "a member with members": (
        put("types", 0, "fields", 0, "members", [_STREET | {"members": []}]),
        "member",
        "/types/0/fields/0/members/0",
    ),
    "a field twice": (repeat("types", 0, "fields"), "field-repeated", "/types/0/fields"),
    "no validator set": (put(*SETS, []), "validator-set-open", "/chain/validatorSets"),
    "a first set after block 0": (put(*SETS, 0, "from", 1), "validator-set-gap", "/chain/validatorSets/0"),
    "a gap between sets": (put(*SETS, 1, "from", 1001), "validator-set-gap", "/chain/validatorSets/1"),
    "sets that overlap": (put(*SETS, 1, "from", 999), "validator-set-gap", "/chain/validatorSets/1"),
    "a set that ends before it begins": (
        lambda d: (
            put(*SETS, 1, "to", 999)(d),
            d["chain"]["validatorSets"].append({"from": 1000, "to": None, "validators": ["0x" + "01" * 20]}),
        ),
        "validator-set-gap",
        "/chain/validatorSets/1",
    ),
    "two sets in force": (put(*SETS, 0, "to", None), "validator-set-open", "/chain/validatorSets/0"),
    "no set in force": (put(*SETS, 1, "to", 2000), "validator-set-open", "/chain/validatorSets/1"),
    "a closed set that no checkpoint covers": (
        lambda d: (put(*SETS, 0, "to", 2501)(d), put(*SETS, 1, "from", 2502)(d)),
        "validator-set-uncovered",
        "/chain/validatorSets/0",
    ),
    "a set without validators": (put(*SETS, 1, "validators", []), "validator-set-size", "/chain/validatorSets/1"),
    "a validator twice": (repeat(*SETS, 1, "validators"), "validator-repeated", "/chain/validatorSets/1"),
    "a set after the description": (
        lambda d: (put("block", 999)(d), d["checkpoints"].pop()),
        "future",
        "/chain/validatorSets/1",
    ),
    "a smaller checkpoint after a larger": (
        put("checkpoints", 1, "size", 9),
        "checkpoints-not-rising",
        "/checkpoints/1",
    ),
    "two checkpoints at one block": (put("checkpoints", 1, "block", 999), "checkpoints-not-rising", "/checkpoints/1"),
    "two checkpoints at one time": (
        lambda d: put("checkpoints", 1, "time", d["checkpoints"][0]["time"])(d),
        "checkpoints-not-rising",
        "/checkpoints/1",
    ),
    "an earlier month after a later": (
        put("checkpoints", 1, "period", "2026-08"),
        "checkpoints-not-rising",
        "/checkpoints/1",
    ),
    "a month 13": (put("checkpoints", 1, "period", "2026-13"), "period", "/checkpoints/1/period"),
    "one size with two roots": (put("checkpoints", 1, "size", 10), "checkpoint-root", "/checkpoints/1"),
    "an empty log with a root of its own": (put("checkpoints", 0, "size", 0), "checkpoint-root", "/checkpoints/0"),
    "a checkpoint of later than the description": (put("checkpoints", 1, "time", LATER), "future", "/checkpoints/1"),
    "a checkpoint after the description": (put("checkpoints", 1, "block", 4712), "future", "/checkpoints/1"),
}


def test_the_page_names_every_rule() -> None:
    assert [code for _, code, _ in BROKEN.values() if f"`{code}`" not in PAGE] == []


@pytest.mark.parametrize("name", BROKEN)
def test_refused_by_its_own_rule(name: str) -> None:
    change, code, path = BROKEN[name]
    document = deepcopy(DOCUMENT)
    change(document)
    error = refusal(document)
    assert (error.code, error.detail["path"]) == (f"trust-description.{code}", path)


def test_a_quiet_month_closes_with_the_root_of_the_month_before() -> None:
    document = deepcopy(DOCUMENT)
    document["checkpoints"][1] |= {"size": 10, "root": document["checkpoints"][0]["root"]}
    assert trust_reading.parse(canonical_json.canonicalize(document)).checkpoints[1].size == 10


def test_another_text_for_the_same_description_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        trust_reading.parse(json.dumps(DOCUMENT).encode())
    assert caught.value.code == "json.not-canonical"


def test_a_key_named_twice_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        trust_reading.parse(GOOD.replace(b'"block":4711', b'"block":4711,"block":4711'))
    assert caught.value.code == "json.duplicate-key"


def test_a_nesting_bomb_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        trust_reading.parse(b"[" * 100_000)
    assert caught.value.code in ("json.malformed", "json.too-deep")


def test_too_large_a_description_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        trust_reading.parse(b" " * (trust_reading.LIMITS.max_bytes + 1))
    assert caught.value.code == "json.too-large"


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_our_errors_only(data: bytes) -> None:
    with pytest.raises(OnceledgerError):
        trust_reading.parse(data)


@given(st.data())
def test_an_altered_description_is_read_or_refused(data: st.DataObject) -> None:
    document = deepcopy(DOCUMENT)
    place: Any = document
    while True:
        steps = sorted(place) if isinstance(place, dict) else range(len(place))
        step = data.draw(st.sampled_from(list(steps)))
        if not isinstance(place[step], (dict, list)) or not place[step] or data.draw(st.booleans()):
            break
        place = place[step]
    place[step] = data.draw(
        st.none()
        | st.booleans()
        | st.integers(-1, 2**53 - 1)
        | st.text(max_size=20)
        | st.just([])
        | st.just({})
        | st.just([[1]])
    )
    try:
        read = trust_reading.parse(canonical_json.canonicalize(document))
    except OnceledgerError:
        return
    assert trust_document.to_json(read) == document
