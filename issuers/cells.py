"""Cleaning one column: from the text in a file's cell to the text or number of a claim.

    [columns]
    Accept_Date   = { date = "YYYY-MM-DD" }
    Street_Number = { missing = ["0"] }
    Name          = { replace = { "•" = "·" }, collapse = true }
    Sex           = { codes = "sex.tsv", give = "text" }

The steps always run in this order, so that a mapping cannot mean two things: strip, missing, replace, collapse, upper,
codes, then date or integer. There is no expression language: what these steps cannot say belongs into the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from ledger.errors import MalformedInput

Cell = str | int | None
"""A cleaned cell; None is *missing*."""
Clean = Callable[[str], Cell]

STEPS: Final = frozenset(
    ("ignore", "missing", "replace", "collapse", "upper", "codes", "give", "date", "integer", "json")
)

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DATE_PARTS: Final = {"YYYY": r"(?P<y>[0-9]{4})", "MM": r"(?P<m>[0-9]{2})", "DD": r"(?P<d>[0-9]{2})"}
_DATE_LOOSE: Final = {"M": r"(?P<m>[0-9]{1,2})", "D": r"(?P<d>[0-9]{1,2})"}
_DATE_TOKEN: Final = re.compile("YYYY|MM|DD|M|D")
_MAX_CODES: Final = 100_000


class BrokenCell(Exception):
    """A step that could not be done; ``rule`` is one of *code*, *date*, *integer*. Never leaves this package."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def compile_column(
    name: str, steps: Mapping[str, Any], missing: frozenset[str], code_lists: Mapping[str, Mapping[str, str]]
) -> Clean | None:
    """The steps of one column, which ``check_steps`` passed, as one function over stripped text that is not missing;
    None when there is nothing to do.

    Raises MalformedInput ``mapping.step``.
    """
    own = frozenset(steps.get("missing", ()))
    work = [*_text_steps(steps), *_code_step(name, steps, code_lists)]
    last = _last_step(name, steps)
    if not own and not work:
        return last
    absent = missing | own

    def clean(text: str) -> Cell:
        if text in own:
            return None
        for step in work:
            text = step(text)
        if text in absent:
            return None
        return text if last is None else last(text)

    return clean


def parse_code_list(name: str, data: bytes) -> dict[str, str]:
    """Read a code list: UTF-8, a header line, then ``code<TAB>text`` per line.

    Raises MalformedInput ``mapping.code-list``.
    """
    try:
        lines = data.decode("utf-8").removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError:
        lines = []
    table: dict[str, str] = {}
    for line in lines[1:]:
        if not line.strip():
            continue
        code, _, text = (part.strip() for part in line.partition("\t"))
        if not (code and text) or code in table or len(table) >= _MAX_CODES:
            raise _bad_list(name)
        table[code] = text
    if not table:
        raise _bad_list(name)
    return table


def check_steps(name: str, steps: Mapping[str, Any]) -> None:
    """Refuse steps that do not exist or contradict each other; raises MalformedInput ``mapping.step``."""
    unknown = sorted(steps.keys() - STEPS)
    if unknown:
        raise bad_step(name, f"has an unknown step {unknown[0]!r:.40}", f"Use {', '.join(sorted(STEPS))}.")
    for flag in ("ignore", "collapse", "upper", "integer", "json"):
        if steps.get(flag, True) is not True:
            raise bad_step(name, f"has {flag} with another value than true", "Write true, or leave it out.")
    if {"date", "integer"} <= steps.keys():
        raise bad_step(name, "is a date and an integer", "Keep one of the two.")
    for exclusive in ("ignore", "json"):
        if exclusive in steps and len(steps) > 1:
            raise bad_step(name, f"has {exclusive} beside other steps", f"{exclusive} stands alone.")
    if "give" in steps and "codes" not in steps:
        raise bad_step(name, "has give without codes", "Name the code list.")
    words = steps.get("missing", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise bad_step(name, "has missing that is not a list of texts", 'Write missing = ["NA", "-"].')
    pairs = steps.get("replace", {})
    if not isinstance(pairs, dict) or not all(isinstance(new, str) and len(old) == 1 for old, new in pairs.items()):
        raise bad_step(name, "replaces something else than single characters", 'Write replace = { "•" = "·" }.')


def _text_steps(steps: Mapping[str, Any]) -> list[Callable[[str], str]]:
    work: list[Callable[[str], str]] = []
    if "replace" in steps:
        table = str.maketrans(steps["replace"])
        work.append(lambda text: text.translate(table).strip())
    if "collapse" in steps:
        work.append(lambda text: " ".join(text.split()))
    if "upper" in steps:
        work.append(str.upper)
    return work


def _code_step(
    name: str, steps: Mapping[str, Any], code_lists: Mapping[str, Mapping[str, str]]
) -> list[Callable[[str], str]]:
    if "codes" not in steps:
        return []
    list_name, give = steps["codes"], steps.get("give", "code")
    if not isinstance(list_name, str) or list_name not in code_lists or give not in ("code", "text"):
        raise bad_step(name, "has codes without their list, or gives neither code nor text", "Name a list that exists.")
    table = code_lists[list_name]

    def look_up(text: str) -> str:
        if text not in table:
            raise BrokenCell("code")
        return table[text] if give == "text" else text

    return [look_up]


def _last_step(name: str, steps: Mapping[str, Any]) -> Callable[[str], Cell] | None:
    if "integer" in steps:
        return _integer
    if "date" in steps:
        return _date_reader(name, steps["date"])
    return None


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise BrokenCell("integer")
    return int(text)


def _date_reader(name: str, form: Any) -> Callable[[str], str]:
    parts = _DATE_TOKEN.findall(form) if isinstance(form, str) else []
    if sorted(part[0] for part in parts) != ["D", "M", "Y"] or len(form) > 40:
        raise bad_step(name, "has a date form without one year, month and day", 'Write e.g. date = "DD/MM/YYYY".')
    tokens = {**_DATE_PARTS, **_DATE_LOOSE}
    pattern = re.compile(
        "".join(tokens.get(piece, re.escape(piece)) for piece in re.split("(YYYY|MM|DD|M|D)", form) if piece)
    )

    @lru_cache(maxsize=1 << 16)  # a register names the same few thousand days again and again
    def read(text: str) -> str:
        match = pattern.fullmatch(text)
        try:
            if match:
                return date(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
        except ValueError:
            pass
        raise BrokenCell("date")

    return read


def bad_step(column: str, what: str, cure: str) -> MalformedInput:
    """The error of a column whose steps cannot be compiled."""
    return MalformedInput("mapping.step", f"The mapping's column {column!r:.80} {what}.", cure, column=column)


def _bad_list(name: str) -> MalformedInput:
    return MalformedInput(
        "mapping.code-list",
        f"The code list {name!r:.80} is not UTF-8 text of unique codes, each with a tab and its meaning.",
        "Write a header line, then one code, a tab and its text per line.",
        file=name,
    )
