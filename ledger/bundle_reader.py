"""Reading many bundles: what those of a batch share is read once.

    {"anchor":{…},"context":[…]   the same bytes in every bundle of a batch, two thirds of it: remembered
    ,"credential":{…},…}          this one's own: parsed each time

Only a canonical bundle is read in two pieces, and the result is that of ``ledger.bundle.read``: canonical JSON has its
members in order and none twice, so two canonical objects of which the first has names before "credential" and the
second begins with it are one canonical object when joined. Whatever does not fit that is read whole.
"""

from __future__ import annotations

from typing import Final

from ledger import bundle as bundles
from ledger import canonical_json
from ledger.bundle import MAX_BUNDLE_BYTES, Bundle, Shared
from ledger.errors import MalformedInput

_SEAM: Final = b',"credential":{'
"""Inside a text its quotation marks would be escaped; where it opens a member of a member, the piece before it is no
object."""

_MEMORY: Final = 256
"""Beginnings remembered, of some 3 kB each: a folder of bundles comes from few batches at a time."""

_SHARED: Final = frozenset(("anchor", "context"))


class BundleReader:
    """Reads bundles like ``ledger.bundle.read``, and remembers their common beginnings."""

    __slots__ = ("_last", "_memory")

    def __init__(self) -> None:
        self._memory: dict[bytes, Shared] = {}
        self._last: tuple[bytes, Shared] | None = None

    def read(self, data: bytes) -> Bundle:
        """The bundle; raises what ``ledger.bundle.read`` raises."""
        if len(data) > MAX_BUNDLE_BYTES:
            return bundles.read(data)
        found = self._last
        # A folder goes batch by batch: as a rule the bundle begins like the one before it, to the seam and beyond.
        if found is None or not data.startswith(found[0]):
            found = self._last = self._beginning(data)
        if found is not None:
            beginning, shared = found
            try:
                own = canonical_json.parse_canonical(b"{" + data[len(beginning) - len(_SEAM) + 1 :])
            except MalformedInput:
                return bundles.read(data)
            return bundles.from_parts(own, shared)
        return bundles.read(data)

    def _beginning(self, data: bytes) -> tuple[bytes, Shared] | None:
        """The bytes of ``data`` through its first seam, and what stands before it."""
        seam = data.find(_SEAM)
        if seam <= 0:
            return None
        shared = self._shared(data[:seam])
        return None if shared is None else (data[: seam + len(_SEAM)], shared)

    def _shared(self, beginning: bytes) -> Shared | None:
        known = self._memory.get(beginning)
        if known is None:
            try:
                members = canonical_json.parse_canonical(beginning + b"}")
                if not members or not members.keys() <= _SHARED:
                    return None
                known = bundles.read_shared(members)
            except MalformedInput:
                return None
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            self._memory[beginning] = known
        return known
