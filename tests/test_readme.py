"""README and CONTRIBUTING are true: commands run, targets exist, figures are those measured, the tree is complete."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
import tree_page
from test_cli import ALL

ROOT: Final = Path(__file__).parent.parent
README: Final = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING: Final = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")
TARGETS: Final = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def block(name: str) -> str:
    """What stands between the marks of a part that is copied into the README."""
    return README.partition(f"<!-- {name}:begin -->\n")[2].partition(f"<!-- {name}:end -->")[0]


def shell_lines(text: str) -> list[str]:
    """Lines of code blocks that are commands."""
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for one in blocks for line in one.splitlines() if line.startswith(("make ", "export ", "onceledger "))]


def test_the_readme_s_commands_run(tmp_path: Path) -> None:
    """Those that take seconds, one after another in one shell, in an empty folder."""
    lines = [line for line in shell_lines(README) if not line.startswith("make ")]
    assert [line.partition(" ")[0] for line in lines] == ["export", "export", "onceledger", "onceledger"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONCELEDGER_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    script = "set -eu\n" + "\n".join(lines)
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["office"]
    assert "Usage: onceledger" in done.stdout


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_make_targets_that_are_named_exist(text: str) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert len(named) >= 3
    assert named <= TARGETS


def test_targets_are_phony_and_say_what_they_do() -> None:
    phony = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony == TARGETS
    assert len(TARGETS) <= 13
    for target in TARGETS:
        assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE), target


def test_commands_that_are_named_exist() -> None:
    commands = {path for path, _ in ALL}
    groups = {path[:depth] for path in commands for depth in range(1, len(path))}
    named = 0
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for words in re.findall(r"(?:`|^|\$ )onceledger ([a-z](?:[a-z-]+ ?)+)", page.read_text("utf-8"), re.MULTILINE):
            path = tuple(one for one in words.split() if not one.startswith("-"))
            depth = 1
            while path[:depth] in groups and depth < len(path):
                depth += 1
            assert path[:depth] in commands | groups, f"{page.relative_to(ROOT)} names the command {words}"
            named += 1
    assert named > 80


def test_what_continuous_integration_runs_is_in_the_readme_or_contributing() -> None:
    run = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make ([a-z-]+)$", run, re.MULTILINE) == ["lint", "test"]
    assert "make test" in README
    assert "make lint" in README
    assert "make lint" in CONTRIBUTING


def test_before_each_commit_runs_what_make_lint_runs() -> None:
    config = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"^\s*entry: (.+)$", config, re.MULTILINE) == ["make lint"]
    assert "pass_filenames: false" in config
    assert "repo: local" in config
    recipe = re.search(r"^lint:.*\n((?:\t.+\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe
    tools = re.findall(r"\$\(BIN\)/([a-z-]+)", recipe[1])
    assert tools == ["ruff", "ruff", "mypy", "lint-imports"]


def test_the_readme_quotes_the_figures_that_were_measured() -> None:
    results = json.loads((ROOT / "bench" / "results.json").read_text("utf-8"))
    wanted = [f"{results['machine']}, {results['date']}"]
    for row in results["rows"]:
        ratio = "" if row["ratio"] is None else row["ratio"]
        must = f"{row['must']}{'' if row['met'] else ' **missed**'}"
        aim = f"{row['aim']}{' reached' if row['aimed'] else ''}"
        cells = (row["name"], f"{row['value']:,} {row['unit']}", row["against"], ratio, must, aim)
        wanted.append("| " + " | ".join(map(str, cells)) + " |")
    quoted = [line for line in block("bench").splitlines() if line and not line.startswith(("| what", "| ---"))]
    shown = "\n".join(wanted)
    assert list(map(_plain, quoted)) == list(map(_plain, wanted)), f"README's figures are to be\n{shown}"


def _plain(line: str) -> str:
    """Without what may be written one way or another: spaces, and commas in numbers."""
    return re.sub(r"(?<=\d),(?=\d{3})|\s", "", line)


def test_the_readme_shows_the_demo_s_own_closing_lines() -> None:
    source = (ROOT / "examples" / "demo" / "__main__.py").read_text("utf-8")
    labels = re.findall(r'"([^"\n]+)": \(\s*"([^"\n]+)", f"', source)
    lines = block("demo").partition("```\n")[2].partition("```")[0].splitlines()
    assert lines[0] == "总计 · Totals"
    assert lines[-1].startswith("全部符合预期 · Everything came out as it must.")
    shown = [re.match(r"^  (.+?) · (.+?) {3,}(\d.*)$", line) for line in lines[1:-1]]
    assert all(shown), "each line has its figure"
    assert [(one[2], one[1]) for one in shown if one] == labels
    assert len(labels) == 10


def test_the_tree_page_is_what_the_modules_say() -> None:
    page = (ROOT / "docs" / "tree.md").read_text("utf-8")
    assert tree_page.page() == page, "run `make pages` and commit docs/tree.md"


def test_the_tree_names_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shipped = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    folders = {path.partition("/")[0] for path in tracked if "/" in path and not path.startswith(".")}
    tree = README.partition("## The tree")[2].partition("## ")[0]
    named = set(re.findall(r"(?:^|\s)([a-z]+)/(?=\s)", tree))
    assert named >= shipped | set(tree_page.FOLDERS)
    assert set(tree_page.FOLDERS) == shipped | {"examples", "bench"}
    if folders:  # a copy without its history has no list of files
        assert folders - {"requirements"} == named
