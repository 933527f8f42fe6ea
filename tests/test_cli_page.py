"""``docs/cli.md`` and ``docs/settings.md`` are true: every example runs, every command and every setting is there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cli_office import run
from office import CHEAP
from test_cli import ALL

from adapters import bootstrap
from adapters.settings import Settings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
_BLOCK = re.compile(r"(?:`(?P<name>[\w.-]+)`:\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
_SERVERS = {("serve",), ("dev",)}


class Step(NamedTuple):
    """A command with lines of its output, or a file to be made."""

    command: str
    shown: list[str]
    file: str = ""


def steps() -> Iterator[Step]:
    """Everything that the page does, from top to bottom."""
    for block in _BLOCK.finditer(PAGE):
        if block["name"]:
            yield Step(block["text"], [], block["name"])
        elif block["kind"] == "console":
            for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                command, *shown = part.rstrip("\n").split("\n")
                yield Step(command, shown)


def test_the_page_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(bootstrap.create_installation.__kwdefaults__, "cost", CHEAP)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    count = 0
    for step in steps():
        if step.file:
            (tmp_path / step.file).write_text(step.command, "utf-8")
        elif step.command.startswith("onceledger "):
            _run(step)
            count += 1
        else:
            subprocess.run(["sh", "-c", step.command], check=True)
    assert count > 55


def _run(step: Step) -> None:
    command, _, file = step.command.partition(" < ")
    stdin = Path(file).read_bytes() if file else b""
    told = run(*shlex.split(command)[1:], stdin=stdin, passphrase="of the page")
    verdict = told.code in (1, 3) and command.startswith("onceledger verify") and "✔" not in told.out
    assert told.code == 0 or verdict, f"{step.command}\n{told.out}{told.err}"
    # Tables are as wide as their cells; "…" stands for what differs from run to run.
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    for line in step.shown:
        begin = " ".join(line.removesuffix("…").split())
        found = any(one.startswith(begin) if line.endswith("…") else begin == one for one in lines)
        assert found, f"{step.command} does not show {line!r} but\n{told.out}"


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_the_page_has_an_example_of_every_command(path: tuple[str, ...]) -> None:
    command = "onceledger " + " ".join(path)
    if path in _SERVERS:
        assert f"```sh\n{command} " in PAGE
    else:
        assert re.search(rf"^\$ {command}(?: |$)", PAGE, re.MULTILINE)
    assert f"## {path[0]}" in PAGE


def test_the_page_names_only_options_that_exist() -> None:
    for step in steps():
        if not step.file and step.command.startswith("onceledger "):
            words = shlex.split(step.command.partition(" < ")[0])[1:]
            command = next(one for path, one in ALL if tuple(words[: len(path)]) == path)
            known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            assert {word for word in words if word.startswith("-")} <= known


def test_the_settings_page_lists_exactly_the_settings() -> None:
    rows = dict(re.findall(r"^\| `(ONCELEDGER_\w+)` \| (.*) \|$", SETTINGS, re.MULTILINE))
    wanted = {}
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if field.default not in (None, "") else ""
        wanted[f"ONCELEDGER_{name.upper()}"] = f"{default} | {field.description}"
    assert rows == wanted
    assert list(rows) == list(wanted)


def test_pages_name_no_setting_that_does_not_exist() -> None:
    known = {f"ONCELEDGER_{name.upper()}" for name in Settings.model_fields}
    for page in (PAGE, SETTINGS):
        assert set(re.findall(r"ONCELEDGER_[A-Z_]+", page)) <= known
