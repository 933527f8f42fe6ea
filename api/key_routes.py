"""An agency's signing keys, from the first to a stolen one, and the accounts that send for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.governing import Governing, done_or_awaited, governed, in_turn
from api.json_bodies import StrictJsonRoute
from api.parts import Administrator, Keeper, Parts, Shared
from api.shapes import AgencyId, Moment, Sent, answer, hexed, stamp
from ledger.errors import NotFound
from offices import agencies
from offices.moments import parse_time
from offices.root import new_key

router = APIRouter(route_class=StrictJsonRoute, tags=["keys"])

_DAY: Final = 86_400

KeyId = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the key on the chain.", examples=[1])]


class NewKey(Sent):
    """How long a new key may sign; two years when left out."""

    days: int | None = Field(None, ge=1, le=3650, examples=[730])


class KeyShape(BaseModel):
    """A signing key of this installation."""

    id: int
    agency: int
    multikey: str
    valid_until: str


class Since(Sent):
    """From when on a key was in other hands."""

    since: Moment


class KeyEnded(BaseModel):
    """What became of a key."""

    id: int
    standing: str
    since: str | None = None


class SenderShape(BaseModel):
    """An account that may send for the agency; ``key`` is null when it is kept elsewhere."""

    address: str
    key: str | None
    in_use: bool


class SenderList(BaseModel):
    """The agency's senders."""

    senders: list[SenderShape]


class WhichSender(Sent):
    """Names a sender, by key name or address."""

    sender: Annotated[str, Field(max_length=128, examples=["permits.example-sender"])]


_SENDER_EXAMPLE: Final = {"address": "0x90f7…", "key": "permits.example-sender", "in_use": True}


@router.post(
    "/agencies/{agency_id}/keys",
    operation_id="newKey",
    summary="Make a signing key and register it · 新签发密钥",
    response_model=KeyShape,
    responses=answer(
        "It signs from now on.",
        {"id": 2, "agency": 1, "multikey": "z6Mk…", "valid_until": "2028-09-30T08:00:00Z"},
    ),
)
def make_key(parts: Shared, agency_id: AgencyId, _: Administrator, body: NewKey) -> Mapping[str, Any]:
    """The administrator's. Verifiers know it from the next trust pack on."""
    agency = parts.inst.records.agency(agency_id)
    until = None if body.days is None else int(time.time()) + body.days * _DAY
    with in_turn(parts, agency_id):
        row = new_key(parts.inst, agency, valid_until=until)
    return {"id": row.key_id, "agency": agency_id, "multikey": row.multikey, "valid_until": stamp(row.valid_until)}


@router.post(
    "/agencies/{agency_id}/keys/{key_id}/retire",
    operation_id="retireKey",
    summary="The key anchors nothing more · 密钥停用",
    response_model=KeyEnded,
    responses=answer("What it anchored stays valid.", {"id": 1, "standing": "retired"}),
)
def retire_key(parts: Shared, agency_id: AgencyId, _: Administrator, key_id: KeyId) -> Mapping[str, Any]:
    """The administrator's. 409 while something that it signed waits for its anchor."""
    _require(parts, agency_id, key_id)
    with in_turn(parts, agency_id):
        agencies.retire_key(parts.inst, key_id)
    return {"id": key_id, "standing": "retired"}


@router.post(
    "/agencies/{agency_id}/keys/{key_id}/compromise",
    operation_id="declareCompromise",
    summary="The key was in other hands · 声明密钥泄露",
    response_model=KeyEnded,
    responses=answer(
        "What it anchored from then on is invalid.",
        {"id": 1, "standing": "compromised", "since": "2026-03-01T00:00:00Z"},
    ),
)
def declare_compromise(
    parts: Shared, agency_id: AgencyId, _: Administrator, key_id: KeyId, body: Since
) -> Mapping[str, Any]:
    """The administrator's; it cannot be taken back. Further back than 30 days it needs consent first. A day counts
    from 00:00 UTC."""
    since = parse_time(body.since)
    _require(parts, agency_id, key_id)
    with in_turn(parts, agency_id):
        agencies.declare_compromise(parts.inst, key_id, since)
    return {"id": key_id, "standing": "compromised", "since": stamp(since)}


@router.post(
    "/agencies/{agency_id}/keys/{key_id}/consent",
    operation_id="consentToCompromise",
    summary="Let an agency date a compromise further back than 30 days · 同意提前泄露时间",
    response_model=KeyEnded,
    responses=done_or_awaited(
        "The agency may declare it now.", {"id": 1, "standing": "consented", "since": "2026-01-01T00:00:00Z"}
    ),
)
def consent(parts: Shared, agency_id: AgencyId, governing: Governing, key_id: KeyId, body: Since) -> Mapping[str, Any]:
    """The root authority's or the accreditor's."""
    since = parse_time(body.since)
    _require(parts, agency_id, key_id)
    with governed(parts, governing) as governor:
        agencies.consent_to_compromise(parts.inst, key_id, since, by=governor.by, members=governor.members)
    return {"id": key_id, "standing": "consented", "since": stamp(since)}


@router.get(
    "/agencies/{agency_id}/senders",
    operation_id="listSenders",
    summary="Accounts that anchor and publish for an agency · 发送账户",
    response_model=SenderList,
    responses=answer("As the chain knows them.", {"senders": [_SENDER_EXAMPLE]}),
)
def list_senders(parts: Shared, agency_id: AgencyId, _: Keeper) -> Mapping[str, Any]:
    """The administrator's and the operator's."""
    return _senders(parts, agency_id)


@router.post(
    "/agencies/{agency_id}/senders",
    operation_id="addSender",
    summary="Make another sender and send with it from now on · 新增发送账户",
    response_model=SenderList,
    responses=answer("The old one may still send until it is removed.", {"senders": [_SENDER_EXAMPLE]}),
)
def add_sender(parts: Shared, agency_id: AgencyId, _: Administrator) -> Mapping[str, Any]:
    """The administrator's."""
    with in_turn(parts, agency_id):
        agencies.add_sender(parts.inst, parts.inst.records.agency(agency_id))
    return _senders(parts, agency_id)


@router.post(
    "/agencies/{agency_id}/senders/remove",
    operation_id="removeSender",
    summary="Take the right to send away from an account · 移除发送账户",
    response_model=SenderList,
    responses=answer("Those that are left.", {"senders": [_SENDER_EXAMPLE]}),
)
def remove_sender(parts: Shared, agency_id: AgencyId, _: Administrator, body: WhichSender) -> Mapping[str, Any]:
    """The administrator's; not the one that this installation sends with."""
    with in_turn(parts, agency_id):
        agencies.remove_sender(parts.inst, parts.inst.records.agency(agency_id), body.sender)
    return _senders(parts, agency_id)


def _senders(parts: Parts, agency_id: int) -> Mapping[str, Any]:
    found = agencies.senders(parts.inst, parts.inst.records.agency(agency_id))
    return {"senders": [{"address": hexed(one.address), "key": one.name, "in_use": one.in_use} for one in found]}


def _require(parts: Parts, agency_id: int, key_id: int) -> None:
    """The key is that agency's: else an administrator could end another agency's keys."""
    if agencies.key_at(parts.inst, key_id)[0].agency_id != agency_id:
        raise NotFound("key.unknown", "There is no such key here.", "List them: onceledger key list.")
