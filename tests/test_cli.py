"""What all commands have in common: help, languages, JSON, the catalogue, start-up."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from cli_office import child_environment, run, shared_files
from typer.main import get_command

from cli.main import app
from cli.messages import MESSAGES
from cli.printable import printable
from contracts.artifacts import CONTRACTS, load
from ledger.errors import Conflict, MalformedInput
from offices.contract_errors import CONTRACT_ERRORS
from offices.explaining import explain
from offices.problem_texts import PROBLEMS_ZH
from offices.reporting import Step

ROOT = Path(__file__).parent.parent
_ID = re.compile(r"[a-z-]+\.[A-Za-z_-]+")


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and its path."""
    command = get_command(app) if command is None else command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))
    if not getattr(command, "commands", None):
        yield path, command


ALL = list(commands())


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_every_command_has_help_with_an_example_a_chinese_line_and_the_common_options(path: tuple[str, ...]) -> None:
    shown = run(*path, "--help", columns="120")
    assert shown.code == 0
    assert "Example 示例: " in shown.out
    assert f"onceledger {' '.join(path)}" in shown.out
    assert re.search(r"[\u4e00-\u9fff]{4,}", shown.out.split("Example")[0])
    for option in ("--json", "--lang", "--data", "--progress"):
        assert option in shown.out


def test_the_commands_promised_are_there() -> None:
    promised = """init root agency accredit key type import approve issue anchor publish revoke hold resume supersede
        void bundle trust-pack status-pack verify status serve dev export"""
    assert {path[0] for path, _ in ALL} >= set(promised.split())


@pytest.mark.parametrize(("arguments", "chinese"), [
    (("nothing",), "没有命令"),
    (("approve",), "缺少"),
    (("approve", "one", "--reviewer", "wang"), "不可用"),
    (("status", "--bogus"), "没有选项 --bogus"),
    (("verify", "--lang", "fr"), "不可用"),
    (("approve", "1", "2", "--reviewer", "wang"), "参数过多"),
])  # fmt: skip
def test_a_wrong_command_line_is_exit_2_in_both_languages(arguments: tuple[str, ...], chinese: str) -> None:
    told = run(*arguments, language="zh")
    assert (told.code, told.out) == (2, "")
    assert chinese in told.err
    assert "--help" in told.err
    english = run(*arguments)
    assert english.code == 2
    assert "Usage:" in english.err
    assert not re.search(r"[\u4e00-\u9fff]", english.err)


def test_a_wrong_command_line_is_a_problem_object_with_json() -> None:
    told = run("approve", "--json")
    assert (told.code, told.out) == (2, "")
    assert told.problem["code"] == "usage.command-line"
    assert told.problem["zh"]["detail"].startswith("缺少")


def test_a_group_alone_shows_its_help_once() -> None:
    shown = run("agency")
    assert shown.code == 2
    assert shown.out.count("Usage:") == 1


def test_an_unexpected_error_says_where_it_goes_and_shows_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        secret = "11010519491231002X"  # noqa: F841 - it must not be shown
        raise ZeroDivisionError

    monkeypatch.setattr("cli.types.read_document", broken)
    told = run("type", "check", "x.json")
    assert told.code == 1
    assert "CONTRIBUTING.md" in told.err
    assert "11010519491231002X" not in told.err.replace('secret = "11010519491231002X"', "")
    as_json = run("type", "check", "x.json", "--json")
    assert as_json.problem["code"] == "internal.unexpected"


def test_a_verifier_that_breaks_never_says_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cli.verifying.read_limited", broken)
    files = shared_files()
    assert files.verify(files.bundle()).code == 3


# ------------------------------------------------------------------------------------------------ the catalogue


def _used_ids() -> set[str]:
    """Ids given to ``say``, ``note``, ``text``, ``table``, ``answer``, ``counting``, ``working`` as literals."""
    used: set[str] = set()
    for file in sorted((ROOT / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ID.fullmatch(node.value):
                used.add(node.value)
    return used


def test_the_catalogue_has_every_sentence_that_is_used_and_no_other() -> None:
    areas = {one.partition(".")[0] for one in MESSAGES}
    code = "".join(file.read_text("utf-8") for file in (ROOT / "cli").glob("*.py"))
    raised = set(re.findall(r'(?:MalformedInput|NotFound|Conflict|Misconfigured|Unavailable)\(\s*"([^"]+)"', code))
    others = raised | set(PROBLEMS_ZH) | {"usage.command-line"}
    literal = {one for one in _used_ids() if one.partition(".")[0] in areas and not one.endswith("-")} - others
    assert literal <= set(MESSAGES)
    composed = set(re.findall(r'f"([a-z-]+[.-][a-z-]*?)\{', code))
    composed |= {f".{suffix}" for suffix in re.findall(r'f"\{[a-z_]+\}\.([a-z-]+)"', code)}
    for message in MESSAGES:
        built = any(message.startswith(one) if not one.startswith(".") else message.endswith(one) for one in composed)
        assert f'"{message}"' in code.replace(f'"{message}": Label', "") or built, message


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_both_languages_are_there_and_ask_for_the_same_values(message: str) -> None:
    label = MESSAGES[message]
    assert label.zh
    assert label.en
    assert not re.search(r"[\u4e00-\u9fff]", label.en.replace("名称", ""))
    assert _asked(label.zh) == _asked(label.en)


def _asked(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_next_step_has_a_line() -> None:
    assert {f"step.{one.value}" for one in Step} == {one for one in MESSAGES if one.startswith("step.")}


def test_an_error_that_lacks_what_its_chinese_asks_for_is_told_in_english() -> None:
    cause, cure = explain(MalformedInput("input.too-large", "The input is too large.", "Send less."))
    assert (cause.zh, cause.en) == ("The input is too large.", "The input is too large.")
    assert (cure.zh, cure.en) == ("分几次进行。", "Send less.")


def test_a_code_without_chinese_is_told_in_english() -> None:
    cause, cure = explain(MalformedInput("nowhere.listed", "It is wrong.", "Mend it."))
    assert (cause.zh, cure.zh) == ("It is wrong.", "Mend it.")


def test_a_refusal_of_the_contract_is_told_by_its_rule() -> None:
    cause, cure = explain(Conflict("chain.reverted", "The contract refused.", "", name="KeyIsRetired"))
    assert (cause.zh, cause.en) == ("密钥已停用。", "The key is retired.")
    assert "onceledger key new" in cure.en


def test_contract_errors_are_those_of_the_contracts() -> None:
    names = {item["name"] for contract in CONTRACTS for item in load(contract).abi if item["type"] == "error"}
    assert set(CONTRACT_ERRORS) <= names


def test_control_characters_and_marks_of_direction_never_reach_the_terminal() -> None:
    assert printable("a\x1b[2Jb\u202e123\n\x07") == "a�[2Jb�123��"
    assert printable("张三·𠮷") == "张三·𠮷"


# ----------------------------------------------------------------------------------------------------- start-up


def _imported(code: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nsys.stderr.write(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        cwd=ROOT,
        env=child_environment(),
        check=True,
    )
    return set(json.loads(told.stderr))


def test_help_loads_nothing_heavy() -> None:
    loaded = _imported("import cli.main")
    heavy = {"web3", "eth", "eth_account", "pydantic", "pydantic_settings", "sqlalchemy", "tuf", "cryptography",
             "fastapi", "uvicorn", "jsonschema_rs", "openpyxl", "adapters", "ledger.verification"}  # fmt: skip
    assert loaded & heavy == set()


def test_verifying_loads_no_chain_no_database_and_no_server() -> None:
    files = shared_files()
    arguments = ["verify", str(files.bundle()), "--trust-pack", str(files.trust_pack), "--root", str(files.root),
                 "--status-pack", str(files.status_pack), "--json"]  # fmt: skip
    loaded = _imported(
        f"from cli.main import app\ntry:\n    app({arguments!r})\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert "ledger.verification" in loaded
    heavy = {"web3", "eth", "eth_account", "eth_keys", "trie", "rlp", "sqlalchemy", "sqlmodel", "alembic", "fastapi",
             "uvicorn", "jsonschema_rs", "openpyxl", "offices.root"}  # fmt: skip
    assert loaded & heavy == set()
    assert {name for name in loaded if name.startswith("adapters.")} == {"adapters.settings"}
