"""Every answer a check can give, in one table: code, outcome, and one sentence for people in Chinese and English.

``docs/problems.md`` lists the codes; a test holds page and table together. The sentence says what was found; the cure
says what the reader can do. Neither carries data of the credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What one check says. Failed beats cannot-be-checked beats passed."""

    PASSED = "passed"
    FAILED = "failed"
    CANNOT_CHECK = "cannot be checked"
    NOT_APPLICABLE = "not applicable"


class Result(StrEnum):
    """What all checks say together."""

    VALID = "valid"
    INVALID = "invalid"
    CANNOT_CHECK = "cannot be checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check of the verification sequence."""

    step: int
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer of one check. ``code`` is published and never changes its meaning."""

    code: str
    check: Check
    outcome: Outcome
    zh: str
    en: str
    cure_zh: str = ""
    cure_en: str = ""


TRUST: Final = Check(0, "trust", "信任包", "Trust pack")
WELL_FORMED: Final = Check(1, "well-formed", "格式", "Well-formed")
SIGNATURE: Final = Check(2, "signature", "签发机关签名", "Issuer's signature")
HOLDER: Final = Check(3, "holder-binding", "持有人", "Holder binding")
INCLUSION: Final = Check(4, "inclusion", "批次收录", "Inclusion in the batch")
ANCHORED: Final = Check(5, "anchored", "存证", "Anchored on the chain")
ENTITLED: Final = Check(6, "entitled", "签发权限", "Issuer entitled")
KEY: Final = Check(7, "key", "密钥状态", "Key not compromised")
VALIDITY: Final = Check(8, "validity", "有效期", "Validity dates")
STATUS: Final = Check(9, "status", "证照状态", "Status")
POLICY: Final = Check(10, "policy", "核验要求", "Verifier's policy")

CHECKS: Final = (
    TRUST, WELL_FORMED, SIGNATURE, HOLDER, INCLUSION, ANCHORED, ENTITLED, KEY, VALIDITY, STATUS, POLICY,
)  # fmt: skip
"""In the order of the sequence (``docs/architecture.md``, Verification)."""

_P, _F, _C, _N = Outcome.PASSED, Outcome.FAILED, Outcome.CANNOT_CHECK, Outcome.NOT_APPLICABLE
_ASK_HOLDER = ("请持有人出示签发机关给出的原始文件。", "Ask the holder for the file as the issuer made it.")
_REFRESH = (
    "请持有人更新证明文件（onceledger bundle refresh）。",
    "Ask the holder to refresh the bundle (onceledger bundle refresh).",
)
_NEW_PACK = ("请获取新的信任包。", "Get a newer trust pack.")
_NEW_STATUS = ("请获取新的状态包。", "Get a newer status pack.")
_TELL = ("不要采信，并通知所称的签发机关。", "Do not rely on it; tell the office it names.")

_TABLE: Final = (
    Reason("trust.accepted", TRUST, _P, "信任包由根授权机构签署且在有效期内。", "The trust pack is signed by the root authority and current."),
    Reason("trust.unusable", TRUST, _C, "信任包不可用。", "The trust pack cannot be used.", *_NEW_PACK),
    Reason("well-formed.passed", WELL_FORMED, _P, "文件格式正确。", "The file has the right form."),
    Reason("well-formed.malformed", WELL_FORMED, _F, "文件不符合规定格式。", "The file does not have the prescribed form.", *_ASK_HOLDER),
    Reason("well-formed.version-unknown", WELL_FORMED, _C, "文件版本较新，本核验程序不认识。", "The file is of a version this verifier does not know.", "请更新核验程序。", "Update the verifier."),
    Reason("well-formed.context-differs", WELL_FORMED, _F, "随附的语境定义文件与证照所指的摘要不符。", "The context in the file is not the one the credential names by its digest.", *_ASK_HOLDER),
    Reason("signature.passed", SIGNATURE, _P, "签名由签发机关的密钥作出。", "The signature was made by a key of the issuer."),
    Reason("signature.wrong", SIGNATURE, _F, "签名与内容不符：内容被改动，或并非该机关签发。", "The signature does not fit the content: it was altered, or this office did not issue it.", *_TELL),
    Reason("signature.method-of-another", SIGNATURE, _F, "签名密钥不属于所称的签发机关。", "The key named in the proof is not under the issuer's identifier.", *_TELL),
    Reason("signature.created-in-future", SIGNATURE, _F, "签名时间在将来。", "The signature says it was made in the future.", *_TELL),
    Reason("signature.key-not-of-issuer", SIGNATURE, _F, "签名时该机关并没有这把密钥。", "The issuer had no such key when the signature says it was made.", *_TELL),
    Reason("signature.key-newer-than-pack", SIGNATURE, _C, "签名密钥比信任包新。", "The key is newer than the trust pack.", *_NEW_PACK),
    Reason("signature.issuer-unknown", SIGNATURE, _C, "信任包中没有这个签发机关。", "The trust pack does not know this issuer.", "核对签发机关，或获取新的信任包。", "Check the issuer's name, or get a newer trust pack."),
    Reason("holder-binding.none", HOLDER, _N, "没有要求持有人证明。", "No holder binding was asked for."),
    Reason("inclusion.passed", INCLUSION, _P, "证照确在该批次中。", "The credential is in the batch."),
    Reason("inclusion.path-wrong", INCLUSION, _F, "包含证明不能证明证照在该批次中。", "The path does not lead from this credential to the anchored root.", *_ASK_HOLDER),
    Reason("inclusion.no-root", INCLUSION, _N, "没有可供比对的批次根。", "There is no root to compare with: see the anchor."),
    Reason("inclusion.missing", INCLUSION, _C, "尚未编入批次。", "It has not been put into a batch yet.", "稍后请持有人更新证明文件。", "Ask the holder to refresh the bundle later."),
    Reason("anchored.passed-by-seals", ANCHORED, _P, "存证记录由现任验证节点的法定多数作共识签名。", "The anchor stands in a block sealed by a quorum of the validators in force."),
    Reason("anchored.passed-by-history", ANCHORED, _P, "存证记录收录于根授权机构签署的存证日志。", "The anchor stands in the log up to a checkpoint that the root authority signed."),
    Reason("anchored.not-anchored-yet", ANCHORED, _C, "尚未存证。", "It is not anchored yet.", "稍后请持有人更新证明文件。", "Ask the holder to refresh the bundle later."),
    Reason("anchored.header-malformed", ANCHORED, _F, "区块头格式错误。", "The block header is malformed.", *_ASK_HOLDER),
    Reason("anchored.receipt-wrong", ANCHORED, _F, "收据证明与区块头不符。", "The receipt proof does not lead to the block header.", *_ASK_HOLDER),
    Reason("anchored.receipt-unknown", ANCHORED, _C, "收据属于本软件尚不认识的交易种类。", "The receipt is of a kind of transaction that this software does not know.", "更新软件。", "Update the software."),
    Reason("anchored.transaction-failed", ANCHORED, _F, "该收据属于失败的交易。", "The receipt is of a transaction that failed.", *_TELL),
    Reason("anchored.event-missing", ANCHORED, _F, "收据中没有所指的存证事件。", "The receipt has no anchor event at the place named.", *_ASK_HOLDER),
    Reason("anchored.wrong-contract", ANCHORED, _F, "事件出自其他合约。", "The event comes from another contract than the trust pack names.", *_TELL),
    Reason("anchored.wrong-chain", ANCHORED, _F, "事件出自其他链。", "The event comes from another chain.", *_TELL),
    Reason("anchored.seals-insufficient", ANCHORED, _F, "区块的共识签名不足现任验证节点的法定多数。", "The block is not sealed by a quorum of the validators in force.", *_TELL),
    Reason("anchored.seals-wrong", ANCHORED, _F, "区块的共识签名不是现任验证节点所作。", "The seals are not those of the validators in force.", *_TELL),
    Reason("anchored.history-needed", ANCHORED, _C, "该区块早于最近的存证日志检查点，需要历史路径；旧节点的共识签名不足为凭。", "The block is older than the last checkpoint of the anchor log: it needs its history path, seals of former validators prove nothing.", *_REFRESH),
    Reason("anchored.history-wrong", ANCHORED, _F, "历史路径不能通向信任包中的检查点。", "The history path does not lead to a checkpoint of the trust pack.", *_TELL),
    Reason("anchored.history-newer-than-pack", ANCHORED, _C, "历史路径对应的检查点比信任包新。", "The history path leads to a checkpoint newer than the trust pack.", *_NEW_PACK),
    Reason("anchored.history-of-another", ANCHORED, _F, "历史路径属于另一条存证记录。", "The history path is that of another anchor.", *_TELL),
    Reason("anchored.time-in-future", ANCHORED, _F, "存证时间在将来。", "The block's time is in the future.", *_TELL),
    Reason("anchored.time-out-of-order", ANCHORED, _F, "区块时间与信任包中前后区块的时间不符。", "The block's time does not fit those of blocks before and after it that the trust pack knows.", *_TELL),
    Reason("anchored.validators-newer-than-pack", ANCHORED, _C, "信任包早于该区块，验证节点此后可能已更换。", "The block is newer than the trust pack, and its seals are not those of the validators that the pack knows: they may have changed since.", *_NEW_PACK),
    Reason("entitled.passed", ENTITLED, _P, "该机关有权用此密钥签发此类证照。", "The office was entitled to issue this type with this key."),
    Reason("entitled.other-agency", ENTITLED, _F, "存证的机关不是证照所称的签发机关。", "The office that anchored is not the issuer the credential names.", *_TELL),
    Reason("entitled.other-type", ENTITLED, _F, "存证的证照类型与证照不同：该机关无权签发此类证照。", "It was anchored for another type: the office was not entitled to issue this one.", *_TELL),
    Reason("entitled.other-key", ENTITLED, _F, "存证所用密钥与签名密钥不同。", "It was anchored for another key than the one that signed.", *_TELL),
    Reason("entitled.context-unknown", ENTITLED, _F, "语境定义文件不在该类型的登记之列。", "The context is not one registered for this type.", *_TELL),
    Reason("entitled.claim-unknown", ENTITLED, _F, "证照含有该类型所没有的项目。", "It says something that credentials of its type do not say.", *_TELL),
    Reason("entitled.not-accredited", ENTITLED, _F, "信任包中没有该机关签发此类证照的授权。", "The trust pack lists no accreditation of the office for this type.", *_TELL),
    Reason("entitled.newer-than-pack", ENTITLED, _C, "证照的语境、项目或授权不在信任包中，而信任包可能早于它。", "Its context, a claim or its issuer's accreditation is not in the trust pack, which may be older than it.", *_NEW_PACK),
    Reason("entitled.no-event", ENTITLED, _N, "没有可供比对的存证事件。", "There is no anchor event to compare with: see the anchor."),
    Reason("entitled.type-unknown", ENTITLED, _C, "信任包中没有这种证照类型。", "The trust pack does not know this type.", *_NEW_PACK),
    Reason("key.passed", KEY, _P, "密钥在存证时未泄露。", "The key was not compromised when it was anchored."),
    Reason("key.compromised-before-anchor", KEY, _F, "密钥在存证之前已泄露。", "The key was compromised before the anchor.", *_TELL),
    Reason("key.anchor-time-unproven", KEY, _C, "密钥曾泄露，而存证时间未获证明。", "The key was compromised at some time, and the time of the anchor is not proven.", *_REFRESH),
    Reason("key.compromised-unanchored", KEY, _F, "密钥曾泄露，未存证的签名一律无效。", "The key was compromised at some time, so an unanchored signature by it counts for nothing.", *_TELL),
    Reason("validity.passed", VALIDITY, _P, "在有效期内。", "Within its dates."),
    Reason("validity.not-yet-valid", VALIDITY, _F, "尚未生效。", "Not valid yet.", "在生效日之后再核验。", "Check again from its first day on."),
    Reason("validity.expired", VALIDITY, _F, "已过有效期。", "Expired.", "请持有人办理换发。", "Ask the holder to renew it."),
    Reason("validity.malformed", VALIDITY, _F, "有效期不是真实日期。", "A validity date does not exist.", *_ASK_HOLDER),
    Reason("status.in-force", STATUS, _P, "未吊销、未暂停。", "Neither revoked nor held."),
    Reason("status.none", STATUS, _N, "此证照没有状态列表。", "The credential names no status list."),
    Reason("status.revoked", STATUS, _F, "已吊销。", "Revoked.", *_TELL),
    Reason("status.superseded", STATUS, _F, "已被更正后的新证照取代。", "Superseded by a corrected credential.", "请持有人出示新证照。", "Ask the holder for the new one."),
    Reason("status.void", STATUS, _F, "已作废：自始无效。", "Void: it never was valid.", *_TELL),
    Reason("status.held", STATUS, _F, "已暂停使用。", "Held (suspended).", "请向签发机关了解何时恢复。", "Ask the issuer when it is resumed."),
    Reason("status.set-without-reason", STATUS, _C, "状态已变更，但不知自何时起。", "The status bit is set, but not since when.", *_NEW_STATUS),
    Reason("status.hold-unknown", STATUS, _C, "那时是否暂停使用，仅凭所附状态不能得知。", "Whether it was held then cannot be told from the status in the file.", *_NEW_STATUS),
    Reason("status.unknown", STATUS, _C, "没有状态信息。", "No status information was given.", *_NEW_STATUS),
    Reason("status.list-of-another", STATUS, _F, "状态列表不属于签发机关。", "The status list is not the issuer's.", *_TELL),
    Reason("status.index-beyond-list", STATUS, _F, "状态序号超出列表。", "The status index is beyond the list.", *_TELL),
    Reason("status.proof-wrong", STATUS, _C, "状态信息与其链上公布不符。", "The status information does not fit its publication on the chain.", *_NEW_STATUS),
    Reason("status.newer-on-chain", STATUS, _C, "链上已公布此状态列表的更新版本，手头的版本不足为凭。", "The chain has a newer version of the status list than the one at hand.", *_NEW_STATUS),
    Reason("status.not-signed", STATUS, _C, "状态列表没有其机关当时有效密钥的签名。", "The status list is not signed by its office with a key that was in force then.", *_NEW_STATUS),
    Reason("status.key-newer-than-pack", STATUS, _C, "状态列表的签名密钥比信任包新。", "The status list is signed with a key newer than the trust pack.", *_NEW_PACK),
    Reason("status.publication-by-former-validators", STATUS, _C, "状态公布出自前任验证节点的区块。", "The status was published in a block of former validators.", *_NEW_STATUS),
    Reason("status.validators-newer-than-pack", STATUS, _C, "状态公布所在的区块比信任包新，验证节点此后可能已更换。", "The status was published in a block newer than the trust pack, sealed by other validators than the pack knows.", *_NEW_PACK),
    Reason("status.published-in-future", STATUS, _C, "状态公布的时间在将来。", "The status claims to have been published in the future.", "核对本机时间，或重新获取状态包。", "Check this machine's clock, or fetch the status pack again."),
    Reason("policy.passed", POLICY, _P, "符合核验方要求。", "It meets the verifier's own policy."),
    Reason("policy.type-not-accepted", POLICY, _F, "不是核验方接受的证照类型。", "It is not of a type this verifier accepts.", "请出示所要求的证照。", "Ask for a credential of an accepted type."),
    Reason("policy.issuer-not-accepted", POLICY, _F, "不是核验方接受的签发机关。", "It is not from an issuer this verifier accepts.", "请出示所要求机关签发的证照。", "Ask for one from an accepted issuer."),
    Reason("policy.status-too-old", POLICY, _C, "状态信息太旧。", "The status information is older than this verifier accepts.", *_NEW_STATUS),
)  # fmt: skip

REASONS: Final = {reason.code: reason for reason in _TABLE}
"""Code -> reason, in the order of the sequence."""
