"""The root that this installation trusts: pinned once, kept apart from every pack.

    note "trust-root"   root.json as the root authority handed it out, or as it was made here

A pack carries its roots itself, and what is pinned signs only those that follow it. Whoever read the pin out of a pack
would let the pack say who may sign it: one that is genuine but for its first root would put a stranger in.
"""

from __future__ import annotations

from typing import Final

from adapters.bootstrap import TRUST_PACK_NOTE, Installation
from ledger import trust_pack_signing
from ledger.errors import NotFound

_PIN_NOTE: Final = "trust-root"


def pinned_root(inst: Installation) -> bytes:
    """The pinned version of the root. Raises NotFound ``trust-pack.none`` while there is no pack to check with it."""
    pack = inst.records.note(TRUST_PACK_NOTE)
    if pack is None:
        raise NotFound("trust-pack.none", "No trust pack was made here yet.", "Run `onceledger trust-pack make`.")
    pinned = inst.records.note(_PIN_NOTE)
    return trust_pack_signing.pinned_root(pack) if pinned is None else pinned


def keep_pack(inst: Installation, pack: bytes, pinned: bytes | None = None) -> None:
    """Keep ``pack`` as the newest; with ``pinned``, together with the root that it was checked against."""
    kept = {TRUST_PACK_NOTE: pack}
    inst.records.save_notes(kept if pinned is None else kept | {_PIN_NOTE: pinned})
