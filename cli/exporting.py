"""``export``: everything of an agency, to leave with or to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.choices import AgencyOption, chosen_agency
from cli.door import RUNNING, command
from cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "export", example="onceledger export --out export-2026-03", panel=RUNNING)(export)


def export(
    session: Session,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A folder that does not exist yet. 尚不存在的文件夹。")
    ],
    host: AgencyOption = None,
) -> None:
    """Everything of an agency as a folder: bundles, packs, types, records. It verifies without this software's server.

    将机关的全部内容导出为文件夹：证明文件、信任包与状态包、类型、记录；无需服务器即可核验。内含证照明文，请妥善保管。
    """
    with session.installation() as inst:
        from offices import export as exporting

        agency = chosen_agency(inst, host)
        total = exporting.credentials_to_export(inst, agency)
        with session.counting("export.working", total) as advance:
            done = exporting.export(inst, agency, out, progress=advance)
    session.say("export.done", "green", folder=str(out), bundles=done.bundles, credentials=done.credentials)
    session.say("export.private", "yellow")
    session.answer(
        {
            "folder": str(out),
            "agency": agency.agency_id,
            "credentials": done.credentials,
            "bundles": done.bundles,
            "batches": done.batches,
        },
        next_step="next.verify-export",
        path=str(out),
    )
