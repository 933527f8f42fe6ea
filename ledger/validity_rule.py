"""How long a credential of a type holds (``docs/formats/credential-type.md``, "Validity").

    {"rule": "none"}                               the register knows no expiry
    {"rule": "permanent"}                          the law says that it does not expire
    {"rule": "years", "years": 1}                  so many years; the last day is the one before the anniversary
    {"rule": "until-field", "field": "validTo"}    through the day that a claim names; absent: no expiry

Days are inclusive and end at midnight in the type's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, cast, get_args
from zoneinfo import ZoneInfo

from ledger.errors import MalformedInput
from ledger.validity import first_stamp, last_stamp

Rule = Literal["none", "permanent", "years", "until-field"]

MAX_YEARS: Final = 100
"""A certificate meant to outlive its holder is *permanent*; a longer term is a slip of the pen."""

_LAST_YEAR: Final = 9998
_STAMP_LENGTH: Final = len("2026-12-31T23:59:59+08:00")
_MEMBERS: Final = {
    "none": {"rule"},
    "permanent": {"rule"},
    "years": {"rule", "years"},
    "until-field": {"rule", "field"},
}


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """A rule and what it needs: ``years`` for *years*, ``field`` for *until-field*."""

    rule: Rule
    years: int = 0
    field: str | None = None

    def last_day(self, first: date | None, subject: dict[str, Any]) -> date | None:
        """Last day, inclusive, or None where there is no expiry.

        A year from 29 February ends on 28 February: the anniversary that does not exist counts as 1 March.

        Raises MalformedInput ``validity.no-first-day`` when the rule counts from a day that is not given, and
        ``validity.day`` for a day that does not exist or leaves the calendar.
        """
        if self.rule == "years":
            if first is None:
                raise MalformedInput(
                    "validity.no-first-day",
                    "The type's validity counts from the first day, and none is given.",
                    "Map a column to validFrom.",
                )
            return _anniversary(first, self.years) - timedelta(days=1)
        if self.rule == "until-field" and self.field in subject:
            return parse_day(subject[self.field])
        return None

    def stamps(self, first: date | None, subject: dict[str, Any], zone: ZoneInfo) -> tuple[str | None, str | None]:
        """(validFrom, validUntil) as XML Schema dateTimeStamps in ``zone``.

        Raises like ``last_day``, and MalformedInput ``validity.reversed`` when the last day is before the first.
        """
        last = self.last_day(first, subject)
        if first is not None and last is not None and last < first:
            raise MalformedInput(
                "validity.reversed", "The last day of validity is before the first.", "Correct one of the two dates."
            )
        begins = None if first is None else _stamp(first_stamp(_in_calendar(first), zone))
        ends = None if last is None else _stamp(last_stamp(_in_calendar(last), zone))
        return begins, ends


def parse_rule(value: Any) -> ValidityRule:
    """Read the ``validity`` member of a type. Raises MalformedInput ``type.validity``."""
    rule = value.get("rule") if isinstance(value, dict) else None
    if not isinstance(rule, str) or rule not in get_args(Rule) or set(value) != _MEMBERS[rule]:
        raise _bad_rule()
    years, field = value.get("years", 0), value.get("field")
    if rule == "years" and not (type(years) is int and 1 <= years <= MAX_YEARS):
        raise _bad_rule()
    if rule == "until-field" and not isinstance(field, str):
        raise _bad_rule()
    return ValidityRule(cast(Rule, rule), years, field)


def parse_day(text: Any) -> date:
    """The day of ``YYYY-MM-DD``; raises MalformedInput ``validity.day``."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except (ValueError, TypeError):
        pass
    raise _bad_day()


def _anniversary(first: date, years: int) -> date:
    try:
        return first.replace(year=first.year + years)
    except ValueError:
        if first.month == 2 and first.day == 29 and first.year + years <= _LAST_YEAR:
            return date(first.year + years, 3, 1)
        raise _bad_day() from None


def _in_calendar(day: date) -> date:
    if day.year > _LAST_YEAR:
        raise _bad_day()
    return day


def _stamp(text: str) -> str:
    # Before standard time, zones had offsets with seconds (Shanghai +08:05:43); a dateTimeStamp cannot say them.
    if len(text) != _STAMP_LENGTH:
        raise _bad_day()
    return text


def _bad_day() -> MalformedInput:
    return MalformedInput(
        "validity.day",
        "A day of validity does not exist, or lies before standard time or after the year 9998.",
        "Write a real day as YYYY-MM-DD; leave the field out where there is no expiry.",
    )


def _bad_rule() -> MalformedInput:
    return MalformedInput(
        "type.validity",
        "The validity of the type is none of the four rules.",
        'Write {"rule": "none"}, {"rule": "permanent"}, {"rule": "years", "years": N} or '
        '{"rule": "until-field", "field": NAME}.',
        path="/validity",
    )
