"""What a throw-away instance has to offer: one small credential type, its mapping, and a register of nobody.

The people in it are made up: their identity numbers have right check digits and an area code that no place bears.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.canonical_json import canonicalize
from ledger.china_identifiers import resident_id_check

TYPE_NAME: Final = "SamplePermit"
MAPPING_NAME: Final = "sample-permit"
NUMBER_STEM: Final = "SP-2026-"
"""What the sample's business numbers begin with."""

MAPPING: Final = """# sample.csv -> SamplePermit 1
format = "onceledger-import-mapping"
version = 1
type = "SamplePermit"
typeVersion = "1"
source = "sample"

[columns]
permitNumber = {}
fullName = {}
residentId = {}
activity = {}
grantedOn = { date = "YYYY-MM-DD" }

[fields]
permitNumber = { column = "permitNumber" }
fullName = { column = "fullName" }
residentId = { column = "residentId" }
activity = { column = "activity" }

[validFrom]
column = "grantedOn"
"""

_VOCABULARY: Final = "https://onceledger.example/vocab/sample-permit#"
_LABELS: Final = {
    "permitNumber": ("许可证编号", "Number of the permit"),
    "fullName": ("姓名", "Full name"),
    "residentId": ("公民身份号码", "Resident identity number"),
    "activity": ("许可事项", "What is permitted"),
}
_PROPERTIES: Final[dict[str, Any]] = {
    "permitNumber": {"type": "string", "maxLength": 32, "pattern": "^[A-Z0-9-]{4,32}$"},
    "fullName": {"type": "string", "minLength": 1, "maxLength": 40},
    "residentId": {"type": "string", "format": "cn-resident-id"},
    "activity": {"type": "string", "minLength": 1, "maxLength": 80},
}
_PEOPLE: Final = (
    (NUMBER_STEM + "0001", "王示例", "99000019900307201", "街头表演"),
    (NUMBER_STEM + "0002", "买买提·样本", "99000019851121054", "河道垂钓"),
    (NUMBER_STEM + "0003", "𠮷䶮㛃", "99000020010228337", "夜市摊位"),
    (NUMBER_STEM + "0004", "Zhang San (sample)", "99000019780615118", "street music"),
)


def definition() -> bytes:
    """The type's definition (``docs/formats/credential-type.md``)."""
    return canonicalize(
        {
            "format": "onceledger-credential-type",
            "version": 1,
            "name": TYPE_NAME,
            "typeVersion": "1",
            "kind": "credential",
            "label": {"zh": "示例许可证", "en": "Sample permit"},
            "description": {"zh": "用于试用，不具效力。", "en": "For trying things out; it permits nothing."},
            "zone": "Asia/Shanghai",
            "validity": {"rule": "none"},
            "holderKey": "none",
            "subjectIdFields": ["residentId"],
            "businessNumberField": "permitNumber",
            "display": list(_PROPERTIES),
            "fields": {name: {"label": {"zh": zh, "en": en}} for name, (zh, en) in _LABELS.items()},
            "schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "additionalProperties": False,
                "required": list(_PROPERTIES),
                "properties": _PROPERTIES,
            },
            "context": {
                "@context": {"@protected": True, TYPE_NAME: _VOCABULARY + TYPE_NAME}
                | {name: _VOCABULARY + name for name in _PROPERTIES}
            },
        }
    )


def register() -> str:
    """A register to import: CSV with a header and four rows."""
    rows = [
        f"{number},{name},{first17}{resident_id_check(first17)},{activity},2026-01-05"
        for number, name, first17, activity in _PEOPLE
    ]
    return "\n".join(["permitNumber,fullName,residentId,activity,grantedOn", *rows, ""])
