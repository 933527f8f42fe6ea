"""``onceledger dev``: a throw-away instance on loopback, for trying things out and for pointing other software at.

    DIR/dev.json    {"base_url", "tokens": {role: token}, "issuers": {suite: {"id", "endpoint"}}, "trust_pack"}

``member`` and ``second-member`` are tokens of two members of the root authority: as many as must agree.

It is there exactly while the instance answers; what is in it holds for the next start in the same folder too.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from adapters.bootstrap import Installation, now
from api.app import create_app
from api.serve import listening, log_to_stderr, run
from api.tokens import AGENCY_ROLES, PREFIX, ROOT_AUTHORITY, Holder, Role, Tokens, fresh_token, keep_tokens
from ledger.errors import Misconfigured
from ledger.label import Label
from offices.dev import ANNOUNCEMENT, host_of, issuers, open_dev
from offices.dev_samples import MAPPING_NAME, NUMBER_STEM, TYPE_NAME
from offices.members import present_members, threshold

HOST: Final = "127.0.0.1"
_TOKENS_FILE: Final = "dev-tokens.json"


def _say(line: Label) -> None:
    sys.stdout.write(line.en + "\n")
    sys.stdout.flush()


def run_dev(port: int, data: Path, public_url: str | None = None, *, tell: Callable[[Label], None] = _say) -> None:
    """Run the instance in the folder ``data`` on 127.0.0.1 until a signal; founded first when there is none. Port 0
    takes any free one; ``public_url`` is the address under which others reach it; ``tell`` gets each line for people.

    Raises Misconfigured ``serve.port-in-use`` and its like, ``dev.not-writable``; Unavailable ``chain.owned`` when
    another process runs the folder; what ``offices.dev.open_dev`` raises.
    """
    if public_url is not None:
        host_of(public_url)
    with listening(HOST, port) as listener:
        here = f"http://{HOST}:{listener.getsockname()[1]}"
        base_url = (public_url or here).rstrip("/")
        tell(
            Label(
                f"正在打开试用实例 {data}；第一次需要几秒钟。",
                f"Opening the throw-away instance in {data}; the first time takes some seconds.",
            )
        )
        with open_dev(data, base_url) as inst:
            tokens = _tokens(data, inst)
            app = create_app(inst, tokens=Tokens(inst.settings.tokens_path))
            log_to_stderr()

            def ready() -> None:
                _write(data / ANNOUNCEMENT, _announcement(inst, base_url, tokens))
                for line in _next_steps(data, here, base_url, inst):
                    tell(line)

            run(app, listener, ready)


def _tokens(data: Path, inst: Installation) -> dict[str, str]:
    """A token for each role: those of the last time, so that other software's settings stay right."""
    path = data / _TOKENS_FILE
    holders = _holders(inst)
    try:
        known = {name: token for name, token in json.loads(path.read_bytes()).items() if token.startswith(PREFIX)}
    except (OSError, ValueError, AttributeError):
        known = {}
    tokens = {name: known.get(name) or fresh_token() for name in holders}
    if tokens != known:
        _write(path, tokens)
    keep_tokens(inst.settings.tokens_path, [(holder, tokens[name]) for name, holder in holders.items()], created=now())
    return tokens


def _holders(inst: Installation) -> Mapping[str, Holder]:
    """Whose tokens there are: of every role of the agency, and of as many members as must agree."""
    (agency,) = {row.agency_id for row in issuers(inst).values()}
    members = present_members(inst)[: threshold(inst)]
    names = (Role.MEMBER.value, *(f"{nth}-member" for nth in ("second", "third", "fourth")))
    return {
        **{role.value: Holder(agency, role, role.value) for role in AGENCY_ROLES},
        **{name: Holder(ROOT_AUTHORITY, Role.MEMBER, key) for name, key in zip(names, members, strict=False)},
    }


def _announcement(inst: Installation, base_url: str, tokens: Mapping[str, str]) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "tokens": dict(tokens),
        "issuers": {
            suite: {"id": row.did, "endpoint": f"{base_url}/agencies/{row.agency_id}"}
            for suite, row in issuers(inst).items()
        },
        "trust_pack": f"{base_url}/trust-pack",
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """The file with all of its content or none; it holds tokens, so it is the owner's alone."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.write("\n")
        unfinished.replace(path)
    except OSError as error:
        raise Misconfigured(
            "dev.not-writable", f"{path} cannot be written: {error.strerror}.", "Choose another folder with --data."
        ) from None


def _fresh_stem(inst: Installation, agency: int) -> str:
    """What business numbers to try begin with: a number belongs to one certificate, so the sample's own the first time
    and others at a later start."""
    (kind,) = (row for row in inst.records.types() if row.name == TYPE_NAME)
    stem, turn = NUMBER_STEM, 1
    while inst.records.by_number(agency, kind.type_id, f"{stem}0001"):
        turn += 1
        stem = f"{NUMBER_STEM}{turn}-"
    return stem


def _next_steps(data: Path, here: str, base_url: str, inst: Installation) -> list[Label]:
    """What to try. ``here`` is where it listens, which works before any gateway stands in front of it."""
    (agency,) = {row.agency_id for row in issuers(inst).values()}
    office = f"{here}/agencies/{agency}"
    as_json = "-H 'Content-Type: application/json'"
    stem = _fresh_stem(inst, agency)
    which = json.dumps({"agency": str(agency), "type": TYPE_NAME, "business_number": f"{stem}0001"})

    def curl(role: Role) -> str:
        return f'  curl -H "Authorization: Bearer $(token {role.value})"'

    commands = [
        f"  cd {shlex.quote(str(data.resolve()))}",
        """  token() { python3 -c "import json; print(json.load(open('dev.json'))['tokens']['$1'])"; }""",
        f"  sed 's/^{NUMBER_STEM}/{stem}/' sample.csv > try.csv",
        f"{curl(Role.CLERK)} {office}/imports -F file=@try.csv -F type={TYPE_NAME} -F mapping_name={MAPPING_NAME}"
        " -o import.json",
        """  number() { python3 -c "import json; print(json.load(open('import.json'))['import'])"; }""",
        f"{curl(Role.REVIEWER)} {office}/imports/$(number)/approve -X POST",
        f"{curl(Role.CLERK)} {office}/issue {as_json} -d '{json.dumps({'type': TYPE_NAME})}'",
        f"{curl(Role.OPERATOR)} {office}/anchor -X POST",
        f"{curl(Role.CLERK)} {here}/bundles {as_json} -d '{which}' -o one.bundle.json",
        f"""  (echo '{{"bundle":'; cat one.bundle.json; echo '}}') | curl {here}/verify {as_json} -d @-""",
    ]
    public = [] if base_url == here else [Label(f"对外地址：{base_url}", f"Others reach it as {base_url}")]
    return [
        Label(
            f"就绪：{here}   各地址：{here}/openapi.json   令牌：{data / ANNOUNCEMENT}",
            f"Ready: {here}   addresses: {here}/openapi.json   tokens: {data / ANNOUNCEMENT}",
        ),
        *public,
        Label("", ""),
        Label("在另一终端中试用：", "Try it in another terminal:"),
        *(Label(line, line) for line in commands),
        Label("", ""),
        Label(
            "Ctrl-C 结束。该文件夹仅供试用，用完即可删除。",
            "Ctrl-C ends it. The folder is for trying things out: throw it away when you are done.",
        ),
    ]
