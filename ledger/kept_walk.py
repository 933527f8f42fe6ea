"""How far a verifier walked a network's chain, kept from one run to the next (``offices.by_node``).

    kept    onceledger-kept-walk-v1\\n | network (32) | lists (4) | { list (8) | version (8) } … by list
            | walked (``ledger.chain_walk``) | SHA-256 of all before (32)
    network SHA-256 of: onceledger-network-v1\\n | chain id (32) | genesis (32) | the three registries (20 each)

The places are blocks with events of the TrustRegistry; of the StatusRegistry only the newest version of each list is
kept. The digest tells a damaged file from a whole one and stops no forger, who can compute it too: the file is good for
who wrote it, in a folder where nobody else writes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.chain_walk import Walked
from ledger.digest import DIGEST_SIZE, Digest, sha256
from ledger.errors import MalformedInput
from ledger.trust_description import ChainInfo

_MAGIC: Final = b"onceledger-kept-walk-v1\n"
_HEAD: Final = struct.Struct(f">{len(_MAGIC)}s32sI")
_LIST: Final = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class KeptWalk:
    """``versions``: list id -> the newest version published in the blocks walked."""

    network: Digest
    walked: Walked
    versions: Mapping[int, int]

    def to_bytes(self) -> bytes:
        """The file."""
        lists = b"".join(_LIST.pack(*one) for one in sorted(self.versions.items()))
        content = _HEAD.pack(_MAGIC, self.network, len(self.versions)) + lists + self.walked.to_bytes()
        return content + sha256(content)

    @classmethod
    def from_bytes(cls, data: bytes) -> KeptWalk:
        """What ``to_bytes`` wrote. Raises MalformedInput ``chain-walk.kept-damaged``, ``chain-walk.malformed``."""
        content, end = data[:-DIGEST_SIZE], data[-DIGEST_SIZE:]
        if len(content) < _HEAD.size or not content.startswith(_MAGIC) or sha256(content) != end:
            raise _damaged()
        _, network, count = _HEAD.unpack_from(content)
        at = _HEAD.size + count * _LIST.size
        if at > len(content):
            raise _damaged()
        versions = dict(_LIST.iter_unpack(content[_HEAD.size : at]))
        kept = cls(Digest(network), Walked.from_bytes(content[at:]), versions)
        if kept.to_bytes() != data:
            raise _damaged()
        return kept


def network_of(chain: ChainInfo) -> Digest:
    """One network and its registries, in 32 bytes: walks of different ones do not mix."""
    return sha256(
        b"onceledger-network-v1\n"
        + chain.chain_id.to_bytes(32, "big")
        + chain.genesis
        + chain.trust_registry
        + chain.anchor_registry
        + chain.status_registry
    )


def _damaged() -> MalformedInput:
    return MalformedInput(
        "chain-walk.kept-damaged",
        "The file that says how far the chain was walked is damaged.",
        "Remove it: the chain is then walked anew.",
    )
