"""What must not stand in the repository: addresses of registries in lock files, paths of one machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from tree_page import FOLDERS

ROOT: Final = Path(__file__).parent.parent
LOCKS: Final = sorted([*(ROOT / "requirements").glob("*.txt"), *(ROOT / "contracts").glob("requirements*.txt")])
MACHINE: Final = re.compile(r"(?<![\w./~-])/(?:root|home|Users|work|private)/[\w.-]+")
FOREIGN: Final = ("tests/vectors/", "examples/tucson/tucson-2011-2015.tsv")
"""Unchanged data of others."""
MADE: Final = {".git", "node_modules", "out", "cache", "tmp", "__pycache__"}
"""What commands make, and what is not kept."""


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_requirements_are_pinned_by_hash_and_name_no_registry(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE), "an option such as --index-url"
    logical = re.sub(r"\\\n\s*", " ", text)
    required = [line for line in logical.splitlines() if line and not line.startswith("#")]
    assert required
    for line in required:
        assert re.match(r"^[A-Za-z0-9._-]+(?:\[[a-z0-9,_-]+\])?==\S+ ", line), line[:80]
        assert "--hash=sha256:" in line, line[:80]


def test_run_time_requirements_are_among_those_of_development() -> None:
    pins = {name: set(_pins(ROOT / "requirements" / f"{name}.txt")) for name in ("run", "dev")}
    assert pins["run"] < pins["dev"]


def _pins(lock: Path) -> list[str]:
    return re.findall(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", lock.read_text("utf-8"), re.MULTILINE)


def test_the_lock_file_of_the_contracts_names_no_registry() -> None:
    text = (ROOT / "contracts" / "package-lock.json").read_text("utf-8")
    lock = json.loads(text)
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    for name, one in packages.items():
        assert "resolved" not in one, name
        assert one["integrity"].startswith("sha512-"), name
    assert _addresses(lock) == []


def _addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for key, item in value.items() if key != "funding" for found in _addresses(item)]
    if isinstance(value, list):
        return [found for item in value for found in _addresses(item)]
    return [value] if isinstance(value, str) and "://" in value else []


def files() -> list[Path]:
    """The repository's own, also in a copy without its history."""
    roots = [ROOT / name for name in (*FOLDERS, "docs", "requirements", "tests", ".ci")]
    inside = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return [path for path in [*(one for one in ROOT.iterdir() if one.is_file()), *inside] if not _foreign(path)]


def _foreign(path: Path) -> bool:
    relative = path.relative_to(ROOT)
    return bool(MADE & set(relative.parts)) or relative.as_posix().startswith(FOREIGN)


def test_no_file_names_a_path_of_one_machine() -> None:
    looked, found = 0, []
    for file in files():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        looked += 1
        found += [f"{file.relative_to(ROOT)}: {one}" for one in MACHINE.findall(text)]
    assert looked > 400
    assert found == []


def test_a_path_of_one_machine_is_known_when_seen() -> None:
    folder = "/".join(("", "home", "somebody"))
    assert MACHINE.findall(f'open("{folder}/x")') == [folder]
    assert MACHINE.findall("https://example.org/home/page and api/root/x") == []
