"""Verify by business number with what this installation has now: its node, its content store, its records.

Nothing is taken on trust for being near: the newest trust pack has to stand under the pinned root, then the description
is derived anew from the node, so that a compromise of a minute ago counts; each credential goes through the same
sequence as a stranger's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from adapters.bootstrap import Installation
from issuers.make_bundle import make_bundle
from ledger import status_pack, trust_pack
from ledger.credential_states import State
from ledger.errors import Conflict, NotFound
from ledger.policy import Policy
from ledger.records import AgencyRow, CredentialRow, TypeRow
from ledger.registry_calls import latest_version, result
from ledger.status_pack import StatusPack
from ledger.verdict import Verification
from ledger.verification import Verifier
from offices.by_node import other_network
from offices.evidence import bundling, derive, newest_pack, status_pack_of

_UNISSUED = (State.DRAFT, State.APPROVED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class OnlineAnswer:
    """One number's answer: what the sequence says, and what the records say (they may be ahead of the lists)."""

    position: int
    row: CredentialRow
    bundle: bytes
    verification: Verification


def online_verifier(
    inst: Installation, *, pinned_root: bytes, now: datetime, as_of: datetime | date | None, policy: Policy
) -> Verifier:
    """A verifier that knows what the node knows.

    Raises NotFound ``trust-pack.none``, what ``trust_pack.load`` raises, Corrupt ``online.other-network`` when node and
    pack are of different networks, Conflict ``online.status-behind`` when the chain has newer status lists than the
    records.
    """
    pack = trust_pack.load(newest_pack(inst), pinned_root=pinned_root, now=now)
    fresh = derive(inst, pack.trust).description
    if fresh.chain != pack.trust.chain:
        raise other_network()
    statuses = status_pack.load(status_pack_of(inst))
    _refuse_older(inst, statuses)
    return Verifier(fresh, now=now, status=statuses, as_of=as_of, policy=policy)


def verify_numbers(
    inst: Installation, verifier: Verifier, agency: AgencyRow, type_row: TypeRow, numbers: Sequence[str]
) -> Iterator[OnlineAnswer]:
    """The newest issued version of each number. Raises NotFound ``credential.unknown``, with ``position``."""
    work = bundling(inst)
    for position, number in enumerate(numbers):
        versions = inst.records.by_number(agency.agency_id, type_row.type_id, number)
        issued = [row for row in versions if row.state not in _UNISSUED and row.cid is not None]
        if not issued:
            raise NotFound(
                "credential.unknown",
                f"No issued credential has the business number in line {position + 1}.",
                "Check number, agency and type.",
                position=position,
            )
        bundle = make_bundle(work, issued[-1])
        yield OnlineAnswer(position, issued[-1], bundle, verifier.verify_bytes(bundle))


def _refuse_older(inst: Installation, statuses: StatusPack) -> None:
    contract = inst.contracts().status
    for packed in statuses.lists:
        answer = inst.chain.simulate(bytes(20), contract, latest_version(packed.list_id))
        if result("uint64", answer)[0] != packed.version:
            raise Conflict(
                "online.status-behind",
                "The chain has another version of a status list than the records.",
                "Run onceledger publish; if that does not help, the records are older than the chain: restore them.",
                list=packed.list_id,
            )
