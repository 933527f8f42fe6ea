"""What a verdict leaves unsaid and its reader should hear: notes, which decide nothing.

A past day before the certificate was there, and a status that nobody but the holder chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ledger.label import Label
from ledger.verdict import Verification

_LATEST: Final = 253_402_300_799
"""Last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Note:
    """``code`` is published and never changes its meaning; ``text`` is one sentence for people."""

    code: str
    text: Label


def notes_of(verdict: Verification, *, without_status_pack: bool = False) -> tuple[Note, ...]:
    """Of one certificate; ``without_status_pack``: the verifier has none and goes by what the bundle brought."""
    found = []
    if verdict.precedes_anchor:
        when = _utc(verdict.anchored_at)
        found.append(
            Note(
                "note.issued-later",
                Label(
                    f"该证照于 {when} 才签发存证，晚于所问的时刻；此前无从出示、无从采信。",
                    f"It was issued only on {when}, when it was anchored: before that nobody could rely on it.",
                ),
            )
        )
    if without_status_pack and verdict.issuer is not None:
        found.append(_without_pack(verdict))
    return tuple(found)


def notes_of_many(verdicts: Sequence[Verification], *, without_status_pack: bool = False) -> tuple[Note, ...]:
    """Of all certificates of a folder together."""
    found = []
    later = sum(one.precedes_anchor for one in verdicts)
    if later:
        found.append(
            Note(
                "note.issued-later",
                Label(
                    f"其中 {later} 份在所问的时刻之后才签发存证，此前无从出示、无从采信。",
                    f"{later} of them were issued, and anchored, only after the moment asked about: before that nobody "
                    "could rely on them.",
                ),
            )
        )
    if without_status_pack and any(one.issuer is not None for one in verdicts):
        found.append(
            Note(
                "note.no-status-pack",
                Label(
                    "未给出状态包：各证照的状态取自持有人所带，签发机关此后的撤销看不到。",
                    "No status pack was given: each status is the one that the holder brought; what was revoked after "
                    "it does not show.",
                ),
            )
        )
    return tuple(found)


def oldest_status(verdicts: Sequence[Verification]) -> int | None:
    """Unix seconds of the oldest proven status that a verdict rests on."""
    return min((one.status_at for one in verdicts if one.status_at is not None), default=None)


def _without_pack(verdict: Verification) -> Note:
    if verdict.status_at is None:
        text = Label(
            "未给出状态包，文件也未带有可证明的状态。",
            "No status pack was given, and the file proves no status.",
        )
    else:
        when = _utc(verdict.status_at)
        text = Label(
            f"未给出状态包：状态取自持有人所带，为 {when} 的状态；此后的撤销看不到。",
            f"No status pack was given: the status is the one that the holder brought, of {when}; what was revoked "
            "after it does not show.",
        )
    return Note("note.no-status-pack", text)


def _utc(seconds: int | None) -> str:
    return datetime.fromtimestamp(min(seconds or 0, _LATEST), UTC).strftime("%Y-%m-%d %H:%M UTC")
