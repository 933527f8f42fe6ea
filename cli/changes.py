"""``revoke``, ``hold``, ``resume``, ``void``, ``reject`` and ``supersede``: what happens to certificates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.choices import AgencyOption, NumbersOption, TypeOption, chosen_agency, chosen_type, naming
from cli.door import CHANGING, command
from cli.inputs import MAX_DOCUMENT_BYTES, read_input, read_numbered
from cli.problems import INVALID, refused_line
from cli.session import Session

if TYPE_CHECKING:
    from issuers.change_status import Changed

SkipOption = Annotated[
    bool,
    typer.Option("--skip-refused", help="Change what can be changed and report the other lines. 跳过不能变更的行。"),
]
_SHOWN: Final = 20
"""Refused lines told on a terminal; ``--json`` has them all."""

ActorOption = Annotated[str, typer.Option("--by", metavar="NAME", help="The officer who decides it. 作出决定的人员。")]

_CHANGES: Final = {
    "revoke": """Revoke certificates by business number: from now on they are invalid, for ever.

    按业务编号吊销：自此失效，不可恢复。""",
    "hold": """Hold certificates (suspend them) until they are resumed.

    暂停使用，可恢复。""",
    "resume": """End a hold.

    恢复使用。""",
    "void": """Declare certificates void: they should never have existed, so they never were valid.

    作废：不应存在，自始无效。""",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for action, help_text in _CHANGES.items():
        command(app, action, example=f"onceledger {action} --by wang --file numbers.txt", panel=CHANGING)(
            _change(action, help_text)
        )
    command(app, "reject", example="onceledger reject --by wang --import 3", panel=CHANGING)(reject)
    command(app, "supersede", example="onceledger supersede --clerk li --file correction.json", panel=CHANGING)(
        supersede
    )


def _change(action: str, help_text: str) -> Callable[..., int | None]:
    def change(
        session: Session,
        actor: ActorOption,
        file: NumbersOption = None,
        host: AgencyOption = None,
        type_name: TypeOption = None,
        skip_refused: SkipOption = False,
    ) -> int | None:
        return _changed(session, action, actor, file, host, type_name, skip_refused)

    change.__doc__ = help_text
    return change


def reject(
    session: Session,
    actor: ActorOption,
    number: Annotated[
        int | None,
        typer.Option(
            "--import", metavar="IMPORT", min=1, help="All of an import that is not issued. 某次导入的全部未签发草稿。"
        ),
    ] = None,
    file: NumbersOption = None,
    host: AgencyOption = None,
    type_name: TypeOption = None,
    skip_refused: SkipOption = False,
) -> int | None:
    """Reject drafts, approved ones too: what an import brought, or by business number. Their claims are erased, and
    their numbers may be imported again.

    驳回草稿（含已批准而未签发者）：按导入编号或业务编号；内容即删，编号可重新导入。
    """
    if number is None:
        return _changed(session, "reject", actor, file, host, type_name, skip_refused)
    from issuers.officers import officer_name

    officer_name(actor)  # an import's rejection keeps no name, and is as much somebody's as any other
    with session.installation() as inst:
        count = inst.records.reject_import(chosen_agency(inst, host).agency_id, number)
    session.say("reject.done", "yellow" if count else None, count=count)
    session.answer({"action": "reject", "import": number, "rejected": count}, next_step="next.status")
    return None


def _changed(
    session: Session,
    action: str,
    actor: str,
    file: Path | None,
    host: str | None,
    type_name: str | None,
    skip_refused: bool,
) -> int | None:
    numbers = read_numbered(session, file)
    with session.installation() as inst:
        from ledger.credential_states import Action
        from offices import status

        agency = chosen_agency(inst, host)
        kind = chosen_type(inst, type_name, agency)
        done = status.change(
            inst,
            agency,
            kind,
            list(numbers),
            Action(action),
            actor=actor,
            rows=list(numbers.values()),
            skip_refused=skip_refused,
        )
        due = bool(inst.records.lists_to_publish(agency.agency_id))
    session.say(f"{action}.done", "yellow" if action != "resume" else "green", count=len(done.changed))
    if done.ended:
        session.say("change.ended", "yellow", count=len(done.ended))
    if done.refused:
        session.say("change.refused", "red", count=len(done.refused))
        for one in done.refused[:_SHOWN]:
            if not session.as_json:
                state = None if one.state is None else one.state.value
                session.out.print(refused_line(session, one.row, one.code, state), soft_wrap=True)
    session.answer(
        {
            "action": action,
            "changed": _rows(done.changed),
            "ended": _rows(done.ended),
            "refused": [one.to_json() for one in done.refused],
        },
        next_step="next.publish" if due else "next.status",
    )
    return INVALID if done.refused else None


def _rows(changes: Iterable[Changed]) -> list[dict[str, Any]]:
    return [
        {"row": one.row, "version": one.version, "before": one.before.value, "state": one.state.value}
        for one in changes
    ]


def supersede(
    session: Session,
    clerk: Annotated[str, typer.Option("--clerk", "-c", metavar="NAME", help="The officer. 经办人。")],
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", metavar="FILE", help="The correction (JSON); default: standard input. 更正内容。"),
    ] = None,
    host: AgencyOption = None,
    type_name: TypeOption = None,
    reissue: Annotated[
        bool,
        typer.Option("--reissue", help="The same again: its key is compromised. 密钥泄露后原样重新签发。"),
    ] = False,
) -> None:
    """Draft a corrected version. The old one holds until the new one is anchored, and then names it.

    The correction is {"businessNumber": "…", "changes": {"name": "…"}} with the claims that change (null removes one),
    or has "claims" with all of them.

    起草更正版本；新版存证后旧版即被取代并指明新版。
    """
    data = read_input(session, file, MAX_DOCUMENT_BYTES, "input.correction-prompt")
    with session.installation() as inst:
        from offices.status import correct, read_correction

        correction = replace(read_correction(data), reissue=reissue)
        agency = chosen_agency(inst, host)
        kind = chosen_type(inst, type_name, agency)
        number, version = correct(inst, agency, kind, correction, clerk=clerk)
        named = naming(inst, agency, kind)
    session.say("supersede.done", "green", version=version, number=number)
    session.answer({"import": number, "version": version}, next_step="next.approve", number=number, **named)
