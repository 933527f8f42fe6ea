"""Chinese for the words that errors carry as codes."""

from __future__ import annotations

from typing import Final

_STATES: Final = {
    "draft": "草稿",
    "rejected": "已驳回",
    "approved": "已批准",
    "pending_anchor": "待存证",
    "anchor_refused": "存证被拒",
    "anchored": "已存证",
    "held": "已暂停",
    "superseded": "已被取代",
    "revoked": "已吊销",
    "void": "作废",
    "changed": "刚被他处更改",
}
_ACTIONS: Final = {
    "approve": "批准",
    "reject": "驳回",
    "issue": "签发",
    "anchor": "存证",
    "refuse": "记为存证被拒",
    "retry": "重试",
    "reopen": "重新签发",
    "hold": "暂停",
    "resume": "恢复",
    "supersede": "更正",
    "revoke": "吊销",
    "change": "变更状态",
    "look-again": "重新查看后再试",
}
_ROLES: Final = {
    "clerk": "经办人",
    "reviewer": "复核人",
    "operator": "运行人员",
    "auditor": "审计人员",
    "administrator": "管理员",
    "member": "成员",
}
_DOCUMENTS: Final = {"trust-pack": "信任包", "bundle": "证明文件", "credential-type": "证照类型定义", "root": "根文件"}
WORDS_ZH: Final = {**_STATES, **_ACTIONS, **_ROLES, **_DOCUMENTS}
"""Code -> word, for the members of an error's details that have such codes."""

CODED: Final = frozenset(("state", "action", "possible", "role", "roles", "document"))
"""Those members."""
