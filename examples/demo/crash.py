"""``kill -9`` in the middle of a second batch, again and again: at chosen places and at random moments.

Every start is a new process on what the one before left on disk. ``witnesses`` counts what came of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from adapters.settings import Settings
from examples.demo.folder import ROOT, DemoFailed
from examples.demo.registers import RegisterFile

PLACES: Final = (
    ("内容已存储，尚未记账", "sealed content stored, nothing noted", ("blobs", "put_many", "after")),
    ("部分已记账", "a part noted as issued", ("records", "record_issued", "after")),
    ("批次尚未准备", "all issued, tree stored, batch not prepared", ("records", "prepare_batch", "before")),
    ("批次已准备，尚未签署", "batch prepared, no transaction signed", ("records", "prepare_batch", "after")),
    ("交易已签署，尚未发送", "transaction signed and kept, not sent", ("chain", "submit", "before")),
    ("已存证，尚未结算", "sent and in a block, not settled", ("chain", "submit", "after")),
    ("结算之前", "about to settle", ("records", "batch_anchored", "before")),
    (
        "状态列表已准备，尚未公布",
        "settled, status list prepared, not published",
        ("records", "save_publication", "after"),
    ),
    ("公布交易已签署，尚未发送", "publication signed and kept, not sent", ("chain", "submit", "before")),
)
"""Where the process is killed, one after another: each start gets further than the one before. The last one leaves a
signed transaction behind, whose nonce comes before those of the next batch."""

RANDOM_KILLS: Final = 3

_LONGEST: Final = 0.5
"""Seconds after it opened the installation; a thousand certificates and their anchor take longer on most machines."""

_PATIENCE: Final = 120


@dataclass(slots=True)
class Drill:
    """How often the process was started and killed, and where."""

    starts: int = 0
    kills: list[dict[str, Any]] = field(default_factory=list)


class SecondBatch:
    """Starts the process, and ends it."""

    def __init__(self, settings: Settings, register: RegisterFile, drill: Drill) -> None:
        assert settings.passphrase_file is not None, "the run keeps its passphrase in a file"
        self._drill = drill
        self._pid: int | None = None
        self._nursery = subprocess.Popen(
            [
                *(sys.executable, "-m", "examples.demo.second_batch"),
                *(register.office.row.host, register.type_row.name),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "ONCELEDGER_DATA": str(settings.data.resolve()),
                "ONCELEDGER_PASSPHRASE_FILE": str(settings.passphrase_file.resolve()),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def killed_at(self, en: str, place: tuple[str, str, str]) -> None:
        """Start it, let it come to ``place``, kill it there."""
        pid = self._start(*place)
        stage = self._await("waiting")
        os.kill(pid, signal.SIGKILL)
        self._ended(-signal.SIGKILL)
        self._drill.kills.append({"where": en, "after": stage})

    def killed_after(self, seconds: float) -> bool:
        """Start it and kill it so long after it opened the installation; False if it was done by then."""
        pid = self._start()
        self._await("opened")
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        code, stages = self._rest()
        if code == 0:
            return False
        if code != -signal.SIGKILL:
            raise DemoFailed(f"The second batch ended with code {code} after {stages}")
        where = f"random, {seconds:.3f} s after it opened the installation"
        self._drill.kills.append({"where": where, "after": stages[-1] if stages else "opened"})
        return True

    def finish(self) -> None:
        """Start it once more and let it end by itself."""
        self._start()
        code, stages = self._rest()
        if code or stages[-1:] != ["done"]:
            raise DemoFailed(f"The second batch ended with code {code} after {stages}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._nursery.stdin is not None, "it was asked for"
        if error is not None and self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._nursery.stdin.close()
        self._nursery.wait(_PATIENCE)

    def _start(self, *place: str) -> int:
        assert self._nursery.stdin is not None, "it was asked for"
        self._drill.starts += 1
        self._nursery.stdin.write(json.dumps(place) + "\n")
        self._nursery.stdin.flush()
        self._pid = int(self._line()["pid"])
        return self._pid

    def _await(self, wanted: str) -> str:
        """Read until the process says ``wanted``; returns the stage before it."""
        last = "start"
        while "stage" in (line := self._line()):
            if line["stage"] == wanted:
                return last
            last = line["stage"]
        raise DemoFailed(
            f"The second batch ended with code {line['ended']} after {last!r}, and never came to {wanted!r}"
        )

    def _rest(self) -> tuple[int, list[str]]:
        """Exit code (negative: the signal), and the stages until then."""
        stages = []
        while "stage" in (line := self._line()):
            stages.append(line["stage"])
        return line["ended"], stages

    def _ended(self, wanted: int) -> None:
        code, _ = self._rest()
        if code != wanted:
            raise DemoFailed(f"The process ended with {code} instead of being killed.")

    def _line(self) -> dict[str, Any]:
        assert self._nursery.stdout is not None, "it was asked for"
        line = self._nursery.stdout.readline()
        if not line:
            raise DemoFailed("The process that starts the second batch is gone.")
        told: dict[str, Any] = json.loads(line)
        return told


def random_moments(random: Random) -> list[float]:
    """Seconds after which the process is killed."""
    return [random.uniform(0.0, _LONGEST) for _ in range(RANDOM_KILLS)]
