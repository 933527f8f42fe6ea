"""What a verifier demands beyond validity (step 10): small values, chosen by the one who relies on the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

CLOCK_TOLERANCE: Final = 300
"""Seconds by which a block or a signature may lie ahead of the verifier's clock. No policy changes it."""

MAX_STATUS_AGE: Final = timedelta(days=7)
"""Default. A trust pack lives about a week; a status older than that is yesterday's news."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``None`` accepts all; an empty set accepts nothing, which is what it says.

    ``types`` are type names, ``issuers`` DIDs. ``max_status_age`` ``None`` accepts a status of any age.
    """

    types: frozenset[str] | None = None
    issuers: frozenset[str] | None = None
    max_status_age: timedelta | None = MAX_STATUS_AGE

    def status_too_old(self, age: int) -> bool:
        """Whether a status ``age`` seconds old is older than accepted."""
        return self.max_status_age is not None and age > self.max_status_age.total_seconds()


DEFAULT: Final = Policy()
