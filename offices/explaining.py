"""Cause and cure of an error in Chinese and English: what both doors show."""

from __future__ import annotations

from string import Formatter
from typing import Any, Final

from ledger.errors import OnceledgerError
from ledger.label import Label
from offices.contract_errors import CONTRACT_ERRORS
from offices.problem_texts import PROBLEMS_ZH
from offices.problem_texts.words import CODED, WORDS_ZH

LINE: Final = Label("第 {position} 行：", "Line {position}: ")
LISTED: Final = Label("列表中第 {position} 个：", "Number {position} of the list: ")
"""How a door says at which of many things an error arose, from 1: by lines of a file, by items of a list."""


def explain(error: OnceledgerError, place: Label = LINE) -> tuple[Label, Label]:
    """Cause and cure; where an error lacks what its Chinese asks for, the English stands for it."""
    if error.code == "chain.reverted" and (rule := CONTRACT_ERRORS.get(str(error.detail.get("name")))):
        return rule
    values = {**error.detail, "cause": error.cause, "cure": error.cure}
    cause, cure = (_filled(text, values) for text in PROBLEMS_ZH.get(error.code, ("{cause}", "{cure}")))
    english = error.cause
    if isinstance(position := error.detail.get("position"), int):
        english = place.en.format(position=position) + english
        cause = None if cause is None else place.zh.format(position=position) + cause
    if cause is not None and isinstance(file := error.detail.get("file"), str):
        cause = f"{file}：{cause}"
    return Label(cause or english, english), Label(cure or error.cure, error.cure)


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
