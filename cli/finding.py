"""``find``: what became of certificates, by business number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from cli.choices import AgencyOption, NumbersOption, TypeOption, chosen_agency, chosen_type
from cli.door import CHANGING, command
from cli.inputs import read_numbered
from cli.moments import iso, utc
from cli.problems import INVALID
from cli.session import Session

if TYPE_CHECKING:
    from offices.finding import FoundVersion


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "find", example="onceledger find --agency tucson.example < numbers.txt", panel=CHANGING)(find)


def find(
    session: Session, file: NumbersOption = None, host: AgencyOption = None, type_name: TypeOption = None
) -> int | None:
    """Find certificates by business number: every version, its state, and what replaced it.

    The numbers come from a file or standard input and are not repeated; the answer counts lines.

    按业务编号查询：各版本、状态及前后版本。编号取自文件或标准输入，不在结果中重复，以行号对应。
    """
    numbers = read_numbered(session, file)
    with session.installation() as inst:
        from offices.finding import find_versions

        agency = chosen_agency(inst, host)
        kind = chosen_type(inst, type_name, agency)
        found = find_versions(inst, agency.agency_id, kind.type_id, list(numbers))
    lines = list(zip(numbers.values(), found, strict=True))
    session.table(
        ["column.line", "column.version", "column.state", "column.issued", "column.valid-from", "column.until",
         "column.batch", "column.supersedes", "column.superseded-by", "column.import"],
        [_cells(session, line, one) for line, versions in lines for one in versions],
    )  # fmt: skip
    unknown = [line for line, versions in lines if not versions]
    if unknown:
        session.say("find.unknown", "red", count=len(unknown), lines=", ".join(map(str, unknown[:20])))
    session.answer(
        {
            "agency": agency.agency_id,
            "type": kind.type_id,
            "found": [{"row": line, "versions": [_json(one) for one in versions]} for line, versions in lines],
        },
        next_step="next.status",
    )
    return INVALID if unknown else None


def _cells(session: Session, line: int, one: FoundVersion) -> tuple[object, ...]:
    row = one.row
    return (
        line, row.version, session.text(f"state.{row.state.value}"), utc(row.issued_at), row.valid_from[:10],
        session.text("valid.for-ever") if row.valid_until is None else row.valid_until[:10],
        row.batch_id, one.supersedes, one.superseded_by, row.import_id,
    )  # fmt: skip


def _json(one: FoundVersion) -> dict[str, Any]:
    from ledger.credential import id_of

    row = one.row
    return {
        "version": row.version,
        "state": row.state.value,
        "id": None if row.uuid is None else id_of(row.uuid),
        "validFrom": row.valid_from,
        "validUntil": row.valid_until,
        "issuedAt": iso(row.issued_at),
        "batch": row.batch_id,
        "supersedes": one.supersedes,
        "supersededBy": one.superseded_by,
        "import": row.import_id,
        "row": row.source_row,
        "clerk": row.clerk,
        "reviewer": row.reviewer,
    }
