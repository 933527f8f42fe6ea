"""Who governs over HTTP: the root authority, when enough of its members send the same request, each with its own token;
an agency by its administrator's.

    Authorization: Bearer olt_…                  the member's own token, and nobody else's
    Onceledger-Act: second notice                optional: tells apart what is meant to be done once more

A request that too few members have sent is kept as that member's agreement and answered 202; the one that completes
their number is carried out (``offices.agreements``). So a token that leaks out can do an officer's work, or an
administrator's for one agency, and nothing of the root's; and no member's token passes through another's hands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Header, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel
from starlette.responses import Response

from adapters.bootstrap import now
from api.json_bodies import read_whole
from api.parts import BEARER, Parts, Shared, token_missing, wrong_role
from api.shapes import answer, stamp
from api.tokens import ROOT_AUTHORITY, Holder, Role
from ledger import base64url
from ledger.digest import Digest, sha256
from ledger.records import AgencyRow
from offices.agreements import Awaited, RootAct, agreed

HEADER: Final = "Onceledger-Act"

_Tag = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=64,
        pattern="^[ -~]+$",
        description="Any text that all members send alike. What was done is not done again within 24 hours, however "
        "often the request is sent: for what is meant to be done once more, choose another text.",
        examples=["second notice"],
    ),
]
_Shown = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]


class Awaiting(BaseModel):
    """An act that waits for more members: its digest, who agrees (key names), of how many who must, and until when."""

    act: str
    agreed: list[str]
    needed: int
    until: str


EXAMPLE_DIGEST: Final = base64url.encode(bytes(range(32)))
_AWAITING: Final = {
    "act": EXAMPLE_DIGEST,
    "agreed": ["root-1"],
    "needed": 2,
    "until": "2026-10-02T08:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """A member of the root authority asks for an act."""

    member: str
    act: RootAct


@dataclass(frozen=True, slots=True)
class Governor:
    """Who acts: the root authority, with ``members`` (key names) agreeing, or the agency ``by``."""

    members: tuple[str, ...] | None
    by: AgencyRow | None


async def _body(request: Request) -> Digest:
    """SHA-256 of the body as it came in, where nothing reads one too."""
    return sha256(await read_whole(request))


_Body = Annotated[Digest, Depends(_body)]


def _asking(request: Request, body: _Body, tag: _Tag = None, _: _Shown = None) -> Asking:
    """The member whose token was shown, and what it asks for."""
    holder = _holder(request)
    if holder.role is not Role.MEMBER:
        raise wrong_role(holder, Role.MEMBER)
    return _asked(request, holder, body, tag)


def _governing(request: Request, parts: Shared, body: _Body, tag: _Tag = None, _: _Shown = None) -> Asking | AgencyRow:
    """The same, or with an administrator's token its agency: what it may do, the registry says."""
    holder = _holder(request)
    if holder.role is Role.ADMINISTRATOR:
        return parts.inst.records.agency(holder.agency_id)
    if holder.role is not Role.MEMBER:
        raise wrong_role(holder, Role.MEMBER, Role.ADMINISTRATOR)
    return _asked(request, holder, body, tag)


Members = Annotated[Asking, Depends(_asking)]
Governing = Annotated[Asking | AgencyRow, Depends(_governing)]


def _holder(request: Request) -> Holder:
    holder: Holder | None = request.state.holder
    if holder is None:
        raise token_missing()
    return holder


def _asked(request: Request, holder: Holder, body: Digest, tag: str | None) -> Asking:
    scope = request.scope
    return Asking(
        holder.name, RootAct(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), body, tag)
    )


@contextmanager
def by_members(parts: Parts, asking: Asking, *agency_ids: int) -> Iterator[tuple[str, ...]]:
    """Do what stands under ``with`` once enough members ask for it, with their key names, as the only writer of the
    root authority and of the agencies named. Before, it raises Awaited, which is answered 202; and what ``agreed``
    raises."""
    with (
        in_turn(parts, ROOT_AUTHORITY, *agency_ids),
        agreed(parts.inst, asking.act, asking.member, now=now()) as members,
    ):
        yield members


@contextmanager
def governed(parts: Parts, governing: Asking | AgencyRow) -> Iterator[Governor]:
    """The same for what an agency may do too: its administrator does it alone and at once."""
    if isinstance(governing, Asking):
        with by_members(parts, governing) as members:
            yield Governor(members, None)
    else:
        with in_turn(parts, governing.agency_id):
            yield Governor(None, governing)


@contextmanager
def in_turn(parts: Parts, *agency_ids: int) -> Iterator[None]:
    """Be the only writer of the root authority (number 0), of agencies, or of both; always in the same order."""
    first, *others = sorted(set(agency_ids)) or [ROOT_AUTHORITY]
    with parts.locks.held(first):
        if others:
            with in_turn(parts, *others):
                yield
        else:
            yield


def done_or_awaited(description: str, example: Any) -> dict[Any, Any]:
    """The entry of a governing route's ``responses`` for its good answers."""
    waits = answer("Kept: the act waits for more members, who send the same request.", _AWAITING, status=202)
    return answer(description, example) | {202: {**waits[202], "model": Awaiting}}


def install(app: FastAPI) -> None:
    """Answer 202 where more members must agree."""
    app.add_exception_handler(Awaited, _awaiting)


def _awaiting(_: Request, awaited: Exception) -> Response:
    assert isinstance(awaited, Awaited)
    told: Mapping[str, Any] = {
        "act": awaited.act.act,
        "agreed": list(awaited.act.agreed),
        "needed": awaited.needed,
        "until": stamp(awaited.act.until),
    }
    return JSONResponse(told, 202)
