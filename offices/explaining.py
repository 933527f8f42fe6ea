"""Cause and cure of an error in Chinese and English: what both doors show."""

from __future__ import annotations

from string import Formatter
from typing import Any

from ledger.errors import OnceledgerError
from ledger.label import Label
from offices.contract_errors import CONTRACT_ERRORS
from offices.problem_texts import PROBLEMS_ZH
from offices.problem_texts.words import CODED, WORDS_ZH


def explain(error: OnceledgerError) -> tuple[Label, Label]:
    """Cause and cure; where an error lacks what its Chinese asks for, the English stands for it."""
    if error.code == "chain.reverted" and (rule := CONTRACT_ERRORS.get(str(error.detail.get("name")))):
        return rule
    values = {**error.detail, "cause": error.cause, "cure": error.cure}
    cause, cure = (_filled(text, values) for text in PROBLEMS_ZH.get(error.code, ("{cause}", "{cure}")))
    if cause is not None and isinstance(position := error.detail.get("position"), int):
        cause = f"第 {position + 1} 行：{cause}"
    if cause is not None and isinstance(file := error.detail.get("file"), str):
        cause = f"{file}：{cause}"
    return Label(cause or error.cause, error.cause), Label(cure or error.cure, error.cure)


def _filled(template: str, values: dict[str, Any]) -> str | None:
    """``template`` filled from an error's details; None when it asks for something that is not among them."""
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    if not wanted <= values.keys():
        return None
    return template.format(**{name: _joined(values[name], coded=name in CODED) for name in wanted})


def _joined(value: Any, *, coded: bool = False) -> str:
    """A detail as text; what is a code comes with its word, since the other door and programs go by the code."""
    if isinstance(value, list | tuple):
        return "、".join(_joined(one, coded=coded) for one in value) or "无"
    text = str(value)
    return f"{WORDS_ZH[text]}（{text}）" if coded and text in WORDS_ZH else text
