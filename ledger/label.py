"""A text for people, in both languages of the project; Chinese comes first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One meaning in two languages. Both are there, always: a clerk and a foreign verifier read the same thing."""

    zh: str
    en: str
