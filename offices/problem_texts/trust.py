"""Chinese for errors of the root authority, the trust pack and what stands in it."""

from __future__ import annotations

from typing import Final

TRUST: Final[dict[str, tuple[str, str]]] = {
    "online.head-too-old": (
        "节点的最新区块（第 {number} 号）比核验方所容许的最旧状态还旧。",
        "换一个节点：此节点可能隐瞒了更新的区块；或以 --max-status-age 接受更旧的消息。",
    ),
    "online.node-behind": (
        "节点的最新区块是第 {number} 号，而此处已知第 {seen} 号区块。",
        "等节点跟上，或换一个节点。",
    ),
    "online.other-network": ("节点的链不是信任包所述的链。", "改用该网络的节点，或此网络的信任包。"),
    "online.pack-differs": (
        "链上第 {number} 号区块时的情形与信任包所述不同。",
        "换一个节点；仍不行则告知根授权机构。",
    ),
    "online.status-behind": (
        "链上的状态列表版本与记录不同。",
        "执行 onceledger publish；仍不行则记录比链旧，请恢复记录。",
    ),
    "root.act-address": ("根授权机构此项操作的地址过长。", "发送时不带查询参数。"),
    "root.act-done": (
        "此项操作已于 {at} 完成，同意的成员：{members}。",
        "无须再做；确要再做一次，请换一个 Onceledger-Act 头的值。",
    ),
    "root.act-interrupted": (
        "此项操作于 {at} 开始，其间进程终止，完成了多少不得而知。",
        "先查看登记现状（GET /registry）；确要再做一次，请换一个 Onceledger-Act 头的值。",
    ),
    "root.act-unknown": (
        "没有此摘要的待定操作，或该成员未曾同意。",
        "列出待定操作：GET /root-authority/agreements。",
    ),
    "root.agreements-damaged": (
        "根授权机构成员同意情况的记录无法读取。",
        "若由更新的版本写成，请更新软件；否则恢复记录。",
    ),
    "root.elsewhere": (
        "本安装以他处根授权机构的信任包为准，其成员密钥不在这里。",
        "由根授权机构在其安装中办理；确要设立另一网络的根授权机构，请另建安装（--data）。",
    ),
    "root.member-unknown": (
        "这里没有这个根授权机构成员。",
        "现有的成员：{known}。换过密钥的成员须以新名称另发令牌：onceledger token add --role member。",
    ),
    "root.members-must-agree": (
        "须有 {count} 名根授权机构成员同意，现不足。",
        "取得更多成员同意：HTTP 服务由各成员以自己的令牌发送同一请求。",
    ),
    "root.too-few-members": ("同意的成员不足。", "再取得其他部委同意（--agree）。"),
    "trust-description.accreditation-grantor": (
        "信任说明 {path} 处：授权者不在所列机关之中。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.accreditation-type": (
        "信任说明 {path} 处：授权的类型不在所列类型之中。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.accreditations-not-rising": (
        "信任说明 {path} 处：授权没有按编号递增排列。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.agencies-not-rising": (
        "信任说明 {path} 处：机关没有按编号递增排列。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.agency-status": (
        "信任说明 {path} 处：机关状态不是规定的取值。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.checkpoint-root": (
        "信任说明 {path} 处：同一大小的检查点有不同的根。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.checkpoints-not-rising": (
        "信任说明 {path} 处：检查点没有依次递增。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.context-digest": (
        "信任说明 {path} 处：语境定义文件的地址不以其旁所载的摘要结尾。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.context-repeated": (
        "信任说明 {path} 处：有两个语境定义文件地址相同。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.context-url": (
        "信任说明 {path} 处：语境定义文件的地址不符合规定写法。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.contract-repeated": (
        "信任说明 {path} 处：两个合约的地址相同。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.did": (
        "信任说明 {path} 处：机关的 DID 不符合规定写法。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.did-repeated": (
        "信任说明 {path} 处：有两个机关 DID 相同。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.engine": (
        "信任说明 {path} 处：所称的共识方式，本软件不能核验其共识签名。",
        "请更新软件；仍不行则告知根授权机构。",
    ),
    "trust-description.field-repeated": (
        "信任说明 {path} 处：同一类型有两个同名项目。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.future": (
        "信任说明 {path} 处：所载时间或区块晚于信任说明本身。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.hex": (
        "信任说明 {path} 处：不是以 0x 开头、长度相符的小写十六进制。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.key": (
        "信任说明 {path} 处：不是可靠的 Ed25519 Multikey 公钥。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.key-id-repeated": (
        "信任说明 {path} 处：有两把密钥编号相同。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.key-repeated": (
        "信任说明 {path} 处：同一机关两次列出同一密钥。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.key-validity": (
        "信任说明 {path} 处：密钥的失效时间早于生效时间。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.keys-not-rising": (
        "信任说明 {path} 处：密钥没有按编号递增排列。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.kind": (
        "信任说明 {path} 处：类型的种类不是规定的取值。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.language-missing": (
        "信任说明 {path} 处：名称须恰有中文与英文两种。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.member": (
        "信任说明 {path} 处：成员缺失、多余，或不是应有的对象或数组。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.not-a-description": (
        "该文档没有声明自己是信任说明。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.number": (
        "信任说明 {path} 处：不是自然数，或时间超过公元 9999 年。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.period": (
        "信任说明 {path} 处：检查点所属的月份不符合规定写法。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.successor": (
        "信任说明 {path} 处：只有已并入其他机关的机关才有继任机关，且须通向在册的机关。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.text": (
        "信任说明 {path} 处：文本为空、过长或含不可显示的字符。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.type-name": (
        "信任说明 {path} 处：类型名称不符合规定写法。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.type-name-repeated": (
        "信任说明 {path} 处：有两种类型名称相同。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.types-not-rising": (
        "信任说明 {path} 处：类型没有按编号递增排列。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.validator-repeated": (
        "信任说明 {path} 处：同一组中两次列出同一验证节点。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.validator-set-gap": (
        "信任说明 {path} 处：验证节点各组的区块范围不相衔接。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.validator-set-open": (
        "信任说明 {path} 处：没有验证节点组，或并非恰好最后一组未终止。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.validator-set-size": (
        "信任说明 {path} 处：验证节点的数目超出规定。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.validator-set-uncovered": (
        "信任说明 {path} 处：已终止的验证节点组晚于最近的检查点。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-description.version-unknown": ("信任说明的版本本软件不认识。", "请更新软件。"),
    "trust-description.zone": ("信任说明 {path} 处：本机不认识该时区。", "更新本机的时区数据或本软件。"),
    "trust-folding.impossible": ("链上登记事件前后不符：有缺失，或出于编造。", "换一个节点再试。"),
    "trust-names.missing": ("链上有机关或类型没有名称。", "在此登记其名称，或先导入根授权机构的信任包。"),
    "trust-names.not-on-chain": ("所给名称与链上的摘要不符。", "给出登记时的名称。"),
    "trust-pack.description-altered": ("信任说明不是签署的那一份。", "重新获取信任包；仍不行则告知根授权机构。"),
    "trust-pack.description-missing": ("信任包没有签署任何信任说明。", "重新获取信任包；仍不行则告知根授权机构。"),
    "trust-pack.expired": ("信任包已过期。", "获取新的信任包。"),
    "trust-pack.file-missing": ("信任包的文件夹缺少文件 {path}。", "重新获取整个文件夹。"),
    "trust-pack.forked": ("此前接受过同一版本的另一信任包：根授权机构签了两份。", "两份都不要用，告知根授权机构。"),
    "trust-pack.is-a-root": (
        "该文件是根文件（root.json），不是信任包。",
        "给出信任包；根文件由核验方预置为信任根。",
    ),
    "trust-pack.metadata": ("信任包有一部分不是应有的元数据。", "重新获取信任包。"),
    "trust-pack.mixed": ("信任包的各部分并非出自一包。", "重新获取信任包；仍不行则告知根授权机构。"),
    "trust-pack.none": ("这里还没有制作过信任包。", "执行 onceledger trust-pack make。"),
    "trust-pack.not-a-pack": ("这不是信任包。", "用根授权机构公布的文件。"),
    "trust-pack.not-signed-by-root": (
        "信任包没有任何预置的信任根成员的签名：出自他人之手。",
        "不要使用；向根授权机构获取信任包。",
    ),
    "trust-pack.older-description": ("信任说明早于上一个信任包。", "从更新的区块推导。"),
    "trust-pack.other-chain": (
        "信任包所述的链不是本安装所用的链。",
        "取本网络的信任包，或将 ONCELEDGER_CHAIN_URL 指向该网络的节点。",
    ),
    "trust-pack.other-network": (
        "信任说明所载的链或登记合约与上一个信任包不同：若据此核验，此前存证的证照会全部判为无效。",
        "描述同一网络；信任说明只载一套登记合约，见 docs/contracts.md 的 Migration。",
    ),
    "trust-pack.other-root": (
        "信任包中第 {version} 版根文件不是所预置的信任根。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-pack.pinned-root": ("预置的信任根不是由其成员自签的根文件。", "预置根授权机构交付的 root.json 为信任根。"),
    "trust-pack.rolled-back": ("信任包比已知的旧。", "获取最新的信任包。"),
    "trust-pack.root-gap": (
        "信任包的根文件版本不连续，或没有所要的版本。",
        "重新获取信任包；根的版本须从 1 起逐一递增。",
    ),
    "trust-pack.root-key": (
        "根文件中有密钥不是以 64 位小写十六进制写出的 Ed25519 公钥，或是任何人都能用来签名的弱密钥。",
        "重新获取信任包；仍不行则告知根授权机构。",
    ),
    "trust-pack.root-key-repeated": ("根文件两次列出同一密钥。", "重新获取信任包；仍不行则告知根授权机构。"),
    "trust-pack.root-keys": (
        "根文件有重复的密钥，或其门限为各密钥所不能达到。",
        "每个成员的密钥只给一次，门限至少为一。",
    ),
    "trust-pack.seen-malformed": ("该文件没有说明上次接受的是哪个信任包。", "恢复它；否则旧包可能再次被接受。"),
    "trust-pack.signer-wrong": ("有签名者不是根授权机构成员，或签名与密钥不符。", "使用各成员自己的密钥。"),
    "trust-pack.too-few-signatures": ("信任包上根授权机构成员的签名不足。", "不要使用；向根授权机构获取信任包。"),
    "trust-pack.too-few-signers": ("根授权机构成员的签名不足。", "再取得其他成员签名。"),
    "trust-pack.validators-between": (
        "第 {number} 号区块既无原验证节点、也无新验证节点的共识签名。",
        "先以 --validator 指明该区块的验证节点，并以 --block 指明其作过共识签名的一个区块。",
    ),
    "trust-pack.validators-not-yet": (
        "最新区块仍由原验证节点作共识签名。",
        "待新的验证节点为区块作共识签名之后再制作信任包。",
    ),
    "trust-pack.validators-unknown": (
        "不知道由哪些验证节点为该网络的区块作共识签名。",
        "先导入根授权机构的信任包（onceledger trust-pack import），或以 --validator、ONCELEDGER_VALIDATORS 指明。",
    ),
    "trust-pack.version-unknown": ("信任包的版本本软件不认识。", "请更新软件。"),
}
