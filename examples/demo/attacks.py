"""Attacks are made here and there, and judged in one place: by the other process, against ``expected``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from examples.demo.elsewhere import Answer, Elsewhere, Job
from examples.demo.expected import NEVER, REFUSED, Expected
from examples.demo.folder import DemoFailed, Folder
from ledger.errors import Conflict


@dataclass(frozen=True, slots=True)
class Judged:
    """An attack and what caught it. ``name`` of the step is that of the verification sequence."""

    expected: Expected
    verdict: str
    step: int | None
    codes: tuple[str, ...]
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "attack": self.expected.key,
            "zh": self.expected.zh,
            "en": self.expected.en,
            "kind": self.expected.kind,
            "verdict": self.verdict,
            "step": self.step,
            "codes": list(self.codes),
            **({"problem": self.problem} if self.problem else {}),
            "asExpected": True,
        }


class Attacks:
    """Collects the attempts of one family, each under its key in ``expected``."""

    def __init__(self, elsewhere: Elsewhere, folder: Folder, expected: Sequence[Expected]) -> None:
        self._elsewhere = elsewhere
        self._folder = folder
        self._expected = {one.key: one for one in expected}
        self._jobs: list[Job] = []
        self._refusals: dict[str, str] = {}

    def show(self, key: str, bundle: bytes, **holdings: Any) -> None:
        """Show a bundle to the verifier; ``holdings`` are what it holds otherwise than usual (see ``Job``)."""
        self._check(key)
        name = f"attacks/{key}.bundle.json"
        self._elsewhere.put(name, bundle)
        (self._folder.attacks / f"{key}.bundle.json").write_bytes(bundle)
        self._jobs.append(Job(key, [name], **holdings))

    def hand_over(self, name: str, content: bytes) -> str:
        """Give the verifier a file to hold; returns its name there."""
        self._elsewhere.put(f"attacks/{name}", content)
        (self._folder.attacks / name).write_bytes(content)
        return f"attacks/{name}"

    def refused(self, key: str, attempt: Callable[[], object]) -> None:
        """Try what a contract must refuse, and keep by which of its errors it did."""
        try:
            attempt()
        except Conflict as refused:
            self.note(key, str(refused.detail.get("name") or refused.code))
        else:
            self.note(key, "nothing")

    def note(self, key: str, why: str) -> None:
        """An attempt to do something ended this way, before there was anything to verify."""
        self._check(key)
        self._refusals[key] = why

    def judge(self) -> list[Judged]:
        """Have all of them verified. Raises DemoFailed when one met another answer than it must, or was not made."""
        answers = self._elsewhere.verify(self._jobs)
        found = [self._found(one, answers) for one in self._expected.values()]
        wrong = [judged for judged in found if not _as_expected(judged)]
        if wrong:
            told = "; ".join(
                f"{one.expected.key}: {one.verdict}, step {one.step}, {list(one.codes)} {one.problem or ''}"
                for one in wrong
            )
            raise DemoFailed(f"{len(wrong)} attacks met another answer than they must. {told}")
        return found

    def _found(self, expected: Expected, answers: dict[str, Answer]) -> Judged:
        if expected.key in self._refusals:
            verdict = NEVER if expected.verdict == NEVER else REFUSED
            return Judged(expected, verdict, None, (self._refusals[expected.key],), None)
        if expected.key not in answers:
            raise DemoFailed(f"The attack {expected.key} was never made.")
        answer = answers[expected.key]
        (line,) = answer.lines.values()
        objections = [line["decisive"], *(code for code in line["objections"] if code != line["decisive"])]
        codes = tuple(objections) if line["objections"] else ()
        return Judged(expected, line["result"], line["step"], codes, answer.problem)

    def _check(self, key: str) -> None:
        if key not in self._expected or key in self._refusals or any(job.name == key for job in self._jobs):
            raise DemoFailed(f"The attack {key} is not expected, or was made twice.")


def _as_expected(judged: Judged) -> bool:
    expected = judged.expected
    return (judged.verdict, judged.step, judged.problem) == (expected.verdict, expected.step, expected.problem) and (
        judged.codes[:1],
        sorted(judged.codes),
    ) == (expected.codes[:1], sorted(expected.codes))
