"""What is wrong with one field, in Chinese and English, without ever repeating the value.

A report on a register is read by many: it names the place and the rule, and may quote the *schema* (a limit, a form),
never the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from ledger.label import Label
from ledger.type_schema import READABLE, YEAR_ONE_ON


@dataclass(frozen=True, slots=True)
class FieldError:
    """``path`` is a JSON Pointer (RFC 6901) into the subject, "" for the whole; ``rule`` a JSON Schema keyword or one
    of *character*, *float*, *not-json*."""

    path: str
    rule: str
    message: Label


_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "required": ("缺少必填项", "The field is required and missing."),
    "additionalProperties": ("含有该证照类型没有定义的字段", "There is a field that the type does not define."),
    "type": ("类型不符，应为{limit}", "The value is not of type {limit}."),
    "enum": ("不在允许的取值之内", "The value is not in the list of allowed values."),
    "const": ("不是规定的值", "The value is not the one prescribed."),
    "pattern": ("格式不符", "The value does not have the prescribed form."),
    "minLength": ("少于{limit}个字符", "The text is shorter than {limit} characters."),
    "maxLength": ("超过{limit}个字符", "The text is longer than {limit} characters."),
    "minimum": ("小于{limit}", "The number is less than {limit}."),
    "maximum": ("大于{limit}", "The number is greater than {limit}."),
    "minItems": ("少于{limit}项", "There are fewer than {limit} entries."),
    "maxItems": ("超过{limit}项", "There are more than {limit} entries."),
    "uniqueItems": ("有重复的项", "An entry is repeated."),
    "format:date": ("日期不存在，或不是 YYYY-MM-DD 的形式", "The date does not exist or is not written YYYY-MM-DD."),
    "format:date-time": (
        "时间不存在，或不是带时区的 RFC 3339 形式",
        "The time does not exist or is not written as RFC 3339 says, with its offset.",
    ),
    "format:cn-resident-id": (
        "公民身份号码的位数、出生日期或校验码有误",
        "The length, date of birth or check digit of the resident identity number is wrong.",
    ),
    "format:cn-uscc": (
        "统一社会信用代码的位数、字符或校验码有误",
        "The length, characters or check character of the unified social credit code is wrong.",
    ),
    "character": (
        "含有控制字符、方向控制符、私用区字符或乱码替换符",
        "There is a control, direction-changing, private-use or replacement character.",
    ),
    "float": ("签名数据中不允许浮点数", "Signed data may not hold a float: write an integer, or a decimal as text."),
    "not-json": ("含有 JSON 无法表示的内容", "There is something that JSON cannot say."),
}


_COMPILED: Final = {READABLE: "character", **{pattern: f"format:{form}" for form, pattern in YEAR_ONE_ON.items()}}


def field_error(path: str, rule: str, limit: Any = "", hint: Label | None = None) -> FieldError:
    """The error of ``rule`` at ``path``; ``limit`` fills the text, ``hint`` is the type's own word on the form."""
    zh, en = _TEXTS[rule]
    zh, en = zh.format(limit=limit), en.format(limit=limit)
    if hint is not None and rule in ("pattern", "enum"):
        zh, en = f"{zh}：{hint.zh}", f"{en} {hint.en}"
    return FieldError(path, rule.partition(":")[0], Label(zh, en))


def from_schema(error: jsonschema_rs.ValidationError, hints: Mapping[str, Label]) -> FieldError:
    """Translate one error of the validator. Its own message repeats the value and is dropped."""
    rule, limit = error.kind.name, error.kind.value
    place = list(error.instance_path)
    if "allOf" in error.schema_path:  # only the compiled form has it: readable text, or a year from 1 on
        rule = _COMPILED[limit]
    elif rule == "format":
        rule = f"format:{limit}"
    elif rule == "required":
        place.append(limit)
    elif rule == "type":
        limit = ", ".join(limit) if isinstance(limit, list) else limit
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    return field_error(pointer(place), rule, limit, hints.get(name))


def pointer(place: Sequence[str | int]) -> str:
    """JSON Pointer of a place (RFC 6901, section 3)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
