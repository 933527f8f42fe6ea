"""Uploads: multipart/form-data (RFC 7578), read piece by piece, the register into a file without a name.

    file            the register; its name's suffix says what it is (.csv, .tsv, .jsonl, .ndjson, .xlsx)
    mapping         the mapping, as a file or a text            or   mapping_name   one that the office keeps
    code_list       files that the mapping names, any number
    type, dry_run, max_bad_rows, max_bad_percent

The file is made in the data folder, where a register may lie, and not in the machine's /tmp; as it has no name, nothing
of it is left when the request ends, the client goes away or the process dies.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from io import BufferedRandom
from pathlib import Path, PurePath
from typing import Annotated, Final

from fastapi import Depends, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from api.parts import Clerk, Shared
from api.problems import TooLarge, WrongMedia
from ledger.errors import MalformedInput, Misconfigured, OnceledgerError, Unavailable

MAX_FIELD: Final = 1 << 20
"""Bytes of a mapping or code list; the other fields have a few."""

MAX_PARTS: Final = 32
_FIELDS: Final = frozenset(("mapping", "mapping_name", "type", "dry_run", "max_bad_rows", "max_bad_percent"))


@dataclass(slots=True)
class Upload:
    """A body that came in whole. ``fields`` by name; ``code_lists`` by file name; ``suffix`` is all that is taken of
    the register's name, in lower case; None without a register."""

    file: BufferedRandom
    suffix: str | None = None
    fields: dict[str, bytes] = field(default_factory=dict)
    code_lists: dict[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A field as text, None when it is not there or empty. Raises MalformedInput ``upload.field``."""
        try:
            return self.fields.get(name, b"").decode().strip() or None
        except UnicodeDecodeError:
            raise bad_field(name) from None

    def number(self, name: str) -> int | None:
        """A field as a natural number below a billion. Raises MalformedInput ``upload.field``."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise bad_field(name)
        return int(text)

    def flag(self, name: str) -> bool:
        """A field as yes or no; not there is no. Raises MalformedInput ``upload.field``."""
        text = (self.text(name) or "false").lower()
        if text not in ("true", "false", "1", "0"):
            raise bad_field(name)
        return text in ("true", "1")


class UploadReader:
    """Takes a body in pieces. ``finish`` gives the upload, ``close`` gives everything up."""

    def __init__(self, content_type: str, folder: Path) -> None:
        """Raises WrongMedia ``http.media-type``; Misconfigured ``upload.not-writable``, Unavailable
        ``upload.disk-full``."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise WrongMedia(
                "http.media-type",
                "The body is no upload.",
                "Send it as multipart/form-data, with the register as file.",
            )
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._upload = Upload(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - closed with the upload
        except OSError as error:
            raise _disk_error(error) from None
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin,
            "on_header_field": partial(self._add_header, 0),
            "on_header_value": partial(self._add_header, 1),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        })  # fmt: skip
        self._header = [b"", b""]
        self._disposition = b""
        self._name = ""
        self._file_name = ""
        self._content: bytearray | None = None
        self._parts = 0
        self._is_whole = False

    def feed(self, piece: bytes) -> None:
        """The next bytes. Raises MalformedInput ``upload.*``, TooLarge ``upload.field-too-large``."""
        try:
            self._parser.write(piece)
        except FormParserError:
            raise _malformed() from None
        except OSError as error:
            raise _disk_error(error) from None

    def finish(self) -> Upload:
        """What came. Raises MalformedInput ``upload.malformed``, ``upload.no-file``."""
        if not self._is_whole:
            raise _malformed()
        if self._upload.suffix is None:
            raise MalformedInput("upload.no-file", "The upload has no register.", "Send it as the part file.")
        return self._upload

    def close(self) -> None:
        """The file is gone with this."""
        self._upload.file.close()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise MalformedInput("upload.too-many-parts", "The upload has too many parts.", f"Send up to {MAX_PARTS}.")
        self._disposition = b""

    def _add_header(self, place: int, data: bytes, start: int, end: int) -> None:
        self._header[place] += data[start:end]

    def _end_header(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        try:
            self._name = options.get(b"name", b"").decode()
            self._file_name = options.get(b"filename", b"").decode()
        except UnicodeDecodeError:
            raise _malformed() from None
        is_file, is_list = self._name == "file", self._name == "code_list"
        if not (is_file or is_list or self._name in _FIELDS):
            raise MalformedInput(
                "upload.part-unknown", "The upload has a part that is not known.", "See /openapi.json for its parts."
            )
        if self._name in self._upload.fields or (is_file and self._upload.suffix is not None):
            raise MalformedInput("upload.part-repeats", "A part of the upload is there twice.", "Send it once.")
        self._content = None if is_file else bytearray()
        if is_file:
            self._upload.suffix = PurePath(self._file_name).suffix.lower()

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._content is None:
            self._upload.file.write(data[start:end])
            return
        self._content += data[start:end]
        if len(self._content) > MAX_FIELD:
            raise TooLarge(
                "upload.field-too-large",
                f"A part other than the register has more than {MAX_FIELD} bytes.",
                "Send the register as file.",
                name=self._name,
            )

    def _end_part(self) -> None:
        if self._content is None:
            return
        if self._name == "code_list":
            self._upload.code_lists[self._file_name] = bytes(self._content)
        else:
            self._upload.fields[self._name] = bytes(self._content)

    def _end(self) -> None:
        self._is_whole = True


async def _receive(request: Request, parts: Shared, _: Clerk) -> AsyncIterator[Upload]:
    """The request's upload. The token is looked at first: nobody unknown fills the disk."""
    folder = parts.inst.settings.data / "tmp"
    reader = await run_in_threadpool(UploadReader, request.headers.get("content-type", ""), folder)
    try:
        async for piece in request.stream():
            await run_in_threadpool(reader.feed, piece)
        yield reader.finish()
    finally:
        await run_in_threadpool(reader.close)


Uploaded = Annotated[Upload, Depends(_receive)]


def bad_field(name: str) -> MalformedInput:
    """The error for a field with an unusable value."""
    return MalformedInput(
        "upload.field", f"The field {name} of the upload is not usable.", "See /openapi.json for its form.", field=name
    )


def _malformed() -> MalformedInput:
    return MalformedInput(
        "upload.malformed", "The upload is cut off or not multipart/form-data.", "Send it again as a whole."
    )


def _disk_error(error: OSError) -> OnceledgerError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Unavailable(
            "upload.disk-full", "The disk of the data folder is full; nothing was imported.", "Free some space."
        )
    return Misconfigured(
        "upload.not-writable",
        "The folder tmp in the data folder cannot be written.",
        "Give the service write permission for its data folder.",
    )
