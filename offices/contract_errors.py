"""What the registries' own errors mean, by name: cause and cure. The contracts say the rule (``docs/contracts.md``)."""

from __future__ import annotations

from typing import Final

from ledger.label import Label

_ADMIN: Final = Label("确认机关与其管理账户。", "Check agency and administrator.")
_SEE_KEYS: Final = Label("见 onceledger key list。", "See onceledger key list.")
_SEE_AGENCIES: Final = Label("见 onceledger agency list。", "See onceledger agency list.")
_SEE_ACCREDITATIONS: Final = Label("见 onceledger accredit list。", "See onceledger accredit list.")
_NEW_KEY: Final = Label("启用新密钥：onceledger key new。", "Make a new one: onceledger key new.")

CONTRACT_ERRORS: Final[dict[str, tuple[Label, Label]]] = {
    "AccountImpossible": (Label("该账户不可任用。", "That account cannot be appointed."), _ADMIN),
    "AccountTaken": (
        Label(
            "该账户已另有职责；成员、管理、发送三类账户互不兼任。",
            "The account has a role already; no account has two.",
        ),
        Label("另用一个账户。", "Use another account."),
    ),
    "AccreditedByAnother": (
        Label("该机关已由他者授权；到期后仍由其续授。", "Another grantor accredited the agency; it may renew that."),
        Label("由原授权者、该机关的上级或根授权机构更改。", "Have that grantor, the accreditor or the root change it."),
    ),
    "AgencyExists": (Label("该机关已登记。", "The agency is entered already."), _SEE_AGENCIES),
    "AgencyNotActive": (
        Label("机关已暂停或已并入其他机关。", "The agency is suspended or merged."),
        Label("恢复：onceledger agency readmit。", "Readmit it: onceledger agency readmit."),
    ),
    "AgencyNotSuspended": (Label("机关并未暂停。", "The agency is not suspended."), _SEE_AGENCIES),
    "AgencyUnknown": (Label("链上没有该机关。", "The chain knows no such agency."), _SEE_AGENCIES),
    "AlreadyAnchored": (
        Label("该批次已存证。", "The batch is anchored already."),
        Label("再执行 onceledger anchor 即可了结。", "Run onceledger anchor again: it settles it."),
    ),
    "CompromiseDateImpossible": (
        Label("泄露时间须在过去。", "A compromise lies in the past."),
        Label("给出过去的时间。", "Give a moment in the past."),
    ),
    "CompromiseNeedsConsent": (
        Label(
            "泄露时间早于三十天，或机关已暂停、已并入其他机关的，须先经同意。",
            "More than 30 days back, or of a suspended or merged agency, a compromise needs consent.",
        ),
        Label(
            "先由上级或根授权机构执行 onceledger key consent。", "First: onceledger key consent, by accreditor or root."
        ),
    ),
    "CompromiseOnlyEarlier": (
        Label("泄露时间只能提前，不能推后。", "The date of a compromise only moves back."),
        Label("给出更早的时间。", "Give an earlier moment."),
    ),
    "DeadlinePassed": (
        Label("成员的签名已过期。", "The members' signatures have run out."),
        Label("再执行一次。", "Run the command again."),
    ),
    "DelegationTooDeep": (
        Label("授权最多转三层。", "Accreditations are three deep at most."),
        Label("由更上一级授权。", "Have a grantor further up do it."),
    ),
    "KeyExists": (Label("该密钥已登记。", "The key is entered already."), _SEE_KEYS),
    "KeyExpired": (Label("密钥已到期。", "The key has run out."), _NEW_KEY),
    "KeyIsCompromised": (Label("密钥已泄露。", "The key is compromised."), _NEW_KEY),
    "KeyIsRetired": (Label("密钥已停用。", "The key is retired."), _NEW_KEY),
    "KeyNotYetValid": (
        Label("密钥尚未生效。", "The key is not valid yet."),
        Label("稍后再试。", "Try again later."),
    ),
    "KeyOfAnotherAgency": (Label("密钥属于其他机关。", "The key is another agency's."), _SEE_KEYS),
    "KeyUnknown": (Label("链上没有该密钥。", "The chain knows no such key."), _SEE_KEYS),
    "ListOfAnotherAgency": (Label("状态列表属于其他机关。", "The status list is another agency's."), _SEE_AGENCIES),
    "MayNotDelegate": (Label("该授权不可转授。", "The accreditation may not be passed on."), _SEE_ACCREDITATIONS),
    "NotAccredited": (
        Label(
            "该机关（或授权链上的一级）无权签发该类型。", "The agency, or one above it, is not accredited for the type."
        ),
        _SEE_ACCREDITATIONS,
    ),
    "NotAdmin": (Label("该账户不是任何机关的管理账户。", "The account administers no agency."), _ADMIN),
    "NotGrantor": (
        Label(
            "只有原授权者、该机关的上级或根授权机构可以终止授权。",
            "Only its grantor, the agency's accreditor or the root ends an accreditation.",
        ),
        _SEE_ACCREDITATIONS,
    ),
    "NotMember": (
        Label("有签名者不是根授权机构成员。", "A signer is no member of the root authority."),
        Label("见 onceledger root show。", "See onceledger root show."),
    ),
    "NotOffered": (
        Label("该账户未表示愿为本机关效力。", "The account did not offer the agency its service."),
        Label(
            "由该账户先调用 offerService；或执行 onceledger agency sender add。",
            "Let the account call offerService first, or run onceledger agency sender add.",
        ),
    ),
    "NotRoot": (
        Label("只有根授权机构可以这样做。", "Only the root authority may do this."),
        Label("由根授权机构成员执行。", "Have its members do it."),
    ),
    "NotRootOrAccreditor": (
        Label("只有根授权机构或该机关的上级可以这样做。", "Only the root or the agency's accreditor may do this."),
        _SEE_AGENCIES,
    ),
    "NotSender": (
        Label("该账户不能为机关发送。", "The account sends for no agency."),
        Label("见 onceledger agency sender list。", "See onceledger agency sender list."),
    ),
    "SelfAccreditation": (
        Label("机关不能授权给自己。", "An agency does not accredit itself."),
        Label("由其授权者或根授权机构授权。", "Have its grantor or the root do it."),
    ),
    "SelfSuccession": (
        Label("机关不能并入自己。", "An agency is not its own successor."),
        Label("另指继任机关。", "Name another successor."),
    ),
    "SuccessionTooLong": (
        Label("合并的链条过长。", "The line of mergers is too long."),
        Label("直接并入最后的继任机关。", "Merge into the last successor."),
    ),
    "SuspendedByRootAuthority": (
        Label("由根授权机构暂停的，只能由根授权机构恢复。", "What the root suspended, the root readmits."),
        Label("不加 --by 再执行。", "Leave --by out."),
    ),
    "ThresholdImpossible": (
        Label("门限须在一与成员数之间。", "The threshold is between one and the number of members."),
        Label("先增加成员，或降低门限。", "Add members, or choose a lower threshold."),
    ),
    "TooFewSignatures": (
        Label("同意的成员不足。", "Too few members agree."),
        Label("再加 --agree。", "Name more with --agree."),
    ),
    "TooManyKeys": (
        Label(
            "机关登记的密钥已达上限，已终止的也计入。", "The agency registered as many keys as it may, ended ones too."
        ),
        Label("由根授权机构放宽：onceledger key limit。", "The root authority allows more: onceledger key limit."),
    ),
    "TooManySenders": (
        Label("机关最多有八个发送账户。", "An agency has eight senders at most."),
        Label("先移除一个：onceledger agency sender remove。", "Remove one first: onceledger agency sender remove."),
    ),
    "TypeExists": (
        Label("该类型已登记。", "The type is entered already."),
        Label("见 onceledger type list。", "See onceledger type list."),
    ),
    "TypeUnknown": (
        Label("链上没有该类型。", "The chain knows no such type."),
        Label("先登记：onceledger type add。", "Enter it first: onceledger type add."),
    ),
    "UntilPassed": (
        Label("截止日期已过。", "The end lies in the past."),
        Label("给出将来的日期。", "Give a day in the future."),
    ),
    "ValidityImpossible": (
        Label("密钥的有效期不成立。", "The key would end before it begins, or has ended."),
        Label("给出更长的期限。", "Give it more days."),
    ),
    "VersionNotNext": (
        Label("状态列表的版本须逐一递增；或有他处也在公布。", "Versions rise by one; somebody else may be publishing."),
        Label(
            "再执行 onceledger publish；仍不行则核对记录与链。", "Run publish again; then compare records and chain."
        ),
    ),
}
"""Error name -> (cause, cure). Those that only a faulty program meets are left out."""
