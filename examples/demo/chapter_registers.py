"""Chapters 2 and 3: a real register, and eight of synthetic people."""

from __future__ import annotations

from adapters.bootstrap import Installation
from examples.demo import issuing, registers
from examples.demo.folder import DemoFailed
from examples.demo.run import Run


def bring_in_and_issue(run: Run, inst: Installation) -> None:
    """From the clerk's desk to the published lists."""
    story, work, offices = run.story, run.folder.work, run.offices
    story.chapter("二、真实名册：图森市营业许可", "2. A real register: the business licences of Tucson")
    tucson = registers.tucson(offices, work, run.size.rows)
    what = ("试导入（不保存）", "Dry run: nothing is kept")
    tried = issuing.dry_run(story, inst, [tucson], *what)
    run.sets["tucson"] = issuing.issue_set(story, inst, [tucson], ("名册", "the register"))
    if (tried.accepted, tried.refused) != (run.sets["tucson"].accepted, run.sets["tucson"].refused):
        raise DemoFailed("The dry run said otherwise than the import.")
    story.chapter("三、八种中国证照：合成人口", "3. Eight Chinese certificates, of synthetic people")
    with story.step("由固定种子生成合成名册", "Synthetic registers made from a fixed seed") as step:
        chinese = registers.chinese(offices, work, run.size.people, run.size.seed)
        step.note = (
            f"{len(chinese)} 份名册，各 {run.size.people} 人，均为虚构 · "
            f"{len(chinese)} registers of {run.size.people}; nobody in them exists"
        )
    as_csv = registers.permits_as_csv(offices, work, run.size.people)
    again = ("试导入（不保存；居住证另以 CSV 再试）", "Dry run: nothing is kept; the permits once more, as CSV")
    tried = issuing.dry_run(story, inst, [*chinese, as_csv], *again)
    if tried.refused:
        raise DemoFailed(f"{tried.refused} synthetic rows would be refused: {tried.findings}")
    run.sets["chinese"] = issuing.issue_set(story, inst, chinese, ("八份名册", "eight registers (JSONL, XLSX)"))
