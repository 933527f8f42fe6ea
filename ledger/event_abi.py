"""How an event lies in the topics and data of a log (Solidity ABI specification, "Events"), read strictly.

    topics 1..3  the indexed parameters, 32 bytes each
    data         for each other parameter 32 bytes: the value, or for ``bytes`` the offset of its tail;
                 then the tails: 32 bytes of length, the bytes, zeros up to a multiple of 32

Strict means as a compiler writes it: unused high bytes are zero, a boolean is 0 or 1, a tail starts where the part
before it ends, its padding is zero, nothing follows.

An event is a dataclass whose fields are annotated with the types below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

from ledger.digest import Digest
from ledger.errors import MalformedInput

_INDEXED = "indexed"

Uint8 = Annotated[int, "uint8"]
Uint64 = Annotated[int, "uint64"]
Uint256 = Annotated[int, "uint256"]
Bytes32 = Annotated[Digest, "bytes32"]
Address = Annotated[bytes, "address"]
Bool = Annotated[bool, "bool"]
Bytes = Annotated[bytes, "bytes"]
IndexedUint64 = Annotated[int, "uint64", _INDEXED]
IndexedBytes32 = Annotated[Digest, "bytes32", _INDEXED]
IndexedAddress = Annotated[bytes, "address", _INDEXED]

Event = TypeVar("Event")
Reader = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Layout(Generic[Event]):
    """For every field of ``event``, in order: whether it is indexed, and its reader (None: of variable length)."""

    event: Callable[..., Event]
    parts: tuple[tuple[bool, Reader | None], ...]

    def decode(self, topics: Sequence[bytes], data: bytes) -> Event:
        """The event. Raises MalformedInput ``registry-event.malformed``; ``topics[0]`` is the caller's to check."""
        indexed = sum(is_indexed for is_indexed, _ in self.parts)
        if len(topics) != 1 + indexed or any(len(topic) != 32 for topic in topics):
            raise _malformed("its topics do not fit")
        topic, at, tail = 1, 0, 32 * (len(self.parts) - indexed)
        values: list[Any] = []
        for is_indexed, read in self.parts:
            if is_indexed:
                word, topic = topics[topic], topic + 1
            else:
                word, at = data[at : at + 32], at + 32
                if len(word) != 32:
                    raise _malformed("its data end early")
            if read is None:
                value, tail = _tail(word, data, tail)
                values.append(value)
            else:
                values.append(read(word))
        if tail != len(data):
            raise _malformed("its data have the wrong length")
        return self.event(*values)


def layout_of(event: type[Event]) -> Layout[Event]:
    """Layout of a dataclass whose fields carry the annotations of this module."""
    return Layout(
        event, tuple((len(notes) > 1, _READERS[notes[0]]) for notes in (hint.__metadata__ for hint in _hints(event)))
    )


def signature(event: type[Event]) -> str:
    """Canonical signature, e.g. ``KeyRetired(uint64,uint64)``; Keccak-256 of it is topic 0."""
    return f"{event.__name__}({','.join(hint.__metadata__[0] for hint in _hints(event))})"


def _hints(event: type[Event]) -> list[Any]:
    return list(get_type_hints(event, include_extras=True).values())


def _tail(offset: bytes, data: bytes, start: int) -> tuple[bytes, int]:
    """The ``bytes`` value whose tail must begin at ``start``, and where the next tail begins."""
    size = int.from_bytes(data[start : start + 32], "big")
    end = start + 32 + size
    after = end + -size % 32
    if int.from_bytes(offset, "big") != start or after > len(data) or data[end:after].strip(b"\0"):
        raise _malformed("a value of variable length is not where or what it should be")
    return data[start + 32 : end], after


def _uint(bits: int) -> Callable[[bytes], int]:
    def read(word: bytes) -> int:
        number = int.from_bytes(word, "big")
        if number >> bits:
            raise _malformed(f"a number does not fit in {bits} bits")
        return number

    return read


def _address(word: bytes) -> bytes:
    if word[:12].strip(b"\0"):
        raise _malformed("an address has more than 20 bytes")
    return word[12:]


def _bool(word: bytes) -> bool:
    number = int.from_bytes(word, "big")
    if number > 1:
        raise _malformed("a boolean is neither 0 nor 1")
    return number == 1


def _malformed(reason: str) -> MalformedInput:
    return MalformedInput(
        "registry-event.malformed",
        f"The event is not encoded as its registry encodes it: {reason}.",
        "Ask the network for the receipt again.",
    )


_READERS: dict[str, Reader | None] = {
    "uint8": _uint(8),
    "uint64": _uint(64),
    "uint256": _uint(256),
    "bytes32": Digest,
    "address": _address,
    "bool": _bool,
    "bytes": None,
}
