"""Agencies and credential types: who issues here, what, and under which context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api import shapes
from api.json_bodies import StrictJsonRoute
from api.parts import Anybody, Shared
from api.shapes import AGENCY_EXAMPLE, BATCH_EXAMPLE, AgencyId, AgencyShape, BatchShape, answer
from ledger.credential_states import State
from offices.reporting import overview
from offices.root import type_named

router = APIRouter(route_class=StrictJsonRoute)


class AgencyList(BaseModel):
    """All agencies served here."""

    agencies: list[AgencyShape]


class Counts(BaseModel):
    """Credentials by state; a state that nothing is in is left out."""

    states: dict[str, int]
    without_batch: int


class BatchList(BaseModel):
    """Batches, oldest first."""

    batches: list[BatchShape]


class KeyTerm(BaseModel):
    """A key, and whether it is time for the next one."""

    id: int
    valid_until: str
    ends_soon: bool


class PackTerm(BaseModel):
    """The newest trust pack, and whether it is time for the next one. ``changes`` counts what the chain says by now and
    the pack does not: verifiers do not know it yet."""

    version: int
    expires: str
    due: bool
    changes: int


class WaitingShape(BaseModel):
    """An import that waits for a reviewer."""

    id: int = Field(alias="import")
    type: int
    source: str
    clerk: str
    created_at: str
    rows: int


class OverviewShape(BaseModel):
    """How an agency stands. ``standing`` is null when the chain does not answer; ``stuck`` names batches that are not
    settled, ``unsettled`` counts transactions whose end is not known."""

    standing: str | None
    counts: dict[str, dict[str, int]]
    pending: int
    oldest_pending: str | None
    batches: dict[str, int]
    stuck: list[int]
    unsettled: int
    lists_due: list[int]
    lists_unsettled: list[int]
    imports: list[WaitingShape]
    keys: list[KeyTerm]
    trust_pack: PackTerm | None
    step: str


@router.get(
    "/agencies",
    tags=["agencies"],
    operation_id="listAgencies",
    summary="Agencies that issue here · 本服务的签发机关",
    response_model=AgencyList,
    responses=answer("All agencies, by number.", {"agencies": [AGENCY_EXAMPLE]}),
)
def list_agencies(parts: Shared) -> Mapping[str, Any]:
    """Public: an agency's name and identifier stand on every certificate."""
    return {"agencies": [shapes.agency(row) for row in parts.inst.records.agencies()]}


@router.get(
    "/agencies/{agency_id}",
    tags=["agencies"],
    operation_id="getAgency",
    summary="One agency · 一个签发机关",
    response_model=AgencyShape,
    responses=answer("The agency.", AGENCY_EXAMPLE),
)
def get_agency(parts: Shared, agency_id: AgencyId) -> Mapping[str, Any]:
    """Public."""
    return shapes.agency(parts.inst.records.agency(agency_id))


@router.get(
    "/agencies/{agency_id}/counts",
    tags=["agencies"],
    operation_id="countCredentials",
    summary="How many credentials are in which state · 各状态证照数",
    response_model=Counts,
    responses=answer("The counts.", {"states": {"anchored": 4, "draft": 2}, "without_batch": 0}),
)
def count_credentials(
    parts: Shared,
    agency_id: AgencyId,
    _: Anybody,
    of_type: Annotated[str | None, Query(alias="type", max_length=64, description="Name or number of a type.")] = None,
) -> Mapping[str, Any]:
    """Every role of the agency may ask."""
    type_id = None if of_type is None else type_named(parts.inst, of_type)[0].type_id
    counts: Mapping[State, int] = parts.inst.records.count(agency_id, type_id)
    waiting = [
        count
        for owner, kind, _, count, _ in parts.inst.records.pending_groups()
        if owner == agency_id and type_id in (None, kind)
    ]
    return {"states": {state.value: count for state, count in counts.items()}, "without_batch": sum(waiting)}


@router.get(
    "/agencies/{agency_id}/batches",
    tags=["agencies"],
    operation_id="listBatches",
    summary="Batches of an agency · 批次",
    response_model=BatchList,
    responses=answer("The batches.", {"batches": [BATCH_EXAMPLE]}),
)
def list_batches(
    parts: Shared,
    agency_id: AgencyId,
    _: Anybody,
    state: Annotated[Literal["prepared", "submitted", "anchored", "refused"] | None, Query()] = None,
) -> Mapping[str, Any]:
    """Every role of the agency may ask."""
    return {"batches": [shapes.batch(row) for row in parts.inst.records.batches(agency_id, state)]}


@router.get(
    "/agencies/{agency_id}/overview",
    tags=["agencies"],
    operation_id="getOverview",
    summary="How things stand, and what to do next · 现状与下一步",
    response_model=OverviewShape,
    responses=answer(
        "What waits, is stuck or runs out soon.",
        {
            "standing": "active",
            "counts": {"SamplePermit": {"anchored": 4}},
            "pending": 0,
            "oldest_pending": None,
            "batches": {"anchored": 1},
            "stuck": [],
            "unsettled": 0,
            "lists_due": [],
            "lists_unsettled": [],
            "imports": [
                {
                    "import": 2,
                    "type": 1,
                    "source": "register.csv",
                    "clerk": "li",
                    "created_at": "2026-10-01T08:00:00Z",
                    "rows": 4,
                }
            ],
            "keys": [{"id": 1, "valid_until": "2028-09-30T08:00:00Z", "ends_soon": False}],
            "trust_pack": {"version": 1, "expires": "2026-10-08T08:00:00Z", "due": False, "changes": 0},
            "step": "nothing",
        },
    ),
)
def get_overview(parts: Shared, agency_id: AgencyId, _: Anybody) -> Mapping[str, Any]:
    """Every role of the agency may ask. ``step`` is the installation's next one, as ``onceledger status`` says it."""
    parts.inst.records.agency(agency_id)
    found = overview(parts.inst)
    one = next(report for report in found.agencies if report.agency.agency_id == agency_id)
    pack = found.pack
    return {
        "standing": one.standing,
        "counts": {kind: {state.value: n for state, n in states.items()} for kind, states in one.counts.items()},
        "pending": one.pending,
        "oldest_pending": shapes.stamp(one.oldest),
        "batches": one.batches,
        "stuck": [batch.batch_id for batch in one.stuck],
        "unsettled": one.unsettled,
        "lists_due": one.lists_due,
        "lists_unsettled": one.lists_unsettled,
        "imports": [
            {
                "import": each.import_id,
                "type": each.type_id,
                "source": each.source,
                "clerk": each.clerk,
                "created_at": shapes.stamp(each.created_at),
                "rows": each.accepted,
            }
            for each in one.imports
        ],
        "keys": [
            {"id": key.key.key_id, "valid_until": shapes.stamp(key.key.valid_until), "ends_soon": key.ends_soon}
            for key in one.keys
        ],
        "trust_pack": None
        if pack is None
        else {
            "version": pack.version,
            "expires": shapes.stamp(int(pack.expires.timestamp())),
            "due": found.pack_due,
            "changes": found.pack_changes,
        },
        "step": found.step.value,
    }
