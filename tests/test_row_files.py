"""Registers as files: four formats read alike, and every spoilt file refused with its cause and cure."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import xlsx_rows as xlsx_module
from adapters.row_files import MAX_LINE_BYTES, open_rows, read_rows
from ledger.errors import MalformedInput, Misconfigured, NotFound, OnceledgerError

KINDS = [".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx"]


def read(data: bytes, kind: str) -> tuple[tuple[str, ...] | None, list[Any]]:
    file = read_rows(io.BytesIO(data), kind)
    return file.header, list(file.rows)


def refused(data: bytes, kind: str) -> MalformedInput:
    with pytest.raises(MalformedInput) as caught:
        read(data, kind)
    assert caught.value.cure
    return caught.value


def codes(rows: list[Any]) -> list[Any]:
    return [row.code if isinstance(row, MalformedInput) else row for _, row in rows]


def workbook(*rows: list[Any], change: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, parts: dict[str, bytes]) -> bytes:
    """The workbook with some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = b"</sheetData></worksheet>"

# What good files give


def test_csv() -> None:
    data = 'a,b\r\n1,"x, ""y"""\r\n\r\n𠮷䶮㛃,"two\r\nlines"\r\n'.encode()
    assert read(data, ".csv") == (("a", "b"), [(2, {"a": "1", "b": 'x, "y"'}), (4, {"a": "𠮷䶮㛃", "b": "two\nlines"})])


def test_tsv_has_no_quotation() -> None:
    assert read(b'a\tb\n"1\t2"\n', ".tsv") == (("a", "b"), [(2, {"a": '"1', "b": '2"'})])


def test_jsonl() -> None:
    data = b'{"a": "x", "b": [1]}\n\n{"a": null}'
    assert read(data, ".jsonl") == (None, [(1, {"a": "x", "b": [1]}), (3, {"a": None})])


def test_xlsx() -> None:
    data = workbook(
        ["text", "day", "moment", "int", "decimal", "truth", "none"],
        ["𠮷", date(2025, 3, 1), datetime.fromisoformat("2025-03-01T12:30:00"), 12, 0.1 + 0.2, True, None],
        [],
        ["only"],
    )
    header, rows = read(data, ".xlsx")
    assert header == ("text", "day", "moment", "int", "decimal", "truth", "none")
    assert rows[0] == (
        2,
        {
            "text": "𠮷",
            "day": "2025-03-01",
            "moment": "2025-03-01T12:30:00",
            "int": "12",
            "decimal": "0.3",
            "truth": "true",
            "none": "",
        },
    )
    assert rows[1] == (4, {"text": "only"} | dict.fromkeys(header[1:], ""))


@pytest.mark.parametrize(("kind", "separator"), [(".csv", b","), (".tsv", b"\t")])
def test_mark_of_a_spreadsheet_program_is_no_part_of_the_first_name(kind: str, separator: bytes) -> None:
    header, _ = read(b"\xef\xbb\xbf" + separator.join([b"a", b"b"]) + b"\n", kind)
    assert header == ("a", "b")


def test_header_names_are_stripped() -> None:
    assert read(b" a ,b\n", ".csv")[0] == ("a", "b")


def test_last_line_without_its_end() -> None:
    assert read(b"a\tb\n1\t2", ".tsv")[1] == [(2, {"a": "1", "b": "2"})]


def test_open_rows_chooses_by_suffix(tmp_path: Path) -> None:
    path = tmp_path / "register.TSV"
    path.write_bytes(b"a\n1\n")
    with open_rows(path) as file:
        assert list(file.rows) == [(2, {"a": "1"})]


def test_rows_stream() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            buffer[:] = (b"a\n" * len(buffer))[: len(buffer)]
            return len(buffer)

    file = read_rows(io.BufferedReader(Endless()), ".tsv")
    assert [next(file.rows)[0] for _ in range(5)] == [2, 3, 4, 5, 6]


# Rows that stay out while the rest goes on


@pytest.mark.parametrize(("kind", "separator"), [(".csv", b","), (".tsv", b"\t")])
def test_row_with_too_many_and_too_few_columns(kind: str, separator: bytes) -> None:
    data = b"\n".join(separator.join(line) for line in [[b"a", b"b"], [b"1"] * 3, [b"1"], [b"1"] * 2])
    _, rows = read(data, kind)
    assert codes(rows) == ["row.too-many-cells", "row.too-few-cells", {"a": "1", "b": "1"}]


def test_xlsx_row_with_too_many_columns() -> None:
    _, rows = read(workbook(["a"], [1, 2], [1, None, ""]), ".xlsx")
    assert codes(rows) == ["row.too-many-cells", {"a": "1"}]


def test_xlsx_number_longer_than_15_digits() -> None:
    _, rows = read(workbook(["a", "id"], [1, 110105194912310020], [1, "110105194912310021"]), ".xlsx")
    assert codes(rows) == ["row.number-too-long", {"a": "1", "id": "110105194912310021"}]
    assert rows[0][1].detail == {"column": "id"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "json.too-deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json.too-deep"),
        (b'{"a": 1.5}', "json.float"),
        (b'{"a": 1, "a": 2}', "json.duplicate-key"),
        (b'{"a": "\\ud800"}', "json.lone-surrogate"),
        (b'{"a": 9007199254740993}', "json.number-out-of-range"),
        (b"[1]", "row.not-an-object"),
        (b"nonsense", "json.malformed"),
    ],
)
def test_jsonl_line_that_cannot_be_read(line: bytes, code: str) -> None:
    _, rows = read(line + b'\n{"a": "x"}\n', ".jsonl")
    assert codes(rows) == [code, {"a": "x"}]


# Files that are refused


@pytest.mark.parametrize("kind", KINDS)
def test_empty_file(kind: str) -> None:
    assert refused(b"", kind).code in ("rows.empty", "rows.xlsx-unreadable")


@pytest.mark.parametrize("data", [b"\n", b"\xef\xbb\xbf", b"\n\n\n", b" \n"])
@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl"])
def test_file_of_blank_lines(data: bytes, kind: str) -> None:
    assert refused(data, kind).code == "rows.empty"


def test_empty_sheet() -> None:
    assert refused(workbook(), ".xlsx").code == "rows.empty"
    assert refused(workbook([], ["a"]), ".xlsx").code == "rows.empty"


@pytest.mark.parametrize("kind", [".csv", ".tsv"])
def test_not_utf8_names_the_byte(kind: str) -> None:
    error = refused(b"a\nok\n" + "王".encode("gbk") + b"\n", kind)
    assert error.code == "rows.not-utf8"
    assert error.detail == {"offset": 5}
    assert "UTF-8" in error.cure


def test_not_utf8_in_jsonl_names_the_byte() -> None:
    error = refused(b'{"a": 1}\n{"a": "\xff"}\n', ".jsonl")
    assert (error.code, error.detail) == ("rows.not-utf8", {"offset": 16})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16(encoding: str) -> None:
    assert refused("a,b\n1,2\n".encode(encoding), ".csv").code in ("rows.not-utf8", "rows.nul-byte")


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl"])
def test_nul_byte(kind: str) -> None:
    error = refused(b'{"a": "b"}\n{"a": "b\0"}\n', kind)
    assert (error.code, error.detail) == ("rows.nul-byte", {"offset": 19})


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl"])
def test_line_of_more_than_a_mebibyte(kind: str) -> None:
    assert refused(b"a\n" + b"x" * (MAX_LINE_BYTES + 1), kind).code == "rows.line-too-long"


def test_csv_quotation_that_is_never_closed() -> None:
    error = refused(b'a,b\n1,2\n3,"4\n5,6\n', ".csv")
    assert (error.code, error.detail) == ("rows.csv-quotes", {"line": 3})


def test_csv_quotation_that_swallows_the_file() -> None:
    assert refused(b'a,b\n1,"2\n' + b"3,4\n" * 50_000, ".csv").code == "rows.csv-quotes"


def test_csv_text_after_a_closed_quotation() -> None:
    assert refused(b'a,b\n1,"2"x\n', ".csv").code == "rows.csv-quotes"


def test_header_that_repeats_a_name() -> None:
    error = refused(b"a,b, a\n", ".csv")
    assert (error.code, error.detail) == ("rows.header-repeats", {"column": 3})


def test_header_with_a_blank_name() -> None:
    error = refused(b"a,,b\n", ".csv")
    assert (error.code, error.detail) == ("rows.header-blank", {"column": 2})


def test_header_of_too_many_columns() -> None:
    assert refused(b"\t".join(b"%d" % n for n in range(1001)) + b"\n", ".tsv").code == "rows.too-many-columns"


def test_kind_that_is_not_read() -> None:
    assert refused(b"", ".xls").code == "rows.unknown-kind"


def test_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught, open_rows(tmp_path / "none.csv"):
        pass
    assert caught.value.code == "rows.file-missing"


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Misconfigured) as caught, open_rows(tmp_path / "folder.csv"):
        pass
    assert caught.value.code == "rows.file-unreadable"


# Workbooks made to harm


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"a,b\n1,2\n"]
)
def test_xlsx_that_is_no_workbook(data: bytes) -> None:
    assert refused(data, ".xlsx").code == "rows.xlsx-unreadable"


def test_xlsx_zip_bomb_in_the_sheet() -> None:
    bomb = SHEET_START + b" " * (40 << 20) + SHEET_END
    data = repacked(workbook(["a"]), {SHEET: bomb})
    assert len(data) < 1 << 20
    assert refused(data, ".xlsx").code == "rows.xlsx-too-large"


def test_xlsx_with_a_part_that_would_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_module, "MAX_OTHER_PART", 1000)
    assert refused(workbook(["a"], ["b"]), ".xlsx").code == "rows.xlsx-too-large"


def test_xlsx_whose_parts_add_up_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_module, "MAX_UNPACKED", 3000)
    assert refused(workbook(["a"], ["b"]), ".xlsx").code == "rows.xlsx-too-large"


def test_xlsx_of_too_many_parts() -> None:
    data = repacked(workbook(["a"]), {f"junk/{n}": b"" for n in range(2001)})
    assert refused(data, ".xlsx").code == "rows.xlsx-too-large"


def test_xlsx_that_says_less_than_it_unpacks_to() -> None:
    data = bytearray(repacked(workbook(["a"]), {SHEET: SHEET_START + b" " * 100_000 + SHEET_END}))
    directory = data.index(b"PK\x01\x02")
    entry = data.index(SHEET.encode(), directory) - 46
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    assert refused(bytes(data), ".xlsx").code == "rows.xlsx-unreadable"


def test_xlsx_whose_entities_multiply() -> None:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n + 1, b"&e%d;" % n * 10) for n in range(9))
    bomb = b'<!DOCTYPE x [<!ENTITY e0 "0123456789">' + entities + b"]>" + SHEET_START
    bomb += b'<row r="1"><c r="A1" t="str"><v>&e9;</v></c></row>' + SHEET_END
    assert refused(repacked(workbook(["a"]), {SHEET: bomb}), ".xlsx").code == "rows.xlsx-dtd"


def test_xlsx_with_a_row_at_the_end_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_module, "MAX_ROWS", 1000)
    rows = b'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="999999999999"><c r="A9"><v>1</v></c></row>'
    error = refused(repacked(workbook(["a"]), {SHEET: SHEET_START + rows + SHEET_END}), ".xlsx")
    assert error.code == "rows.xlsx-too-many-rows"


def test_xlsx_with_a_cell_far_to_the_right() -> None:
    rows = b'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="XFD2"><v>1</v></c></row>'
    error = refused(repacked(workbook(["a"]), {SHEET: SHEET_START + rows + SHEET_END}), ".xlsx")
    assert error.code == "rows.too-many-columns"


def test_xlsx_that_lies_about_its_dimensions() -> None:
    sheet = SHEET_START.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    sheet += b'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>' + SHEET_END
    assert read(repacked(workbook(["a"]), {SHEET: sheet}), ".xlsx") == (("a",), [(2, {"a": "1"})])


def test_xlsx_formula_gives_its_stored_value() -> None:
    cell = b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
    sheet = SHEET_START + b'<row r="1"><c r="A1" t="str"><v>a</v></c></row>' + cell + SHEET_END
    assert read(repacked(workbook(["a"]), {SHEET: sheet}), ".xlsx")[1] == [(2, {"a": "2"})]


def test_xlsx_first_sheet_is_read() -> None:
    def add_sheet(book: Any) -> None:
        book.create_sheet("second").append(["b"])

    assert read(workbook(["a"], change=add_sheet), ".xlsx")[0] == ("a",)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml", SHEET])
@pytest.mark.parametrize("content", [b"", b"<", b"<a/>", b"\xff" * 50, SHEET_START + b"<row r='x'/>" + SHEET_END])
def test_xlsx_with_a_broken_part(part: str, content: bytes) -> None:
    data = repacked(workbook(["a"], ["b"]), {part: content})
    with suppress(MalformedInput):
        read(data, ".xlsx")


# Anything at all


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_our_errors(kind: str, data: bytes) -> None:
    with suppress(OnceledgerError):
        read(data, kind)


BOOK = workbook(["a", "b"], ["x", 1], [date(2025, 1, 1), None])


@given(st.lists(st.tuples(st.integers(0, len(BOOK) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_workbook_with_altered_bytes_raises_nothing_but_our_errors(changes: list[tuple[int, int]]) -> None:
    data = bytearray(BOOK)
    for place, value in changes:
        data[place] = value
    with suppress(OnceledgerError):
        read(bytes(data), ".xlsx")


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(lambda text: text.strip())


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=5))
def test_every_format_gives_the_same_rows(table: list[list[str]]) -> None:
    expected = [(number, {"a": one, "b": two}) for number, (one, two) in enumerate(table, 2)]
    tsv = "a\tb\n" + "".join("\t".join(cells) + "\n" for cells in table)
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b"], *table])
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for _, row in expected)
    assert read(tsv.encode(), ".tsv")[1] == expected
    assert read(text.getvalue().encode(), ".csv")[1] == expected
    assert [row for _, row in read(lines.encode(), ".jsonl")[1]] == [row for _, row in expected]
