"""JSON bodies are read as strictly as everything else that may end up under a signature (``ledger.canonical_json``):
one text of UTF-8, no key twice, no endless nesting, within a size. FastAPI's own parser would take all of that.

Parsing and comparing with the model happen in threads, and few at a time (``api.turns``): on the event loop one large
body would hold up every other request, and in all threads at once many would. A member that the model does not know is
looked for first and ends it, since pydantic makes an error of each and lets nobody else run until it has.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from email.message import Message
from typing import Any, Final, get_args

from anyio import fail_after
from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import Receive, Scope

from api.gate import OPEN
from api.problems import TooLarge, TooSlow, WrongMedia
from api.turns import Turns
from ledger import canonical_json
from ledger.bundle import MAX_BUNDLE_BYTES
from ledger.canonical_json import Limits
from ledger.errors import Unavailable

MAX_JSON: Final = 8 << 20
"""200,000 business numbers, or eight of the largest bundles. Files go as uploads, which are not held in memory."""

MAX_OPEN_JSON: Final = MAX_BUNDLE_BYTES + (64 << 10)
"""Of the addresses that want no token: they take one bundle, and what is asked about it."""

MOST_SECONDS: Final = 60
"""In which a body has to come in: 8 MiB over a poor line."""

MAX_OPEN_SEPARATORS: Final = 1 << 14
"""Commas and colons in such a body, those inside of texts too: some hundred in a usual bundle. What is dear about JSON
is the number of its values: a million bytes of empty lists keep the collector, and so everybody, busy for more than a
second."""

_FITS_NOTHING: Final = 0
"""Where a model or an object is wanted."""

_LIMITS: Final = Limits(max_bytes=MAX_JSON)


class StrictJsonRoute(APIRoute):
    """A route whose JSON body is parsed by the core's parser and made its model before FastAPI sees it; one of
    ``turns.HEAVY`` is answered when it is its turn.

    Its errors: TooLarge ``http.body-too-large``, ``http.too-many-values``, TooSlow ``http.body-too-slow``,
    Unavailable ``http.busy``, WrongMedia ``http.media-type``,
    MalformedInput ``json.*``, and RequestValidationError. Fractions pass: whether they may stand where they stand is
    the use case's question.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a request whose body was read already."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        is_open = any((method, self.path) in OPEN for method in self.methods or ())
        most = MAX_OPEN_JSON if is_open else MAX_JSON
        kind: Any = self.body_field.field_info.annotation
        adapter: TypeAdapter[Any] = TypeAdapter(kind)

        def read(body: bytes) -> Any:
            value = _parse(body)
            _refuse_unknown(kind, value, ("body",))
            try:
                return adapter.validate_python(value)
            except ValidationError as error:
                found = error.errors(include_url=False, include_input=False)
                raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None

        async def handler(request: Request) -> Response:
            turns: Turns = request.app.state.parts.turns
            with turns.strangers.share() if is_open else nullcontext(_without_end) as take:
                body = await read_whole(request, most, take)
                if is_open:
                    _refuse_many_values(body)
                # The turn begins when all has come and ends before the answer goes: a slow client keeps nobody waiting.
                async with turns.heavy.get(self.path) or nullcontext():
                    value, unfit = None, None
                    if body:
                        _require_json(request)
                        try:
                            value = await run_sync(read, body, limiter=turns.parsing)
                        except RequestValidationError as error:
                            value, unfit = _FITS_NOTHING, error
                    try:
                        return await handle(_ReadRequest(request.scope, request.receive, body, value))
                    except RequestValidationError:
                        # Said only now: whoever may not do this at all is told that first.
                        if unfit is None:
                            raise
                        raise unfit from None

        return handler


class _ReadRequest(Request):
    """A request whose body is there as bytes and as what the route takes."""

    def __init__(self, scope: Scope, receive: Receive, body: bytes, value: Any) -> None:
        super().__init__(scope, receive)
        self._body = body  # where starlette keeps it, so that its stream gives it too
        self._value = value

    async def json(self) -> Any:
        return self._value


def _parse(body: bytes) -> Any:
    return canonical_json.parse(body, limits=_LIMITS, allow_floats=True)


def _refuse_unknown(kind: Any, value: Any, place: tuple[str | int, ...]) -> None:
    """Refuse the first member that a model at or in ``kind`` does not have; all else is pydantic's to judge."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if type(value) is not dict:
            return
        for name in value:
            if name not in kind.model_fields:
                raise RequestValidationError([{"type": "extra_forbidden", "loc": (*place, name), "msg": ""}])
        for name, item in value.items():
            _refuse_unknown(kind.model_fields[name].annotation, item, (*place, name))
    elif type(value) is dict:
        for part in get_args(kind):  # ``Model | None``
            _refuse_unknown(part, value, place)


def _without_end(count: int) -> bool:
    return True


async def read_whole(request: Request, most: int = MAX_JSON, take: Callable[[int], bool] = _without_end) -> bytes:
    """The request's body, of ``most`` bytes at most, of which ``take`` counts each piece.

    Raises TooLarge ``http.body-too-large``, TooSlow ``http.body-too-slow``, Unavailable ``http.busy``.
    """
    content = bytearray()
    try:
        with fail_after(MOST_SECONDS):
            async for piece in request.stream():
                content += piece
                if len(content) > most:
                    raise TooLarge(
                        "http.body-too-large",
                        f"The JSON body is larger than {most} bytes.",
                        "Send less at a time; registers go as uploads.",
                    )
                if not take(len(piece)):
                    raise Unavailable(
                        "http.busy",
                        "Too many requests without a token are on their way in.",
                        "Try again in a minute, or verify offline: onceledger verify.",
                    )
    except TimeoutError:
        raise TooSlow(
            "http.body-too-slow",
            f"The body did not come in whole within {MOST_SECONDS} seconds.",
            "Send it again, over a better line or in smaller pieces.",
            count=MOST_SECONDS,
        ) from None
    return bytes(content)


def _refuse_many_values(body: bytes) -> None:
    if body.count(b",") + body.count(b":") > MAX_OPEN_SEPARATORS:
        raise TooLarge(
            "http.too-many-values",
            f"The JSON body has more than {MAX_OPEN_SEPARATORS} commas and colons.",
            "Send one bundle and what is asked about it; verify a bundle like this offline: onceledger verify.",
            count=MAX_OPEN_SEPARATORS,
        )


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
