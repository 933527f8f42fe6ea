"""A mapping against what it meets: the header of a file, and the type whose claims it fills.

Both are compared before the first row, and both answers name the nearest name that exists. Names that are not the
mapping's stand in no answer: they may be data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from issuers.mapping import ImportMapping
from issuers.nearest_name import nearest
from ledger.credential_type import CredentialType
from ledger.errors import MalformedInput

_SHOWN: Final = 5


def check_header(mapping: ImportMapping, header: Sequence[str]) -> None:
    """Compare a file's header with the mapping's columns: the same names, in any order.

    Raises MalformedInput ``import.no-header`` when not one name fits (the first row is then data, and is not quoted),
    ``import.header-mismatch`` with the missing names, and the numbers (from 1) of the columns whose names are unknown.
    """
    present, known = set(header), mapping.known
    missing = [name for name in mapping.columns if name not in present]
    unknown = {place: name for place, name in enumerate(header, 1) if name not in known}
    if not missing and not unknown:
        return
    if not present & known:
        raise MalformedInput(
            "import.no-header",
            "The first row holds none of the mapping's column names.",
            "Put the column names into the first row, or choose the mapping made for this file.",
        )
    raise MalformedInput(
        "import.header-mismatch",
        "The header does not match the mapping."
        + _listed("Missing", [repr(name[:40]) for name in missing])
        + _listed("Unknown", [f"column {place}{nearest(name, missing)}" for place, name in unknown.items()]),
        "Correct the header, or the mapping's [columns]; a column that is not wanted is listed with { ignore = true }.",
        missing=missing,
        unknown=list(unknown),
    )


def check_fit(mapping: ImportMapping, credential_type: CredentialType) -> None:
    """Hold a mapping against the type it is for.

    Raises MalformedInput ``mapping.other-type``, ``mapping.field-unknown``, ``mapping.field-missing``,
    ``mapping.business-number``, ``mapping.valid-from``.
    """
    wanted = f"{credential_type.name} {credential_type.type_version}"
    if (mapping.type_name, mapping.type_version) != (credential_type.name, credential_type.type_version):
        raise _bad(
            "mapping.other-type",
            f"is for {mapping.type_name} {mapping.type_version}, not {wanted}",
            "Choose the other.",
        )
    for name in mapping.fields:
        if name not in credential_type.schema.fields:
            raise _bad(
                "mapping.field-unknown",
                f"fills {name!r:.80}, which {wanted} does not have",
                f"Correct the name{nearest(name, credential_type.schema.fields)}.",
            )
    for name in sorted(credential_type.schema.required - set(mapping.fields)):
        raise _bad("mapping.field-missing", f"does not fill {name}, which {wanted} requires", "Add it to [fields].")
    if (mapping.number_parts is None) == (credential_type.business_number_field is None):
        raise _bad(
            "mapping.business-number",
            f"and {wanted} do not say exactly once what the business number is",
            "Add [businessNumber] where the type has no businessNumberField, and remove it where it has one.",
        )
    if credential_type.validity.rule == "years" and mapping.valid_from is None:
        raise _bad(
            "mapping.valid-from", f"has no [validFrom], from which {wanted} counts its years", "Name the column."
        )


def _listed(title: str, shown: Sequence[str]) -> str:
    if not shown:
        return ""
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return f" {title}: {', '.join(shown[:_SHOWN])}{more}."


def _bad(code: str, what: str, cure: str) -> MalformedInput:
    return MalformedInput(code, f"The mapping {what}.", cure)
