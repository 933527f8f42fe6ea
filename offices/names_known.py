"""How agencies and types are called in the next trust pack: as the records say, over what the pack before said."""

from __future__ import annotations

from dataclasses import replace

from adapters.bootstrap import Installation
from ledger.credential_type import parse_type
from ledger.label import Label
from ledger.trust_derivation import AgencyNames, Names, TypeNames
from ledger.trust_description import ContextEntry, FieldEntry, TrustDescription
from ledger.type_members import field_entries


def names_known(inst: Installation, before: TrustDescription | None) -> Names:
    """Names of agencies and types known here, over those of the pack before."""
    agencies = {} if before is None else {a.agency_id: AgencyNames(a.did, a.name) for a in before.agencies}
    for row in inst.records.agencies():
        agencies[row.agency_id] = AgencyNames(row.did, Label(row.name_zh, row.name_en))
    types = (
        {}
        if before is None
        else {t.type_id: TypeNames(t.name, t.label, t.zone, t.contexts, t.fields) for t in before.types}
    )
    in_force = {row.type_id: row for row in inst.records.types()}
    older = [row for row in inst.records.type_versions() if row != in_force[row.type_id]]
    for known in (*older, *in_force.values()):
        kind = parse_type(known.definition)
        entry = TypeNames(
            name=kind.name,
            label=kind.label,
            zone=str(kind.zone),
            contexts=(ContextEntry(known.context_url, kind.context_digest),),
            fields=field_entries(kind),
        )
        before_it = types.get(known.type_id)
        # Versions of a type add up: a certificate of an older one stays readable.
        types[known.type_id] = entry if before_it is None else _merged(before_it, entry)
    return Names(agencies, types)


def _merged(older: TypeNames, newer: TypeNames) -> TypeNames:
    urls = {context.url for context in newer.contexts}
    names = {field.name for field in newer.fields}
    before = {field.name: field for field in older.fields}
    fields = [_with_members_of(before.get(field.name, field), field) for field in newer.fields]
    return replace(
        newer,
        contexts=(*(c for c in older.contexts if c.url not in urls), *newer.contexts),
        fields=(*fields, *(f for f in older.fields if f.name not in names)),
    )


def _with_members_of(older: FieldEntry, newer: FieldEntry) -> FieldEntry:
    kept = tuple(member for member in older.members if member.name not in newer.within())
    return replace(newer, members=(*newer.members, *kept))
