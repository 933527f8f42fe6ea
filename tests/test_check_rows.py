"""A register, row by row: duplicates, broken rules with their places, thresholds, and nobody's data in any report."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_type import as_bytes, definition

from issuers.check_rows import CheckedRows, Draft, RefusedRow, Threshold, check_rows
from issuers.mapping import MAX_NUMBER_LENGTH
from issuers.parse_mapping import parse_mapping
from ledger.credential_type import parse_type
from ledger.errors import Conflict, MalformedInput, Unavailable

HEADER = ("Number", "Name", "Born", "Ends", "Tag1", "Tag2")
MAPPING_TEXT = """
format = "onceledger-import-mapping"
version = 1
type = "Sample"
typeVersion = "1"
source = "s"
[columns]
Number = {}
Name = {}
Born = { date = "YYYY-MM-DD" }
Ends = {}
Tag1 = {}
Tag2 = {}
[fields]
number = { column = "Number" }
fullName = { column = "Name" }
bornOn = { column = "Born" }
endsOn = { column = "Ends" }
tags = { list = ["Tag1", "Tag2"] }
[validFrom]
column = "Born"
"""
MAPPING = parse_mapping(MAPPING_TEXT.encode())
UNTIL = parse_type(as_bytes(definition(validity={"rule": "until-field", "field": "endsOn"})))
SAMPLE = parse_type(as_bytes(definition()))
NO_LIMIT = Threshold(None, None)


def row(
    number: str, name: str = "王", born: str = "2024-01-01", ends: str = "", tag1: str = "", tag2: str = ""
) -> dict[str, Any]:
    return dict(zip(HEADER, (number, name, born, ends, tag1, tag2), strict=True))


def check(rows: list[Any], threshold: Threshold = NO_LIMIT, kind: Any = SAMPLE, **changes: Any) -> CheckedRows:
    arguments = {"header": HEADER, "mapping": MAPPING, "credential_type": kind, "agency": "a"} | changes
    return check_rows(enumerate(rows, 2), threshold=threshold, **arguments)


def places(outcome: Draft | RefusedRow) -> list[tuple[str | None, str | None, str]]:
    assert isinstance(outcome, RefusedRow)
    return [(found.column, found.field, found.rule) for found in outcome.findings]


def test_a_good_row_is_a_draft() -> None:
    (draft,) = check([row("A-1", tag1="x")])
    assert draft == Draft(
        2,
        "A-1",
        {"number": "A-1", "fullName": "王", "bornOn": "2024-01-01", "tags": ["x"]},
        "2024-01-01T00:00:00+08:00",
        None,
    )


def test_good_rows_go_on_past_bad_ones() -> None:
    checked = check([row("A-1"), row("bad number"), row("A-2")])
    assert [type(outcome) for outcome in checked] == [Draft, RefusedRow, Draft]
    assert (checked.summary.rows, checked.summary.accepted, checked.summary.refused) == (3, 2, 1)
    assert checked.summary.by_rule == {("Number", "number", "pattern"): 1}


def test_exact_duplicate_names_the_first_row() -> None:
    checked = check([row("A-1"), row("A-2"), row("A-1"), row("A-1")])
    outcomes = list(checked)
    assert [outcome.findings[0].first_row for outcome in outcomes if isinstance(outcome, RefusedRow)] == [2, 2]
    assert places(outcomes[2]) == [(None, None, "duplicate-row")]
    assert checked.summary.duplicates == 2


def test_duplicate_business_number() -> None:
    outcomes = list(check([row("A-1"), row("A-1", "李")]))
    assert places(outcomes[1]) == [(None, "number", "duplicate-business-number")]
    assert isinstance(outcomes[1], RefusedRow)
    assert outcomes[1].findings[0].first_row == 2


def test_number_of_a_refused_row_is_free() -> None:
    outcomes = list(check([row("A-1", ""), row("A-1", "李")]))
    assert isinstance(outcomes[1], Draft)


def test_cells_that_only_join_alike_are_not_duplicates() -> None:
    assert [type(o) for o in check([row("A-1", tag1="a", tag2=""), row("A-2", tag1="", tag2="a")])] == [Draft, Draft]


def test_jsonl_rows_with_equal_values_under_other_names_are_not_duplicates() -> None:
    rows = [{"Number": "A-1", "Name": "x", "Born": "2024-01-01"}, {"Number": "A-1", "Name": "x", "Ends": "2024-01-01"}]
    outcomes = list(check(rows, header=None))
    assert places(outcomes[1]) == [("Born", None, "valid-from")]


def test_date_that_does_not_exist() -> None:
    (outcome,) = check([row("A-1", born="2023-02-30")])
    assert places(outcome) == [("Born", "bornOn", "date")]


def test_value_too_long() -> None:
    (outcome,) = check([row("A-1", "x" * 11)])
    assert places(outcome) == [("Name", "fullName", "maxLength")]


def test_entry_of_a_list_names_its_own_column() -> None:
    (outcome,) = check([row("A-1", tag1="", tag2="too long")])
    assert places(outcome) == [("Tag2", "tags/0", "maxLength")]


def test_nul_byte_and_other_invisible_characters() -> None:
    (outcome,) = check([row("A-1", "a\0b")])
    assert places(outcome) == [("Name", "fullName", "character")]


def test_all_findings_of_a_row_at_once() -> None:
    (outcome,) = check([row("bad number", "", "2023-02-30")])
    assert places(outcome) == [
        ("Born", "bornOn", "date"),
        ("Name", "fullName", "required"),
        ("Number", "number", "pattern"),
    ]


@pytest.mark.parametrize("cell", ["#N/A", " #REF! ", "#DIV/0!"])
def test_error_of_a_spreadsheet(cell: str) -> None:
    (outcome,) = check([row("A-1", cell)])
    assert places(outcome) == [("Name", None, "spreadsheet-error")]


def test_number_sign_elsewhere_is_no_error() -> None:
    assert isinstance(next(iter(check([row("A-1", "Suite #5")]))), Draft)


def test_missing_first_day() -> None:
    (outcome,) = check([row("A-1", born="")])
    assert places(outcome) == [("Born", None, "valid-from")]


def test_validity_until_a_field() -> None:
    good, reversed_days = check([row("A-1", ends="2024-12-31"), row("A-2", ends="2023-12-31")], kind=UNTIL)
    assert isinstance(good, Draft)
    assert good.valid_until == "2024-12-31T23:59:59+08:00"
    assert places(reversed_days) == [("Born", None, "validity")]


@pytest.mark.parametrize("number", ["", "x" * (MAX_NUMBER_LENGTH + 1), "a\nb"])
def test_unusable_business_number(number: str) -> None:
    document = definition()
    del document["businessNumberField"]
    text = MAPPING_TEXT.replace("[columns]", 'missing = ["-"]\n[columns]\nId = {}') + '[businessNumber]\nparts = ["Id"]'
    (outcome,) = check(
        [{"Id": number, **row("A-1")}],
        kind=parse_type(as_bytes(document)),
        mapping=parse_mapping(text.encode()),
        header=("Id", *HEADER),
    )
    assert places(outcome) == [(None, None, "business-number")]


def test_row_that_the_reader_could_not_read() -> None:
    faults = [MalformedInput("row.too-many-cells", "x"), MalformedInput("unheard.of", "x"), row("A-1")]
    outcomes = list(check(faults))
    assert places(outcomes[0]) == [(None, None, "row.too-many-cells")]
    assert places(outcomes[1]) == [(None, None, "unheard.of")]
    assert isinstance(outcomes[2], Draft)


def test_float_in_signed_data() -> None:
    (outcome,) = check([{"Number": "A-1", "Name": 1.5}], header=None)
    assert places(outcome) == [(None, None, "json.float")]


def test_unknown_column_of_jsonl() -> None:
    (outcome,) = check([{"Number": "A-1", "Name": "x", "Born": "2024-01-01", "Nmae": "x"}], header=None)
    assert places(outcome) == [("#4", None, "unknown-column")]


# Thresholds


def test_absolute_threshold_stops_at_once() -> None:
    checked = check([row(""), row(" "), row("A-1")], Threshold(rows=1, percent=None))
    outcomes = iter(checked)
    assert [next(outcomes).row for _ in range(2)] == [2, 3]  # whoever reports it has seen the one too many
    with pytest.raises(Conflict) as caught:
        next(outcomes)
    assert caught.value.code == "import.too-many-bad-rows"
    assert caught.value.detail == {"refused": 2, "rows": 2, "reasons": ["Number: required ×2"]}


def test_percentage_is_judged_at_the_end() -> None:
    rows = [row("")] + [row(f"A-{n}") for n in range(9)]
    assert len(list(check(rows, Threshold(percent=10)))) == 10
    outcomes = iter(check(rows, Threshold(percent=9)))
    for _ in range(10):
        next(outcomes)
    with pytest.raises(Conflict):
        next(outcomes)


def test_threshold_of_zero_refuses_the_first_bad_row() -> None:
    with pytest.raises(Conflict):
        list(check([row("")], Threshold(rows=0, percent=None)))
    assert len(list(check([row("A-1")], Threshold(rows=0, percent=0)))) == 1


def test_default_threshold_is_five_percent() -> None:
    with pytest.raises(Conflict):
        list(check_rows([(2, row(""))], header=HEADER, mapping=MAPPING, credential_type=SAMPLE, agency="a"))


# The file as a whole


def test_header_without_rows() -> None:
    with pytest.raises(MalformedInput) as caught:
        list(check([]))
    assert caught.value.code == "import.no-rows"


def test_header_mismatch_is_raised_before_the_first_row() -> None:
    with pytest.raises(MalformedInput) as caught:
        check([], header=("Number", "Nmae"))
    assert caught.value.code == "import.header-mismatch"


def test_what_the_reader_raises_goes_through() -> None:
    def failing() -> Any:
        yield 2, row("A-1")
        raise Unavailable("disk", "The disk is gone.")

    checked = check_rows(failing(), header=HEADER, mapping=MAPPING, credential_type=SAMPLE, agency="a")
    with pytest.raises(Unavailable):
        list(checked)


def test_no_value_in_any_report() -> None:
    secret = "Zhang-San-Secret-Value"
    rows = [row(secret), row("A-1", secret), row("A-2", born=secret), row("A-3", ends=secret), row("A-4", tag1=secret)]
    for outcome in check(rows):
        assert isinstance(outcome, RefusedRow)
        assert secret not in repr(outcome)


CELL = st.sampled_from(["", "A-1", "A-2", "2024-01-01", "2023-02-30", "x" * 20, "\0", "#N/A", "王"]) | st.text(
    max_size=5
)


@given(st.lists(st.tuples(*[CELL] * 6), min_size=1, max_size=20))
def test_any_register_is_answered_alike_every_time(cells: list[tuple[str, ...]]) -> None:
    rows = [dict(zip(HEADER, line, strict=True)) for line in cells]
    first, second = check(rows, kind=UNTIL), check(rows, kind=UNTIL)
    assert list(first) == list(second)
    assert first.summary == second.summary
    assert first.summary.accepted + first.summary.refused == first.summary.rows == len(rows)
    drafts = [outcome for outcome in check(rows, kind=UNTIL) if isinstance(outcome, Draft)]
    assert len({draft.business_number for draft in drafts}) == len(drafts)
    assert all(UNTIL.check(draft.subject) == [] for draft in drafts)
