"""``anchor`` and ``publish``: what goes on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.choices import AgencyOption, chosen_agency, naming
from cli.door import ISSUING, command
from cli.moments import iso
from cli.problems import INVALID
from cli.session import Session

if TYPE_CHECKING:
    from adapters.bootstrap import Installation
    from ledger.records import AgencyRow


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "anchor", example="onceledger anchor", panel=ISSUING)(anchor)
    command(app, "publish", example="onceledger publish", panel=ISSUING)(publish)


def anchor(
    session: Session,
    host: AgencyOption = None,
    retry: Annotated[bool, typer.Option("--retry", help="Also what the chain refused before. 重试被拒者。")] = False,
) -> int | None:
    """Put what is pending on the chain, one batch per type and key; settles what a crash left behind first.

    --retry takes up what the chain refused, once the cause is mended; what was signed with a key that has ended since
    is issued anew with the key in force.

    将待存证的证照成批写入区块链；先了结中断留下的批次。不给 --agency 则处理全部机关。
    --retry 重试被拒者；原密钥已终止的以现行密钥重新签发。
    """
    with session.installation() as inst:
        from offices.issuing import anchor_pending
        from offices.status import retry as retry_refused

        retried, reissued, settled = 0, 0, []
        with session.counting("anchor.working") as advance:
            for agency in _agencies(inst, host):
                if retry:
                    done = retry_refused(inst, agency)
                    retried, reissued = retried + done.same, reissued + done.anew
                for batch in anchor_pending(inst, agency):
                    settled.append(batch)
                    advance(batch.credentials)
        anchored = [batch for batch in settled if batch.state == "anchored"]
        refused = [batch for batch in settled if batch.state != "anchored"]
        named = naming(inst, inst.records.agency(refused[0].agency_id) if refused else None)
    session.table(
        ["column.batch", "column.state", "column.credentials", "column.leaves", "column.block", "column.gas"],
        [
            (
                batch.batch_id,
                session.text(f"batch-state.{batch.state}"),
                batch.credentials,
                batch.size,
                batch.block_number,
                batch.gas_used if batch.refusal is None else batch.refusal,
            )
            for batch in settled
        ],
    )
    if reissued:
        session.say("anchor.reissued", "yellow", count=reissued)
    if not settled:
        session.say("anchor.nothing")
    if anchored:
        session.say("anchor.done", "green", batches=len(anchored), count=sum(one.credentials for one in anchored))
    if refused:
        session.say("anchor.refused", "red", batches=len(refused), count=sum(one.credentials for one in refused))
    session.answer(
        {
            "retried": retried,
            "reissued": reissued,
            "batches": [
                {
                    "id": one.batch_id,
                    "agency": one.agency_id,
                    "type": one.type_id,
                    "state": one.state,
                    "root": one.root.hex(),
                    "credentials": one.credentials,
                    "size": one.size,
                    "transaction": None if one.tx_hash is None else "0x" + one.tx_hash.hex(),
                    "block": one.block_number,
                    "blockTime": iso(one.block_time),
                    "gas": one.gas_used,
                    "refusal": one.refusal,
                }
                for one in settled
            ],
        },
        next_step="next.after-refusal" if refused else "next.publish" if anchored else "next.status",
        **named,
    )
    return INVALID if refused else None


def publish(
    session: Session,
    host: AgencyOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Unchanged lists too: a fresh date for verifiers. 未变更的也公布。")
    ] = False,
) -> None:
    """Put changed status lists on the chain. Verifiers see revocations and holds from here on.

    公布有变更的状态列表；吊销与暂停自此对核验方可见。
    """
    with session.installation() as inst:
        from offices.issuing import publish_lists

        published = []
        with session.counting("publish.working") as advance:
            for agency in _agencies(inst, host):
                for row in publish_lists(inst, agency, every_list=every):
                    published.append(row)
                    advance(1)
    session.say(
        "publish.done" if published else "publish.nothing", "green" if published else None, count=len(published)
    )
    session.answer(
        {
            "lists": [
                {
                    "list": row.list_id,
                    "agency": row.agency_id,
                    "version": row.version,
                    "root": row.root.hex(),
                    "publishedAt": iso(row.block_time),
                }
                for row in published
            ]
        },
        next_step="next.make-packs",
    )


def _agencies(inst: Installation, host: str | None) -> list[AgencyRow]:
    return inst.records.agencies() if host is None else [chosen_agency(inst, host)]
