"""Agencies and credential types: who issues here, what, and under which context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api import shapes
from api.handouts import FOREVER, handout
from api.json_bodies import StrictJsonRoute
from api.parts import Anybody, Shared
from api.shapes import AGENCY_EXAMPLE, BATCH_EXAMPLE, AgencyId, AgencyShape, BatchShape, Names, TypeName, answer
from ledger.credential_states import State
from ledger.credential_type import parse_type
from ledger.errors import NotFound
from offices.reporting import overview
from offices.root import type_named

router = APIRouter(route_class=StrictJsonRoute)

_TYPE_EXAMPLE = {
    "id": 1,
    "name": "SamplePermit",
    "version": "1",
    "kind": "credential",
    "label": {"zh": "示例许可证", "en": "Sample permit"},
    "context": "https://root.example/contexts/SamplePermit/1/q83v…",
}
_CONTEXT_EXAMPLE = {"@context": {"@protected": True, "SamplePermit": "https://…#SamplePermit"}}


class AgencyList(BaseModel):
    """All agencies served here."""

    agencies: list[AgencyShape]


class TypeShape(BaseModel):
    """A credential type."""

    id: int
    name: str
    version: str
    kind: str
    label: Names
    context: str


class TypeList(BaseModel):
    """All credential types known here."""

    types: list[TypeShape]


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
                    "source": "sample.csv",
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


@router.get(
    "/types",
    tags=["types"],
    operation_id="listTypes",
    summary="Credential types · 证照类型",
    response_model=TypeList,
    responses=answer("All types, by number.", {"types": [_TYPE_EXAMPLE]}),
)
def list_types(parts: Shared) -> Mapping[str, Any]:
    """Public."""
    made = []
    for row in parts.inst.records.types():
        kind = parse_type(row.definition)
        made.append(
            {
                "id": row.type_id,
                "name": row.name,
                "version": row.type_version,
                "kind": kind.kind,
                "label": shapes.label(kind.label),
                "context": row.context_url,
            }
        )
    return {"types": made}


@router.get(
    "/types/{type_name}",
    tags=["types"],
    operation_id="getTypeDefinition",
    summary="The definition of a type: schema, context, labels, rules · 类型定义",
    response_class=Response,
    responses=answer(
        "The definition, canonical JSON (docs/formats/credential-type.md).",
        {"format": "onceledger-credential-type", "version": 1, "name": "SamplePermit"},
    ),
)
def get_type(request: Request, parts: Shared, type_name: Annotated[TypeName, Path()]) -> Response:
    """Public, the exact bytes."""
    return handout(request, type_named(parts.inst, type_name)[0].definition, "application/json")


@router.get(
    "/contexts/{name}/{version}/{digest}",
    tags=["types"],
    operation_id="getContext",
    summary="A JSON-LD context, under an address that names its digest · JSON-LD 语境定义文件",
    response_class=Response,
    responses=answer("The context.", _CONTEXT_EXAMPLE, media_type="application/ld+json"),
)
def get_context(
    request: Request,
    parts: Shared,
    name: Annotated[str, Path(max_length=64, examples=["SamplePermit"])],
    version: Annotated[str, Path(max_length=16, examples=["1"])],
    digest: Annotated[str, Path(max_length=43, examples=["q83v…"])],
) -> Response:
    """Public, and never another one under this address. Bundles carry it, so nobody needs to fetch it to verify."""
    for row in parts.inst.records.type_versions():
        if row.context_url.endswith(f"/contexts/{name}/{version}/{digest}"):
            return handout(request, parse_type(row.definition).context_bytes, "application/ld+json", FOREVER)
    raise NotFound("type.context-unknown", "There is no such context here.", "Take the one in the bundle.")
