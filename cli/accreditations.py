"""``accredit``: who may issue which type."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.agencies import ByOption, HostArgument, by_whom
from cli.choices import TypeOption, chosen_agency, chosen_type, naming
from cli.door import GOVERNING, command, group
from cli.founding import AgreeOption
from cli.moments import day, iso
from cli.session import Session
from offices.moments import parse_time

accreditation = group("Who may issue which type, given by the root or passed on. 签发授权。")


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(accreditation, name="accredit", rich_help_panel=GOVERNING)


@command(accreditation, "grant", example="onceledger accredit grant city.example --type BusinessLicence")
def grant(
    session: Session,
    host: HostArgument,
    type_name: TypeOption = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DATE", help="Its end; default: in five years; at most the grantor's. 截止日期。"
        ),
    ] = None,
    delegate: Annotated[bool, typer.Option("--may-delegate", help="It may pass this on. 可转授。")] = False,
    by: ByOption = None,
    agree: AgreeOption = None,
) -> None:
    """Let an agency issue a type. With --by AGENCY, that agency passes its own right on.

    授权机关签发某类证照；--by 表示由该机关转授。
    """
    end = None if until is None else parse_time(until)
    with session.installation() as inst:
        from adapters.bootstrap import now
        from offices.root import accredit_agency

        row, kind = chosen_agency(inst, host), chosen_type(inst, type_name)
        with session.working("working.chain"):
            accredit_agency(
                inst,
                row.agency_id,
                kind.type_id,
                until=end,
                may_delegate=delegate,
                grantor=by_whom(inst, by),
                members=agree,
            )
        named, has_key = naming(inst, row), any(key.valid_until > now() for key in inst.records.keys(row.agency_id))
    session.say("accredit.done", "green", host=row.host, type=kind.name)
    session.answer(
        {"agency": row.agency_id, "type": kind.type_id, "mayDelegate": delegate},
        next_step="next.import" if has_key else "next.new-key",
        **named,
    )


@command(accreditation, "end", example="onceledger accredit end city.example --type BusinessLicence")
def end(session: Session, host: HostArgument, type_name: TypeOption = None, by: ByOption = None) -> None:
    """End an accreditation now; what hangs on it by delegation ends with it.

    立即终止授权；由其转授者一并终止。
    """
    with session.installation() as inst:
        from offices.agencies import end_accreditation

        row, kind = chosen_agency(inst, host), chosen_type(inst, type_name)
        with session.working("working.chain"):
            end_accreditation(inst, row, kind.type_id, by=by_whom(inst, by))
    session.say("accredit.ended", "yellow", host=row.host, type=kind.name)
    session.answer({"agency": row.agency_id, "type": kind.type_id, "ended": True}, next_step="next.make-pack")


@command(accreditation, "list", example="onceledger accredit list")
def list_accreditations(session: Session) -> None:
    """All accreditations on the chain.

    列出链上全部授权。
    """
    with session.installation() as inst:
        from offices.agencies import registry

        state = registry(inst)
        hosts = {row.agency_id: row.host for row in inst.records.agencies()}
        names = {row.type_id: row.name for row in inst.records.types()}
    found = [one for _, one in sorted(state.accreditations.items())]
    session.table(
        ["column.agency", "column.type", "column.grantor", "column.until", "column.delegates", "column.ended"],
        [
            (
                hosts.get(one.agency_id, one.agency_id),
                names.get(one.type_id, one.type_id),
                hosts.get(one.grantor_id, session.text("accredit.root") if one.grantor_id == 0 else one.grantor_id),
                day(one.until),
                session.text(f"yes-no.{one.may_delegate}"),
                day(one.ended_at),
            )
            for one in found
        ],
    )
    listed = [
        {
            "agency": one.agency_id,
            "type": one.type_id,
            "grantor": one.grantor_id,
            "until": iso(one.until),
            "mayDelegate": one.may_delegate,
            "endedAt": iso(one.ended_at),
        }
        for one in found
    ]
    session.answer({"accreditations": listed}, next_step="next.status")
