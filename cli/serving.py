"""``serve`` and ``dev``: the HTTP door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.door import RUNNING, command
from cli.session import Session
from ledger.label import Label

_DEV_FOLDER: Final = Path("onceledger-dev")

PortOption = Annotated[
    int, typer.Option("--port", "-p", min=0, max=65_535, help="TCP port; 0 takes any free one. 端口。")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "serve", example="onceledger serve --port 8000", panel=RUNNING)(serve)
    command(app, "dev", example="onceledger dev --port 8001 --data /tmp/try", panel=RUNNING)(dev)


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
