"""Workbooks of a few hundred kilobytes that unpack to gigabytes: refused before anything keeps them."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from adapters import xlsx_rows as xlsx_module
from adapters import xlsx_scan
from ledger.errors import MalformedInput

SHARED = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
MAX_PEAK_MIB = 200

READER = """
import sys
from pathlib import Path
from adapters.row_files import open_rows
from ledger.errors import MalformedInput
try:
    with open_rows(Path(sys.argv[1])) as file:
        print(sum(1 for _ in file.rows))
except MalformedInput as error:
    print(error.code)
status = Path("/proc/self/status").read_text()
print(int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) >> 10)
"""


def bomb(shared: bytes | None = None, sheet: bytes | None = None, encoding: str = "utf-8") -> bytes:
    """A workbook whose cell A2 is the second shared string; ``shared`` is the inside of that part, or all of it."""
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    cells = b'<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    strings = shared if shared is not None else b"<si><t>a</t></si><si><t>b</t></si>"
    if not strings.startswith(b"<?xml"):
        strings = f'<sst xmlns="{SPACE}">'.encode() + strings + b"</sst>"
    parts = {
        SHEET: f'<worksheet xmlns="{SPACE}"><sheetData>'.encode() + (sheet or cells) + b"</sheetData></worksheet>",
        SHARED: strings.decode().encode(encoding),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml":
                entry = f'<Override PartName="/{SHARED}" ContentType="{CONTENT}"/></Types>'
                content = content.replace(b"</Types>", entry.encode())
            if name == "xl/_rels/workbook.xml.rels":
                entry = f'<Relationship Id="rId99" Type="{RELATION}" Target="sharedStrings.xml"/></Relationships>'
                content = content.replace(b"</Relationships>", entry.encode())
            if name not in parts:
                new.writestr(name, content)
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def read(data: bytes) -> object:
    """The rows' values, or the code of what was refused."""
    try:
        _, rows = xlsx_module.xlsx_rows(io.BytesIO(data))
        return [one.code if isinstance(one, MalformedInput) else one for _, one in rows]
    except MalformedInput as error:
        return error.code


def in_a_process(path: Path, data: bytes) -> tuple[str, int]:
    """(what came of it, peak memory in MiB; proc(5), VmHWM) of reading ``data`` in a process of its own."""
    path.write_bytes(data)
    done = subprocess.run([sys.executable, "-c", READER, path], capture_output=True, text=True, check=True)
    result, peak = done.stdout.split()
    return result, int(peak)


def entities(expanded: int) -> bytes:
    """Shared strings of which one expands to so many characters, in a part that deflates no better than allowed."""
    piece, filler = "A" * 100_000, "".join(f"<!--{number:060x}-->" for number in range(expanded // 95 // 67))
    references = "&a;" * (expanded // len(piece))
    return (
        f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "{piece}">]><sst xmlns="{SPACE}">{filler}'
        f"<si><t>a</t></si><si><t>{references}</t></si></sst>"
    ).encode()


def test_a_workbook_with_shared_strings_is_read() -> None:
    assert read(bomb()) == [{"a": "b"}]


def test_entities_that_become_gigabytes_are_refused_in_little_memory(tmp_path: Path) -> None:
    data = bomb(entities(1 << 31))
    assert len(data) < 16 << 20
    code, peak = in_a_process(tmp_path / "bomb.xlsx", data)
    assert code == "rows.xlsx-dtd"
    assert peak < MAX_PEAK_MIB


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declaration", ["<!DOCTYPE sst>", '<!DOCTYPE sst [<!ENTITY a "b">]>', "<!-- -->\n<!DOCTYPE sst>"]
)
def test_any_document_type_is_refused(encoding: str, declaration: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}<sst xmlns="{SPACE}"><si><t>a</t></si></sst>'
    assert read(bomb(part.encode(), encoding=encoding)) == "rows.xlsx-dtd"


def test_a_document_type_in_a_part_of_any_name_is_refused() -> None:
    out = io.BytesIO(bomb())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/media/picture.png", b"<!DOCTYPE x><x/>")
    assert read(out.getvalue()) == "rows.xlsx-dtd"


def test_a_shared_string_longer_than_a_cell_is_refused() -> None:
    most = xlsx_scan.MAX_CELL
    assert read(bomb(b"<si><t>a</t></si><si><t>%s</t></si>" % (b"b" * most))) == [{"a": "b" * most}]
    assert read(bomb(b"<si><t>a</t></si><si><t>%s</t></si>" % (b"b" * (most + 1)))) == "rows.xlsx-too-large"


def test_a_cell_made_of_many_runs_is_refused() -> None:
    run = b"<r><t>%s</t></r>" % (b"b" * 20_000)
    assert read(bomb(b"<si><t>a</t></si><si>" + run + b"</si>")) == [{"a": "b" * 20_000}]
    assert read(bomb(b"<si><t>a</t></si><si>" + run * 2 + b"</si>")) == "rows.xlsx-too-large"


def test_too_many_shared_strings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_scan, "MAX_SHARED", 2)
    assert read(bomb()) == [{"a": "b"}]
    assert read(bomb(b"<si><t>a</t></si>" * 3)) == "rows.xlsx-too-large"


def test_a_million_elements_in_one_row_are_refused_in_little_memory(tmp_path: Path) -> None:
    cells = b'<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2">'
    cells += b"".join(b'<c r="A2" n="%x"/>' % number for number in range(1_500_000)) + b"</row>"
    code, peak = in_a_process(tmp_path / "bomb.xlsx", bomb(sheet=cells))
    assert code == "rows.xlsx-too-large"
    assert peak < MAX_PEAK_MIB


def test_elements_of_no_row_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_scan, "MAX_OTHER_ELEMENTS", 10_000)
    assert read(bomb(sheet=b"<a/>" * 10_001)) == "rows.xlsx-too-large"


def test_a_tag_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = b"".join(b"%x" % (number * 0x9E3779B97F4A7C15 % (1 << 64)) for number in range(200_000))
    assert read(bomb(sheet=b'<row r="1" n="' + noise + b'"/>')) == "rows.xlsx-too-large"


def test_a_row_whose_cells_all_name_one_long_string_is_told_of() -> None:
    columns = 40
    names = b"".join(b'<c t="str"><v>c%d</v></c>' % column for column in range(columns))
    row = b'<row r="2">' + b'<c t="s"><v>0</v></c>' * columns + b"</row>"
    short = b'<row r="3"><c t="s"><v>0</v></c></row>'
    sheet = b'<row r="1">' + names + b"</row>" + row + short
    shared = b"<si><t>%s</t></si>" % (b"b" * xlsx_scan.MAX_CELL)
    first, second = read(bomb(shared, sheet))  # type: ignore[misc]  # two rows, or the comparison fails
    assert first == "row.too-long"
    assert len(second["c0"]) == xlsx_scan.MAX_CELL
