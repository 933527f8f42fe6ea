"""``trust.json`` as it is written: a trust description in canonical JSON (``docs/formats/trust-description.md``).

    {"agencies": […], "block": 4711, "chain": {…}, "checkpoints": […], "format": "onceledger-trust", "time": 1767225600,
     "types": […], "version": 1}

Addresses and 32-byte hashes are 0x-hex as on the chain.
"""

from __future__ import annotations

from typing import Any, Final

from ledger import canonical_json
from ledger.label import Label
from ledger.trust_description import Agency, CredentialTypeEntry, TrustDescription

FORMAT: Final = "onceledger-trust"
VERSION: Final = 1


def to_bytes(description: TrustDescription) -> bytes:
    """``trust.json`` of a description: the one text that it has (RFC 8785)."""
    return canonical_json.canonicalize(to_json(description))


def to_json(description: TrustDescription) -> dict[str, Any]:
    """The document as JSON values."""
    chain = description.chain
    return {
        **description.unknown,
        "format": FORMAT,
        "version": VERSION,
        "chain": {
            "id": chain.chain_id,
            "genesis": _hex_of(chain.genesis),
            "engine": chain.engine,
            "contracts": {
                "trust": _hex_of(chain.trust_registry),
                "anchor": _hex_of(chain.anchor_registry),
                "status": _hex_of(chain.status_registry),
            },
            "validatorSets": [
                {"from": one.from_block, "to": one.to_block, "validators": [_hex_of(who) for who in one.validators]}
                for one in chain.validator_sets
            ],
        },
        "block": description.block,
        "time": description.time,
        "checkpoints": [
            {"size": one.size, "root": _hex_of(one.root), "block": one.block, "time": one.time, "period": one.period}
            for one in description.checkpoints
        ],
        "agencies": [_agency_json(agency) for agency in description.agencies],
        "types": [_type_json(kind) for kind in description.types],
    }


def _agency_json(agency: Agency) -> dict[str, Any]:
    return {
        "id": agency.agency_id,
        "did": agency.did,
        "name": _label_json(agency.name),
        "status": agency.status,
        "statusSince": agency.status_since,
        "successor": agency.successor_id,
        "keys": [
            {
                "id": key.key_id,
                "multikey": key.multikey,
                "validFrom": key.valid_from,
                "validUntil": key.valid_until,
                "retiredAt": key.retired_at,
                "compromisedSince": key.compromised_since,
            }
            for key in agency.keys
        ],
        "accreditations": [
            {"type": one.type_id, "grantor": one.grantor_id, "until": one.until, "endedAt": one.ended_at}
            for one in agency.accreditations
        ],
    }


def _type_json(kind: CredentialTypeEntry) -> dict[str, Any]:
    return {
        "id": kind.type_id,
        "name": kind.name,
        "kind": kind.kind,
        "label": _label_json(kind.label),
        "zone": kind.zone,
        "contexts": [{"url": one.url, "sha256": _hex_of(one.digest)} for one in kind.contexts],
        "fields": [
            {"name": one.name, "label": _label_json(one.label), "within": list(one.within)} for one in kind.fields
        ],
    }


def _label_json(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}


def _hex_of(data: bytes) -> str:
    return "0x" + data.hex()
