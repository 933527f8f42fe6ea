"""What an import tells besides its counts: how many rows are coming, and what is wrong with the bad ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.outputs import write_whole
from cli.printable import json_text
from cli.session import Session

if TYPE_CHECKING:
    from issuers.import_register import ImportReport

SHOWN: Final = 20
"""Refused rows shown on the terminal; the report has them all."""

_PIECE: Final = 1 << 20
_TEXT: Final = (".csv", ".tsv", ".jsonl", ".ndjson")


def count_rows(file: Path) -> int | None:
    """About how many rows a text register has, for a progress bar: None when it cannot be told. Reading twenty million
    rows' line ends takes a second; what is wrong with the file is for the import to say."""
    if file.suffix.lower() not in _TEXT:
        return None
    try:
        with file.open("rb") as stream:
            return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(_PIECE), b""))
    except OSError:
        return None


def show_findings(session: Session, outcome: ImportReport, report: Path | None) -> None:
    """Row, column and reason of the first refused rows; never a value."""
    rows = [
        (refused.row, found.column or "", found.field or "", session.label(found.reason))
        for refused in outcome.refused[:SHOWN]
        for found in refused.findings
    ]
    session.table(["column.row", "column.column", "column.field", "column.reason"], rows)
    if len(outcome.refused) > SHOWN:
        count = outcome.summary.refused - SHOWN
        if report is None:
            session.say("import.more", count=count)
        else:
            session.say("import.more-in", count=count, file=str(report))


def write_report(file: Path, outcome: ImportReport) -> None:
    """The whole report as JSON. Raises Misconfigured ``output.not-writable``, Unavailable ``output.disk-full``."""
    content = json_text({"import": outcome.import_id, **outcome.to_json()}, indent=1)
    write_whole(file, content.encode() + b"\n")
