"""What is wrong with a request that does not fit its schema: the place, the rule and its limit, in both languages.

    {"path": "/body/days", "rule": "less_than_equal", "limit": 90,
     "zh": "数值过大：至多 90。", "en": "The number is too large: at most 90."}

Nothing of what was sent is repeated, with one exception: the name of an unknown member, where it is spelt as members'
names are. Then it is a slip of the pen, and whoever made it wants to find it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ledger.label import Label

_MEMBER: Final = re.compile(r"[A-Za-z_]{1,40}")
_QUOTED: Final = re.compile(r"'([^']*)'")

_LIMITS: Final = ("le", "lt", "ge", "gt", "max_length", "min_length", "expected", "pattern")
"""Members of pydantic's own details that come from the schema, never from what was sent."""

_SENTENCES: Final[Mapping[str, Label]] = {
    "missing": Label("缺少该成员。", "The member is missing."),
    "extra_forbidden": Label("有此处不认识的成员。", "There is a member that is not known here."),
    "less_than_equal": Label("数值过大：至多 {limit}。", "The number is too large: at most {limit}."),
    "less_than": Label("数值过大：须小于 {limit}。", "The number is too large: less than {limit}."),
    "greater_than_equal": Label("数值过小：至少 {limit}。", "The number is too small: at least {limit}."),
    "greater_than": Label("数值过小：须大于 {limit}。", "The number is too small: more than {limit}."),
    "literal_error": Label("取值只能是：{limit}。", "The value is none of these: {limit}."),
    "enum": Label("取值只能是：{limit}。", "The value is none of these: {limit}."),
    "string_too_long": Label("文本过长：至多 {limit} 个字符。", "The text is too long: at most {limit} characters."),
    "string_too_short": Label("文本过短：至少 {limit} 个字符。", "The text is too short: at least {limit} characters."),
    "string_pattern_mismatch": Label("文本的写法不对：须符合 {limit}。", "The text does not match {limit}."),
    "string_type": Label("须为文本。", "It is no text."),
    "int_type": Label("须为整数，不加引号。", "It is no whole number, without quotes."),
    "int_parsing": Label("须为整数。", "It is no whole number."),
    "int_from_float": Label("须为整数。", "It is no whole number."),
    "bool_type": Label("须为 true 或 false。", "It is neither true nor false."),
    "list_type": Label("须为列表。", "It is no list."),
    "dict_type": Label("须为对象。", "It is no object."),
    "model_type": Label("须为对象。", "It is no object."),
    "model_attributes_type": Label("须为对象。", "It is no object."),
    "too_long": Label("列表过长：至多 {limit} 项。", "The list is too long: at most {limit} items."),
    "too_short": Label("列表过短：至少 {limit} 项。", "The list is too short: at least {limit} items."),
}
_UNNAMED: Final = Label("不符合规则 {rule}。", "It breaks the rule {rule}.")


def told(found: Mapping[str, Any]) -> dict[str, Any]:
    """One of pydantic's errors, as it is told. ``member`` names an unknown member, ``limit`` what the rule allows: a
    number, a pattern, or a list of values."""
    rule, steps = str(found["type"]), found["loc"]
    entry: dict[str, Any] = {"rule": rule}
    if rule == "extra_forbidden":
        *steps, name = steps
        if isinstance(name, str) and _MEMBER.fullmatch(name):
            entry["member"] = name
    limit = next((found["ctx"][name] for name in _LIMITS if name in found.get("ctx", ())), None)
    if rule in ("literal_error", "enum"):
        limit = _QUOTED.findall(str(limit))
    if limit is not None:
        entry["limit"] = limit if isinstance(limit, int | list) else str(limit)
    sentence = _SENTENCES.get(rule, _UNNAMED)
    if limit is None and "{limit}" in sentence.en:
        sentence = _UNNAMED
    shown = ", ".join(limit) if isinstance(limit, list) else limit
    text = {"zh": sentence.zh.format(limit=shown, rule=rule), "en": sentence.en.format(limit=shown, rule=rule)}
    if "member" in entry:
        text = {"zh": f"此处没有 {entry['member']} 这个成员。", "en": f"There is no member {entry['member']} here."}
    return {"path": "".join(f"/{step}" for step in steps)} | entry | text
