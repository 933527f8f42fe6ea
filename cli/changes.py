"""``revoke``, ``hold``, ``resume``, ``void`` and ``supersede``: what happens to certificates that are out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.choices import AgencyOption, NumbersOption, TypeOption, chosen_agency, chosen_type
from cli.door import CHANGING, command
from cli.inputs import MAX_DOCUMENT_BYTES, read_input, read_numbers
from cli.session import Session

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
    command(app, "supersede", example="onceledger supersede --clerk li --file correction.json", panel=CHANGING)(
        supersede
    )


def _change(action: str, help_text: str) -> Callable[..., None]:
    def change(
        session: Session,
        actor: ActorOption,
        file: NumbersOption = None,
        host: AgencyOption = None,
        type_name: TypeOption = None,
    ) -> None:
        numbers = read_numbers(session, file)
        with session.installation() as inst:
            from ledger.credential_states import Action
            from offices import status

            agency, kind = chosen_agency(inst, host), chosen_type(inst, type_name)
            changed = status.change(inst, agency, kind, numbers, Action(action), actor=actor)
            due = bool(inst.records.lists_to_publish(agency.agency_id))
        session.say(f"{action}.done", "yellow" if action != "resume" else "green", count=len(changed))
        session.answer(
            {
                "action": action,
                "changed": [
                    {
                        "position": position,
                        "version": one.version,
                        "before": one.before.value,
                        "state": one.state.value,
                    }
                    for position, one in enumerate(changed)
                ],
            },
            next_step="next.publish" if due else "next.status",
        )

    change.__doc__ = help_text
    return change


def supersede(
    session: Session,
    clerk: Annotated[str, typer.Option("--clerk", "-c", metavar="NAME", help="The officer. 经办人。")],
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", metavar="FILE", help="The correction (JSON); default: standard input. 更正内容。"),
    ] = None,
    host: AgencyOption = None,
    type_name: TypeOption = None,
) -> None:
    """Draft a corrected version. The old one holds until the new one is anchored, and then names it.

    The correction is {"businessNumber": "…", "changes": {"name": "…"}} with the claims that change (null removes one),
    or has "claims" with all of them.

    起草更正版本；新版上链后旧版即被取代并指明新版。
    """
    data = read_input(session, file, MAX_DOCUMENT_BYTES, "input.correction-prompt")
    with session.installation() as inst:
        from offices.status import correct, read_correction

        correction = read_correction(data)
        agency, kind = chosen_agency(inst, host), chosen_type(inst, type_name)
        number, version = correct(inst, agency, kind, correction, clerk=clerk)
    session.say("supersede.done", "green", version=version, number=number)
    session.answer({"import": number, "version": version}, next_step="next.approve", number=number)
