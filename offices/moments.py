"""Days and moments as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from ledger.errors import MalformedInput

_DAY_LENGTH: Final = len("2026-03-01")


def parse_moment(text: str) -> datetime | date:
    """A day (``2026-03-01``) or a moment with its offset (``2026-03-01T08:00:00+08:00``).

    Raises MalformedInput ``usage.bad-date``.
    """
    try:
        if len(text) == _DAY_LENGTH:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad_date() from None
    if moment.tzinfo is None:
        raise _bad_date()
    return moment


def parse_time(text: str) -> int:
    """A moment in Unix seconds; a day counts from its first second in UTC. Raises like ``parse_moment``."""
    moment = parse_moment(text)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return int(moment.timestamp())


def _bad_date() -> MalformedInput:
    return MalformedInput(
        "usage.bad-date",
        "The date does not exist, or is not written as a date.",
        "Write a day as 2026-03-01, or a moment with its offset as 2026-03-01T08:00:00+08:00.",
    )
