"""Access tokens: until sign-in exists, one static token per agency, role and person, or per member of the root
authority.

    DATA/tokens.json, mode 0600 (tokens.json.lock beside it: whoever adds one)
    {"format": "onceledger-tokens", "version": 1,
     "tokens": [{"agency": 1, "role": "clerk", "name": "li", "sha256": "<base64url>", "created": 1790000000}]}

The file holds digests: who reads it can call nothing. A token has 256 random bits, so a plain hash is enough. ``name``
stands as clerk or reviewer in the records, and the rule of four eyes compares names, whatever their case and width
(``issuers.officers``): give each person a token. A member's token is of no agency (0), and its name is the member's key
name: ``root-1``.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ledger import base64url, canonical_json
from ledger.canonical_json import Limits
from ledger.digest import DIGEST_SIZE, Digest, sha256
from ledger.errors import Conflict, MalformedInput, Misconfigured, NotFound
from offices.whole_file import replace_whole

FORMAT: Final = "onceledger-tokens"
VERSION: Final = 1
PREFIX: Final = "olt_"
"""Tokens begin with it, so that a scanner finds one that was published by mistake."""

MAX_TOKEN_LENGTH: Final = 100
_SECRET_SIZE: Final = 32
_MAX_NAME: Final = 64
_LIMITS: Final = Limits(max_bytes=4 << 20, max_depth=3)


class Role(StrEnum):
    """What a token is for; ``docs/api.md`` lists which role may do what."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"


AGENCY_ROLES: Final = tuple(role for role in Role if role is not Role.MEMBER)
"""Roles of an agency's people; a member is the root authority's."""

ROOT_AUTHORITY: Final = 0
"""Stands for the root authority where an agency's number would."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is."""

    agency_id: int
    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file holds of a token; ``created`` in Unix seconds."""

    holder: Holder
    digest: Digest
    created: int


class Tokens:
    """The tokens of a file. A changed file is read again at the next look-up, so a new token needs no restart."""

    def __init__(self, path: Path) -> None:
        """Raises like ``read_tokens``; a file that is missing holds no tokens."""
        self._path = path
        self._known: tuple[tuple[int, ...], Sequence[Entry]] = ((), ())
        self._current()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._current())

    @property
    def entries(self) -> Sequence[Entry]:
        """All of them, the oldest first."""
        return self._current()

    def holder(self, token: str) -> Holder | None:
        """Whose ``token`` is; None for an unknown one. Compares with all, each in constant time."""
        if len(token) > MAX_TOKEN_LENGTH:
            return None
        digest = sha256(token.encode())
        found = None
        for entry in self._current():
            if hmac.compare_digest(entry.digest, digest):
                found = entry.holder
        return found

    def _current(self) -> Sequence[Entry]:
        version = _version(self._path)
        if version != self._known[0]:
            self._known = version, _read(self._path) if version else ()
        return self._known[1]


def add_token(path: Path, agency_id: int, role: Role, name: str, *, created: int) -> str:
    """Make a token (``created`` in Unix seconds), keep its digest in the file at ``path``, and return the token: it is
    shown once.

    Raises MalformedInput ``tokens.name`` or ``tokens.of-whom``, Misconfigured as ``Tokens``.
    """
    if (role is Role.MEMBER) != (agency_id == ROOT_AUTHORITY):
        raise MalformedInput(
            "tokens.of-whom",
            "A member's token is the root authority's, and every other one is an agency's.",
            "Leave --agency out for the role member, and name the agency for every other role.",
        )
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise MalformedInput(
            "tokens.name",
            "The name of the token's holder is not usable.",
            f"Use 1 to {_MAX_NAME} printable characters.",
        )
    token = fresh_token()
    with _turn(path):
        _keep(path, agency_id, role, name.strip(), token, created)
    return token


def fresh_token() -> str:
    """A new token, known nowhere yet."""
    return PREFIX + base64url.encode(secrets.token_bytes(_SECRET_SIZE))


def keep_tokens(path: Path, holders: Sequence[tuple[Holder, str]], *, created: int) -> None:
    """See to it that the file has these (holder, token); those that it has already stay as they are."""
    with _turn(path):
        tokens = Tokens(path)
        for holder, token in holders:
            if tokens.holder(token) != holder:
                _keep(path, holder.agency_id, holder.role, holder.name, token, created)


def end_token(path: Path, *, holder: Holder | None = None, digest: str | None = None) -> Entry:
    """Take a token out of the file: the one of ``holder``, or the one whose digest begins so (base64url). It is known
    no more at the next look-up.

    Raises NotFound ``tokens.unknown``; Conflict ``tokens.several`` when that fits more than one, and none is ended.
    """
    with _turn(path):
        entries = list(_read(path)) if _version(path) else []
        found = [one for one in entries if _fits(one, holder, digest)]
        if not found:
            raise NotFound("tokens.unknown", "There is no such token here.", "List them: onceledger token list.")
        if len(found) > 1:
            raise Conflict(
                "tokens.several",
                f"{len(found)} tokens fit; none was ended.",
                "Name one by the beginning of its digest: onceledger token list, then token end --digest.",
                count=len(found),
            )
        _write(path, [one for one in entries if one is not found[0]])
    return found[0]


def _fits(one: Entry, holder: Holder | None, digest: str | None) -> bool:
    return (holder is None or one.holder == holder) and (
        digest is None or base64url.encode(one.digest).startswith(digest)
    )


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """One writer at a time: of two that read the same file, the later would leave out what the other has added and
    shown. The kernel ends a turn when its process dies. The lock is a file beside it, since it is itself replaced."""
    try:
        lock = os.open(
            path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise _not_accessible(path, error) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise _not_accessible(path, error) from None
        yield
    finally:
        os.close(lock)


def _keep(path: Path, agency_id: int, role: Role, name: str, token: str, created: int) -> None:
    entries = list(_read(path)) if _version(path) else []
    entries.append(Entry(Holder(agency_id, role, name), sha256(token.encode()), created))
    _write(path, entries)


def _write(path: Path, entries: Sequence[Entry]) -> None:
    content = canonical_json.canonicalize(
        {"format": FORMAT, "version": VERSION, "tokens": [_to_json(entry) for entry in entries]}
    )
    try:
        replace_whole(path, content, mode=0o600)
    except OSError as error:
        raise _not_accessible(path, error) from None


def _to_json(entry: Entry) -> dict[str, Any]:
    return {
        "agency": entry.holder.agency_id,
        "role": entry.holder.role.value,
        "name": entry.holder.name,
        "sha256": base64url.encode(entry.digest),
        "created": entry.created,
    }


def _version(path: Path) -> tuple[int, ...]:
    """What changes whenever the file is written; empty when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _not_accessible(path, error) from None
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise Misconfigured(
            "tokens.open-to-others",
            f"Others than its owner can read or write the token file {path}.",
            f"chmod 600 {path}",
        )
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> Sequence[Entry]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _not_accessible(path, error) from None
    try:
        whole = canonical_json.parse(data, limits=_LIMITS)
        if whole["format"] != FORMAT:
            raise _malformed(path)
        if type(whole["version"]) is not int or whole["version"] != VERSION:  # in Python, True equals 1
            raise Misconfigured(
                "tokens.newer-version", f"The token file {path} is of a newer version.", "Update the software."
            )
        if not isinstance(whole["tokens"], list):
            raise _malformed(path)
        return tuple(_from_json(one) for one in whole["tokens"])
    except (MalformedInput, KeyError, TypeError, ValueError):
        raise _malformed(path) from None


def _from_json(one: Any) -> Entry:
    agency_id, name, created = one["agency"], one["name"], one["created"]
    digest = base64url.decode(one["sha256"])
    if type(agency_id) is not int or type(created) is not int or type(name) is not str or not name:
        raise ValueError
    role = Role(one["role"])
    if len(digest) != DIGEST_SIZE or (role is Role.MEMBER) != (agency_id == ROOT_AUTHORITY):
        raise ValueError
    return Entry(Holder(agency_id, role, name), Digest(digest), created)


def _malformed(path: Path) -> Misconfigured:
    return Misconfigured(
        "tokens.malformed", f"The token file {path} is not one.", "Restore it, or delete it and make the tokens anew."
    )


def _not_accessible(path: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        "tokens.not-accessible",
        f"The token file {path} cannot be read or written: {error.strerror}.",
        "Check the permissions of the file and its folder.",
    )
