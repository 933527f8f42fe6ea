"""``key``: an agency's issuing keys, from the first to a stolen one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.agencies import ByOption, HostArgument, by_whom
from cli.choices import AgencyOption, chosen_agency, naming
from cli.door import GOVERNING, command, group
from cli.founding import AgreeOption
from cli.moments import iso, utc
from cli.session import Session
from offices.moments import parse_time

if TYPE_CHECKING:
    from adapters.bootstrap import Installation

_DAY: Final = 86_400

key = group("Issuing keys: new, retired, compromised. 签发密钥。")

KeyArgument = Annotated[int, typer.Argument(metavar="KEY", min=1, help="Its number on the chain. 密钥的链上编号。")]
SinceOption = Annotated[
    str, typer.Option("--since", metavar="DATE", help="A day (from 00:00 UTC) or a moment with offset. 自何时起。")
]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(key, name="key", rich_help_panel=GOVERNING)


@command(key, "new", example="onceledger key new --agency licences.city.example")
def new(
    session: Session,
    host: AgencyOption = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3650, help="Days it may sign; default: two years. 有效天数。")
    ] = None,
) -> None:
    """Make an issuing key and enter it on the chain; it signs from now on.

    生成并登记签发密钥；即刻启用。
    """
    with session.installation() as inst:
        from offices.agencies import registry
        from offices.root import new_key

        agency = chosen_agency(inst, host)
        end = None if days is None else int(time.time()) + days * _DAY
        with session.working("working.chain"):
            row = new_key(inst, agency, valid_until=end)
            stolen = any(
                one.agency_id == agency.agency_id and one.compromised_since for one in registry(inst).keys.values()
            )
        named = naming(inst, agency)
    session.say("key.made", "green", key=row.key_id, until=utc(row.valid_until))
    session.answer(
        {"id": row.key_id, "agency": row.agency_id, "multikey": row.multikey, "validUntil": iso(row.valid_until)},
        next_step="next.after-stolen" if stolen else "next.import",
        **named,
    )


@command(key, "list", example="onceledger key list")
def list_keys(session: Session, host: AgencyOption = None) -> None:
    """Keys of all agencies, or of one, as the chain says.

    按链上记录列出密钥。
    """
    with session.installation() as inst:
        from offices.agencies import key_standing, registry

        state, rows = registry(inst), inst.records.agencies()
        chosen = rows if host is None else [chosen_agency(inst, host)]
        named = naming(inst, chosen[0] if len(chosen) == 1 else None)
    listed = []
    for agency in chosen:
        for one in state.keys.values():
            if one.agency_id == agency.agency_id:
                listed.append((agency, one, key_standing(one, int(time.time()))))
    session.table(
        ["column.key", "column.agency", "column.status", "column.until", "column.since"],
        [
            (
                one.key_id,
                agency.host,
                session.text(f"key-status.{standing}"),
                utc(one.valid_until),
                utc(one.compromised_since or one.retired_at),
            )
            for agency, one, standing in listed
        ],
    )
    session.answer(
        {
            "keys": [
                {
                    "id": one.key_id,
                    "agency": one.agency_id,
                    "status": standing,
                    "validFrom": iso(one.valid_from),
                    "validUntil": iso(one.valid_until),
                    "retiredAt": iso(one.retired_at),
                    "compromisedSince": iso(one.compromised_since),
                }
                for _, one, standing in listed
            ]
        },
        next_step="next.status" if listed else "next.new-key",
        **named,
    )


@command(key, "limit", example="onceledger key limit licences.city.example 64")
def limit(
    session: Session,
    host: HostArgument,
    count: Annotated[int, typer.Argument(metavar="COUNT", min=0, max=10_000, help="Keys in all. 密钥总数。")],
    agree: AgreeOption = None,
) -> None:
    """The root lets an agency register so many keys in all, those that ended counted; at first it may 32.

    根授权机构规定机关可登记的密钥总数（已终止的也计入）；初始为三十二。
    """
    with session.installation() as inst:
        from offices.agencies import registry, set_key_limit

        row = chosen_agency(inst, host)
        with session.working("working.chain"):
            set_key_limit(inst, row, count, members=agree)
        named = naming(inst, row)
        used = sum(one.agency_id == row.agency_id for one in registry(inst).keys.values())
    session.say("key.limited", "green", host=row.host, count=count)
    if used >= count:
        session.say("key.no-room", "yellow", host=row.host, used=used)
    session.answer(
        {"agency": row.agency_id, "keyLimit": count, "keys": used},
        next_step="next.new-key" if used < count else "next.key-limit",
        **{**named, "host": row.host, "more": used + 1},
    )


@command(key, "retire", example="onceledger key retire 1")
def retire(session: Session, key_id: KeyArgument) -> None:
    """The key anchors nothing more; what it anchored stays valid.

    密钥停用：不再存证；已存证的证照仍然有效。
    """
    with session.installation() as inst:
        from offices.agencies import retire_key

        with session.working("working.chain"):
            ended = retire_key(inst, key_id)
        named, has_other = _after(inst, ended.agency_id)
    session.say("key.retired", "yellow", key=key_id)
    answer = {"id": key_id, "status": "retired"}
    session.answer(answer, next_step="next.make-pack" if has_other else "next.new-key", **named)


@command(key, "compromise", example="onceledger key compromise 1 --since 2026-03-01")
def compromise(session: Session, key_id: KeyArgument, since: SinceOption) -> None:
    """The key was in other hands: what it anchored from that moment on is invalid. Cannot be taken back.

    声明密钥泄露：自该时刻起以其存证的证照一律无效，不可撤回。早于三十天须先经上级或根授权机构同意。
    """
    moment = parse_time(since)
    with session.installation() as inst:
        from offices.agencies import declare_compromise

        with session.working("working.chain"):
            ended = declare_compromise(inst, key_id, moment)
        named, _ = _after(inst, ended.agency_id)
    session.say("key.compromised", "yellow", key=key_id, since=utc(moment))
    answer = {"id": key_id, "status": "compromised", "since": iso(moment)}
    session.answer(answer, next_step="next.after-compromise", **named)


@command(key, "consent", example="onceledger key consent 1 --since 2026-01-01")
def consent(session: Session, key_id: KeyArgument, since: SinceOption, by: ByOption = None) -> None:
    """The root (or with --by the accreditor) lets an agency date a compromise further back than 30 days.

    根授权机构（或 --by 所指上级）同意将泄露时间提前到三十天以前。
    """
    moment = parse_time(since)
    with session.installation() as inst:
        from offices.agencies import consent_to_compromise

        with session.working("working.chain"):
            consent_to_compromise(inst, key_id, moment, by=by_whom(inst, by))
    session.say("key.consented", "green", key=key_id, since=utc(moment))
    session.answer({"id": key_id, "since": iso(moment)}, next_step="next.compromise", key=key_id)


def _after(inst: Installation, agency_id: int) -> tuple[dict[str, str], bool]:
    """What the next step of a key's agency names, and whether another key of it is in force."""
    in_force = any(one.valid_until > time.time() for one in inst.records.keys(agency_id))
    return naming(inst, inst.records.agency(agency_id)), in_force
