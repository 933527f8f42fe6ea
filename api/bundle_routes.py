"""Certificates found by their number, and their evidence handed out. Numbers come in bodies, never in addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.json_bodies import StrictJsonRoute
from api.parts import Officer, Parts, Reader, Shared, other_agency
from api.shapes import AgencyId, BusinessNumber, Sent, TypeName, answer, stamp
from ledger import bundle as bundles
from ledger.canonical_json import canonicalize
from ledger.errors import NotFound
from offices.evidence import bundle_of
from offices.finding import FoundVersion, find_versions
from offices.refresh import refresh_bundle
from offices.root import agency_at, type_named

router = APIRouter(route_class=StrictJsonRoute, tags=["bundles"])

MEDIA_TYPE: Final = "application/json"
BUNDLE_EXAMPLE: Final[dict[str, Any]] = {
    "format": bundles.FORMAT,
    "version": bundles.VERSION,
    "suite": bundles.SUITE,
    "credential": {"@context": ["https://www.w3.org/ns/credentials/v2", "https://…"], "proof": {"proofValue": "z…"}},
    "context": [{"url": "https://…", "content": "{…}"}],
    "inclusion": {"index": 17, "size": 64, "path": "…"},
    "anchor": {"header": "…", "receipt": ["…"], "receiptIndex": 0, "logIndex": 0},
}
SHORTENED: Final = "The example shows its shape and is shortened: a real one has some ten thousand characters."


class WhichCredential(Sent):
    """Names a certificate of the token's agency."""

    type: TypeName
    business_number: BusinessNumber


class WhichBundle(WhichCredential):
    """Names a certificate; ``version`` one of its versions, the newest issued one when left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"agency": "1", "type": "SamplePermit", "business_number": "SP-2026-0001"}],
        }
    )

    agency: str = Field(max_length=253, description="The agency's number or host.", examples=["1"])
    version: int | None = Field(None, ge=1, le=2**31 - 1)


class Version(BaseModel):
    """One version of a certificate."""

    version: int
    state: str
    valid_from: str
    valid_until: str | None
    issued_at: str | None
    batch: int | None
    supersedes: int | None = Field(description="The version that it corrects.")
    superseded_by: int | None = Field(description="The version that took its place, once that one is anchored.")
    id: int | None = Field(alias="import")
    row: int | None
    clerk: str
    reviewer: str | None


class Versions(BaseModel):
    """All versions, oldest first."""

    versions: list[Version]


@router.post(
    "/agencies/{agency_id}/credentials",
    operation_id="findCredential",
    summary="Find a certificate by its number · 按编号查询",
    response_model=Versions,
    responses=answer(
        "All its versions.",
        {
            "versions": [
                {
                    "version": 1,
                    "state": "anchored",
                    "valid_from": "2026-01-05T00:00:00+08:00",
                    "valid_until": None,
                    "issued_at": "2026-10-01T08:00:00Z",
                    "batch": 1,
                    "supersedes": None,
                    "superseded_by": 2,
                    "import": 1,
                    "row": 2,
                    "clerk": "li",
                    "reviewer": "wang",
                }
            ]
        },
    ),
)
def find_credential(parts: Shared, agency_id: AgencyId, _: Reader, body: WhichCredential) -> Mapping[str, Any]:
    """A clerk's, a reviewer's or an auditor's: what became of it, without its content."""
    return {"versions": [_version(one) for one in _versions(parts, agency_id, body)]}


@router.post(
    "/bundles",
    operation_id="makeBundle",
    summary="The evidence bundle of a certificate · 出具证明文件",
    response_class=Response,
    responses=answer("The bundle (docs/formats/bundle.md), as far as the certificate's life has come.", BUNDLE_EXAMPLE),
)
def make_bundle(parts: Shared, holder: Officer, body: WhichBundle) -> Response:
    """A clerk's or a reviewer's: it is the certificate itself."""
    # Asked by number and not by name: who may not see another agency's rows learns nothing of which there are.
    if agency_at(parts.inst, body.agency).agency_id != holder.agency_id:
        raise other_agency()
    rows = [one.row for one in _versions(parts, holder.agency_id, body)]
    if body.version is not None:
        rows = [row for row in rows if row.version == body.version]
        if not rows:
            raise NotFound(
                "credential.version-unknown", "The certificate has no such version.", "Ask for its versions."
            )
    issued = [row for row in rows if row.cid is not None]
    return Response(bundle_of(parts.inst, (issued or rows)[-1]), media_type=MEDIA_TYPE)


@router.post(
    "/bundles/refresh",
    operation_id="refreshBundle",
    summary="A newer bundle for the one sent · 更新证明文件",
    response_class=Response,
    responses=answer("The bundle of the same certificate as of now. " + SHORTENED, BUNDLE_EXAMPLE),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"type": "object", "description": "A bundle as it was handed out, whole. " + SHORTENED},
                    "example": BUNDLE_EXAMPLE,
                }
            },
        }
    },
)
def refresh(request: Request, parts: Shared, body: dict[str, Any]) -> Response:
    """The holder's, without a token: who shows the bundle has the certificate already, and its status is public."""
    return Response(refresh_bundle(parts.inst, canonicalize(body)), media_type=MEDIA_TYPE)


def _versions(parts: Parts, agency_id: int, which: WhichCredential) -> tuple[FoundVersion, ...]:
    row = type_named(parts.inst, which.type)[0]
    (found,) = find_versions(parts.inst, agency_id, row.type_id, [which.business_number])
    if not found:
        raise NotFound(
            "credential.unknown", "No credential has this business number.", "Check number, agency and type."
        )
    return found


def _version(one: FoundVersion) -> Mapping[str, Any]:
    row = one.row
    return {
        "version": row.version,
        "state": row.state.value,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "issued_at": stamp(row.issued_at),
        "batch": row.batch_id,
        "supersedes": one.supersedes,
        "superseded_by": one.superseded_by,
        "import": row.import_id,
        "row": row.source_row,
        "clerk": row.clerk,
        "reviewer": row.reviewer,
    }
