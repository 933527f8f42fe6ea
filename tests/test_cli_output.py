"""What commands put on the screen or into a pipe: which file, which order, how wide, in which languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_office import office_files, run, shared_files
from refusals import refused
from test_cli import ALL


def test_an_unusable_pack_is_named_with_its_option_on_standard_error(tmp_path: Path) -> None:
    files = shared_files()
    wrong = tmp_path / "wrong.json"
    wrong.write_bytes(b"{}")
    for language, cannot in (("en", "Cannot be checked"), ("zh", "无法核验")):
        told = run("verify", files.bundle(), "--trust-pack", wrong, "--root", files.root, language=language)
        assert told.code == 3
        assert f"--trust-pack {wrong}" in told.err
        assert "wrong.json" not in told.out
        assert cannot in told.out
    as_json = run("verify", files.bundle(), "--trust-pack", wrong, "--root", files.root, "--json")
    assert as_json.err == ""
    assert f"--trust-pack {wrong}" in as_json.json["trustPack"]["problem"]["detail"]
    assert f"--trust-pack {wrong}" in as_json.json["trustPack"]["problem"]["zh"]["detail"]


def test_a_wrong_root_or_status_pack_is_named_with_its_option(tmp_path: Path) -> None:
    files = shared_files()
    wrong = tmp_path / "wrong.json"
    wrong.write_bytes(b"{}")
    given = {"--trust-pack": files.trust_pack, "--root": files.root, "--status-pack": files.status_pack}
    for option in ("--root", "--status-pack"):
        arguments = [part for pair in (given | {option: wrong}).items() for part in pair]
        told = run("verify", files.bundle(), *arguments)
        assert told.code == 3
        assert f"Error: {option} {wrong}: " in told.err


def test_an_address_that_is_none_is_wrong_usage_and_opens_nothing(tmp_path: Path) -> None:
    told = run("dev", "--public-url", "x", "--data", tmp_path / "dev", "--port", "0")
    refused(told, "dev.base-url", 2)
    assert not (tmp_path / "dev").exists()


def test_members_are_listed_in_their_order(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("root", "add-member").code == 0
    assert files.run("root", "rotate-member", "root-2").code == 0
    listed = [one["key"] for one in files.run("root", "show", "--json").json["members"]]
    assert listed == ["root-1", "root-2-v2", "root-3", "root-4"]


def test_closing_the_log_says_that_bundles_need_a_refresh(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    made = ("trust-pack", "make", "--out", tmp_path / "p.json")
    assert "refresh" not in files.run(*made).out
    assert files.run(*made, "--close-log", "--json").json["logClosed"] is True
    assert files.run("publish", "--all").code == 0
    told = files.run(*made, "--close-log", language="zh").out
    assert "此前的证明文件须逐一更新" in told


def test_without_a_terminal_no_cell_is_folded() -> None:
    files = shared_files()
    told = files.verify(files.bundles)
    assert told.code == 0
    listed = run("type", "list", data=str(files.data), passphrase="a passphrase for tests", columns="20").out
    assert "Sample的名称" in listed or re.search(r"^1 +Sample +1 +Sample$", listed, re.MULTILINE)


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_the_list_of_commands_says_what_each_does_in_both_languages(path: tuple[str, ...]) -> None:
    command = next(one for each, one in ALL if each == path)
    brief = command.get_short_help_str(limit=500)
    assert re.match(r"[A-Z].*\. .*[\u4e00-\u9fff].*。$", brief), brief


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_every_option_is_told_in_chinese_too(path: tuple[str, ...]) -> None:
    command = next(one for each, one in ALL if each == path)
    for parameter in command.params:
        if parameter.name != "help":
            assert re.search(r"[\u4e00-\u9fff]", getattr(parameter, "help", "") or ""), (path, parameter.name)


@pytest.mark.parametrize(
    ("language", "opening"), [("zh", "正在打开试用实例"), ("en", "Opening the throw-away instance")]
)
def test_dev_speaks_the_language_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, opening: str
) -> None:
    def answered(*_: object) -> None:
        """The server without a socket: ready at once, and ended."""
        ready = _[2]
        assert callable(ready)
        ready()

    monkeypatch.setattr("api.dev_server.run", answered)
    monkeypatch.setattr("api.dev_server.log_to_stderr", lambda: None)
    told = run("dev", "--port", "0", "--data", tmp_path / "dev", language=language)
    assert told.code == 0
    assert told.out.startswith(opening)
    assert ("另一终端" in told.out) == (language == "zh")
    assert "curl -H" in told.out
