"""Answers that are the same bytes for everybody: with an entity tag, so that whoever has one need not fetch it again
(RFC 9110, sections 8.8.3 and 13.1.2), and readable from pages of other origins: a verifier may be a web page."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ledger import base64url

SHORT: Final = 60
"""Seconds for which caches may keep what changes: packs, lists, keys."""

FOREVER: Final = 31_536_000
"""For what is named by its own digest."""


def handout(request: Request, content: bytes, media_type: str, max_age: int = SHORT) -> Response:
    """``content``, or 304 when the client shows its tag."""
    tag = f'"{base64url.encode(sha256(content).digest()[:18])}"'
    fixed = ", immutable" if max_age == FOREVER else ""
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age}{fixed}",
        "Access-Control-Allow-Origin": "*",
    }
    if _shows(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def _shows(given: str, tag: str) -> bool:
    """Weak comparison (section 8.8.3.2): W/ in front does not matter."""
    return given.strip() == "*" or any(one.strip().removeprefix("W/") == tag for one in given.split(","))
