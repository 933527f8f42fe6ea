"""``agency``: the offices, their standing, and the accounts that send for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.choices import AgencyOption, chosen_agency, naming
from cli.door import GOVERNING, command, group
from cli.founding import AgreeOption
from cli.session import Session

if TYPE_CHECKING:
    from adapters.bootstrap import Installation
    from ledger.records import AgencyRow

agency = group("Agencies: enter, list, suspend, merge, their senders. 机关。")
sender = group("Accounts that anchor and publish for an agency. 机关的发送账户。")

HostArgument = Annotated[str, typer.Argument(metavar="HOST", help="The agency, by host or id. 机关。")]
ByOption = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="HOST", help="Act as this agency instead of the root. 由该机关（而非根授权机构）作出。"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    agency.add_typer(sender, name="sender")
    app.add_typer(agency, name="agency", rich_help_panel=GOVERNING)


def by_whom(inst: Installation, given: str | None) -> AgencyRow | None:
    """The agency that acts, or None for the root authority."""
    return None if given is None else chosen_agency(inst, given)


@command(agency, "add", example="onceledger agency add licences.city.example --zh 市许可处 --en 'Licence section'")
def add(
    session: Session,
    host: Annotated[str, typer.Argument(metavar="HOST", help="Its did:web host. did:web 主机名。")],
    zh: Annotated[str, typer.Option("--zh", help="Name in Chinese. 中文名。")],
    en: Annotated[str, typer.Option("--en", help="Name in English. 英文名。")],
    accreditor: Annotated[
        str | None, typer.Option("--accreditor", metavar="HOST", help="Agency that supervises it. 上级机关。")
    ] = None,
    agree: AgreeOption = None,
) -> None:
    """Enter an agency: its accounts and keys are made here, the root enters it on the chain. Safe to repeat.

    登记机关：在此生成账户与密钥，由根授权机构在链上登记；可重复执行。
    """
    with session.installation() as inst:
        from ledger.label import Label
        from offices.root import NewAgency, add_agency

        above = 0 if accreditor is None else chosen_agency(inst, accreditor).agency_id
        with session.working("working.chain"):
            row = add_agency(inst, NewAgency(host, Label(zh, en), above), members=agree)
        types, named = inst.records.types(), naming(inst, row)
    session.say("agency.added", "green", host=row.host, agency=row.agency_id)
    answer = {"id": row.agency_id, "did": row.did, "host": row.host}
    name = types[0].name if len(types) == 1 else "NAME"
    session.answer(answer, next_step="next.accredit" if types else "next.add-type", name=name, **named)


@command(agency, "rename", example="onceledger agency rename licences.city.example --zh 市许可局 --en 'Licence office'")
def rename(
    session: Session,
    host: HostArgument,
    zh: Annotated[str, typer.Option("--zh", help="Name in Chinese. 中文名。")],
    en: Annotated[str, typer.Option("--en", help="Name in English. 英文名。")],
) -> None:
    """Give an agency other names; verifiers see them with the next trust pack. Its host never changes.

    更改机关名称；核验方自下一信任包起可见。主机名不变。
    """
    with session.installation() as inst:
        from ledger.label import Label
        from offices.root import rename_agency

        row = rename_agency(inst, chosen_agency(inst, host), Label(zh, en))
    session.say("agency.renamed", "green", host=row.host)
    session.answer({"id": row.agency_id, "name": {"zh": row.name_zh, "en": row.name_en}}, next_step="next.make-pack")


@command(agency, "list", example="onceledger agency list")
def show_all(session: Session) -> None:
    """Agencies of this installation, with their standing on the chain.

    列出本安装的机关及其链上状态。
    """
    with session.installation() as inst:
        from offices.agencies import registry

        state, rows = registry(inst), inst.records.agencies()
    listed = [
        {
            "id": row.agency_id,
            "host": row.host,
            "did": row.did,
            "name": {"zh": row.name_zh, "en": row.name_en},
            "status": state.agencies[row.agency_id].status if row.agency_id in state.agencies else None,
            "senders": len(state.agencies[row.agency_id].senders) if row.agency_id in state.agencies else 0,
        }
        for row in rows
    ]
    session.table(
        ["column.id", "column.host", "column.name", "column.status", "column.senders"],
        [
            (
                one["id"],
                one["host"],
                row.name_zh if session.language == "zh" else row.name_en,
                session.text(f"agency-status.{one['status'] or 'unknown'}"),
                one["senders"],
            )
            for one, row in zip(listed, rows, strict=True)
        ],
    )
    session.answer({"agencies": listed}, next_step="next.status" if rows else "next.add-agency")


@command(agency, "suspend", example="onceledger agency suspend licences.city.example")
def suspend(session: Session, host: HostArgument, by: ByOption = None) -> None:
    """The agency can anchor and publish nothing until it is readmitted; what it issued stays valid.

    暂停机关：恢复前不能存证与公布；已签发的证照不受影响。
    """
    with session.installation() as inst:
        from offices import agencies

        row = chosen_agency(inst, host)
        with session.working("working.chain"):
            agencies.suspend(inst, row, by=by_whom(inst, by))
    session.say("agency.suspended", "yellow", host=row.host)
    session.answer({"id": row.agency_id, "status": "suspended"}, next_step="next.readmit")


@command(agency, "readmit", example="onceledger agency readmit licences.city.example")
def readmit(session: Session, host: HostArgument, by: ByOption = None) -> None:
    """End a suspension.

    恢复被暂停的机关。
    """
    with session.installation() as inst:
        from offices import agencies

        row = chosen_agency(inst, host)
        with session.working("working.chain"):
            agencies.readmit(inst, row, by=by_whom(inst, by))
    session.say("agency.readmitted", "green", host=row.host)
    session.answer({"id": row.agency_id, "status": "active"}, next_step="next.retry")


@command(agency, "merge", example="onceledger agency merge old.city.example --into new.city.example")
def merge(
    session: Session,
    host: HostArgument,
    into: Annotated[str, typer.Option("--into", metavar="HOST", help="Its successor. 继任机关。")],
) -> None:
    """The agency goes up in its successor, for ever; its certificates stay valid.

    机关并入继任机关，不可撤回；其证照仍然有效。
    """
    with session.installation() as inst:
        from offices import agencies

        row, successor = chosen_agency(inst, host), chosen_agency(inst, into)
        with session.working("working.chain"):
            agencies.merge(inst, row, successor)
    session.say("agency.merged", "green", host=row.host, successor=successor.host)
    session.answer({"id": row.agency_id, "successor": successor.agency_id}, next_step="next.make-pack")


@command(sender, "list", example="onceledger agency sender list --agency licences.city.example")
def list_senders(session: Session, host: AgencyOption = None) -> None:
    """The agency's senders, as the chain says.

    列出机关的发送账户。
    """
    with session.installation() as inst:
        from offices.agencies import senders

        row = chosen_agency(inst, host)
        found = senders(inst, row)
    session.table(
        ["column.address", "column.key", "column.in-use"],
        [("0x" + one.address.hex(), one.name or "", session.text(f"yes-no.{one.in_use}")) for one in found],
    )
    listed = [{"address": "0x" + one.address.hex(), "key": one.name, "inUse": one.in_use} for one in found]
    session.answer({"agency": row.agency_id, "senders": listed}, next_step="next.status")


@command(sender, "add", example="onceledger agency sender add --agency licences.city.example")
def add_sender(session: Session, host: AgencyOption = None) -> None:
    """Make another sender and send with it from now on; the old one may still send until it is removed.

    新增发送账户并改用它；旧账户在移除前仍可发送。
    """
    with session.installation() as inst:
        from offices.agencies import add_sender as add

        before = chosen_agency(inst, host)
        with session.working("working.chain"):
            row = add(inst, before)
        named = naming(inst, row)
    session.say("sender.added", "green", sender=row.sender)
    answer = {"agency": row.agency_id, "sender": row.sender}
    session.answer(answer, next_step="next.remove-sender", old=before.sender, **named)


@command(sender, "remove", example="onceledger agency sender remove licences.city.example-sender")
def remove_sender(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="SENDER", help="Key name or 0x address. 密钥名或地址。")],
    host: AgencyOption = None,
) -> None:
    """Take the right to send away from an account.

    取消某账户的发送权。
    """
    with session.installation() as inst:
        from offices.agencies import remove_sender as remove

        row = chosen_agency(inst, host)
        with session.working("working.chain"):
            remove(inst, row, name)
    session.say("sender.removed", "green", sender=name)
    session.answer({"agency": row.agency_id, "removed": name}, next_step="next.status")
