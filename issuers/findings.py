"""What is wrong with one row of a register, for the clerk who has to mend it.

A finding names column, field, rule and reason in both languages, never the value: reports are mailed around, registers
are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ledger.label import Label


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule. ``column`` is the file's name for the place, ``field`` the type's; None where there is none.

    ``first_row`` is the earlier row that a repeated one repeats.
    """

    rule: str
    reason: Label
    column: str | None = None
    field: str | None = None
    first_row: int | None = None


RULES: Final[dict[str, tuple[str, str]]] = {
    "duplicate-row": ("与第{row}行完全相同", "The whole row repeats row {row}."),
    "duplicate-business-number": ("业务编号与第{row}行相同", "The business number is that of row {row}."),
    "number-exists": ("已有使用该业务编号的证照", "A credential with this business number exists already."),
    "business-number": (
        "业务编号无法生成：缺项、过长或含不可用字符",
        "The business number lacks a part or is unusable.",
    ),
    "valid-from": ("缺少生效日期", "The first day of validity is missing."),
    "validity": ("有效期无法计算，或截止日早于起始日", "The validity cannot be computed, or it ends before it begins."),
    "date": (
        "日期不存在，或与约定形式不符",
        "The date does not exist or does not have the form that the mapping says.",
    ),
    "integer": ("不是整数，或超过15位", "This is not an integer of at most 15 digits."),
    "code": ("代码表中没有该代码", "The code list does not have this code."),
    "unknown-column": ("映射中没有此序号的列", "The mapping does not know the column of this number."),
    "not-text": ("应为单个文本、整数或布尔值", "A single text, integer or boolean was expected."),
    "spreadsheet-error": ("单元格是电子表格的错误值", "The cell holds a spreadsheet's error instead of a value."),
    "unreadable-row": ("此行无法读取", "The row cannot be read."),
    "row.too-many-cells": ("单元格多于表头", "The row has more cells than the header."),
    "row.too-few-cells": ("单元格少于表头", "The row has fewer cells than the header."),
    "row.not-an-object": ("此行不是 JSON 对象", "The line is not a JSON object."),
    "row.number-too-long": (
        "数字超过15位，电子表格已将其四舍五入；请把该列设为文本格式后重新填写",
        "A number has more than 15 digits and the spreadsheet rounded it: format the column as text and fill it again.",
    ),
    "json.float": (
        "签名数据中不允许浮点数",
        "Signed data may not hold a float: write an integer, or a decimal as text.",
    ),
    "json.too-deep": ("JSON 嵌套过深", "The JSON nests too deep."),
    "json.duplicate-key": ("JSON 对象中键名重复", "A JSON object names a key twice."),
    "json.malformed": ("不是有效的 JSON", "The line is not JSON."),
    "json.lone-surrogate": ("含有不成对的代理字符", "A text holds half of a surrogate pair."),
    "json.number-out-of-range": ("数字超出可精确表示的范围", "A number is outside the range of exact integers."),
    "json.negative-zero": ("数字为负零", "A number is minus zero."),
}
"""Reasons by rule; the ones with a dot are codes of what a reader found."""


def finding(
    rule: str, column: str | None = None, field: str | None = None, *, first_row: int | None = None, **fill: Any
) -> Finding:
    """The finding of a rule of this package; a reader's unknown code is an unreadable row."""
    zh, en = RULES.get(rule, RULES["unreadable-row"])
    values = {"row": first_row, **fill}
    return Finding(rule, Label(zh.format(**values), en.format(**values)), column, field, first_row)
