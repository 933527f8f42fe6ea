"""The codes of all errors that the code raises, read from its syntax trees, with the cause and cure given there.

A call makes an error if it calls one of the classes of ``ledger/errors.py``, a subclass of theirs, or a function that
hands its own parameter ``code`` on to such a call: ``_bad("area.what", …)``, ``matching(form, value, path,
"area.what")``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("ledger", "issuers", "verifiers", "authority", "adapters", "offices", "api", "cli", "contracts")
CODE: Final = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*")
_BASE: Final = "OnceledgerError"
_PARAMETER: Final = "code"
_FOREIGN: Final = ("node_modules", "cache")

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
Makers: TypeAlias = dict[str, int]
"""Name of what makes an error -> place of its code among the arguments."""


@dataclass(frozen=True)
class Raised:
    """One place in the code that makes an error; ``cause`` and ``cure`` as far as they are literal there."""

    code: str
    place: str
    cause: str
    cure: str


@dataclass(frozen=True)
class _Module:
    path: str
    tree: ast.Module
    functions: tuple[Function, ...]
    own: frozenset[str]


def raised() -> tuple[list[Raised], list[str]]:
    """All codes with their places, and the places where an error gets a code that cannot be read from the text."""
    modules = list(_modules())
    classes = _classes(modules)
    shared, local = _makers(modules, classes)
    found: list[Raised] = []
    unreadable: list[str] = []
    for module in modules:
        makers = {name: at for name, at in shared.items() if name not in module.own} | local[module.path] | classes
        handed_on = _calls_that_hand_on(module)
        for call in _calls(module.tree):
            if _name(call.func) not in makers or call in handed_on:
                continue
            code = _argument(call, makers[_name(call.func)])
            texts = [] if code is None else [text for text in _literals(code) if CODE.fullmatch(text)]
            found += [Raised(text, f"{module.path}:{call.lineno}", _text(call, 1), _text(call, 2)) for text in texts]
            if not texts and code is not None:
                unreadable.append(f"{module.path}:{call.lineno}: {ast.unparse(code)}")
    return found, unreadable


def _modules() -> Iterator[_Module]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            relative = path.relative_to(ROOT)
            if not set(_FOREIGN) & set(relative.parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                functions = tuple(
                    node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                )
                yield _Module(relative.as_posix(), tree, functions, frozenset(one.name for one in functions))


def _classes(modules: list[_Module]) -> Makers:
    """The error classes: their code is the first argument."""
    found, before = {_BASE}, 0
    while before != len(found):
        before = len(found)
        for module in modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef) and {_name(base) for base in node.bases} & found:
                    found.add(node.name)
    return dict.fromkeys(found, 0)


def _makers(modules: list[_Module], classes: Makers) -> tuple[Makers, dict[str, Makers]]:
    """Functions with a parameter ``code`` that goes into an error: those with a public name, and by module."""
    shared: Makers = {}
    local: dict[str, Makers] = {module.path: {} for module in modules}
    before = -1
    while before != sum(map(len, local.values())):
        before = sum(map(len, local.values()))
        for module in modules:
            known = {name: at for name, at in shared.items() if name not in module.own} | local[module.path] | classes
            for function in module.functions:
                names = [one.arg for one in function.args.args if one.arg not in ("self", "cls")]
                if _PARAMETER not in names or function.name.startswith("__"):
                    continue
                if any(_is_parameter(_argument(call, known[_name(call.func)]))
                       for call in _calls(function) if _name(call.func) in known):  # fmt: skip
                    local[module.path][function.name] = names.index(_PARAMETER)
                    if not function.name.startswith("_"):
                        shared[function.name] = names.index(_PARAMETER)
    return shared, local


def _calls_that_hand_on(module: _Module) -> set[ast.Call]:
    """Calls inside of functions with a parameter ``code`` that pass it on: the code comes from outside."""
    return {
        call
        for function in module.functions
        if _PARAMETER in [one.arg for one in function.args.args + function.args.kwonlyargs]
        for call in _calls(function)
        if any(_is_parameter(one) for one in [*call.args, *(keyword.value for keyword in call.keywords)])
    }


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def _is_parameter(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name) and node.id == _PARAMETER


def _argument(call: ast.Call, place: int) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == _PARAMETER), None)
    if named is not None:
        return named
    return call.args[place] if place < len(call.args) else None


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return []


def _text(call: ast.Call, place: int) -> str:
    node = call.args[place] if place < len(call.args) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
    return ""


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
