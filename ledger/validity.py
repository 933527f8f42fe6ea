"""Validity dates of a credential: instants, and whole days in the type's time zone.

"2026-12-31T23:59:59+08:00"   an instant (XML Schema dateTimeStamp, as VC Data Model 2.0 section 4.9 demands)
"2026-12-31"                  a day: from its first instant as a beginning, through its last as an end, in the
                              zone of the credential's type, because an office's day ends at its own midnight
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ledger.errors import MalformedInput

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ONE_DAY: Final = timedelta(days=1)
_LAST_SECOND: Final = time(23, 59, 59)

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 9998
"""Years of moments that can be asked about: the calendar of the machine ends with the year 9999."""


def beginning(text: str, zone: ZoneInfo) -> datetime:
    """First instant that ``text`` means; raises MalformedInput ``validity.date``."""
    moment = _parse(text)
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), zone)


def end(text: str, zone: ZoneInfo) -> datetime:
    """First instant that ``text`` as an end does *not* cover any more; raises MalformedInput ``validity.date``.

    An instant covers its own second: validUntil 23:59:59 ends with the day.
    """
    moment = _parse(text)
    try:
        if isinstance(moment, datetime):
            return moment + timedelta(seconds=1)
        return datetime.combine(moment + _ONE_DAY, time(), zone)
    except OverflowError:
        raise _bad() from None


def last_instant(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a question about a whole day is asked: its last second."""
    return datetime.combine(day, _LAST_SECOND, zone)


def require_askable(moment: datetime | date) -> None:
    """Return if a certificate may be asked about as of ``moment``: there is room for every zone on both sides of it.

    Raises MalformedInput ``validity.as-of`` for a year before ``FIRST_YEAR`` or after ``LAST_YEAR``.
    """
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise MalformedInput(
            "validity.as-of",
            "The day or moment asked about lies outside of the years that certificates are asked about.",
            f"Ask about a day from {FIRST_YEAR} to {LAST_YEAR}.",
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )


def first_stamp(day: date, zone: ZoneInfo) -> str:
    """dateTimeStamp of the first second of ``day`` in ``zone``."""
    return datetime.combine(day, time(), zone).isoformat()


def last_stamp(day: date, zone: ZoneInfo) -> str:
    """dateTimeStamp of the last second of ``day`` in ``zone``."""
    return last_instant(day, zone).isoformat()


@lru_cache(maxsize=4096)
def _parse(text: str) -> datetime | date:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _bad()


def _bad() -> MalformedInput:
    return MalformedInput(
        "validity.date",
        "A validity date does not exist or has another form.",
        "Ask the issuer for a corrected credential.",
    )
