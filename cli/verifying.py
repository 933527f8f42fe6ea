"""``verify``: one bundle, or a folder of thousands, with nothing but files, or with a node beside them; or by number
with what is here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from cli.by_node import NodeOption, require_address, with_node
from cli.choices import AgencyOption, chosen_agency, chosen_type
from cli.door import PROVING, command
from cli.inputs import MAX_DOCUMENT_BYTES, parse_age, read_limited, read_numbered, read_where
from cli.many_verdicts import show_many, show_online
from cli.outputs import writable
from cli.seen import newest_seen, own_file, own_newest_seen, remember, try_to_remember
from cli.session import Session
from cli.trust_packs import walking
from cli.verdicts import show_one
from ledger.errors import MalformedInput, Misconfigured, NotFound, OnceledgerError
from ledger.validity import require_askable
from offices.moments import parse_moment

if TYPE_CHECKING:
    from ledger.policy import Policy
    from verifiers.verify import Opened

_SUFFIX: Final = "*.bundle.json"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    example = "onceledger verify bundles --trust-pack trust-pack.json --root root.json --status-pack status-pack.bin"
    command(app, "verify", example=example, verifying=True, panel=PROVING)(verify)


def verify(
    session: Session,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Bundles, or folders of them. 证明文件或文件夹。")
    ] = None,
    trust_pack: Annotated[
        Path | None, typer.Option("--trust-pack", metavar="FILE", help="The newest trust pack. 信任包。")
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="FILE", help="The root that you pinned. 预置的信任根文件。")
    ] = None,
    status_pack: Annotated[
        Path | None, typer.Option("--status-pack", metavar="FILE", help="The newest status pack. 状态包。")
    ] = None,
    seen: Annotated[
        Path | None, typer.Option("--seen", metavar="FILE", help="Remembers the newest trust pack. 已见版本文件。")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Ask about a day or moment in the past. 截至某日。")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", "-t", metavar="NAME", help="Accept only this type; repeat. 接受的类型。"),
    ] = None,
    issuers: Annotated[
        list[str] | None,
        typer.Option("--issuer", metavar="DID", help="Accept only this issuer, DID or host; repeat. 接受的签发机关。"),
    ] = None,
    max_age: Annotated[
        str, typer.Option("--max-status-age", metavar="AGE", help="7d, 12h, 30m or any. 状态最旧多久。")
    ] = "7d",
    online: Annotated[
        bool,
        typer.Option(
            "--online", help="By business number, with this installation's node and store. 按业务编号在线核验。"
        ),
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            "-f",
            metavar="FILE",
            help="With --online: the numbers, one a line; default: standard input. 配合 --online 的业务编号文件。",
        ),
    ] = None,
    host: AgencyOption = None,
    node: NodeOption = None,
) -> int | None:
    """Verify certificates. No network, no server, no database: a bundle and two packs are enough.

    核验证照：只需证明文件、信任包与状态包，无需网络。退出码：0 有效，1 无效，3 无法核验，2 用法有误。

    With --node: as of now, from any node of the network; it is not believed, its blocks are proven.

    加 --node：依网络中任一节点所示的现状核验；不信节点，只信共识签名。

    Exit codes: 0 valid, 1 invalid, 3 cannot be checked, 2 usage; of several files, the worst.
    """
    asked = None if as_of is None else _asked(as_of)
    rules = _policy(types, issuers, max_age)
    if node is not None:
        require_address(node, online=online)
    if online:
        if paths:
            raise MalformedInput(
                "usage.online-paths", "With --online no file is verified.", "Give business numbers on standard input."
            )
        return _online(session, host, types, file, root, asked, rules)
    if not paths:
        raise MalformedInput("usage.nothing-to-verify", "There is nothing to verify.", "Name a bundle or a folder.")
    if trust_pack is None or root is None:
        raise MalformedInput(
            "usage.no-trust",
            "Without a trust pack and a pinned root nothing can be verified.",
            "Give both: --trust-pack FILE --root FILE.",
        )
    files = _files(paths)
    opened, remembered = _opened(session, trust_pack, root, status_pack, seen, asked, rules)
    if node is not None:
        opened = with_node(session, opened, node, asked, rules)
    if len(files) == 1 and not paths[0].is_dir():
        return _one(session, opened, remembered, files[0], asked)
    return _many(session, opened, remembered, files, asked)


def _one(session: Session, opened: Opened, remembered: bool, path: Path, asked: datetime | date | None) -> int:
    from ledger.bundle import MAX_BUNDLE_BYTES
    from verifiers.verify import verify as verify_bundle

    data = read_where(path, MAX_BUNDLE_BYTES, "bundle")
    verdict = verify_bundle(opened=opened, bundle=data)
    return show_one(session, opened, remembered, path.name, data, verdict, asked=asked)


def _many(
    session: Session, opened: Opened, remembered: bool, files: Sequence[Path], asked: datetime | date | None
) -> int:
    from ledger.bundle import MAX_BUNDLE_BYTES
    from verifiers.verify import verify_many

    unreadable: list[str] = []

    def bundles() -> Iterator[tuple[str, bytes]]:
        for path in files:
            try:
                data = read_limited(path, MAX_BUNDLE_BYTES)
            except (NotFound, Misconfigured):
                unreadable.append(str(path))
                advance(1)
                continue
            yield str(path), data
            advance(1)

    with session.counting("verify.working", len(files)) as advance:
        verdicts = list(verify_many(opened=opened, bundles=bundles()))
    return show_many(session, opened, remembered, verdicts, unreadable, asked=asked)


def _online(
    session: Session,
    host: str | None,
    types: Sequence[str] | None,
    file: Path | None,
    root: Path | None,
    asked: datetime | date | None,
    rules: Policy,
) -> int:
    pinned = None if root is None else read_where(root, MAX_DOCUMENT_BYTES, "root")
    numbers = read_numbered(session, file)
    with session.installation() as inst:
        from offices.finding import newest_issued
        from offices.online import online_verifier, verify_numbers
        from offices.root_pin import pinned_root

        agency = chosen_agency(inst, host)
        kind = chosen_type(inst, types[0] if types else None, agency)
        now = datetime.now(UTC)
        trusted = pinned or pinned_root(inst)
        with walking(session, "verify.walking") as progress:
            verifier = online_verifier(inst, pinned_root=trusted, now=now, as_of=asked, policy=rules, progress=progress)
        with session.counting("verify.working", len(numbers)) as advance:
            known, unknown = newest_issued(inst, agency.agency_id, kind.type_id, list(numbers))
            lines = [line for number, line in numbers.items() if number in known]
            answers = []
            for line, answer in zip(lines, verify_numbers(inst, verifier, agency, kind, list(known)), strict=True):
                answers.append(replace(answer, position=line - 1))
                advance(1)
    return show_online(session, answers, unknown=[numbers[one] for one in unknown], asked=asked)


def _opened(
    session: Session,
    trust_pack: Path,
    root: Path,
    status_pack: Path | None,
    seen: Path | None,
    asked: datetime | date | None,
    rules: Policy,
) -> tuple[Opened, bool]:
    """What is verified with, and whether the pack's versions were kept, so that an older one fails from now on."""
    from ledger.status_pack import MAX_PACK_BYTES as MAX_STATUS_BYTES
    from ledger.trust_pack_files import MAX_PACK_BYTES
    from verifiers.verify import Holdings, open_holdings

    pinned = read_where(root, MAX_DOCUMENT_BYTES, "root")
    own = session.settings.seen_folder if seen is None else None
    file = seen if own is None else own_file(own, pinned)
    if seen is not None:
        writable(seen)
    holdings = Holdings(
        trust_pack=read_where(trust_pack, MAX_PACK_BYTES, "trust-pack"),
        pinned_root=pinned,
        status_pack=None if status_pack is None else read_limited(status_pack, MAX_STATUS_BYTES),
        newest_seen=newest_seen(file) if seen is not None or file is None else own_newest_seen(file),
    )
    try:
        opened = open_holdings(holdings=holdings, now=datetime.now(UTC), as_of=asked, policy=rules)
    except (MalformedInput, Misconfigured) as error:
        raise _of_file(error, trust_pack, root, status_pack) from None
    if opened.problem is not None:
        opened = replace(opened, problem=_of_file(opened.problem, trust_pack, root, status_pack))
    remembered = False
    if file is not None and opened.pack is not None:
        if seen is not None:
            remember(seen, opened.pack.seen)
            remembered = True
        else:
            remembered = try_to_remember(file, opened.pack.seen)
    return opened, remembered


_Error = TypeVar("_Error", bound=OnceledgerError)


def _of_file(error: _Error, trust_pack: Path, root: Path, status_pack: Path | None) -> _Error:
    """The same error, saying which of the three files it is about."""
    option, path = "--trust-pack", trust_pack
    if error.code == "trust-pack.pinned-root":
        option, path = "--root", root
    elif error.code.startswith("status-pack.") and status_pack is not None:
        option, path = "--status-pack", status_pack
    file = f"{option} {path}"
    return type(error)(error.code, f"{file}: {error.cause}", error.cure, **{**error.detail, "file": file})


def _files(paths: Sequence[Path]) -> list[Path]:
    """The bundles that were meant: a file is one whatever its name, of a folder those named ``*.bundle.json`` at any
    depth. Raises NotFound ``usage.no-such-file``."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.rglob(_SUFFIX) if one.is_file())
        elif path.exists():
            found.append(path)
        else:
            raise NotFound(
                "usage.no-such-file", f"There is no file or folder {path}.", "Check the path.", name=str(path)
            )
    return found


def _asked(text: str) -> datetime | date:
    from verifiers.asked_moment import require_past

    asked = parse_moment(text)
    require_askable(asked)
    require_past(asked, datetime.now(UTC))
    return asked


def _policy(types: Sequence[str] | None, issuers: Sequence[str] | None, max_age: str) -> Policy:
    from ledger.policy import Policy

    dids = None if not issuers else frozenset(one if one.startswith("did:") else f"did:web:{one}" for one in issuers)
    return Policy(types=None if not types else frozenset(types), issuers=dids, max_status_age=parse_age(max_age))
