"""Chapter 7: ``kill -9`` in the middle of a second batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.bootstrap import Installation, open_installation
from examples.demo import changes, crash, issuing, papers, witnesses
from examples.demo.elsewhere import Job
from examples.demo.registers import RegisterFile
from examples.demo.run import Run
from offices import evidence


def kill_again_and_again(run: Run) -> None:
    """A batch killed at chosen places, another one at random moments; then everything is counted."""
    run.story.chapter("七、第二批中途 kill -9", "7. kill -9 in the middle of a second batch")
    drill = crash.Drill()
    first, second = run.size.second
    chosen = run.further(witnesses.STEM, run.size.people, first)
    by_chance = run.further(witnesses.STEM, run.size.people + first, second)
    with open_installation(run.settings) as inst:
        before = inst.chain.head().number
    _bring_in(run, chosen)
    with (
        run.story.step("在选定之处杀死进程", "Killed at chosen places", total=len(crash.PLACES) + 1) as step,
        crash.SecondBatch(run.settings, chosen, drill) as process,
    ):
        for _, en, place in crash.PLACES:
            process.killed_at(en, place)
            step.advance()
        process.finish()
        step.note = f"{len(crash.PLACES)} times, then it ended by itself: {first:,} certificates"
    _bring_in(run, by_chance)
    with (
        run.story.step("在随机时刻杀死进程", "Killed at random moments", total=crash.RANDOM_KILLS + 1) as step,
        crash.SecondBatch(run.settings, by_chance, drill) as process,
    ):
        killed = 0
        for seconds in crash.random_moments(run.random, run.size.longest):
            killed += process.killed_after(seconds)
            step.advance()
        process.finish()
        step.note = f"{killed} times, then it ended by itself: {second:,} certificates"
    with open_installation(run.settings) as inst:
        _count(run, inst, [chosen, by_chance], before, drill)


def _bring_in(run: Run, register: RegisterFile) -> None:
    with run.story.step("导入并批准第二批", "The second batch imported and approved") as step:
        with open_installation(run.settings) as inst:
            count = issuing.bring_in_and_approve(inst, register)
        step.note = f"{count:,} drafts"


def _count(run: Run, inst: Installation, registers: Sequence[RegisterFile], before: int, drill: crash.Drill) -> None:
    story, folder = run.story, run.folder.work / "second"
    folder.mkdir()
    office = registers[0].office.row
    batches = [one for one in inst.records.batches(office.agency_id) if (one.block_number or before + 1) > before]
    total = sum(register.rows for register in registers)
    with story.step("写出第二批的证明材料", "Bundles of the second batch", total=total) as step:
        second = papers.write_bundles(inst, batches, folder, step.advance)
        run.elsewhere.bring(folder, "second")
        run.elsewhere.put("status-second.pack", evidence.status_pack_of(inst))
    job = Job("second batch", ["second"], trustPack="trust-pack-2.json", statusPack="status-second.pack")
    expected = changes.expectations(second, [], datetime.now(UTC))
    run.verified("核验第二批", "The second batch verified", [(job, expected)])
    with story.step("对账：链上事件、数据库、证明材料", "Counted: chain, database, bundles") as step:
        count = witnesses.count(inst, registers, batches, second, folder, before)
        step.note = f"{count.credentials:,} certificates once each, {count.events} roots once each"
    run.sets["second"] = issuing.Outcome(issued=count.credentials, batches=batches)
    run.crash = {
        "starts": drill.starts,
        "kills": drill.kills,
        "credentials": count.credentials,
        "rootsAnchored": count.events,
        "batches": count.batches,
        "bundles": count.bundles,
    }
