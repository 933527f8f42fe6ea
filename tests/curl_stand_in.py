"""``curl`` where there is none: the options that ``onceledger dev`` prints, over httpx."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import httpx


def with_curl(folder: Path, path: str) -> str:
    """``path`` (of the environment), with a stand-in of curl in ``folder`` in front where the machine has none."""
    if shutil.which("curl", path=path) is not None:
        return path
    return f"{put_stand_in(folder)}:{path}"


def put_stand_in(folder: Path) -> Path:
    """The folder, with the stand-in as ``curl`` in it."""
    folder.mkdir(exist_ok=True)
    stand_in = folder / "curl"
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n')
    stand_in.chmod(0o755)
    return folder


def main(arguments: list[str]) -> int:
    """Ask as the arguments say, write the answer, and fail for an error's status as ``--fail-with-body`` does."""
    headers, fields, files, body, method, out, url = dict[str, str](), {}, {}, None, None, None, ""
    left = iter(arguments)
    for one in left:
        if one in ("-sS", "--fail-with-body"):
            continue
        if not one.startswith("-"):
            url = one
            continue
        value = next(left)
        name, _, rest = value.partition("=")
        if one == "-H":
            header, _, content = value.partition(": ")
            headers[header] = content
        elif one == "-F" and rest.startswith("@"):
            files[name] = (rest[1:], Path(rest[1:]).read_bytes())
        elif one == "-F":
            fields[name] = rest
        elif one == "-d":
            body = sys.stdin.buffer.read() if value == "@-" else value.encode()
        elif one == "-X":
            method = value
        elif one == "-o":
            out = value
        elif one != "--noproxy":
            raise SystemExit(f"the stand-in does not know {one}")
    method = method or ("GET" if body is None and not files else "POST")
    with httpx.Client(trust_env=False, timeout=120) as client:
        answer = client.request(method, url, headers=headers, content=body, data=fields or None, files=files or None)
    if out is None:
        sys.stdout.write(answer.text)
    else:
        Path(out).write_bytes(answer.content)
    return 22 if answer.status_code >= 400 else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
