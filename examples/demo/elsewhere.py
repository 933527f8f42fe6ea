"""The other process: a folder of copied files, and a verifier started in it that has nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from examples.demo.folder import ROOT, DemoFailed
from examples.demo.offline_guard import BROKEN

ALLOWED: Final = ["ledger", "verifiers"]
"""Packages of the product that the verifying process may have loaded, and no stranger among them."""

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Job:
    """See ``verify_offline``, whose names these are: files are relative to the verifier's folder."""

    name: str
    bundles: list[str]
    trustPack: str = "trust-pack.json"
    statusPack: str | None = "status.pack"
    pinnedRoot: str = "trust-root.json"
    newestSeen: str | None = None
    asOf: str | None = None
    maxStatusAge: int | None = None
    leaves: bool = False


@dataclass(slots=True)
class Answer:
    """What the other process said to one job: a line per bundle by its name, and what is wrong with the pack."""

    problem: str | None = None
    seconds: float = 0.0
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Bundles by result, and invalid ones by their reason."""
        found = Counter(line["result"] for line in self.lines.values())
        found.update("+".join(line["objections"]) for line in self.lines.values() if line["objections"])
        return dict(found.most_common())

    def must_be(self, expected: Mapping[str, Iterable[str]], what: str) -> None:
        """Every bundle has exactly the objections expected of it, and those without any are valid.

        Raises DemoFailed with the first that differ.
        """
        if self.problem is not None:
            raise DemoFailed(f"{what}: the trust pack was refused, {self.problem}")
        if expected.keys() != self.lines.keys():
            raise DemoFailed(f"{what}: {len(expected)} bundles were given and {len(self.lines)} answered for")
        wrong = []
        for name, codes in expected.items():
            line = self.lines[name]
            wanted = sorted(codes)
            if line["objections"] != wanted or (not wanted and line["result"] != "valid"):
                wrong.append(f"{name}: {line['result']} {line['objections']}, expected {wanted or 'valid'}")
        if wrong:
            raise DemoFailed(f"{what}: {len(wrong)} answers differ. " + "; ".join(wrong[:_SHOWN]))


class Elsewhere:
    """A verifier's folder, and the process that works in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._prove_guard()

    def bring(self, source: Path, name: str) -> None:
        """Copy a file or a folder here; what was there under the name is replaced or added to."""
        target = self.folder / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def put(self, name: str, content: bytes) -> None:
        """Write a file here."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def verify(self, jobs: list[Job], progress: Callable[[int], None] = lambda _: None) -> dict[str, Answer]:
        """Start the process, have it do ``jobs``, and return its answers by job. Raises DemoFailed if it fails, leaves
        something out, or had more of the product loaded than a verifier needs."""
        (self.folder / "jobs.json").write_text(json.dumps([asdict(job) for job in jobs]), encoding="utf-8")
        answers = {job.name: Answer() for job in jobs}
        done, loaded = set(), None
        with self._start("jobs.json", stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for text in process.stdout:
                line = json.loads(text)
                if "loaded" in line:
                    loaded = line["loaded"]
                elif "bundle" in line:
                    answers[line["job"]].lines[line["bundle"]] = line
                    progress(1)
                else:
                    answers[line["job"]].problem, answers[line["job"]].seconds = line["problem"], line["seconds"]
                    done.add(line["job"])
        if process.returncode or done != answers.keys():
            raise DemoFailed(f"The verifying process ended with code {process.returncode} before it was done.")
        if loaded != ALLOWED:
            raise DemoFailed(f"The verifying process had loaded {loaded}.")
        return answers

    def _prove_guard(self) -> None:
        """A guard that nobody saw at work proves nothing."""
        with self._start("--try-the-network", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            code = process.wait()
        if code != BROKEN:
            raise DemoFailed(f"The verifying process could try the network (exit code {code}).")

    def _start(self, argument: str, *, stdout: int, stderr: int | None = None) -> subprocess.Popen[str]:
        # Nothing of this process' environment: no settings, no passphrase.
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "examples.demo.verify_offline", argument],
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **kept},
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )
