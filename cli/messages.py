"""What the command line says when all goes well, by id. Steps and problems have modules of their own
(``cli.next_steps``, ``offices.problem_texts``, ``offices.contract_errors``)."""

from __future__ import annotations

from typing import Final

from cli.next_steps import NEXT_STEPS
from cli.words import WORDS
from ledger.label import Label

_SENTENCES: Final = {
    "problem.cause": Label("错误：{cause}", "Error: {cause}"),
    "problem.row": Label(
        "第 {row} 行：状态为“{state}”，不能如此变更（{code}）",
        "Line {row}: the state {state} does not allow it ({code})",
    ),
    "problem.row-unknown": Label("第 {row} 行：没有该编号的证照（{code}）", "Line {row}: no such certificate ({code})"),
    "problem.cure": Label("办法：{cure}", "Cure: {cure}"),
    "problem.code": Label("代码：{code}（docs/problems.md）", "Code: {code} (docs/problems.md)"),
    "usage.cause": Label("用法有误：{cause}", "Usage: {cause}"),
    "usage.cure": Label("见 {hint}", "See {hint}"),
    "unexpected.cause": Label(
        "意外错误（{kind}）：这是 onceledger 的缺陷，不是您的操作有误。",
        "Unexpected ({kind}): a mistake in onceledger, not in what you did.",
    ),
    "unexpected.cure": Label(
        "请按 CONTRIBUTING.md 报告，附上以上输出与所用命令；勿附业务编号与证照内容。已完成的步骤均已保存。",
        "Report it as CONTRIBUTING.md says, with the lines above and the command; leave out business numbers and "
        "certificates. What was finished is kept.",
    ),
    "interrupted": Label(
        "已中断；未完成的一步没有留下任何内容。",
        "Interrupted; the step that was under way left nothing half-written.",
    ),
    "input.numbers-prompt": Label(
        "请输入业务编号，每行一个，以 Ctrl-D 结束。", "Type business numbers, one a line; end with Ctrl-D."
    ),
    "input.correction-prompt": Label(
        "请输入更正内容（JSON），以 Ctrl-D 结束。", "Type the correction (JSON); end with Ctrl-D."
    ),
    "working.open": Label("正在打开", "Opening"),
    "working.chain": Label("正在写入区块链", "On the chain"),
    "working.refresh": Label("正在查找并更新", "Searching and refreshing"),
    "init.working": Label("正在新建", "Making the installation"),
    "init.done": Label("已在 {folder} 新建。", "Made in {folder}."),
    "deploy.working": Label("正在部署登记合约", "Deploying the registries"),
    "deploy.done": Label(
        "三个登记合约已部署；根授权机构有 {members} 名成员，须有 {threshold} 名同意。",
        "The three registries are on the chain; the root authority has {members} members, {threshold} must agree.",
    ),
    "root.threshold": Label(
        "根授权机构：{members} 名成员，须有 {threshold} 名同意。",
        "Root authority: {members} members, {threshold} must agree.",
    ),
    "root.elsewhere": Label("（密钥在别处）", "(key kept elsewhere)"),
    "root.added": Label("已增加成员 {member}。", "Member {member} was added."),
    "root.removed": Label("已免去成员 {member}。", "Member {member} was dismissed."),
    "root.rotated": Label("{member} 的密钥已更换为 {successor}。", "{member} was replaced by {successor}."),
    "root.threshold-set": Label("今后须有 {threshold} 名成员同意。", "From now on {threshold} members must agree."),
    "agency.added": Label("已登记机关 {host}，编号 {agency}。", "{host} is entered as agency {agency}."),
    "agency.suspended": Label("已暂停 {host}。", "{host} is suspended."),
    "agency.readmitted": Label("已恢复 {host}。", "{host} is readmitted."),
    "agency.merged": Label("{host} 已并入 {successor}。", "{host} went up in {successor}."),
    "sender.added": Label("今后以 {sender} 发送。", "From now on {sender} sends."),
    "sender.removed": Label("{sender} 不再能发送。", "{sender} can send no more."),
    "accredit.done": Label("{host} 可以签发 {type}。", "{host} may issue {type}."),
    "accredit.ended": Label("{host} 不再能签发 {type}。", "{host} may issue {type} no longer."),
    "accredit.root": Label("根授权机构", "root authority"),
    "key.made": Label("已启用密钥 {key}，有效至 {until}。", "Key {key} signs from now on, until {until}."),
    "key.no-room": Label(
        "{host} 已登记 {used} 个密钥，不能再登记；现有密钥终止后，它既不能签发，也不能签署状态列表。",
        "{host} has {used} keys and can register no more: once those end it can sign neither certificates nor status "
        "lists.",
    ),
    "key.limited": Label("{host} 总共可登记 {count} 个密钥。", "{host} may register {count} keys in all."),
    "key.retired": Label(
        "密钥 {key} 已停用；其已存证的证照仍有效。", "Key {key} is retired; what it anchored stays valid."
    ),
    "key.compromised": Label(
        "密钥 {key} 自 {since} 起泄露；此后以其存证的一律无效。",
        "Key {key} is compromised since {since}; what it anchored from then on is invalid.",
    ),
    "key.consented": Label(
        "同意将密钥 {key} 的泄露时间提前至 {since}。", "The compromise of key {key} may be dated back to {since}."
    ),
    "type.sound": Label("类型 {type} {version} 无误。", "Type {type} {version} is sound."),
    "type.added": Label("已登记类型 {type} {version}，编号 {id}。", "Type {type} {version} is entered as {id}."),
    "type.title": Label("{type} {version}：{label}", "{type} {version}: {label}"),
    "import.working": Label("正在检查各行", "Checking rows"),
    "import.done": Label(
        "第 {number} 次导入：共 {rows} 行，接受 {accepted} 行，退回 {refused} 行（其中重复 {duplicates} 行）。",
        "Import {number}: of {rows} rows {accepted} accepted, {refused} refused ({duplicates} of them repetitions).",
    ),
    "import.checked": Label(
        "试导入：共 {rows} 行，可接受 {accepted} 行，退回 {refused} 行（其中重复 {duplicates} 行）；未保存任何内容。",
        "Dry run: of {rows} rows {accepted} would be accepted, {refused} refused ({duplicates} of them repetitions); "
        "nothing was kept.",
    ),
    "import.would-stop": Label(
        "不合格行超过上限：正式导入会被拒绝，什么也不会留下。",
        "There are more bad rows than the threshold allows: the import itself would be refused and keep nothing.",
    ),
    "import.more": Label(
        "……另有 {count} 行；用 --report 写出全部。", "… and {count} more rows; --report FILE writes all of them."
    ),
    "import.more-in": Label("……另有 {count} 行，全部见 {file}。", "… and {count} more rows; {file} has all of them."),
    "approve.done": Label(
        "第 {number} 次导入：已批准 {count} 份草稿。", "Import {number}: {count} drafts are approved."
    ),
    "approve.nothing": Label(
        "第 {number} 次导入已没有待批准的草稿。", "Import {number} has no draft that waits for approval."
    ),
    "issue.working": Label("正在签发", "Issuing"),
    "issue.done": Label("已签发 {count} 份，待存证。", "{count} issued; they wait for their anchor."),
    "issue.nothing": Label("没有已批准待签发的草稿。", "Nothing is approved and not issued."),
    "anchor.working": Label("正在存证", "Anchoring"),
    "anchor.done": Label(
        "已存证 {batches} 个批次，共 {count} 份。", "Batches anchored: {batches}, with {count} certificates."
    ),
    "anchor.nothing": Label("没有待存证的证照。", "Nothing waits for its anchor."),
    "anchor.reissued": Label(
        "原密钥已终止，{count} 份已以现行密钥重新签发；此前交出的证明文件作废，请重新出具。",
        "{count} were issued anew, because their key had ended; make their bundles again, the old ones never verify.",
    ),
    "anchor.refused": Label(
        "链上拒绝了 {batches} 个批次，共 {count} 份。",
        "Batches refused by the chain: {batches}, certificates: {count}.",
    ),
    "agency.renamed": Label("{host} 已改名。", "{host} is renamed."),
    "agency.failed": Label("{host} 未能完成：", "{host} could not be served:"),
    "anchor.foreign": Label(
        "有人用本机关的发送账户抢先以不同内容存证；相关证照已另成批次。移除被盗账户：onceledger agency sender remove。",
        "Somebody with a sender of this office anchored a root of it differently; the certificates go out in another"
        " batch. Remove the stolen account: onceledger agency sender remove.",
    ),
    "publish.working": Label("正在公布", "Publishing"),
    "publish.done": Label("已公布 {count} 个状态列表。", "{count} status lists are published."),
    "publish.nothing": Label("没有待公布的变更。", "No list has changed."),
    "change.ended": Label(
        "其中未完成的更正 {count} 份一并终止。", "{count} corrections that were on their way end with them."
    ),
    "change.refused": Label("跳过 {count} 行：", "{count} lines were left out:"),
    "reject.done": Label("已驳回 {count} 份草稿。", "{count} drafts are rejected."),
    "revoke.done": Label("已吊销 {count} 份。", "{count} revoked."),
    "hold.done": Label("已暂停 {count} 份。", "{count} held."),
    "resume.done": Label("已恢复 {count} 份。", "{count} resumed."),
    "void.done": Label("已作废 {count} 份。", "{count} declared void."),
    "supersede.done": Label(
        "已起草第 {version} 版，列为第 {number} 次导入。", "Version {version} is drafted, as import {number}."
    ),
    "find.unknown": Label(
        "{count} 行的编号没有证照：第 {lines} 行。", "No certificate for these lines: {lines} ({count} in all)."
    ),
    "bundle.working": Label("正在制作证明文件", "Making bundles"),
    "bundle.made": Label("已在 {folder} 写出 {count} 份证明文件。", "{count} bundles are in {folder}."),
    "bundle.refreshed": Label("已更新 {file}。", "{file} has the newest evidence."),
    "bundle.same": Label("{file} 已是最新。", "{file} had the newest evidence already."),
    "bundle.unverified": Label(
        "以上未经核验，也不说明证照是否有效。", "Nothing of this was verified; it does not say whether it is valid."
    ),
    "trust-pack.working": Label("正在推导并签署", "Deriving and signing"),
    "trust-pack.checking": Label("正在从链上推导", "Deriving from the chain"),
    "trust-pack.made": Label(
        "{file}：第 {version} 版，有效至 {expires}。", "{file}: version {version}, until {expires}."
    ),
    "trust-pack.root-made": Label(
        "{file}：核验方须经另一可信途径取得，并预置为信任根，仅此一次。",
        "{file}: verifiers get it once, over a way they trust, and pin it.",
    ),
    "trust-pack.log-closed": Label(
        "存证日志已在此关闭：此前的证明文件须逐一更新（onceledger bundle refresh FILE），否则无法核验。",
        "The anchor log is closed here: bundles from before cannot be checked until each is refreshed "
        "(onceledger bundle refresh FILE).",
    ),
    "trust-pack.shown": Label(
        "第 {version} 版，有效至 {expires}；链 {chain}，区块 {block}（{time}）。",
        "Version {version}, until {expires}; chain {chain}, block {block} ({time}).",
    ),
    "trust-pack.unverified": Label("以上未经核验。", "Nothing of this was verified."),
    "trust-pack.agrees": Label(
        "截至区块 {block} 与链上一致；链现已到区块 {head}。",
        "It agrees with the chain as of block {block}; the chain is at block {head}.",
    ),
    "trust-pack.events-since": Label(
        "此后登记合约又有 {count} 条事件，此包未载。",
        "Events of the trust registry since, which the pack does not know: {count}.",
    ),
    "trust-pack.differs": Label("与链上有 {count} 处不同。", "It differs from the chain in {count} places."),
    "trust-pack.accepted": Label(
        "已接受第 {version} 版，{agencies} 个机关，有效至 {expires}。",
        "Version {version} with {agencies} agencies is accepted, until {expires}.",
    ),
    "trust-pack.imported": Label(
        "已导入：{agencies} 个机关，截至区块 {block}。", "Taken over: {agencies} agencies, as of block {block}."
    ),
    "status-pack.working": Label("正在汇集列表", "Collecting lists"),
    "status-pack.behind": Label(
        "另有 {count} 个状态列表的变更尚未公布，不在此包中。",
        "{count} lists have changes that are not published yet.",
    ),
    "status-pack.made": Label("{file}：{lists} 个列表，{size} 字节。", "{file}: {lists} lists, {size} bytes."),
    "status-pack.shown": Label("制作于 {made}（{age}前），{size} 字节。", "Made at {made} ({age} ago), {size} bytes."),
    "verify.working": Label("正在核验", "Verifying"),
    "verify.walking": Label("正在逐块核对链", "Walking the chain"),
    "verify.as-of-node": Label(
        "截至第 {block} 号区块（{time}，{age}前），由节点 {node} 出示，凭验证节点的共识签名采信。",
        "As of block {block} ({time}, {age} ago), shown by the node {node} and believed for the validators' seals.",
    ),
    "verify.as-of": Label(
        "所问截至 {day}：以下结论只就当时而言，今日可能不同。",
        "Asked as of {day}: what follows holds for then, and may be otherwise today.",
    ),
    "verify.walk-not-kept": Label(
        "未能记下已核对到哪个区块：下次须从头核对。",
        "How far the chain was walked could not be kept: the next time it is walked anew.",
    ),
    "verify.summary": Label(
        "共 {total} 份：有效 {valid}，无效 {invalid}，无法核验 {unchecked}。",
        "Files: {total}; {valid} valid, {invalid} invalid, {unchecked} cannot be checked.",
    ),
    "verify.empty": Label("文件夹中没有证明文件（*.bundle.json）。", "The folder has no bundle (*.bundle.json)."),
    "verify.not-remembered": Label(
        "未能记下此信任包的版本：以后若有人给出旧包，不会发觉。可用 --seen 指定文件。",
        "The version of this trust pack could not be remembered: an older one will not be noticed. Name a file: --seen",
    ),
    "verify.more": Label("……另有 {count} 份；--json 列出全部。", "… and {count} more; --json lists all."),
    "verify.unreadable": Label("文件不可读。", "The file cannot be read."),
    "verify.record-state": Label("记录中的状态：{state}", "State in the records: {state}"),
    "verdict.valid": Label("✔ 有效", "✔ Valid"),
    "verdict.invalid": Label("✘ 无效", "✘ Invalid"),
    "verdict.cannot_check": Label("? 无法核验", "? Cannot be checked"),
    "verdict.stopped": Label(
        "核验到此为止；证照内容不予显示。", "The sequence ends here; nothing of the content is shown."
    ),
    "verdict.claims": Label("证照内容", "What it says"),
    "verdict.note": Label("注意：{note}", "Note: {note}"),
    "verify.oldest-status": Label(
        "所依据的状态中最旧的为 {time}（{age}前）。", "The oldest status relied on is of {time} ({age} ago)."
    ),
    "verdict.cure-of": Label("{code} 的办法：{cure}", "Cure of {code}: {cure}"),
    "verdict.cure": Label("办法：{cure}", "Cure: {cure}"),
    "status.chain": Label("链 {chain}，区块 {block}（{time}）", "Chain {chain}, block {block} ({time})"),
    "status.no-chain": Label(
        "链无应答：{cause} 仍可签发，存证待恢复后进行。",
        "The chain does not answer: {cause} Issuing goes on, anchors follow later.",
    ),
    "status.unset": Label("尚缺设置：{cause}{cure}", "A setting is missing: {cause} {cure}"),
    "status.not-deployed": Label("登记合约尚未部署。", "The registries are not on the chain yet."),
    "status.pack": Label("信任包第 {version} 版，有效至 {expires}", "Trust pack version {version}, until {expires}"),
    "status.pack-changes": Label(
        "信任包制作之后，链上的登记有 {count} 处变动；核验方在下一信任包之前不知道，涉及的证照可能无法核验。",
        "The registry changed in {count} places since that trust pack: verifiers do not know it before the next one, "
        "and may be unable to check what it is about.",
    ),
    "passphrase.exposed": Label(
        "注意：口令文件 {name} 可由他人读取；除非是容器平台所挂载，应执行 chmod 600。",
        "Note: others may read the passphrase file {name}; unless a container platform mounts it so, chmod 600 it.",
    ),
    "status.no-pack": Label("尚未制作信任包。", "No trust pack was made yet."),
    "status.agency": Label("{name}（{host}，编号 {id}，{standing}）", "{name} ({host}, id {id}, {standing})"),
    "status.imports": Label("待复核的导入", "Imports that wait for a reviewer"),
    "status.pending": Label(
        "待存证 {count} 份，最早的已等待 {age}。", "{count} wait for their anchor, the oldest for {age}."
    ),
    "status.stuck": Label(
        "{count} 个批次已备妥而未了结：{batches}。", "Batches prepared and not settled: {count} ({batches})."
    ),
    "status.unsettled": Label(
        "{count} 笔已签名的交易尚无结果。", "The end of {count} signed transactions is not known yet."
    ),
    "status.lists-due": Label("{count} 个状态列表待公布。", "{count} status lists wait to be published."),
    "status.lists-unsettled": Label(
        "{count} 个状态列表的公布中断，尚未写入区块链。",
        "{count} status lists are prepared and not on the chain.",
    ),
    "status.no-key": Label("没有可用的签发密钥。", "There is no issuing key in force."),
    "status.key-ends": Label("密钥 {key} 将于 {left}后到期。", "Key {key} runs out in {left}."),
    "export.working": Label("正在导出", "Exporting"),
    "export.done": Label(
        "已导出到 {folder}：{credentials} 份记录，{bundles} 份证明文件。",
        "{folder} has {credentials} records and {bundles} bundles.",
    ),
    "export.private": Label(
        "文件夹内是证照明文：请妥善保管，勿外传。", "The folder holds certificates in the clear: keep it safe."
    ),
    "serve.starting": Label(
        "正在启动 http://{host}:{port}；Ctrl-C 结束。", "Starting on http://{host}:{port}; Ctrl-C ends it."
    ),
    "serve.links": Label(
        "注意：应答中的链接以 {url} 开头，而本服务监听端口 {port}；以 ONCELEDGER_PUBLIC_URL 设定对外地址。",
        "Note: links in answers begin with {url}, and this service listens on port {port}; say with "
        "ONCELEDGER_PUBLIC_URL under which address others reach it.",
    ),
    "serve.ended": Label("已停止。", "Stopped."),
    "token.made": Label("已为 {name} 生成{role}令牌，仅显示这一次：", "A {role} token for {name}, shown this once:"),
    "token.second": Label(
        "{name} 此前已有同一角色的令牌 {count} 个，仍然有效；不再使用的以 onceledger token end --digest 停用。",
        "{name} has {count} other tokens of this role, and they stay good: end those out of use, onceledger token end "
        "--digest.",
    ),
    "token.count": Label("令牌共 {count} 个。", "Tokens: {count}."),
    "token.ended": Label("已停用 {name} 的{role}令牌。", "The {role} token of {name} is ended."),
    "token.value": Label("{token}", "{token}"),
}

MESSAGES: Final = {**WORDS, **NEXT_STEPS, **_SENTENCES}
"""Id -> sentence."""
