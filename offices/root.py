"""The root authority: founding, registering agencies and types, accrediting.

An embedded installation holds the keys of all three ministries, so that one person can try everything; on a real
network each ministry signs where its keys are, and the same statements are sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.bootstrap import CARRIER, THRESHOLD, Installation, bytecode, now
from adapters.key_kinds import KeyKind
from authority import accounts, accredit, register
from authority.acts import Act, admin_act
from authority.deploy_registries import deploy_registries
from ledger import canonical_json
from ledger.chain_reading import read_registry
from ledger.credential_type import CredentialType, parse_type
from ledger.errors import Conflict, MalformedInput, NotFound
from ledger.label import Label
from ledger.multikey import key_hash
from ledger.records import AgencyRow, KeyRow, TypeRow
from ledger.registry_calls import call, result
from offices.members import as_root as as_root
from offices.members import has_role, is_member_name
from offices.members import member_names as member_names
from offices.whose_root import refuse_foreign_root

YEAR: Final = 365 * 86_400
KEY_YEARS: Final = 2
ACCREDITATION_YEARS: Final = 5

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?")
_MAX_HOST: Final = 253
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class NewAgency:
    """What an agency is entered with. ``host`` is its did:web host; ``accreditor_id`` 0 is the root."""

    host: str
    name: Label
    accreditor_id: int = 0

    @property
    def did(self) -> str:
        """did:web of the host (did:web method specification, section 2)."""
        return "did:web:" + self.host.replace(":", "%3A")


def found(inst: Installation) -> None:
    """Make the ministries' keys and put the registries on the chain. Safe to repeat.

    Raises Conflict ``root.elsewhere`` when this installation goes by another root authority; nothing is made then.
    """
    refuse_foreign_root(inst)
    present = {entry.name for entry in inst.keys.entries()}
    for name in member_names():
        for kind, key in ((KeyKind.ACCOUNT, name), (KeyKind.ROOT, f"{name}-pack")):
            if key not in present:
                inst.keys.create(kind, key)
    contracts = deploy_registries(
        chain=inst.chain,
        sender=inst.sender(CARRIER),
        bytecode=bytecode(),
        members=[inst.keys.account(name).address for name in member_names()],
        threshold=THRESHOLD,
    )
    inst.note_contracts(contracts)


def as_admin(inst: Installation, agency: AgencyRow) -> Act:
    """Act as an agency's administrator."""
    return admin_act(chain=inst.chain, contracts=inst.contracts(), sender=inst.sender(agency.admin, agency.agency_id))


def appoint_sender(inst: Installation, agency: AgencyRow, name: str) -> None:
    """Let the account of that key name send: it offers the agency its service, and the administrator takes it."""
    own = admin_act(chain=inst.chain, contracts=inst.contracts(), sender=inst.sender(name, agency.agency_id))
    accounts.offer_service(act=own, agency_id=agency.agency_id)
    accounts.add_sender(act=as_admin(inst, agency), sender=inst.keys.account(name).address)


def add_agency(inst: Installation, new: NewAgency, *, members: Sequence[str] | None = None) -> AgencyRow:
    """Make an agency's accounts and wrapping key, enter it, and let its sender send. Safe to repeat.

    Raises MalformedInput ``agency.host`` or ``agency.name``: no trust pack could name it; Conflict ``agency.exists``
    when it was entered with other names or another accreditor, and ``agency.host-taken`` when its keys would have the
    names of others, and ``root.elsewhere``; nothing is changed then.
    """
    refuse_foreign_root(inst)
    check_names(new)
    entered = next((row for row in inst.records.agencies() if row.did == new.did), None)
    if entered is not None:
        _refuse_other_agency(inst, entered, new)
    stem = new.host.replace(":", "-").lower()[:48]
    names = {role: f"{stem}-{role}" for role in ("admin", "sender")}
    present = {entry.name: entry.kind for entry in inst.keys.entries()}
    _refuse_others_keys(inst, new, names, stem, present)
    for name in names.values():
        if name not in present:
            inst.keys.create(KeyKind.ACCOUNT, name)
    if stem not in present:
        inst.keys.create(KeyKind.SECRET, stem)
    if stem not in {entry.name for entry in inst.wrapping.entries()}:
        inst.wrapping.create(KeyKind.WRAPPING, stem)
    agency_id = register.register_agency(
        chain=inst.chain,
        contracts=inst.contracts(),
        act=as_root(inst, members),
        did=new.did,
        admin=inst.keys.account(names["admin"]).address,
        accreditor_id=new.accreditor_id,
    )
    if entered is not None:  # its sender may be another one by now
        return entered
    row = AgencyRow(agency_id, new.did, new.host, new.name.zh, new.name.en, names["admin"], names["sender"], stem)
    sender = inst.keys.account(row.sender).address
    if not has_role(inst, sender):  # a crash may have come after it was appointed
        appoint_sender(inst, row, row.sender)
    inst.records.save_agency(row)
    return row


def _refuse_others_keys(
    inst: Installation, new: NewAgency, names: dict[str, str], stem: str, present: dict[str, KeyKind]
) -> None:
    """Keys have names made of hosts, and no two agencies, nor an agency and a member, may have one between them."""
    others = [row for row in inst.records.agencies() if row.did != new.did]
    taken = {name for row in others for name in (row.admin, row.sender, row.wrapping_key)}
    wanted = dict.fromkeys(names.values(), KeyKind.ACCOUNT) | {stem: KeyKind.SECRET}
    if is_member_name(stem) or any(name in taken or present.get(name, kind) != kind for name, kind in wanted.items()):
        raise Conflict(
            "agency.host-taken",
            "The keys of an agency with this host would have names that other keys have.",
            "Use another host: not like a member's name (root-1), and with 48 first characters that no other one has.",
        )


def check_names(new: NewAgency) -> None:
    """Raises MalformedInput ``agency.host`` or ``agency.name``: no trust pack could name the agency."""
    if not _HOST.fullmatch(new.host) or len(new.host) > _MAX_HOST:
        raise MalformedInput(
            "agency.host",
            "The agency's host is no host name in lower case, with or without a port.",
            "Give one such as licences.city.example.",
        )
    for name in (new.name.zh, new.name.en):
        if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
            raise MalformedInput(
                "agency.name",
                "A name of the agency is empty, too long or cannot be shown.",
                f"Give both names, each of 1 to {_MAX_NAME} characters that can be shown.",
            )


def rename_agency(inst: Installation, agency: AgencyRow, name: Label) -> AgencyRow:
    """Give an agency other names, which the next trust pack shows. Raises MalformedInput ``agency.name``."""
    check_names(NewAgency(agency.host, name))
    row = replace(agency, name_zh=name.zh, name_en=name.en)
    inst.records.save_agency(row)
    return row


def _refuse_other_agency(inst: Installation, entered: AgencyRow, new: NewAgency) -> None:
    answer = inst.chain.simulate(bytes(20), inst.contracts().trust, call("agencyOf(uint64)", entered.agency_id))
    accreditor_id = result("uint8,address,uint64,uint64", answer)[2]
    names = (entered.name_zh, entered.name_en)
    if (*names, accreditor_id) != (new.name.zh, new.name.en, new.accreditor_id):
        raise Conflict(
            "agency.exists",
            "An agency with this host is entered already, with other names or another accreditor.",
            "Give the same ones, or rename it: onceledger agency rename.",
        )


def add_type(inst: Installation, definition: bytes, *, members: Sequence[str] | None = None) -> TypeRow:
    """Check a type definition, enter its name and keep it; what is issued from now on is of this version.

    Safe to repeat: a version that another one has followed is left as it is. Raises Conflict ``type.version-exists``
    when the version was entered with another meaning; only labels may change under it.
    """
    kind = parse_type(definition)
    versions = [row for row in inst.records.type_versions() if row.name == kind.name]
    same = next((row for row in versions if row.type_version == kind.type_version), None)
    if same is not None:
        _refuse_other_meaning(same.definition, kind.definition)
        if same not in inst.records.types():
            return same
    type_id = register.register_type(
        chain=inst.chain,
        contracts=inst.contracts(),
        act=as_root(inst, members),
        name=kind.name,
        kind=register.CREDENTIAL_KIND if kind.kind == "credential" else register.RECORD_KIND,
    )
    row = TypeRow(type_id, kind.name, kind.type_version, kind.context_url(inst.settings.context_base), kind.definition)
    inst.records.save_type(row)
    return row


def accredit_agency(
    inst: Installation,
    agency_id: int,
    type_id: int,
    *,
    until: int | None = None,
    may_delegate: bool = False,
    grantor: AgencyRow | None = None,
    members: Sequence[str] | None = None,
) -> None:
    """Let an agency issue a type: granted by the root, or by ``grantor``, which must be allowed to delegate it."""
    act = as_root(inst, members) if grantor is None else as_admin(inst, grantor)
    last = now() + ACCREDITATION_YEARS * YEAR if until is None else until
    accredit.accredit(act=act, agency_id=agency_id, type_id=type_id, until=last, may_delegate=may_delegate)


def new_key(inst: Installation, agency: AgencyRow, *, valid_until: int | None = None) -> KeyRow:
    """Make an issuing key and register it under the agency; it is used from now on."""
    number = len(inst.records.keys(agency.agency_id)) + 1
    name = f"{agency.wrapping_key}-key-{number}"
    if name not in {entry.name for entry in inst.keys.entries()}:
        inst.keys.create(KeyKind.ISSUING, name)
    multikey = inst.keys.issuing_key(name).multikey()
    start = inst.chain.head().time
    end = start + KEY_YEARS * YEAR if valid_until is None else valid_until
    try:
        key_id = accounts.register_key(
            chain=inst.chain,
            contracts=inst.contracts(),
            act=as_admin(inst, agency),
            multikey=multikey,
            valid_from=start,
            valid_until=end,
        )
    except Conflict as refused:
        if refused.detail.get("name") != "KeyExists":
            raise
        key_id, end = _registered(inst, agency, multikey)  # a crash came before it was noted here
    row = KeyRow(agency.agency_id, key_id, name, multikey, end)
    inst.records.save_key(row)
    return row


def _refuse_other_meaning(known: bytes, new: bytes) -> None:
    if _without_labels(known) != _without_labels(new):
        raise Conflict(
            "type.version-exists",
            "This version of the type was entered with another definition.",
            "Give the changed definition the next typeVersion.",
        )


def _without_labels(definition: bytes) -> Any:
    document = canonical_json.parse(definition)
    return {name: value for name, value in document.items() if name not in ("label", "description", "fields")}


def _registered(inst: Installation, agency: AgencyRow, multikey: str) -> tuple[int, int]:
    """Id and end of a key of the agency that the chain has."""
    keys = read_registry(inst.chain, inst.contracts(), inst.chain.head().number).keys
    wanted = (agency.agency_id, key_hash(multikey))
    return next((key.key_id, key.valid_until) for key in keys.values() if (key.agency_id, key.key_hash) == wanted)


def agency_at(inst: Installation, host_or_id: str) -> AgencyRow:
    """An agency by its host or its id. Raises NotFound ``agency.unknown``."""
    for row in inst.records.agencies():
        if host_or_id in (row.host, row.did, str(row.agency_id)):
            return row
    hosts = [row.host for row in inst.records.agencies()]
    known = ", ".join(hosts) or "none"
    raise NotFound("agency.unknown", "There is no such agency here.", f"Known: {known}.", known=hosts)


def type_named(inst: Installation, name_or_id: str) -> tuple[TypeRow, CredentialType]:
    """A credential type by its name or id. Raises NotFound ``type.unknown``."""
    for row in inst.records.types():
        if name_or_id in (row.name, str(row.type_id)):
            return row, parse_type(row.definition)
    names = [row.name for row in inst.records.types()]
    known = ", ".join(names) or "none"
    raise NotFound("type.unknown", "There is no such credential type here.", f"Known: {known}.", known=names)
