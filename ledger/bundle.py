"""The evidence bundle: one file that proves a certificate without network and server (``docs/formats/bundle.md``).

    {"format": "onceledger-bundle", "version": 1, "suite": "eddsa-jcs-2022+rfc9162-sha256+qbft",
     "credential": {…}, "context": [{"url", "content"}],
     "inclusion": {"index", "size", "path"},
     "anchor": {"header", "receipt", "receiptIndex", "logIndex"},
     "history": {"entry", "path", "size"},
     "status": [{"list", "version", "chunk", "content", "path", "reasons"?, "keyHash", "signature",
                 "publication": {…as anchor…}}]}

``inclusion``, ``anchor``, ``history`` and ``status`` come as the credential's life goes on; a bundle without them is
well-formed and cannot be called valid. Binary values are base64url. Reading checks the form and decodes only what is
cheap: event proofs stay text, because thousands of bundles share a block and the text is what they are compared by.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn

from ledger import base64url, canonical_json, credential
from ledger.credential import SecuredCredential
from ledger.errors import MalformedInput

FORMAT: Final = "onceledger-bundle"
VERSION: Final = 1
SUITE: Final = "eddsa-jcs-2022+rfc9162-sha256+qbft"
MAX_BUNDLE_BYTES: Final = 1 << 20
"""A bundle of a large certificate has about 12 kB; reasons of a revoked one add some. Beyond 1 MiB nobody reads on."""
MAX_PATH_BYTES: Final = 64 * 32
"""64 levels: more leaves than a 64-bit size can count."""
CHUNK_BYTES: Final = 1024
_FORMAT_MEMBER: Final = f'"format":"{FORMAT}"'.encode()
_LAST_MEMBERS: Final = f'"suite":"{SUITE}","version":{VERSION}'.encode()
_NONE: Final[frozenset[str]] = frozenset()
_CONTEXT_MEMBERS: Final = frozenset(("url", "content"))
_INCLUSION_MEMBERS: Final = frozenset(("index", "size", "path"))
_ANCHOR_MEMBERS: Final = frozenset(("header", "receipt", "receiptIndex", "logIndex"))
_HISTORY_MEMBERS: Final = frozenset(("entry", "size", "path"))
_STATUS_MEMBERS: Final = frozenset(
    ("list", "version", "chunk", "content", "path", "keyHash", "signature", "publication")
)
_STATUS_OPTIONAL: Final = frozenset(("reasons",))
_MAX_CONTEXTS: Final = 4
_MAX_STATUS: Final = 4
_MAX_NATURAL: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where the leaf stands in its batch (RFC 9162, section 2.1.3): ``path`` is hashes, the leaf's sibling first."""

    index: int
    size: int
    path: bytes


@dataclass(frozen=True, slots=True)
class EventProof:
    """A log of a transaction receipt under a sealed header, all as text (base64url); equal texts are equal proofs."""

    header: str
    receipt_index: int
    receipt: tuple[str, ...]
    log_index: int


@dataclass(frozen=True, slots=True)
class History:
    """The anchor log's entry and its path to the checkpoint of ``size`` leaves."""

    entry: bytes
    size: int
    path: bytes


@dataclass(frozen=True, slots=True)
class StatusProof:
    """One 1 KiB chunk of a status list under its published root. ``reasons`` is there once a bit is set; ``key_hash``
    and ``signature`` are those of the statement behind the publication (``ledger.status_statement``)."""

    list_id: int
    version: int
    chunk: int
    content: str
    path: bytes
    reasons: str | None
    key_hash: str
    signature: str
    publication: EventProof

    def bits(self) -> bytes:
        """The chunk, inflated; MalformedInput ``bundle.chunk`` unless it is exactly 1 KiB."""
        return _inflate(self.content)


class Bundle(NamedTuple):
    """A bundle that was read: all of it is *unverified*. ``canonical`` is the JCS of the secured credential."""

    credential: SecuredCredential
    canonical: bytes
    contexts: tuple[tuple[str, str], ...]
    inclusion: Inclusion | None
    anchor: EventProof | None
    history: History | None
    status: tuple[StatusProof, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all bundles of a batch have in common."""

    anchor: EventProof | None
    contexts: tuple[tuple[str, str], ...]


class UnknownVersion(MalformedInput):
    """The file says that it is of a version which this software does not know: no verdict, rather than a bad one."""


def read(data: bytes) -> Bundle:
    """Read a bundle strictly; unknown top-level members are ignored, unknown members elsewhere refused.

    Raises UnknownVersion ``bundle.version-unknown``; MalformedInput ``bundle.*``, ``credential.*`` or ``json.*``.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise MalformedInput(
            "bundle.too-large",
            f"The bundle is larger than {MAX_BUNDLE_BYTES} bytes.",
            "Ask the holder for the bundle file itself.",
        )
    return from_parts(canonical_json.parse(data))


def from_parts(whole: Any, shared: Shared | None = None) -> Bundle:
    """The bundle of parsed members. ``shared``: anchor and contexts that were read before and are left out of
    ``whole``. Raises like ``read``."""
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        _bad("bundle.not-a-bundle", "The file is not an onceledger bundle.")
    version = whole.get("version")
    if type(version) is not int or version != VERSION or whole.get("suite") != SUITE:  # in Python, True equals 1
        raise UnknownVersion(
            "bundle.version-unknown",
            "The bundle is of a version or suite this software does not know.",
            "Update the verifier.",
        )
    document = whole.get("credential")
    inclusion, history = whole.get("inclusion"), whole.get("history")
    if shared is None:
        shared = read_shared(whole)
    return Bundle(
        credential=credential.read(document),
        canonical=canonical_json.canonicalize_inspected(document),
        contexts=shared.contexts,
        inclusion=None if inclusion is None else _inclusion(inclusion),
        anchor=shared.anchor,
        history=None if history is None else _history(history),
        status=tuple(_status(item) for item in _array(whole.get("status", []), _MAX_STATUS, "status")),
    )


def read_shared(whole: dict[str, Any]) -> Shared:
    """The members that are the same in all bundles of a batch; raises MalformedInput ``bundle.member``."""
    anchor = whole.get("anchor")
    return Shared(
        None if anchor is None else read_event_proof(anchor),
        tuple([_context(item) for item in _array(whole.get("context", []), _MAX_CONTEXTS, "context")]),
    )


def write(
    canonical: bytes,
    contexts: Sequence[tuple[str, str]] = (),
    inclusion: Inclusion | None = None,
    anchor: EventProof | None = None,
    history: History | None = None,
    status: Sequence[StatusProof] = (),
) -> bytes:
    """The bundle's bytes around ``canonical``, the secured credential's own.

    Canonical JSON (its members are put in their order here), so that reading it back takes the fast way, and the
    credential's bytes go in as they were signed.
    """
    parts = []
    if anchor is not None:
        parts.append(b'"anchor":' + canonical_json.canonicalize(event_proof_json(anchor)))
    named = [{"url": url, "content": content} for url, content in contexts]
    parts.append(b'"context":' + (canonical_json.canonicalize(named) if named else b"[]"))
    parts.append(b'"credential":' + canonical)
    parts.append(_FORMAT_MEMBER)
    if history is not None:
        parts.append(
            b'"history":{"entry":"%b","path":"%b","size":%d}'
            % (base64url.encode_bytes(history.entry), base64url.encode_bytes(history.path), history.size)
        )
    if inclusion is not None:
        parts.append(
            b'"inclusion":{"index":%d,"path":"%b","size":%d}'
            % (inclusion.index, base64url.encode_bytes(inclusion.path), inclusion.size)
        )
    if status:
        parts.append(b'"status":' + canonical_json.canonicalize([_status_json(item) for item in status]))
    parts.append(_LAST_MEMBERS)
    return b"{" + b",".join(parts) + b"}"


def deflate_chunk(bits: bytes) -> str:
    """A chunk as it stands in a bundle: zlib, base64url."""
    return base64url.encode(zlib.compress(bits, 9))


def _inflate(text: str) -> bytes:
    inflater = zlib.decompressobj()
    try:
        bits = inflater.decompress(base64url.decode(text), CHUNK_BYTES + 1)
    except zlib.error:
        bits = b""
    if len(bits) != CHUNK_BYTES or not inflater.eof or inflater.unused_data:
        _bad("bundle.chunk", "A status chunk does not inflate to exactly 1 KiB.")
    return bits


def _context(item: Any) -> tuple[str, str]:
    _members(item, _CONTEXT_MEMBERS, _NONE, "context")
    return _text(item["url"], "context"), _text(item["content"], "context")


def _inclusion(item: Any) -> Inclusion:
    _members(item, _INCLUSION_MEMBERS, _NONE, "inclusion")
    return Inclusion(_natural(item["index"], "inclusion"), _natural(item["size"], "inclusion"), _path(item["path"]))


def read_event_proof(item: Any) -> EventProof:
    """An event proof from parsed JSON; raises MalformedInput ``bundle.member``."""
    _members(item, _ANCHOR_MEMBERS, _NONE, "anchor")
    nodes = item["receipt"]
    if not isinstance(nodes, list):
        _bad("bundle.member", "A receipt proof is not an array.")
    return EventProof(
        _text(item["header"], "anchor"),
        _natural(item["receiptIndex"], "anchor"),
        tuple(_text(node, "anchor") for node in nodes),
        _natural(item["logIndex"], "anchor"),
    )


def event_proof_json(proof: EventProof) -> dict[str, Any]:
    """An event proof as JSON members."""
    return {
        "header": proof.header,
        "receipt": list(proof.receipt),
        "receiptIndex": proof.receipt_index,
        "logIndex": proof.log_index,
    }


def _history(item: Any) -> History:
    _members(item, _HISTORY_MEMBERS, _NONE, "history")
    entry = base64url.decode(_text(item["entry"], "history"))
    return History(entry, _natural(item["size"], "history"), _path(item["path"]))


def _status(item: Any) -> StatusProof:
    _members(item, _STATUS_MEMBERS, _STATUS_OPTIONAL, "status")
    reasons = item.get("reasons")
    return StatusProof(
        list_id=_natural(item["list"], "status"),
        version=_natural(item["version"], "status"),
        chunk=_natural(item["chunk"], "status"),
        content=_text(item["content"], "status"),
        path=_path(item["path"]),
        reasons=None if reasons is None else _text(reasons, "status"),
        key_hash=_text(item["keyHash"], "status"),
        signature=_text(item["signature"], "status"),
        publication=read_event_proof(item["publication"]),
    )


def _status_json(item: StatusProof) -> dict[str, Any]:
    made: dict[str, Any] = {
        "list": item.list_id,
        "version": item.version,
        "chunk": item.chunk,
        "content": item.content,
        "path": base64url.encode(item.path),
        "keyHash": item.key_hash,
        "signature": item.signature,
        "publication": event_proof_json(item.publication),
    }
    if item.reasons is not None:
        made["reasons"] = item.reasons
    return made


def _path(text: Any) -> bytes:
    path = base64url.decode(_text(text, "path")) if text != "" else b""
    if len(path) % 32 or len(path) > MAX_PATH_BYTES:
        _bad("bundle.path", "A Merkle path is not a sequence of at most 64 hashes of 32 bytes.")
    return path


def _members(item: Any, needed: frozenset[str], optional: frozenset[str], where: str) -> None:
    if not isinstance(item, dict) or not needed <= item.keys() <= needed | optional:
        _bad("bundle.member", f"The part {where} does not have exactly its members.")


def _array(value: Any, most: int, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        _bad("bundle.member", f"The part {where} is not an array of at most {most} entries.")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        _bad("bundle.member", f"The part {where} has a member that should be a text.")
    return value


def _natural(value: Any, where: str) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_NATURAL:
        _bad("bundle.member", f"The part {where} has a member that should be a natural number.")
    return value


def _bad(code: str, cause: str) -> NoReturn:
    raise MalformedInput(code, cause, "Ask the holder for the file as it was given out.")
