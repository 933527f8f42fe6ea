"""From a register to approved drafts: imports, their reports, approval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from adapters.bootstrap import Installation
from api.json_bodies import StrictJsonRoute
from api.parts import Anybody, Clerk, Reviewer, Shared
from api.shapes import AgencyId, ImportId, answer, stamp
from api.uploads import Upload, Uploaded, bad_field
from issuers.approve import approve
from issuers.check_rows import Threshold
from issuers.mapping import ImportMapping
from issuers.parse_mapping import parse_mapping
from ledger import canonical_json
from ledger.errors import MalformedInput, NotFound
from offices.issuing import read_mapping
from offices.root import type_named
from offices.uploads import import_stream

router = APIRouter(route_class=StrictJsonRoute, tags=["imports"])

_MAPPING_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_FINDING: Final = {
    "row": 7,
    "column": "residentId",
    "field": "residentId",
    "rule": "format",
    "zh": "公民身份号码的位数、出生日期或校验码有误",
    "en": "The length, date of birth or check digit of the resident identity number is wrong.",
}
_REPORT: Final = {
    "import": 1, "dry_run": False, "would_stop": False,
    "rows": 5, "accepted": 4, "refused": 1, "duplicates": 0, "findings": [_FINDING],
}  # fmt: skip
_UPLOAD: Final = {
    "type": "object",
    "required": ["file", "type"],
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "The register: CSV, TSV, JSONL or XLSX, by name.",
        },
        "type": {"type": "string", "description": "Name or number of the credential type."},
        "mapping": {"type": "string", "description": "The mapping (docs/formats/import-mapping.md)."},
        "mapping_name": {
            "type": "string",
            "description": "Instead: a mapping in the data folder, mappings/<name>.toml.",
        },
        "code_list": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "dry_run": {"type": "boolean", "default": False, "description": "Check everything and keep nothing."},
        "max_bad_rows": {"type": "integer", "description": "Refuse the whole register beyond so many bad rows."},
        "max_bad_percent": {"type": "integer", "default": 5, "description": "Likewise, in percent of its rows."},
    },
    "example": {"file": "(sample.csv)", "type": "SamplePermit", "mapping_name": "sample-permit", "dry_run": True},
}


class Finding(BaseModel):
    """What is wrong with one row: place, rule, and reason in both languages; never the value."""

    row: int
    column: str | None
    field: str | None
    rule: str
    zh: str
    en: str


class ImportShape(BaseModel):
    """What came of an import. ``import`` is none after a dry run, which checks every row whatever the threshold:
    ``would_stop`` says whether the import itself would be refused."""

    id: int | None = Field(alias="import")
    dry_run: bool
    would_stop: bool
    rows: int
    accepted: int
    refused: int
    duplicates: int
    findings: list[Finding]


class KeptImport(BaseModel):
    """An import as it was kept."""

    id: int = Field(alias="import")
    type: int
    source: str
    clerk: str
    created_at: str
    accepted: int
    refused: int
    findings: list[Finding]


class Rejected(BaseModel):
    """How many drafts were rejected by this call."""

    rejected: int


class Approved(BaseModel):
    """How many drafts were approved by this call."""

    approved: int


@router.post(
    "/agencies/{agency_id}/imports",
    operation_id="importRegister",
    summary="Bring in a register · 导入名册",
    status_code=201,
    response_model=ImportShape,
    responses=answer("Good rows are drafts; bad ones are in findings.", _REPORT, status=201)
    | answer("After a dry run: the same, and nothing is kept.", _REPORT | {"import": None, "dry_run": True}),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _UPLOAD}}}},
)
def import_register(
    response: Response, parts: Shared, agency_id: AgencyId, holder: Clerk, upload: Uploaded
) -> Mapping[str, Any]:
    """A clerk's. All good rows are kept, or, beyond the threshold of bad ones, none."""
    inst = parts.inst
    wanted = upload.text("type")
    if wanted is None:
        raise bad_field("type")
    type_row = type_named(inst, wanted)[0]
    dry_run = upload.flag("dry_run")
    percent = upload.number("max_bad_percent")
    threshold = Threshold(upload.number("max_bad_rows"), Threshold().percent if percent is None else percent)
    mapping = _mapping(inst, upload)
    agency = inst.records.agency(agency_id)
    # Without the agency's lock: reading may take minutes, and of two imports with one number the records keep one.
    report = import_stream(
        inst,
        agency,
        type_row,
        upload.file,
        upload.suffix or "",
        mapping,
        clerk=holder.name,
        dry_run=dry_run,
        threshold=threshold,
    )
    if report.import_id is None:
        response.status_code = 200
    else:
        response.headers["Location"] = f"/agencies/{agency_id}/imports/{report.import_id}"
    return {"import": report.import_id, "dry_run": dry_run, "would_stop": report.would_stop, **report.to_json()}


@router.get(
    "/agencies/{agency_id}/imports/{import_id}",
    operation_id="getImport",
    summary="An import and its report · 导入结果",
    response_model=KeptImport,
    responses=answer(
        "The import.",
        {
            "import": 1,
            "type": 1,
            "source": "register.csv",
            "clerk": "li",
            "created_at": "2026-10-01T08:00:00Z",
            "accepted": 4,
            "refused": 1,
            "findings": [_FINDING],
        },
    ),
)
def get_import(parts: Shared, agency_id: AgencyId, import_id: ImportId, _: Anybody) -> Mapping[str, Any]:
    """Every role of the agency may ask; a report holds no values."""
    row = parts.inst.records.import_row(agency_id, import_id)
    report = canonical_json.parse(row.report, limits=_REPORT_LIMITS) if row.report else {}
    return {
        "import": row.import_id,
        "type": row.type_id,
        "source": row.source,
        "clerk": row.clerk,
        "created_at": stamp(row.created_at),
        "accepted": row.accepted,
        "refused": row.refused,
        "findings": report.get("findings", []),
    }


@router.post(
    "/agencies/{agency_id}/imports/{import_id}/approve",
    operation_id="approveImport",
    summary="Approve an import's drafts · 批准一次导入的草稿",
    response_model=Approved,
    responses=answer("How many were approved; 0 when it was done before.", {"approved": 4}),
)
def approve_import(parts: Shared, agency_id: AgencyId, import_id: ImportId, holder: Reviewer) -> Mapping[str, Any]:
    """A reviewer's, who is not the clerk that brought the import: four eyes."""
    with parts.locks.held(agency_id):
        done = approve(records=parts.inst.records, agency_id=agency_id, import_id=import_id, reviewer=holder.name)
    return {"approved": done}


@router.post(
    "/agencies/{agency_id}/imports/{import_id}/reject",
    operation_id="rejectImport",
    summary="Reject what of an import is not issued · 驳回导入的未签发草稿",
    response_model=Rejected,
    responses=answer("How many drafts were rejected; 0 when all were issued or rejected before.", {"rejected": 4}),
)
def reject_import(parts: Shared, agency_id: AgencyId, import_id: ImportId, _: Reviewer) -> Mapping[str, Any]:
    """A reviewer's, for drafts that shall not be issued, approved or not. Claims are erased, numbers are free again."""
    with parts.locks.held(agency_id):
        return {"rejected": parts.inst.records.reject_import(agency_id, import_id)}


_REPORT_LIMITS: Final = canonical_json.Limits(max_bytes=64 << 20)
"""Ten thousand refused rows with many findings each: our own file, which no client wrote."""


def _mapping(inst: Installation, upload: Upload) -> ImportMapping:
    name = upload.text("mapping_name")
    if ("mapping" in upload.fields) == (name is not None):
        raise MalformedInput(
            "upload.mapping", "The upload has no mapping, or two.", "Send either mapping or mapping_name."
        )
    if name is None:
        return parse_mapping(upload.fields["mapping"], upload.code_lists)
    if not _MAPPING_NAME.fullmatch(name):
        raise bad_field("mapping_name")
    path = inst.settings.data / "mappings" / f"{name}.toml"
    if not path.exists():
        raise NotFound("mapping.unknown", "The office keeps no mapping of this name.", "Send the mapping itself.")
    return read_mapping(path)
