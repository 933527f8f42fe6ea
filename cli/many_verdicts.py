"""Verdicts over a folder, or over many business numbers: counted by result and reason, with the cure of each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from cli.moments import iso, span, utc
from cli.session import Session
from cli.verdict_json import notes_json, trust_json, verdict_json
from cli.verdicts import (
    EXIT_CODES,
    RESULT_STYLES,
    asked_text,
    conclusion,
    document_of,
    result_text,
    sentence_of,
    show_asked,
    show_basis,
    show_claims,
    show_cure,
    show_notes,
    show_verdict,
)
from ledger.reasons import Reason, Result

if TYPE_CHECKING:
    from ledger.verdict import Verification
    from offices.online import OnlineAnswer
    from verifiers.verify import Opened

_UNREADABLE: Final = "file.unreadable"
_LISTED: Final = 20
"""Files that are not valid, shown one by one."""


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
    from verifiers.notes import notes_of_many, oldest_status
    from verifiers.verify import worst

    found = [verdict for _, verdict in verdicts]
    notes = notes_of_many(found, without_status_pack=opened.lacks_status_pack)
    oldest = oldest_status(found)
    results = [verdict.result for _, verdict in verdicts] + [Result.CANNOT_CHECK] * len(unreadable)
    overall = worst(results)
    reasons = Counter((verdict.result, verdict.decisive) for _, verdict in verdicts)
    show_basis(session, opened, remembered, asked)
    rows: list[tuple[Any, ...]] = [
        (
            result_text(session, result),
            count,
            "" if result is Result.VALID else reason.code,
            "" if result is Result.VALID else reason.zh if session.language == "zh" else reason.en,
        )
        for (result, reason), count in sorted(reasons.items(), key=lambda one: (EXIT_CODES[one[0][0]], -one[1]))
    ]
    if unreadable:
        text = session.text("verify.unreadable")
        rows.append((result_text(session, Result.CANNOT_CHECK), len(unreadable), _UNREADABLE, text))
    session.table(["column.result", "column.count", "column.code", "column.reason"], rows)
    told = {reason for result, reason in reasons if result is not Result.VALID and opened.problem is None}
    _show_cures(session, told)
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
    if oldest is not None:
        age = span(session, int(time.time()) - oldest)
        session.say("verify.oldest-status", time=utc(oldest), age=age)
    show_notes(session, notes)
    counts = {result.value: results.count(result) for result in Result}
    session.say("verify.summary", RESULT_STYLES[overall], total=len(results), **_named(counts))
    session.answer(
        {
            "asOf": asked_text(asked),
            "result": overall.value,
            "files": len(results),
            "counts": counts,
            "reasons": {reason.code: count for (_, reason), count in reasons.items()},
            "cures": {one.code: {"zh": one.cure_zh, "en": one.cure_en} for one in told if one.cure_en},
            "oldestStatusAt": iso(oldest),
            "oldestStatusAgeSeconds": None if oldest is None else max(0, int(time.time()) - oldest),
            "notes": notes_json(notes),
            "verdicts": [
                *(
                    {"file": name, "result": verdict.result.value, "code": verdict.decisive.code}
                    for name, verdict in verdicts
                ),
                *({"file": name, "result": Result.CANNOT_CHECK.value, "code": _UNREADABLE} for name in unreadable),
            ],
            **trust_json(opened, remembered),
        },
        next_step=_conclusion(results, asked, before=any(one.precedes_anchor for one in found)),
        day=asked_text(asked),
        **_named(counts),
    )
    return EXIT_CODES[overall]


def show_online(
    session: Session, answers: Sequence[OnlineAnswer], *, unknown: Sequence[int], asked: datetime | date | None
) -> int:
    """Verdicts by line of the input: a business number may be personal and is not repeated. ``unknown`` are the lines
    whose numbers no issued certificate bears: of them nothing can be checked."""
    from verifiers.notes import notes_of, notes_of_many
    from verifiers.verify import worst

    results = [one.verification.result for one in answers] + [Result.CANNOT_CHECK] * len(unknown)
    overall = worst(results)
    show_asked(session, asked)
    if len(answers) == 1:
        only = answers[0]
        document = document_of(only.verification, only.bundle)
        show_verdict(session, only.verification, None, document)
        show_claims(session, only.verification, document)
        show_notes(session, notes_of(only.verification))
        show_cure(session, only.verification)
        session.say("verify.record-state", state=session.text(f"state.{only.row.state.value}"))
    else:
        session.table(
            ["column.line", "column.result", "column.reason", "column.record-state"],
            [
                (
                    one.position + 1,
                    result_text(session, one.verification.result),
                    "" if one.verification.verified else sentence_of(session, one.verification.decisive),
                    session.text(f"state.{one.row.state.value}"),
                )
                for one in answers
            ],
        )
        show_notes(session, notes_of_many([one.verification for one in answers]))
    if unknown:
        session.say("find.unknown", "red", count=len(unknown), lines=", ".join(map(str, unknown[:_LISTED])))
    before = any(one.verification.precedes_anchor for one in answers)
    session.answer(
        {
            "asOf": asked_text(asked),
            "result": overall.value,
            "verdicts": [
                {"line": one.position + 1, "recordState": one.row.state.value, **verdict_json(one.verification)}
                for one in answers
            ]
            + [{"line": line, "result": None, "verified": False, "code": "credential.unknown"} for line in unknown],
        },
        next_step=conclusion(answers[0].verification, asked)
        if len(results) == 1 and answers
        else _conclusion(results, asked, before=before),
        day=asked_text(asked),
        **_named({result.value: results.count(result) for result in Result}),
    )
    return EXIT_CODES[overall]


def _conclusion(results: Sequence[Result], asked: datetime | date | None, *, before: bool) -> str:
    """What to do with many: where some are not valid, of which it is said."""
    if Result.INVALID in results:
        return "next.verdicts-invalid"
    if not results or Result.CANNOT_CHECK in results:
        return "next.verdicts-cannot_check" if results else "next.verdicts-none"
    if asked is None:
        return "next.verdicts-valid"
    return "next.verdicts-valid-before" if before else "next.verdicts-valid-then"


def _show_cures(session: Session, reasons: Iterable[Reason]) -> None:
    for one in sorted(reasons, key=lambda reason: reason.code):
        cure = one.cure_zh if session.language == "zh" else one.cure_en
        if cure:
            session.say("verdict.cure-of", code=one.code, cure=cure)


def _named(counts: dict[str, int]) -> dict[str, int]:
    """Counts as sentences ask for them; ``bad`` is all that is not valid."""
    return {
        "bad": counts[Result.INVALID.value] + counts[Result.CANNOT_CHECK.value],
        "valid": counts[Result.VALID.value],
        "invalid": counts[Result.INVALID.value],
        "unchecked": counts[Result.CANNOT_CHECK.value],
    }
