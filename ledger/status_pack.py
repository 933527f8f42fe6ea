"""The current status lists of many agencies in one file (``docs/formats/status-pack.md``).

    onceledger-status-pack-v1\\n | made at | number of lists
    list id | purpose | version | chunks | key | signature | publication | reasons | difference     by list id

A verifier fetches it apart from any showing, so nobody learns whom it checks. The file is no authority: every list
carries the proof of its publication on the chain and its agency's signature, and is believed for these two alone
(``ledger.status_evidence``).

A list follows from its reasons, so the pack carries the reasons, and of the bits only where they differ from that:
nowhere, as a rule. Nothing is inflated until its list is asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from struct import Struct
from typing import Final, NoReturn

from ledger import base64url, status_list, status_reasons
from ledger.bundle import EventProof
from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.status_list import CHUNK_ENTRIES, CHUNK_SIZE, MAX_ENTRIES, MIN_ENTRIES
from ledger.status_reasons import Purpose
from ledger.status_statement import SignedBy

MAX_PACK_BYTES: Final = 64 << 20
"""3,000 agencies with a million certificates each, one in a hundred revoked."""

MAX_LISTS: Final = 1 << 16

MAGIC: Final = b"onceledger-status-pack-v1\n"
"""How every status pack begins."""
_HEAD: Final = Struct(">QI")
_LIST: Final = Struct(">QBQI32s64sIII")
_PURPOSES: Final[dict[int, Purpose]] = {1: "revocation", 2: "suspension"}
_PURPOSE_CODES: Final = {purpose: code for code, purpose in _PURPOSES.items()}

_MAX_PUBLICATION: Final = 256 << 10
"""Bytes to which a publication's proof may inflate: a header has at most 64 KiB, a receipt proof a few KiB."""

_MAX_NODES: Final = 64
_PROOF: Final = Struct(">IIIB")
_SIZE: Final = Struct(">I")


@dataclass(frozen=True, slots=True)
class PackedList:
    """One version of one list as it travels, *unverified*. ``list_id`` is agency << 32 | n; ``chunks`` of 8,192
    entries. ``purpose`` tells how the bits follow from the reasons and proves nothing. The parts are zlib streams."""

    list_id: int
    purpose: Purpose
    version: int
    chunks: int
    signed: SignedBy
    packed_publication: bytes
    packed_reasons: bytes
    packed_difference: bytes

    @property
    def agency_id(self) -> int:
        """The agency whose list it claims to be."""
        return self.list_id >> 32

    @property
    def entries(self) -> int:
        """Number of certificates the list has room for."""
        return self.chunks * CHUNK_ENTRIES

    def publication(self) -> EventProof:
        """The proof that this version was published. Raises MalformedInput ``status-pack.encoding``,
        ``status-pack.publication``."""
        return _read_proof(_inflate(self.packed_publication, _MAX_PUBLICATION))

    def reasons(self) -> bytes:
        """The file of reasons. Raises MalformedInput ``status-reasons.encoding``, ``status-reasons.size``."""
        return status_reasons.decompress(self.packed_reasons)

    def difference(self) -> bytes:
        """The bits where the list differs from its reasons; empty: nowhere. Raises MalformedInput
        ``status-pack.encoding`` unless it inflates to exactly the list's length."""
        if not self.packed_difference:
            return b""
        data = _inflate(self.packed_difference, self.chunks * CHUNK_SIZE)
        return data if len(data) == self.chunks * CHUNK_SIZE else _bad_encoding()


@dataclass(frozen=True, slots=True)
class StatusPack:
    """A pack that was read: all of it is *unverified*. ``made_at`` in Unix seconds, as its maker says."""

    made_at: int
    lists: tuple[PackedList, ...]
    _by_id: Mapping[int, PackedList] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {one.list_id: one for one in self.lists})

    def list_for(self, list_id: int, *, newer_than: int = 0) -> PackedList | None:
        """The list of that id, if the pack has a version above ``newer_than``, such as the one a bundle brings along:
        the newest counts. None says nothing about any certificate: its status cannot be checked with this pack."""
        found = self._by_id.get(list_id)
        return found if found is not None and found.version > newer_than else None


def pack_list(
    list_id: int,
    purpose: Purpose,
    version: int,
    bits: bytes,
    reasons: bytes,
    publication: EventProof,
    signed: SignedBy,
) -> PackedList:
    """A list for a pack: ``bits`` as published, the file of ``reasons`` (uncompressed), the proof of publication, the
    signature of its statement.

    Raises MalformedInput ``status-list.size``, ``status-reasons.*``, ``base64url.malformed``.
    """
    chunks = status_list.chunk_count(bits)
    told = status_reasons.decode(reasons).bits(purpose, 8 * len(bits))
    return PackedList(
        list_id=list_id,
        purpose=purpose,
        version=version,
        chunks=chunks,
        signed=signed,
        packed_publication=zlib.compress(_write_proof(publication), 9),
        packed_reasons=status_reasons.compress(reasons),
        packed_difference=b"" if told == bits else zlib.compress(exclusive_or(told, bits), 9),
    )


def write(made_at: int, lists: Iterable[PackedList]) -> bytes:
    """The file. Raises MalformedInput ``status-pack.lists-not-rising`` for two lists of one id."""
    ordered = sorted(lists, key=lambda one: one.list_id)
    out = [MAGIC, _HEAD.pack(made_at, len(ordered))]
    before = -1
    for one in ordered:
        if one.list_id == before:
            raise _not_rising()
        before = one.list_id
        parts = (one.packed_publication, one.packed_reasons, one.packed_difference)
        code = _PURPOSE_CODES[one.purpose]
        signed = one.signed
        fixed = (one.list_id, code, one.version, one.chunks, signed.key_hash, signed.signature)
        out += [_LIST.pack(*fixed, *map(len, parts)), *parts]
    return b"".join(out)


def load(data: bytes) -> StatusPack:
    """Read a pack without inflating anything.

    Raises MalformedInput ``status-pack.too-large``, ``status-pack.not-a-pack``, ``status-pack.truncated`` (too short,
    or something follows), ``status-pack.lists-not-rising``, ``status-pack.list`` (an impossible purpose, version or
    length).
    """
    if len(data) > MAX_PACK_BYTES:
        raise MalformedInput(
            "status-pack.too-large", f"The status pack is larger than {MAX_PACK_BYTES} bytes.", "Split it by agency."
        )
    if not data.startswith(MAGIC):
        raise MalformedInput(
            "status-pack.not-a-pack", "The file is not a status pack of this version.", "Give a status pack."
        )
    made_at, count = _HEAD.unpack(_take(data, len(MAGIC), _HEAD.size))
    at, lists, before = len(MAGIC) + _HEAD.size, [], -1
    if count > MAX_LISTS:
        raise _bad_list()
    for _ in range(count):
        list_id, code, version, chunks, key_hash, signature, *sizes = _LIST.unpack(_take(data, at, _LIST.size))
        at += _LIST.size
        if list_id <= before:
            raise _not_rising()
        if code not in _PURPOSES or version < 1 or not MIN_ENTRIES <= chunks * CHUNK_ENTRIES <= MAX_ENTRIES:
            raise _bad_list()
        before, parts = list_id, []
        for size in sizes:
            parts.append(_take(data, at, size))
            at += size
        signed = SignedBy(Digest(key_hash), signature)
        lists.append(PackedList(list_id, _PURPOSES[code], version, chunks, signed, *parts))
    if at != len(data):
        raise _truncated()
    return StatusPack(made_at, tuple(lists))


def exclusive_or(one: bytes, other: bytes) -> bytes:
    """The bits in which two equally long byte strings differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


def _write_proof(proof: EventProof) -> bytes:
    parts = [base64url.decode(text) for text in (proof.header, *proof.receipt)]
    head = _PROOF.pack(proof.receipt_index, proof.log_index, len(parts[0]), len(parts) - 1)
    return head + parts[0] + b"".join(_SIZE.pack(len(node)) + node for node in parts[1:])


def _read_proof(data: bytes) -> EventProof:
    try:
        receipt_index, log_index, size, count = _PROOF.unpack(_take(data, 0, _PROOF.size))
        header, at, nodes = _take(data, _PROOF.size, size), _PROOF.size + size, []
        if count > _MAX_NODES:
            raise _truncated()
        for _ in range(count):
            (size,) = _SIZE.unpack(_take(data, at, _SIZE.size))
            nodes.append(_take(data, at + _SIZE.size, size))
            at += _SIZE.size + size
        if at != len(data):
            raise _truncated()
    except MalformedInput:
        raise MalformedInput("status-pack.publication", "A list's proof of publication is malformed.", _AGAIN) from None
    return EventProof(base64url.encode(header), receipt_index, tuple(map(base64url.encode, nodes)), log_index)


def _inflate(packed: bytes, most: int) -> bytes:
    """One whole zlib stream of at most ``most`` bytes; inflating stops there, whatever the stream promises."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, most + 1)
    except zlib.error:
        _bad_encoding()
    if len(data) > most or not inflater.eof or inflater.unused_data:
        _bad_encoding()
    return data


def _take(data: bytes, at: int, size: int) -> bytes:
    part = data[at : at + size]
    if len(part) != size:
        raise _truncated()
    return part


_AGAIN: Final = "Get the status pack again from its source."


def _truncated() -> MalformedInput:
    return MalformedInput("status-pack.truncated", "The status pack is cut off, or something follows it.", _AGAIN)


def _not_rising() -> MalformedInput:
    return MalformedInput("status-pack.lists-not-rising", "A list is there twice or out of order.", _AGAIN)


def _bad_list() -> MalformedInput:
    return MalformedInput("status-pack.list", "A list has an impossible purpose, version or length.", _AGAIN)


def _bad_encoding() -> NoReturn:
    raise MalformedInput("status-pack.encoding", "A part is not one whole zlib stream of the right length.", _AGAIN)
