"""What is wrong with a command line, in both languages. Typer says it in English alone."""

from __future__ import annotations

import re
from typing import Any, Final

from cli.printable import printable
from ledger.label import Label

_VALUES_ZH: Final = (
    (re.compile(r"Input should be a valid integer|is not a valid int"), "须为整数"),
    (re.compile(r"Input should be a valid number|is not a valid float"), "须为数字"),
    (re.compile(r"Input should be less than or equal to ([\d.]+)"), "不得大于 {0}"),
    (re.compile(r"Input should be greater than or equal to ([\d.]+)"), "不得小于 {0}"),
    (re.compile(r"is not one of (.+?)\.?$"), "须为其中之一：{0}"),
)
"""What is wrong with a value, as Typer says it, and in Chinese."""

_NO_COMMAND: Final = re.compile(r"No such command '([^']*)'\.(?: Did you mean (.*)\?)?")


def explain_usage(error: Any) -> Label:
    """The sentence for one of Typer's usage errors, told apart by what they carry: their classes are not public."""
    english = printable(error.format_message(), 1_000)
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return Label(f"没有选项 {printable(error.option_name)}。", english)
    if kind == "MissingParameter":
        hint = getattr(error, "param_hint", None) or (error.param.get_error_hint() if error.param else "")
        return Label(f"缺少 {printable(hint)}。", english)
    if kind == "BadParameter":
        hint = getattr(error, "param_hint", None) or (error.param.get_error_hint() if error.param else "")
        return Label(f"{printable(hint)} 的值不可用（{_value_zh(printable(error.message))}）。", english)
    if kind == "BadOptionUsage":
        return Label(f"选项 {printable(error.option_name)} 用法有误。", english)
    if english.startswith("No such command"):
        return Label(_no_command_zh(english), english)
    if english.startswith("Missing command"):
        return Label("缺少子命令。", english)
    if english.startswith("Got unexpected extra argument"):
        return Label("参数过多。", english)
    return Label(f"命令行无法理解：{english}", english)


def _value_zh(english: str) -> str:
    for pattern, chinese in _VALUES_ZH:
        if found := pattern.search(english):
            return chinese.format(*found.groups())
    return english


def _no_command_zh(english: str) -> str:
    found = _NO_COMMAND.match(english)
    if found is None:
        return f"没有这个命令（{english}）。"
    name, near = found.groups()
    return f"没有命令 {name}。" + (f"是否为 {near.replace(', ', '、')}？" if near else "")
