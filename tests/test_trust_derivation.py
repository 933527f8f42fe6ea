"""From the chain's state to a description, and what a comparison says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import trust_samples as samples
from weak_keys import WEAK

from ledger import registry_events as events
from ledger.digest import sha256
from ledger.errors import MalformedInput
from ledger.label import Label
from ledger.multikey import multikey_bytes
from ledger.registry_events import RegistryEvent
from ledger.trust_derivation import AgencyNames, Names, describe, differences, named_part, names_of
from ledger.trust_description import LATEST_TIME, TrustDescription
from ledger.trust_document import to_bytes
from ledger.trust_folding import KEY_LIMIT, RegistryState, fold

FAR = 2**64 - 1
EARLY = samples.TIME - 300 * samples.DAY


def history() -> Iterator[tuple[RegistryEvent, int]]:
    """The events that lead to ``samples.DESCRIPTION``."""
    for agency in samples.AGENCIES:
        yield events.AgencyAdded(agency.agency_id, sha256(agency.did.encode()), samples.address(agency.did), 0), EARLY
    for kind in samples.TYPES:
        yield events.TypeAdded(kind.type_id, sha256(kind.name.encode()), 1), EARLY
    for agency in samples.AGENCIES:
        for key in agency.keys:
            data = multikey_bytes(key.multikey)
            yield (
                events.KeyRegistered(agency.agency_id, key.key_id, key.key_hash, data, key.valid_from, key.valid_until),
                EARLY,
            )
        for one in agency.accreditations:
            yield events.Accredited(agency.agency_id, one.type_id, one.grantor_id, one.until, False), EARLY
    yield events.KeyCompromised(2, 3, samples.TIME - 40 * samples.DAY), samples.TIME - 39 * samples.DAY
    yield events.KeyRetired(2, 4), samples.TIME - 20 * samples.DAY
    yield events.AccreditationEnded(2, 1), samples.TIME - 10 * samples.DAY
    yield events.AgencyMerged(3, 1), samples.TIME - 5 * samples.DAY
    yield events.AgencySuspended(2, True), samples.TIME - 3 * samples.DAY


STATE = fold(history())
NAMES = names_of(samples.DESCRIPTION)


def described(state: RegistryState = STATE, names: Names = NAMES) -> TrustDescription:
    return describe(
        state,
        names,
        chain=samples.CHAIN,
        checkpoints=samples.DESCRIPTION.checkpoints,
        block=samples.DESCRIPTION.block,
        time=samples.DESCRIPTION.time,
    )


def test_the_description_follows_from_the_events_and_the_names() -> None:
    assert described() == samples.DESCRIPTION


def test_anybody_derives_a_published_description_again_and_finds_no_difference() -> None:
    published = replace(samples.DESCRIPTION, unknown={"materials": []})
    assert differences(published, described(names=names_of(published))) == []


def test_an_agency_without_a_name_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        described(names=replace(NAMES, agencies={n: NAMES.agencies[n] for n in (1, 3)}))
    assert (caught.value.code, caught.value.detail) == ("trust-names.missing", {"agency": 2})


def test_a_type_without_a_name_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        described(names=replace(NAMES, types={1: NAMES.types[1]}))
    assert (caught.value.code, caught.value.detail) == ("trust-names.missing", {"type": 2})


def test_the_named_part_of_all_that_is_named_is_all() -> None:
    assert named_part(STATE, NAMES) == STATE


@pytest.mark.parametrize(
    ("agencies", "types", "left"),
    [
        ((1, 3), (1, 2), (1, 3)),
        ((2, 3), (1, 2), (2,)),  # 3 went up in 1
        ((1, 2, 3), (2,), (1, 2, 3)),
        ((), (), ()),
    ],
)
def test_what_has_no_name_is_left_out_with_all_that_hangs_on_it(
    agencies: tuple[int, ...], types: tuple[int, ...], left: tuple[int, ...]
) -> None:
    """And what is left is a sound description."""
    names = Names({n: NAMES.agencies[n] for n in agencies}, {n: NAMES.types[n] for n in types})
    found = described(named_part(STATE, names), names)
    assert tuple(one.agency_id for one in found.agencies) == left
    assert tuple(one.type_id for one in found.types) == types
    for one in found.agencies:
        whole = next(each for each in samples.AGENCIES if each.agency_id == one.agency_id)
        assert one.keys == whole.keys
        assert {each.type_id for each in one.accreditations} <= set(types)
        assert {each.grantor_id for each in one.accreditations} <= {0, *left}


def test_who_went_up_in_one_that_went_up_in_one_without_a_name_is_left_out_too() -> None:
    chain = {3: replace(STATE.agencies[3], successor_id=2), 2: replace(STATE.agencies[2], successor_id=1)}
    names = replace(NAMES, agencies={n: NAMES.agencies[n] for n in (2, 3)})
    assert named_part(replace(STATE, agencies={**STATE.agencies, **chain}), names).agencies == {}


def test_a_did_that_is_not_the_one_on_the_chain_is_refused() -> None:
    false = AgencyNames("did:web:edu.example.net", NAMES.agencies[1].name)
    with pytest.raises(MalformedInput) as caught:
        described(names=replace(NAMES, agencies={**NAMES.agencies, 1: false}))
    assert (caught.value.code, caught.value.detail) == ("trust-names.not-on-chain", {"agency": 1})


def test_a_type_name_that_is_not_the_one_on_the_chain_is_refused() -> None:
    false = replace(NAMES.types[1], name="DegreeCertificat")
    with pytest.raises(MalformedInput) as caught:
        described(names=replace(NAMES, types={**NAMES.types, 1: false}))
    assert (caught.value.code, caught.value.detail) == ("trust-names.not-on-chain", {"type": 1})


def test_a_name_in_one_language_alone_is_refused() -> None:
    mute = AgencyNames(NAMES.agencies[1].did, Label(zh="", en="Department"))
    with pytest.raises(MalformedInput) as caught:
        described(names=replace(NAMES, agencies={**NAMES.agencies, 1: mute}))
    assert caught.value.code == "trust-description.language-missing"


@pytest.mark.parametrize("name", WEAK)
def test_a_key_that_no_honest_generation_yields_is_left_out(name: str) -> None:
    """The registry cannot tell. An administrator who enters one must not keep everybody from getting trust packs."""
    data = b"\xed\x01" + WEAK[name]
    state = fold([*history(), (events.KeyRegistered(1, 5, sha256(data), data, 0, FAR), samples.TIME - 100)])
    assert state.keys[5].multikey == data
    agency = described(state).agency_by_id(1)
    assert agency is not None
    assert [key.key_id for key in agency.keys] == [1, 2]


def test_the_keys_that_one_administrator_can_enter_take_little_of_a_description() -> None:
    many: list[tuple[RegistryEvent, int]] = []
    for number in range(5, 3 + KEY_LIMIT):  # agency 1 has two already
        data = multikey_bytes(samples.multikey_text(f"key {number}"))
        event = events.KeyRegistered(1, number, sha256(data), data, FAR - 1, FAR)
        many.append((event, samples.TIME - 100))
    full = described(fold([*history(), *many]))
    agency = full.agency_by_id(1)
    assert agency is not None
    assert len(agency.keys) == KEY_LIMIT
    assert len(to_bytes(full)) - len(to_bytes(described(fold(history())))) < 8_192


def test_times_beyond_every_calendar_are_cut_down() -> None:
    data = multikey_bytes(samples.multikey_text("key 5"))
    late: list[tuple[RegistryEvent, int]] = [
        (events.KeyRegistered(1, 5, sha256(data), data, FAR - 1, FAR), samples.TIME - 100),
        (events.Accredited(1, 2, 0, FAR, True), samples.TIME - 100),
    ]
    agency = described(fold([*history(), *late])).agency_by_id(1)
    assert agency is not None
    assert (agency.keys[2].valid_from, agency.keys[2].valid_until) == (LATEST_TIME - 1, LATEST_TIME)
    assert agency.accreditations[1].until == LATEST_TIME


def test_differences_are_told_in_words() -> None:
    agency = samples.AGENCIES[1]
    silent = replace(agency, status="active", keys=(replace(agency.keys[0], compromised_since=None), agency.keys[1]))
    pack = replace(
        samples.DESCRIPTION,
        agencies=(samples.AGENCIES[0], silent),
        checkpoints=samples.DESCRIPTION.checkpoints[:1],
        chain=replace(samples.CHAIN, chain_id=1),
    )
    since = samples.TIME - 40 * samples.DAY
    assert differences(pack, samples.DESCRIPTION) == [
        f"agency 2, key 3, compromisedSince: nothing in the pack, {since} on the chain",
        "agency 2, status: active in the pack, suspended on the chain",
        "agency 3: nothing in the pack, an entry on the chain",
        "chain, id: 1 in the pack, 1337 on the chain",
        "checkpoint at block 2500: nothing in the pack, an entry on the chain",
    ]


def test_a_validator_slipped_into_the_pack_is_told() -> None:
    sets = samples.CHAIN.validator_sets
    more = replace(sets[1], validators=(*sets[1].validators, samples.address("intruder")))
    pack = replace(samples.DESCRIPTION, chain=replace(samples.CHAIN, validator_sets=(sets[0], more)))
    [told] = differences(pack, samples.DESCRIPTION)
    assert told.startswith("chain, validator set from block 1000, validators: ")
    assert samples.address("intruder").hex() in told
