"""Bring the index and the packs of a store into agreement, whichever of the two is behind. Only in the writer's turn.

What stands behind the committed size of a pack was never acknowledged: a writer died before its commit, or the index is
an older one, or is gone. Whole records are taken in, since content-addressed content does no harm; the rest is cut off.
"""

from __future__ import annotations

from adapters.pack_file import HEADER_SIZE, PACK_MAGIC, record_size, scan
from adapters.pack_folder import PackFolder
from adapters.pack_index import PackIndex


def recover(packs: PackFolder, index: PackIndex) -> None:
    """Everything, on opening: retired packs go, every pack that is longer than the index says is read."""
    for pack in index.retired():
        packs.remove(pack)
    committed = index.packs()
    existing = packs.ids()
    for pack in existing:
        if packs.size(pack) > committed.get(pack, 0):
            _take_in(packs, index, pack, committed.get(pack, 0), last=pack == existing[-1])


def _take_in(packs: PackFolder, index: PackIndex, pack: int, committed: int, *, last: bool) -> None:
    """Enter the whole records behind ``committed``; cut off what follows them if nothing newer than ``pack`` exists."""
    with packs.path(pack).open("rb") as file:
        opening = file.read(len(PACK_MAGIC))
        found = []
        if opening == PACK_MAGIC:
            found = [one for one in scan(file, max(committed, len(PACK_MAGIC))) if one.whole]
        elif not PACK_MAGIC.startswith(opening):
            return  # No pack of this version: not ours to read, and not ours to cut.
    if not committed and not found and last:
        packs.remove(pack)
        return
    end = max((one.at - HEADER_SIZE + record_size(one.size) for one in found), default=committed)
    end = end if last else packs.size(pack)
    packs.cut(pack, end)
    places = {one.cid.to_bytes(): (one.at, one.size) for one in found}
    with index.transaction():
        for known in index.known(places):
            places.pop(known, None)
        index.enter(pack, ((key, at, size) for key, (at, size) in places.items()))
        index.save_pack(pack, end)
