"""What comes in from files, standard input and options, read with a limit and refused with a reason.

Business numbers and claims may be personal, so they come by file or standard input: a command line stands in the
shell's history and in every process list.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from cli.session import Session
from ledger.errors import MalformedInput, Misconfigured, NotFound

MAX_NUMBERS_BYTES: Final = 64 << 20
"""A million business numbers of 64 characters."""

MAX_DOCUMENT_BYTES: Final = 1 << 20
_STDIN: Final = Path("-")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS: Final = {
    "trust-pack": "trust pack",
    "bundle": "bundle",
    "credential-type": "definition of a credential type",
    "root": "root",
}


def read_input(session: Session, file: Path | None, limit: int, prompt: str) -> bytes:
    """A file's content, or that of standard input when no file (or ``-``) is named.

    ``prompt`` (a catalogue id) tells a person at the keyboard what is awaited. Raises MalformedInput
    ``input.too-large``, and like ``read_limited``.
    """
    if file is None or file == _STDIN:
        if sys.stdin.isatty():
            session.note(prompt)
        data = sys.stdin.buffer.read(limit + 1)
    else:
        data = read_limited(file, limit)
    if len(data) > limit:
        raise MalformedInput("input.too-large", f"The input is larger than {limit} bytes.", "Split it.", count=limit)
    return data


def read_limited(path: Path, limit: int) -> bytes:
    """At most ``limit`` bytes of a file, one more when it is longer: whoever reads it sees that it is too long.

    Raises NotFound ``usage.no-such-file``, Misconfigured ``input.unreadable``.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except FileNotFoundError:
        raise no_such_file(path) from None
    except OSError as error:
        raise Misconfigured(
            "input.unreadable",
            f"The file {path} cannot be read: {error.strerror}.",
            "Check what it is and its permissions.",
            name=str(path),
        ) from None


def read_document(path: Path, limit: int, kind: str) -> bytes:
    """The same of a file that is meant to be a ``kind`` (``trust-pack``, ``bundle``, ``credential-type``, ``root``).

    Raises also MalformedInput ``input.is-a-status-pack``, and ``input.other-kind`` for what is no JSON object at all:
    another file was named. One that an editor saved with a byte order mark or in UTF-16 goes on to the parser, which
    says what to do about it.
    """
    data = read_where(path, limit, kind)
    if not data.startswith(_UTF_16) and not data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        raise MalformedInput(
            "input.other-kind",
            f"The file {path} is no {_KINDS[kind]}: it has no JSON object.",
            "Name the right file.",
            name=str(path),
            document=kind,
        )
    return data


def read_where(path: Path, limit: int, kind: str) -> bytes:
    """The same where a file that is no ``kind`` at all is a verdict, save that a status pack is told by its name.

    Raises like ``read_limited``, and MalformedInput ``input.is-a-status-pack``.
    """
    from ledger.status_pack import MAGIC

    data = read_limited(path, limit)
    if data.startswith(MAGIC):
        raise MalformedInput(
            "input.is-a-status-pack",
            f"The file {path} is a status pack and no {_KINDS[kind]}.",
            "Name the right file; a status pack belongs to --status-pack.",
            name=str(path),
            document=kind,
        )
    return data


def require_file(path: Path) -> None:
    """Raises NotFound ``usage.no-such-file`` where a command line names what is not there."""
    if not path.exists():
        raise no_such_file(path)


def no_such_file(path: Path) -> NotFound:
    """The error for a path that is not there."""
    return NotFound("usage.no-such-file", f"There is no file {path}.", "Check the path.", name=str(path))


def read_numbers(session: Session, file: Path | None) -> Sequence[str]:
    """Business numbers, one a line. Raises MalformedInput ``input.not-utf8``, ``numbers.none``, ``input.too-large``."""
    return list(read_numbered(session, file))


def read_numbered(session: Session, file: Path | None) -> dict[str, int]:
    """The same, each with the line where it stands first."""
    from offices.issuing import numbered_lines

    data = read_input(session, file, MAX_NUMBERS_BYTES, "input.numbers-prompt")
    return numbered_lines(utf8(data))


def utf8(data: bytes) -> str:
    """Text in UTF-8, a byte order mark at its beginning left out. Raises MalformedInput ``input.not-utf8``."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedInput(
            "input.not-utf8",
            f"The input is not UTF-8: byte {error.start} does not fit.",
            "Save it as UTF-8 and try again.",
            offset=error.start,
        ) from None


_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def parse_age(text: str) -> timedelta | None:
    """``7d``, ``12h``, ``30m``; ``any`` accepts every age. Raises MalformedInput ``usage.bad-age``."""
    if text == "any":
        return None
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdigit() or len(number) > 6:
        raise MalformedInput(
            "usage.bad-age", "The age is not a number of days, hours or minutes.", "Write 7d, 12h, 30m or any."
        )
    return timedelta(**{_UNITS[unit]: int(number)})
