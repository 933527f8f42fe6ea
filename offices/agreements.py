"""What members of the root authority agree to: each asks for the same act by itself, and whoever completes their number
has it carried out.

    the note "root-agreements", canonical JSON
    {"format": "onceledger-root-agreements", "version": 1,
     "open": [{"act": "<base64url>", "method": "POST", "target": "/types", "agreed": {"root-1": 1790086400}}],
     "done": [{"act": "<base64url>", "at": 1790000000, "members": ["root-1", "root-2"], "whole": true}]}

``agreed`` says until when (Unix seconds) each member's agreement counts. ``whole`` is false while an act is carried
out, and stays so when the process dies meanwhile: nobody knows then how much of it was done. All of it stays small:
``MOST_OPEN``, ``MOST_DONE``, ``MAX_TARGET``. Whoever calls these functions is the root authority's only writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from adapters.bootstrap import Installation
from ledger import base64url, canonical_json
from ledger.canonical_json import Limits
from ledger.digest import Digest, sha256
from ledger.errors import Conflict, Corrupt, MalformedInput, NotFound, NotPermitted
from offices.members import agreeing, electors

NOTE: Final = "root-agreements"
FORMAT: Final = "onceledger-root-agreements"
VERSION: Final = 1

LIFETIME: Final = 86_400
"""Seconds for which an agreement counts, and for which an act that was done is not done again."""

MOST_OPEN: Final = 16
"""Open acts that one member agrees to; its oldest agreement goes, and never another member's."""

MOST_DONE: Final = 1_000
"""Acts remembered as done."""

MAX_TARGET: Final = 256
"""Characters of an act's path and query."""

_LIMITS: Final = Limits(max_bytes=16 << 20, max_depth=4)


@dataclass(frozen=True, slots=True)
class RootAct:
    """A request to the root authority. ``query`` is without its question mark, ``body`` the SHA-256 of its bytes as
    they came, ``tag`` what its senders tell it apart by from one that is the same otherwise.

    Raises MalformedInput ``root.act-address``.
    """

    method: str
    path: str
    query: str
    body: Digest
    tag: str | None = None

    def __post_init__(self) -> None:
        if len(self.target) > MAX_TARGET:
            raise MalformedInput(
                "root.act-address",
                f"The address of this act of the root authority is longer than {MAX_TARGET} characters.",
                "Send it without a query.",
            )

    @property
    def target(self) -> str:
        """Path and query as one text."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def digest(self) -> str:
        """SHA-256 (base64url) of all that tells it apart from other acts."""
        whole = {
            "format": "onceledger-root-act",
            "version": VERSION,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "body": base64url.encode(self.body),
            "tag": self.tag,
        }
        return base64url.encode(sha256(canonical_json.canonicalize(whole)))


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An act that fewer members agree to than must. ``agreed``: key name of each who does -> until when (Unix
    seconds)."""

    act: str
    method: str
    target: str
    agreed: Mapping[str, int]

    @property
    def until(self) -> int:
        """When the first of its agreements ends, Unix seconds."""
        return min(self.agreed.values())


class Awaited(Exception):
    """No error: the act waits for more members, ``needed`` in all."""

    def __init__(self, act: OpenAct, needed: int) -> None:
        super().__init__("More members must agree.")
        self.act = act
        self.needed = needed


@dataclass(frozen=True, slots=True)
class _Done:
    at: int
    members: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Book:
    """What the note says, by acts' digests."""

    open: dict[str, OpenAct]
    done: dict[str, _Done]

    def agree(self, act: RootAct, member: str, until: int) -> OpenAct:
        known = self.open.pop(act.digest, OpenAct(act.digest, act.method, act.target, {}))
        self.open[act.digest] = entry = replace(known, agreed={**known.agreed, member: until})
        mine = [one for one in self.open.values() if member in one.agreed]
        for oldest in sorted(mine, key=lambda one: one.agreed[member])[:-MOST_OPEN]:
            self.take_back(oldest, member)
        return entry

    def take_back(self, entry: OpenAct, member: str) -> None:
        agreed = {name: until for name, until in entry.agreed.items() if name != member}
        if agreed:
            self.open[entry.act] = replace(entry, agreed=agreed)
        else:
            del self.open[entry.act]


@contextmanager
def agreed(inst: Installation, act: RootAct, member: str, *, now: int) -> Iterator[tuple[str, ...]]:
    """Let ``member`` (a key name) agree to ``act`` at ``now`` (Unix seconds). Once enough members do, what stands under
    ``with`` is done, with their key names.

    If it fails, the agreements stay, so that one more request tries again; but for MalformedInput, which no other try
    mends. Done, it is remembered, and not done again.

    Raises Awaited when more members must agree, NotFound ``root.member-unknown``, Conflict ``root.act-done`` or
    ``root.act-interrupted``.
    """
    present = electors(inst, member)
    book = _read(inst, now)
    if act.digest in book.done:
        raise _not_again(book.done[act.digest])
    entry = book.agree(act, member, now + LIFETIME)
    entry = replace(entry, agreed={name: until for name, until in entry.agreed.items() if name in present})
    try:
        members = agreeing(inst, list(entry.agreed))
    except NotPermitted as few:
        _save(inst, book)
        raise Awaited(entry, few.detail["count"]) from None
    book.done[act.digest] = _Done(now, members, whole=False)
    _save(inst, book)
    try:
        yield members
    except Exception as error:
        del book.done[act.digest]
        if isinstance(error, MalformedInput):
            del book.open[act.digest]
        _save(inst, book)
        raise
    del book.open[act.digest]
    book.done[act.digest] = _Done(now, members, whole=True)
    _save(inst, book)


def open_acts(inst: Installation, member: str, *, now: int) -> Sequence[OpenAct]:
    """What waits for more members, for one of them to see, oldest first. Raises NotFound ``root.member-unknown``."""
    present = electors(inst, member)
    book = _read(inst, now)
    counting = (
        replace(one, agreed={name: until for name, until in one.agreed.items() if name in present})
        for one in book.open.values()
        if one.act not in book.done
    )
    return sorted((one for one in counting if one.agreed), key=lambda one: one.until)


def take_back(inst: Installation, digest: str, member: str, *, now: int) -> None:
    """Let ``member`` agree no longer to an open act. Raises NotFound ``root.act-unknown``, ``root.member-unknown``."""
    electors(inst, member)
    book = _read(inst, now)
    entry = book.open.get(digest)
    if entry is None or member not in entry.agreed or digest in book.done:
        raise NotFound(
            "root.act-unknown",
            "There is no open act with this digest to which this member agrees.",
            "List them: GET /root-authority/agreements.",
        )
    book.take_back(entry, member)
    _save(inst, book)


def _not_again(done: _Done) -> Conflict:
    at = datetime.fromtimestamp(done.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not done.whole:
        return Conflict(
            "root.act-interrupted",
            f"This act was begun at {at}, and the process ended meanwhile; how much of it was done is not known.",
            "Look at the registry (GET /registry); to do it again, give the header Onceledger-Act another value.",
            at=at,
        )
    return Conflict(
        "root.act-done",
        f"This act was done already, at {at}; {', '.join(done.members)} agreed.",
        "Nothing is left to do; to do it once more, give the header Onceledger-Act another value.",
        at=at,
        members=list(done.members),
    )


def _read(inst: Installation, now: int) -> _Book:
    """What still counts at ``now``."""
    note = inst.records.note(NOTE)
    if note is None:
        return _Book({}, {})
    try:
        whole = canonical_json.parse(note, limits=_LIMITS)
        if (whole["format"], whole["version"]) != (FORMAT, VERSION):
            raise ValueError
        opened = [_open_act(one, now) for one in whole["open"]]
        done = {one["act"]: _Done(one["at"], tuple(one["members"]), one["whole"]) for one in whole["done"]}
        return _Book(
            {one.act: one for one in opened if one.agreed},
            {act: one for act, one in done.items() if one.at + LIFETIME > now},
        )
    except (MalformedInput, KeyError, TypeError, ValueError, AttributeError):
        raise Corrupt(
            "root.agreements-damaged",
            "The record of what members of the root authority agreed to cannot be read.",
            "Update the software if a newer one wrote it; else restore the records.",
        ) from None


def _open_act(one: Any, now: int) -> OpenAct:
    counting = {name: until for name, until in one["agreed"].items() if until > now}
    return OpenAct(one["act"], one["method"], one["target"], counting)


def _save(inst: Installation, book: _Book) -> None:
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "open": [
            {"act": one.act, "method": one.method, "target": one.target, "agreed": dict(one.agreed)}
            for one in book.open.values()
        ],
        "done": [
            {"act": act, "at": one.at, "members": list(one.members), "whole": one.whole}
            for act, one in list(book.done.items())[-MOST_DONE:]
        ],
    }
    inst.records.save_note(NOTE, canonical_json.canonicalize(whole))
