"""``trust-pack``: who may issue what, signed by the root authority; verifiers fetch it about once a week."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.door import PROVING, command, group
from cli.inputs import MAX_DOCUMENT_BYTES, read_document, read_where
from cli.moments import iso, utc
from cli.outputs import write_whole
from cli.problems import INVALID
from cli.seen import newest_seen, remember
from cli.session import Session

trust = group("Trust packs: who may issue what, signed by the root authority. 信任包。")

PackArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A trust pack. 信任包。")]
RootOption = Annotated[
    Path, typer.Option("--root", metavar="FILE", help="The root that you pinned (root.json). 预置的信任根文件。")
]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(trust, name="trust-pack", rich_help_panel=PROVING)


@command(trust, "make", example="onceledger trust-pack make --out trust-pack.json --root-out root.json")
def make(
    session: Session,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The pack. 输出文件。")],
    root_out: Annotated[
        Path | None, typer.Option("--root-out", metavar="FILE", help="The root that verifiers pin, once. 根文件。")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="Days it may be relied on. 有效天数。")] = 7,
    root_days: Annotated[
        int, typer.Option("--root-days", min=1, max=3650, help="Days a new root may be relied on. 新根有效天数。")
    ] = 365,
    close_log: Annotated[
        bool,
        typer.Option("--close-log", help="Close the anchor log here: earlier bundles need a refresh. 关闭存证日志。"),
    ] = False,
    validator: Annotated[
        list[str] | None,
        typer.Option(
            "--validator",
            metavar="0x…",
            help="Who seals blocks: for a real network's first pack, and after a change; repeat. 现任验证节点账户。",
        ),
    ] = None,
    block: Annotated[
        int | None, typer.Option("--block", min=1, help="Describe the chain up to here; default: its head. 截至区块。")
    ] = None,
) -> None:
    """Derive the description from the chain and sign the next pack with the members' pack keys.

    从链上推导信任说明，由成员签署下一个信任包。
    """
    from offices.pack_terms import terms_of, validator_account

    validators = [validator_account(one) for one in validator or ()]
    with session.installation() as inst:
        from offices.evidence import make_trust_pack, note_root_written, root_was_written
        from offices.root_pin import pinned_root

        now = datetime.now(UTC)
        with walking(session, "trust-pack.working") as progress:
            pack = make_trust_pack(
                inst,
                expires=now + timedelta(days=days),
                root_expires=now + timedelta(days=max(days, root_days)),
                close_log=close_log,
                validators=validators,
                block=block,
                progress=progress,
            )
        terms, root = terms_of(pack), pinned_root(inst)
        write_whole(out, pack)
        if root_out is not None:
            write_whole(root_out, root)
            note_root_written(inst)
        is_root_out = root_was_written(inst)
    session.say("trust-pack.made", "green", file=str(out), version=terms.version, expires=utc(_seconds(terms.expires)))
    if close_log:
        session.say("trust-pack.log-closed", "yellow")
    if root_out is not None:
        session.say("trust-pack.root-made", "green", file=str(root_out))
    session.answer(
        {
            "file": str(out),
            "root": None if root_out is None else str(root_out),
            "version": terms.version,
            "rootVersion": terms.root_version,
            "expires": iso(_seconds(terms.expires)),
            "logClosed": close_log,
        },
        next_step="next.status-pack" if is_root_out else "next.root-out",
    )


@command(trust, "show", example="onceledger trust-pack show trust-pack.json")
def show(session: Session, file: PackArgument) -> None:
    """What a pack says. It is not verified here: accept does that.

    显示信任包内容；此处不作核验（见 accept）。
    """
    from ledger import trust_pack_files, trust_reading
    from offices.pack_terms import terms_of

    data = read_document(file, trust_pack_files.MAX_PACK_BYTES, "trust-pack")
    description, terms = trust_reading.parse(trust_pack_files.read(data).trust), terms_of(data)
    session.say(
        "trust-pack.shown",
        version=terms.version,
        expires=utc(_seconds(terms.expires)),
        chain=description.chain.chain_id,
        block=description.block,
        time=utc(description.time),
    )
    session.table(
        ["column.id", "column.name", "column.did", "column.status", "column.keys", "column.types"],
        [
            (
                one.agency_id,
                session.label(one.name),
                one.did,
                session.text(f"agency-status.{one.status}"),
                len(one.keys),
                len(one.accreditations),
            )
            for one in description.agencies
        ],
    )
    session.table(
        ["column.id", "column.type", "column.name"],
        [(one.type_id, one.name, session.label(one.label)) for one in description.types],
    )
    session.say("trust-pack.unverified", "yellow")
    session.answer(
        {
            "verified": False,
            "version": terms.version,
            "rootVersion": terms.root_version,
            "expires": iso(_seconds(terms.expires)),
            "chain": description.chain.chain_id,
            "block": description.block,
            "time": iso(description.time),
            "checkpoints": len(description.checkpoints),
            "agencies": [
                {
                    "id": one.agency_id,
                    "did": one.did,
                    "name": {"zh": one.name.zh, "en": one.name.en},
                    "status": one.status,
                    "keys": len(one.keys),
                    "types": [each.type_id for each in one.accreditations],
                }
                for one in description.agencies
            ],
            "types": [
                {"id": one.type_id, "name": one.name, "label": {"zh": one.label.zh, "en": one.label.en}}
                for one in description.types
            ],
        },
        next_step="next.accept",
    )


@command(trust, "check", example="onceledger trust-pack check trust-pack.json")
def check(session: Session, file: PackArgument) -> int | None:
    """Derive the description anew from this installation's node and compare. Anybody with a node may do so.

    从本安装的节点重新推导并比较；任何有节点者均可为之。
    """
    from ledger import trust_pack_files, trust_reading

    data = read_document(file, trust_pack_files.MAX_PACK_BYTES, "trust-pack")
    description = trust_reading.parse(trust_pack_files.read(data).trust)
    with session.installation() as inst:
        from authority.check_trust_pack import check_trust_pack

        with walking(session, "trust-pack.checking") as progress:
            found = check_trust_pack(chain=inst.chain, description=description, progress=progress)
        head = inst.chain.head().number
        since = sum(1 for _ in inst.chain.logs([inst.contracts().trust], description.block + 1, head))
    session.table(["column.difference"], [(one,) for one in found])
    session.say(
        "trust-pack.differs" if found else "trust-pack.agrees",
        "red" if found else "green",
        count=len(found),
        block=description.block,
        head=head,
    )
    if since:
        session.say("trust-pack.events-since", "yellow", count=since)
    session.answer(
        {
            "agrees": not found,
            "block": description.block,
            "head": head,
            "eventsSince": since,
            "differences": found,
        },
        next_step="next.tell-root" if found else "next.accept",
    )
    return INVALID if found else None


@command(
    trust,
    "accept",
    example="onceledger trust-pack accept trust-pack.json --root root.json --seen seen.json",
    verifying=True,
)
def accept(
    session: Session,
    file: PackArgument,
    root: RootOption,
    seen: Annotated[
        Path, typer.Option("--seen", metavar="FILE", help="Remembers the newest pack; made if missing. 已见版本。")
    ],
) -> None:
    """Verify a pack against the pinned root and remember its version, so that no older one passes any more.

    按预置的信任根核验信任包并记住版本；此后拒绝更旧的包。
    """
    from ledger import trust_pack
    from ledger.trust_pack_files import MAX_PACK_BYTES

    accepted = trust_pack.load(
        read_document(file, MAX_PACK_BYTES, "trust-pack"),
        pinned_root=read_where(root, MAX_DOCUMENT_BYTES, "root"),
        now=datetime.now(UTC),
        newest_seen=newest_seen(seen),
    )
    remember(seen, accepted.seen)
    session.say(
        "trust-pack.accepted",
        "green",
        version=accepted.seen.targets,
        expires=utc(_seconds(accepted.expires)),
        agencies=len(accepted.trust.agencies),
    )
    session.answer(
        {
            "accepted": True,
            "version": accepted.seen.targets,
            "rootVersion": accepted.seen.root,
            "expires": iso(_seconds(accepted.expires)),
            "seen": str(seen),
        },
        next_step="next.verify-with",
    )


@command(trust, "import", example="onceledger trust-pack import trust-pack.json --root root.json")
def import_pack(session: Session, file: PackArgument, root: RootOption) -> None:
    """Take over a pack that the root authority made elsewhere; this installation's bundles then go by it.

    导入根授权机构在别处制作的信任包；本安装的证明文件以其为准。
    """
    from ledger.trust_pack_files import MAX_PACK_BYTES

    pack, pinned = read_document(file, MAX_PACK_BYTES, "trust-pack"), read_where(root, MAX_DOCUMENT_BYTES, "root")
    with session.installation() as inst:
        from offices.evidence import keep_trust_pack

        description = keep_trust_pack(inst, pack, pinned_root=pinned, now=datetime.now(UTC))
    session.say("trust-pack.imported", "green", block=description.block, agencies=len(description.agencies))
    session.answer({"block": description.block, "agencies": len(description.agencies)}, next_step="next.status")


@contextmanager
def walking(session: Session, message_id: str) -> Iterator[Callable[[int, int], None]]:
    """A bar over the blocks walked; yields what is told the number done and the number in all."""
    with ExitStack() as stack:
        bars: list[Callable[[int], None]] = []

        def progress(done: int, total: int) -> None:
            if not bars:
                bars.append(stack.enter_context(session.counting(message_id, total)))
            bars[0](1)

        yield progress


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
