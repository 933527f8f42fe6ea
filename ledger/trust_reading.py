"""``trust.json`` as it is read (``docs/formats/trust-description.md``).

Strictly: every member is there and none besides, except at the top, where members of later versions are kept and
ignored. What reads well is then held to ``ledger.trust_rules``.
"""

from __future__ import annotations

import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from ledger import canonical_json, trust_rules
from ledger.canonical_json import Limits
from ledger.errors import MalformedInput
from ledger.label import Label
from ledger.trust_description import (
    Accreditation,
    Agency,
    AgencyKey,
    AgencyStatus,
    ChainInfo,
    ContextEntry,
    CredentialTypeEntry,
    FieldEntry,
    LogCheckpoint,
    TrustDescription,
    TypeKind,
    ValidatorSet,
    agency_key,
)
from ledger.trust_document import FORMAT, VERSION
from ledger.trust_members import (
    bad,
    choice,
    digest,
    hexadecimal,
    items,
    matching,
    members,
    natural,
    optional,
    text,
    time,
)

LIMITS: Final = Limits(max_bytes=6 << 20, max_depth=8)
"""500 agencies with two keys each and a hundred types come to about 400 kB."""

_MEMBERS: Final = frozenset(("format", "version", "chain", "block", "time", "checkpoints", "agencies", "types"))
_ENGINES: Final = ("qbft",)
_KINDS: Final[dict[str, TypeKind]] = {"credential": "credential", "record": "record"}
_STATUSES: Final[dict[str, AgencyStatus]] = {"active": "active", "suspended": "suspended", "merged": "merged"}
_DID: Final = re.compile(r"did:[a-z0-9]{1,32}:[A-Za-z0-9._:%-]{1,300}")
_TYPE_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_CONTEXT_URL: Final = re.compile(r"https://[A-Za-z0-9._~:/?%@!$&'()*+,;=-]{1,400}")
_PERIOD: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def parse(data: bytes) -> TrustDescription:
    """Read ``trust.json`` and hold it to the rules.

    Raises MalformedInput ``json.*`` (not canonical JSON of at most 6 MiB) or ``trust-description.*``, which name the
    place as a JSON Pointer in ``detail["path"]``.
    """
    document = canonical_json.parse_canonical(data, limits=LIMITS)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise bad("trust-description.not-a-description", "", f"does not say that it is {FORMAT}")
    if type(document.get("version")) is not int or document["version"] != VERSION:  # in Python, True equals 1
        raise bad("trust-description.version-unknown", "/version", "is of a version that this software does not know")
    for name in sorted(_MEMBERS - document.keys()):
        raise bad("trust-description.member", f"/{name}", "is missing")
    description = TrustDescription(
        chain=_chain(document["chain"], "/chain"),
        block=natural(document["block"], "/block"),
        time=time(document["time"], "/time"),
        checkpoints=items(document["checkpoints"], "/checkpoints", _checkpoint),
        agencies=items(document["agencies"], "/agencies", _agency),
        types=items(document["types"], "/types", _type),
        unknown={name: value for name, value in document.items() if name not in _MEMBERS},
    )
    trust_rules.check(description)
    return description


def _chain(value: Any, path: str) -> ChainInfo:
    members(value, path, "id", "genesis", "engine", "contracts", "validatorSets")
    contracts = value["contracts"]
    members(contracts, f"{path}/contracts", "trust", "anchor", "status")
    if value["engine"] not in _ENGINES:
        raise bad(
            "trust-description.engine", f"{path}/engine", "names a consensus whose seals this software cannot check"
        )
    return ChainInfo(
        chain_id=natural(value["id"], f"{path}/id"),
        genesis=digest(value["genesis"], f"{path}/genesis"),
        engine=value["engine"],
        trust_registry=hexadecimal(contracts["trust"], f"{path}/contracts/trust", 20),
        anchor_registry=hexadecimal(contracts["anchor"], f"{path}/contracts/anchor", 20),
        status_registry=hexadecimal(contracts["status"], f"{path}/contracts/status", 20),
        validator_sets=items(value["validatorSets"], f"{path}/validatorSets", _validator_set),
    )


def _validator_set(value: Any, path: str) -> ValidatorSet:
    members(value, path, "from", "to", "validators")
    return ValidatorSet(
        from_block=natural(value["from"], f"{path}/from"),
        to_block=optional(natural, value["to"], f"{path}/to"),
        validators=items(value["validators"], f"{path}/validators", lambda one, at: hexadecimal(one, at, 20)),
    )


def _checkpoint(value: Any, path: str) -> LogCheckpoint:
    members(value, path, "size", "root", "block", "time", "period")
    return LogCheckpoint(
        size=natural(value["size"], f"{path}/size"),
        root=digest(value["root"], f"{path}/root"),
        block=natural(value["block"], f"{path}/block"),
        time=time(value["time"], f"{path}/time"),
        period=matching(_PERIOD, value["period"], f"{path}/period", "trust-description.period"),
    )


def _agency(value: Any, path: str) -> Agency:
    members(value, path, "id", "did", "name", "status", "statusSince", "successor", "keys", "accreditations")
    return Agency(
        agency_id=natural(value["id"], f"{path}/id"),
        did=matching(_DID, value["did"], f"{path}/did", "trust-description.did"),
        name=_label(value["name"], f"{path}/name"),
        status=choice(_STATUSES, value["status"], f"{path}/status", "trust-description.agency-status"),
        status_since=time(value["statusSince"], f"{path}/statusSince"),
        successor_id=optional(natural, value["successor"], f"{path}/successor"),
        keys=items(value["keys"], f"{path}/keys", _key),
        accreditations=items(value["accreditations"], f"{path}/accreditations", _accreditation),
    )


def _key(value: Any, path: str) -> AgencyKey:
    members(value, path, "id", "multikey", "validFrom", "validUntil", "retiredAt", "compromisedSince")
    key_id, written = natural(value["id"], f"{path}/id"), text(value["multikey"], f"{path}/multikey")
    valid_from, valid_until = (
        time(value["validFrom"], f"{path}/validFrom"),
        time(value["validUntil"], f"{path}/validUntil"),
    )
    retired_at = optional(time, value["retiredAt"], f"{path}/retiredAt")
    compromised_since = optional(time, value["compromisedSince"], f"{path}/compromisedSince")
    try:
        return agency_key(
            key_id,
            written,
            valid_from=valid_from,
            valid_until=valid_until,
            retired_at=retired_at,
            compromised_since=compromised_since,
        )
    except MalformedInput:
        raise bad("trust-description.key", f"{path}/multikey", "is not a sound Ed25519 Multikey") from None


def _accreditation(value: Any, path: str) -> Accreditation:
    members(value, path, "type", "grantor", "until", "endedAt")
    return Accreditation(
        type_id=natural(value["type"], f"{path}/type"),
        grantor_id=natural(value["grantor"], f"{path}/grantor"),
        until=time(value["until"], f"{path}/until"),
        ended_at=optional(time, value["endedAt"], f"{path}/endedAt"),
    )


def _type(value: Any, path: str) -> CredentialTypeEntry:
    members(value, path, "id", "name", "kind", "label", "zone", "contexts", "fields")
    return CredentialTypeEntry(
        type_id=natural(value["id"], f"{path}/id"),
        name=matching(_TYPE_NAME, value["name"], f"{path}/name", "trust-description.type-name"),
        kind=choice(_KINDS, value["kind"], f"{path}/kind", "trust-description.kind"),
        label=_label(value["label"], f"{path}/label"),
        zone=_zone(value["zone"], f"{path}/zone"),
        contexts=items(value["contexts"], f"{path}/contexts", _context),
        fields=items(value["fields"], f"{path}/fields", _field),
    )


def _context(value: Any, path: str) -> ContextEntry:
    members(value, path, "url", "sha256")
    url = matching(_CONTEXT_URL, value["url"], f"{path}/url", "trust-description.context-url")
    return ContextEntry(url, digest(value["sha256"], f"{path}/sha256"))


def _member(value: Any, path: str) -> FieldEntry:
    members(value, path, "name", "label")
    return FieldEntry(text(value["name"], f"{path}/name"), _label(value["label"], f"{path}/label"))


def _field(value: Any, path: str) -> FieldEntry:
    has_members = isinstance(value, dict) and "members" in value
    members(value, path, "name", "label", *(["members"] if has_members else []))
    return FieldEntry(
        name=text(value["name"], f"{path}/name"),
        label=_label(value["label"], f"{path}/label"),
        members=items(value["members"], f"{path}/members", _member) if has_members else (),
    )


def _label(value: Any, path: str) -> Label:
    if not isinstance(value, dict) or value.keys() != {"zh", "en"} or not all(value.values()):
        raise bad(
            "trust-description.language-missing",
            path,
            "is not there in Chinese and in English, and in no other language",
        )
    return Label(zh=text(value["zh"], f"{path}/zh"), en=text(value["en"], f"{path}/en"))


def _zone(value: Any, path: str) -> str:
    name = text(value, path)
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise bad("trust-description.zone", path, "is not a time zone that this machine knows") from None
    return name
