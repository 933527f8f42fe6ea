"""From approved drafts to the chain, and what happens to certificates afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api import shapes
from api.json_bodies import StrictJsonRoute
from api.parts import Issuer, Operator, Reviewer, Shared
from api.shapes import (
    BATCH_EXAMPLE,
    PUBLICATION_EXAMPLE,
    AgencyId,
    BatchShape,
    BusinessNumber,
    PublicationShape,
    Sent,
    TypeName,
    answer,
)
from issuers.change_status import Changed
from ledger.credential_states import Action
from offices.issuing import anchor_pending, issue_approved, publish_lists
from offices.root import type_named
from offices.status import change, retry

router = APIRouter(route_class=StrictJsonRoute, tags=["issuing"])

MAX_NUMBERS = 100_000
"""Business numbers of one request; their changes are one transaction."""


class OfType(Sent):
    """Names a type."""

    type: TypeName


class Issued(BaseModel):
    """How many credentials were issued."""

    issued: int


class Retried(BaseModel):
    """How many credentials wait for an anchor again: as they were, and issued anew because their key had ended."""

    retried: int
    reissued: int


class Anchored(BaseModel):
    """Every batch that came to its end, and the lists that were published after it."""

    batches: list[BatchShape]
    publications: list[PublicationShape]


class WhichLists(Sent):
    """Which lists to publish."""

    every_list: bool = Field(False, description="Unchanged ones too, for a fresh date.", examples=[False])


class PublishedLists(BaseModel):
    """What was published."""

    publications: list[PublicationShape]


class StatusChange(Sent):
    """One action on many certificates: done to all of them, or to none; with ``skip_refused`` to all that can be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "SamplePermit", "action": "revoke", "business_numbers": ["SP-2026-0002"]}]
        }
    )

    type: TypeName
    action: Literal["revoke", "hold", "resume", "void", "reject"]
    business_numbers: Annotated[list[BusinessNumber], Field(min_length=1, max_length=MAX_NUMBERS, fail_fast=True)]
    skip_refused: bool = Field(False, description="Leave out what cannot be done, and report it.", examples=[False])


class ChangedOne(BaseModel):
    """One certificate: its state before and now."""

    business_number: str
    version: int
    before: str
    state: str


class RefusedOne(BaseModel):
    """A number that nothing was done to: its place in the request (from 1), why, and its state if it has one."""

    row: int
    code: str
    state: str | None


class ChangedAll(BaseModel):
    """In the order of the request. ``refused`` is empty unless ``skip_refused`` was sent; ``ended`` are corrections on
    their way that end with what they correct."""

    changed: list[ChangedOne]
    ended: list[ChangedOne]
    refused: list[RefusedOne]


@router.post(
    "/agencies/{agency_id}/issue",
    operation_id="issueApproved",
    summary="Issue what was approved · 签发",
    response_model=Issued,
    responses=answer("They are signed, sealed and stored, and wait for their anchor.", {"issued": 4}),
)
def issue(parts: Shared, agency_id: AgencyId, _: Issuer, body: OfType) -> Mapping[str, Any]:
    """A clerk's or the operator's. Works while the chain is down."""
    row = type_named(parts.inst, body.type)[0]
    agency = parts.inst.records.agency(agency_id)
    with parts.locks.held(agency_id):
        return {"issued": issue_approved(parts.inst, agency, row)}


@router.post(
    "/agencies/{agency_id}/anchor",
    operation_id="anchorPending",
    summary="Anchor what is pending, then publish changed status lists · 存证",
    response_model=Anchored,
    responses=answer(
        "Batches with their end: anchored, or refused by the contract.",
        {"batches": [BATCH_EXAMPLE], "publications": [PUBLICATION_EXAMPLE]},
    ),
)
def anchor(parts: Shared, agency_id: AgencyId, _: Operator) -> Mapping[str, Any]:
    """The operator's; the service does it by itself by time and size. Safe to repeat: each root is anchored once."""
    agency = parts.inst.records.agency(agency_id)
    with parts.locks.held(agency_id):
        try:
            batches = anchor_pending(parts.inst, agency)
        finally:  # a revocation does not wait for what keeps a batch from its anchor
            try:
                publications = publish_lists(parts.inst, agency)
            finally:  # one list that fails keeps no other from being published
                parts.published.forget()
    return {
        "batches": [shapes.batch(row) for row in batches],
        "publications": [shapes.publication(row) for row in publications],
    }


@router.post(
    "/agencies/{agency_id}/retry-refused",
    operation_id="retryRefused",
    summary="Put what the contract refused back among the pending · 重试被拒批次",
    response_model=Retried,
    responses=answer("They wait for an anchor again.", {"retried": 4, "reissued": 0}),
)
def retry_refused(parts: Shared, agency_id: AgencyId, _: Operator) -> Mapping[str, Any]:
    """The operator's, once the cause (an accreditation, a key, a suspension) is mended. What a key signed that has
    ended since is issued anew with the key in force, under the same number. Safe to repeat."""
    agency = parts.inst.records.agency(agency_id)
    with parts.locks.held(agency_id):
        done = retry(parts.inst, agency)
    return {"retried": done.same, "reissued": done.anew}


@router.post(
    "/agencies/{agency_id}/publish",
    operation_id="publishStatus",
    summary="Publish status lists · 公布状态列表",
    response_model=PublishedLists,
    responses=answer("What was published; empty when nothing had changed.", {"publications": [PUBLICATION_EXAMPLE]}),
)
def publish(parts: Shared, agency_id: AgencyId, _: Operator, body: WhichLists | None = None) -> Mapping[str, Any]:
    """The operator's; the service does it by itself. Verifiers learn of a change from the next publication on."""
    agency = parts.inst.records.agency(agency_id)
    with parts.locks.held(agency_id):
        try:
            publications = publish_lists(parts.inst, agency, every_list=body is not None and body.every_list)
        finally:  # one list that fails keeps no other from being published
            parts.published.forget()
    return {"publications": [shapes.publication(row) for row in publications]}


@router.post(
    "/agencies/{agency_id}/status-changes",
    operation_id="changeStatus",
    summary="Revoke, hold, resume, void, or reject a draft · 吊销、暂停、恢复、作废、驳回",
    response_model=ChangedAll,
    responses=answer(
        "All were changed.",
        {
            "changed": [{"business_number": "SP-2026-0002", "version": 1, "before": "anchored", "state": "revoked"}],
            "ended": [],
            "refused": [],
        },
    ),
)
def change_status(parts: Shared, agency_id: AgencyId, holder: Reviewer, body: StatusChange) -> Mapping[str, Any]:
    """A reviewer's, in one transaction. When some cannot be done none is, and the problem lists all of them in
    ``rows``. Shows to verifiers with the next publication."""
    row = type_named(parts.inst, body.type)[0]
    agency = parts.inst.records.agency(agency_id)
    with parts.locks.held(agency_id):
        done = change(
            parts.inst,
            agency,
            row,
            body.business_numbers,
            Action(body.action),
            actor=holder.name,
            skip_refused=body.skip_refused,
        )
    return {
        "changed": _changes(done.changed),
        "ended": _changes(done.ended),
        "refused": [one.to_json() for one in done.refused],
    }


def _changes(changes: Iterable[Changed]) -> list[dict[str, Any]]:
    return [
        {
            "business_number": one.business_number,
            "version": one.version,
            "before": one.before.value,
            "state": one.state.value,
        }
        for one in changes
    ]
