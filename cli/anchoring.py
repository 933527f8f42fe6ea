"""``anchor`` and ``publish``: what goes on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.choices import AgencyOption, naming
from cli.door import ISSUING, command
from cli.each_agency import each_agency, tell
from cli.moments import iso
from cli.problems import INVALID
from cli.session import Session

if TYPE_CHECKING:
    from ledger.records import AgencyRow, BatchRow, PublicationRow


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

    An agency that cannot anchor now, as while it is suspended, does not keep the others; the exit code is 1 then.

    将待存证的证照成批写入区块链；先了结中断留下的批次。不给 --agency 则处理全部机关，某机关失败不影响其他机关。
    --retry 重试被拒者；原密钥已终止的以现行密钥重新签发。
    """
    with session.installation() as inst:
        from issuers.anchor import FOREIGN
        from offices.issuing import anchor_pending
        from offices.status import retry as retry_refused

        inst.contracts()  # before the first decision of the root authority "nothing waits" would say too little
        retried: list[int] = []
        reissued: list[int] = []
        settled: list[BatchRow] = []
        with session.counting("anchor.working") as advance:

            def tell_of(batch: BatchRow) -> None:
                settled.append(batch)
                advance(batch.credentials)

            def settle(agency: AgencyRow) -> None:
                if retry:
                    done = retry_refused(inst, agency)
                    retried.append(done.same)
                    reissued.append(done.anew)
                anchor_pending(inst, agency, on_settled=tell_of)

            failed = each_agency(inst, host, settle)
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
    if any(reissued):
        session.say("anchor.reissued", "yellow", count=sum(reissued))
    if not settled and not failed:
        session.say("anchor.nothing")
    if anchored:
        session.say("anchor.done", "green", batches=len(anchored), count=sum(one.credentials for one in anchored))
    if any(one.refusal == FOREIGN for one in refused):
        session.say("anchor.foreign", "red")
    if refused:
        session.say("anchor.refused", "red", batches=len(refused), count=sum(one.credentials for one in refused))
    failures = tell(session, failed)
    session.answer(
        {
            "retried": sum(retried),
            "reissued": sum(reissued),
            "failed": failures,
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
    return INVALID if refused or failed else None


def publish(
    session: Session,
    host: AgencyOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Unchanged lists too: a fresh date for verifiers. 未变更的也公布。")
    ] = False,
) -> int | None:
    """Put changed status lists on the chain. Verifiers see revocations and holds from here on.

    An agency that cannot publish now, as while it is suspended, does not keep the others; the exit code is 1 then.

    公布有变更的状态列表；吊销与暂停自此对核验方可见。某机关失败不影响其他机关。
    """
    with session.installation() as inst:
        from offices.issuing import publish_lists

        inst.contracts()
        published: list[PublicationRow] = []
        with session.counting("publish.working") as advance:

            def tell_of(row: PublicationRow) -> None:
                published.append(row)
                advance(1)

            def put(agency: AgencyRow) -> None:
                publish_lists(inst, agency, every_list=every, on_published=tell_of)

            failed = each_agency(inst, host, put)
    if published or not failed:
        session.say(
            "publish.done" if published else "publish.nothing", "green" if published else None, count=len(published)
        )
    failures = tell(session, failed)
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
            ],
            "failed": failures,
        },
        next_step="next.status" if failed else "next.make-packs",
    )
    return INVALID if failed else None
