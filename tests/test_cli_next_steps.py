"""The step that a command names runs as it is printed, also where several agencies and types make it say which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from cli_office import Files, Outcome, office_files, run
from office import CHEAP
from small_type import VOCABULARY, as_bytes, definition
from test_bad_input_registers import mapping_of

from adapters import bootstrap

_COMMAND: Final = re.compile(r"onceledger ([^，；：（(,;]+?)(?= 启用| 公布| 用它|，|；|,|;|:| \(|（|$)")


def _type(name: str) -> bytes:
    context = {"@context": definition()["context"]["@context"] | {name: VOCABULARY + name}}
    del context["@context"]["Sample"]
    return as_bytes(definition(name=name, context=context))


def next_command(told: Outcome) -> str:
    """The first command of the line that a command ends with."""
    assert told.code == 0, told.err
    line = told.out.rstrip().splitlines()[-1]
    assert line.startswith("→")
    found = _COMMAND.search(line)
    assert found, line
    return found[1].strip()


@pytest.fixture
def two(tmp_path: Path) -> Files:
    """An office beside the first one, and a second type."""
    files = office_files(tmp_path / "office")
    other = tmp_path / "other.type.json"
    other.write_bytes(_type("Other"))
    assert files.run("agency", "add", "branch.example", "--zh", "分局", "--en", "Branch").code == 0
    assert files.run("type", "add", other).code == 0
    return files


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_step_of_a_second_agency_names_it(two: Files, tmp_path: Path, language: str) -> None:
    def does(*arguments: str | Path, stdin: bytes = b"") -> str:
        return next_command(two.run(*arguments, stdin=stdin, language=language))

    granted = does("accredit", "grant", "branch.example", "--type", "Sample")
    assert granted == "key new --agency branch.example"
    imported = does(*granted.split())
    assert imported == "import FILE --mapping FILE --clerk NAME --agency branch.example"
    register, mapping = tmp_path / "r.csv", mapping_of(tmp_path, number="{}", fullName="{}")
    register.write_text("number,fullName\nB-1,张三\n", "utf-8")
    words = imported.replace("FILE", str(register), 1).replace("FILE", str(mapping), 1).split()
    approved = does(*words)
    assert approved == "approve 2 --reviewer NAME --agency branch.example"
    assert next_command(two.run("status", language=language)).endswith("--agency branch.example")
    issued = does(*approved.replace("NAME", "wang").split())
    assert issued == "issue --agency branch.example"
    assert does(*issued.split()) == "anchor"
    assert does("anchor") == "publish"
    assert does("key", "retire", "2") == "key new --agency branch.example"
    assert does("agency", "sender", "add", "--agency", "branch.example") == (
        "agency sender remove branch.example-sender --agency branch.example"
    )
    correction = b'{"businessNumber":"B-1","changes":{"fullName":"\xe6\x9d\x8e"}}'
    arguments = ("supersede", "--clerk", "li", "--agency", "branch.example", "--type", "Sample")
    assert does(*arguments, stdin=correction) == "approve 3 --reviewer NAME --agency branch.example"


def test_where_there_is_one_the_step_is_short(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert next_command(files.run("key", "retire", "1")) == "key new"
    assert next_command(files.run("key", "new")) == "import FILE --mapping FILE --clerk NAME"


def test_after_the_second_of_two_keys_nothing_is_lacking(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("key", "new").code == 0
    assert next_command(files.run("key", "retire", "1")).startswith("trust-pack make")


def test_an_agency_that_only_accredits_needs_no_key(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    for host in ("ministry.example", "branch.example"):
        assert files.run("agency", "add", host, "--zh", "部", "--en", "Ministry").code == 0
    assert files.run("status", "--json").json["step"] == "make-pack"
    assert files.run("accredit", "grant", "ministry.example", "--may-delegate").code == 0
    assert next_command(files.run("status")) == "key new --agency ministry.example"
    assert files.run("accredit", "grant", "branch.example", "--by", "ministry.example").code == 0
    assert next_command(files.run("status")) == "key new --agency branch.example"
    assert files.run("key", "new", "--agency", "branch.example").code == 0
    told = files.run("status")
    assert "There is no issuing key in force." not in told.out
    assert files.run("status", "--json").json["step"] == "make-pack"


def test_a_right_comes_before_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bootstrap.create_installation.__kwdefaults__, "cost", CHEAP)
    settings = {"data": str(tmp_path / "new"), "passphrase": "eight or more"}
    definition = tmp_path / "t.json"
    definition.write_bytes(_type("Only"))
    for arguments in (
        ("init",),
        ("root", "deploy"),
        ("agency", "add", "a.example", "--zh", "局", "--en", "A"),
        ("type", "add", definition),
    ):
        told = run(*arguments, **settings)
    granted = next_command(told)
    assert granted == "accredit grant a.example --type Only"
    assert next_command(run("status", **settings)) == "accredit grant a.example"
    assert next_command(run(*granted.split(), **settings)) == "key new"


def test_after_a_token_the_service_need_not_be_started_again(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    told = files.run("token", "add", "--role", "clerk", "--name", "li")
    assert "a service that runs already knows the token" in told.out.splitlines()[-1]


def test_of_an_agency_with_one_type_no_type_is_asked(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    other = tmp_path / "other.json"
    other.write_bytes(_type("Other"))
    assert files.run("type", "add", other).code == 0
    assert files.run("find", stdin=b"N-0").code == 0
    assert files.run("verify", "--online", stdin=b"N-0").code == 0
    assert files.run("hold", "--by", "wang", stdin=b"N-0").code == 0
    assert files.run("accredit", "grant", "office.example", "--type", "Other").code == 0
    told = files.run("find", "--json", stdin=b"N-0")
    assert (told.code, told.problem["code"]) == (2, "usage.type-needed")
    assert files.run("accredit", "end", "office.example", "--type", "Sample").code == 0
    assert files.run("find", stdin=b"N-0").code == 2  # it has certificates of the one and may issue the other
