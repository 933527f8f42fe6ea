"""Agencies and what they may issue: entering, suspending, merging, accrediting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api import shapes
from api.governing import Governing, Members, by_members, done_or_awaited, governed
from api.json_bodies import StrictJsonRoute
from api.parts import Shared
from api.shapes import (
    AGENCY_EXAMPLE,
    NAMES_EXAMPLE,
    AgencyId,
    AgencyShape,
    Moment,
    Sent,
    SentNames,
    TypeName,
)
from api.tokens import ROOT_AUTHORITY
from offices import agencies, root
from offices.moments import parse_time
from offices.root import NewAgency, type_named

router = APIRouter(route_class=StrictJsonRoute)


class AgencyToEnter(Sent):
    """An agency: its did:web host, its names, and the agency that supervises it (none: the root authority)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"host": "licences.city.example", "name": NAMES_EXAMPLE, "accreditor": None}]}
    )

    host: str = Field(max_length=253)
    name: SentNames
    accreditor: int | None = Field(None, ge=1, le=2**32 - 1)


class Renaming(Sent):
    """An agency's new names."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": NAMES_EXAMPLE}]})

    name: SentNames


class Merger(Sent):
    """Names the agency in which another goes up."""

    successor: Annotated[int, Field(ge=1, le=2**32 - 1, examples=[2])]


class KeyLimit(Sent):
    """How many keys an agency may register in all."""

    limit: Annotated[int, Field(ge=0, le=10_000, examples=[64])]


class Grant(Sent):
    """What an agency may issue, until when, and whether it may pass that on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "SamplePermit", "until": "2031-09-30T00:00:00+08:00", "may_delegate": False}]
        }
    )

    type: TypeName
    until: Moment | None = Field(
        None, description="Its end; in five years when left out, and never after the grantor's."
    )
    may_delegate: bool = False


class OfType(Sent):
    """Names a type."""

    type: TypeName


class Standing(BaseModel):
    """An agency's standing from now on."""

    id: int
    standing: str
    successor: int | None = None


class Limited(BaseModel):
    """How many keys the agency may register in all, those that ended counted."""

    id: int
    key_limit: int


class Granted(BaseModel):
    """An accreditation that was given, or ended."""

    agency: int
    type: int
    ended: bool


@router.post(
    "/agencies",
    tags=["governing"],
    operation_id="enterAgency",
    summary="Enter an agency · 登记机关",
    response_model=AgencyShape,
    responses=done_or_awaited(
        "Its accounts and keys were made here, and the root authority entered it.", AGENCY_EXAMPLE
    ),
)
def enter_agency(parts: Shared, asking: Members, body: AgencyToEnter) -> Mapping[str, Any]:
    """The root authority's. Safe to repeat with the same names and accreditor."""
    if body.accreditor is not None:
        parts.inst.records.agency(body.accreditor)
    new = NewAgency(body.host, body.name.label, body.accreditor or ROOT_AUTHORITY)
    root.check_names(new)
    with by_members(parts, asking) as members:
        return shapes.agency(root.add_agency(parts.inst, new, members=members))


@router.post(
    "/agencies/{agency_id}/rename",
    tags=["governing"],
    operation_id="renameAgency",
    summary="Give an agency other names · 更改机关名称",
    response_model=AgencyShape,
    responses=done_or_awaited("Verifiers see them with the next trust pack.", AGENCY_EXAMPLE),
)
def rename_agency(parts: Shared, agency_id: AgencyId, asking: Members, body: Renaming) -> Mapping[str, Any]:
    """The root authority's: it signs the names. The host never changes."""
    agency = parts.inst.records.agency(agency_id)
    root.check_names(NewAgency(agency.host, body.name.label))
    with by_members(parts, asking, agency_id):
        return shapes.agency(root.rename_agency(parts.inst, agency, body.name.label))


@router.post(
    "/agencies/{agency_id}/suspend",
    tags=["governing"],
    operation_id="suspendAgency",
    summary="Suspend an agency · 暂停机关",
    response_model=Standing,
    responses=done_or_awaited(
        "It anchors and publishes nothing until it is readmitted.", {"id": 1, "standing": "suspended"}
    ),
)
def suspend_agency(parts: Shared, agency_id: AgencyId, governing: Governing) -> Mapping[str, Any]:
    """The root authority's or its accreditor's. What it issued stays valid."""
    agency = parts.inst.records.agency(agency_id)
    with governed(parts, governing) as governor:
        agencies.suspend(parts.inst, agency, by=governor.by, members=governor.members)
    return {"id": agency_id, "standing": "suspended"}


@router.post(
    "/agencies/{agency_id}/readmit",
    tags=["governing"],
    operation_id="readmitAgency",
    summary="End a suspension · 恢复机关",
    response_model=Standing,
    responses=done_or_awaited("It anchors and publishes again.", {"id": 1, "standing": "active"}),
)
def readmit_agency(parts: Shared, agency_id: AgencyId, governing: Governing) -> Mapping[str, Any]:
    """The root authority's or its accreditor's; what the root suspended, the root readmits."""
    agency = parts.inst.records.agency(agency_id)
    with governed(parts, governing) as governor:
        agencies.readmit(parts.inst, agency, by=governor.by, members=governor.members)
    return {"id": agency_id, "standing": "active"}


@router.post(
    "/agencies/{agency_id}/merge",
    tags=["governing"],
    operation_id="mergeAgency",
    summary="The agency goes up in another, for ever · 并入继任机关",
    response_model=Standing,
    responses=done_or_awaited("Its certificates stay valid.", {"id": 1, "standing": "merged", "successor": 2}),
)
def merge_agency(parts: Shared, agency_id: AgencyId, asking: Members, body: Merger) -> Mapping[str, Any]:
    """The root authority's. 409 while something of it waits for its anchor."""
    agency, successor = (parts.inst.records.agency(one) for one in (agency_id, body.successor))
    with by_members(parts, asking, agency_id) as members:
        agencies.merge(parts.inst, agency, successor, members=members)
    return {"id": agency_id, "standing": "merged", "successor": body.successor}


@router.post(
    "/agencies/{agency_id}/key-limit",
    tags=["governing"],
    operation_id="setKeyLimit",
    summary="How many keys an agency may register in all · 规定密钥总数",
    response_model=Limited,
    responses=done_or_awaited("Those that ended are counted; none is taken away.", {"id": 1, "key_limit": 64}),
)
def set_key_limit(parts: Shared, agency_id: AgencyId, asking: Members, body: KeyLimit) -> Mapping[str, Any]:
    """The root authority's; at first it is 32."""
    agency = parts.inst.records.agency(agency_id)
    with by_members(parts, asking) as members:
        agencies.set_key_limit(parts.inst, agency, body.limit, members=members)
    return {"id": agency_id, "key_limit": body.limit}


@router.post(
    "/agencies/{agency_id}/accreditations",
    tags=["governing"],
    operation_id="accreditAgency",
    summary="Let an agency issue a type · 授权",
    response_model=Granted,
    responses=done_or_awaited("It may issue the type.", {"agency": 1, "type": 1, "ended": False}),
)
def accredit_agency(parts: Shared, agency_id: AgencyId, governing: Governing, body: Grant) -> Mapping[str, Any]:
    """The root authority's, or with an administrator's token that agency's, which passes its own right on."""
    row = type_named(parts.inst, body.type)[0]
    agency = parts.inst.records.agency(agency_id)
    until = None if body.until is None else parse_time(body.until)
    with governed(parts, governing) as governor:
        root.accredit_agency(
            parts.inst,
            agency.agency_id,
            row.type_id,
            until=until,
            may_delegate=body.may_delegate,
            grantor=governor.by,
            members=governor.members,
        )
    return {"agency": agency_id, "type": row.type_id, "ended": False}


@router.post(
    "/agencies/{agency_id}/accreditations/end",
    tags=["governing"],
    operation_id="endAccreditation",
    summary="End an accreditation now · 终止授权",
    response_model=Granted,
    responses=done_or_awaited("What hangs on it by delegation ended with it.", {"agency": 1, "type": 1, "ended": True}),
)
def end_accreditation(parts: Shared, agency_id: AgencyId, governing: Governing, body: OfType) -> Mapping[str, Any]:
    """The root authority's, its grantor's or the agency's accreditor's."""
    row = type_named(parts.inst, body.type)[0]
    agency = parts.inst.records.agency(agency_id)
    with governed(parts, governing) as governor:
        agencies.end_accreditation(parts.inst, agency, row.type_id, by=governor.by, members=governor.members)
    return {"agency": agency_id, "type": row.type_id, "ended": True}
