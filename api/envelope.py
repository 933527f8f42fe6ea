"""What surrounds every answer: its id, its headers, a line in the access log, a count, and a net under our mistakes.

The log names the route's pattern and never the address as it was sent: what people type into addresses by mistake is
often a person's number.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.gate import is_question
from api.metrics import Metrics
from api.problems import unexpected_response

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer: it is data, to be shown by nobody as a page."""

METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""Methods that are counted and logged by name; a client may invent others without end, and every label is kept."""

DISCONNECTED: Final = 499
"""Logged when the client went away before its answer."""

_ACCESS: Final = logging.getLogger("onceledger.access")
_LOG: Final = logging.getLogger("onceledger.problems")


class Envelope:
    """ASGI, outermost of ours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        started = perf_counter()
        status = 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_dressed)
        except ClientDisconnect:
            status = DISCONNECTED
        except Exception as error:
            _LOG.error("%s internal.unexpected: %s", request_id, _where(error))
            if not status:
                await unexpected_response(scope)(scope, receive, send_dressed)
        finally:
            self._note(scope, request_id, status, perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "-"
        method = scope["method"] if scope["method"] in METHODS else "-"
        self._metrics.request(route, method, status, seconds, writes=not is_question(method, route))
        _ACCESS.info("%s %s %s %d %.3f s", request_id, method, route, status, seconds)


def _where(error: Exception) -> str:
    """Class of an exception and the lines it came through. Its text stays out: it may quote what somebody sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{type(error).__name__} at " + " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)
    )
