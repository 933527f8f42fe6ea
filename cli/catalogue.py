"""Sentences for people in Chinese and English, by id. Both languages are complete: a test compares."""

from __future__ import annotations

from typing import Any, Final, Literal

from cli.messages import MESSAGES
from ledger.label import Label

Language = Literal["zh", "en"]
DEFAULT_LANGUAGE: Final[Language] = "zh"
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


def choose(label: Label, language: Language) -> str:
    """One language of a text that has both."""
    return label.zh if language == "zh" else label.en


def sentence(message_id: str, language: Language, **values: Any) -> str:
    """The sentence of an id, filled with ``values``. An unknown id is a mistake of ours: KeyError."""
    return choose(MESSAGES[message_id], language).format(**values)
