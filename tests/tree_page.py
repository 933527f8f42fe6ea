"""Writes ``docs/tree.md``: one line per module, the first sentence of its docstring. ``make pages``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
FOLDERS: Final = (
    "ledger", "contracts", "authority", "issuers", "verifiers", "offices", "adapters", "api", "cli", "examples",
    "bench",
)  # fmt: skip
"""As in the README's tree; a test compares with what there is."""

HEAD: Final = """\
# The tree

One line per module, made by `make pages` from the first sentence of each; a test compares. The layers are in
[architecture.md](architecture.md), one line per package in the [README](../README.md#the-tree). `tests/test_NAME.py`
tests NAME.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for folder in FOLDERS for line in _folder(folder))])


def _folder(name: str) -> Iterator[str]:
    yield f"## {name}/\n"
    first = _sentence(ROOT / name / "__init__.py")
    yield f"{first}\n"
    files = sorted([*(ROOT / name).rglob("*.py"), *(ROOT / name / "src").rglob("*.sol")])
    yield "| module | what it is |\n| --- | --- |"
    for file in files:
        path = file.relative_to(ROOT)
        if path != Path(name, "__init__.py") and not {"node_modules", "cache"} & set(path.parts):
            yield f"| [`{path.relative_to(name).as_posix()}`](../{path.as_posix()}) | {_sentence(file)} |"
    yield ""


def _sentence(file: Path) -> str:
    """First sentence of a docstring, or the title of a contract. Raises ValueError for a file that says nothing."""
    text = file.read_text("utf-8")
    if file.suffix == ".sol":
        said = re.search(r"^/// @title (.+)$", text, re.MULTILINE)
        whole = said[1] if said else ""
    else:
        whole = " ".join((ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0].split())
    if not whole:
        raise ValueError(f"{file.relative_to(ROOT)} does not say what it is")
    sentence = re.match(r".+?[.](?=\s|$)(?!\s[a-z])", whole)
    return (sentence[0] if sentence else whole).rstrip(":").replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
