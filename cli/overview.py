"""``status``: how things stand, and what to do next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import typer

from cli.choices import naming
from cli.door import RUNNING, command
from cli.moments import iso, span, utc
from cli.session import Session
from offices.explaining import explain

if TYPE_CHECKING:
    from ledger.records import TypeRow
    from offices.reporting import AgencyReport, Overview


_UNSET: Final = frozenset(("trust-pack.validators-unknown", "settings.validators"))
"""The node answers; what is lacking to believe it was never said here."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "status", example="onceledger status", panel=RUNNING)(status)


def status(session: Session) -> None:
    """Counts by state, batches, what waits or is stuck, keys that run out, lists to publish, the next step.

    各状态数量、批次、待办与卡住的事项、将到期的密钥、待公布的列表与下一步。
    """
    session.warn_of_exposure()
    with session.installation() as inst:
        from offices.reporting import overview

        found = overview(inst)
        types = inst.records.types()
        named = naming(inst, found.step_of)
    _show_chain(session, found)
    for one in found.agencies:
        _show_agency(session, one, types)
    session.answer(_json(found), next_step=f"step.{found.step.value}", **named)


def _show_chain(session: Session, found: Overview) -> None:
    if found.head is not None:
        session.say("status.chain", chain=found.chain_id, block=found.head.number, time=utc(found.head.time))
    elif found.chain_problem is not None:
        cause, cure = explain(found.chain_problem)
        if found.chain_problem.code in _UNSET:
            session.say("status.unset", "red", cause=session.label(cause), cure=session.label(cure))
        else:
            session.say("status.no-chain", "red", cause=session.label(cause))
    if not found.deployed:
        session.say("status.not-deployed", "yellow")
    if found.pack is not None:
        session.say(
            "status.pack",
            "yellow" if found.pack_due else None,
            version=found.pack.version,
            expires=utc(int(found.pack.expires.timestamp())),
        )
        if found.pack_changes:
            session.say("status.pack-changes", "yellow", count=found.pack_changes)
    else:
        session.say("status.no-pack", "yellow")


def _show_agency(session: Session, one: AgencyReport, types: list[TypeRow]) -> None:
    name = one.agency.name_zh if session.language == "zh" else one.agency.name_en
    standing = session.text(f"agency-status.{one.standing or 'unread'}")
    session.say("status.agency", "bold", name=name, host=one.agency.host, id=one.agency.agency_id, standing=standing)
    session.table(
        ["column.type", "column.state", "column.count"],
        [
            (kind if first else "", session.text(f"state.{state.value}"), count)
            for kind, states in one.counts.items()
            for first, (state, count) in _marked(list(states.items()))
        ],
    )
    session.table(
        ["column.batches", "column.count"],
        [(session.text(f"batch-state.{state}"), count) for state, count in sorted(one.batches.items())],
    )
    kinds = {kind.type_id: kind.name for kind in types}
    session.table(
        ["column.import", "column.clerk", "column.type", "column.rows"],
        [(each.import_id, each.clerk, kinds.get(each.type_id, each.type_id), each.accepted) for each in one.imports],
        title="status.imports",
    )
    if one.pending:
        age = 0 if one.oldest is None else int(time.time()) - one.oldest
        session.say("status.pending", count=one.pending, age=span(session, age))
    if one.stuck:
        session.say("status.stuck", "red", count=len(one.stuck), batches=[batch.batch_id for batch in one.stuck])
    if one.unsettled:
        session.say("status.unsettled", "yellow", count=one.unsettled)
    if one.lists_due:
        session.say("status.lists-due", "yellow", count=len(one.lists_due))
    if one.lists_unsettled:
        session.say("status.lists-unsettled", "red", count=len(one.lists_unsettled))
    usable = [key for key in one.keys if key.left]
    if one.lacks_key:
        session.say("status.no-key", "red")
    elif usable and usable[-1].ends_soon:
        session.say("status.key-ends", "yellow", key=usable[-1].key.key_id, left=span(session, usable[-1].left))


def _marked(items: list[Any]) -> list[tuple[bool, Any]]:
    return [(not position, item) for position, item in enumerate(items)]


def _json(found: Overview) -> dict[str, Any]:
    return {
        "deployed": found.deployed,
        "chain": None
        if found.head is None
        else {"id": found.chain_id, "block": found.head.number, "time": iso(found.head.time)},
        "chainProblem": None if found.chain_problem is None else found.chain_problem.code,
        "types": found.types,
        "trustPack": None
        if found.pack is None
        else {
            "version": found.pack.version,
            "expires": iso(int(found.pack.expires.timestamp())),
            "due": found.pack_due,
            "changes": found.pack_changes,
        },
        "agencies": [_agency_json(one) for one in found.agencies],
        "step": found.step.value,
    }


def _agency_json(one: AgencyReport) -> dict[str, Any]:
    return {
        "id": one.agency.agency_id,
        "host": one.agency.host,
        "standing": one.standing,
        "counts": {kind: {state.value: n for state, n in states.items()} for kind, states in one.counts.items()},
        "pending": one.pending,
        "oldestPending": iso(one.oldest),
        "batches": one.batches,
        "stuck": [batch.batch_id for batch in one.stuck],
        "unsettled": one.unsettled,
        "listsDue": list(one.lists_due),
        "listsUnsettled": list(one.lists_unsettled),
        "imports": [
            {
                "import": each.import_id,
                "type": each.type_id,
                "source": each.source,
                "clerk": each.clerk,
                "createdAt": iso(each.created_at),
                "rows": each.accepted,
            }
            for each in one.imports
        ],
        "keys": [
            {"id": key.key.key_id, "validUntil": iso(key.key.valid_until), "endsSoon": key.ends_soon}
            for key in one.keys
        ],
    }
