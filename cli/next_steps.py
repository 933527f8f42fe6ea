"""The one line that says what to do next, by id."""

from __future__ import annotations

from typing import Final

from ledger.label import Label

_FOUND_OR_JOIN: Final = Label(
    "下一步：如为机关，导入根授权机构的信任包：onceledger trust-pack import FILE --root FILE；"
    "如为根授权机构，设定 ONCELEDGER_VALIDATORS 后执行 onceledger root deploy（docs/network.md）",
    "Next: if you are an agency, take over the root authority's pack: onceledger trust-pack import FILE --root FILE; "
    "if you are the root authority, state ONCELEDGER_VALIDATORS, then onceledger root deploy (docs/network.md)",
)

NEXT_STEPS: Final = {
    "next.found-or-join": _FOUND_OR_JOIN,
    "next.deploy": Label("下一步：onceledger root deploy", "Next: onceledger root deploy"),
    "next.add-agency": Label(
        "下一步：登记机关：onceledger agency add HOST --zh 名称 --en NAME",
        "Next: enter an agency: onceledger agency add HOST --zh 名称 --en NAME",
    ),
    "next.add-type": Label(
        "下一步：登记证照类型：onceledger type add FILE", "Next: enter a credential type: onceledger type add FILE"
    ),
    "next.type-add": Label("下一步：onceledger type add FILE 予以登记", "Next: enter it: onceledger type add FILE"),
    "next.accredit": Label(
        "下一步：授权机关签发：onceledger accredit grant {host} --type {name}",
        "Next: let an agency issue it: onceledger accredit grant {host} --type {name}",
    ),
    "next.new-key": Label(
        "下一步：启用签发密钥：onceledger key new{agency}", "Next: make an issuing key: onceledger key new{agency}"
    ),
    "next.key-limit": Label(
        "下一步：须再登记密钥时，先放宽：onceledger key limit {host} {more}",
        "Next: before it needs another key, allow more: onceledger key limit {host} {more}",
    ),
    "next.import": Label(
        "下一步：导入名册：onceledger import FILE --mapping FILE --clerk NAME{agency}（先加 --dry-run 试导入）",
        "Next: bring a register in: onceledger import FILE --mapping FILE --clerk NAME{agency} "
        "(try it with --dry-run first)",
    ),
    "next.root-out": Label(
        "下一步：核验方还须有根文件，尚未写出过：onceledger trust-pack make --out trust-pack.json --root-out root.json",
        "Next: verifiers also need the root, which was never written: "
        "onceledger trust-pack make --out trust-pack.json --root-out root.json",
    ),
    "next.import-again": Label(
        "下一步：去掉 --dry-run 再执行一次即予导入", "Next: run it again without --dry-run to keep the good rows"
    ),
    "next.import-mend": Label(
        "下一步：更正文件或映射后再以 --dry-run 试导入；确要带着这些不合格行导入时调高 --max-bad-percent",
        "Next: correct the file or the mapping and try again with --dry-run; or, to leave these rows out, raise "
        "--max-bad-percent",
    ),
    "next.approve": Label(
        "下一步：由另一人复核：onceledger approve {number} --reviewer NAME{agency}",
        "Next: another officer approves: onceledger approve {number} --reviewer NAME{agency}",
    ),
    "next.issue": Label("下一步：onceledger issue{agency}", "Next: onceledger issue{agency}"),
    "next.anchor": Label("下一步：onceledger anchor", "Next: onceledger anchor"),
    "next.publish": Label(
        "下一步：onceledger publish 公布状态列表，核验方才能看到", "Next: onceledger publish, so that verifiers see it"
    ),
    "next.after-refusal": Label(
        "下一步：看表中的原因（授权、密钥、暂停），消除后 onceledger anchor --retry；"
        "密钥已终止的先 onceledger key new{agency}，重试时自动重新签发",
        "Next: see the reason in the table (accreditation, key, suspension), mend it (a key that ended: onceledger "
        "key new{agency}), then onceledger anchor --retry",
    ),
    "next.make-packs": Label(
        "下一步：onceledger status-pack make --out FILE；信任包有变动时 onceledger trust-pack make --out FILE",
        "Next: onceledger status-pack make --out FILE; after other changes onceledger trust-pack make --out FILE",
    ),
    "next.make-pack": Label(
        "下一步：onceledger trust-pack make --out FILE，核验方由新的信任包得知",
        "Next: onceledger trust-pack make --out FILE; verifiers learn it from the next trust pack",
    ),
    "next.status-pack": Label(
        "下一步：onceledger status-pack make --out FILE，并将各文件交给核验方",
        "Next: onceledger status-pack make --out FILE, and hand the files to verifiers",
    ),
    "next.hand-out": Label(
        "下一步：放到核验方取用之处；证明文件：onceledger bundle batch NUMBER --out DIR",
        "Next: put it where verifiers fetch it; bundles for holders: onceledger bundle batch NUMBER --out DIR",
    ),
    "next.readmit": Label(
        "下一步：恢复用 onceledger agency readmit HOST；须告知核验方时 onceledger trust-pack make",
        "Next: onceledger agency readmit HOST ends it; onceledger trust-pack make tells verifiers",
    ),
    "next.retry": Label(
        "下一步：onceledger anchor --retry 重试暂停期间被拒的批次",
        "Next: onceledger anchor --retry, for what was refused meanwhile",
    ),
    "next.remove-sender": Label(
        "下一步：旧账户不再用时 onceledger agency sender remove {old}{agency}",
        "Next: onceledger agency sender remove {old}{agency}, once nobody sends with it",
    ),
    "next.compromise": Label(
        "下一步：由该机关执行 onceledger key compromise {key} --since DATE",
        "Next: the agency runs onceledger key compromise {key} --since DATE",
    ),
    "next.after-compromise": Label(
        "下一步：onceledger key new{agency} 启用新密钥，onceledger publish 用它重新签署状态列表，"
        "并立即 onceledger trust-pack make 告知核验方",
        "Next: onceledger key new{agency}, onceledger publish, which signs the status lists with it, "
        "and at once onceledger trust-pack make, which tells verifiers",
    ),
    "next.after-stolen": Label(
        "下一步：onceledger publish，再 onceledger trust-pack make --out FILE（新包同时载明两把密钥）；"
        "以泄露密钥签发的证照以 onceledger supersede --reissue 重新签发",
        "Next: onceledger publish, then onceledger trust-pack make --out FILE, which names both keys; what the stolen "
        "one signed is issued anew with onceledger supersede --reissue",
    ),
    "next.accept": Label(
        "下一步：核验并接受：onceledger trust-pack accept FILE --root root.json --seen seen.json",
        "Next: verify and accept it: onceledger trust-pack accept FILE --root root.json --seen seen.json",
    ),
    "next.tell-root": Label(
        "下一步：勿使用该信任包；换一个节点再查，仍不一致则告知根授权机构",
        "Next: do not use it; ask another node, and if they agree tell the root authority",
    ),
    "next.verify": Label(
        "下一步：onceledger verify {path} --trust-pack FILE --root FILE --status-pack FILE",
        "Next: onceledger verify {path} --trust-pack FILE --root FILE --status-pack FILE",
    ),
    "next.verify-with": Label(
        "下一步：onceledger verify PATH --trust-pack FILE --root FILE --status-pack FILE --seen FILE",
        "Next: onceledger verify PATH --trust-pack FILE --root FILE --status-pack FILE --seen FILE",
    ),
    "next.verify-export": Label(
        "下一步：在 {path} 中：onceledger verify bundles --trust-pack trust-pack.json --root root.json "
        "--status-pack status-pack.bin",
        "Next: in {path}: onceledger verify bundles --trust-pack trust-pack.json --root root.json "
        "--status-pack status-pack.bin",
    ),
    "next.status": Label("下一步：onceledger status", "Next: onceledger status"),
    "next.token-add": Label(
        "下一步：onceledger token add --role ROLE --name NAME", "Next: onceledger token add --role ROLE --name NAME"
    ),
    "next.token-end": Label(
        "下一步：不再使用的：onceledger token end --digest START",
        "Next: end what is out of use: onceledger token end --digest START",
    ),
    "next.token-list": Label("下一步：onceledger token list", "Next: onceledger token list"),
    "next.serve": Label(
        "下一步：onceledger serve；已在运行的服务即刻认得该令牌",
        "Next: onceledger serve; a service that runs already knows the token at once",
    ),
    "next.serve-again": Label(
        "下一步：再次启动 onceledger serve --host {host} --port {port}",
        "Next: onceledger serve --host {host} --port {port} starts it again",
    ),
    "next.verdict-valid": Label("可以采信。", "It can be relied on."),
    "next.verdict-valid-then": Label(
        "截至 {day} 可以采信；今日是否有效，不带 --as-of 再核验。",
        "It could be relied on as of {day}; whether it can today, verify without --as-of says.",
    ),
    "next.verdict-valid-before": Label(
        "有效期涵盖 {day}，但当时尚未签发；今日是否有效，不带 --as-of 再核验。",
        "Its dates cover {day}, but it was issued only later; whether it is valid today, verify without --as-of says.",
    ),
    "next.verdicts-valid": Label("均可采信。", "All of them can be relied on."),
    "next.verdicts-valid-then": Label(
        "截至 {day} 均可采信；今日是否有效，不带 --as-of 再核验。",
        "All of them could be relied on as of {day}; whether they can today, verify without --as-of says.",
    ),
    "next.verdicts-valid-before": Label(
        "有效期均涵盖 {day}，但有的当时尚未签发；今日是否有效，不带 --as-of 再核验。",
        "The dates of all cover {day}, but some were issued only later; whether they are valid today, verify without "
        "--as-of says.",
    ),
    "next.verdicts-invalid": Label(
        "不可采信的是其中 {bad} 份（无效 {invalid}，无法核验 {unchecked}）；原因与办法见上。",
        "Do not rely on the {bad} that are not valid ({invalid} invalid, {unchecked} not checked); reasons and cures "
        "stand above.",
    ),
    "next.verdicts-cannot_check": Label(
        "其中 {unchecked} 份既非有效也非无效：按上面的办法补齐后再核验。",
        "{unchecked} are neither valid nor invalid: get what is missing and try again.",
    ),
    "next.verdicts-none": Label(
        "没有可核验的证明文件：指明正确的文件夹。", "There is nothing to verify: name another folder."
    ),
    "next.verdict-invalid": Label(
        "不可采信；无效的原因见上，代码见 docs/problems.md。",
        "Do not rely on it; the reason stands above, its code in docs/problems.md.",
    ),
    "next.verdict-cannot_check": Label(
        "既非有效也非无效：按上面的办法补齐后再核验。", "Neither valid nor invalid: get what is missing and try again."
    ),
    "step.deploy": Label("下一步：onceledger root deploy", "Next: onceledger root deploy"),
    "step.found-or-join": _FOUND_OR_JOIN,
    "step.root-elsewhere": Label(
        "下一步：机关由根授权机构在其安装中登记，并在那里办理（凭令牌使用其 HTTP 服务）；"
        "此处可核验证照，并执行 onceledger trust-pack check FILE 复核信任包（docs/network.md）",
        "Next: the root authority enters agencies in its own installation, and they work there with tokens of its HTTP "
        "service; here, verify certificates and check its packs: onceledger trust-pack check FILE (docs/network.md)",
    ),
    "step.import-pack": Label(
        "下一步：取根授权机构的下一信任包：onceledger trust-pack import FILE --root FILE",
        "Next: get the root authority's next pack: onceledger trust-pack import FILE --root FILE",
    ),
    "step.add-agency": Label(
        "下一步：onceledger agency add HOST --zh 名称 --en NAME", "Next: onceledger agency add HOST --zh 名称 --en NAME"
    ),
    "step.add-type": Label("下一步：onceledger type add FILE", "Next: onceledger type add FILE"),
    "step.accredit": Label(
        "下一步：授权机关签发：onceledger accredit grant {host}{type}",
        "Next: let an agency issue: onceledger accredit grant {host}{type}",
    ),
    "step.new-key": Label("下一步：onceledger key new{agency}", "Next: onceledger key new{agency}"),
    "step.settle": Label(
        "下一步：onceledger anchor 了结中断的批次", "Next: onceledger anchor, which settles the interrupted batches"
    ),
    "step.retry": Label(
        "下一步：消除拒绝的原因后 onceledger anchor --retry",
        "Next: mend why it was refused, then onceledger anchor --retry",
    ),
    "step.approve": Label(
        "下一步：复核导入：onceledger approve NUMBER --reviewer NAME{agency}",
        "Next: onceledger approve NUMBER --reviewer NAME{agency}",
    ),
    "step.issue": Label("下一步：onceledger issue{agency}", "Next: onceledger issue{agency}"),
    "step.anchor": Label("下一步：onceledger anchor", "Next: onceledger anchor"),
    "step.publish": Label("下一步：onceledger publish", "Next: onceledger publish"),
    "step.make-pack": Label(
        "下一步：onceledger trust-pack make --out trust-pack.json --root-out root.json",
        "Next: onceledger trust-pack make --out trust-pack.json --root-out root.json",
    ),
    "step.import": Label(
        "下一步：onceledger import FILE --mapping FILE --clerk NAME{agency}",
        "Next: onceledger import FILE --mapping FILE --clerk NAME{agency}",
    ),
    "step.nothing": Label("没有待办。", "Nothing waits."),
}
"""Id -> line. ``step.*`` are those of ``offices.reporting.Step``."""
