"""Which agency and type a command is about: named, or the only one there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import MalformedInput, NotFound

if TYPE_CHECKING:
    from adapters.bootstrap import Installation
    from ledger.records import AgencyRow, TypeRow

AgencyOption = Annotated[
    str | None,
    typer.Option(
        "--agency", "-a", metavar="HOST", help="The agency, by host or id; not needed if there is one. 机关。"
    ),
]
TypeOption = Annotated[
    str | None,
    typer.Option("--type", "-t", metavar="NAME", help="The credential type; not needed if there is one. 证照类型。"),
]
NumbersOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help="Business numbers, one a line; default: standard input. 业务编号文件。",
    ),
]


def chosen_agency(inst: Installation, given: str | None) -> AgencyRow:
    """The agency that was named, or the only one. Raises NotFound ``agency.unknown``, ``agency.none``;
    MalformedInput ``usage.agency-needed``."""
    from offices.root import agency_at

    rows = inst.records.agencies()
    if given is not None:
        return agency_at(inst, given)
    if not rows:
        raise NotFound("agency.none", "There is no agency here yet.", "Enter one: onceledger agency add.")
    if len(rows) > 1:
        raise MalformedInput(
            "usage.agency-needed",
            "Several agencies work here.",
            f"Say which one: --agency with one of {', '.join(row.host for row in rows)}.",
            name=", ".join(row.host for row in rows),
        )
    return rows[0]


def chosen_type(inst: Installation, given: str | None, agency: AgencyRow | None = None) -> TypeRow:
    """The type that was named, or the only one: of ``agency``, when that is given. Raises NotFound ``type.unknown``,
    ``type.none``; MalformedInput ``usage.type-needed``."""
    from offices.root import type_named

    rows = inst.records.types()
    if given is not None:
        return type_named(inst, given)[0]
    if not rows:
        raise NotFound("type.none", "There is no credential type here yet.", "Enter one: onceledger type add.")
    if len(rows) > 1 and agency is not None:
        from offices.agencies import types_of

        rows = types_of(inst, agency) or rows
    if len(rows) > 1:
        raise MalformedInput(
            "usage.type-needed",
            "There are several credential types.",
            f"Say which one: --type with one of {', '.join(row.name for row in rows)}.",
            name=", ".join(row.name for row in rows),
        )
    return rows[0]


def naming(inst: Installation, agency: AgencyRow | None = None, kind: TypeRow | None = None) -> dict[str, str]:
    """What the next command has to be told so that it runs as it is printed: the values ``agency`` and ``type`` of a
    next step, each an option with a space before it, or nothing where there is only one to choose; ``host``."""
    several = len(inst.records.agencies()) > 1, len(inst.records.types()) > 1
    return {
        "agency": f" --agency {agency.host if agency is not None else 'HOST'}" if several[0] else "",
        "type": f" --type {kind.name if kind is not None else 'NAME'}" if several[1] else "",
        "host": agency.host if agency is not None else "HOST",
    }
