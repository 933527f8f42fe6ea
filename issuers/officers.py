"""Names of clerks and reviewers: what is kept of them, and when two are one person.

Four eyes rest on names until officers sign in themselves, so a capital letter, a full-width one or a blank makes nobody
somebody else.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from ledger.errors import MalformedInput

MAX_NAME: Final = 64
_WIDE_BLANK: Final = "\u3000"
"""Stands between the characters of short names, to make columns even; not printable by Unicode's rules."""


def officer_name(text: str) -> str:
    """The name as the records keep it: without blanks around it, those within of ordinary width.

    Raises MalformedInput ``officer.name``.
    """
    name = text.replace(_WIDE_BLANK, " ").strip()
    if not _folded(name) or len(name) > MAX_NAME or not name.isprintable():
        raise MalformedInput(
            "officer.name",
            "The officer's name is empty, too long, or has characters that nobody sees.",
            f"Name the person with 1 to {MAX_NAME} printable characters.",
        )
    return name


def is_same_officer(one: str, other: str) -> bool:
    """Whether two names are of one person as far as spelling can tell: case, width and blanks do not count."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    # Folding can make letters that NFKC composes again; blanks within a name are compared as one.
    return unicodedata.normalize("NFKC", " ".join(unicodedata.normalize("NFKC", name).casefold().split()))
