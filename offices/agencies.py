"""What happens to an agency after it was entered: suspension, merger, other senders, the end of its keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from adapters.bootstrap import Installation, now
from adapters.key_kinds import KeyKind
from authority import accounts, accredit
from authority.acts import Act
from ledger.chain_reading import read_registry
from ledger.errors import Conflict, NotFound, OnceledgerError
from ledger.records import AgencyRow, KeyRow, TypeRow
from ledger.trust_folding import KeyState, RegistryState
from offices.members import as_root
from offices.root import appoint_sender, as_admin


@dataclass(frozen=True, slots=True)
class SenderEntry:
    """An account that may send for an agency. ``name`` is None when its key is kept elsewhere; ``in_use``: the one that
    this installation sends with."""

    address: bytes
    name: str | None
    in_use: bool


def registry(inst: Installation) -> RegistryState:
    """What the chain says of members, agencies, types, keys and accreditations now."""
    return read_registry(inst.chain, inst.contracts(), inst.chain.head().number)


def types_of(inst: Installation, agency: AgencyRow) -> list[TypeRow]:
    """Types that the agency may issue now or has certificates of; all types when the chain does not answer."""
    rows, owner = inst.records.types(), agency.agency_id
    try:
        known = registry(inst).accreditations.values()
    except OnceledgerError:
        return rows
    allowed = {one.type_id for one in known if one.agency_id == owner and one.ended_at is None and one.until > now()}
    return [row for row in rows if row.type_id in allowed or inst.records.count(owner, row.type_id)]


def acting(inst: Installation, by: AgencyRow | None, members: Sequence[str] | None = None) -> Act:
    """Act as the root authority, or as the administrator of ``by``."""
    return as_root(inst, members) if by is None else as_admin(inst, by)


def suspend(
    inst: Installation, agency: AgencyRow, *, by: AgencyRow | None = None, members: Sequence[str] | None = None
) -> None:
    """The agency anchors and publishes nothing until it is readmitted."""
    accredit.suspend(act=acting(inst, by, members), agency_id=agency.agency_id)


def readmit(
    inst: Installation, agency: AgencyRow, *, by: AgencyRow | None = None, members: Sequence[str] | None = None
) -> None:
    """End a suspension."""
    accredit.readmit(act=acting(inst, by, members), agency_id=agency.agency_id)


def merge(inst: Installation, agency: AgencyRow, successor: AgencyRow, *, members: Sequence[str] | None = None) -> None:
    """The agency goes up in ``successor``, for ever. Raises Conflict ``agency.pending`` while something of it waits."""
    _refuse_pending(inst, agency, None)
    accredit.merge(act=as_root(inst, members), agency_id=agency.agency_id, successor_id=successor.agency_id)


def end_accreditation(
    inst: Installation,
    agency: AgencyRow,
    type_id: int,
    *,
    by: AgencyRow | None = None,
    members: Sequence[str] | None = None,
) -> None:
    """The agency may issue the type no longer, nor may those whom it lets issue it."""
    accredit.end_accreditation(act=acting(inst, by, members), agency_id=agency.agency_id, type_id=type_id)


def senders(inst: Installation, agency: AgencyRow) -> list[SenderEntry]:
    """The agency's senders as the chain knows them."""
    known = {bytes.fromhex(e.public[2:]): e.name for e in inst.keys.entries() if e.kind is KeyKind.ACCOUNT}
    state = registry(inst).agencies.get(agency.agency_id)
    found = () if state is None else sorted(state.senders)
    return [SenderEntry(one, known.get(one), known.get(one) == agency.sender) for one in found]


def add_sender(inst: Installation, agency: AgencyRow) -> AgencyRow:
    """Make another account that sends for the agency, and send with it from now on; the old one may still send."""
    stem, present = f"{agency.wrapping_key}-sender", {entry.name for entry in inst.keys.entries()}
    number = 2
    while f"{stem}-{number}" in present:
        number += 1
    name = f"{stem}-{number}"
    inst.keys.create(KeyKind.ACCOUNT, name)
    appoint_sender(inst, agency, name)
    row = replace(agency, sender=name)
    inst.records.save_agency(row)
    return row


def remove_sender(inst: Installation, agency: AgencyRow, name: str) -> None:
    """Take the right to send away. Raises Conflict ``agency.sender-in-use``, NotFound ``agency.sender-unknown``."""
    chosen = next((one for one in senders(inst, agency) if name in (one.name, "0x" + one.address.hex())), None)
    if chosen is None:
        raise NotFound(
            "agency.sender-unknown",
            "The agency has no such sender.",
            "List them: onceledger agency sender list.",
        )
    if chosen.in_use:
        raise Conflict(
            "agency.sender-in-use",
            "This installation sends with that account.",
            "Add another one first: onceledger agency sender add.",
        )
    accounts.remove_sender(act=as_admin(inst, agency), sender=chosen.address)


def key_at(inst: Installation, key_id: int) -> tuple[AgencyRow, KeyRow]:
    """A key of this installation by its id on the chain. Raises NotFound ``key.unknown``."""
    for agency in inst.records.agencies():
        for key in inst.records.keys(agency.agency_id):
            if key.key_id == key_id:
                return agency, key
    raise NotFound("key.unknown", "There is no such key here.", "List them: onceledger key list.")


def set_key_limit(inst: Installation, agency: AgencyRow, limit: int, *, members: Sequence[str] | None = None) -> None:
    """The root lets an agency register ``limit`` keys in all, those that ended counted; none is taken away."""
    accounts.set_key_limit(act=as_root(inst, members), agency_id=agency.agency_id, limit=limit)


def retire_key(inst: Installation, key_id: int) -> KeyRow:
    """The key anchors nothing more; what it anchored stays valid.

    Raises Conflict ``agency.pending``: what was signed with it and is not anchored could never be.
    """
    agency, key = key_at(inst, key_id)
    _refuse_pending(inst, agency, key_id)
    accounts.retire_key(act=as_admin(inst, agency), key_id=key_id)
    return _ended(inst, key)


def declare_compromise(inst: Installation, key_id: int, since: int) -> KeyRow:
    """The key is not trusted from ``since`` (Unix seconds) on, whatever waits: a thief does not wait either."""
    agency, key = key_at(inst, key_id)
    accounts.declare_compromise(act=as_admin(inst, agency), key_id=key_id, since=since)
    return _ended(inst, key)


def consent_to_compromise(
    inst: Installation,
    key_id: int,
    since: int,
    *,
    by: AgencyRow | None = None,
    members: Sequence[str] | None = None,
) -> None:
    """The root, or the accreditor ``by``, lets an agency date a compromise back to ``since`` (Unix seconds)."""
    accounts.consent_to_compromise(act=acting(inst, by, members), key_id=key_id, since=since)


def key_standing(key: KeyState, at: int) -> Literal["compromised", "retired", "expired", "usable"]:
    """What the chain says of a key at ``at`` (Unix seconds)."""
    if key.compromised_since:
        return "compromised"
    if key.retired_at:
        return "retired"
    return "expired" if key.valid_until <= at else "usable"


def waiting(inst: Installation, agency: AgencyRow, key_id: int | None) -> int:
    """Credentials of the agency (signed by ``key_id``) that wait for their anchor, prepared batches included."""
    count = sum(n for owner, _, key, n, _ in inst.records.pending_groups() if _fits(agency, key_id, owner, key))
    for state in ("prepared", "submitted"):
        for batch in inst.records.batches(agency.agency_id, state):
            if key_id in (None, batch.key_id):
                count += batch.credentials
    return count


def _fits(agency: AgencyRow, key_id: int | None, owner: int, key: int) -> bool:
    return owner == agency.agency_id and key_id in (None, key)


def _refuse_pending(inst: Installation, agency: AgencyRow, key_id: int | None) -> None:
    count = waiting(inst, agency, key_id)
    if count:
        raise Conflict(
            "agency.pending",
            f"{count} credentials wait for their anchor, and after this step nobody could anchor them.",
            "Run onceledger anchor first.",
            count=count,
        )


def _ended(inst: Installation, key: KeyRow) -> KeyRow:
    """Remember that the key ended, so that nothing more is signed with it."""
    row = replace(key, valid_until=min(key.valid_until, inst.chain.head().time, now()))
    inst.records.save_key(row)
    return row
