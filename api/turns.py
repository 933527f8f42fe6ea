"""How much heavy work one application does at once. What waits for its turn takes no thread meanwhile, so that who asks
something small is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from anyio import CapacityLimiter

PARSED_AT_ONCE: Final = 2
"""JSON bodies in threads, of all addresses together."""

ANSWERED_AT_ONCE: Final = 2
"""Requests to one address of ``HEAVY``."""

HEAVY: Final = ("/verify", "/bundles/refresh", "/agencies/{agency_id}/verify")
"""Addresses where one request takes long or much memory. Each has turns of its own: strangers who verify without end
hold up no clerk, and a node that does not answer who refreshes holds up nobody who verifies."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one application."""

    parsing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PARSED_AT_ONCE))
    heavy: Mapping[str, CapacityLimiter] = field(
        default_factory=lambda: {path: CapacityLimiter(ANSWERED_AT_ONCE) for path in HEAVY}
    )
