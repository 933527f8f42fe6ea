"""The name somebody probably meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

_COMPARED: Final = 80
"""Characters: the comparison is quadratic in length."""


def nearest(name: str, candidates: Collection[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing when no candidate is close."""
    found = get_close_matches(name[:_COMPARED], [candidate[:_COMPARED] for candidate in candidates], n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""
