"""``status-pack``: the current status lists in one file; verifiers fetch it about once a day."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from cli.door import PROVING, command, group
from cli.inputs import read_limited
from cli.moments import iso, span, utc
from cli.outputs import write_whole
from cli.session import Session

status = group("Status packs: the current status lists in one file. 状态包。")


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(status, name="status-pack", rich_help_panel=PROVING)


@command(status, "make", example="onceledger status-pack make --out status-pack.bin")
def make_status(
    session: Session,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The pack. 输出文件。")],
) -> None:
    """The newest published lists of all agencies here, in one file for verifiers to fetch.

    将各机关最新公布的状态列表合为一个文件，供核验方获取。
    """
    with session.installation() as inst:
        from ledger import status_pack
        from offices.evidence import status_pack_of
        from offices.reporting import lists_behind

        with session.working("status-pack.working"):
            behind, content = lists_behind(inst), status_pack_of(inst)
    write_whole(out, content)
    lists = len(status_pack.load(content).lists)
    session.say("status-pack.made", "green", file=str(out), lists=lists, size=len(content))
    if behind:
        session.say("status-pack.behind", "yellow", count=behind)
    session.answer(
        {"file": str(out), "lists": lists, "bytes": len(content), "unpublished": behind},
        next_step="next.publish" if behind else "next.hand-out",
    )


@command(status, "show", example="onceledger status-pack show status-pack.bin")
def show_status(
    session: Session, file: Annotated[Path, typer.Argument(metavar="FILE", help="A status pack. 状态包。")]
) -> None:
    """Which lists a pack has. Each proves itself when a certificate is verified.

    显示状态包含有哪些列表；各列表在核验证照时自证。
    """
    from ledger import status_pack

    data = read_limited(file, status_pack.MAX_PACK_BYTES)
    pack = status_pack.load(data)
    age = int(time.time()) - pack.made_at
    session.say("status-pack.shown", made=utc(pack.made_at), age=span(session, age), size=len(data))
    session.table(
        ["column.list", "column.agency", "column.purpose", "column.version", "column.entries"],
        [
            (one.list_id, one.agency_id, session.text(f"purpose.{one.purpose}"), one.version, one.entries)
            for one in pack.lists
        ],
    )
    session.answer(
        {
            "madeAt": iso(pack.made_at),
            "bytes": len(data),
            "lists": [
                {
                    "list": one.list_id,
                    "agency": one.agency_id,
                    "purpose": one.purpose,
                    "version": one.version,
                    "entries": one.entries,
                }
                for one in pack.lists
            ],
        },
        next_step="next.verify-with",
    )
