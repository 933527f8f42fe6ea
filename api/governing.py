"""Who governs over HTTP: the root authority by the tokens of enough members, an agency by its administrator's.

    Authorization: Bearer olt_…                  a member's token
    Onceledger-Agreement: olt_…, olt_…           those of the other members who agree

One member's token decides nothing: as many as the registry's threshold says must be shown together, and whose they are
says which keys sign. So a token that leaks out can do an officer's work, or an administrator's for one agency, and
nothing of the root's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials

from api.parts import BEARER, Parts, Shared, token_missing, token_unknown, wrong_role
from api.tokens import MAX_TOKEN_LENGTH, ROOT_AUTHORITY, Holder, Role
from ledger.errors import MalformedInput
from ledger.records import AgencyRow
from offices.members import agreeing

HEADER: Final = "Onceledger-Agreement"
_MOST: Final = 64
"""Tokens in the header: more members than any root authority has."""

Agreement = Annotated[
    list[str] | None,
    Header(
        alias=HEADER,
        description="Tokens of the other members of the root authority who agree, with commas between them.",
    ),
]
_Shown = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]


@dataclass(frozen=True, slots=True)
class Governor:
    """Who acts: the root authority, with ``members`` (key names) agreeing, or the agency ``by``."""

    members: tuple[str, ...] | None
    by: AgencyRow | None


def _members(request: Request, parts: Shared, agreement: Agreement = None, _: _Shown = None) -> tuple[str, ...]:
    """Key names of the members whose tokens were shown; enough of them, or NotPermitted ``root.members-must-agree``."""
    holder: Holder | None = request.state.holder
    if holder is None:
        raise token_missing()
    return _agreed(parts, holder, agreement)


def _governor(request: Request, parts: Shared, agreement: Agreement = None, _: _Shown = None) -> Governor:
    """The root authority or, with an administrator's token, an agency: what it may do, the registry says."""
    holder: Holder | None = request.state.holder
    if holder is None:
        raise token_missing()
    if holder.role is Role.ADMINISTRATOR:
        return Governor(None, parts.inst.records.agency(holder.agency_id))
    if holder.role is not Role.MEMBER:
        raise wrong_role(holder, Role.MEMBER, Role.ADMINISTRATOR)
    return Governor(_agreed(parts, holder, agreement), None)


Members = Annotated[tuple[str, ...], Depends(_members)]
Governing = Annotated[Governor, Depends(_governor)]


def _agreed(parts: Parts, holder: Holder, agreement: Sequence[str] | None) -> tuple[str, ...]:
    shown = [one.strip() for one in ",".join(agreement or ()).split(",") if one.strip()]
    if len(shown) > _MOST or any(len(one) > MAX_TOKEN_LENGTH for one in shown):
        raise MalformedInput(
            "token.agreement",
            f"The header {HEADER} holds no list of tokens.",
            f"Send at most {_MOST} tokens, with commas between them.",
        )
    holders = [holder]
    for token in shown:
        found = parts.tokens.holder(token)
        if found is None:
            raise token_unknown()
        holders.append(found)
    for one in holders:
        if one.role is not Role.MEMBER:
            raise wrong_role(one, Role.MEMBER)
    return agreeing(parts.inst, [one.name for one in holders])


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


def acting_as(governor: Governor) -> int:
    """Whose turn it is to take: that of the agency that acts, or the root authority's."""
    return ROOT_AUTHORITY if governor.by is None else governor.by.agency_id
