"""An error as people and programs get it: cause, cure and code on standard error, and the exit code.

    {"type": "urn:onceledger:problem:keystore.wrong-passphrase", "title": "Not permitted", "code": …, "detail": …,
     "cure": …, "exitCode": 1, "zh": {"title": …, "detail": …, "cure": …}, "where": {"position": 1}}

The shape is RFC 9457's, as at the HTTP door.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from typing import Any, Final

from cli.catalogue import sentence
from cli.printable import json_text
from cli.session import Session
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
from ledger.label import Label
from offices.explaining import explain

INVALID: Final = 1
"""Also: refused, failed."""

USAGE: Final = 2
CANNOT_CHECK: Final = 3
"""Also: not available now."""

INTERRUPTED: Final = 130
"""128 + SIGINT, as shells expect."""

_TYPED_WRONGLY: Final = frozenset(("dev.base-url", "validity.as-of"))
"""Codes of other areas that say the same of an option's value."""

_TYPE_PREFIX: Final = "urn:onceledger:problem:"
_TITLES: Final[Mapping[type[OnceledgerError], Label]] = {
    MalformedInput: Label("输入有误", "Malformed input"),
    NotFound: Label("未找到", "Not found"),
    Conflict: Label("与当前状态冲突", "Conflict"),
    NotPermitted: Label("无权操作", "Not permitted"),
    Unavailable: Label("暂时不可用", "Unavailable now"),
    Corrupt: Label("存储的数据已损坏", "Stored data damaged"),
    Misconfigured: Label("配置有误", "Misconfigured"),
    OnceledgerError: Label("错误", "Error"),
}
_PLACES: Final = (
    "row", "column", "field", "rule", "path", "position", "line", "offset", "state", "action", "refused", "rows",
    "name", "count", "role", "expired",
)  # fmt: skip
"""Members of an error's detail that say where and how much, never what was there."""


_SHOWN: Final = 20
"""Refused rows told on a terminal; ``--json`` has them all."""


def exit_code(error: OnceledgerError, *, verifying: bool) -> int:
    """2: typed wrongly; 3: not possible now (and a verifier that fails has checked nothing); 1: everything else."""
    if error.code.startswith("usage.") or error.code in _TYPED_WRONGLY:
        return USAGE
    return CANNOT_CHECK if verifying or isinstance(error, Unavailable) else INVALID


def problem(error: OnceledgerError, code: int) -> dict[str, Any]:
    """The problem object."""
    cause, cure = explain(error)
    title = next(_TITLES[kind] for kind in type(error).__mro__ if kind in _TITLES)
    members = {
        "type": _TYPE_PREFIX + error.code,
        "title": title.en,
        "detail": cause.en,
        "cure": cure.en,
        "code": error.code,
        "exitCode": code,
        "zh": {"title": title.zh, "detail": cause.zh, "cure": cure.zh},
    }
    where = {name: error.detail[name] for name in _PLACES if isinstance(error.detail.get(name), str | int)}
    rows = {"rows": error.detail["refusals"]} if "refusals" in error.detail else {}
    return members | ({"where": where} if where else {}) | rows


def report(error: OnceledgerError, session: Session) -> int:
    """Tell of an error; returns the exit code."""
    code = exit_code(error, verifying=session.verifying)
    if session.as_json:
        _write(problem(error, code))
        return code
    tell(error, session, "red")
    return code


def tell(error: OnceledgerError, session: Session, style: str) -> None:
    """Cause, refused rows, cure and code on standard error, for people."""
    cause, cure = map(session.label, explain(error))
    session.err.print(session.text("problem.cause", cause=cause), style=style, soft_wrap=True)
    refusals = error.detail.get("refusals", [])
    for row in refusals[:_SHOWN] if len(refusals) > 1 else ():
        session.err.print(refused_line(session, row["row"], row["code"], row["state"]), soft_wrap=True)
    if cure:
        session.err.print(session.text("problem.cure", cure=cure), soft_wrap=True)
    session.err.print(session.text("problem.code", code=error.code), style="dim", soft_wrap=True)


def refused_line(session: Session, row: int, code: str, state: str | None) -> str:
    """Why nothing was done to the certificate whose number stands in a line: its state, or that there is none."""
    if state is None:
        return session.text("problem.row-unknown", row=row, code=code)
    return session.text("problem.row", row=row, code=code, state=session.text(f"state.{state}"))


def report_usage(message: Label, hint: str, session: Session) -> int:
    """Tell of a command line that cannot be understood; ``hint`` is the help to ask for."""
    if session.as_json:
        cure = {"zh": sentence("usage.cure", "zh", hint=hint), "en": sentence("usage.cure", "en", hint=hint)}
        _write(
            {
                "type": _TYPE_PREFIX + "usage.command-line",
                "title": "Usage",
                "detail": message.en,
                "cure": cure["en"],
                "code": "usage.command-line",
                "exitCode": USAGE,
                "zh": {"title": "用法有误", "detail": message.zh, "cure": cure["zh"]},
            }
        )
    else:
        session.err.print(session.text("usage.cause", cause=session.label(message)), style="red", soft_wrap=True)
        session.err.print(session.text("problem.cure", cure=session.text("usage.cure", hint=hint)), soft_wrap=True)
    return USAGE


def report_unexpected(error: BaseException, session: Session) -> int:
    """Tell of a mistake of ours, and where it goes. The traceback has no values of variables in it."""
    code = CANNOT_CHECK if session.verifying else INVALID
    if session.as_json:
        _write(
            {
                "type": _TYPE_PREFIX + "internal.unexpected",
                "title": "Unexpected",
                "detail": sentence("unexpected.cause", "en", kind=type(error).__name__),
                "cure": sentence("unexpected.cure", "en"),
                "code": "internal.unexpected",
                "exitCode": code,
                "zh": {
                    "title": "意外错误",
                    "detail": sentence("unexpected.cause", "zh", kind=type(error).__name__),
                    "cure": sentence("unexpected.cure", "zh"),
                },
                "traceback": traceback.format_exception(error),
            }
        )
        return code
    sys.stderr.write("".join(traceback.format_exception(error)))
    session.err.print(session.text("unexpected.cause", kind=type(error).__name__), style="red", soft_wrap=True)
    session.err.print(session.text("unexpected.cure"), soft_wrap=True)
    return code


def _write(members: dict[str, Any]) -> None:
    sys.stderr.write(json_text(members) + "\n")
