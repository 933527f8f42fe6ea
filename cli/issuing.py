"""``import``, ``approve`` and ``issue``: from a register to certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.choices import AgencyOption, TypeOption, chosen_agency, chosen_type, naming
from cli.door import ISSUING, command
from cli.inputs import require_file
from cli.issuing_lines import count_rows, show_findings, write_report
from cli.session import Session
from ledger.errors import OnceledgerError

DEFAULT_PERCENT: Final = 5
"""Bad rows of a hundred that are still a register with mistakes, and not the wrong file."""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    tucson = "examples/tucson"
    example = f"onceledger import {tucson}/tucson-2011-2015.tsv --mapping {tucson}/business-licence.mapping.toml -c li"
    command(app, "import", example=example, panel=ISSUING)(import_register)
    command(app, "approve", example="onceledger approve 1 --reviewer wang", panel=ISSUING)(approve)
    command(app, "issue", example="onceledger issue --agency tucson.example --type BusinessLicence", panel=ISSUING)(
        issue
    )


def import_register(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSONL or XLSX. 名册文件。")],
    mapping: Annotated[
        Path, typer.Option("--mapping", "-m", metavar="FILE", help="Mapping of columns to claims (TOML). 映射文件。")
    ],
    clerk: Annotated[str, typer.Option("--clerk", "-c", metavar="NAME", help="The officer who brings it in. 经办人。")],
    host: AgencyOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, keep nothing. 只检查不导入。")] = False,
    max_bad_rows: Annotated[
        int | None, typer.Option("--max-bad-rows", min=0, help="Stop beyond so many bad rows. 不合格行上限。")
    ] = None,
    max_bad_percent: Annotated[
        int,
        typer.Option(
            "--max-bad-percent", min=0, max=100, help="Stop beyond so many in a hundred. 不合格行百分比上限。"
        ),
    ] = DEFAULT_PERCENT,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write every refused row as JSON. 逐行报告。")
    ] = None,
) -> None:
    """Bring a register in: good rows become drafts, bad ones are reported and stay out.

    导入名册：合格行成为草稿，不合格行逐行报告并留在外面。
    """
    require_file(file)
    require_file(mapping)
    with session.installation() as inst:
        from issuers.check_rows import Threshold
        from issuers.import_register import ImportReport
        from offices.issuing import import_file, read_mapping

        agency = chosen_agency(inst, host)
        rules = read_mapping(mapping)
        kind = chosen_type(inst, rules.type_name)
        threshold = Threshold(rows=max_bad_rows, percent=max_bad_percent)
        outcome = ImportReport()
        try:
            with session.counting("import.working", count_rows(file)) as advance:
                import_file(
                    *(inst, agency, kind, file, rules),
                    clerk=clerk,
                    dry_run=dry_run,
                    threshold=threshold,
                    progress=advance,
                    report=outcome,
                )
        except OnceledgerError:
            if report is not None and outcome.summary.rows:
                write_report(report, outcome)
            raise
        named = naming(inst, agency, kind)
    if report is not None:
        write_report(report, outcome)
    summary = outcome.summary
    ending = "import.checked" if dry_run else "import.done"
    session.say(
        ending,
        "green",
        rows=summary.rows,
        accepted=summary.accepted,
        refused=summary.refused,
        duplicates=summary.duplicates,
        number=outcome.import_id,
    )
    if outcome.would_stop:
        session.say("import.would-stop", "red")
    show_findings(session, outcome, report)
    again = "next.import-mend" if outcome.would_stop else "next.import-again"
    session.answer(
        {"import": outcome.import_id, "dryRun": dry_run, "wouldStop": outcome.would_stop, **outcome.to_json()},
        next_step=again if dry_run else "next.approve",
        number=outcome.import_id,
        **named,
    )


def approve(
    session: Session,
    number: Annotated[int, typer.Argument(metavar="IMPORT", min=1, help="Number of the import. 导入编号。")],
    reviewer: Annotated[
        str, typer.Option("--reviewer", "-r", metavar="NAME", help="Another officer than the clerk. 复核人。")
    ],
    host: AgencyOption = None,
) -> None:
    """Another officer approves all drafts of an import.

    由经办人以外的人员复核批准一次导入的全部草稿。
    """
    with session.installation() as inst:
        from issuers.approve import approve as approve_import

        agency = chosen_agency(inst, host)
        count = approve_import(records=inst.records, agency_id=agency.agency_id, import_id=number, reviewer=reviewer)
        named = naming(inst, agency)
    session.say("approve.done" if count else "approve.nothing", "green" if count else None, count=count, number=number)
    session.answer({"import": number, "approved": count}, next_step="next.issue", **named)


def issue(session: Session, host: AgencyOption = None, type_name: TypeOption = None) -> None:
    """Sign, seal and store what was approved. Works without a chain.

    签发：签名、加密封存、入库；无需区块链在线。
    """
    with session.installation() as inst:
        from ledger.credential_states import State
        from offices.issuing import issue_approved

        agency = chosen_agency(inst, host)
        kinds = inst.records.types() if type_name is None else [chosen_type(inst, type_name)]
        waiting = {
            kind.type_id: inst.records.count(agency.agency_id, kind.type_id).get(State.APPROVED, 0) for kind in kinds
        }
        issued = {}
        with session.counting("issue.working", sum(waiting.values())) as advance:
            for kind in kinds:
                if waiting[kind.type_id]:
                    issued[kind.name] = issue_approved(inst, agency, kind, progress=advance)
    total = sum(issued.values())
    session.say("issue.done" if total else "issue.nothing", "green" if total else None, count=total)
    session.answer(
        {"agency": agency.agency_id, "issued": total, "types": issued},
        next_step="next.anchor" if total else "next.status",
    )
