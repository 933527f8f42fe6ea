"""Which trust descriptions are sound. Each rule has its own code; ``docs/formats/trust-description.md`` numbers them.

A description is signed by the root authority, so what is refused here is a mistake of its tools rather than an attack;
but a pack with two agencies of one DID, or with a gap between validator sets, would be believed by every verifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ledger import base64url
from ledger.merkle import EMPTY_ROOT
from ledger.trust_description import (
    ROOT,
    Agency,
    CredentialTypeEntry,
    LogCheckpoint,
    TrustDescription,
    ValidatorSet,
)
from ledger.trust_members import bad

_MAX_VALIDATORS: Final = 1000


def check(description: TrustDescription) -> None:
    """Raises MalformedInput ``trust-description.*`` (with the place as a JSON Pointer) for the first rule broken."""
    chain = description.chain
    if len({chain.trust_registry, chain.anchor_registry, chain.status_registry}) != 3:
        raise bad("trust-description.contract-repeated", "/chain/contracts", "names one address twice")
    _check_checkpoints(description.checkpoints, description)
    _check_validator_sets(chain.validator_sets, description)
    _check_types(description.types)
    _check_agencies(description)


def _check_checkpoints(checkpoints: Sequence[LogCheckpoint], description: TrustDescription) -> None:
    """A quiet month closes with the same size and root as the month before; the block and its time always rise."""
    size, root, block, time, period = 0, EMPTY_ROOT, -1, -1, ""
    for position, one in enumerate(checkpoints):
        path = f"/checkpoints/{position}"
        if one.size < size or one.block <= block or one.time <= time or one.period < period:
            raise bad("trust-description.checkpoints-not-rising", path, "does not come after the checkpoint before it")
        if one.size == size and one.root != root:
            raise bad("trust-description.checkpoint-root", path, "gives another root for the same size")
        size, root, block, time, period = one.size, one.root, one.block, one.time, one.period
    if block > description.block or time > description.time:
        raise bad("trust-description.future", f"/checkpoints/{len(checkpoints) - 1}", "is later than the description")


def _check_validator_sets(sets: Sequence[ValidatorSet], description: TrustDescription) -> None:
    """From block 0 without gap or overlap to now. Blocks of a former set need a history path, because nobody guards
    retired keys, so a set may only be closed once a checkpoint covers its last block."""
    covered = description.checkpoints[-1].block if description.checkpoints else -1
    expected = 0
    for position, one in enumerate(sets):
        path = f"/chain/validatorSets/{position}"
        if one.from_block != expected:
            raise bad("trust-description.validator-set-gap", path, f"does not begin at block {expected}")
        if not 0 < len(one.validators) <= _MAX_VALIDATORS:
            raise bad("trust-description.validator-set-size", path, f"does not have 1 to {_MAX_VALIDATORS} validators")
        if len(set(one.validators)) != len(one.validators):
            raise bad("trust-description.validator-repeated", path, "names a validator twice")
        if (one.to_block is None) != (position == len(sets) - 1):
            raise bad(
                "trust-description.validator-set-open", path, "is open though not the last, or closed though it is"
            )
        if one.to_block is not None:
            if one.to_block < one.from_block:
                raise bad("trust-description.validator-set-gap", path, "ends before it begins")
            if one.to_block > covered:
                raise bad("trust-description.validator-set-uncovered", path, "ends after the last checkpoint")
            expected = one.to_block + 1
    if not sets:
        raise bad("trust-description.validator-set-open", "/chain/validatorSets", "is empty")
    if sets[-1].from_block > description.block:
        raise bad("trust-description.future", f"/chain/validatorSets/{len(sets) - 1}", "begins after the description")


def _check_types(types: Sequence[CredentialTypeEntry]) -> None:
    _rising((kind.type_id for kind in types), "/types", "trust-description.types-not-rising")
    _once((kind.name for kind in types), "/types", "trust-description.type-name-repeated", "name")
    for position, kind in enumerate(types):
        path = f"/types/{position}"
        for at, context in enumerate(kind.contexts):
            if context.url.rpartition("/")[2] != base64url.encode(context.digest):
                place = f"{path}/contexts/{at}"
                raise bad("trust-description.context-digest", place, "does not end in the digest that stands beside it")
        _once((one.url for one in kind.contexts), f"{path}/contexts", "trust-description.context-repeated", "address")
        _once((one.name for one in kind.fields), f"{path}/fields", "trust-description.field-repeated", "name")
        for at, one in enumerate(kind.fields):
            inner = (member.name for member in one.members)
            _once(inner, f"{path}/fields/{at}/members", "trust-description.field-repeated", "name")


def _check_agencies(description: TrustDescription) -> None:
    agencies = description.agencies
    _rising((agency.agency_id for agency in agencies), "/agencies", "trust-description.agencies-not-rising")
    _once((agency.did for agency in agencies), "/agencies", "trust-description.did-repeated", "DID")
    all_keys = (key.key_id for agency in agencies for key in agency.keys)
    _once(all_keys, "/agencies", "trust-description.key-id-repeated", "key id")
    for position, agency in enumerate(agencies):
        path = f"/agencies/{position}"
        _check_standing(agency, path, description)
        _check_keys(agency, path, description)
        _check_accreditations(agency, path, description)


def _check_standing(agency: Agency, path: str, description: TrustDescription) -> None:
    _past(agency.status_since, f"{path}/statusSince", description)
    if (agency.status == "merged") != (agency.successor_id is not None):
        raise bad("trust-description.successor", f"{path}/successor", "is there for a merged agency and for no other")
    seen = {agency.agency_id}
    while agency.successor_id is not None:
        successor = description.agency_by_id(agency.successor_id)
        if successor is None or successor.agency_id in seen:
            raise bad("trust-description.successor", f"{path}/successor", "does not lead to an agency that acts")
        seen.add(successor.agency_id)
        agency = successor


def _check_keys(agency: Agency, path: str, description: TrustDescription) -> None:
    _rising((key.key_id for key in agency.keys), f"{path}/keys", "trust-description.keys-not-rising")
    _once((key.key_hash for key in agency.keys), f"{path}/keys", "trust-description.key-repeated", "key")
    for position, key in enumerate(agency.keys):
        place = f"{path}/keys/{position}"
        if key.valid_from >= key.valid_until:
            raise bad("trust-description.key-validity", place, "ends before it begins to be valid")
        _past(key.retired_at, f"{place}/retiredAt", description)
        _past(key.compromised_since, f"{place}/compromisedSince", description)


def _check_accreditations(agency: Agency, path: str, description: TrustDescription) -> None:
    place = f"{path}/accreditations"
    _rising((one.type_id for one in agency.accreditations), place, "trust-description.accreditations-not-rising")
    for position, one in enumerate(agency.accreditations):
        if description.type_by_id(one.type_id) is None:
            raise bad(
                "trust-description.accreditation-type", f"{place}/{position}/type", "is a type that is not listed"
            )
        if one.grantor_id != ROOT and description.agency_by_id(one.grantor_id) is None:
            raise bad("trust-description.accreditation-grantor", f"{place}/{position}/grantor", "is not listed")
        _past(one.ended_at, f"{place}/{position}/endedAt", description)


def _past(time: int | None, path: str, description: TrustDescription) -> None:
    if time is not None and time > description.time:
        raise bad("trust-description.future", path, "is later than the description")


def _rising(ids: Iterable[int], path: str, code: str) -> None:
    before = 0
    for position, one in enumerate(ids):
        if one <= before:
            raise bad(code, f"{path}/{position}", "does not have a higher number than the entry before it")
        before = one


def _once(values: Iterable[object], path: str, code: str, what: str) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise bad(code, path, f"has two entries of the same {what}")
        seen.add(value)
