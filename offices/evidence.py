"""What the offices hand out: bundles, trust packs, status packs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from adapters.bootstrap import THRESHOLD, Installation, now
from authority.make_trust_pack import Network, derive_description, sign_trust_pack
from issuers.make_bundle import Bundling, make_bundle, make_bundles
from issuers.make_status_pack import make_status_pack
from ledger import trust_pack_files, trust_reading
from ledger.chain_reading import read_anchor_log
from ledger.credential_type import parse_type
from ledger.errors import NotFound
from ledger.label import Label
from ledger.multikey import decode
from ledger.records import CredentialRow
from ledger.sealing import open_sealed
from ledger.trust_derivation import AgencyNames, Names, TypeNames
from ledger.trust_description import ContextEntry, FieldEntry, TrustDescription, ValidatorSet
from ledger.trust_pack_signing import RootKeys, Signers
from offices.root import member_names

_PACK_NOTE: Final = "trust-pack"


def bundling(inst: Installation) -> Bundling:
    """What bundles are made with, as of now."""
    description = newest_description(inst)
    closed = description.checkpoints[-1].size if description is not None and description.checkpoints else 0
    history = read_anchor_log(inst.chain, inst.contracts(), inst.chain.head().number) if closed else None
    names = {row.agency_id: row.wrapping_key for row in inst.records.agencies()}
    keys = {name: inst.wrapping.wrapping_key(name) for name in set(names.values())}

    def unseal(row: CredentialRow, sealed: bytes) -> bytes:
        key = keys[names[row.agency_id]]
        return open_sealed(sealed, key.unwrap(row.wrapped_key or b"", row.uuid or b""))

    kinds = {row.type_id: parse_type(row.definition) for row in inst.records.types()}
    return Bundling(inst.records, inst.blobs, unseal, kinds, history, closed)


def bundle_of(inst: Installation, row: CredentialRow) -> bytes:
    """The bundle of one credential."""
    return make_bundle(bundling(inst), row)


def bundles_of(inst: Installation, batch_id: int) -> Iterator[tuple[CredentialRow, bytes]]:
    """The bundles of a batch."""
    return make_bundles(bundling(inst), batch_id)


def status_pack_of(inst: Installation) -> bytes:
    """The status pack of all agencies of this installation."""
    return make_status_pack(
        records=inst.records, agency_ids=[row.agency_id for row in inst.records.agencies()], now=now()
    )


def newest_description(inst: Installation) -> TrustDescription | None:
    """The description in the newest pack made here, if there is one."""
    pack = inst.records.note(_PACK_NOTE)
    return None if pack is None else trust_reading.parse(trust_pack_files.read(pack).trust)


def newest_pack(inst: Installation) -> bytes:
    """The newest pack made here. Raises NotFound ``trust-pack.none``."""
    pack = inst.records.note(_PACK_NOTE)
    if pack is None:
        raise NotFound("trust-pack.none", "No trust pack was made here yet.", "Run `onceledger trust-pack make`.")
    return pack


def make_trust_pack(inst: Installation, *, expires: datetime, root_expires: datetime, close_log: bool = False) -> bytes:
    """Derive the description at the chain's head and sign the next pack with the ministries' pack keys."""
    before = newest_description(inst)
    description = derive_description(
        chain=inst.chain,
        network=Network(inst.contracts(), _validator_sets(inst, before)),
        names=_names(inst, before),
        checkpoints=before.checkpoints if before is not None else (),
        close_log=close_log,
    )
    keys = [inst.keys.root_key(f"{name}-pack") for name in member_names()]
    publics = {decode(key.multikey()): key for key in keys}
    signers: Signers = {public: key.sign for public, key in publics.items()}
    pack = sign_trust_pack(
        description=description,
        previous=inst.records.note(_PACK_NOTE),
        root=RootKeys(tuple(publics), THRESHOLD, root_expires),
        expires=expires,
        signers=signers,
    )
    inst.records.save_note(_PACK_NOTE, pack)
    return pack


def _validator_sets(inst: Installation, before: TrustDescription | None) -> tuple[ValidatorSet, ...]:
    if inst.embedded is not None:
        return (ValidatorSet(0, None, inst.embedded.validators),)
    if before is None:
        raise NotFound(
            "trust-pack.validators-unknown",
            "Nobody said which validators seal this network's blocks.",
            "Start from a pack of the root authority: onceledger trust-pack import.",
        )
    return before.chain.validator_sets


def _names(inst: Installation, before: TrustDescription | None) -> Names:
    """Names of agencies and types known here, over those of the pack before."""
    agencies = {} if before is None else {a.agency_id: AgencyNames(a.did, a.name) for a in before.agencies}
    for row in inst.records.agencies():
        agencies[row.agency_id] = AgencyNames(row.did, Label(row.name_zh, row.name_en))
    types = (
        {}
        if before is None
        else {t.type_id: TypeNames(t.name, t.label, t.zone, t.contexts, t.fields) for t in before.types}
    )
    for known in inst.records.types():
        kind = parse_type(known.definition)
        entry = TypeNames(
            name=kind.name,
            label=kind.label,
            zone=str(kind.zone),
            contexts=(ContextEntry(known.context_url, kind.context_digest),),
            fields=tuple(FieldEntry(name, kind.fields[name].label) for name in kind.display),
        )
        older = types.get(known.type_id)
        # Versions of a type add up: a certificate of an older one stays readable.
        types[known.type_id] = entry if older is None else _merged(older, entry)
    return Names(agencies, types)


def _merged(older: TypeNames, newer: TypeNames) -> TypeNames:
    urls = {context.url for context in newer.contexts}
    names = {field.name for field in newer.fields}
    return replace(
        newer,
        contexts=(*(c for c in older.contexts if c.url not in urls), *newer.contexts),
        fields=(*newer.fields, *(f for f in older.fields if f.name not in names)),
    )
