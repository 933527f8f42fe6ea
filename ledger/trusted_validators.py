"""Whose seals make a block true: the check that every header passes on its way in from a node.

A node can make up a chain that fits itself: hashes, receipts, events. What it cannot make are the seals of a quorum of
validators. Who they are never comes from the node: a verifier has it from the trust description, an office from its
trust pack, the root authority states it (``docs/architecture.md``, "Whom the root authority believes").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ledger import qbft
from ledger.block_header import Header
from ledger.errors import Corrupt, MalformedInput
from ledger.trust_description import ValidatorSet

SealCheck: TypeAlias = Callable[[Header], None]
"""Returns for a header that may be believed; raises Corrupt ``chain.not-sealed`` for any other."""


@dataclass(frozen=True, slots=True)
class TrustedValidators:
    """Sets with their blocks, as in a trust description; ``successors`` (20-byte accounts) are who the caller says came
    into force after the last set, at a block that nobody has written down yet."""

    sets: tuple[ValidatorSet, ...]
    successors: tuple[bytes, ...] = ()

    def require_sealed(self, header: Header) -> None:
        """Return if a quorum of the set in force at that block sealed the header. The genesis block has no seals: it is
        known by its hash.

        Raises Corrupt ``chain.not-sealed``.
        """
        if header.number == 0:
            return
        found = next((one for one in reversed(self.sets) if one.from_block <= header.number), None)
        if found is not None and is_sealed(header, found.validators):
            return
        if self.successors and found is self.sets[-1] and is_sealed(header, self.successors):
            return
        raise Corrupt(
            "chain.not-sealed",
            f"Block {header.number} is not sealed by a quorum of the validators that are trusted here.",
            "Ask another node. If the network's validators have changed, take the root authority's new trust pack.",
            number=header.number,
        )


def is_sealed(header: Header, validators: tuple[bytes, ...]) -> bool:
    """Whether a quorum of ``validators`` sealed ``header``."""
    try:
        qbft.verify_seals(header, validators)
    except MalformedInput:
        return False
    return True
