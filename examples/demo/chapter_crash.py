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
    """A batch killed at chosen places, others at random moments; then everything is counted."""
    run.story.chapter("七、第二批中途 kill -9", "7. kill -9 in the middle of a second batch")
    drill = crash.Drill()
    first, later = run.size.second
    start = run.size.people
    chosen = run.further(witnesses.STEM, start, first)
    by_chance = [
        run.further(witnesses.STEM, start + first + number * later, later) for number in range(crash.RANDOM_KILLS)
    ]
    with open_installation(run.settings) as inst:
        before = inst.chain.head().number
        issuing.bring_in_and_approve(inst, chosen)
    with crash.SecondBatch(run.settings, chosen, drill) as process:
        with run.story.step("在选定之处杀死进程", "Killed at chosen places", total=len(crash.PLACES)) as step:
            for _, en, place in crash.PLACES:
                process.killed_at(en, place)
                step.advance()
            step.note = (
                f"{len(crash.PLACES)} 次，批次 {first:,} 份 · "
                f"{len(crash.PLACES)} times, in a batch of {first:,} certificates"
            )
        with run.story.step("在随机时刻杀死进程", "Killed at random moments", total=crash.RANDOM_KILLS) as step:
            killed = 0
            # What the one before left lying about is there when the next register comes in.
            for register, seconds in zip(by_chance, crash.random_moments(run.random), strict=True):
                with open_installation(run.settings) as inst:
                    issuing.bring_in_and_approve(inst, register)
                killed += process.killed_after(seconds)
                step.advance()
            step.note = f"{killed} 次，批次 {later:,} 份 · {killed} times, in batches of {later:,} certificates"
        with run.story.step("再次启动，自行完成", "Started once more, it ends by itself") as step:
            process.finish()
            step.note = f"共启动 {drill.starts} 次 · {drill.starts} starts in all"
    with open_installation(run.settings) as inst:
        _count(run, inst, [chosen, *by_chance], before, drill)


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
        step.note = (
            f"证照 {count.credentials:,} 份、根 {count.events} 个，各一次 · "
            f"{count.credentials:,} certificates once each, {count.events} roots once each"
        )
    run.sets["second"] = issuing.Outcome(issued=count.credentials, batches=batches)
    run.crash = {
        "starts": drill.starts,
        "kills": drill.kills,
        "credentials": count.credentials,
        "rootsAnchored": count.events,
        "batches": count.batches,
        "bundles": count.bundles,
    }
