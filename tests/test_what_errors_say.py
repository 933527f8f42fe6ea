"""Errors say what is known and what is possible, in both languages alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_office import office_files, run, shared_files

from examples.demo import certificates


@pytest.mark.parametrize(
    ("command", "stdin", "code", "says"),
    [
        (("issue", "--type", "Nothing"), b"", "type.unknown", "Sample"),
        (("issue", "--agency", "nowhere.example"), b"", "agency.unknown", "office.example"),
        (("root", "remove-member", "root-9"), b"", "root.member-unknown", "root-1"),
        (("resume", "--by", "wang"), b"N-0", "credential.state", "吊销（revoke）"),
    ],
)
def test_the_chinese_says_what_the_english_says(command: tuple[str, ...], stdin: bytes, code: str, says: str) -> None:
    told = shared_files().run(*command, "--json", stdin=stdin)
    assert told.problem["code"] == code, told.err
    assert says in told.problem["zh"]["cure"]


def test_a_state_is_named_in_chinese() -> None:
    told = shared_files().run("resume", "--by", "wang", "--json", stdin=b"N-0")
    assert "状态：已存证（anchored）；所求：恢复（resume）" in told.problem["zh"]["detail"]


def test_a_missing_installation_is_named(tmp_path: Path) -> None:
    told = run("status", "--json", data=str(tmp_path / "none"), passphrase="p")
    assert told.problem["code"] == "installation.missing"
    assert str(tmp_path / "none") in told.problem["detail"]
    assert str(tmp_path / "none") in told.problem["zh"]["detail"]


def test_without_registries_nothing_is_said_to_wait(tmp_path: Path) -> None:
    environment = {"data": str(tmp_path / "new"), "passphrase": "p"}
    assert run("init", **environment).code == 0
    for command in ("anchor", "publish"):
        told = run(command, "--json", **environment)
        assert (told.code, told.problem["code"]) == (1, "registry.not-deployed")


def test_a_check_says_of_which_block_it_speaks(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("key", "new").code == 0
    told = files.run("trust-pack", "check", files.trust_pack, "--json").json
    assert told["agrees"] is True
    assert told["head"] > told["block"]
    said = files.run("trust-pack", "check", files.trust_pack).out
    assert f"as of block {told['block']}; the chain is at block {told['head']}" in said


def test_swapped_files_are_told(tmp_path: Path) -> None:
    files, seen = shared_files(), tmp_path / "seen.json"
    for pack, root, code in (
        (files.root, files.trust_pack, "trust-pack.not-a-pack"),
        (files.trust_pack, files.trust_pack, "trust-pack.pinned-root"),
    ):
        told = files.run("trust-pack", "accept", pack, "--root", root, "--seen", seen, "--json")
        assert told.problem["code"] == code


def test_a_demonstration_certificate_fits_a_phone() -> None:
    page = Path(str(certificates.__file__)).read_text("utf-8")
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
