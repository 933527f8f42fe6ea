"""Who may come in: everything that could change something needs a token, whatever route it is for.

The rule stands here once, before routing, so that a route that is added tomorrow cannot forget it. Which role a route
wants, and of which agency, the route says itself (``api.parts``).
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.parts import Parts, token_missing, token_unknown
from api.problems import problem_response
from ledger.errors import OnceledgerError

SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods that change nothing (RFC 9110, section 9.2.1)."""

OPEN: Final = frozenset((("POST", "/verify"), ("POST", "/bundles/refresh")))
"""Questions whose answer needs a body: they change nothing, and who holds a certificate has no token."""


def is_question(method: str, path: str) -> bool:
    """Whether a request changes nothing, so that who asks needs no token and who counts tells nothing."""
    return method in SAFE_METHODS or (method, path) in OPEN


class TokenGate:
    """ASGI: puts the token's ``Holder``, or None, into ``request.state.holder``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _admit(scope)
        except OnceledgerError as error:
            await problem_response(error, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _admit(scope: Scope) -> None:
    parts: Parts = scope["app"].state.parts
    given = Headers(scope=scope).get("authorization")
    holder = None
    if given is not None:
        scheme, _, token = given.partition(" ")
        holder = parts.tokens.holder(token.strip()) if scheme.lower() == "bearer" else None
        if holder is None:
            raise token_unknown()
    elif not is_question(scope["method"], scope["path"]):
        raise token_missing()
    scope["state"]["holder"] = holder
