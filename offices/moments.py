"""Days and moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

from ledger.errors import MalformedInput

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, seconds may be left out. Python reads more: a week like 2026-W48-1 would be taken for a day."""


def parse_moment(text: str) -> datetime | date:
    """A day (``2026-03-01``) or a moment with its offset (``2026-03-01T08:00:00+08:00``).

    Raises MalformedInput ``usage.bad-date``.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise _bad_date()


def parse_time(text: str) -> int:
    """A moment in Unix seconds; a day counts from its first second in UTC. Raises like ``parse_moment``, and
    MalformedInput ``usage.before-1970``: a chain counts seconds from there."""
    moment = parse_moment(text)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    seconds = int(moment.timestamp())
    if seconds < 0:
        raise MalformedInput(
            "usage.before-1970", "The date lies before 1970, where chains begin to count.", "Give a later date."
        )
    return seconds


def _bad_date() -> MalformedInput:
    return MalformedInput(
        "usage.bad-date",
        "The date does not exist, or is not written as a date.",
        "Write a day as 2026-03-01, or a moment with its offset as 2026-03-01T08:00:00+08:00.",
    )
