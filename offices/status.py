"""Changes in a credential's life after it was issued: revoke, hold, resume, void, supersede, and another try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from adapters.bootstrap import Installation, now
from issuers.change_status import ChangeReport, change_status
from issuers.reopen_refused import reopen_refused
from issuers.supersede import newest_of, supersede
from ledger import canonical_json
from ledger.credential_states import Action
from ledger.credential_type import parse_type
from ledger.errors import Conflict, MalformedInput, NotFound
from ledger.records import AgencyRow, CredentialRow, TypeRow
from ledger.registry_calls import call, result
from offices.evidence import credential_of, unsealing
from offices.issuing import current_key, issue_approved

_MEMBERS: Final = frozenset(("businessNumber", "claims", "changes", "validFrom"))


@dataclass(frozen=True, slots=True)
class Correction:
    """What a corrected version is to say: all ``claims``, or only the ``changes`` (RFC 7396: null removes a claim).

    ``reissue``: it may say what the version before says, because that one's key is compromised."""

    business_number: str
    claims: dict[str, Any] | None
    changes: dict[str, Any] | None
    valid_from: date | None
    reissue: bool = False


def change(
    inst: Installation,
    agency: AgencyRow,
    type_row: TypeRow,
    numbers: Sequence[str],
    action: Action,
    *,
    actor: str,
    rows: Sequence[int] | None = None,
    skip_refused: bool = False,
) -> ChangeReport:
    """Do ``action`` to the version in force of each number, now. See ``change_status``."""
    return change_status(
        records=inst.records,
        agency_id=agency.agency_id,
        type_id=type_row.type_id,
        business_numbers=numbers,
        action=action,
        actor=actor,
        now=now(),
        rows=rows,
        skip_refused=skip_refused,
    )


def read_correction(data: bytes) -> Correction:
    """A correction from JSON.

        {"businessNumber": "…", "changes": {"name": "…"}}
        {"businessNumber": "…", "claims": {…all of them…}, "validFrom": "2026-03-01"}

    Raises MalformedInput ``json.*``, ``supersede.malformed``.
    """
    document = canonical_json.parse(data)
    if not isinstance(document, dict) or not document.keys() <= _MEMBERS:
        raise _malformed("has other members than businessNumber, claims or changes, and validFrom")
    number, claims, changes = (document.get(name) for name in ("businessNumber", "claims", "changes"))
    if not isinstance(number, str) or not number:
        raise _malformed("names no businessNumber")
    if (claims is None) is (changes is None) or not isinstance(claims if changes is None else changes, dict):
        raise _malformed("does not have either claims or changes, an object")
    first = document.get("validFrom")
    try:
        valid_from = None if first is None else date.fromisoformat(first)
    except (TypeError, ValueError):
        raise _malformed("has a validFrom that is no date") from None
    return Correction(number, claims, changes, valid_from)


def correct(
    inst: Installation, agency: AgencyRow, type_row: TypeRow, correction: Correction, *, clerk: str
) -> tuple[int, int]:
    """Draft the corrected version; returns (import id, version). A reviewer approves the import.

    Raises like ``issuers.supersede``; Conflict ``supersede.nothing-to-change`` when there is no content to change yet;
    MalformedInput ``supersede.same-content`` when the corrected version would say what the newest one says and is no
    reissue; Conflict ``supersede.key-good`` for a reissue of what no compromised key signed, Unavailable when the
    chain does not say.
    """
    kind = parse_type(type_row.definition)
    versions = inst.records.by_number(agency.agency_id, type_row.type_id, correction.business_number)
    if not versions:
        raise NotFound(
            "credential.unknown", "No credential has this business number.", "Check number, agency and type."
        )
    if correction.claims is not None:
        subject = correction.claims
    elif (newest := newest_of(versions)).cid is None:
        raise Conflict(
            "supersede.nothing-to-change",
            "The newest version is not issued yet, so there is nothing to change.",
            "Finish that one first.",
        )
    else:
        subject = _patched(_claims(inst, newest), correction.changes or {})
    if correction.reissue:
        _require_compromised(inst, newest_of(versions).key_id)
    elif _says_the_same(inst, newest_of(versions), subject, correction.valid_from):
        raise MalformedInput(
            "supersede.same-content",
            "The correction changes nothing: every claim is what the certificate says already.",
            "Give the claims that are to say something else; where the key that signed it is compromised, ask for a "
            "reissue (--reissue, or reissue over HTTP).",
        )
    import_id = supersede(
        records=inst.records,
        agency_id=agency.agency_id,
        type_id=type_row.type_id,
        kind=kind,
        business_number=correction.business_number,
        subject=subject,
        valid_from=correction.valid_from,
        clerk=clerk,
        now=now(),
    )
    return import_id, versions[-1].version + 1


def _claims(inst: Installation, row: CredentialRow) -> dict[str, Any]:
    present = credential_of(inst, row)["credentialSubject"]
    return {name: value for name, value in present.items() if name != "id"}


def _says_the_same(inst: Installation, newest: CredentialRow, subject: dict[str, Any], valid_from: date | None) -> bool:
    if newest.cid is None:
        return False
    is_same_day = valid_from is None or newest.valid_from.startswith(valid_from.isoformat())
    return is_same_day and subject == _claims(inst, newest)


@dataclass(frozen=True, slots=True)
class Retried:
    """What the chain had refused and waits for its anchor again: ``same`` as it was, ``anew`` issued with another
    key."""

    same: int
    anew: int


def retry(inst: Installation, agency: AgencyRow) -> Retried:
    """What the chain refused waits for its anchor again. Safe to repeat, after a crash too.

    What was signed with a key that has ended could never be anchored: it is issued anew with the agency's key in force,
    under the same number and version. Whatever else of its type is approved is issued with it.

    Raises NotFound ``issue.no-key`` when such a key is needed and there is none, before anything is changed;
    MalformedInput ``issue.claims-break-schema``; Unavailable when the chain does not say which keys are in force.
    """
    groups = inst.records.refused_groups(agency.agency_id)
    ended = {key_id for _, key_id in groups if not _in_force(inst, key_id)}
    if ended and not _in_force(inst, current_key(inst, agency).key_id):
        raise NotFound(
            "issue.no-key",
            "The agency's newest issuing key has ended on the chain.",
            "Register a new one: onceledger key new.",
        )
    same = anew = 0
    for type_id, key_id in groups:
        if key_id not in ended:
            same += inst.records.retry_refused(agency.agency_id, type_id, key_id)
            continue
        anew += reopen_refused(
            records=inst.records,
            blobs=inst.blobs,
            unseal=unsealing(inst),
            agency_id=agency.agency_id,
            type_id=type_id,
            key_id=key_id,
        )
        issue_approved(inst, agency, inst.records.type(type_id))
    return Retried(same, anew)


def _in_force(inst: Installation, key_id: int) -> bool:
    """Whether the contract accepts the key now; one that was retired or compromised ends at that moment."""
    moment = max(inst.chain.head().time, now())  # the next block is not older than either
    _, _, begins, ends, *_ = _key_on_chain(inst, key_id)
    return bool(begins <= moment < ends)


def _require_compromised(inst: Installation, key_id: int | None) -> None:
    """What a key signed that expired or was retired stays valid; only a compromise takes that away."""
    if key_id is not None and _key_on_chain(inst, key_id)[-1]:
        return
    raise Conflict(
        "supersede.key-good",
        "The key that signed the newest version is not compromised, so that version can be relied on as it is.",
        "Correct its content without a reissue, or declare the compromise first: onceledger key compromise.",
    )


def _key_on_chain(inst: Installation, key_id: int) -> tuple[Any, ...]:
    """Agency, digest, first and last second, whether retired, and since when compromised (0: never)."""
    answer = inst.chain.simulate(bytes(20), inst.contracts().trust, call("keyOf(uint64)", key_id))
    return tuple(result("uint64,bytes32,uint64,uint64,bool,uint64", answer))


def _patched(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Merge Patch (RFC 7396, section 2)."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            below = merged.get(name)
            merged[name] = _patched(below if isinstance(below, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def _malformed(what: str) -> MalformedInput:
    return MalformedInput(
        "supersede.malformed",
        f"The correction {what}.",
        'Write {"businessNumber": "…", "changes": {…}}, or claims with all of them.',
    )
