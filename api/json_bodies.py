"""JSON bodies are read as strictly as everything else that may end up under a signature (``ledger.canonical_json``):
one text of UTF-8, no key twice, no endless nesting, within a size. FastAPI's own parser would take all of that.

Parsing happens in threads, and few at a time: on the event loop one large body would hold up every other request, and
in all threads at once many would.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope

from api.gate import OPEN
from api.problems import TooLarge, WrongMedia
from ledger import canonical_json
from ledger.canonical_json import Limits

MAX_JSON: Final = 8 << 20
"""200,000 business numbers, or eight of the largest bundles. Files go as uploads, which are not held in memory."""

MAX_OPEN_JSON: Final = 2 << 20
"""Of the addresses that want no token: they take one bundle, and the largest has half of it."""

PARSED_AT_ONCE: Final = 2
"""Bodies of one address in threads; the next waits, and takes no thread from those who ask something small."""

_LIMITS: Final = Limits(max_bytes=MAX_JSON)


class StrictJsonRoute(APIRoute):
    """A route whose JSON body is parsed by the core's parser before FastAPI sees it.

    Its errors: TooLarge ``http.body-too-large``, WrongMedia ``http.media-type``, MalformedInput ``json.*``. Fractions
    pass: whether they may stand where they stand is the use case's question.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a request whose body was read already."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        is_open = any((method, self.path) in OPEN for method in self.methods or ())
        most = MAX_OPEN_JSON if is_open else MAX_JSON
        turns = CapacityLimiter(PARSED_AT_ONCE)

        async def handler(request: Request) -> Response:
            body = await _read(request, most)
            value = None
            if body:
                _require_json(request)
                value = await run_sync(_parse, body, limiter=turns)
            return await handle(_ReadRequest(request.scope, request.receive, body, value))

        return handler


class _ReadRequest(Request):
    """A request whose body is there as bytes and as a value."""

    def __init__(self, scope: Scope, receive: Receive, body: bytes, value: Any) -> None:
        super().__init__(scope, receive)
        self._content = body
        self._value = value

    async def body(self) -> bytes:
        return self._content

    async def json(self) -> Any:
        return self._value


def _parse(body: bytes) -> Any:
    return canonical_json.parse(body, limits=_LIMITS, allow_floats=True)


async def _read(request: Request, most: int) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise TooLarge(
                "http.body-too-large",
                f"The JSON body is larger than {most} bytes.",
                "Send less at a time; registers go as uploads.",
            )
    return bytes(content)


def _require_json(request: Request) -> None:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    kind = message.get_content_type()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise WrongMedia(
            "http.media-type",
            "The body is not said to be JSON.",
            "Send it with the header Content-Type: application/json.",
        )
