"""Verify bundles with what a verifier holds: trust pack, pinned root, status pack. No network, no node, no database.

Who has asked a node as well (``offices.by_node``) goes on with what it showed: ``as_of_node``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger import status_pack, trust_pack
from ledger.chain_port import BlockRef
from ledger.errors import MalformedInput
from ledger.policy import DEFAULT, Policy
from ledger.reasons import Result
from ledger.seen_versions import SeenVersions
from ledger.status_pack import StatusPack
from ledger.trust_description import TrustDescription
from ledger.trust_pack import TrustPack
from ledger.verdict import Verification, untrusted
from ledger.verification import Verifier


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a verifier holds, as bytes. ``newest_seen`` is what it remembered of the last pack it accepted."""

    trust_pack: bytes
    pinned_root: bytes
    status_pack: bytes | None = None
    newest_seen: SeenVersions | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Holdings that were opened. ``pack`` is None, and ``problem`` says why, when the trust pack cannot be used: then
    nothing can be checked, and nothing is called invalid for it. ``told`` is there when a node was asked too."""

    pack: TrustPack | None
    problem: MalformedInput | None
    verifier: Verifier | None
    statuses: StatusPack | None = None
    told: AsOfNode | None = None

    @property
    def lacks_status_pack(self) -> bool:
        """Whether statuses are those that bundles brought: the packs were opened and none of them holds lists."""
        return self.pack is not None and self.statuses is None


@dataclass(frozen=True, slots=True)
class AsOfNode:
    """What the chain says up to ``head``, as a node that nobody has to trust showed and proved it. ``newest_versions``:
    list id -> newest version of that status list there; ``node`` is what the node is called."""

    trust: TrustDescription
    newest_versions: Mapping[int, int]
    head: BlockRef
    node: str


def open_holdings(
    *, holdings: Holdings, now: datetime, as_of: datetime | date | None = None, policy: Policy = DEFAULT
) -> Opened:
    """Check the pack against the pinned root and make a verifier of it.

    Raises MalformedInput ``status-pack.*`` for a status pack that is none, Misconfigured ``trust-pack.pinned-root``.
    """
    statuses = None if holdings.status_pack is None else status_pack.load(holdings.status_pack)
    try:
        pack = trust_pack.load(
            holdings.trust_pack, pinned_root=holdings.pinned_root, now=now, newest_seen=holdings.newest_seen
        )
    except MalformedInput as problem:
        return Opened(None, problem, None)
    return Opened(pack, None, Verifier(pack.trust, now=now, status=statuses, as_of=as_of, policy=policy), statuses)


def as_of_node(
    opened: Opened, told: AsOfNode, *, now: datetime, as_of: datetime | date | None = None, policy: Policy = DEFAULT
) -> Opened:
    """The same holdings, under the description that the node proved instead of the pack's; contexts and claims of types
    are still the pack's, since the chain does not have them."""
    verifier = Verifier(
        told.trust,
        now=now,
        status=opened.statuses,
        as_of=as_of,
        policy=policy,
        known_to=None if opened.pack is None else opened.pack.trust.block,
        newest_versions=told.newest_versions,
    )
    return replace(opened, verifier=verifier, told=told)


def verify(*, opened: Opened, bundle: bytes) -> Verification:
    """Verify one bundle; with an unusable pack the answer is *cannot be checked*, whatever the bundle."""
    return untrusted() if opened.verifier is None else opened.verifier.verify_bytes(bundle)


def verify_many(*, opened: Opened, bundles: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Verification]]:
    """Verify (name, bundle) one after another; what they share is checked once."""
    for name, bundle in bundles:
        yield name, verify(opened=opened, bundle=bundle)


def worst(results: Iterable[Result]) -> Result:
    """Of many: invalid beats cannot be checked beats valid; of none: cannot be checked."""
    found = set(results)
    if Result.INVALID in found:
        return Result.INVALID
    return Result.VALID if found == {Result.VALID} else Result.CANNOT_CHECK
