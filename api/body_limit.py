"""How large a request's body may be, counted while it comes in: a length that was announced is believed only when it is
too large."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TooLarge, problem_response


class BodyLimit:
    """ASGI: refuses bodies of more than ``most`` bytes with TooLarge ``http.body-too-large``."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a ``receive`` that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > self._most:
            await problem_response(self._refusal(), scope)(scope, receive, send)
            return
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > self._most:
                raise self._refusal()
            return message

        await self._app(scope, counted, send)

    def _refusal(self) -> TooLarge:
        return TooLarge(
            "http.body-too-large",
            f"The request's body is larger than {self._most} bytes.",
            "Split the register, or have the operator raise ONCELEDGER_MAX_BODY.",
        )
