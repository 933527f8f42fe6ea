"""Validity rules: inclusive days, years that end the day before their anniversary, days that do not exist."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import MalformedInput
from ledger.validity_rule import parse_day, parse_rule

SHANGHAI = ZoneInfo("Asia/Shanghai")
PHOENIX = ZoneInfo("America/Phoenix")


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        ("2025-03-01", 1, "2026-02-28"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 4, "2028-02-28"),
        ("2024-03-01", 1, "2025-02-28"),
        ("2023-03-01", 1, "2024-02-29"),
        ("2025-01-01", 10, "2034-12-31"),
    ],
)
def test_years_end_the_day_before_the_anniversary(first: str, years: int, last: str) -> None:
    rule = parse_rule({"rule": "years", "years": years})
    assert rule.last_day(date.fromisoformat(first), {}) == date.fromisoformat(last)


def test_stamps_are_the_whole_days_of_the_zone() -> None:
    rule = parse_rule({"rule": "years", "years": 1})
    assert rule.stamps(date(2025, 3, 1), {}, SHANGHAI) == ("2025-03-01T00:00:00+08:00", "2026-02-28T23:59:59+08:00")


@pytest.mark.parametrize("name", ["none", "permanent"])
def test_no_end(name: str) -> None:
    assert parse_rule({"rule": name}).stamps(date(2011, 1, 12), {}, PHOENIX) == ("2011-01-12T00:00:00-07:00", None)


def test_until_field_is_inclusive_and_may_be_absent() -> None:
    rule = parse_rule({"rule": "until-field", "field": "ends"})
    assert rule.stamps(None, {"ends": "2025-12-31"}, SHANGHAI) == (None, "2025-12-31T23:59:59+08:00")
    assert rule.stamps(None, {}, SHANGHAI) == (None, None)


def test_a_single_day_is_valid() -> None:
    rule = parse_rule({"rule": "until-field", "field": "ends"})
    day = date(2025, 12, 31)
    assert rule.stamps(day, {"ends": "2025-12-31"}, SHANGHAI)[1] == "2025-12-31T23:59:59+08:00"


def test_end_before_beginning() -> None:
    rule = parse_rule({"rule": "until-field", "field": "ends"})
    with pytest.raises(MalformedInput) as caught:
        rule.stamps(date(2026, 1, 1), {"ends": "2025-12-31"}, SHANGHAI)
    assert caught.value.code == "validity.reversed"


def test_years_without_a_first_day() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_rule({"rule": "years", "years": 1}).stamps(None, {}, SHANGHAI)
    assert caught.value.code == "validity.no-first-day"


@pytest.mark.parametrize(
    "day", ["2023-02-30", "2023-2-3", "20230203", "0000-01-01", "", "２０２３-01-01", "2023-02-03T00", None, 5]
)
def test_date_that_does_not_exist(day: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_day(day)
    assert caught.value.code == "validity.day"


def test_day_before_standard_time() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_rule({"rule": "none"}).stamps(date(1900, 1, 1), {}, SHANGHAI)
    assert caught.value.code == "validity.day"


@pytest.mark.parametrize("rule", ["none", "years"])
def test_end_of_the_calendar(rule: str) -> None:
    parsed = parse_rule({"rule": rule, "years": 100} if rule == "years" else {"rule": rule})
    with pytest.raises(MalformedInput) as caught:
        parsed.stamps(date(9999, 12, 31), {}, SHANGHAI)
    assert caught.value.code == "validity.day"


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {},
        [],
        {"rule": "for ever"},
        {"rule": ["none"]},
        {"rule": "none", "years": 1},
        {"rule": "years"},
        {"rule": "years", "years": 0},
        {"rule": "years", "years": True},
        {"rule": "years", "years": 101},
        {"rule": "years", "years": "1"},
        {"rule": "until-field"},
        {"rule": "until-field", "field": 1},
    ],
)
def test_rule_that_is_none_of_the_four(rule: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_rule(rule)
    assert caught.value.code == "type.validity"


@given(st.dates(date(1902, 1, 1), date(9898, 12, 31)), st.integers(1, 100))
def test_years_are_counted_as_people_count_them(first: date, years: int) -> None:
    rule = parse_rule({"rule": "years", "years": years})
    begins, ends = rule.stamps(first, {}, SHANGHAI)
    assert begins is not None
    assert ends is not None
    assert date.fromisoformat(ends[:10]).year - first.year in (years - 1, years)


@given(st.dates(), st.integers(1, 100))
def test_any_day_is_answered(first: date, years: int) -> None:
    with suppress(MalformedInput):
        begins, ends = parse_rule({"rule": "years", "years": years}).stamps(first, {}, PHOENIX)
        assert begins is not None
        assert ends is not None
        assert begins < ends
