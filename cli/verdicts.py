"""Verdicts as people and programs read them.

Names come from the trust pack alone. Of a certificate whose form or signature is wrong nothing is shown: what it says
is what its forger wrote.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from cli.claim_rows import claim_rows
from cli.moments import span, utc
from cli.printable import printable
from cli.problems import CANNOT_CHECK, INVALID, tell
from cli.session import Session
from cli.verdict_json import trust_json, verdict_json
from ledger.reasons import CHECKS, Check, Outcome, Reason, Result

if TYPE_CHECKING:
    from ledger.trust_description import Agency
    from ledger.trust_pack import TrustPack
    from ledger.verdict import Verification
    from offices.online import OnlineAnswer
    from verifiers.verify import Opened

_STYLES: Final = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.CANNOT_CHECK: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
}
_RESULT_STYLES: Final = {Result.VALID: "bold green", Result.INVALID: "bold red", Result.CANNOT_CHECK: "bold yellow"}
_CODES: Final = {Result.VALID: 0, Result.INVALID: INVALID, Result.CANNOT_CHECK: CANNOT_CHECK}
_UNREADABLE: Final = "file.unreadable"
_LISTED: Final = 20
"""Files that are not valid, shown one by one."""


def show_one(
    session: Session,
    opened: Opened,
    remembered: bool,
    name: str,
    data: bytes,
    verdict: Verification,
    *,
    asked: datetime | date | None,
) -> int:
    """One bundle's verdict in full; returns the exit code. ``asked``: the past day or moment it is about, if any."""
    document = _document(verdict, data)
    _show_basis(session, opened, remembered, asked)
    _show_verdict(session, verdict, opened.pack, document)
    _show_claims(session, verdict, document)
    _show_cure(session, verdict)
    answer = {"file": name, "asOf": _text(asked), **verdict_json(verdict), **trust_json(opened, remembered)}
    if document is not None:
        answer["credential"] = {name: document.get(name) for name in ("id", "validFrom", "validUntil")}
        answer["claims"] = document["credentialSubject"]
    session.answer(answer, next_step=_conclusion(verdict.result, asked), day=_text(asked))
    return _CODES[verdict.result]


def show_many(
    session: Session,
    opened: Opened,
    remembered: bool,
    verdicts: Sequence[tuple[str, Verification]],
    unreadable: Sequence[str],
    *,
    asked: datetime | date | None,
) -> int:
    """Many bundles' verdicts, counted by result and reason; returns the exit code of the worst."""
    from verifiers.verify import worst

    results = [verdict.result for _, verdict in verdicts] + [Result.CANNOT_CHECK] * len(unreadable)
    overall = worst(results)
    reasons = Counter((verdict.result, verdict.decisive) for _, verdict in verdicts)
    _show_basis(session, opened, remembered, asked)
    rows: list[tuple[Any, ...]] = [
        (
            _result_text(session, result),
            count,
            "" if result is Result.VALID else reason.code,
            "" if result is Result.VALID else reason.zh if session.language == "zh" else reason.en,
        )
        for (result, reason), count in sorted(reasons.items(), key=lambda one: (_CODES[one[0][0]], -one[1]))
    ]
    if unreadable:
        text = session.text("verify.unreadable")
        rows.append((_result_text(session, Result.CANNOT_CHECK), len(unreadable), _UNREADABLE, text))
    session.table(["column.result", "column.count", "column.code", "column.reason"], rows)
    bad = [(name, verdict) for name, verdict in verdicts if not verdict.verified and opened.problem is None]
    session.table(
        ["column.file", "column.code"],
        [(name, verdict.decisive.code) for name, verdict in bad[:_LISTED]]
        + [(name, _UNREADABLE) for name in unreadable[: max(0, _LISTED - len(bad))]],
    )
    hidden = len(bad) + len(unreadable) - _LISTED
    if hidden > 0:
        session.say("verify.more", count=hidden)
    if not results:
        session.say("verify.empty", "yellow")
    counts = {result.value: results.count(result) for result in Result}
    session.say("verify.summary", _RESULT_STYLES[overall], total=len(results), **_named(counts))
    session.answer(
        {
            "asOf": _text(asked),
            "result": overall.value,
            "files": len(results),
            "counts": counts,
            "reasons": {reason.code: count for (_, reason), count in reasons.items()},
            "verdicts": [
                *(
                    {"file": name, "result": verdict.result.value, "code": verdict.decisive.code}
                    for name, verdict in verdicts
                ),
                *({"file": name, "result": Result.CANNOT_CHECK.value, "code": _UNREADABLE} for name in unreadable),
            ],
            **trust_json(opened, remembered),
        },
        next_step=_conclusion(overall, asked),
        day=_text(asked),
    )
    return _CODES[overall]


def show_online(session: Session, answers: Sequence[OnlineAnswer], *, asked: datetime | date | None) -> int:
    """Verdicts by line of the input: a business number may be personal and is not repeated."""
    from verifiers.verify import worst

    overall = worst(one.verification.result for one in answers)
    _show_asked(session, asked)
    if len(answers) == 1:
        only = answers[0]
        document = _document(only.verification, only.bundle)
        _show_verdict(session, only.verification, None, document)
        _show_claims(session, only.verification, document)
        _show_cure(session, only.verification)
        session.say("verify.record-state", state=session.text(f"state.{only.row.state.value}"))
    else:
        session.table(
            ["column.line", "column.result", "column.reason", "column.record-state"],
            [
                (
                    one.position + 1,
                    _result_text(session, one.verification.result),
                    "" if one.verification.verified else _sentence(session, one.verification.decisive),
                    session.text(f"state.{one.row.state.value}"),
                )
                for one in answers
            ],
        )
    session.answer(
        {
            "asOf": _text(asked),
            "result": overall.value,
            "verdicts": [
                {"line": one.position + 1, "recordState": one.row.state.value, **verdict_json(one.verification)}
                for one in answers
            ],
        },
        next_step=_conclusion(overall, asked),
        day=_text(asked),
    )
    return _CODES[overall]


def _conclusion(result: Result, asked: datetime | date | None) -> str:
    """What to do: a certificate that was valid on a past day may be revoked today."""
    then = "-then" if result is Result.VALID and asked is not None else ""
    return f"next.verdict-{result.name.lower()}{then}"


def _text(asked: datetime | date | None) -> str | None:
    return None if asked is None else asked.isoformat()


def _show_asked(session: Session, asked: datetime | date | None) -> None:
    if asked is not None:
        session.say("verify.as-of", "yellow", day=_text(asked))


def _show_verdict(
    session: Session, verdict: Verification, pack: TrustPack | None, document: dict[str, Any] | None
) -> None:
    session.say(f"verdict.{verdict.result.name.lower()}", _RESULT_STYLES[verdict.result])
    session.table(
        ["column.step", "column.check", "column.outcome", "column.finding"],
        [
            (
                one.check.step,
                _check_name(session, one.check),
                Text(session.text(f"outcome.{one.outcome.name.lower()}"), style=_STYLES[one.outcome]),
                _sentence(session, one),
            )
            for one in verdict.findings
        ]
        + [
            (one.step, _check_name(session, one), Text(session.text("outcome.not_made"), style="dim"), "")
            for one in CHECKS[len(verdict.findings) :]
        ],
    )
    if len(verdict.findings) < len(CHECKS):
        session.say("verdict.stopped", "dim")
    rows: list[tuple[str, str]] = []
    if verdict.issuer is not None:
        rows += _issuer(session, verdict.issuer, pack)
    if verdict.kind is not None:
        rows.append((session.text("fact.type"), session.label(verdict.kind.label)))
    if document is not None:
        rows.append((session.text("fact.id"), document["id"]))
        until = document.get("validUntil") or session.text("valid.for-ever")
        dates = session.text("fact.from-until", begin=document["validFrom"], end=until)
        rows.append((session.text("fact.validity"), dates))
    if verdict.anchored_at is not None:
        rows.append((session.text("fact.anchored"), f"{utc(verdict.anchored_at)} (#{verdict.block})"))
    if verdict.status_at is not None:
        age = span(session, int(time.time()) - verdict.status_at)
        rows.append((session.text("fact.status"), session.text("fact.age", time=utc(verdict.status_at), age=age)))
    if verdict.successor is not None:
        rows.append((session.text("fact.successor"), verdict.successor.hex()))
    if pack is not None:
        text = session.text("fact.until", version=pack.seen.targets, time=utc(int(pack.expires.timestamp())))
        rows.append((session.text("fact.pack"), text))
    session.table(["column.fact", "column.value"], rows)


def _show_cure(session: Session, verdict: Verification) -> None:
    cure = verdict.decisive.cure_zh if session.language == "zh" else verdict.decisive.cure_en
    if not verdict.verified and cure:
        session.say("verdict.cure", cure=cure)


def _issuer(session: Session, issuer: Agency, pack: TrustPack | None) -> list[tuple[str, str]]:
    standing = session.text(f"agency-status.{issuer.status}")
    rows = [(session.text("fact.issuer"), f"{session.label(issuer.name)} ({standing})"), ("DID", issuer.did)]
    successor = None
    if pack is not None and issuer.successor_id is not None:
        successor = pack.trust.agency_by_id(issuer.successor_id)
    if successor is not None:
        rows.append((session.text("fact.merged-into"), f"{session.label(successor.name)} ({successor.did})"))
    return rows


def _document(verdict: Verification, data: bytes) -> dict[str, Any] | None:
    """The certificate, once its signature was found right."""
    if verdict.issuer is None:
        return None
    from ledger.bundle import read

    return read(data).credential.document


def _show_claims(session: Session, verdict: Verification, document: dict[str, Any] | None) -> None:
    if document is None or verdict.kind is None:
        return
    rows = whole(claim_rows(verdict.kind.fields, document["credentialSubject"], session.language))
    session.table(["column.field", "column.value"], rows, title="verdict.claims")


def whole(rows: Iterable[tuple[str, str]]) -> list[tuple[Text, Text]]:
    """Cells that are not cut, however long: a restriction must not hide behind what came before it."""
    return [(Text(printable(name, None)), Text(printable(value, None))) for name, value in rows]


def _show_basis(session: Session, opened: Opened, remembered: bool, asked: datetime | date | None) -> None:
    _show_asked(session, asked)
    if opened.pack is not None and not remembered:
        session.say("verify.not-remembered", "yellow")
    if opened.told is not None:
        head = opened.told.head
        age = span(session, int(time.time()) - head.time)
        session.say("verify.as-of-node", block=head.number, time=utc(head.time), age=age, node=opened.told.node)
    if opened.problem is not None and not session.as_json:
        tell(opened.problem, session, "yellow")


def _named(counts: dict[str, int]) -> dict[str, int]:
    return {
        "valid": counts[Result.VALID.value],
        "invalid": counts[Result.INVALID.value],
        "unchecked": counts[Result.CANNOT_CHECK.value],
    }


def _result_text(session: Session, result: Result) -> Text:
    return Text(session.text(f"result.{result.name.lower()}"), style=_RESULT_STYLES[result])


def _check_name(session: Session, check: Check) -> str:
    return check.zh if session.language == "zh" else check.en


def _sentence(session: Session, reason: Reason) -> str:
    return reason.zh if session.language == "zh" else reason.en
