"""The root authority: founding, members, threshold; and what the registry says of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from adapters.bootstrap import Installation, now
from api.governing import Members, by_members, done_or_awaited
from api.json_bodies import StrictJsonRoute
from api.parts import Known, Shared
from api.shapes import Sent, answer, hexed, stamp
from ledger.chain_reading import read_registry
from offices import members as offices
from offices.agencies import key_standing
from offices.root import found

router = APIRouter(route_class=StrictJsonRoute, tags=["root"])

MemberName = Annotated[str, Path(max_length=64, description="Key name of a member.", examples=["root-1"])]

_ADDRESS = "0x5fbd…"
_FOUNDED = {
    "threshold": 2,
    "members": [{"address": _ADDRESS, "key": "root-1"}],
    "contracts": {"trust": _ADDRESS, "anchor": "0xe7f1…", "status": "0x9fe4…"},
}


class MemberShape(BaseModel):
    """A member's account; ``key`` is its name here, null when it is kept elsewhere."""

    address: str
    key: str | None


class RootShape(BaseModel):
    """The root authority: how many must agree, of whom, and the registries' addresses."""

    threshold: int
    members: list[MemberShape]
    contracts: dict[str, str]


class EnteredAgency(BaseModel):
    """An agency on the chain. ``accreditor`` 0 is the root authority."""

    id: int
    standing: str
    accreditor: int
    successor: int | None
    senders: list[str]


class EnteredKey(BaseModel):
    """A signing key on the chain. ``standing``: usable, expired, retired or compromised."""

    id: int
    agency: int
    standing: str
    valid_from: str | None
    valid_until: str | None
    retired_at: str | None
    compromised_since: str | None


class Accreditation(BaseModel):
    """Who may issue what. ``grantor`` 0 is the root authority."""

    agency: int
    type: int
    grantor: int
    until: str | None
    may_delegate: bool
    ended_at: str | None


class Registry(RootShape):
    """All that the registry says now."""

    block: int
    agencies: list[EnteredAgency]
    keys: list[EnteredKey]
    accreditations: list[Accreditation]


class Threshold(Sent):
    """How many members must agree."""

    threshold: Annotated[int, Field(ge=1, le=64, examples=[2])]


class ThresholdSet(BaseModel):
    """How many must agree from now on."""

    threshold: int


class MemberNamed(BaseModel):
    """A member, by its key name."""

    member: str


@router.get(
    "/registry",
    operation_id="getRegistry",
    summary="What the registry says now: members, agencies, keys, accreditations · 登记现状",
    response_model=Registry,
    responses=answer(
        "Read from the chain.",
        {
            **_FOUNDED,
            "block": 12,
            "agencies": [{"id": 1, "standing": "active", "accreditor": 0, "successor": None, "senders": [_ADDRESS]}],
            "keys": [
                {
                    "id": 1,
                    "agency": 1,
                    "standing": "usable",
                    "valid_from": "2026-10-01T08:00:00Z",
                    "valid_until": "2028-09-30T08:00:00Z",
                    "retired_at": None,
                    "compromised_since": None,
                }
            ],
            "accreditations": [
                {
                    "agency": 1,
                    "type": 1,
                    "grantor": 0,
                    "until": "2031-09-30T08:00:00Z",
                    "may_delegate": False,
                    "ended_at": None,
                }
            ],
        },
    ),
)
def get_registry(parts: Shared, _: Known) -> Mapping[str, Any]:
    """Whoever has a token may ask; the trust pack says the same to everybody, under the root authority's signatures."""
    head = parts.inst.chain.head().number
    state = read_registry(parts.inst.chain, parts.inst.contracts(), head)
    return {
        **_root(parts.inst, sorted(state.members), state.threshold),
        "block": head,
        "agencies": [
            {
                "id": one.agency_id,
                "standing": one.status,
                "accreditor": one.accreditor_id,
                "successor": one.successor_id,
                "senders": ["0x" + sender.hex() for sender in sorted(one.senders)],
            }
            for _, one in sorted(state.agencies.items())
        ],
        "keys": [
            {
                "id": one.key_id,
                "agency": one.agency_id,
                "standing": key_standing(one, now()),
                "valid_from": stamp(one.valid_from),
                "valid_until": stamp(one.valid_until),
                "retired_at": stamp(one.retired_at),
                "compromised_since": stamp(one.compromised_since),
            }
            for _, one in sorted(state.keys.items())
        ],
        "accreditations": [
            {
                "agency": one.agency_id,
                "type": one.type_id,
                "grantor": one.grantor_id,
                "until": stamp(one.until),
                "may_delegate": one.may_delegate,
                "ended_at": stamp(one.ended_at),
            }
            for _, one in sorted(state.accreditations.items())
        ],
    }


@router.post(
    "/root-authority",
    operation_id="foundRoot",
    summary="Make the ministries' keys and put the registries on the chain · 设立根授权机构",
    response_model=RootShape,
    responses=done_or_awaited("The registries are on the chain.", _FOUNDED),
)
def found_root(parts: Shared, asking: Members) -> Mapping[str, Any]:
    """As many of the founding members (root-1, root-2, root-3) as must agree. Safe to repeat."""
    with by_members(parts, asking):
        found(parts.inst)
    accounts = [parts.inst.keys.account(name).address for name in offices.present_members(parts.inst)]
    return _root(parts.inst, accounts, offices.threshold(parts.inst))


@router.post(
    "/root-authority/members",
    operation_id="addMember",
    summary="One more member · 增加成员",
    response_model=MemberNamed,
    responses=done_or_awaited("Its keys were made here, and the members appointed it.", {"member": "root-4"}),
)
def add_member(parts: Shared, asking: Members) -> Mapping[str, Any]:
    """The members. The next trust pack carries its key; its token: onceledger token add --role member."""
    with by_members(parts, asking) as members:
        return {"member": offices.add_member(parts.inst, members=members)}


@router.post(
    "/root-authority/members/{member}/rotate",
    operation_id="rotateMember",
    summary="Replace a member's keys · 更换成员密钥",
    response_model=MemberNamed,
    responses=done_or_awaited(
        "The name of its new keys; tokens under the old name are worth nothing now.", {"member": "root-1-v2"}
    ),
)
def rotate_member(parts: Shared, asking: Members, member: MemberName) -> Mapping[str, Any]:
    """The members; who stole the member's keys is not asked, so the others' tokens do."""
    with by_members(parts, asking) as members:
        return {"member": offices.rotate_member(parts.inst, member, members=members)}


@router.post(
    "/root-authority/members/{member}/remove",
    operation_id="removeMember",
    summary="Dismiss a member · 免去成员",
    response_model=MemberNamed,
    responses=done_or_awaited("It is no member any more; its keys stay in the key store.", {"member": "root-4"}),
)
def remove_member(parts: Shared, asking: Members, member: MemberName) -> Mapping[str, Any]:
    """The members."""
    with by_members(parts, asking) as members:
        offices.remove_member(parts.inst, member, members=members)
    return {"member": member}


@router.post(
    "/root-authority/threshold",
    operation_id="setThreshold",
    summary="How many members must agree · 设定门限",
    response_model=ThresholdSet,
    responses=done_or_awaited("So many must agree from now on.", {"threshold": 2}),
)
def set_threshold(parts: Shared, asking: Members, body: Threshold) -> Mapping[str, Any]:
    """The members, as many as must agree now."""
    with by_members(parts, asking) as members:
        offices.set_threshold(parts.inst, body.threshold, members=members)
    return {"threshold": body.threshold}


def _root(inst: Installation, accounts: list[bytes], threshold: int) -> dict[str, Any]:
    ours = {inst.keys.account(name).address: name for name in offices.names_among(inst, frozenset(accounts))}
    contracts = inst.contracts()
    return {
        "threshold": threshold,
        "members": [{"address": hexed(one), "key": ours.get(one)} for one in accounts],
        "contracts": {name: hexed(getattr(contracts, name)) for name in ("trust", "anchor", "status")},
    }
