"""Whose root authority this installation goes by: its own, or one whose keys are elsewhere.

An office on a network takes over the root authority's trust pack. It must then neither found a second root authority
nor try acts that only the members' keys can do.
"""

from __future__ import annotations

from adapters.bootstrap import TRUST_PACK_NOTE, Installation
from adapters.key_kinds import KeyKind
from ledger.errors import Conflict, NotFound
from ledger.multikey import decode
from offices.pack_terms import terms_of


def root_is_elsewhere(inst: Installation) -> bool:
    """Whether registries or a trust pack are known here and no key of that root authority is. Asks no node.

    Raises MalformedInput ``trust-pack.*`` when the pack in the records is none.
    """
    own = [entry for entry in inst.keys.entries() if entry.kind is KeyKind.ROOT]
    pack = inst.records.note(TRUST_PACK_NOTE)
    if pack is not None:
        return terms_of(pack).publics.isdisjoint(decode(entry.public) for entry in own)
    try:
        inst.contracts()
    except NotFound:
        return False
    return not own


def refuse_foreign_root(inst: Installation) -> None:
    """Raises Conflict ``root.elsewhere`` for what only the keys of the root authority's members can do."""
    if root_is_elsewhere(inst):
        raise Conflict(
            "root.elsewhere",
            "This installation goes by the trust pack of a root authority whose keys are elsewhere.",
            "Let the root authority do it in its own installation; to found another network's root authority, make "
            "another installation (--data).",
        )
