"""What the routes of one application share, and how they get at it.

Nothing is kept in modules: ``create_app`` puts one ``Parts`` into the application's state, and routes ask for it, or
for the holder of the token, in their signature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.bootstrap import Installation
from api.agency_locks import AgencyLocks
from api.did_documents import DidDocuments
from api.metrics import Metrics
from api.problems import Unauthenticated
from api.published import Published
from api.tokens import AGENCY_ROLES, Holder, Role, Tokens
from api.turns import Turns
from api.worker import Worker
from ledger.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Parts:
    """An open installation and what serves it."""

    inst: Installation
    tokens: Tokens
    locks: AgencyLocks
    metrics: Metrics
    worker: Worker
    published: Published
    dids: DidDocuments
    turns: Turns


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Shared = Annotated[Parts, Depends(_parts)]

BEARER: Final = HTTPBearer(auto_error=False, description="A token of tokens.json: per agency, role and person.")


def requires(*roles: Role) -> Callable[..., Holder]:
    """A dependency: the token's holder, who must have one of ``roles`` and, where the path names an agency, be of it.

    It raises Unauthenticated ``token.missing``, NotPermitted ``token.role`` or ``token.other-agency``.
    """

    def check(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None) -> Holder:
        holder: Holder | None = request.state.holder
        if holder is None:
            raise token_missing()
        if holder.role not in roles:
            raise wrong_role(holder, *roles)
        named = request.path_params.get("agency_id")
        if named is not None and str(named) != str(holder.agency_id):
            raise other_agency()
        return holder

    return check


def token_missing() -> Unauthenticated:
    """The error for a request without a token where one is needed."""
    return Unauthenticated(
        "token.missing", "This address needs a token.", "Send it in the header Authorization: Bearer olt_…"
    )


def token_unknown() -> Unauthenticated:
    """The error for a token that is none of this service's."""
    return Unauthenticated(
        "token.unknown", "The token is not known here.", "Check it, or have the operator make a new one."
    )


def wrong_role(holder: Holder, *roles: Role) -> NotPermitted:
    """The error for a token of another role than one of ``roles``."""
    return NotPermitted(
        "token.role",
        f"A token of the role {holder.role.value} may not do this.",
        f"Use one of the role {' or '.join(role.value for role in roles)}.",
        role=holder.role.value,
        roles=[role.value for role in roles],
    )


def other_agency() -> NotPermitted:
    """The error for a token that is used on another agency's address."""
    return NotPermitted("token.other-agency", "The token is of another agency.", "Use a token of the agency named.")


Clerk = Annotated[Holder, Depends(requires(Role.CLERK))]
Reviewer = Annotated[Holder, Depends(requires(Role.REVIEWER))]
Operator = Annotated[Holder, Depends(requires(Role.OPERATOR))]
Officer = Annotated[Holder, Depends(requires(Role.CLERK, Role.REVIEWER))]
Issuer = Annotated[Holder, Depends(requires(Role.CLERK, Role.OPERATOR))]
Reader = Annotated[Holder, Depends(requires(Role.CLERK, Role.REVIEWER, Role.AUDITOR))]
Administrator = Annotated[Holder, Depends(requires(Role.ADMINISTRATOR))]
Member = Annotated[Holder, Depends(requires(Role.MEMBER))]
Keeper = Annotated[Holder, Depends(requires(Role.ADMINISTRATOR, Role.OPERATOR))]
Anybody = Annotated[Holder, Depends(requires(*AGENCY_ROLES))]
"""Anybody of the agency."""
Known = Annotated[Holder, Depends(requires(*Role))]
"""Whoever has a token, on an address that names no agency."""
