"""What waits for more members of the root authority, and how one of them takes its agreement back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel

from adapters.bootstrap import now
from api.governing import EXAMPLE_DIGEST, in_turn
from api.parts import Member, Parts, Shared
from api.shapes import answer, stamp
from api.tokens import ROOT_AUTHORITY
from offices import agreements

router = APIRouter(tags=["root"])

_EXAMPLE: Final = {
    "open": [
        {
            "act": EXAMPLE_DIGEST,
            "method": "POST",
            "path": "/root-authority/members/root-3/rotate",
            "agreed": ["root-1"],
            "until": "2026-10-02T08:00:00Z",
        }
    ]
}

ActDigest = Annotated[
    str,
    Path(min_length=43, max_length=43, description="Digest of the act, as its answer said.", examples=[EXAMPLE_DIGEST]),
]


class OpenAct(BaseModel):
    """An act that waits for more members. ``path`` has the query too; what the body says, who agreed knows."""

    act: str
    method: str
    path: str
    agreed: list[str]
    until: str


class OpenActs(BaseModel):
    """All of them, the one that ends first first."""

    open: list[OpenAct]


@router.get(
    "/root-authority/agreements",
    operation_id="listAgreements",
    summary="Acts that wait for more members · 待更多成员同意的操作",
    response_model=OpenActs,
    responses=answer("Those that somebody agreed to in the last 24 hours.", _EXAMPLE),
)
def list_agreements(parts: Shared, holder: Member) -> Mapping[str, Any]:
    """The members. To agree, send the same request: what it is to say, learn from its author and not from here."""
    return _listed(parts, holder.name)


@router.delete(
    "/root-authority/agreements/{act}",
    operation_id="takeBackAgreement",
    summary="Agree no longer to an act · 撤回同意",
    response_model=OpenActs,
    responses=answer("What still waits.", _EXAMPLE),
)
def take_back(parts: Shared, holder: Member, act: ActDigest) -> Mapping[str, Any]:
    """A member's, for itself."""
    with in_turn(parts, ROOT_AUTHORITY):
        agreements.take_back(parts.inst, act, holder.name, now=now())
    return _listed(parts, holder.name)


def _listed(parts: Parts, member: str) -> Mapping[str, Any]:
    return {
        "open": [
            {
                "act": one.act,
                "method": one.method,
                "path": one.target,
                "agreed": list(one.agreed),
                "until": stamp(one.until),
            }
            for one in agreements.open_acts(parts.inst, member, now=now())
        ]
    }
