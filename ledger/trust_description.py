"""What a verifier has to know of the network: ``trust.json``, read (``docs/formats/trust-description.md``).

    chain        id, genesis, contracts, who validated which blocks, checkpoints of the anchor log
    agencies     id, DID, names, standing, keys with validity and compromise, accreditations
    types        id, name, labels, time zone, contexts, labels of fields

These are values and look-ups. ``ledger.trust_reading`` reads the file, ``ledger.trust_document`` writes it,
``ledger.trust_rules`` says which descriptions are sound, ``ledger.trust_derivation`` makes one from the chain. All
times are Unix seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, Literal, TypeVar

from ledger import multikey
from ledger.digest import Digest, sha256
from ledger.label import Label
from ledger.registry_events import Contracts

AgencyStatus = Literal["active", "suspended", "merged"]
TypeKind = Literal["credential", "record"]

ROOT: Final = 0
"""Grantor of an accreditation that the root authority gave itself."""

LATEST_TIME: Final = 253_402_300_799
"""Last second of the year 9999: later ones the chain can say and no calendar can show, so they are cut down to it."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """The accounts (20 bytes each) that sealed blocks ``from_block`` to ``to_block``, both included; the set in force
    has no end."""

    from_block: int
    to_block: int | None
    validators: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogCheckpoint:
    """The anchor log up to and including ``block``: ``size`` entries under ``root``. ``period`` is the month that it
    closed, for people ("2026-10")."""

    size: int
    root: Digest
    block: int
    time: int
    period: str


@dataclass(frozen=True, slots=True)
class ChainInfo:
    """Which network is meant. Contracts are addresses of 20 bytes."""

    chain_id: int
    genesis: Digest
    engine: str
    trust_registry: bytes
    anchor_registry: bytes
    status_registry: bytes
    validator_sets: tuple[ValidatorSet, ...]

    def contracts(self) -> Contracts:
        """The three registries."""
        return Contracts(self.trust_registry, self.anchor_registry, self.status_registry)


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """A signing key. ``public_key`` (32 bytes, Ed25519) and ``key_hash`` follow from ``multikey``."""

    key_id: int
    multikey: str
    public_key: bytes
    key_hash: Digest
    valid_from: int
    valid_until: int
    retired_at: int | None
    compromised_since: int | None

    def compromised_before(self, time: int) -> bool:
        """Whether the key was in other hands at ``time``: an anchor of that second is no longer the agency's."""
        return self.compromised_since is not None and self.compromised_since <= time

    def could_anchor_at(self, time: int) -> bool:
        """Whether the key was within its validity and not retired at ``time``."""
        return self.valid_from <= time < self.valid_until and (self.retired_at is None or time < self.retired_at)


def agency_key(
    key_id: int,
    text: str,
    *,
    valid_from: int,
    valid_until: int,
    retired_at: int | None = None,
    compromised_since: int | None = None,
) -> AgencyKey:
    """A key from its Multikey text. Raises MalformedInput ``multikey.*`` or ``base58.malformed``."""
    data = multikey.multikey_bytes(text)
    return AgencyKey(
        key_id=key_id,
        multikey=text,
        public_key=data[2:],
        key_hash=sha256(data),
        valid_from=valid_from,
        valid_until=valid_until,
        retired_at=retired_at,
        compromised_since=compromised_since,
    )


@dataclass(frozen=True, slots=True)
class Accreditation:
    """``grantor_id`` (0: the root authority) lets the agency issue the type until ``until``, or until it was ended."""

    type_id: int
    grantor_id: int
    until: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Agency:
    """An issuer. ``status_since`` is when it took on its present ``status``; ``successor_id`` is there once merged."""

    agency_id: int
    did: str
    name: Label
    status: AgencyStatus
    status_since: int
    successor_id: int | None
    keys: tuple[AgencyKey, ...]
    accreditations: tuple[Accreditation, ...]
    _keys_by_hash: Mapping[Digest, AgencyKey] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keys_by_hash", {key.key_hash: key for key in self.keys})

    def key_by_hash(self, key_hash: Digest) -> AgencyKey | None:
        """The agency's key of that hash, if it ever had one."""
        return self._keys_by_hash.get(key_hash)


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A JSON-LD context that credentials of a type may name: its address and the SHA-256 of its bytes."""

    url: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """How a claim is called in front of people. ``members`` are all names that may stand inside of an object or of the
    objects in a list, at any depth, in the order in which they are shown; they have no members of their own."""

    name: str
    label: Label
    members: tuple[FieldEntry, ...] = ()

    def within(self) -> frozenset[str]:
        """Names that may stand inside of the claim, at any depth; none: it is a scalar or an array of scalars."""
        return frozenset(one.name for one in self.members)


@dataclass(frozen=True, slots=True)
class CredentialTypeEntry:
    """A credential or record type. ``zone`` is the IANA time zone in which its dates are meant."""

    type_id: int
    name: str
    kind: TypeKind
    label: Label
    zone: str
    contexts: tuple[ContextEntry, ...]
    fields: tuple[FieldEntry, ...]
    context_urls: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "context_urls", frozenset(context.url for context in self.contexts))


@dataclass(frozen=True, slots=True)
class TrustDescription:
    """The whole, as it stood at ``block``, whose time is ``time``.

    ``unknown`` keeps top-level members that this version has no use for: they are signed, so they stay.
    """

    chain: ChainInfo
    block: int
    time: int
    checkpoints: tuple[LogCheckpoint, ...]
    agencies: tuple[Agency, ...]
    types: tuple[CredentialTypeEntry, ...]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    _checkpoints_by_size: Mapping[int, LogCheckpoint] = field(init=False, repr=False, compare=False)
    _blocks: Sequence[int] = field(init=False, repr=False, compare=False)
    _not_before: Sequence[float] = field(init=False, repr=False, compare=False)
    _not_after: Sequence[float] = field(init=False, repr=False, compare=False)
    _agencies_by_id: Mapping[int, Agency] = field(init=False, repr=False, compare=False)
    _agencies_by_did: Mapping[str, Agency] = field(init=False, repr=False, compare=False)
    _types_by_id: Mapping[int, CredentialTypeEntry] = field(init=False, repr=False, compare=False)
    _types_by_name: Mapping[str, CredentialTypeEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_checkpoints_by_size", _index(reversed(self.checkpoints), "size"))
        known = sorted([*((one.block, one.time) for one in self.checkpoints), (self.block, self.time)])
        times = [time for _, time in known]
        object.__setattr__(self, "_blocks", [block for block, _ in known])
        object.__setattr__(self, "_not_before", [-math.inf, *accumulate(times, max)])
        object.__setattr__(self, "_not_after", [*reversed([*accumulate(reversed(times), min)]), math.inf])
        object.__setattr__(self, "_agencies_by_id", _index(self.agencies, "agency_id"))
        object.__setattr__(self, "_agencies_by_did", _index(self.agencies, "did"))
        object.__setattr__(self, "_types_by_id", _index(self.types, "type_id"))
        object.__setattr__(self, "_types_by_name", _index(self.types, "name"))

    def dates_fit(self, block: int, time: int) -> bool:
        """Whether a block of that number may have that time (Unix seconds): not before any block below it whose time
        is known here, nor after one above it. Seals fix both; but a quorum that was bought seals any time at all."""
        at = bisect_left(self._blocks, block)
        return self._not_before[at] <= time <= self._not_after[at]

    def checkpoint_of(self, size: int) -> LogCheckpoint | None:
        """The checkpoint over the first ``size`` anchors; where several have that size, the first."""
        return self._checkpoints_by_size.get(size)

    def agency_by_id(self, agency_id: int) -> Agency | None:
        """The agency with that id on the chain."""
        return self._agencies_by_id.get(agency_id)

    def agency_by_did(self, did: str) -> Agency | None:
        """The agency with that DID."""
        return self._agencies_by_did.get(did)

    def type_by_id(self, type_id: int) -> CredentialTypeEntry | None:
        """The type with that id on the chain."""
        return self._types_by_id.get(type_id)

    def type_by_name(self, name: str) -> CredentialTypeEntry | None:
        """The type with that name."""
        return self._types_by_name.get(name)


def _index(items: Iterable[_Item], attribute: str) -> dict[Any, _Item]:
    return {getattr(item, attribute): item for item in items}
