"""``token``: who may come in over HTTP."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated, Final

import typer

from cli.choices import AgencyOption, chosen_agency
from cli.door import RUNNING, command, group
from cli.moments import iso, utc
from cli.session import Session
from ledger.errors import MalformedInput, NotFound

_SHOWN: Final = 12
"""Characters of a digest that are shown: 72 bits, enough to tell tokens apart."""

token = group("Access tokens of the HTTP service. HTTP 服务的访问令牌。")


class RoleChoice(StrEnum):
    """Roles of the HTTP service (``docs/api.md``)."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(token, name="token", rich_help_panel=RUNNING)


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
    from api.tokens import Holder, Role, Tokens
    from api.tokens import add_token as keep_token

    path, chosen = session.settings.tokens_path, Role(role.value)
    agency_id = _of_whom(session, role, host)
    _require_there(session, role, name.strip(), agency_id)
    holder = Holder(agency_id, chosen, name.strip())
    others = [one for one in Tokens(path).entries if one.holder == holder]
    made = keep_token(path, agency_id, chosen, name, created=int(time.time()))
    session.say("token.made", "green", role=session.text(f"role.{role.value}"), name=name)
    session.say("token.value", token=made)
    if others:
        session.say("token.second", "yellow", count=len(others), name=name)
    session.answer(
        {"agency": agency_id, "role": role.value, "name": name, "token": made, "others": len(others)},
        next_step="next.serve",
    )


@command(token, "list", example="onceledger token list")
def list_tokens(session: Session) -> None:
    """The tokens that the service knows: whose, for what, since when. None of them can be read from here.

    列出服务认得的令牌：持有人、角色、发放时间与摘要开头；令牌本身无从显示。
    """
    from api.tokens import Tokens
    from ledger import base64url

    entries = [(one, base64url.encode(one.digest)[:_SHOWN]) for one in Tokens(session.settings.tokens_path).entries]
    session.table(
        ["column.agency", "column.role", "column.holder", "column.made", "column.digest"],
        [
            (
                one.holder.agency_id or "-", session.text(f"role.{one.holder.role.value}"), one.holder.name,
                utc(one.created), digest,
            )
            for one, digest in entries
        ],
    )  # fmt: skip
    session.say("token.count", count=len(entries))
    session.answer(
        {
            "tokens": [
                {
                    "agency": one.holder.agency_id,
                    "role": one.holder.role.value,
                    "name": one.holder.name,
                    "created": iso(one.created),
                    "digest": digest,
                }
                for one, digest in entries
            ]
        },
        next_step="next.token-end" if entries else "next.token-add",
    )


@command(token, "end", example="onceledger token end --role clerk --name li")
def end(
    session: Session,
    role: Annotated[RoleChoice | None, typer.Option("--role", metavar="ROLE", help="What it is for. 角色。")] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Whose it is. 持有人。")] = None,
    host: AgencyOption = None,
    digest: Annotated[
        str | None,
        typer.Option("--digest", metavar="START", help="Instead: how its digest begins. 或以摘要的开头指明。"),
    ] = None,
) -> None:
    """End a token: whoever has it may come in no more, at once. Named by role and holder, or by its digest.

    停用令牌，即刻生效：以角色与持有人指明，或以摘要的开头指明；不止一个相符时不予停用。
    """
    from api.tokens import Holder, Role, end_token

    path = session.settings.tokens_path
    if digest and role is None and name is None and host is None:
        ended = end_token(path, digest=digest)
    elif digest is None and role is not None and name is not None:
        ended = end_token(path, holder=Holder(_of_whom(session, role, host), Role(role.value), name.strip()))
    else:
        raise MalformedInput(
            "usage.which-token",
            "It is not said which token.",
            "Give --role and --name (and --agency), or --digest alone.",
        )
    role_text = session.text(f"role.{ended.holder.role.value}")
    session.say("token.ended", "yellow", role=role_text, name=ended.holder.name)
    session.answer(
        {"agency": ended.holder.agency_id, "role": ended.holder.role.value, "name": ended.holder.name, "ended": True},
        next_step="next.token-list",
    )


def _of_whom(session: Session, role: RoleChoice, host: str | None) -> int:
    """The agency's number. A running service owns the chain; a number needs no open installation."""
    from api.tokens import ROOT_AUTHORITY

    if role is RoleChoice.MEMBER and host is None:
        return ROOT_AUTHORITY
    if host is not None and host.isascii() and host.isdigit():
        return int(host)
    with session.installation() as inst:
        return chosen_agency(inst, host).agency_id


def _require_there(session: Session, role: RoleChoice, name: str, agency_id: int) -> None:
    """A token of nobody would be found out by whoever uses it first."""
    from adapters.bootstrap import records_alone
    from api.tokens import ROOT_AUTHORITY
    from offices.members import is_member_name

    with records_alone(session.settings) as (records, keys):
        if agency_id != ROOT_AUTHORITY:
            records.agency(agency_id)
            return
    members = sorted(one for one in keys if is_member_name(one) and not one.endswith("-pack"))
    if role is RoleChoice.MEMBER and name not in members:
        raise NotFound(
            "root.member-unknown",
            "The root authority has no such member here.",
            f"Known: {', '.join(members) or 'none'}. Whose keys were changed needs a token for the new name: "
            "onceledger token add --role member.",
            known=members,
        )
