"""``init`` and ``root``: make an installation, found the root authority, change its members."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.door import GOVERNING, RUNNING, command, group
from cli.session import Session

root = group("The root authority of ministries: registries on the chain, members. 根授权机构。")

AgreeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--agree",
        metavar="MEMBER",
        help="A member that agrees, by key name; repeat it. Default: as many as must. 同意的成员。",
    ),
]
MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="Key name of the member. 成员密钥名。")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "init", example="ONCELEDGER_PASSPHRASE_FILE=pass.txt onceledger init --data office", panel=RUNNING)(
        init
    )
    app.add_typer(root, name="root", rich_help_panel=GOVERNING)


def init(session: Session) -> None:
    """Make the data folder: keys, embedded chain, records, content store.

    新建数据文件夹。口令取自 ONCELEDGER_PASSPHRASE 或 ONCELEDGER_PASSPHRASE_FILE，不在命令行上给出。
    """
    settings = session.settings
    session.warn_of_exposure()
    with session.working("init.working"):
        from adapters.bootstrap import create_installation

        create_installation(settings)
    session.say("init.done", "green", folder=str(settings.data))
    chain = settings.chain_url or "embedded"
    session.answer(
        {"data": str(settings.data), "chain": chain},
        next_step="next.found-or-join" if settings.chain_url else "next.deploy",
    )


@command(root, "deploy", example="onceledger root deploy")
def deploy(session: Session) -> None:
    """Make the ministries' keys and put the three registries on the chain. Safe to repeat.

    生成部委密钥并部署三个登记合约；可重复执行。
    """
    with session.installation() as inst:
        from offices.members import present_members, threshold
        from offices.root import found

        with session.working("deploy.working"):
            found(inst)
        contracts, members, needed = inst.contracts(), present_members(inst), threshold(inst)
    addresses = {name: "0x" + getattr(contracts, name).hex() for name in ("trust", "anchor", "status")}
    session.say("deploy.done", "green", members=len(members), threshold=needed)
    session.table(["column.registry", "column.address"], list(addresses.items()))
    session.answer(
        {"contracts": addresses, "members": members, "threshold": needed},
        next_step="next.add-agency",
    )


@command(root, "show", example="onceledger root show --json")
def show(session: Session) -> None:
    """Members, threshold and addresses, as the chain says.

    按链上记录显示成员、门限与合约地址。
    """
    with session.installation() as inst:
        from offices.agencies import registry
        from offices.members import present_members

        state = registry(inst)
        ours = {inst.keys.account(name).address: name for name in present_members(inst)}
        contracts = inst.contracts()
    addresses = {name: "0x" + getattr(contracts, name).hex() for name in ("trust", "anchor", "status")}
    members = [{"address": "0x" + one.hex(), "key": ours.get(one)} for one in sorted(state.members)]
    members.sort(key=lambda one: _by_number(one["key"]))
    session.say("root.threshold", threshold=state.threshold, members=len(members))
    session.table(
        ["column.member", "column.address"],
        [(one["key"] or session.text("root.elsewhere"), one["address"]) for one in members],
    )
    session.table(["column.registry", "column.address"], list(addresses.items()))
    session.answer({"threshold": state.threshold, "members": members, "contracts": addresses}, next_step="next.status")


@command(root, "add-member", example="onceledger root add-member")
def add_member(session: Session, agree: AgreeOption = None) -> None:
    """Make keys for one more member; the present ones appoint it.

    增加一名成员：生成密钥，由现有成员任命。
    """
    with session.installation() as inst:
        from offices.members import add_member as add

        with session.working("working.chain"):
            name = add(inst, members=agree)
    session.say("root.added", "green", member=name)
    session.answer({"member": name}, next_step="next.make-pack")


@command(root, "remove-member", example="onceledger root remove-member root-4")
def remove_member(session: Session, member: MemberArgument, agree: AgreeOption = None) -> None:
    """The members dismiss one of them. Its keys stay in the key store.

    由成员免去其中一员；其密钥仍留在密钥库中。
    """
    with session.installation() as inst:
        from offices.members import remove_member as remove

        with session.working("working.chain"):
            remove(inst, member, members=agree)
    session.say("root.removed", "green", member=member)
    session.answer({"member": member}, next_step="next.make-pack")


@command(root, "rotate-member", example="onceledger root rotate-member root-1")
def rotate_member(session: Session, member: MemberArgument, agree: AgreeOption = None) -> None:
    """Replace a member's keys by new ones; the others agree.

    更换某成员的密钥（如被盗），由其他成员同意。
    """
    with session.installation() as inst:
        from offices.members import rotate_member as rotate

        with session.working("working.chain"):
            successor = rotate(inst, member, members=agree)
    session.say("root.rotated", "green", member=member, successor=successor)
    session.answer({"member": member, "successor": successor}, next_step="next.make-pack")


@command(root, "threshold", example="onceledger root threshold 2")
def set_threshold(
    session: Session,
    count: Annotated[int, typer.Argument(min=1, metavar="COUNT", help="Members that must agree. 门限。")],
    agree: AgreeOption = None,
) -> None:
    """Let so many members have to agree from now on.

    设定须有几名成员同意。
    """
    with session.installation() as inst:
        from offices.members import set_threshold as change

        with session.working("working.chain"):
            change(inst, count, members=agree)
    session.say("root.threshold-set", "green", threshold=count)
    session.answer({"threshold": count}, next_step="next.make-pack")


def _by_number(name: str | None) -> tuple[bool, list[tuple[int, str]]]:
    """Order of key names: root-2 before root-10, and those whose key is elsewhere last."""
    parts = re.findall(r"\d+|\D+", name or "")
    return name is None, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
