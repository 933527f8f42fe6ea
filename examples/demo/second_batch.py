"""Issue, anchor and publish what is approved of one office: a process of its own, made to be killed.

    python -m examples.demo.second_batch AGENCY TYPE

The settings come from the environment. For every line of standard input, ``[]`` or ``["PORT", "METHOD", "WHEN"]``, a
process is started (a fork of this one, which has imported modules and opened nothing) and lines of JSON tell of it:

    {"pid": 4711}  {"stage": "opened"}  {"stage": "issued"}  …  {"stage": "done"}  {"ended": 0}

With a place to stop at, the process says ``waiting`` there and waits for its end: in a call of the port, before it does
anything or after it did everything.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from dataclasses import replace
from typing import Any, cast

from adapters.bootstrap import Installation, open_installation
from adapters.settings import read_settings
from offices import issuing, root


class StopsAt:
    """A port that passes every call on, but for one method, at which it waits to be killed."""

    def __init__(self, port: Any, method: str, when: str) -> None:
        self._port = port
        self._method = method
        self._when = when

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if name != self._method:
            return call

        def stopping(*arguments: Any, **named: Any) -> Any:
            if self._when == "after":
                call(*arguments, **named)
            _tell(stage="waiting")
            while True:
                time.sleep(60)

        return stopping


def main() -> None:
    """Start a process for every line of standard input."""
    host, type_name = sys.argv[1:]
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_born(host, type_name, json.loads(line))
        _, ended = os.waitpid(pid, 0)
        _tell(ended=os.waitstatus_to_exitcode(ended))


def _be_born(host: str, type_name: str, place: list[str]) -> None:
    """The life of the started process."""
    code = 1
    try:
        _tell(pid=os.getpid())
        _work(host, type_name, place)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _work(host: str, type_name: str, place: list[str]) -> None:
    with open_installation(read_settings()) as opened:
        inst = _stopping(opened, *place) if place else opened
        agency, (type_row, _) = root.agency_at(inst, host), root.type_named(inst, type_name)
        _tell(stage="opened")
        issuing.issue_approved(inst, agency, type_row)
        _tell(stage="issued")
        issuing.anchor_pending(inst, agency)
        _tell(stage="anchored")
        issuing.publish_lists(inst, agency, every_list=True)
    _tell(stage="done")


def _stopping(inst: Installation, port: str, method: str, when: str) -> Installation:
    stops = cast(Any, StopsAt(getattr(inst, port), method, when))
    if port == "records":
        return replace(inst, records=stops)
    return replace(inst, blobs=stops) if port == "blobs" else replace(inst, chain=stops)


def _tell(**what: object) -> None:
    # One write, so that a line of the parent never falls into one of the child.
    os.write(1, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    main()
