"""Check digits of the identifiers that Chinese certificates carry.

    11010519491231002X    公民身份号码, GB 11643-1999: area (6), birth (8), sequence (3), check (ISO 7064 MOD 11-2)
    91350100M000100Y43    统一社会信用代码, GB 32100-2015: authority, kind, area (6), organisation (9), check (MOD 31)
    M000100Y-4            组织机构代码, GB 11714-1997, written without its hyphen inside the former

Nothing here says that a number was ever given to anybody: a right check digit only rules out a slip of the pen.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_RESIDENT_ID: Final = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS: Final = "10X98765432"

_ORGANISATION: Final = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z (GB 32100-2015, 4.1): they are taken for 1, 0, 5, U and 2."""
_CREDIT: Final = re.compile(r"[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
"""Authority 1 to 9, A (armed forces), N (agriculture) or Y (other), as amended in 2021; kind; area; the rest."""
_CREDIT_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))


def resident_id_check(first17: str) -> str:
    """Check character (0-9 or X) of the first seventeen digits (GB 11643-1999, 4.2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, first17, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def is_resident_id(text: str) -> bool:
    """Whether ``text`` has the form, an existing date of birth and the right check character.

    The area code is not looked up: codes come and go, and numbers stay with people for life.
    """
    if not (isinstance(text, str) and _RESIDENT_ID.fullmatch(text)):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return resident_id_check(text[:17]) == text[17]


def birth_date(resident_id: str) -> str:
    """Date of birth, ``YYYY-MM-DD``, that a resident identity number contains."""
    return f"{resident_id[6:10]}-{resident_id[10:12]}-{resident_id[12:14]}"


def organisation_code_check(first8: str) -> str:
    """Check character (0-9 or X) of an organisation code (GB 11714-1997, MOD 11; letters count from A = 10)."""
    total = sum(weight * int(char, 36) for weight, char in zip(_ORGANISATION_WEIGHTS, first8, strict=True))
    return "0123456789X0"[11 - total % 11]


def is_organisation_code(text: str) -> bool:
    """Whether ``text`` is eight characters and their check character, without hyphen."""
    return (
        isinstance(text, str)
        and _ORGANISATION.fullmatch(text) is not None
        and organisation_code_check(text[:8]) == text[8]
    )


def credit_code_check(first17: str) -> str:
    """Check character of the first seventeen characters (GB 32100-2015, annex A: MOD 31, weights 3^i)."""
    total = sum(weight * _CREDIT_ALPHABET.index(char) for weight, char in zip(_CREDIT_WEIGHTS, first17, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def is_credit_code(text: str) -> bool:
    """Whether ``text`` has the form and the right check character.

    The check character of the organisation code inside is not demanded: codes given before 2015 keep theirs, and the
    standard for the whole does not depend on it.
    """
    return isinstance(text, str) and _CREDIT.fullmatch(text) is not None and credit_code_check(text[:17]) == text[17]
