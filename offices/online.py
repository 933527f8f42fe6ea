"""Verify by business number with what this installation has now: its node, its content store, its records.

Nothing is taken on trust for being near: the newest trust pack has to stand under the pinned root, then the description
is derived anew from the node, so that a compromise of a minute ago counts, and under the same rules as a stranger asks
a node (``offices.by_node``): what it hides is noticed, and then there is no verdict. Each credential goes through the
same sequence as a stranger's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Final

from adapters.bootstrap import Installation
from authority.describe_chain import Progress
from issuers.make_bundle import make_bundle
from ledger import base64url, status_pack, trust_pack
from ledger.block_header import parse_header
from ledger.credential_states import State
from ledger.errors import Conflict, NotFound
from ledger.policy import Policy
from ledger.records import AgencyRow, CredentialRow, TypeRow
from ledger.status_pack import PackedList, StatusPack
from ledger.trusted_validators import TrustedValidators
from ledger.verdict import Verification
from ledger.verification import Verifier
from offices.by_node import ask_node
from offices.evidence import bundling, newest_pack, status_pack_of, walked_to
from offices.names_known import names_known
from verifiers.verify import AsOfNode

_WALKED_NOTE: Final = "chain-walked-online"
"""Under which the records keep how far the chain was walked here, as ``offices.by_node`` keeps it."""

_UNISSUED = (State.DRAFT, State.APPROVED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class OnlineAnswer:
    """One number's answer: what the sequence says, and what the records say (they may be ahead of the lists)."""

    position: int
    row: CredentialRow
    bundle: bytes
    verification: Verification


def online_verifier(
    inst: Installation,
    *,
    pinned_root: bytes,
    now: datetime,
    as_of: datetime | date | None,
    policy: Policy,
    progress: Progress | None = None,
) -> Verifier:
    """A verifier that knows what the node knows, and forgets nothing that is known here: not the newest trust pack, not
    how far the chain was walked, not the lists that were published.

    Raises NotFound ``trust-pack.none``, what ``trust_pack.load`` and ``offices.by_node.ask_node`` raise, Conflict
    ``online.status-behind`` when the chain has newer status lists than the records.
    """
    pack = trust_pack.load(newest_pack(inst), pinned_root=pinned_root, now=now).trust
    statuses = _statuses(inst)
    told = ask_node(
        inst.chain.trusting(TrustedValidators(pack.chain.validator_sets).require_sealed),
        pack,
        now=now,
        # The embedded chain is this process's own: it hides nothing, and makes no block while there is nothing to do.
        policy=policy if inst.embedded is None else replace(policy, max_status_age=None),
        name="",
        kept=inst.records.note(_WALKED_NOTE),
        keep=partial(inst.records.save_note, _WALKED_NOTE),
        names=names_known(inst, pack),
        seen=max(walked_to(inst), _published_at(statuses)),
        progress=progress,
    )
    if _older(statuses, told):
        statuses = _statuses(inst)  # the service may have published in the meantime
    for packed in _older(statuses, told):
        raise Conflict(
            "online.status-behind",
            "The chain has another version of a status list than the records.",
            "Run onceledger publish; if that does not help, the records are older than the chain: restore them.",
            list=packed.list_id,
        )
    return Verifier(
        told.trust, now=now, status=statuses, as_of=as_of, policy=policy, newest_versions=told.newest_versions
    )


def verify_numbers(
    inst: Installation, verifier: Verifier, agency: AgencyRow, type_row: TypeRow, numbers: Sequence[str]
) -> Iterator[OnlineAnswer]:
    """The newest issued version of each number. Raises NotFound ``credential.unknown``, with ``position`` (from 1)."""
    work = bundling(inst)
    for position, number in enumerate(numbers):
        versions = inst.records.by_number(agency.agency_id, type_row.type_id, number)
        issued = [row for row in versions if row.state not in _UNISSUED and row.cid is not None]
        if not issued:
            raise NotFound(
                "credential.unknown",
                "No issued credential has this business number.",
                "Check number, agency and type.",
                position=position + 1,
            )
        bundle = make_bundle(work, issued[-1])
        yield OnlineAnswer(position, issued[-1], bundle, verifier.verify_bytes(bundle))


def _statuses(inst: Installation) -> StatusPack:
    return status_pack.load(status_pack_of(inst))


def _published_at(statuses: StatusPack) -> int:
    """The newest block in which one of the lists was published; 0 for none."""
    headers = (base64url.decode(packed.publication().header) for packed in statuses.lists)
    return max((parse_header(header).number for header in headers), default=0)


def _older(statuses: StatusPack, told: AsOfNode) -> list[PackedList]:
    """The lists that have a newer version on the chain, as the walk over its blocks tells and no single answer."""
    return [one for one in statuses.lists if one.version < told.newest_versions.get(one.list_id, 0)]
