"""Errors as ``application/problem+json`` (RFC 9457): one table from class to status, one shape for all of them.

    {"type": "urn:onceledger:problem:credential.unknown", "title": "Not found", "status": 404,
     "detail": "No credential has …", "cure": "Check number, agency and type.", "code": "credential.unknown",
     "zh": {"title": "未找到", "detail": "没有证照使用该业务编号。", "cure": "核对编号、机关与类型。"},
     "instance": "urn:uuid:…", "where": {"position": 1}}

``where`` stands there when the error names a place, ``rows`` when some of many certificates were refused, ``errors``
for a request that does not fit its schema, ``checks`` when the service is not ready. No member ever repeats a value
that was sent: places, rules and counts are all they name.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from api.not_fitting import told
from ledger.errors import (
    Conflict,
    Corrupt,
    MalformedInput,
    Misconfigured,
    NotFound,
    NotPermitted,
    OnceledgerError,
    Unavailable,
)
from offices.explaining import LISTED, explain

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:onceledger:problem:"
RETRY_SECONDS: Final = 5
"""What a client is told to wait when something is unavailable."""

_LOG: Final = logging.getLogger("onceledger.problems")


class TooLarge(MalformedInput):
    """The request, or a part of it, is larger than accepted."""


class TooSlow(MalformedInput):
    """The request did not come in whole within the time that is given to it."""


class WrongMedia(MalformedInput):
    """The request's body is of another media type than the route takes."""


class Unauthenticated(NotPermitted):
    """Nobody, or nobody known, asks for what needs a token."""


class Family(NamedTuple):
    """HTTP status and title of a class of errors."""

    status: int
    title: str
    zh: str


_FAMILIES: Final[Mapping[type[OnceledgerError], Family]] = {
    MalformedInput: Family(400, "Malformed input", "输入有误"),
    TooLarge: Family(413, "Too large", "内容过大"),
    TooSlow: Family(408, "Too slow", "传输过慢"),
    WrongMedia: Family(415, "Wrong media type", "内容类型有误"),
    NotFound: Family(404, "Not found", "未找到"),
    Conflict: Family(409, "Conflict", "与当前状态冲突"),
    NotPermitted: Family(403, "Not permitted", "无权操作"),
    Unauthenticated: Family(401, "Not authenticated", "未经认证"),
    Unavailable: Family(503, "Unavailable now", "暂时不可用"),
    Corrupt: Family(500, "Stored data damaged", "存储的数据已损坏"),
    Misconfigured: Family(500, "Misconfigured", "配置有误"),
    OnceledgerError: Family(500, "Error", "错误"),
}

_PLACES: Final = (
    "row", "column", "field", "rule", "path", "position", "line", "offset", "state", "action", "refused", "rows",
    "name",
)  # fmt: skip
"""Members of an error's detail that say where and how much, never what was there."""

FRAMEWORK: Final[Mapping[int, tuple[str, str, str, str]]] = {
    400: ("http.bad-request", "The request cannot be read.", "Compare it with /openapi.json.", "请求无法读取"),
    404: ("http.no-such-address", "There is nothing at this address.", "See /openapi.json.", "没有这个地址"),
    405: ("http.method", "The address does not take this method.", "See /openapi.json.", "该地址不支持此方法"),
    413: ("http.body-too-large", "The request's body is too large.", "Send less at a time.", "请求内容过大"),
    422: (
        "http.not-fitting",
        "The request does not fit its schema.",
        "See errors, and /openapi.json.",
        "请求不符合规定格式",
    ),
    500: (
        "internal.unexpected",
        "Something went wrong that should not.",
        "Tell the operator the instance of this problem; it is in the service's log.",
        "意外错误",
    ),
}
"""Status -> code, detail, cure and Chinese title of what the framework refuses, or what is a mistake of ours."""

OTHER: Final = ("http.refused", "The request was refused.", "See /openapi.json.", "请求被拒绝")
"""The same for any other status the framework gives."""


PROBLEM_EXAMPLE: Final[dict[str, Any]] = {
    "type": f"{TYPE_PREFIX}credential.unknown",
    "title": "Not found",
    "status": 404,
    "detail": "No credential has this business number.",
    "cure": "Check number, agency and type.",
    "code": "credential.unknown",
    "zh": {"title": "未找到", "detail": "没有证照使用该业务编号。", "cure": "核对编号、机关与类型。"},
    "instance": "urn:uuid:2b8a6b0e-53c1-4a52-b4f3-6d6a3b1c0a11",
}

UNAVAILABLE_EXAMPLE: Final[dict[str, Any]] = {
    "type": f"{TYPE_PREFIX}chain.unavailable",
    "title": "Unavailable now",
    "status": 503,
    "detail": "The node did not answer.",
    "cure": "Try again.",
    "code": "chain.unavailable",
    "zh": {"title": "暂时不可用", "detail": "节点没有应答。", "cure": "确认节点在运行且地址正确，然后再试。"},
    "instance": "urn:uuid:2b8a6b0e-53c1-4a52-b4f3-6d6a3b1c0a12",
}


class ProblemZh(BaseModel):
    """The same in Chinese."""

    title: str
    detail: str
    cure: str


class Problem(BaseModel):
    """A problem (RFC 9457). ``code`` is stable: docs/problems.md lists all."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROBLEM_EXAMPLE]})

    type: str
    title: str
    status: int
    detail: str
    cure: str
    code: str
    zh: ProblemZh
    instance: str = Field(description="Names this one answer in the service's log.")
    where: dict[str, str | int | None] | None = None
    rows: list[dict[str, str | int | None]] | None = None
    errors: list[dict[str, Any]] | None = None
    checks: list[dict[str, Any]] | None = None


def family_of(error: OnceledgerError) -> Family:
    """Status and titles: those of the nearest class in the table."""
    return next(_FAMILIES[kind] for kind in type(error).__mro__ if kind in _FAMILIES)


def problem_response(error: OnceledgerError, scope: Scope, **extra: Sequence[Any]) -> Response:
    """The answer to a request that ended in ``error``."""
    family = family_of(error)
    shown = _hiding(scope["app"].state.parts.inst.settings.data)
    members = _members(error, family, scope, shown)
    where = {name: error.detail[name] for name in _PLACES if isinstance(error.detail.get(name), str | int)}
    where = {name: shown(value) if isinstance(value, str) else value for name, value in where.items()}
    if where:
        members["where"] = where
    if "refusals" in error.detail:
        members["rows"] = error.detail["refusals"]
    members.update(extra)
    if family.status >= 500:
        _LOG.error("%s %s: %s", _instance(scope), error.code, error.cause)
    return _rendered(members, _headers(family.status))


def _hiding(data: Path) -> Callable[[str], str]:
    """Texts with ``<data>`` for the path of the data folder: its whole components alone, and a relative one only where
    it begins a longer path, since it may be named like a word (``office``)."""
    forms = [re.escape(str(data.resolve())) + r"(?![\w.-])"]
    if not data.is_absolute() and data.parts:
        forms.append(re.escape(str(data)) + r"(?=/)")
    pattern = re.compile(rf"(?<![\w./-])(?:{'|'.join(forms)})", re.ASCII)
    return lambda text: pattern.sub("<data>", text)


def unexpected_response(scope: Scope) -> Response:
    """The answer to a request that ended in a mistake of ours. What it was stands in the log, under ``instance``."""
    return _rendered(_told(500, "Unexpected", scope), {})


def install(app: FastAPI) -> None:
    """Answer every error of ``app``'s routes in this shape, the framework's own too."""
    app.add_exception_handler(OnceledgerError, _ours)
    app.add_exception_handler(RequestValidationError, _not_fitting)
    app.add_exception_handler(HTTPException, _framework)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, OnceledgerError)
    return problem_response(error, request.scope)


def _not_fitting(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    members = _told(422, "Not fitting", request.scope)
    members["errors"] = [told(found) for found in error.errors()[:50]]
    return _rendered(members, {})


def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _rendered(_told(error.status_code, "", request.scope), dict(error.headers or {}))


def _told(status: int, title: str, scope: Scope) -> dict[str, Any]:
    """The members of a problem that is no error of ours; without a title its detail is the title."""
    code, detail, cure, zh = FRAMEWORK.get(status, OTHER)
    return _members(OnceledgerError(code, detail, cure), Family(status, title or detail.rstrip("."), zh), scope)


def _members(error: OnceledgerError, family: Family, scope: Scope, shown: Callable[[str], str] = str) -> dict[str, Any]:
    cause, cure = explain(error, LISTED)
    return {
        "type": TYPE_PREFIX + error.code,
        "title": family.title,
        "status": family.status,
        "detail": shown(cause.en),
        "cure": shown(cure.en),
        "code": error.code,
        "zh": {"title": family.zh, "detail": shown(cause.zh), "cure": shown(cure.zh)},
        "instance": _instance(scope),
    }


def _headers(status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="onceledger"'}
    return {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}


def _instance(scope: Scope) -> str:
    return f"urn:uuid:{scope['state']['request_id']}"


def _rendered(members: dict[str, Any], headers: Mapping[str, str]) -> Response:
    content = json.dumps(members, ensure_ascii=False).encode()
    return Response(content, members["status"], headers=dict(headers), media_type=MEDIA_TYPE)
