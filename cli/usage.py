"""What is wrong with a command line, in both languages. Typer says it in English alone."""

from __future__ import annotations

from typing import Any

from cli.printable import printable
from ledger.label import Label


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
        return Label(f"{printable(hint)} 的值不可用（{printable(error.message)}）。", english)
    if kind == "BadOptionUsage":
        return Label(f"选项 {printable(error.option_name)} 用法有误。", english)
    if english.startswith("No such command"):
        return Label(f"没有这个命令（{english}）。", english)
    if english.startswith("Missing command"):
        return Label("缺少子命令。", english)
    if english.startswith("Got unexpected extra argument"):
        return Label("参数过多。", english)
    return Label(f"命令行无法理解：{english}", english)
