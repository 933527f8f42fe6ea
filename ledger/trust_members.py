"""Strict reading of the members of ``trust.json``: each function takes a JSON value and its place (a JSON Pointer, RFC
6901) and returns what it says, or refuses it by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import MalformedInput
from ledger.trust_description import LATEST_TIME

MAX_TEXT: Final = 400
"""Characters in a name; what is longer no form and no screen has room for."""

_MAX_NATURAL: Final = 2**53 - 1
_UNSHOWABLE: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]")
"""Control characters, and those that turn the direction of the text around them."""

_Item = TypeVar("_Item")


def members(value: Any, path: str, *names: str) -> None:
    """Refuses whatever is not an object with exactly these members: ``trust-description.member``."""
    if not isinstance(value, dict):
        raise bad("trust-description.member", path, "is not an object")
    for name in sorted(set(names) ^ value.keys()):
        place = f"{path}/{name}" if name in names else path
        raise bad("trust-description.member", place, "does not have exactly the members it should")


def items(value: Any, path: str, read: Callable[[Any, str], _Item]) -> tuple[_Item, ...]:
    """An array, each item read by ``read``; else ``trust-description.member``."""
    if not isinstance(value, list):
        raise bad("trust-description.member", path, "is not an array")
    return tuple(read(item, f"{path}/{position}") for position, item in enumerate(value))


def optional(read: Callable[[Any, str], int], value: Any, path: str) -> int | None:
    """null, or what ``read`` reads."""
    return None if value is None else read(value, path)


def natural(value: Any, path: str) -> int:
    """An integer from 0 to 2^53 − 1; else ``trust-description.number``."""
    if type(value) is not int or not 0 <= value <= _MAX_NATURAL:
        raise bad("trust-description.number", path, "is not a natural number")
    return value


def time(value: Any, path: str) -> int:
    """Unix seconds before the year 10000; else ``trust-description.number``."""
    seconds = natural(value, path)
    if seconds > LATEST_TIME:
        raise bad("trust-description.number", path, "is later than the year 9999")
    return seconds


def text(value: Any, path: str) -> str:
    """1 to 400 characters, none of them a control character; else ``trust-description.text``."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or _UNSHOWABLE.search(value):
        raise bad("trust-description.text", path, f"is not a text of 1 to {MAX_TEXT} characters that can be shown")
    return value


def matching(form: re.Pattern[str], value: Any, path: str, code: str) -> str:
    """A text of that form; else ``code``."""
    if not isinstance(value, str) or not form.fullmatch(value):
        raise bad(code, path, "does not have the form that is prescribed for it")
    return value


def choice(choices: Mapping[str, _Item], value: Any, path: str, code: str) -> _Item:
    """What ``choices`` has for the text; else ``code``."""
    if not isinstance(value, str) or value not in choices:
        raise bad(code, path, f"is none of {', '.join(choices)}")
    return choices[value]


def digest(value: Any, path: str) -> Digest:
    """32 bytes in 0x-hex; else ``trust-description.hex``."""
    return Digest(hexadecimal(value, path, DIGEST_SIZE))


def hexadecimal(value: Any, path: str, size: int) -> bytes:
    """``size`` bytes in 0x-hex, lower case, so that they have one text; else ``trust-description.hex``."""
    if isinstance(value, str) and re.fullmatch(rf"0x[0-9a-f]{{{2 * size}}}", value):
        return bytes.fromhex(value[2:])
    raise bad("trust-description.hex", path, f"is not {size} bytes as 0x and lower-case hex digits")


def bad(code: str, path: str, cause: str) -> MalformedInput:
    """The error for a member that is not as it should be."""
    return MalformedInput(
        code,
        f"The trust description at {path or '/'} {cause}.",
        "Get the trust pack again from its source.",
        path=path,
    )
