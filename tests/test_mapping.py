"""Import mappings: every step, every way to fill a claim, and every mistake by its own code."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_type import as_bytes, definition

from issuers.check_mapping import check_fit, check_header
from issuers.mapping import ImportMapping, Mapped
from issuers.parse_mapping import code_list_names, parse_mapping
from ledger.credential_type import parse_type
from ledger.errors import MalformedInput, OnceledgerError

SAMPLE = parse_type(as_bytes(definition()))
HEAD = 'format = "onceledger-import-mapping"\nversion = 1\ntype = "Sample"\ntypeVersion = "1"\nsource = "s"\n'
COLUMNS = "[columns]\nNumber = {}\nName = {}\n"
FIELDS = '[fields]\nnumber = { column = "Number" }\nfullName = { column = "Name" }\n'
CODES = b"code\ttext\n1\ta\n2\tb\n"


def mapping(columns: str, fields: str, rest: str = "", head: str = HEAD) -> ImportMapping:
    text = f"{head}[columns]\n{columns}\n[fields]\n{fields}\n{rest}"
    return parse_mapping(text.encode(), {"codes.tsv": CODES})


def one_column(steps: str, cell: Any) -> Mapped:
    return mapping(f"C = {{ {steps} }}", 'claim = { column = "C" }').apply(1, {"C": cell}, "a")


def refused(text: str | bytes) -> MalformedInput:
    with pytest.raises(MalformedInput) as caught:
        parse_mapping(text if isinstance(text, bytes) else text.encode(), {"codes.tsv": CODES})
    return caught.value


def test_examples_of_the_format_pages_fit_each_other() -> None:
    pages = Path(__file__).parent.parent / "docs" / "formats"
    mapping_text, type_text = (
        (pages / name).read_text(encoding="utf-8").partition("## Example")[2].partition("## Format")[0]
        for name in ("import-mapping.md", "credential-type.md")
    )
    made = parse_mapping(mapping_text.encode(), {"size.tsv": b"code\tletter\n1\tS\n2\tL\n"})
    kind = parse_type(type_text.encode())
    check_fit(made, kind)
    cells = ["00000001", "阿卜杜拉•买买提", "11010519491231002x", "1", "不详", "2025年3月1日", ""]
    mapped = made.apply(2, dict(zip(made.columns, cells, strict=True)), "a")
    assert kind.check(mapped.subject) == []
    assert (mapped.subject["keeperName"], mapped.first_day) == ("阿卜杜拉·买买提", "2025-03-01")


@pytest.mark.parametrize(
    ("steps", "cell", "claim"),
    [
        ("", "  x \u3000", "x"),
        ('missing = ["0"]', "7", "7"),
        ("upper = true", "az", "AZ"),
        ("collapse = true", "a \t b\n c", "a b c"),
        ('replace = { "•" = "·" }', "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("integer = true", "-12", -12),
        ('date = "YYYY-MM-DD"', "2024-02-29", "2024-02-29"),
        ('date = "DD/MM/YYYY"', "03/01/2024", "2024-01-03"),
        ('date = "YYYY年M月D日"', "2024年3月1日", "2024-03-01"),
        ('date = "YYYYMMDD"', "20240301", "2024-03-01"),
        ('codes = "codes.tsv"', "1", "1"),
        ('codes = "codes.tsv", give = "text"', "2", "b"),
        ('upper = true, replace = { "_" = " " }', "a_b", "A B"),
    ],
)
def test_step(steps: str, cell: str, claim: Any) -> None:
    mapped = one_column(steps, cell)
    assert mapped.subject == {"claim": claim}
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("steps", "cell"),
    [
        ("", ""),
        ("", "   "),
        ('missing = ["0", "-"]', " 0 "),
        ('missing = ["0"], integer = true', "0"),
        ('replace = { "-" = " " }', "--"),
        ("", None),
    ],
)
def test_missing_leaves_the_claim_out(steps: str, cell: Any) -> None:
    mapped = one_column(steps, cell)
    assert mapped.subject == {}
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("steps", "cell", "rule"),
    [
        ("integer = true", "1.0", "integer"),
        ("integer = true", "007", "integer"),
        ("integer = true", "1" * 16, "integer"),
        ("integer = true", "１", "integer"),
        ('date = "YYYY-MM-DD"', "2023-02-30", "date"),
        ('date = "YYYY-MM-DD"', "2023-2-3", "date"),
        ('date = "YYYY-MM-DD"', "0000-01-01", "date"),
        ('date = "YYYY-MM-DD"', "2023-01-01 00:00", "date"),
        ('codes = "codes.tsv"', "3", "code"),
        ("", ["a"], "not-text"),
        ("", {"a": 1}, "not-text"),
    ],
)
def test_broken_cell_is_a_finding_and_leaves_the_claim_out(steps: str, cell: Any, rule: str) -> None:
    mapped = one_column(steps, cell)
    assert mapped.subject == {}
    assert [(f.rule, f.column, f.field) for f in mapped.findings] == [(rule, "C", "claim")]


@pytest.mark.parametrize(("cell", "claim"), [(5, "5"), (True, "true"), (False, "false"), (-1, "-1")])
def test_scalars_of_jsonl_become_text(cell: Any, claim: str) -> None:
    assert one_column("", cell).subject == {"claim": claim}


@pytest.mark.parametrize("cell", [{"a": [1]}, ["a"], 5, True, "text"])
def test_json_column_stands_as_it_is(cell: Any) -> None:
    assert one_column("json = true", cell).subject == {"claim": cell}


def test_join_and_list_leave_missing_parts_out() -> None:
    made = mapping(
        "A = {}\nB = {}\nC = {}",
        'joined = { join = ["A", "B", "C"], separator = "-" }\nlisted = { list = ["C", "A", "B"] }\n'
        'one = { list = ["A"] }\nfixed = { constant = "US" }\nyes = { constant = true }',
    )
    assert made.apply(1, {"A": "a", "B": "", "C": "c"}, "x").subject == {
        "joined": "a-c",
        "listed": ["c", "a"],
        "one": ["a"],
        "fixed": "US",
        "yes": True,
    }
    assert made.apply(1, {"A": "", "B": "", "C": ""}, "x").subject == {"fixed": "US", "yes": True}


def test_column_of_a_list_entry_skips_missing_parts() -> None:
    made = mapping("A = {}\nB = {}\nC = {}", 'listed = { list = ["A", "B", "C"] }\nc = { column = "C" }')
    row = {"A": "a", "B": " ", "C": "c"}
    assert made.column_of("listed", 1, row) == "C"
    assert made.column_of("listed", None, row) == "A, B, C"
    assert made.column_of("c", None, row) == "C"
    assert made.column_of("nothing", None, row) is None


def test_business_number_of_agency_source_and_row() -> None:
    rest = '[businessNumber]\nparts = ["@agency", "@source", "@row", "Number"]\nseparator = "/"'
    made = mapping("Number = {}", 'number = { column = "Number" }', rest)
    assert made.apply(17, {"Number": "x"}, "tucson.example").business_number == "tucson.example/s/17/x"
    assert made.apply(17, {"Number": ""}, "tucson.example").business_number is None
    assert made.numbers_rows


def test_first_day_comes_from_its_column() -> None:
    made = mapping('D = { date = "DD.MM.YYYY" }', 'bornOn = { column = "D" }', '[validFrom]\ncolumn = "D"')
    assert made.apply(1, {"D": "01.02.2024"}, "x").first_day == "2024-02-01"
    assert made.apply(1, {"D": ""}, "x").first_day is None


def test_row_without_some_columns_and_with_others() -> None:
    made = mapping("A = {}\nB = {}", 'a = { column = "A" }\nb = { column = "B" }')
    mapped = made.apply(1, {"A": "a", "Z": "z"}, "x")
    assert mapped.subject == {"a": "a"}
    assert [(f.rule, f.column) for f in mapped.findings] == [("unknown-column", "#2")]


def test_what_the_mapping_does_not_know_is_found_in_a_good_row_too_and_not_named() -> None:
    made = mapping("A = {}\nB = {}\nC = { ignore = true }", 'a = { column = "A" }\nb = { column = "B" }')
    mapped = made.apply(1, {"990000199003072019": "z", "A": "a", "C": "c", "B": "b"}, "x")
    assert mapped.subject == {"a": "a", "b": "b"}
    assert [(f.rule, f.column) for f in mapped.findings] == [("unknown-column", "#1")]
    assert "9900" not in repr(mapped.findings)
    assert not made.apply(1, {"A": "a", "C": "c", "B": "b"}, "x").findings


def test_digest_covers_mapping_and_code_lists() -> None:
    text = (HEAD + '[columns]\nC = { codes = "codes.tsv" }\n[fields]\nc = { column = "C" }').encode()
    first = parse_mapping(text, {"codes.tsv": CODES}).digest
    assert parse_mapping(text + b"\n", {"codes.tsv": CODES}).digest != first
    assert parse_mapping(text, {"codes.tsv": CODES + b"3\tc\n"}).digest != first
    assert parse_mapping(text, {"codes.tsv": CODES}).digest == first
    assert code_list_names(text) == ("codes.tsv",)


# Mistakes in the file


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "mapping.not-a-mapping"),
        ("[", "mapping.malformed"),
        ("a = 1\na = 2", "mapping.malformed"),
        (b"\xff\xfe", "mapping.malformed"),
        (b"\xef\xbb\xbf", "mapping.malformed"),
        (b"a = " + b"[" * 100_000, "mapping.malformed"),
        (b"#" * 300_000, "mapping.too-large"),
        ('format = "other"', "mapping.not-a-mapping"),
        (HEAD.replace("version = 1", "version = 2") + COLUMNS + FIELDS, "mapping.version"),
        (HEAD.replace("version = 1", "version = 1.0") + COLUMNS + FIELDS, "mapping.version"),
        (HEAD.replace("version = 1", "version = true") + COLUMNS + FIELDS, "mapping.version"),
        (HEAD + COLUMNS, "mapping.member"),
        (HEAD + "extra = 1\n" + COLUMNS + FIELDS, "mapping.member"),
        (HEAD.replace('"s"', '"a/b"') + COLUMNS + FIELDS, "mapping.member"),
        (HEAD.replace('"s"', "1979-05-27") + COLUMNS + FIELDS, "mapping.member"),
        (HEAD + "missing = [1]\n" + COLUMNS + FIELDS, "mapping.member"),
        (HEAD + 'columns = ["Number"]\n' + FIELDS, "mapping.member"),
        (HEAD + "[columns]\n" + FIELDS, "mapping.member"),
        (HEAD + "[columns]\nNumber = 1\n" + FIELDS, "mapping.member"),
        (HEAD + COLUMNS + FIELDS + '[validFrom]\ndate = "x"', "mapping.member"),
        (HEAD + COLUMNS + FIELDS + '[validFrom]\ncolumn = "Nam"', "mapping.column-unknown"),
        (HEAD + COLUMNS + FIELDS.replace('"Name"', '"Nmae"'), "mapping.column-unknown"),
        (HEAD + COLUMNS + FIELDS.replace('"Name"', "5"), "mapping.column-unknown"),
        (HEAD + COLUMNS + "Other = {}\n" + FIELDS, "mapping.column-unused"),
        (HEAD + COLUMNS.replace("Name = {}", "Name = { ignore = true }") + FIELDS, "mapping.field"),
        (HEAD + COLUMNS + FIELDS + "x = {}", "mapping.field"),
        (HEAD + COLUMNS + FIELDS + 'x = { column = "Name", constant = 1 }', "mapping.field"),
        (HEAD + COLUMNS + FIELDS + "x = { constant = 1.5 }", "mapping.field"),
        (HEAD + COLUMNS + FIELDS + "x = { join = [] }", "mapping.field"),
        (HEAD + COLUMNS + FIELDS + 'x = { list = ["Name", "Name"] }', "mapping.field"),
        (HEAD + COLUMNS + FIELDS + 'x = { join = ["Name"], separator = 1 }', "mapping.field"),
        (HEAD + COLUMNS + FIELDS + 'x = { join = "Name" }', "mapping.member"),
        (HEAD + COLUMNS + FIELDS + "[businessNumber]\nparts = []", "mapping.business-number"),
        (HEAD + COLUMNS + FIELDS + '[businessNumber]\nparts = ["@row"]\nseparator = 1', "mapping.business-number"),
        (HEAD + COLUMNS + FIELDS + '[businessNumber]\nparts = ["@clock"]', "mapping.column-unknown"),
    ],
)  # fmt: skip
def test_mistake_in_a_mapping(text: str | bytes, code: str) -> None:
    error = refused(text)
    assert error.code == code
    assert error.cure


@pytest.mark.parametrize(
    "steps",
    [
        "unheard = true",
        "upper = false",
        'upper = "yes"',
        'missing = "NA"',
        'replace = { "ab" = "c" }',
        'replace = { "a" = 1 }',
        'date = "YYYY-MM"',
        'date = "soon"',
        "date = 1979-05-27",
        'date = "YYYY-MM-DD", integer = true',
        'give = "text"',
        'codes = "codes.tsv", give = "colour"',
        'codes = "absent.tsv"',
        "codes = 5",
        "ignore = true, upper = true",
        "json = true, upper = true",
    ],
)
def test_mistake_in_a_step(steps: str) -> None:
    columns = COLUMNS.replace("Name = {}", f"Name = {{ {steps} }}")
    assert refused(HEAD + columns + FIELDS).code == "mapping.step"


@pytest.mark.parametrize("name", ["../secret.tsv", "/etc/passwd", "a/b.tsv", ".hidden", ""])
def test_code_list_outside_the_folder(name: str) -> None:
    text = HEAD + COLUMNS.replace("Name = {}", f'Name = {{ codes = "{name}" }}') + FIELDS
    assert refused(text).code == "mapping.code-list-name"


@pytest.mark.parametrize(
    "data", [b"", b"code\ttext\n", b"code\n1\n", b"c\tt\n1\ta\n1\tb\n", b"c\tt\n\xff\ta\n", b"c\tt\n\ta\n"]
)
def test_code_list_that_is_none(data: bytes) -> None:
    text = HEAD + COLUMNS.replace("Name = {}", 'Name = { codes = "codes.tsv" }') + FIELDS
    with pytest.raises(MalformedInput) as caught:
        parse_mapping(text.encode(), {"codes.tsv": data})
    assert caught.value.code == "mapping.code-list"


def test_json_column_cannot_be_joined_or_numbered() -> None:
    columns = COLUMNS.replace("Name = {}", "Name = { json = true }")
    assert refused(HEAD + columns + FIELDS + 'x = { join = ["Number", "Name"] }').code == "mapping.field"
    assert refused(HEAD + columns + FIELDS + '[businessNumber]\nparts = ["Name"]').code == "mapping.field"


# The header and the type

MADE = parse_mapping((HEAD + COLUMNS + FIELDS).encode())


def test_header_in_another_order_is_the_same_header() -> None:
    check_header(MADE, ["Name", "Number"])


def test_header_mismatch_names_what_is_missing_and_counts_what_is_unknown() -> None:
    with pytest.raises(MalformedInput) as caught:
        check_header(MADE, ["Number", "Nmae", "990000199003072019"])
    assert caught.value.code == "import.header-mismatch"
    assert "Missing: 'Name'. Unknown: column 2 (did you mean 'Name'?), column 3." in caught.value.cause
    assert caught.value.detail == {"missing": ["Name"], "unknown": [2, 3]}
    assert "9900" not in repr(caught.value) + caught.value.cure


def test_data_instead_of_a_header_is_not_quoted() -> None:
    with pytest.raises(MalformedInput) as caught:
        check_header(MADE, ["A-1", "王小明"])
    assert caught.value.code == "import.no-header"
    assert "王小明" not in str(caught.value)
    assert caught.value.detail == {}


@pytest.mark.parametrize(
    ("change", "replacement", "code"),
    [
        ('type = "Sample"', 'type = "Other"', "mapping.other-type"),
        ('typeVersion = "1"', 'typeVersion = "2"', "mapping.other-type"),
        ("fullName =", "fulName =", "mapping.field-unknown"),
        ('fullName = { column = "Name" }', 'kind = { column = "Name" }', "mapping.field-missing"),
        ("[columns]", '[businessNumber]\nparts = ["@row"]\n[columns]', "mapping.business-number"),
    ],
)
def test_mapping_that_does_not_fit_its_type(change: str, replacement: str, code: str) -> None:
    made = parse_mapping((HEAD + COLUMNS + FIELDS).replace(change, replacement).encode())
    with pytest.raises(MalformedInput) as caught:
        check_fit(made, SAMPLE)
    assert caught.value.code == code


def test_years_need_a_first_day() -> None:
    yearly = parse_type(as_bytes(definition(validity={"rule": "years", "years": 1})))
    with pytest.raises(MalformedInput) as caught:
        check_fit(MADE, yearly)
    assert caught.value.code == "mapping.valid-from"


def test_type_without_number_needs_one_from_the_mapping() -> None:
    document = definition()
    del document["businessNumberField"]
    with pytest.raises(MalformedInput) as caught:
        check_fit(MADE, parse_type(as_bytes(document)))
    assert caught.value.code == "mapping.business-number"


# Anything at all


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_our_errors(data: bytes) -> None:
    with pytest.raises(OnceledgerError):
        parse_mapping(data)


@given(st.sampled_from(HEAD.splitlines() + COLUMNS.splitlines() + FIELDS.splitlines()), st.text(max_size=30))
def test_any_line_replaced_by_anything(line: str, text: str) -> None:
    with suppress(OnceledgerError):
        parse_mapping((HEAD + COLUMNS + FIELDS).replace(line, text).encode())


EVERYTHING = mapping(
    'A = { upper = true, missing = ["X"] }\nB = { integer = true }\nC = { date = "YYYY-MM-DD" }\nD = { json = true }\n'
    'E = { codes = "codes.tsv", give = "text" }\nF = { replace = { "a" = "b" }, collapse = true }',
    'a = { join = ["A", "F"] }\nb = { column = "B" }\nc = { column = "C" }\nd = { column = "D" }\n'
    'e = { list = ["E", "C"] }',
    '[businessNumber]\nparts = ["A", "B", "@row"]\n[validFrom]\ncolumn = "C"',
)
CELLS = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2) | st.floats()


@given(st.dictionaries(st.sampled_from("ABCDEFG"), CELLS))
def test_any_row_is_answered(row: dict[str, Any]) -> None:
    mapped = EVERYTHING.apply(1, row, "agency")
    assert mapped.findings or mapped.subject.keys() <= set("abcde")
    assert all(found.reason.zh and found.reason.en for found in mapped.findings)


@given(st.lists(st.text(), min_size=6, max_size=6))
def test_text_rows_give_the_same_on_the_fast_and_the_slow_path(cells: list[str]) -> None:
    row = dict(zip("ABCDEF", cells, strict=True))
    fast = EVERYTHING.apply(1, row, "agency")
    slow = EVERYTHING._apply_slowly(1, row, "agency")
    assert fast.business_number == slow.business_number
    assert fast.first_day == slow.first_day
    assert {**fast.subject, "d": None} == {**slow.subject, "d": None}  # JSON stands as it is, text is stripped
