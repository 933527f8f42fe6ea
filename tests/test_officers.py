"""Four eyes are two people: a name that is spelled differently is still the same name."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_office import Files, office_files
from test_bad_input_registers import mapping_of

from issuers.officers import is_same_officer, officer_name
from ledger.errors import MalformedInput

OTHER_SPELLINGS = ["li", "LI", "li ", " Li", "\uff4c\uff49", "\uff2c\uff29\u3000"]
"""Case, blanks, full-width letters and blanks."""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return office_files(tmp_path / "office")


def _import(files: Files, folder: Path, clerk: str, *more: str) -> tuple[int, str]:
    register, mapping = folder / "r.csv", mapping_of(folder, number="{}", fullName="{}")
    register.write_text("number,fullName\nB-1,张三\n", "utf-8")
    told = files.run("import", register, "--mapping", mapping, "--clerk", clerk, "--json", *more)
    return told.code, told.out if told.code == 0 else told.problem["code"]


def test_another_spelling_is_no_other_person(files: Files, tmp_path: Path) -> None:
    assert _import(files, tmp_path, "li")[0] == 0
    for reviewer in OTHER_SPELLINGS:
        told = files.run("approve", "2", "--reviewer", reviewer, "--json")
        assert (told.code, told.problem["code"]) == (1, "approve.same-person"), reviewer
    assert files.run("approve", "2", "--reviewer", "wang").code == 0


@pytest.mark.parametrize(("one", "other"), [("王　芳", "王 芳"), ("Straße", "STRASSE"), ("e\u0301", "É")])
def test_names_are_compared_as_people_read_them(one: str, other: str) -> None:
    assert is_same_officer(one, other)
    assert not is_same_officer(one, other + "x")


@pytest.mark.parametrize("name", ["", " ", "\u3000", "\u200b", "x" * 65])
def test_nobody_is_nobodys_name(files: Files, tmp_path: Path, name: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        officer_name(name)
    assert caught.value.code == "officer.name"
    correction = '{"businessNumber": "N-0", "changes": {"fullName": "李四"}}'.encode()
    assert _import(files, tmp_path, name) == (1, "officer.name")
    assert _import(files, tmp_path, name, "--dry-run") == (1, "officer.name")
    for command, stdin in (
        (("approve", "1", "--reviewer", name), b""),
        (("supersede", "--clerk", name), correction),
        (("revoke", "--by", name), b"N-0"),
        (("reject", "--import", "1", "--by", name), b""),
    ):
        told = files.run(*command, "--json", stdin=stdin)
        assert (told.code, told.problem["code"]) == (1, "officer.name"), command


def test_what_is_kept_has_no_blanks_around_it(files: Files, tmp_path: Path) -> None:
    assert officer_name(" li ") == "li"
    assert officer_name("王\u3000芳\u3000") == "王 芳"
