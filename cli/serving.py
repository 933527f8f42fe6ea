"""``serve``, ``dev`` and ``token``: the HTTP door."""

from __future__ import annotations

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.choices import AgencyOption, chosen_agency
from cli.door import RUNNING, command, group
from cli.session import Session
from ledger.label import Label

_DEV_FOLDER: Final = Path("onceledger-dev")

token = group("Access tokens of the HTTP service. HTTP 服务的访问令牌。")

PortOption = Annotated[
    int, typer.Option("--port", "-p", min=0, max=65_535, help="TCP port; 0 takes any free one. 端口。")
]


class RoleChoice(StrEnum):
    """Roles of the HTTP service (``docs/api.md``)."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "serve", example="onceledger serve --port 8000", panel=RUNNING)(serve)
    command(app, "dev", example="onceledger dev --port 8001 --data /tmp/try", panel=RUNNING)(dev)
    app.add_typer(token, name="token", rich_help_panel=RUNNING)


def serve(
    session: Session,
    port: PortOption = 8000,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen. 监听地址。")] = "127.0.0.1",
) -> None:
    """Serve this installation over HTTP until Ctrl-C; it anchors and publishes by itself meanwhile.

    以 HTTP 提供服务直至 Ctrl-C；其间自动存证与公布。默认只监听本机；对外请在前面放置网关。
    """
    settings = session.settings
    session.warn_of_exposure()
    with session.working("working.open"):
        from api.serve import links_lead_elsewhere
        from api.serve import serve as serve_installation

    session.say("serve.starting", host=host, port=port)
    if port and links_lead_elsewhere(settings, port):
        session.note("serve.links", url=settings.public_url, port=port)
    serve_installation(settings, host, port)
    session.say("serve.ended")
    session.answer({"host": host, "port": port, "ended": True}, next_step="next.serve-again", host=host, port=port)


def dev(
    session: Session,
    port: PortOption = 8001,
    public_url: Annotated[
        str | None, typer.Option("--public-url", metavar="URL", help="Address under which others reach it. 对外地址。")
    ] = None,
) -> None:
    """A throw-away instance on loopback: embedded chain, an accredited agency, tokens in DIR/dev.json.

    本机试用实例：内嵌链、已授权机关，令牌写入 DIR/dev.json；用完即可删除。
    """
    folder = session.data or _DEV_FOLDER
    announced: list[str] = []

    def tell(line: Label) -> None:
        if not session.as_json:
            session.out.print(session.label(line), soft_wrap=True)
            return
        announcement = folder / ANNOUNCEMENT
        if not announced and announcement.exists():
            announced.append(json.loads(announcement.read_bytes())["base_url"])
            session.answer({"baseUrl": announced[0], "announcement": str(announcement)})
            session.out.file.flush()

    with session.working("working.open"):
        from api.dev_server import run_dev
        from offices.dev import ANNOUNCEMENT

    run_dev(port, folder, public_url, tell=tell)
    session.say("serve.ended")


@command(token, "add", example="onceledger token add --role clerk --name li")
def add_token(
    session: Session,
    role: Annotated[
        RoleChoice,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="What it is for: clerk 经办人, reviewer 复核人, operator 运行人员, auditor 审计人员, "
            "administrator 管理员 or member 成员.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Whose it is; stands in the records. 持有人。")],
    host: AgencyOption = None,
) -> None:
    """Make an access token for a person. It is shown once; the service keeps only its digest.

    为人员生成访问令牌，仅显示一次；服务端只存摘要。服务运行时请以编号给出机关；成员令牌不属于任何机关，持有人即成员密钥名。
    """
    settings = session.settings
    from api.tokens import ROOT_AUTHORITY, Role
    from api.tokens import add_token as keep_token

    # A running service owns the chain; an agency's number needs no open installation.
    if role is RoleChoice.MEMBER and host is None:
        agency_id = ROOT_AUTHORITY
    elif host is not None and host.isascii() and host.isdigit():
        agency_id = int(host)
    else:
        with session.installation() as inst:
            agency_id = chosen_agency(inst, host).agency_id
    made = keep_token(settings.tokens_path, agency_id, Role(role.value), name, created=int(time.time()))
    session.say("token.made", "green", role=role.value, name=name)
    session.say("token.value", token=made)
    session.answer({"agency": agency_id, "role": role.value, "name": name, "token": made}, next_step="next.serve")
