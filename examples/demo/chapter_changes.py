"""Chapter 5: what happens to certificates after they were issued, and what verifiers say then."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from adapters.bootstrap import Installation
from examples.demo import changes, issuing, papers
from examples.demo.changes import Change, Chosen
from examples.demo.elsewhere import Answer, Job
from examples.demo.folder import DemoFailed
from examples.demo.papers import Paper
from examples.demo.run import Run
from offices import evidence
from offices import issuing as office_issuing

A_DAY_BEFORE: Final = date(2025, 6, 30)
"""The day in the past that is asked about: some certificates were valid then and are not any more, some not yet."""


def change(run: Run, inst: Installation) -> None:
    """Hold, resume, revoke, void, supersede; verify in between and afterwards."""
    story, folder = run.story, run.folder
    story.chapter("五、吊销、暂停、更正、作废", "5. Revoked, held, superseded, voided")
    before = datetime.fromtimestamp(inst.chain.head().time, UTC)
    changes.next_second()
    chosen = [
        changes.choose_of_register(run.papers["tucson"], run.random),
        changes.choose_of_people(run.papers["chinese"], run.random),
    ]
    held = _hold(run, inst, chosen)
    during = changes.next_second()
    changes.next_second()
    with story.step(
        "恢复 2 份；吊销 10 份；作废 2 份；更正 2 份", "2 resumed, 10 revoked, 2 voided, 2 corrected"
    ) as step:
        run.changes = changes.resume_and_change(inst, chosen, held)
        offices = list(run.offices.values())
        for office in offices:
            for type_row in office.types.values():
                office_issuing.issue_approved(inst, office.row, type_row)
        step.note = (
            f"{len(run.changes)} 份，经办复核如前 · {len(run.changes)} certificates, clerk and reviewer as before"
        )
    later = issuing.Outcome()
    issuing.anchor_and_publish(story, inst, offices, later)
    run.sets["corrections"] = later
    corrected = papers.write_bundles(inst, later.batches, folder.refreshed, lambda _: None)
    folder.status_after.write_bytes(evidence.status_pack_of(inst))
    changed = [change.paper for change in run.changes]
    with story.step("持有人更新证明材料", "Holders refresh their bundles") as step:
        papers.refresh_bundles(inst, changed, folder.bundles, folder.refreshed)
        step.note = f"更新 {len(changed)}，新增 {len(corrected)} · {len(changed)} refreshed, {len(corrected)} new"
    run.elsewhere.bring(folder.refreshed, "refreshed")
    run.elsewhere.bring(folder.status_after, "status.pack")
    _verify_again(run, corrected, before, during)


def _hold(run: Run, inst: Installation, chosen: list[Chosen]) -> list[Change]:
    with run.story.step("暂停 2 份，公布", "2 held, lists published") as step:
        held = changes.hold(inst, chosen)
        for office in run.offices.values():
            office_issuing.publish_lists(inst, office.row)
        run.folder.status_held.write_bytes(evidence.status_pack_of(inst))
        run.elsewhere.bring(run.folder.status_held, "status-held.pack")
        step.note = ", ".join(change.paper.type_name for change in held)
    expected = changes.expectations(run.all_papers, held, datetime.now(UTC))
    run.verified(
        "核验：暂停期间",
        "Verified while held",
        [(Job("while held", ["bundles"], statusPack="status-held.pack"), expected)],
    )
    return held


def _verify_again(run: Run, corrected: list[Paper], before: datetime, during: datetime) -> None:
    now = datetime.now(UTC)
    everybody, changed = run.all_papers, [change.paper for change in run.changes]
    expect = changes.expectations
    answers = run.verified(
        "再次核验，并按过去日期核验",
        "Verified again, and as of dates before",
        [
            (Job("now, new status pack", ["bundles"]), expect(everybody, run.changes, now)),
            (Job("as of before", ["bundles"], asOf=before.isoformat()), expect(everybody, run.changes, before)),
            (Job("as of the hold", ["bundles"], asOf=during.isoformat()), expect(everybody, run.changes, during)),
            (
                Job(f"as of {A_DAY_BEFORE}", ["bundles"], asOf=A_DAY_BEFORE.isoformat()),
                expect(everybody, run.changes, A_DAY_BEFORE),
            ),
            (
                Job("refreshed, no status pack", ["refreshed"], statusPack=None, leaves=True),
                expect([*changed, *corrected], run.changes, now),
            ),
        ],
    )
    _check_successors(run, corrected, answers)


def _check_successors(run: Run, corrected: list[Paper], answers: dict[str, Answer]) -> None:
    """The old one names its successor, whether the verifier knows from the status pack or from the bundle."""
    refreshed = answers["refreshed, no status pack"].lines
    leaves = {paper.row.supersedes: refreshed[f"refreshed/{paper.name}"]["leaf"] for paper in corrected}
    superseded = [change.paper for change in run.changes if change.reason == "superseded"]
    for paper in superseded:
        for folder, job in (("refreshed", "refreshed, no status pack"), ("bundles", "now, new status pack")):
            told = answers[job].lines[f"{folder}/{paper.name}"]["successor"]
            if told is None or told != leaves.get(paper.row.credential_pk):
                raise DemoFailed(f"{paper.name} names {told} as its successor in the job {job}.")
    if len(superseded) != len(corrected):
        raise DemoFailed(f"{len(superseded)} were superseded by {len(corrected)} corrected ones.")
    run.story.say("被取代的旧证照指明其更正后的新证照", "Each superseded certificate names the corrected one")
