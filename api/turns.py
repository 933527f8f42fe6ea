"""How much heavy work one application does at once. What waits for its turn takes no thread meanwhile, so that who asks
something small is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from anyio import CapacityLimiter

PARSED_AT_ONCE: Final = 2
"""JSON bodies in threads, of all addresses together."""

ANSWERED_AT_ONCE: Final = 2

HEAVY: Final = {
    "/verify": ANSWERED_AT_ONCE,
    "/bundles/refresh": ANSWERED_AT_ONCE,
    "/agencies/{agency_id}/verify": ANSWERED_AT_ONCE,
    "/trust-pack/check": 1,
}
"""Addresses where one request takes long or much memory, and how many of each are answered at once. Each has turns of
its own: strangers who verify without end hold up no clerk, and a node that does not answer who refreshes holds up
nobody who verifies."""


MAX_STRANGERS_BYTES: Final = 128 << 20
"""Of bodies without a token that are on their way in, all together: who begins a thousand and ends none fills no
memory."""


class Budget:
    """Bytes that may be held at once."""

    def __init__(self, most: int) -> None:
        self._left = most

    @contextmanager
    def share(self) -> Iterator[Callable[[int], bool]]:
        """A function that takes so many bytes more and says whether there was room; all of it is given back at the
        end."""
        taken = 0

        def take(count: int) -> bool:
            nonlocal taken
            if count > self._left:
                return False
            self._left -= count
            taken += count
            return True

        try:
            yield take
        finally:
            self._left += taken


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one application."""

    strangers: Budget = field(default_factory=lambda: Budget(MAX_STRANGERS_BYTES))
    parsing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PARSED_AT_ONCE))
    heavy: Mapping[str, CapacityLimiter] = field(
        default_factory=lambda: {path: CapacityLimiter(at_once) for path, at_once in HEAVY.items()}
    )
