"""``python -m examples.demo``: the whole story, its report and its tables."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from random import Random
from typing import Any

from adapters.bootstrap import open_installation
from examples.chinese.generate import SEED
from examples.demo import chapter_attacks, chapter_changes, chapter_crash, chapter_evidence, chapter_registers, report
from examples.demo.elsewhere import Elsewhere
from examples.demo.folder import DemoFailed, Folder, write_json
from examples.demo.founding import create, found, settings_of
from examples.demo.run import Run, Size
from examples.demo.story import Story, console
from ledger.errors import OnceledgerError

PEOPLE = 200
"""Synthetic records of each type."""


def main() -> int:
    """Exit code: 0 when everything came out as it must, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description="The whole story on real parts.")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder to leave everything in")
    parser.add_argument("--rows", type=int, help="only the first rows of the real register (default: all 7,975)")
    parser.add_argument("--people", type=int, default=PEOPLE, help="synthetic records of each Chinese type")
    parser.add_argument("--seed", type=int, default=SEED, help="of the synthetic people, and of what is left to chance")
    arguments = parser.parse_args()
    if arguments.people < 3 or (arguments.rows is not None and arguments.rows < 20):
        parser.error("the story needs at least 20 rows and 3 people")
    for name in [name for name in os.environ if name.startswith("ONCELEDGER_")]:
        del os.environ[name]  # the run has its own installation, whatever this shell is set up for
    story = Story(console())
    folder = Folder(arguments.out)
    try:
        run = tell(story, folder, Size(arguments.rows, arguments.people, arguments.seed))
        _end(run, {"rows": arguments.rows, "people": arguments.people, "seed": arguments.seed})
    except DemoFailed as failed:
        return _failed(story, str(failed))
    except OnceledgerError as error:
        return _failed(story, f"{error.code}: {error}")
    return 0


def tell(story: Story, folder: Folder, size: Size) -> Run:
    """All chapters. Raises DemoFailed at the first thing that is not as it must be."""
    folder.begin()
    settings = settings_of(folder)
    run = Run(story, folder, size, settings, Random(size.seed), Elsewhere(folder.work / "verifier"))
    story.chapter("一、建立", "1. Founding")
    create(story, settings)
    with open_installation(settings) as inst:
        run.offices = found(story, inst)
        chapter_registers.bring_in_and_issue(run, inst)
        chapter_evidence.hand_out(run, inst)
        chapter_evidence.verify_all(run)
        chapter_changes.change(run, inst)
        chapter_attacks.attack(run, inst)
    chapter_attacks.attack_with_retired_validators(run)
    chapter_crash.kill_again_and_again(run)
    return run


def _end(run: Run, arguments: dict[str, Any]) -> None:
    story, folder = run.story, run.folder
    with open_installation(run.settings) as inst:
        chain = report.chain_json(inst)
        batches = report.batches_json(inst, inst.records.batches(None))
        publications = [row for outcome in run.sets.values() for row in outcome.publications]
        published = report.publications_json(publications)
    folder.end()
    caught = [one for one in run.judged if one.expected.kind == "attack"]
    verified = sum(one["bundles"] for one in run.verifications)
    issued = sum(batch["credentials"] for batch in batches if batch["state"] == "anchored")
    counts = {
        "rows": {name: run.sets[name].to_json() for name in ("tucson", "chinese")},
        "issued": issued,
        "verifications": verified,
        "attacksCaught": len(caught),
        "kills": len(run.crash["kills"]),
    }
    made = {
        **report.head_json(arguments, story),
        "counts": counts,
        "steps": story.steps,
        "batches": batches,
        "publications": published,
        "changes": [
            {"bundle": change.paper.name, "what": change.reason, "since": change.since, "until": change.until}
            for change in run.changes
        ],
        "verifications": run.verifications,
        "attacks": [one.to_json() for one in run.judged],
        "crash": run.crash,
        "chain": chain,
    }
    write_json(folder.report, made)
    story.chapter("八、结果", "8. What came of it")
    report.show_steps(story)
    report.show_attacks(story, run.judged)
    gas = [batch["gas"] for batch in batches if batch["gas"]]
    report.show_totals(
        story,
        {
            "rows of the real register, accepted / refused": (
                "真实名册，接受/退回", f"{run.sets['tucson'].accepted:,} / {run.sets['tucson'].refused}"
            ),
            "synthetic Chinese certificates": ("合成中国证照", f"{run.sets['chinese'].issued:,}"),
            "certificates issued and anchored in all": ("共签发并存证的证照", f"{issued:,}"),
            "verifications by the other process": ("另一进程核验次数", f"{verified:,}"),
            "attacks caught, each by the check expected": ("拦截的攻击", f"{len(caught)}"),
            "kills survived": ("进程被强制终止后恢复", f"{len(run.crash['kills'])}"),
            "blocks, transactions": ("区块、交易", f"{chain['blocks']}, {len(chain['transactions'])}"),
            "gas of an anchor": ("每次存证的 gas", f"{min(gas):,} to {max(gas):,}"),
            "gas in all": ("gas 合计", f"{chain['gas']:,}"),
            "seconds": ("秒", f"{made['seconds']}"),
        },
    )  # fmt: skip
    story.console.print(f"[green]全部符合预期 · Everything came out as it must.[/green] {folder.out}/report.json")


def _failed(story: Story, why: str) -> int:
    story.console.print(f"[bold red]失败 · Failed:[/bold red] {why}", soft_wrap=True, markup=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
