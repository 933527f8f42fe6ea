"""The codes of all errors that the code raises, read from its syntax trees, with class, cause and cure given there.

A call makes an error if it calls one of the classes of ``ledger/errors.py``, a subclass of theirs, or a function that
hands its own parameter ``code`` on to such a call: ``_bad("area.what", …)``, ``matching(form, value, path,
"area.what")``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("ledger", "issuers", "verifiers", "authority", "adapters", "offices", "api", "cli", "contracts")
CODE: Final = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*")
ELLIPSIS: Final = "…"
_BASE: Final = "OnceledgerError"
_PARAMETER: Final = "code"
_ERRORS: Final = ("MalformedInput", "NotFound", "Conflict", "NotPermitted", "Unavailable", "Corrupt", "Misconfigured")
_FOREIGN: Final = ("node_modules", "cache")

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
Makers: TypeAlias = dict[str, int]
"""Name of what makes an error -> place of its code among the arguments."""


@dataclass(frozen=True)
class Raised:
    """One place in the code that makes an error.

    ``cause`` and ``cure`` are the English given there, with … for what is filled in; ``kind`` is the name of the
    error's class; ``details`` are the names of the values that the error carries.
    """

    code: str
    place: str
    kind: str
    cause: str
    cure: str
    details: frozenset[str]


@dataclass(frozen=True)
class _Module:
    path: str
    tree: ast.Module
    functions: tuple[Function, ...]
    own: frozenset[str]
    constants: dict[str, str]
    """Texts that the module gives names to."""


@cache
def raised() -> tuple[list[Raised], list[str]]:
    """All codes with their places, and the places where an error gets a code that cannot be read from the text."""
    modules = list(_modules())
    classes = _classes(modules)
    shared, local = _makers(modules, classes)
    homes = {function.name: (module, function) for module in modules for function in module.functions
             if function.name in shared and function.name in local[module.path]}  # fmt: skip
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
            place = f"{module.path}:{call.lineno}"
            for known in _settings(call, module, modules) if texts else ():
                for kind, cause, cure, details in _made(call, known, module, classes, homes):
                    found += [Raised(text, place, kind, cause, cure, details) for text in texts]
            if not texts and code is not None:
                unreadable.append(f"{place}: {ast.unparse(code)}")
    return found, unreadable


Homes: TypeAlias = "dict[str, tuple[_Module, Function]]"


def _settings(call: ast.Call, module: _Module, modules: list[_Module]) -> list[dict[str, str]]:
    """The texts known by name at ``call``: once, or once for each call of a function that writes errors for others."""
    around = next((one for one in module.functions if _returns_error(one) and call in _calls(one)), None)
    if around is None:
        return [module.constants]
    bound = [
        module.constants | _bound(caller, around, other.constants)
        for other in modules
        for caller in _calls(other.tree)
        if _name(caller.func) == around.name and (other is module or not around.name.startswith("_"))
    ]
    return bound or [module.constants]


def _returns_error(function: Function) -> bool:
    return isinstance(function.returns, ast.Name) and function.returns.id in _ERRORS


def _made(
    call: ast.Call, known: dict[str, str], module: _Module, classes: Makers, homes: Homes
) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Class, cause, cure and names of details of the errors that ``call`` makes; ``known`` are texts by name."""
    name = _name(call.func)
    if name in classes:
        given = {"cause": "", "cure": ""} | dict(
            zip(("code", "cause", "cure"), [_text(one, known) for one in call.args], strict=False)
        )
        given |= {one.arg: _text(one.value, known) for one in call.keywords if one.arg in ("cause", "cure")}
        details = frozenset(one.arg or "**" for one in call.keywords) - {"code", "cause", "cure"}
        yield name, given["cause"], given["cure"], details
        return
    own = [function for function in module.functions if function.name == name]
    home, maker = (module, own[0]) if own else homes[name]
    for inner in _calls(maker):
        if any(_is_parameter(one) for one in [*inner.args, *(keyword.value for keyword in inner.keywords)]):
            yield from _made(inner, home.constants | _bound(call, maker, known), home, classes, homes)


def _bound(call: ast.Call, maker: Function, known: dict[str, str]) -> dict[str, str]:
    """The texts that the parameters of ``maker`` get from ``call``."""
    names = [one.arg for one in maker.args.args if one.arg not in ("self", "cls")]
    defaults = maker.args.defaults
    bound = dict(zip(names[len(names) - len(defaults) :], [_text(one, {}) for one in defaults], strict=True))
    bound |= dict(zip(names, [_text(one, known) for one in call.args], strict=False))
    return bound | {one.arg: _text(one.value, known) for one in call.keywords if one.arg}


def _modules() -> Iterator[_Module]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            relative = path.relative_to(ROOT)
            if not set(_FOREIGN) & set(relative.parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                functions = tuple(
                    node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                )
                own = frozenset(one.name for one in functions)
                yield _Module(relative.as_posix(), tree, functions, own, _constants(tree))


def _constants(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and (text := _text(node.value, found)) not in ("", ELLIPSIS):
                found[target.id] = text
    return found


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


@cache
def _calls(node: ast.AST) -> tuple[ast.Call, ...]:
    return tuple(inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


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


def _text(node: ast.expr, known: dict[str, str]) -> str:
    """What an expression says: its text, with … for what only the running program knows."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ELLIPSIS
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one, known) for one in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, known) + _text(node.right, known)
    return known.get(node.id, ELLIPSIS) if isinstance(node, ast.Name) else ELLIPSIS


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
