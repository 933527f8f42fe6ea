"""``onceledger find``, and the same question over HTTP: versions, states, links in both directions."""

from __future__ import annotations

import json
from pathlib import Path

from api_client import NUMBERS as PERMITS
from api_client import TYPE, opened, serving
from cli_office import office_files, shared_files
from refusals import refused

from api.tokens import Role


def test_a_number_is_found_with_its_state_and_never_repeated() -> None:
    files = shared_files()
    told = files.run("find", "--json", stdin=b"N-1\n\nN-0\n")
    assert told.code == 0
    assert [one["row"] for one in told.json["found"]] == [1, 3]
    (version,) = told.json["found"][1]["versions"]
    assert (version["version"], version["state"], version["batch"]) == (1, "anchored", 1)
    assert (version["supersedes"], version["supersededBy"]) == (None, None)
    assert version["id"].startswith("urn:uuid:")
    shown = files.run("find", stdin=b"N-1\nN-0\n", language="zh").out
    assert shown.count("已存证") == 2
    assert "长期" in shown
    assert "N-" not in told.out + shown


def test_a_number_that_nobody_bears_is_told_by_its_line(tmp_path: Path) -> None:
    files = shared_files()
    (tmp_path / "n.txt").write_text("N-1\nNOBODY\n")
    told = files.run("find", "--file", tmp_path / "n.txt")
    assert told.code == 1
    assert "No certificate for these lines: 2 (1 in all)." in told.out
    assert "NOBODY" not in told.out + told.err
    assert files.run("find", "--file", tmp_path / "n.txt", "--json").json["found"][1] == {"row": 2, "versions": []}
    refused(files.run("find", stdin=b"\n"), "numbers.none", 1)
    refused(files.run("find", "--file", tmp_path / "none"), "usage.no-such-file", 2)


def test_numbers_are_no_arguments() -> None:
    assert shared_files().run("find", "N-1").code == 2


def test_links_show_both_ways_once_the_successor_is_anchored(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    correction = json.dumps({"businessNumber": "N-0", "changes": {"kind": "b"}}).encode()
    number = files.run("supersede", "--clerk", "li", "--json", stdin=correction).json["import"]

    def links() -> list[tuple[str, int | None, int | None]]:
        (found,) = files.run("find", "--json", stdin=b"N-0").json["found"]
        return [(one["state"], one["supersedes"], one["supersededBy"]) for one in found["versions"]]

    assert links() == [("anchored", None, None), ("draft", 1, None)]
    for command in (("approve", str(number), "--reviewer", "wang"), ("issue",), ("anchor",)):
        assert files.run(*command).code == 0
    assert links() == [("superseded", None, 2), ("anchored", 1, None)]


def test_the_same_over_http(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        client.issue()
        client.anchor()
        which = {"type": TYPE, "business_number": PERMITS[0]}
        changes = {"activity": "街头绘画"}
        drafted = client.post("/agencies/1/corrections", Role.CLERK, json=which | {"changes": changes})
        number = drafted.json()["import"]
        client.post(f"/agencies/1/imports/{number}/approve", Role.REVIEWER)
        client.post("/agencies/1/issue", Role.CLERK, json={"type": TYPE})
        client.anchor()
        found = client.post("/agencies/1/credentials", Role.AUDITOR, json=which).json()["versions"]
        assert [(one["state"], one["supersedes"], one["superseded_by"]) for one in found] == [
            ("superseded", None, 2),
            ("anchored", 1, None),
        ]
