"""Chinese for errors of the work of an agency: issuing, correcting, refreshing."""

from __future__ import annotations

from typing import Final

OFFICES: Final[dict[str, tuple[str, str]]] = {
    "agency.busy": ("该机关另有签发、存证或变更正在进行。", "稍后再试；未作任何更改。"),
    "agency.exists": (
        "已登记同一主机名的机关，而名称或上级机关不同。",
        "给出相同的名称与上级机关；改名用 onceledger agency rename。",
    ),
    "agency.host": ("机关的主机名不是小写主机名（可带端口）。", "例如 licences.city.example。"),
    "agency.host-taken": (
        "此主机名的机关，其密钥会与他人的密钥同名。",
        "使用另一主机名：不同于 root-1 之类的成员名称，且前 48 个字符与其他机关不同。",
    ),
    "agency.name": ("机关名称为空、过长或不可显示。", "中英文名称都要给出，各 1 至 200 个可显示的字符。"),
    "agency.none": ("这里还没有机关。", "登记一个：onceledger agency add。"),
    "agency.pending": ("有 {count} 份证照待存证，此后便无人能为其存证。", "先执行 onceledger anchor。"),
    "agency.sender-in-use": ("本安装正以该账户发送。", "先新增一个：onceledger agency sender add。"),
    "agency.sender-unknown": ("该机关没有这个发送账户。", "见 onceledger agency sender list。"),
    "agency.unknown": ("这里没有这个机关。", "已有的机关：{known}。"),
    "approve.same-person": ("复核人就是经办人。", "须由另一人复核。"),
    "correction.content": ("请求中 claims 与 changes 须恰好给出其一。", "只给出其中一项。"),
    "correction.valid-from": ("所给的有效期首日不存在。", "写作 YYYY-MM-DD。"),
    "issue.chunk-breaks-schema": (
        "第 {place} 份已批准的草稿不再符合其类型的规定。",
        "退回该草稿，更正后重新导入该行。",
    ),
    "issue.claims-break-schema": (
        "第 {import_id} 次导入的第 {row} 行不符合该类型现行版本的规则 {rule}。",
        "退回该次导入的其余草稿（onceledger reject --import {import_id}），更正后重新导入；其编号可再用。",
    ),
    "issue.no-key": ("机关没有可用的签发密钥。", "启用新密钥：onceledger key new。"),
    "numbers.none": ("没有给出业务编号。", "在文件或标准输入中每行一个。"),
    "officer.name": ("人员姓名为空、过长，或含有看不见的字符。", "写明是谁：1 至 64 个可显示的字符。"),
    "refresh.not-ours": ("该证明文件不是这里的机关签发的。", "向文件所称的签发机关办理。"),
    "refresh.unknown": ("由本机关密钥签名，但不在其批次之中。", "以业务编号向机关查询。"),
    "supersede.claims-break-schema": ("更正内容在 {path} 处不符合规则 {rule}。", "更正该项目后再试。"),
    "supersede.key-good": (
        "签发最新版本的密钥未声明泄露，该版本仍可采信，无须原样重新签发。",
        "只更正内容则不要求重新签发；密钥确已泄露的，先行声明：onceledger key compromise。",
    ),
    "supersede.malformed": (
        "更正内容的写法不对（{cause}）。",
        '写作 {{"businessNumber": "…", "changes": {{…}}}}，或以 claims 给出全部项目。',
    ),
    "supersede.nothing-to-change": ("最新版本尚未签发，无可更改。", "先完成该版本。"),
    "supersede.other-number": (
        "更正更改了 {field}，而该类型的业务编号正是这一项；各版本的业务编号不变。",
        "不要更改该项；编号确有错误的，将该证照作废，另行签发。",
    ),
    "supersede.same-content": (
        "更正没有更改任何内容：各项均与证照现有内容相同。",
        "给出要更改的项目；签发它的密钥已声明泄露的，要求原样重新签发（--reissue，HTTP 为 reissue）。",
    ),
    "supersede.under-way": ("已有更新的版本在办理中。", "先完成该版本。"),
}
