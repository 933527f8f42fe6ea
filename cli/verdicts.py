"""Verdicts as people and programs read them.

Names come from the trust pack alone. Of a certificate whose form or signature is wrong nothing is shown: what it says
is what its forger wrote.
"""

from __future__ import annotations

import time
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
    from verifiers.notes import Note
    from verifiers.verify import Opened

_STYLES: Final = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.CANNOT_CHECK: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
}
RESULT_STYLES: Final = {Result.VALID: "bold green", Result.INVALID: "bold red", Result.CANNOT_CHECK: "bold yellow"}
EXIT_CODES: Final = {Result.VALID: 0, Result.INVALID: INVALID, Result.CANNOT_CHECK: CANNOT_CHECK}


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
    from verifiers.notes import notes_of

    document = document_of(verdict, data)
    show_basis(session, opened, remembered, asked)
    show_verdict(session, verdict, opened.pack, document)
    show_claims(session, verdict, document)
    show_notes(session, notes_of(verdict, without_status_pack=opened.lacks_status_pack))
    show_cure(session, verdict)
    told = verdict_json(verdict, without_status_pack=opened.lacks_status_pack)
    answer = {"file": name, "asOf": asked_text(asked), **told, **trust_json(opened, remembered)}
    if document is not None:
        answer["credential"] = {name: document.get(name) for name in ("id", "validFrom", "validUntil")}
        answer["claims"] = document["credentialSubject"]
    session.answer(answer, next_step=conclusion(verdict, asked), day=asked_text(asked))
    return EXIT_CODES[verdict.result]


def conclusion(verdict: Verification, asked: datetime | date | None) -> str:
    """What to do: a certificate that was valid on a past day may be revoked today, or was not there on that day."""
    then = ""
    if verdict.verified and asked is not None:
        then = "-before" if verdict.precedes_anchor else "-then"
    return f"next.verdict-{verdict.result.name.lower()}{then}"


def show_notes(session: Session, notes: Sequence[Note]) -> None:
    """What the reader should hear besides."""
    for one in notes:
        session.say("verdict.note", "yellow", note=session.label(one.text))


def asked_text(asked: datetime | date | None) -> str | None:
    """The past day or moment as it is told."""
    return None if asked is None else asked.isoformat()


def show_asked(session: Session, asked: datetime | date | None) -> None:
    if asked is not None:
        session.say("verify.as-of", "yellow", day=asked_text(asked))


def show_verdict(
    session: Session, verdict: Verification, pack: TrustPack | None, document: dict[str, Any] | None
) -> None:
    session.say(f"verdict.{verdict.result.name.lower()}", RESULT_STYLES[verdict.result])
    session.table(
        ["column.step", "column.check", "column.outcome", "column.finding"],
        [
            (
                one.check.step,
                _check_name(session, one.check),
                Text(session.text(f"outcome.{one.outcome.name.lower()}"), style=_STYLES[one.outcome]),
                sentence_of(session, one),
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


def show_cure(session: Session, verdict: Verification) -> None:
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


def document_of(verdict: Verification, data: bytes) -> dict[str, Any] | None:
    """The certificate, once its signature was found right."""
    if verdict.issuer is None:
        return None
    from ledger.bundle import read

    return read(data).credential.document


def show_claims(session: Session, verdict: Verification, document: dict[str, Any] | None) -> None:
    if document is None or verdict.kind is None:
        return
    rows = whole(claim_rows(verdict.kind.fields, document["credentialSubject"], session.language))
    session.table(["column.field", "column.value"], rows, title="verdict.claims")


def whole(rows: Iterable[tuple[str, str]]) -> list[tuple[Text, Text]]:
    """Cells that are not cut, however long: a restriction must not hide behind what came before it."""
    return [(Text(printable(name, None)), Text(printable(value, None))) for name, value in rows]


def show_basis(session: Session, opened: Opened, remembered: bool, asked: datetime | date | None) -> None:
    show_asked(session, asked)
    if opened.pack is not None and not remembered:
        session.say("verify.not-remembered", "yellow")
    if opened.told is not None:
        head = opened.told.head
        age = span(session, int(time.time()) - head.time)
        session.say("verify.as-of-node", block=head.number, time=utc(head.time), age=age, node=opened.told.node)
    if opened.problem is not None and not session.as_json:
        tell(opened.problem, session, "yellow")


def result_text(session: Session, result: Result) -> Text:
    return Text(session.text(f"result.{result.name.lower()}"), style=RESULT_STYLES[result])


def _check_name(session: Session, check: Check) -> str:
    return check.zh if session.language == "zh" else check.en


def sentence_of(session: Session, reason: Reason) -> str:
    return reason.zh if session.language == "zh" else reason.en
