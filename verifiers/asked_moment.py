"""The day or moment that a verifier asks about lies in the past: of the future nothing is proven yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledger.errors import MalformedInput

TOLERANCE: Final = timedelta(days=1)
"""Today's date in Samoa is tomorrow's in UTC, and clocks differ."""


def require_past(asked: datetime | date, now: datetime) -> None:
    """Refuse what lies more than ``TOLERANCE`` after ``now``. Raises MalformedInput ``usage.as-of-in-future``."""
    if isinstance(asked, datetime):
        is_past = asked <= now + TOLERANCE
    else:
        is_past = asked <= (now.astimezone(UTC) + TOLERANCE).date()
    if not is_past:
        raise MalformedInput(
            "usage.as-of-in-future",
            "The day or moment asked about lies in the future, of which nothing is known yet.",
            "Ask about today or a day before; without a date it is now.",
        )
