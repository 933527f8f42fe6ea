"""What the TrustRegistry's events, read in chain order, add up to.

The registry keeps no lists that could be read back, and needs none: whoever has its events has its state. Times that
the events do not carry (a suspension, a retirement, an end) are those of their blocks, in Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from ledger import registry_events as events
from ledger.digest import Digest, sha256
from ledger.errors import Corrupt
from ledger.registry_events import RegistryEvent
from ledger.trust_description import AgencyStatus, TypeKind

KEY_LIMIT: Final = 32
"""Keys that an agency may register in all before the root authority changes it (``Agencies._KEY_LIMIT``)."""

_KINDS: Final[dict[int, TypeKind]] = {1: "credential", 2: "record"}


@dataclass(frozen=True, slots=True)
class AgencyState:
    """An agency. ``accreditor_id`` 0 is the root authority; ``admin`` and ``senders`` are addresses of 20 bytes;
    ``status_since`` is when it took on its present status; ``key_count`` of at most ``key_limit`` keys were registered,
    those that ended counted."""

    agency_id: int
    did_digest: Digest
    admin: bytes
    accreditor_id: int
    status: AgencyStatus
    status_since: int
    suspended_by_root: bool = False
    successor_id: int | None = None
    senders: frozenset[bytes] = frozenset()
    key_count: int = 0
    key_limit: int = KEY_LIMIT


@dataclass(frozen=True, slots=True)
class TypeState:
    """A credential or record type."""

    type_id: int
    name_digest: Digest
    kind: TypeKind


@dataclass(frozen=True, slots=True)
class KeyState:
    """A signing key. The registry checks the form of ``multikey`` (34 bytes) and not whether it is a sound point."""

    key_id: int
    agency_id: int
    key_hash: Digest
    multikey: bytes
    valid_from: int
    valid_until: int
    retired_at: int | None = None
    compromised_since: int | None = None


@dataclass(frozen=True, slots=True)
class AccreditationState:
    """The accreditation of an agency for a type that was given last; ``ended_at`` once it was ended before its time."""

    agency_id: int
    type_id: int
    grantor_id: int
    given_at: int
    until: int
    may_delegate: bool
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class RegistryState:
    """The TrustRegistry after its last event. Accreditations are by (agency, type); ``consents`` by key id."""

    members: frozenset[bytes]
    threshold: int
    agencies: Mapping[int, AgencyState]
    types: Mapping[int, TypeState]
    keys: Mapping[int, KeyState]
    accreditations: Mapping[tuple[int, int], AccreditationState]
    consents: Mapping[int, int]


def fold(history: Iterable[tuple[RegistryEvent, int]]) -> RegistryState:
    """The state after ``history``: events in chain order, each with its block's time. Events of the other registries
    change nothing.

    Raises Corrupt ``trust-folding.impossible`` for events that the contract cannot have emitted one after the other:
    some are missing or were made up.
    """
    folding = _Folding()
    for event, time in history:
        folding.apply(event, time)
    return RegistryState(
        members=frozenset(folding.members),
        threshold=folding.threshold,
        agencies=folding.agencies,
        types=folding.types,
        keys=folding.keys,
        accreditations=folding.accreditations,
        consents=folding.consents,
    )


class _Folding:
    def __init__(self) -> None:
        self.root_calls = 0
        self.members: set[bytes] = set()
        self.threshold = 0
        self.agencies: dict[int, AgencyState] = {}
        self.types: dict[int, TypeState] = {}
        self.keys: dict[int, KeyState] = {}
        self.accreditations: dict[tuple[int, int], AccreditationState] = {}
        self.consents: dict[int, int] = {}

    def apply(self, event: RegistryEvent, time: int) -> None:
        match event:
            case events.RootCalled(nonce, _):
                self._require(nonce == self.root_calls)
                self.root_calls += 1
            case events.MemberAdded(member):
                self.members.add(member)
            case events.MemberRemoved(member):
                self._require(member in self.members)
                self.members.remove(member)
            case events.MemberRotated(before, after):
                self._require(before in self.members and after not in self.members)
                self.members.remove(before)
                self.members.add(after)
            case events.ThresholdChanged(threshold):
                self.threshold = threshold
            case events.AgencyAdded(agency_id, did_digest, admin, accreditor_id):
                self._require(agency_id == len(self.agencies) + 1)
                self._keep(AgencyState(agency_id, did_digest, admin, accreditor_id, "active", time))
            case events.AdminChanged(agency_id, _, admin):
                self._keep(replace(self._agency(agency_id), admin=admin))
            case events.SenderAdded(agency_id, sender):
                agency = self._agency(agency_id)
                self._keep(replace(agency, senders=agency.senders | {sender}))
            case events.SenderRemoved(agency_id, sender):
                agency = self._agency(agency_id)
                self._keep(replace(agency, senders=agency.senders - {sender}))
            case events.AgencySuspended(agency_id, by_root):
                agency = self._agency(agency_id)
                self._require(agency.status != "merged")
                # The root may take over a suspension by the accreditor: the agency was suspended all the time.
                since = agency.status_since if agency.status == "suspended" else time
                self._keep(replace(agency, status="suspended", status_since=since, suspended_by_root=by_root))
            case events.AgencyReadmitted(agency_id):
                agency = self._agency(agency_id)
                self._require(agency.status == "suspended")
                self._keep(replace(agency, status="active", status_since=time, suspended_by_root=False))
            case events.AgencyMerged(agency_id, successor_id):
                agency = self._agency(agency_id)
                self._require(agency.status != "merged" and self._agency(successor_id).status == "active")
                agency = replace(agency, status="merged", status_since=time, suspended_by_root=False)
                self._keep(replace(agency, successor_id=successor_id))
            case events.TypeAdded(type_id, name_digest, kind):
                self._require(type_id == len(self.types) + 1 and kind in _KINDS)
                self.types[type_id] = TypeState(type_id, name_digest, _KINDS[kind])
            case events.Accredited(agency_id, type_id, grantor_id, until, may_delegate):
                self._require(self._agency(agency_id).status == "active" and type_id in self.types)
                self._require(grantor_id == 0 or grantor_id in self.agencies)
                given = AccreditationState(agency_id, type_id, grantor_id, time, until, may_delegate)
                self.accreditations[agency_id, type_id] = given
            case events.AccreditationEnded(agency_id, type_id):
                ended = self.accreditations.get((agency_id, type_id))
                if ended is None or ended.ended_at is not None:
                    _impossible()
                self.accreditations[agency_id, type_id] = replace(ended, ended_at=time)
            case events.KeyRegistered(agency_id, key_id, key_hash, multikey, valid_from, valid_until):
                agency = self._agency(agency_id)
                self._require(agency.status == "active" and agency.key_count < agency.key_limit)
                self._require(key_id == len(self.keys) + 1 and sha256(multikey) == key_hash)
                self._keep(replace(agency, key_count=agency.key_count + 1))
                self.keys[key_id] = KeyState(key_id, agency_id, key_hash, multikey, valid_from, valid_until)
            case events.KeyLimitChanged(agency_id, limit):
                self._keep(replace(self._agency(agency_id), key_limit=limit))
            case events.KeyRetired(agency_id, key_id):
                key = self._key(key_id, agency_id)
                self._require(key.retired_at is None)
                self.keys[key_id] = replace(key, retired_at=time)
            case events.CompromiseConsented(key_id, since):
                self._require(key_id in self.keys)
                self.consents[key_id] = since
            case events.KeyCompromised(agency_id, key_id, since):
                key = self._key(key_id, agency_id)
                self._require(key.compromised_since is None or since < key.compromised_since)
                self.keys[key_id] = replace(key, compromised_since=since)
            case events.Anchored() | events.Published():
                pass

    def _keep(self, agency: AgencyState) -> None:
        self.agencies[agency.agency_id] = agency

    def _agency(self, agency_id: int) -> AgencyState:
        agency = self.agencies.get(agency_id)
        return _impossible() if agency is None else agency

    def _key(self, key_id: int, agency_id: int) -> KeyState:
        key = self.keys.get(key_id)
        return _impossible() if key is None or key.agency_id != agency_id else key

    def _require(self, possible: bool) -> None:
        if not possible:
            _impossible()


def _impossible() -> NoReturn:
    raise Corrupt(
        "trust-folding.impossible",
        "The registry's events do not follow from one another: some are missing or were made up.",
        "Ask another node.",
    )
