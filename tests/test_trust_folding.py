"""The registry's events, folded: each event changes what it should, and a history that cannot be is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trust_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from ledger import registry_events as events
from ledger.digest import Digest, sha256
from ledger.errors import Corrupt, OnceledgerError
from ledger.multikey import multikey_bytes
from ledger.registry_events import RegistryEvent
from ledger.trust_folding import KEY_LIMIT, AccreditationState, RegistryState, fold

M1, M2, M3, ADMIN, SENDER = (samples.address(name) for name in ("m1", "m2", "m3", "admin", "sender"))


def added(agency_id: int, accreditor_id: int = 0) -> RegistryEvent:
    return events.AgencyAdded(agency_id, samples.digest(f"agency {agency_id}"), ADMIN, accreditor_id)


def registered(agency_id: int, key_id: int) -> RegistryEvent:
    data = multikey_bytes(samples.multikey_text(f"key {key_id}"))
    return events.KeyRegistered(agency_id, key_id, sha256(data), data, 100, 900)


def after(*history: RegistryEvent) -> RegistryState:
    """The state after events whose blocks come at 10, 20, 30 …"""
    return fold((event, 10 * position) for position, event in enumerate(history, 1))


BEGINNING: tuple[RegistryEvent, ...] = (
    added(1),
    added(2, 1),
    events.TypeAdded(1, samples.digest("type"), 1),
    events.Accredited(1, 1, 0, 5000, True),
    events.Accredited(2, 1, 1, 4000, False),
    registered(2, 1),
)


def test_nothing_happened_yet() -> None:
    state = after()
    assert (state.members, state.threshold, state.agencies, state.keys) == (frozenset(), 0, {}, {})


def test_members_of_the_root_come_change_and_go() -> None:
    state = after(
        events.MemberAdded(M1),
        events.MemberAdded(M2),
        events.ThresholdChanged(2),
        events.MemberRotated(M2, M3),
        events.ThresholdChanged(1),
        events.MemberRemoved(M1),
    )
    assert state.members == {M3}
    assert state.threshold == 1


def test_an_agency_is_added_active_at_its_blocks_time() -> None:
    agency = after(*BEGINNING).agencies[2]
    assert (agency.status, agency.status_since, agency.accreditor_id, agency.admin) == ("active", 20, 1, ADMIN)
    assert agency.did_digest == samples.digest("agency 2")


def test_admin_and_senders_change() -> None:
    state = after(
        *BEGINNING,
        events.AdminChanged(2, ADMIN, M1),
        events.SenderAdded(2, SENDER),
        events.SenderAdded(2, M2),
        events.SenderRemoved(2, SENDER),
    )
    assert state.agencies[2].admin == M1
    assert state.agencies[2].senders == {M2}
    assert state.agencies[1].senders == frozenset()


def test_suspension_and_readmission_have_the_times_of_their_blocks() -> None:
    suspended = (*BEGINNING, events.AgencySuspended(2, False))
    agency = after(*suspended).agencies[2]
    assert (agency.status, agency.status_since, agency.suspended_by_root) == ("suspended", 70, False)
    agency = after(*suspended, events.AgencyReadmitted(2)).agencies[2]
    assert (agency.status, agency.status_since, agency.suspended_by_root) == ("active", 80, False)


def test_a_suspension_taken_over_by_the_root_began_when_it_began() -> None:
    agency = after(*BEGINNING, events.AgencySuspended(2, False), events.AgencySuspended(2, True)).agencies[2]
    assert (agency.status_since, agency.suspended_by_root) == (70, True)


def test_a_merged_agency_names_its_successor() -> None:
    agency = after(*BEGINNING, events.AgencySuspended(2, True), events.AgencyMerged(2, 1)).agencies[2]
    assert (agency.status, agency.status_since, agency.successor_id) == ("merged", 80, 1)
    assert not agency.suspended_by_root


def test_an_accreditation_is_given_ended_and_given_again() -> None:
    state = after(*BEGINNING, events.AccreditationEnded(2, 1))
    assert state.accreditations[2, 1] == AccreditationState(2, 1, 1, 50, 4000, False, 70)
    assert state.accreditations[1, 1].ended_at is None
    state = after(*BEGINNING, events.AccreditationEnded(2, 1), events.Accredited(2, 1, 0, 6000, True))
    assert state.accreditations[2, 1] == AccreditationState(2, 1, 0, 80, 6000, True)


def test_a_key_is_registered_retired_and_compromised() -> None:
    key = after(*BEGINNING, events.KeyRetired(2, 1), events.KeyCompromised(2, 1, 55)).keys[1]
    assert (key.agency_id, key.valid_from, key.valid_until) == (2, 100, 900)
    assert (key.retired_at, key.compromised_since) == (70, 55)


def test_an_agency_registers_as_many_keys_as_it_may() -> None:
    filled = (*BEGINNING, *(registered(2, number) for number in range(2, KEY_LIMIT + 1)))
    assert (after(*filled).agencies[2].key_count, after(*filled).agencies[2].key_limit) == (KEY_LIMIT, KEY_LIMIT)
    with pytest.raises(Corrupt):
        after(*filled, registered(2, KEY_LIMIT + 1))
    with pytest.raises(Corrupt):  # what ended counts
        after(*filled, events.KeyRetired(2, 1), registered(2, KEY_LIMIT + 1))
    more = (*filled, events.KeyLimitChanged(2, KEY_LIMIT + 1), registered(2, KEY_LIMIT + 1))
    assert after(*more).agencies[2].key_count == KEY_LIMIT + 1
    assert after(*filled, registered(1, KEY_LIMIT + 1)).agencies[1].key_count == 1


def test_calls_of_the_root_are_counted_and_change_nothing() -> None:
    calls = tuple(events.RootCalled(number, samples.digest("call")) for number in range(2))
    assert after(*BEGINNING, *calls) == after(*BEGINNING)


def test_a_compromise_is_dated_earlier_with_consent() -> None:
    state = after(
        *BEGINNING,
        events.KeyCompromised(2, 1, 55),
        events.CompromiseConsented(1, 5),
        events.KeyCompromised(2, 1, 5),
    )
    assert state.consents == {1: 5}
    assert state.keys[1].compromised_since == 5


def test_types_have_their_kind() -> None:
    state = after(*BEGINNING, events.TypeAdded(2, samples.digest("record"), 2))
    assert [state.types[number].kind for number in (1, 2)] == ["credential", "record"]


def test_events_of_the_other_registries_change_nothing() -> None:
    root = Digest(bytes(32))
    others = (events.Anchored(2, 1, root, 1, root, 0, 1337), events.Published(2, 2 << 32, 1, root, 16, root, 1337))
    assert after(*BEGINNING, *others) == after(*BEGINNING)


IMPOSSIBLE: dict[str, tuple[RegistryEvent, ...]] = {
    "a member leaves that never came": (events.MemberRemoved(M1),),
    "a member changes that never came": (events.MemberRotated(M1, M2),),
    "an agency is skipped": (*BEGINNING, added(4)),
    "an agency is added twice": (*BEGINNING, added(2)),
    "an unknown agency changes its admin": (*BEGINNING, events.AdminChanged(3, ADMIN, M1)),
    "an unknown agency gets a sender": (*BEGINNING, events.SenderAdded(3, SENDER)),
    "an active agency is readmitted": (*BEGINNING, events.AgencyReadmitted(2)),
    "an agency merges twice": (*BEGINNING, events.AgencyMerged(2, 1), events.AgencyMerged(2, 1)),
    "a merged agency is suspended": (*BEGINNING, events.AgencyMerged(2, 1), events.AgencySuspended(2, True)),
    "an agency merges into an unknown one": (*BEGINNING, events.AgencyMerged(2, 3)),
    "an agency merges into a suspended one": (
        *BEGINNING,
        events.AgencySuspended(1, True),
        events.AgencyMerged(2, 1),
    ),
    "a type is skipped": (*BEGINNING, events.TypeAdded(3, samples.digest("type 3"), 1)),
    "a type of a third kind": (*BEGINNING, events.TypeAdded(2, samples.digest("type 2"), 3)),
    "an accreditation for an unknown type": (*BEGINNING, events.Accredited(1, 2, 0, 5000, False)),
    "an accreditation by an unknown agency": (*BEGINNING, events.Accredited(1, 1, 3, 5000, False)),
    "an accreditation of a suspended agency": (
        *BEGINNING,
        events.AgencySuspended(2, True),
        events.Accredited(2, 1, 0, 5000, False),
    ),
    "an accreditation ends that was not given": (*BEGINNING, events.AccreditationEnded(1, 2)),
    "an accreditation ends twice": (*BEGINNING, events.AccreditationEnded(2, 1), events.AccreditationEnded(2, 1)),
    "a call of the root is skipped": (events.RootCalled(1, samples.digest("call")),),
    "a call of the root comes twice": (
        events.RootCalled(0, samples.digest("call")),
        events.RootCalled(0, samples.digest("call")),
    ),
    "a limit of an unknown agency": (*BEGINNING, events.KeyLimitChanged(3, 40)),
    "a key beyond a lowered limit": (*BEGINNING, events.KeyLimitChanged(2, 1), registered(2, 2)),
    "a key is skipped": (*BEGINNING, registered(2, 3)),
    "a key of an unknown agency": (*BEGINNING, registered(3, 2)),
    "a key whose hash is another's": (
        *BEGINNING,
        replace(registered(2, 2), key_hash=samples.digest("other")),
    ),
    "an unknown key retires": (*BEGINNING, events.KeyRetired(2, 2)),
    "a key retires for another agency": (*BEGINNING, events.KeyRetired(1, 1)),
    "a key retires twice": (*BEGINNING, events.KeyRetired(2, 1), events.KeyRetired(2, 1)),
    "a key is compromised for another agency": (*BEGINNING, events.KeyCompromised(1, 1, 5)),
    "a compromise is dated later": (*BEGINNING, events.KeyCompromised(2, 1, 5), events.KeyCompromised(2, 1, 6)),
    "consent for an unknown key": (*BEGINNING, events.CompromiseConsented(2, 5)),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_history_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(Corrupt) as caught:
        after(*IMPOSSIBLE[name])
    assert caught.value.code == "trust-folding.impossible"


SMALL = st.integers(0, 3)
ANY_EVENT: st.SearchStrategy[RegistryEvent] = st.one_of(
    st.builds(added, SMALL),
    st.builds(registered, SMALL, SMALL),
    st.builds(events.TypeAdded, SMALL, st.just(samples.digest("t")), SMALL),
    st.builds(events.Accredited, SMALL, SMALL, SMALL, SMALL, st.booleans()),
    st.builds(events.AccreditationEnded, SMALL, SMALL),
    st.builds(events.AgencySuspended, SMALL, st.booleans()),
    st.builds(events.AgencyReadmitted, SMALL),
    st.builds(events.AgencyMerged, SMALL, SMALL),
    st.builds(events.KeyRetired, SMALL, SMALL),
    st.builds(events.KeyCompromised, SMALL, SMALL, SMALL),
)


@given(st.lists(ANY_EVENT, max_size=12))
def test_any_history_folds_or_is_refused(history: list[RegistryEvent]) -> None:
    try:
        state = after(*history)
    except OnceledgerError:
        return
    assert all(agency.agency_id == number for number, agency in state.agencies.items())
    assert all(key.agency_id in state.agencies for key in state.keys.values())
