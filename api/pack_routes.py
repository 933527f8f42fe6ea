"""Trust packs made, checked against the chain, and taken over; ``api.trust_routes`` hands them out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.governing import Members, by_members, done_or_awaited, in_turn
from api.json_bodies import StrictJsonRoute
from api.parts import Administrator, Known, Shared
from api.shapes import SHORT, AgencyId, Sent, answer, stamp
from api.tokens import ROOT_AUTHORITY
from authority.check_trust_pack import check_trust_pack
from ledger import trust_pack_files, trust_reading
from ledger.canonical_json import canonicalize
from offices.evidence import keep_next_pack, make_trust_pack, newest_pack
from offices.pack_terms import terms_of, validator_account

router = APIRouter(route_class=StrictJsonRoute, tags=["trust"])

_PACK: Final = {"format": "onceledger-trust-pack", "version": 1, "root": ["{…}"], "trust": "{…}"}
_PACK_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "description": "A trust pack (docs/formats/trust-pack.md)."},
                "example": _PACK,
            }
        },
    }
}


class PackToMake(Sent):
    """The next trust pack: days that it and a new root may be relied on; ``close_log`` closes the anchor log here, and
    earlier bundles then need a refresh; ``validators`` are named for a network's first pack and when others took over;
    ``block`` is the chain's head when left out."""

    days: int = Field(7, ge=1, le=90, examples=[14])
    root_days: int = Field(365, ge=1, le=3650)
    close_log: bool = False
    validators: Annotated[list[Annotated[str, Field(max_length=42)]], SHORT] = Field([])
    block: int | None = Field(None, ge=1, le=2**63 - 1)


class PackShape(BaseModel):
    """A trust pack's terms."""

    version: int
    root_version: int
    expires: str
    log_closed: bool


class Compared(BaseModel):
    """Whether a pack says what the chain says, and where it does not."""

    agrees: bool
    differences: list[str]


class Kept(BaseModel):
    """The pack's version, and the block that it describes."""

    version: int
    block: int


@router.post(
    "/trust-pack",
    operation_id="makeTrustPack",
    summary="Derive the description from the chain and sign the next pack · 制作信任包",
    response_model=PackShape,
    responses=done_or_awaited(
        "GET /trust-pack has it from now on.",
        {"version": 2, "root_version": 1, "expires": "2026-10-15T08:00:00Z", "log_closed": False},
    ),
)
def make(parts: Shared, asking: Members, body: PackToMake) -> Mapping[str, Any]:
    """The root authority's. The first one walks the whole chain; later ones go on from there."""
    validators = [validator_account(one) for one in body.validators]
    now = datetime.now(UTC)
    with by_members(parts, asking) as members:
        pack = make_trust_pack(
            parts.inst,
            expires=now + timedelta(days=body.days),
            root_expires=now + timedelta(days=max(body.days, body.root_days)),
            close_log=body.close_log,
            validators=validators,
            block=body.block,
            members=members,
        )
    terms = terms_of(pack)
    return {
        "version": terms.version,
        "root_version": terms.root_version,
        "expires": stamp(int(terms.expires.timestamp())),
        "log_closed": body.close_log,
    }


@router.post(
    "/trust-pack/check",
    operation_id="checkTrustPack",
    summary="Derive a pack's description anew from the chain and compare · 对照链检查信任包",
    response_model=Compared,
    responses=answer("They agree.", {"agrees": True, "differences": []}),
    openapi_extra=_PACK_BODY,
)
def check(parts: Shared, _: Known, body: dict[str, Any]) -> Mapping[str, Any]:
    """Whoever has a token; it walks the whole chain, one request at a time, and keeps nobody else waiting. The pack's
    signatures are not looked at here."""
    description = trust_reading.parse(trust_pack_files.read(canonicalize(body)).trust)
    found = check_trust_pack(chain=parts.inst.chain, description=description)
    return {"agrees": not found, "differences": found}


@router.post(
    "/agencies/{agency_id}/trust-pack",
    operation_id="keepTrustPack",
    summary="Take over the next pack that the root authority made elsewhere · 导入信任包",
    response_model=Kept,
    responses=answer("Bundles and names go by it from now on.", {"version": 3, "block": 1800}),
    openapi_extra=_PACK_BODY,
)
def keep(parts: Shared, agency_id: AgencyId, _: Administrator, body: dict[str, Any]) -> Mapping[str, Any]:
    """An administrator's. It has to follow the pack kept here, under the same root: the first one, which decides what
    root that is, is taken over on the command line (``onceledger trust-pack import``)."""
    parts.inst.records.agency(agency_id)
    with in_turn(parts, ROOT_AUTHORITY):
        description = keep_next_pack(parts.inst, canonicalize(body), now=datetime.now(UTC))
        version = terms_of(newest_pack(parts.inst)).version
    parts.published.forget()
    return {"version": version, "block": description.block}
