"""What every attack must meet: which check refuses it, and why. The run fails when one meets anything else.

``step`` is the check of ``docs/architecture.md`` ("Verification") that decides, ``codes`` are all objections, the
deciding one first. What a contract refuses is named by the contract's own error, what is wrong with a pack by
``docs/problems.md``. *Genuine* is no attack: the real thing next to it, which must be known for what it is. *Limit* is
what no verifier can tell: it is shown so that it is known.
"""

# ruff: noqa: E501 - a table: one attack a line, however long its two names

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

INVALID: Final = "invalid"
CANNOT: Final = "cannot be checked"
VALID: Final = "valid"
REFUSED: Final = "refused"
NEVER: Final = "never valid"


@dataclass(frozen=True, slots=True)
class Expected:
    """One attack, its answer, the step that decides (None: a contract) and the reasons."""

    key: str
    zh: str
    en: str
    verdict: str
    step: int | None
    codes: tuple[str, ...]
    problem: str | None = None
    kind: Literal["attack", "genuine", "limit"] = "attack"
    remark: str = ""
    """What people read where nothing is caught."""


def _genuine(key: str, zh: str, en: str, remark: str = "本就真实 · it is genuine") -> Expected:
    return Expected(key, zh, en, VALID, 10, (), kind="genuine", remark=remark)


def _limit(key: str, zh: str, en: str, remark: str) -> Expected:
    return Expected(key, zh, en, VALID, 10, (), kind="limit", remark=remark)


def _contract(key: str, zh: str, en: str, error: str) -> Expected:
    return Expected(key, zh, en, REFUSED, None, (error,))


def _pack(key: str, zh: str, en: str, problem: str) -> Expected:
    return Expected(key, zh, en, CANNOT, 0, ("trust.unusable",), problem)


ALTERED: Final = (
    _genuine("altered.genuine", "未改动的原件", "the untouched bundle"),
    Expected("altered.credential", "证照改动一个字节", "one byte changed in the credential", INVALID, 2, ("signature.wrong",)),
    Expected("altered.path", "包含证明改动一个字节", "one byte changed in the path", INVALID, 4, ("inclusion.path-wrong",)),
    Expected("altered.receipt", "收据改动一个字节", "one byte changed in the receipt", INVALID, 5, ("anchored.receipt-wrong",)),
    Expected("altered.header", "区块头状态根改动一个字节", "one byte changed in the header (its state root)", INVALID, 5, ("anchored.seals-wrong",)),
    Expected("altered.seal", "共识签名改动一个字节", "one byte changed in a seal", INVALID, 5, ("anchored.seals-wrong",)),
    Expected("altered.seal-missing", "去掉一个共识签名", "one seal left out", INVALID, 5, ("anchored.seals-insufficient",)),
    Expected("altered.two-credentials", "一个文件两份证照", "two credentials in one file", INVALID, 1, ("well-formed.malformed",)),
    Expected("altered.every-byte", "逐字节改动整个文件", "every byte of a file changed, one at a time", NEVER, None, ("no other certificate, block or time was accepted",)),
    Expected("revoked.old-bundle", "已吊销，出示吊销前的文件", "revoked, shown with the bundle from before", INVALID, 9, ("status.revoked",)),
    Expected("revoked.bit-cleared", "已吊销，抹去状态位", "revoked, with its status bit cleared", CANNOT, 9, ("status.proof-wrong",)),
    Expected("revoked.no-status", "已吊销，删去状态部分", "revoked, with the status part cut out", CANNOT, 9, ("status.unknown",)),
    _limit("revoked.never-told", "已吊销，核验方没有状态包", "revoked, old bundle, a verifier without a status pack", "否：状态与文件同龄，且会言明 · no: the status is as old as the bundle, and says so"),
    Expected("revoked.old-status", "同上，核验方限定状态时效", "the same, a verifier who limits the age of the status", CANNOT, 10, ("policy.status-too-old",)),
)  # fmt: skip

OFFICES: Final = (
    _genuine("dogs.genuine", "养犬登记证原件", "a genuine dog licence"),
    _contract("dogs.anchors-as-degree", "养犬登记所以学位证书类型存证", "the dog licence office anchors for degrees", "NotAccredited"),
    Expected("dogs.degree", "养犬登记所把学位证书按养犬登记证存证", "it anchors a degree as a dog licence", INVALID, 6, ("entitled.other-type",)),
    Expected("dogs.degree-claims", "养犬登记证里写学位", "a dog licence that speaks of a degree", CANNOT, 6, ("entitled.newer-than-pack",)),
    Expected("dogs.degree-claims-next-pack", "同上，信任包更新后", "the same, under the next trust pack", INVALID, 6, ("entitled.claim-unknown",)),
    Expected("dogs.as-university", "冒用大学名义，自有密钥", "in the university's name, with its own key", INVALID, 2, ("signature.method-of-another",)),
    Expected("dogs.key-as-university", "自有密钥冒充大学密钥", "its own key passed off as the university's", INVALID, 2, ("signature.key-not-of-issuer",)),
    Expected("copy.root", "照抄大学的批次根存证", "the university's root copied and anchored", INVALID, 6, ("entitled.other-agency",)),
    Expected("copy.re-signed", "照抄后改签为自己签发", "copied, and re-signed as its own", INVALID, 4, ("inclusion.path-wrong", "entitled.other-type")),
    Expected("copy.with-its-key", "并把大学的公钥登记为自己的", "copied, and the university's public key registered as its own", INVALID, 6, ("entitled.other-agency",)),
    _genuine("copy.genuine", "被照抄的大学原件", "the university's own, whose root was copied"),
    _contract("ministry.alone", "一个部委单独签署根决定", "a root decision signed by one ministry", "TooFewSignatures"),
    _contract("sender.registers-key", "发送账户登记密钥", "a sender's account registers a key", "NotAdmin"),
    Expected("sender.un-revokes", "发送账户失窃，公布已抹去吊销的列表", "a sender's account stolen: it publishes a list without the revocation", CANNOT, 9, ("status.not-signed",)),
    Expected("sender.office-publishes-again", "同上，该机关随后重新公布", "the same, after the office published again", INVALID, 9, ("status.revoked",)),
)  # fmt: skip

KEYS: Final = (
    _genuine("stolen.genuine", "不动产权证书原件", "a genuine certificate of the robbed office"),
    _contract("stolen.stranger-anchors", "盗得签名密钥，无发送账户", "signing key stolen, no sender's account", "NotSender"),
    Expected("stolen.reverted", "强行存证，交易失败", "forced into the chain: the transaction failed", INVALID, 5, ("anchored.transaction-failed",)),
    Expected("stolen.unanchored", "伪造证照未存证", "forged, not anchored", CANNOT, 4, ("inclusion.missing", "anchored.not-anchored-yet")),
    Expected("stolen.borrowed-anchor", "借用他证的存证记录", "forged, with the anchor of another certificate", INVALID, 4, ("inclusion.path-wrong",)),
    Expected("stolen.own-contract", "自建合约发出同样事件", "forged, the event from a contract of one's own", INVALID, 5, ("anchored.wrong-contract",)),
    Expected("stolen.own-seals", "自造区块，以自有密钥作共识签名", "forged, in a block sealed with one's own keys", INVALID, 5, ("anchored.seals-wrong",)),
    Expected("stolen.two-validators", "自造区块，只有两个验证节点的共识签名", "forged, sealed by two of the four validators", INVALID, 5, ("anchored.seals-insufficient",)),
    Expected("stolen.one-twice", "自造区块，一个节点作两次共识签名", "forged, sealed by two, one of them twice", INVALID, 5, ("anchored.seals-wrong",)),
    _limit("compromised.undeclared", "盗得密钥和账户，尚无人察觉", "key and account stolen, and nobody noticed yet", "否：直至声明泄露 · no: until the compromise is declared"),
    Expected("compromised.later-batch", "声明泄露后，泄露日之后的批次", "the compromise declared: the batch after its date", INVALID, 7, ("key.compromised-before-anchor",)),
    _genuine("compromised.earlier", "泄露日之前的证照", "what was anchored before that date"),
    _contract("compromised.contract", "泄露密钥再存证", "a later batch under the compromised key", "KeyIsCompromised"),
    Expected("compromised.old-anchor", "泄露后伪造，借用旧存证记录", "forged later, with an old anchor", INVALID, 4, ("inclusion.path-wrong",)),
    Expected("compromised.unanchored", "泄露后伪造，未存证", "forged later, not anchored", INVALID, 7, ("key.compromised-unanchored", "inclusion.missing", "anchored.not-anchored-yet")),
    Expected("compromised.backdated", "泄露后伪造，自造旧区块", "forged later, in a backdated block of one's own", INVALID, 5, ("anchored.seals-wrong", "key.anchor-time-unproven")),
    _genuine("compromised.new-key", "启用新密钥后的证照", "issued with the office's new key"),
)  # fmt: skip

PACKS: Final = (
    _pack("pack.own", "自制信任包", "a trust pack of one's own making", "trust-pack.not-signed-by-root"),
    _pack("pack.one-ministry", "只有一个部委签名的信任包", "a trust pack that one ministry signed", "trust-pack.too-few-signatures"),
    _pack("pack.key-slipped-in", "信任包中塞入自己的密钥", "one's own key slipped into the trust pack", "trust-pack.description-altered"),
    _pack("pack.old", "旧信任包（泄露声明之前）", "an old trust pack, from before the compromise", "trust-pack.rolled-back"),
    _pack("pack.expired", "过期信任包", "an expired trust pack", "trust-pack.expired"),
    _genuine("world.in-itself", "自建整条链、机关、信任包：自成一体", "a whole world of one's own, to those who pinned its root", "其自身完好 · it is sound in itself"),
    _pack("world.to-us", "自建世界的信任包，对照真正的根", "its trust pack, held against the real root", "trust-pack.not-signed-by-root"),
    Expected("world.certificate", "自建世界的证照，对照真正的信任包", "its certificate, held against the real trust pack", CANNOT, 2, ("signature.key-newer-than-pack",)),
    Expected("world.backdated", "同上，签名时间倒填", "the same, its signature backdated", INVALID, 2, ("signature.key-not-of-issuer",)),
)  # fmt: skip

VALIDATORS: Final = (
    Expected("retired.not-refreshed", "换届前的原件，未更新", "genuine, from before the handover, not refreshed", CANNOT, 5, ("anchored.history-needed",), kind="genuine", remark="本就真实，由持有人更新 · it is genuine; its holder refreshes it"),
    _genuine("retired.refreshed", "更新后附历史路径的原件", "the same, refreshed with its history path"),
    Expected("retired.new-block", "退任节点为新区块作共识签名", "a new block sealed by the retired validators", INVALID, 5, ("anchored.seals-wrong",)),
    Expected("retired.old-block", "退任节点为旧区块补作共识签名", "a backdated block sealed by the retired validators", CANNOT, 5, ("anchored.history-needed",)),
    Expected("retired.borrowed-history", "同上，借用他批的历史路径", "the same, with the history path of another batch", INVALID, 5, ("anchored.history-of-another",)),
    Expected("retired.own-history", "同上，自造历史路径", "the same, with a history path of one's own", INVALID, 5, ("anchored.history-wrong",)),
)  # fmt: skip

FAMILIES: Final = (
    (("篡改与吊销", "Altered and revoked"), ALTERED),
    (("越权机关", "Offices beyond their rights"), OFFICES),
    (("失窃密钥", "Stolen keys"), KEYS),
    (("信任包", "Trust packs"), PACKS),
    (("退任验证节点", "Retired validators"), VALIDATORS),
)
