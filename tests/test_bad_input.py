"""What bad input gets: one table of cases, each a named test at every door through which it can come.

At the command line: cause, cure and code on standard error, exit code 1 for what is refused, 2 for wrong usage, 3 for
what could not be checked or done now. Over HTTP: a problem document with its status; a bad certificate is a verdict.
And nothing half-written.

A case "a port in use" is ``test_a_port_in_use``, with further doors and kinds behind two underscores.
"""

from __future__ import annotations

import re
from types import ModuleType

import test_bad_input_bundles
import test_bad_input_lists
import test_bad_input_places
import test_bad_input_registers

CASES = {
    test_bad_input_registers: (
        "a file that is not UTF-8",
        "a header that does not match the mapping",
        "an empty file",
        "a duplicate business number",
        "a date that does not exist",
        "a float where signed data must not have one",
        "a value too long",
        "a schema that is not a schema",
    ),
    test_bad_input_bundles: (
        "a bundle of 1 GB",
        "a JSON bomb nested 100,000 deep",
        "a proof with a repeated or reordered field",
        "a non-canonical signature",
        "a key of small order",
        "a negative index",
    ),
    test_bad_input_lists: ("a status list that inflates to gigabytes",),
    test_bad_input_places: (
        "a full disk",
        "a read-only folder",
        "a port in use",
        "a database of a newer version",
    ),
}


def named_in(module: ModuleType) -> set[str]:
    return {name.partition("__")[0] for name in vars(module) if name.startswith("test_")}


def test_every_case_is_a_test_and_every_test_a_case() -> None:
    for module, cases in CASES.items():
        assert named_in(module) == {"test_" + re.sub(r"[^a-z0-9]+", "_", case.lower()) for case in cases}


def test_both_doors_are_tried_where_the_case_can_come_through_both() -> None:
    over_http = {name.partition("__")[0] for module in CASES for name in vars(module) if "__over_http" in name}
    assert over_http == {name for module in CASES for name in named_in(module)}
