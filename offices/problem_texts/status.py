"""Chinese for errors of status lists, their reasons, packs and publication."""

from __future__ import annotations

from typing import Final

STATUS: Final[dict[str, tuple[str, str]]] = {
    "publish.chain-behind": ("链上该列表的版本比记录少。", "将设置指向记录所属网络中最新的节点。"),
    "publish.event-missing": ("公布交易中没有相应事件。", "换一个节点再试。"),
    "publish.other-event": ("链上的公布与记录不同。", "停止公布，核对节点与记录：另有他处在为该机关公布。"),
    "publish.overtaken": (
        "每次都有他处抢先公布该列表的下一版本。",
        "另有账户在为该机关公布：移除它（onceledger agency sender list），然后再公布。",
    ),
    "publish.successor-elsewhere": (
        "本机关已并入机关 {successor}，而后者不在此安装中。",
        "请在其账户与密钥所在之处，以本处记录的副本公布。",
    ),
    "status-list.chunk-size": ("状态分块的长度不是 1,024 字节。", "请持有人出示原始文件。"),
    "status-list.encoding": ("状态列表不是 base64url 编码的一个完整 gzip 数据。", "重新获取该列表。"),
    "status-list.index": ("状态序号不在列表之中。", "向签发机关查明证照在哪个列表。"),
    "status-list.seed": ("种子不足 16 字节。", "一次性取 32 个随机字节。"),
    "status-list.size": ("状态列表的容量不是 131,072 至 16,777,216 之间的 8,192 的倍数。", "使用签发机关公布的列表。"),
    "status-pack.encoding": ("状态包有一部分不是长度相符的完整 zlib 数据。", "重新获取状态包。"),
    "status-pack.list": ("状态包中有列表的用途、版本或长度不成立。", "重新获取状态包。"),
    "status-pack.list-altered": ("状态包中的列表不是所公布的那一份。", "重新获取状态包。"),
    "status-pack.lists-not-rising": ("状态包中有列表重复或次序不对。", "重新获取状态包。"),
    "status-pack.not-a-pack": ("该文件不是这一版本的状态包。", "给出状态包。"),
    "status-pack.other-length": ("状态包中列表的长度与所公布的不同。", "重新获取状态包。"),
    "status-pack.other-list": ("状态包中的公布记录属于另一列表。", "重新获取状态包。"),
    "status-pack.other-version": ("状态包中的列表不是所公布的版本。", "重新获取状态包。"),
    "status-pack.publication": ("状态包中列表的公布证明格式不对。", "重新获取状态包。"),
    "status-pack.reasons-altered": ("状态包中的状态原因不是所公布的那一份。", "重新获取状态包。"),
    "status-pack.too-large": ("状态包过大。", "按机关分开。"),
    "status-pack.truncated": ("状态包不完整，或其后还有多余内容。", "重新获取状态包。"),
    "status-reasons.encoding": ("状态原因不是一个完整的 zlib 数据。", "重新获取状态包或列表。"),
    "status-reasons.entry": (
        "有一条状态原因的序号、日期、终止日或后继证照不成立。",
        "只有暂停才有终止日，只有被取代的证照才有后继证照。",
    ),
    "status-reasons.malformed": ("该字节不是状态原因文件。", "重新获取状态包或列表。"),
    "status-reasons.order": (
        "同一序号的状态原因互相矛盾或次序不对。",
        "终局的原因只给一条，一次暂停终止后才可有下一次。",
    ),
    "status-reasons.size": ("状态原因超过 1,048,576 条或 64 MiB。", "关闭该列表，另开新的列表。"),
    "status-statement.size": ("状态列表的签名不是 32 字节的密钥摘要和 64 字节的签名。", "重新获取状态包。"),
    "status.list-exists": ("已有使用该编号的状态列表。", "取下两个未用的编号。"),
    "status.list-unknown": ("没有这一对状态列表。", "先添加它们。"),
    "status.not-published": ("没有该编号的状态列表，或尚未公布。", "核对编号；刚签发的请几分钟后再查。"),
    "status.other-entry": ("状态变更指向的不是该证照自己的位置。", "重新读取该证照后再试。"),
    "status.rows-refused": (
        "{count} 个编号中有 {refused} 个不能这样变更；未作任何更改。",
        "去掉所列各行；或跳过它们，变更其余。",
    ),
    "status.version-exists": ("该版本的状态列表已存在而内容不同。", "再执行 onceledger publish。"),
}
