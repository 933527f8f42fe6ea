"""``verify --node``: files, and a node of the network that nobody has to trust; without any installation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from cli.seen import own_walk, try_to_keep, walk_file
from cli.session import Session
from cli.trust_packs import walking
from ledger.errors import MalformedInput

if TYPE_CHECKING:
    from ledger.policy import Policy
    from verifiers.verify import Opened

NodeOption = Annotated[
    str | None,
    typer.Option(
        "--node", metavar="URL", help="Ask this node of the network what holds now, too. 另向该网络的节点查证现状。"
    ),
]


def require_address(url: str, *, online: bool) -> None:
    """Raises MalformedInput ``usage.node-online`` beside ``--online``, ``usage.node-address`` for what is no address of
    a node."""
    if online:
        raise MalformedInput(
            "usage.node-online",
            "With --node files are verified; --online uses the node of this installation.",
            "Give one of the two.",
        )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise MalformedInput(
            "usage.node-address",
            "What --node names is not an http or https address.",
            "Write the node's JSON-RPC address, for instance https://node.example:8545.",
        )


def with_node(session: Session, opened: Opened, url: str, asked: datetime | date | None, rules: Policy) -> Opened:
    """What is verified with, as of the node's newest block; with an unusable trust pack no node is asked, since nobody
    could say whose seals to believe. Raises like ``offices.by_node.ask_node``."""
    if opened.pack is None:
        return opened
    from offices.by_node import ask_node, node_of
    from verifiers.verify import as_of_node

    trust, now = opened.pack.trust, datetime.now(UTC)
    folder = session.settings.seen_folder
    file = None if folder is None else walk_file(folder, trust.chain)
    kept = True

    def keep(walk: bytes) -> None:
        nonlocal kept
        kept = file is not None and try_to_keep(file, walk)

    with walking(session, "verify.walking") as progress:
        told = ask_node(
            node_of(url, trust, timeout=session.settings.chain_timeout),
            trust,
            now=now,
            policy=rules,
            name=_shown(url),
            kept=None if file is None else own_walk(file),
            keep=keep,
            progress=progress,
        )
    if not kept:
        session.note("verify.walk-not-kept")
    return as_of_node(opened, told, now=now, as_of=asked, policy=rules)


def _shown(url: str) -> str:
    """The address without what may be secret in it: passwords stand before the host, access keys behind it."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port is None else f":{parts.port}")
