"""Errors say what is known and what is possible, in both languages alike."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli_office import PASSPHRASE, office_files, run, shared_files
from refusals import refused
from small_type import as_bytes, definition
from typer.testing import CliRunner

from api.tokens import Role
from cli.main import app
from examples.demo import certificates
from ledger.trust_pack_signing import pinned_root


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
    environment = {"data": str(tmp_path / "new"), "passphrase": "eight or more"}
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
    assert told["eventsSince"] == 1
    said = files.run("trust-pack", "check", files.trust_pack).out
    assert "the pack does not know: 1." in said
    assert f"as of block {told['block']}; the chain is at block {told['head']}" in said


def test_swapped_files_are_told(tmp_path: Path) -> None:
    files, seen = shared_files(), tmp_path / "seen.json"
    for pack, root, code in (
        (files.root, files.trust_pack, "trust-pack.is-a-root"),
        (files.trust_pack, files.trust_pack, "trust-pack.pinned-root"),
    ):
        told = files.run("trust-pack", "accept", pack, "--root", root, "--seen", seen, "--json")
        assert told.problem["code"] == code


def test_a_status_pack_in_another_place_is_named(tmp_path: Path) -> None:
    files, seen = shared_files(), tmp_path / "seen.json"
    lists, pack, root, bundle = files.status_pack, files.trust_pack, files.root, files.bundle()
    for command, zh, code in (
        (("verify", bundle, "--trust-pack", lists, "--root", root), "信任包", 3),
        (("verify", bundle, "--trust-pack", pack, "--root", lists), "根文件", 3),
        (("verify", lists, "--trust-pack", pack, "--root", root), "证明文件", 3),
        (("trust-pack", "accept", lists, "--root", root, "--seen", seen), "信任包", 3),
        (("trust-pack", "accept", pack, "--root", lists, "--seen", seen), "根文件", 3),
        (("trust-pack", "show", lists), "信任包", 1),
        (("bundle", "show", lists), "证明文件", 1),
    ):
        told = files.run(*command, "--json")
        assert (told.code, told.problem["code"]) == (code, "input.is-a-status-pack"), command
        assert f"{lists} 是状态包，不是{zh}" in told.problem["zh"]["detail"]
        assert "is a status pack and no " in told.problem["detail"]
    assert not seen.exists()


def test_a_key_limit_that_leaves_no_room_is_told_and_leads_to_no_refusal(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    told = files.run("key", "limit", "office.example", "0")
    assert told.code == 0
    assert "office.example has 1 keys and can register no more" in told.out
    assert "Next: before it needs another key, allow more: onceledger key limit office.example 2" in told.out
    assert "再登记" in files.run("key", "limit", "office.example", "1", language="zh").out
    refused(files.run("key", "new"), "chain.reverted", 1)
    told = files.run("key", "limit", "office.example", "2", "--json")
    assert (told.json["keyLimit"], told.json["keys"]) == (2, 1)
    assert "onceledger key new" in told.json["next"]["en"]
    assert files.run("key", "new").code == 0


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2013-04-17T00:00:00-07:00", "2013-04-17", "2013-04-17 00:00:00 UTC-07:00"),
        ("2053-11-01T23:59:59+08:00", "2053-11-01 23:59:59 UTC+08:00", "2053-11-01"),
        ("2026-03-01T08:30:00Z", "2026-03-01 08:30:00 UTC", "2026-03-01 08:30:00 UTC"),
        ("2026-03-01", "2026-03-01", "2026-03-01"),
        ("长期 no end", "长期 no end", "长期 no end"),
    ],
)
def test_dates_of_a_demonstration_certificate_are_days(text: str, begins: str, ends: str) -> None:
    shown = certificates.day_or_moment
    assert (shown(text), shown(text, is_end=True)) == (begins, ends)


def test_help_breaks_no_role_in_two() -> None:
    for width in ("80", "100"):
        told = CliRunner(env={"COLUMNS": width, "TERMINAL_WIDTH": width}).invoke(app, ["token", "add", "--help"]).stdout
        for role in Role:
            assert re.search(rf"\b{role.value}\b", told), (width, role)
        assert "…" not in told


def test_a_demonstration_certificate_fits_a_phone() -> None:
    page = Path(str(certificates.__file__)).read_text("utf-8")
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page


@pytest.mark.parametrize(
    ("command", "zh", "en"),
    [
        (("bundle", "show"), "证明文件（bundle）", "no bundle"),
        (("bundle", "refresh"), "证明文件（bundle）", "no bundle"),
        (("type", "check"), "证照类型定义（credential-type）", "no definition of a credential type"),
        (("type", "add"), "证照类型定义（credential-type）", "no definition of a credential type"),
        (("trust-pack", "show"), "信任包（trust-pack）", "no trust pack"),
    ],
)
@pytest.mark.parametrize("content", [b"N-1\nN-2\n", b"[issuer]\n", b""])
def test_another_file_is_told_by_what_it_is_not(
    tmp_path: Path, command: tuple[str, str], content: bytes, zh: str, en: str
) -> None:
    (tmp_path / "n.txt").write_bytes(content)
    told = shared_files().run(*command, tmp_path / "n.txt", "--json")
    assert (told.code, told.problem["code"]) == (1, "input.other-kind")
    assert en in told.problem["detail"]
    assert zh in told.problem["zh"]["detail"]


def test_a_root_in_the_place_of_a_pack_is_named() -> None:
    files = shared_files()
    for path, code in ((files.root, "is-a-root"), (files.bundle(), "not-a-pack")):
        assert files.run("trust-pack", "show", path, "--json").problem["code"] == f"trust-pack.{code}"


def test_a_file_of_the_right_kind_in_utf_16_is_told_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(as_bytes(definition()).decode().encode("utf-16"))
    assert run("type", "check", tmp_path / "t.json", "--json").problem["code"] == "json.not-utf8"


def test_a_short_passphrase_makes_no_installation(tmp_path: Path) -> None:
    told = run("init", "--json", data=str(tmp_path / "new"), passphrase="1234567")
    assert (told.code, told.problem["code"]) == (1, "settings.passphrase-short")
    assert "8" in told.problem["zh"]["cure"]
    assert "1234567" not in told.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o640, True), (0o444, True)])
def test_a_passphrase_that_others_may_read_is_told(tmp_path: Path, mode: int, is_told: bool) -> None:
    word = tmp_path / "word"
    word.write_text(PASSPHRASE + "\n", "utf-8")
    word.chmod(mode)
    told = run("status", data=str(shared_files().data), passphrase_file=str(word))
    assert told.code == 0, told.err
    assert (f"others may read the passphrase file {word}" in told.err) is is_told
    said = run("status", data=str(shared_files().data), passphrase_file=str(word), language="zh")
    assert (f"口令文件 {word} 可由他人读取" in said.err) is is_told
    # Whoever works with it every day is not told every time, and cannot mend it.
    assert "passphrase" not in run("key", "list", data=str(shared_files().data), passphrase_file=str(word)).err


def test_who_makes_an_installation_is_told_that_others_may_read_its_passphrase(tmp_path: Path) -> None:
    word = tmp_path / "word"
    word.write_text(PASSPHRASE + "\n", "utf-8")
    word.chmod(0o644)
    told = run("init", data=str(tmp_path / "new"), passphrase_file=str(word))
    assert (told.code, "others may read the passphrase file" in told.err) == (0, True), told.err


def test_common_options_may_stand_before_the_command(tmp_path: Path) -> None:
    files = shared_files()
    environment = {"passphrase": PASSPHRASE, "data": str(tmp_path / "none")}
    told = run("--data", str(files.data), "--json", "status", **environment)
    assert (told.code, json.loads(told.out)["deployed"]) == (0, True), told.err
    here = ("--data", str(files.data))
    said = run("--lang", "en", *here, "status", language="zh", **environment)
    assert "Trust pack version" in said.out
    said = run("--lang", "zh", "--data", str(tmp_path), "status", "--lang", "en", *here, **environment)
    assert "Trust pack version" in said.out
    assert json.loads(run("--json", *here, "key", "list", **environment).out)["keys"]
    wrong = run("--lang", "zh", "status", "--nothing", **environment)
    assert (wrong.code, "没有选项" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("trust-pack", "make", "--out", "f", "--days", "x"), "须为整数"),
        (("trust-pack", "make", "--out", "f", "--days", "99999"), "不得大于 90"),
        (("root", "threshold", "0"), "不得小于 1"),
        (("token", "add", "--role", "king", "--name", "li"), "须为其中之一"),
        (("sttus",), "没有命令 sttus。是否为 'status'"),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese_alone(command: tuple[str, ...], says: str) -> None:
    told = shared_files().run(*command, language="zh")
    assert (told.code, says in told.err) == (2, True), told.err
    assert "Input" not in told.err
    assert "such" not in told.err


def test_who_makes_packs_is_told_while_the_root_was_never_written(tmp_path: Path) -> None:
    environment = {"data": str(tmp_path / "new"), "passphrase": "eight or more"}
    for command in (("init",), ("root", "deploy")):
        assert run(*command, **environment).code == 0
    make = ("trust-pack", "make", "--out", str(tmp_path / "tp.json"))
    assert "--root-out root.json" in run(*make, **environment).out
    assert "status-pack make" in run(*make, "--root-out", str(tmp_path / "root.json"), **environment).out
    assert "status-pack make" in run(*make, **environment).out


def test_a_root_that_came_from_elsewhere_need_not_be_written(tmp_path: Path) -> None:
    environment = {"data": str(tmp_path / "new"), "passphrase": "eight or more"}
    pack, root = tmp_path / "tp.json", tmp_path / "root.json"
    make = ("trust-pack", "make", "--out", str(pack))
    for command in (("init",), ("root", "deploy"), make):
        assert run(*command, **environment).code == 0
    root.write_bytes(pinned_root(pack.read_bytes()))
    assert run("trust-pack", "import", str(pack), "--root", str(root), **environment).code == 0
    assert "status-pack make" in run(*make, **environment).out
