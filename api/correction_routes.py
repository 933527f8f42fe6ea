"""Corrections: a new version of a certificate, drafted by a clerk, approved and issued like any draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.json_bodies import StrictJsonRoute
from api.parts import Clerk, Shared
from api.shapes import AgencyId, BusinessNumber, Sent, TypeName, answer
from ledger.errors import MalformedInput
from offices.root import type_named
from offices.status import Correction, correct

router = APIRouter(route_class=StrictJsonRoute, tags=["imports"])


class CorrectionShape(Sent):
    """What the corrected version says: all its claims, or only the changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"type": "SamplePermit", "business_number": "SP-2026-0001", "changes": {"activity": "街头绘画"}},
            ]
        }
    )

    type: TypeName
    business_number: BusinessNumber
    claims: dict[str, Any] | None = Field(None, description="All claims, as the type's schema wants them.")
    changes: dict[str, Any] | None = Field(None, description="Instead: a merge patch (RFC 7396); null removes a claim.")
    valid_from: str | None = Field(None, description="First day; as before when left out.", examples=["2026-02-01"])
    reissue: bool = Field(
        False, description="The same content again, with empty changes: the key that signed it is compromised."
    )


class Drafted(BaseModel):
    """The import under which a reviewer approves the correction, and the version that it will be."""

    id: int = Field(alias="import")
    version: int


@router.post(
    "/agencies/{agency_id}/corrections",
    operation_id="draftCorrection",
    summary="Draft a corrected version of a certificate · 起草更正",
    status_code=201,
    response_model=Drafted,
    responses=answer("Approve this import, then issue.", {"import": 2, "version": 2}, status=201),
)
def draft_correction(parts: Shared, agency_id: AgencyId, holder: Clerk, body: CorrectionShape) -> Mapping[str, Any]:
    """A clerk's. The old version stays in force until the new one is anchored, and then names it as its successor."""
    row = type_named(parts.inst, body.type)[0]
    if (body.claims is None) == (body.changes is None):
        raise MalformedInput("correction.content", "The body has neither claims nor changes, or both.", "Send one.")
    first = None if body.valid_from is None else _day(body.valid_from)
    correction = Correction(body.business_number, body.claims, body.changes, first, body.reissue)
    agency = parts.inst.records.agency(agency_id)
    with parts.locks.held(agency_id):
        import_id, version = correct(parts.inst, agency, row, correction, clerk=holder.name)
    return {"import": import_id, "version": version}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedInput("correction.valid-from", "The first day does not exist.", "Write YYYY-MM-DD.") from None
