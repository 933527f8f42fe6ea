"""From registers to anchored certificates: dry run, import, four eyes, issue, anchor, publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.table import Table

from adapters.bootstrap import Installation
from examples.demo.folder import DemoFailed
from examples.demo.founding import Office
from examples.demo.registers import RegisterFile
from examples.demo.story import Story
from issuers.approve import approve
from issuers.import_register import ImportReport
from ledger.errors import NotPermitted
from ledger.label import Label
from ledger.records import BatchRow, PublicationRow
from offices import issuing

CLERK: Final = "clerk-li"
REVIEWER: Final = "reviewer-wang"

_REPEATS: Final = Label("与前面某行相同", "It repeats an earlier row.")


@dataclass(slots=True)
class Outcome:
    """What came of a set of registers. ``findings`` counts refused rows under (column, rule, zh, en)."""

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    issued: int = 0
    findings: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    batches: list[BatchRow] = field(default_factory=list)
    publications: list[PublicationRow] = field(default_factory=list)

    def add(self, report: ImportReport) -> None:
        """Count an import in."""
        summary = report.summary
        self.rows += summary.rows
        self.accepted += summary.accepted
        self.refused += summary.refused
        self.duplicates += summary.duplicates
        for row in report.refused:
            for found in row.findings:
                # Which row it repeats is for the clerk's report; here rows are counted by reason.
                reason = _REPEATS if found.first_row else found.reason
                self.findings[found.column or "", found.rule, reason.zh, reason.en] += 1

    def to_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "refused": self.refused,
            "duplicates": self.duplicates,
            "refusedBecause": [
                {"column": column, "rule": rule, "zh": zh, "en": en, "rows": count}
                for (column, rule, zh, en), count in self.findings.most_common()
            ],
            "issued": self.issued,
        }


def dry_run(story: Story, inst: Installation, registers: Sequence[RegisterFile], zh: str, en: str) -> Outcome:
    """What an import would do; nothing is kept."""
    outcome = Outcome()
    with story.step(zh, en, total=sum(register.rows for register in registers)) as step:
        for register in registers:
            outcome.add(_bring_in(inst, register, step.advance, dry_run=True))
        step.note = (
            f"可接受 {outcome.accepted:,}，退回 {outcome.refused} · "
            f"{outcome.accepted:,} would be accepted, {outcome.refused} refused"
        )
    if outcome.findings:
        table = Table(box=None, padding=(0, 2), header_style="bright_black")
        for heading in ("列 column", "规则 rule", "行数 rows", "原因 reason"):
            table.add_column(heading, justify="right" if "rows" in heading else "left", overflow="fold")
        for (column, rule, told_zh, told_en), count in outcome.findings.most_common():
            table.add_row(column or "(whole row)", rule, str(count), f"{told_zh}\n{told_en}")
        story.show(table)
    return outcome


def issue_set(story: Story, inst: Installation, registers: Sequence[RegisterFile], what: tuple[str, str]) -> Outcome:
    """Everything from the clerk's desk to the published lists, register by register."""
    outcome, (zh, en) = Outcome(), what
    total = sum(register.rows for register in registers)
    imports = []
    with story.step(f"经办人导入{zh}", f"A clerk imports {en}", total=total) as step:
        for register in registers:
            report = _bring_in(inst, register, step.advance)
            outcome.add(report)
            imports.append((register, report.import_id))
        step.note = (
            f"接受 {outcome.accepted:,} 份草稿，退回 {outcome.refused} · "
            f"{outcome.accepted:,} accepted as drafts, {outcome.refused} refused"
        )
    with story.step("另一人复核批准", "A reviewer, who is somebody else, approves") as step:
        for register, import_id in imports:
            _approve(inst, register.office, import_id)
        step.note = "不得批准自己的导入 · approving one's own import: approve.same-person"
    with story.step("签发：签名、封存、存储", "Issued: signed, sealed, stored", total=outcome.accepted) as step:
        for register in registers:
            outcome.issued += issuing.issue_approved(
                inst, register.office.row, register.type_row, progress=step.advance
            )
        step.note = f"{outcome.issued:,} 份 certificates"
    anchor_and_publish(story, inst, [register.office for register in registers], outcome)
    return outcome


def anchor_and_publish(story: Story, inst: Installation, offices: Sequence[Office], outcome: Outcome) -> None:
    """Batches go out, lists are published; both are added to ``outcome``."""
    distinct = list({office.key: office for office in offices}.values())
    with story.step("批次存证：打乱、补足", "Batches anchored, shuffled and padded", total=len(distinct)) as step:
        made: list[BatchRow] = []
        for office in distinct:
            made += issuing.anchor_pending(inst, office.row)
            step.advance()
        _all_anchored(made)
        outcome.batches += made
        padding = sum(batch.size - batch.credentials for batch in made)
        gas = sorted({batch.gas_used for batch in made if batch.gas_used})
        cost = f"{gas[0]:,}" if len(gas) == 1 else f"{gas[0]:,} to {gas[-1]:,}"
        step.note = (
            f"根 {len(made)}，补足叶 {padding}，各 gas · "
            f"roots: {len(made)}, padding leaves: {padding}, gas of each: {cost}"
        )
    with story.step("公布状态列表", "Status lists published", total=len(distinct)) as step:
        for office in distinct:
            outcome.publications += issuing.publish_lists(inst, office.row)
            step.advance()
        step.note = f"列表 lists: {len(outcome.publications)}, 容量 of {inst.settings.list_size:,} entries"


def bring_in_and_approve(inst: Installation, register: RegisterFile) -> int:
    """Import and approve without a word; returns how many drafts. Raises DemoFailed if a row is refused."""
    report = _bring_in(inst, register, lambda _: None)
    if report.summary.refused:
        raise DemoFailed(f"{report.summary.refused} synthetic rows were refused: {report.refused[0].findings}")
    _approve(inst, register.office, report.import_id)
    return report.summary.accepted


def _bring_in(
    inst: Installation, register: RegisterFile, progress: Callable[[int], None], *, dry_run: bool = False
) -> ImportReport:
    return issuing.import_file(
        inst,
        register.office.row,
        register.type_row,
        register.file,
        issuing.read_mapping(register.mapping),
        clerk=CLERK,
        dry_run=dry_run,
        progress=progress,
    )


def _approve(inst: Installation, office: Office, import_id: int | None) -> None:
    assert import_id is not None, "a dry run has nothing to approve"
    agency_id = office.row.agency_id
    try:
        approve(records=inst.records, agency_id=agency_id, import_id=import_id, reviewer=CLERK)
    except NotPermitted as refused:
        if refused.code != "approve.same-person":
            raise
    else:
        raise DemoFailed("A clerk approved her own import.")
    approve(records=inst.records, agency_id=agency_id, import_id=import_id, reviewer=REVIEWER)


def _all_anchored(batches: Sequence[BatchRow]) -> None:
    for batch in batches:
        if batch.state != "anchored":
            raise DemoFailed(f"Batch {batch.batch_id} is {batch.state}: {batch.refusal}")
