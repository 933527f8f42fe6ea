"""``type``: credential types, which are data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.choices import naming
from cli.door import GOVERNING, command, group
from cli.founding import AgreeOption
from cli.inputs import MAX_DOCUMENT_BYTES, read_document
from cli.session import Session

if TYPE_CHECKING:
    from ledger.credential_type import CredentialType

kind = group("Credential types: check, enter, list, show. 证照类型。")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The type's definition (JSON). 类型定义文件。")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(kind, name="type", rich_help_panel=GOVERNING)


@command(kind, "check", example="onceledger type check examples/tucson/business-licence.type.json")
def check(session: Session, file: FileArgument) -> None:
    """Read a definition and say what is wrong with it; nothing is entered.

    检查类型定义，不作登记。
    """
    from ledger.credential_type import parse_type

    found = parse_type(read_document(file, MAX_DOCUMENT_BYTES, "credential-type"))
    session.say("type.sound", "green", type=found.name, version=found.type_version)
    _show(session, found)
    session.answer(_described(found), next_step="next.type-add")


@command(kind, "add", example="onceledger type add examples/tucson/business-licence.type.json")
def add(session: Session, file: FileArgument, agree: AgreeOption = None) -> None:
    """Check a definition and enter it; the root enters its name on the chain. Safe to repeat.

    检查并登记类型，由根授权机构在链上登记其名称；可重复执行。
    """
    definition = read_document(file, MAX_DOCUMENT_BYTES, "credential-type")
    from ledger.credential_type import parse_type

    found = parse_type(definition)
    with session.installation() as inst:
        from offices.root import add_type

        with session.working("working.chain"):
            row = add_type(inst, definition, members=agree)
        agencies = inst.records.agencies()
        named = naming(inst, agencies[0] if len(agencies) == 1 else None)
    session.say("type.added", "green", type=row.name, version=row.type_version, id=row.type_id)
    answer = {"id": row.type_id, "context": row.context_url, **_described(found)}
    session.answer(answer, next_step="next.accredit", name=row.name, **named)


@command(kind, "list", example="onceledger type list")
def list_types(session: Session) -> None:
    """Types of this installation.

    列出已登记的类型。
    """
    with session.installation() as inst:
        from ledger.credential_type import parse_type

        rows = [(row, parse_type(row.definition)) for row in inst.records.types()]
    session.table(
        ["column.id", "column.type", "column.version", "column.name"],
        [(row.type_id, row.name, row.type_version, session.label(found.label)) for row, found in rows],
    )
    listed = [{"id": row.type_id, "context": row.context_url, **_described(found)} for row, found in rows]
    session.answer({"types": listed}, next_step="next.status" if rows else "next.add-type")


@command(kind, "show", example="onceledger type show BusinessLicence")
def show(
    session: Session, name: Annotated[str, typer.Argument(metavar="NAME", help="Name or number. 名称或编号。")]
) -> None:
    """A type with its fields.

    显示类型及其项目。
    """
    with session.installation() as inst:
        from offices.root import type_named

        row, found = type_named(inst, name)
        named = naming(inst)
    session.say("type.title", "bold", type=found.name, version=found.type_version, label=session.label(found.label))
    _show(session, found)
    answer = {"id": row.type_id, "context": row.context_url, **_described(found)}
    session.answer(answer, next_step="next.import", **named)


def _show(session: Session, found: CredentialType) -> None:
    required = found.schema.required
    names = [*found.display, *sorted(set(found.schema.fields) - set(found.display))]
    session.table(
        ["column.field", "column.name", "column.required"],
        [(name, session.label(found.fields[name].label), session.text(f"yes-no.{name in required}")) for name in names],
    )


def _described(found: CredentialType) -> dict[str, Any]:
    return {
        "name": found.name,
        "version": found.type_version,
        "kind": found.kind,
        "label": {"zh": found.label.zh, "en": found.label.en},
        "zone": str(found.zone),
        "required": sorted(found.schema.required),
        "fields": {
            name: {"zh": found.fields[name].label.zh, "en": found.fields[name].label.en}
            for name in sorted(found.schema.fields)
        },
    }
