"""Writes ``docs/problems.md``: ``make pages``, or ``python tests/problems_page.py`` for the text alone.

Codes, English, HTTP status and exit code are read from the code, Chinese from ``offices/problem_texts``, verdicts from
``ledger/reasons.py``. What stands here by hand is the frame, and the names of the areas.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from typing import Final

from problem_codes import ELLIPSIS, Raised, raised

from api.problems import FRAMEWORK, OTHER, family_of
from cli.problems import exit_code
from ledger.errors import OnceledgerError
from ledger.reasons import CHECKS, REASONS
from offices.problem_texts import PROBLEMS_ZH

NONE: Final = "–"
HEAD: Final = """\
# Verdicts and problems · 核验结论与错误代码

Made by `make pages` from the code; a test compares. 本页由程序生成，与代码逐条核对。

Codes are stable: they never change their meaning. No sentence carries personal data: a problem names the row, the field
and the rule, never the value. … stands for what is filled in.
代码一经公布，含义不变；文字不含个人信息；… 处为具体内容。

## Verdicts · 核验结论

Each numbered check of the [sequence](architecture.md#verification) gives one answer. *Failed* beats *cannot be checked*
beats *passed*; the whole is valid, invalid or cannot be checked (exit codes 0, 1, 3).
"""
ERRORS: Final = """\
## Errors · 错误

`HTTP` is the status of the [HTTP door](api.md#errors), `exit` the exit code of the [command line](cli.md); – stands
where the code cannot come up. `onceledger verify` exits with 3 for every error but a wrong command line (2): it has
checked nothing. Both doors give cause and cure in both languages.
核验命令遇到任何错误均以 3 退出（命令写法有误为 2）：什么也没有核验。
"""
AREAS: Final[dict[str, tuple[str, str]]] = {
    "agency": ("机关", "agencies"),
    "anchor": ("存证", "anchoring"),
    "anchor-log": ("存证日志", "anchor log"),
    "approve": ("复核", "approval"),
    "base58": ("base58 编码", "base58"),
    "base64url": ("base64url 编码", "base64url"),
    "batch": ("批次", "batches"),
    "blobs": ("内容库", "content store"),
    "block-header": ("区块头", "block header"),
    "bundle": ("证明文件", "bundle"),
    "chain-walk": ("逐块核对", "walk over the blocks"),
    "chain": ("区块链与节点", "chain and nodes"),
    "cid": ("内容标识", "content identifier"),
    "contract": ("合约编译文件", "compiled contracts"),
    "correction": ("更正请求", "requests for a correction"),
    "credential": ("证照", "credential"),
    "dag-pb": ("内容节点", "content nodes"),
    "data-integrity": ("签名证明", "data integrity proof"),
    "dev": ("试用实例", "throw-away instance"),
    "did": ("DID 文档", "DID documents"),
    "disk": ("磁盘", "disk"),
    "envelope": ("内容密钥的信封", "key envelope"),
    "export": ("导出", "export"),
    "files": ("文件", "files"),
    "http": ("HTTP 请求", "HTTP requests"),
    "import": ("导入", "import"),
    "input": ("输入", "input"),
    "installation": ("安装", "installation"),
    "internal": ("软件缺陷", "mistakes of the software"),
    "issue": ("签发", "issuing"),
    "json": ("JSON", "JSON"),
    "key": ("机关密钥", "an agency's keys"),
    "keys": ("密钥与签名", "keys and signing"),
    "keystore": ("密钥库", "key store"),
    "mapping": ("映射", "mapping"),
    "merkle": ("默克尔树", "Merkle tree"),
    "multikey": ("公钥", "public key"),
    "numbers": ("业务编号", "business numbers"),
    "officer": ("人员", "officers"),
    "online": ("联网核验", "verifying online"),
    "output": ("输出", "output"),
    "publish": ("公布状态", "publication of status"),
    "qbft": ("区块共识签名", "block seals"),
    "receipt-proof": ("收据证明", "receipt proof"),
    "records": ("记录数据库", "records database"),
    "refresh": ("更新证明文件", "refreshing a bundle"),
    "registry": ("登记合约", "registries"),
    "registry-event": ("合约事件", "registry events"),
    "rlp": ("RLP 编码", "RLP"),
    "root": ("根授权机构", "root authority"),
    "row": ("名册的行", "rows of a register"),
    "rows": ("名册文件", "register files"),
    "sealing": ("内容封存", "sealed content"),
    "sender": ("发送账户", "sending accounts"),
    "serve": ("监听", "listening"),
    "service": ("服务状态", "state of the service"),
    "settings": ("设置", "settings"),
    "status": ("证照状态", "status of credentials"),
    "status-list": ("状态列表", "status list"),
    "status-pack": ("状态包", "status pack"),
    "status-statement": ("状态列表的签名", "signature of a status list"),
    "status-reasons": ("状态原因", "status reasons"),
    "supersede": ("更正换发", "superseding"),
    "token": ("凭令牌访问", "access by token"),
    "tokens": ("令牌文件", "token file"),
    "trust-description": ("信任说明", "trust description"),
    "trust-folding": ("链上登记的推导", "folding of registry events"),
    "trust-names": ("登记的名称", "registered names"),
    "trust-pack": ("信任包", "trust pack"),
    "type": ("证照类型", "credential types"),
    "unixfs": ("内容分块", "content chunks"),
    "upload": ("上传", "uploads"),
    "usage": ("命令写法", "command line"),
    "validity": ("有效期", "validity"),
    "verify": ("核验请求", "requests to verify"),
    "worker": ("自动存证", "anchoring by itself"),
}
"""What stands before a code's dot, in Chinese and English."""


@dataclass(frozen=True)
class Row:
    """What the page says of a code."""

    code: str
    status: str
    exit: str
    zh: str
    en: tuple[str, ...]


def rows() -> list[Row]:
    """A row for each code that has Chinese, in order; the English of each place that raises it."""
    places: dict[str, list[Raised]] = defaultdict(list)
    for one in sorted(raised()[0], key=_line):
        places[one.code].append(one)
    told = {code: (str(status), NONE, (f"{cause} {cure}",)) for status, (code, cause, cure, _) in FRAMEWORK.items()}
    told[OTHER[0]] = ("4xx", NONE, (f"{OTHER[1]} {OTHER[2]}",))
    told["internal.unexpected"] = ("500", "1", told["internal.unexpected"][2])
    told["usage.command-line"] = (NONE, "2", ("The command line cannot be understood. See the command's --help.",))
    for code, found in places.items():
        here = told.get(code, (NONE, NONE, ()))
        english = dict.fromkeys(f"{one.cause} {one.cure}".strip() for one in found)
        told[code] = (_status(found), _exit(found), tuple(dict.fromkeys([*here[2], *english])))
    return [Row(code, *told.get(code, (NONE, NONE, ()))[:2], _chinese(code), told[code][2]) for code in sorted(told)]


def _line(one: Raised) -> tuple[str, int]:
    path, _, line = one.place.partition(":")
    return path, int(line)


def page() -> str:
    """The whole page."""
    areas: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        areas[row.code.partition(".")[0]].append(row)
    return "\n".join(chain([HEAD], _verdicts(), [ERRORS], *(_area(name, areas[name]) for name in sorted(areas))))


def _verdicts() -> Iterator[str]:
    for check in CHECKS:
        yield f"### {check.step} · {check.zh} · {check.en} (`{check.name}`)\n"
        yield "| code | outcome | 说明与办法 | sentence and cure |\n| --- | --- | --- | --- |"
        for one in REASONS.values():
            if one.check is check:
                zh, en = f"{one.zh}{one.cure_zh}", f"{one.en} {one.cure_en}".strip()
                yield f"| `{one.code}` | {one.outcome} | {_cell(zh)} | {_cell(en)} |"
        yield ""


def _area(name: str, found: list[Row]) -> Iterator[str]:
    zh, en = AREAS[name]
    yield f"### `{name}` · {zh} · {en}\n"
    yield "| code | HTTP | exit | 原因与办法 | cause and cure |\n| --- | --- | --- | --- | --- |"
    for row in found:
        yield f"| `{row.code}` | {row.status} | {row.exit} | {_cell(row.zh)} | {'<br>'.join(map(_cell, row.en))} |"
    yield ""


def _status(found: list[Raised]) -> str:
    outside = [one for one in found if not one.place.startswith("cli/")]
    return " ".join(sorted({str(family_of(_error(one)).status) for one in outside})) or NONE


def _exit(found: list[Raised]) -> str:
    outside = [one for one in found if not one.place.startswith("api/")]
    return " ".join(sorted({str(exit_code(_error(one), verifying=False)) for one in outside})) or NONE


def _error(one: Raised) -> OnceledgerError:
    import_module(one.place.partition(".py")[0].replace("/", "."))  # a module may have a finer class of its own
    return _kinds(OnceledgerError)[one.kind](one.code, one.cause, one.cure)


def _kinds(kind: type[OnceledgerError]) -> dict[str, type[OnceledgerError]]:
    return {kind.__name__: kind} | {name: one for sub in kind.__subclasses__() for name, one in _kinds(sub).items()}


def _chinese(code: str) -> str:
    blank: defaultdict[str, str] = defaultdict(lambda: ELLIPSIS)
    return "".join(string.Formatter().vformat(text, (), blank) for text in PROBLEMS_ZH.get(code, ("", "")))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    print(page(), end="")
