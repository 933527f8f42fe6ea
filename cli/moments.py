"""Moments and spans as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cli.session import Session

_LATEST: Final = 253_402_300_799
"""Last second of the year 9999; the chain can say later ones and no calendar can show them."""


def utc(seconds: int | None) -> str:
    """Unix seconds as ``2026-03-01 08:00 UTC``; nothing for None."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%d %H:%M UTC")


def day(seconds: int | None) -> str:
    """Unix seconds as their day in UTC; nothing for None."""
    return utc(seconds)[:10]


def iso(seconds: int | None) -> str | None:
    """Unix seconds as ``2026-03-01T08:00:00Z``, for programs."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(session: Session, seconds: int) -> str:
    """A span in its largest unit, cut down: ``3 days``."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return session.text(f"span.{unit}", count=seconds // length)
    return session.text("span.seconds", count=max(0, seconds))
