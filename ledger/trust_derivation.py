"""From the chain to a trust description, and the differences between two.

The chain has digests where people need names. Whoever describes it supplies the names; DIDs and type names must hash to
what the chain says, labels and contexts are the root authority's word. So anybody can derive the description of a
published trust pack again, with the names that the pack gives, and compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ledger import multikey
from ledger.digest import sha256
from ledger.errors import MalformedInput
from ledger.label import Label
from ledger.trust_description import (
    LATEST_TIME,
    ROOT,
    Accreditation,
    Agency,
    AgencyKey,
    ChainInfo,
    ContextEntry,
    CredentialTypeEntry,
    FieldEntry,
    LogCheckpoint,
    TrustDescription,
    agency_key,
)
from ledger.trust_document import to_bytes, to_json
from ledger.trust_folding import AccreditationState, AgencyState, KeyState, RegistryState, TypeState
from ledger.trust_reading import parse


@dataclass(frozen=True, slots=True)
class AgencyNames:
    """What the chain does not say of an agency. The SHA-256 of ``did`` stands there."""

    did: str
    name: Label


@dataclass(frozen=True, slots=True)
class TypeNames:
    """What the chain does not say of a type. The SHA-256 of ``name`` stands there."""

    name: str
    label: Label
    zone: str
    contexts: tuple[ContextEntry, ...]
    fields: tuple[FieldEntry, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, for every agency and type on the chain."""

    agencies: Mapping[int, AgencyNames]
    types: Mapping[int, TypeNames]


def describe(
    state: RegistryState,
    names: Names,
    *,
    chain: ChainInfo,
    checkpoints: Sequence[LogCheckpoint],
    block: int,
    time: int,
) -> TrustDescription:
    """The description of ``state``, which is that of ``block`` (``time`` in Unix seconds).

    A key that is no sound point of the curve is left out: the registry cannot tell, and nothing it "signs" may count.

    Raises MalformedInput ``trust-names.missing`` or ``trust-names.not-on-chain`` (a DID or a type name that is not the
    one whose digest the chain has), with ``agency`` or ``type`` in ``detail``; ``trust-description.*`` for what breaks
    a rule.
    """
    keys: dict[int, list[KeyState]] = {}
    for _, key in sorted(state.keys.items()):
        keys.setdefault(key.agency_id, []).append(key)
    given: dict[int, list[AccreditationState]] = {}
    for _, accreditation in sorted(state.accreditations.items()):
        given.setdefault(accreditation.agency_id, []).append(accreditation)
    description = TrustDescription(
        chain=chain,
        block=block,
        time=time,
        checkpoints=tuple(checkpoints),
        agencies=tuple(
            _agency(agency, names, keys.get(agency_id, []), given.get(agency_id, []))
            for agency_id, agency in sorted(state.agencies.items())
        ),
        types=tuple(_type(kind, names) for _, kind in sorted(state.types.items())),
    )
    # Names come from people: what goes out has been read as a verifier will read it.
    return parse(to_bytes(description))


def names_of(description: TrustDescription) -> Names:
    """The names that a description gives: what deriving it again has to be given."""
    return Names(
        agencies={agency.agency_id: AgencyNames(agency.did, agency.name) for agency in description.agencies},
        types={
            kind.type_id: TypeNames(kind.name, kind.label, kind.zone, kind.contexts, kind.fields)
            for kind in description.types
        },
    )


def named_part(state: RegistryState, names: Names) -> RegistryState:
    """What of ``state`` can be described with ``names``: for who cannot ask for the names of what is new.

    Left out are agencies and types without a name, agencies that went up in one without (nobody here knows who acts for
    them), and what belongs to these: nothing that they issue is then known, or called anything.
    """
    agencies = {number: one for number, one in state.agencies.items() if number in names.agencies}
    while orphans := [n for n, one in agencies.items() if one.successor_id not in (None, *agencies)]:
        for number in orphans:
            del agencies[number]
    types = {number: one for number, one in state.types.items() if number in names.types}
    return replace(
        state,
        agencies=agencies,
        types=types,
        keys={number: key for number, key in state.keys.items() if key.agency_id in agencies},
        accreditations={
            (agency, kind): one
            for (agency, kind), one in state.accreditations.items()
            if agency in agencies and kind in types and one.grantor_id in (ROOT, *agencies)
        },
    )


def differences(pack: TrustDescription, chain: TrustDescription) -> list[str]:
    """What a pack's description says otherwise than the one derived from the chain; empty when they agree."""
    found: list[str] = []
    _compare("", to_json(replace(pack, unknown={})), to_json(replace(chain, unknown={})), found)
    return found


def _agency(
    agency: AgencyState, names: Names, keys: list[KeyState], accreditations: list[AccreditationState]
) -> Agency:
    given = names.agencies.get(agency.agency_id)
    if given is None:
        raise MalformedInput(
            "trust-names.missing", "An agency on the chain is not named.", "Name it.", agency=agency.agency_id
        )
    if sha256(given.did.encode()) != agency.did_digest:
        raise MalformedInput(
            "trust-names.not-on-chain",
            "The DID given for an agency is not the one that the chain has the digest of.",
            "Give the DID under which the agency was registered.",
            agency=agency.agency_id,
        )
    return Agency(
        agency_id=agency.agency_id,
        did=given.did,
        name=given.name,
        status=agency.status,
        status_since=agency.status_since,
        successor_id=agency.successor_id,
        keys=tuple(sound for sound in map(_key, keys) if sound is not None),
        accreditations=tuple(
            Accreditation(one.type_id, one.grantor_id, min(one.until, LATEST_TIME), one.ended_at)
            for one in accreditations
        ),
    )


def _key(key: KeyState) -> AgencyKey | None:
    try:
        text = multikey.encode_ed25519(multikey.from_multikey_bytes(key.multikey))
    except MalformedInput:
        return None
    return agency_key(
        key.key_id,
        text,
        valid_from=min(key.valid_from, LATEST_TIME - 1),
        valid_until=min(key.valid_until, LATEST_TIME),
        retired_at=key.retired_at,
        compromised_since=key.compromised_since,
    )


def _type(kind: TypeState, names: Names) -> CredentialTypeEntry:
    given = names.types.get(kind.type_id)
    if given is None:
        raise MalformedInput("trust-names.missing", "A type on the chain is not named.", "Name it.", type=kind.type_id)
    if sha256(given.name.encode()) != kind.name_digest:
        raise MalformedInput(
            "trust-names.not-on-chain",
            "The name given for a type is not the one that the chain has the digest of.",
            "Give the name under which the type was registered.",
            type=kind.type_id,
        )
    return CredentialTypeEntry(
        type_id=kind.type_id,
        name=given.name,
        kind=kind.kind,
        label=given.label,
        zone=given.zone,
        contexts=given.contexts,
        fields=given.fields,
    )


_NAMED_BY: Final = {
    "agencies": ("agency", "id"),
    "types": ("type", "id"),
    "keys": ("key", "id"),
    "accreditations": ("accreditation for type", "type"),
    "validatorSets": ("validator set from block", "from"),
    "checkpoints": ("checkpoint at block", "block"),
    "contexts": ("context", "url"),
    "fields": ("field", "name"),
}
"""How people call an entry of each array, and the member that tells it from the others."""


def _compare(place: str, ours: Any, theirs: Any, found: list[str]) -> None:
    if ours == theirs:
        return
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        found.append(f"{place}: {_word(ours)} in the pack, {_word(theirs)} on the chain")
        return
    for name in sorted(ours.keys() | theirs.keys()):
        if name in _NAMED_BY:
            noun, member = _NAMED_BY[name]
            ours_by, theirs_by = ({item[member]: item for item in side[name]} for side in (ours, theirs))
            for key in sorted(ours_by.keys() | theirs_by.keys()):
                _compare(_below(place, f"{noun} {key}"), ours_by.get(key), theirs_by.get(key), found)
        else:
            _compare(_below(place, name), ours.get(name), theirs.get(name), found)


def _below(place: str, name: str) -> str:
    return f"{place}, {name}" if place else name


def _word(value: Any) -> str:
    if value is None:
        return "nothing"
    return "an entry" if isinstance(value, dict) else str(value)
