"""Write synthetic registers of the eight Chinese types.

    python -m examples.chinese.generate --count 100 --out /tmp/registers

gives one JSONL file per type, and the residence permits once more as CSV and as XLSX the way an office would export
them: Chinese column names, sex as a code, dates as 2025年03月01日 (in XLSX as date cells). The same seed and count give
the same records; every record says in 备注 that it is synthetic.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from examples.chinese.people import Population
from examples.chinese.records import MAKERS

SEED = 20251001

PERMIT_COLUMNS = {
    "证件编号": "permitNumber",
    "姓名": "fullName",
    "性别代码": "sex",
    "民族": "ethnicGroup",
    "出生日期": "birthDate",
    "公民身份号码": "residentId",
    "户籍地址": "registeredAddress",
    "居住地址": "residenceAddress",
    "签发机关": "issuingAuthority",
    "签注日期": "endorsedOn",
    "备注": "note",
}


def records(stem: str, count: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """``count`` synthetic records of the type whose files begin with ``stem``."""
    people = Population(f"{seed}/{stem}")
    made, index = 0, 0
    while made < count:
        for record in MAKERS[stem](people, index)[: count - made]:
            made += 1
            yield record
        index += 1


def write_all(folder: Path, count: int, seed: int = SEED) -> None:
    """One JSONL file per type, and the residence permits as CSV and XLSX."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem in MAKERS:
        with (folder / f"{stem}.jsonl").open("w", encoding="utf-8") as out:
            for record in records(stem, count, seed):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
    permits = list(records("residence-permit", count, seed))
    write_csv(folder / "residence-permit.csv", permits)
    write_xlsx(folder / "residence-permit.xlsx", permits)


def write_csv(path: Path, permits: list[dict[str, Any]]) -> None:
    """Residence permits as a Chinese spreadsheet program exports them: with the UTF-8 mark and CRLF."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(PERMIT_COLUMNS)
        for permit in permits:
            writer.writerow([_cell(name, permit[claim]) for name, claim in PERMIT_COLUMNS.items()])


def write_xlsx(path: Path, permits: list[dict[str, Any]]) -> None:
    """Residence permits as a workbook; dates are date cells, identity numbers text."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("居住证")
    sheet.append(list(PERMIT_COLUMNS))
    for permit in permits:
        cells = [
            date.fromisoformat(permit[claim]) if name.endswith("日期") else _cell(name, permit[claim])
            for name, claim in PERMIT_COLUMNS.items()
        ]
        sheet.append(cells)
    workbook.save(path)


def _cell(name: str, value: str) -> str:
    if name == "性别代码":
        return {"男": "1", "女": "2"}[value]
    if name.endswith("日期"):
        year, month, day = value.split("-")
        return f"{year}年{month}月{day}日"
    return value


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Write synthetic registers of the eight Chinese types.")
    parser.add_argument("--count", type=int, default=100, help="records per type")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    arguments = parser.parse_args()
    write_all(arguments.out, arguments.count, arguments.seed)


if __name__ == "__main__":
    main()
