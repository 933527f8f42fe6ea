"""Days and moments: what is written as one, and nothing that only looks like it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ledger.errors import MalformedInput
from offices.moments import parse_moment, parse_time


def test_days_and_moments_are_read() -> None:
    assert parse_moment("2026-03-01") == date(2026, 3, 1)
    assert parse_moment("2026-03-01T08:00:00+08:00") == datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert parse_moment("2026-03-01T00:00Z") == datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_time("1970-01-01") == 0
    assert parse_time("2026-03-01T08:00:00+08:00") == parse_time("2026-03-01")


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-W48-1", "20260301", "2026-3-1", "2026-02-30", "2026-03-01T08:00:00", "2026-03-01T25:00:00Z",
        "2026-03-01T08:00:00+24:00", "２０２６-03-01", "2026-W48-1T00:00:00Z", "2026-03-01T08Z", "1770000000",
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_refused(text: str) -> None:
    for parse in (parse_moment, parse_time):
        with pytest.raises(MalformedInput) as caught:
            parse(text)
        assert caught.value.code == "usage.bad-date"


@pytest.mark.parametrize("text", ["1969-12-31", "0001-01-01", "1970-01-01T07:59:59+08:00", "0001-01-01T00:00:00+14:00"])
def test_a_chain_counts_no_time_before_1970(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_time(text)
    assert caught.value.code == "usage.before-1970"
