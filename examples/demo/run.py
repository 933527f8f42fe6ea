"""What the chapters of a run hand on to each other, and how they have things verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from adapters.settings import Settings
from examples.demo import issuing, registers
from examples.demo.attacks import Judged
from examples.demo.changes import Change
from examples.demo.elsewhere import Answer, Elsewhere, Job
from examples.demo.folder import Folder
from examples.demo.founding import Office
from examples.demo.papers import Paper
from examples.demo.story import Story


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: ``rows`` of the real register (None: all), ``people`` per synthetic type."""

    rows: int | None
    people: int
    seed: int

    @property
    def is_full(self) -> bool:
        """Whether the whole register is brought in."""
        return self.rows is None

    @property
    def stride(self) -> int:
        """Every so many-th byte of a bundle is altered."""
        return 1 if self.is_full else 13

    @property
    def second(self) -> tuple[int, int]:
        """Certificates of the second batch, which is killed at chosen places, and of each one that is killed at random.
        The former are more than issuing notes at a time, so that it can be killed in between."""
        return (3000, 1000) if self.is_full else (80, 40)


@dataclass(slots=True)
class Run:
    """What the chapters hand on to each other."""

    story: Story
    folder: Folder
    size: Size
    settings: Settings
    random: Random
    elsewhere: Elsewhere
    offices: dict[str, Office] = field(default_factory=dict)
    sets: dict[str, issuing.Outcome] = field(default_factory=dict)
    papers: dict[str, list[Paper]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    verifications: list[dict[str, Any]] = field(default_factory=list)
    crash: dict[str, Any] = field(default_factory=dict)

    @property
    def all_papers(self) -> list[Paper]:
        """Papers of both sets."""
        return [paper for one in self.papers.values() for paper in one]

    def paper(self, type_name: str) -> Paper:
        """A paper of a type that nothing was done to, and whose dates do not matter."""
        changed = {change.paper.name for change in self.changes}
        return next(one for one in self.all_papers if one.type_name == type_name and one.name not in changed)

    def bundle(self, paper: Paper) -> bytes:
        """The bundle that its holder got first."""
        return (self.folder.bundles / paper.name).read_bytes()

    def further(self, stem: str, first: int, count: int) -> registers.RegisterFile:
        """Records of a synthetic register that come after those brought in: ``count`` from number ``first`` on."""
        return registers.further(self.offices, self.folder.work, stem, self.size.seed, first, count)

    def verified(self, zh: str, en: str, jobs: list[tuple[Job, dict[str, set[str]]]]) -> dict[str, Answer]:
        """Have the other process do jobs, and hold its answers against what must come out."""
        with self.story.step(zh, en, total=sum(len(expected) for _, expected in jobs)) as step:
            answers = self.elsewhere.verify([job for job, _ in jobs], step.advance)
            told = []
            for job, expected in jobs:
                answer = answers[job.name]
                answer.must_be({f"{job.bundles[0]}/{name}": codes for name, codes in expected.items()}, job.name)
                told.append((sum(not codes for codes in expected.values()), len(expected), job.name))
                self.verifications.append(
                    {
                        "job": job.name,
                        "asOf": job.asOf,
                        "statusPack": job.statusPack,
                        "seconds": answer.seconds,
                        "bundles": len(answer.lines),
                        "counts": answer.counts(),
                    }
                )
            total = sum(count for _, count, _ in told)
            step.note = f"{total:,} 个结论，均如应有 · {total:,} answers, every one as it must be"
        for valid, count, name in told:
            self.story.say(f"有效 {valid:,} / {count:,}", f"{name}: {valid:,} of {count:,} valid")
        return answers
