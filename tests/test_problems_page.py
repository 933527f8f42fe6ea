"""``docs/problems.md``, the Chinese texts and the code list the same codes, nothing more and nothing less."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import Final

import pytest
from problem_codes import CODE, raised
from problems_page import AREAS, page, rows

from api.problems import family_of
from cli.problems import problem
from ledger.errors import OnceledgerError
from ledger.reasons import CHECKS, REASONS
from offices import problem_texts
from offices.problem_texts import PROBLEMS_ZH

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "problems.md").read_text("utf-8")
ROWS: Final = {row.code: row for row in rows()}
RAISED: Final = raised()
OTHERS: Final = {
    "http.bad-request", "http.no-such-address", "http.method", "http.not-fitting", "http.refused",
    "internal.unexpected", "usage.command-line",
}  # fmt: skip
"""Told without an error of ours."""


def test_every_code_can_be_read_where_it_is_raised() -> None:
    """It hands on the codes of the framework's table."""
    found, unreadable = RAISED
    assert len(found) > 700
    places = {re.sub(r":\d+:", ":", one) for one in unreadable}
    assert places == {"api/problems.py: code"}, "give these errors a literal code, so that it can be listed"
    assert {one.code for one in found} | OTHERS == set(ROWS)


def test_every_code_has_chinese_and_nothing_else_has() -> None:
    lacking, idle = sorted(set(ROWS) - set(PROBLEMS_ZH)), sorted(set(PROBLEMS_ZH) - set(ROWS))
    assert not lacking, f"write cause and cure in Chinese in offices/problem_texts/, then `make pages`: {lacking}"
    assert not idle, f"no code raises these any more, remove them from offices/problem_texts/: {idle}"


def test_every_area_has_a_name() -> None:
    areas = {code.partition(".")[0] for code in ROWS}
    assert areas == set(AREAS), "AREAS in tests/problems_page.py names what stands before the codes' dots"


def test_the_page_is_what_the_code_says() -> None:
    assert page() == PAGE, "run `make pages` and commit docs/problems.md"


def test_the_page_lists_the_codes_of_the_code() -> None:
    verdicts, _, errors = PAGE.partition("## Errors")
    assert re.findall(r"^\| `([a-z0-9.-]+)` \|", verdicts, re.MULTILINE) == list(REASONS)
    assert re.findall(r"^\| `([a-z0-9.-]+)` \|", errors, re.MULTILINE) == sorted(ROWS, key=_by_area)
    steps = re.findall(r"^### (\d+) · .*\(`([a-z-]+)`\)$", verdicts, re.MULTILINE)
    assert steps == [(str(check.step), check.name) for check in CHECKS]


def _by_area(code: str) -> tuple[str, str]:
    return code.partition(".")[0], code


def test_every_verdict_and_error_has_cause_and_cure_in_both_languages() -> None:
    for code, (cause, cure) in PROBLEMS_ZH.items():
        assert re.search(r"[一-鿿]", cause), code
        assert re.search(r"[一-鿿]", cure) or cure == "{cure}", code
        for text in (cause, cure):
            assert text.endswith(("。", "…")), f"{code}: a Chinese sentence ends with 。"
            assert not re.search(r"[一-鿿][,;:?!]", text), f"{code}: Chinese punctuation is full-width"
    for one in RAISED[0]:
        assert one.cause.endswith((".", "…")), f"{one.place}: the cause of {one.code} is a sentence"
        assert one.cure, f"{one.place}: {one.code} has no cure"


def test_chinese_asks_only_for_what_every_such_error_carries() -> None:
    for one in RAISED[0]:
        if one.code in PROBLEMS_ZH and one.code != "chain.reverted":
            asked = {name for text in PROBLEMS_ZH[one.code] for _, name, _, _ in Formatter().parse(text) if name}
            lacking = asked - one.details - {"cause", "cure"}
            assert not lacking, f"{one.place}: {one.code} does not carry {lacking}"


def test_the_chinese_says_something_of_its_own() -> None:
    """Two codes may share a cure; a cause belongs to one code, so that a reader can tell them apart."""
    causes: dict[str, str] = {}
    for code, (cause, _) in PROBLEMS_ZH.items():
        assert cause not in causes, f"{code} says what {causes[cause]} says"
        causes[cause] = code


def test_texts_of_an_area_stand_in_one_module_in_order() -> None:
    homes: dict[str, str] = {}
    for path in sorted(Path(problem_texts.__file__).parent.glob("*.py")):
        codes = re.findall(r'^    "([a-z0-9.-]+)": \(', path.read_text("utf-8"), re.MULTILINE)
        assert codes == sorted(codes), f"{path.name} is not in order"
        for code in codes:
            assert homes.setdefault(code.partition(".")[0], path.name) == path.name, code
    assert set(homes) == set(AREAS)


@pytest.mark.parametrize(
    ("code", "status", "exit_code"),
    [
        ("credential.unknown", "404", "1"),
        ("chain.unavailable", "503", "3"),
        ("records.corrupt", "500", "1"),
        ("http.body-too-large", "413", "–"),
        ("token.missing", "401", "–"),
        ("token.role", "403", "–"),
        ("usage.bad-date", "400", "2"),
        ("agency.busy", "503", "–"),
        ("internal.unexpected", "500", "1"),
    ],
)
def test_status_and_exit_code(code: str, status: str, exit_code: str) -> None:
    assert (ROWS[code].status, ROWS[code].exit) == (status, exit_code)


def test_pages_name_no_code_that_does_not_exist() -> None:
    """Of the areas that errors have, outside of the pages of formats: `chain.id` is a member there."""
    known, areas = set(ROWS) | set(REASONS), {code.partition(".")[0] for code in ROWS}
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        named = {one for one in re.findall(r"`([^`\s]+)`", path.read_text("utf-8")) if CODE.fullmatch(one)}
        files = {
            one for one in named if one.endswith((".md", ".py", ".json", ".txt", ".db", ".pack", ".lock", ".toml"))
        }
        named = {one for one in named - files if one.partition(".")[0] in areas}
        assert named <= known, f"{path.relative_to(ROOT)}: {sorted(named - known)}"


@pytest.mark.parametrize("kind", OnceledgerError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_both_doors_give_a_class_of_errors_one_title(kind: type[OnceledgerError]) -> None:
    error = kind("nowhere.listed", "It is wrong.", "Mend it.")
    family, told = family_of(error), problem(error, 1)
    assert (told["title"], told["zh"]["title"]) == (family.title, family.zh)
