"""What the chain's events add up to, read through the port ``Chain``: the registry's state and the anchor log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.anchor_log import AnchorEntry, AnchorLog
from ledger.chain_port import Chain
from ledger.registry_events import Anchored, Contracts, RegistryEvent, decode_event
from ledger.trust_folding import RegistryState, fold


@dataclass(frozen=True, slots=True)
class AnchorHistory:
    """The anchor log up to a block, with its entries by index."""

    log: AnchorLog
    entries: tuple[AnchorEntry, ...]


def read_registry(chain: Chain, contracts: Contracts, upto: int) -> RegistryState:
    """Agencies, types, keys and accreditations as of block ``upto``."""
    return fold(_registry_events(chain, contracts, upto))


def read_anchor_log(chain: Chain, contracts: Contracts, upto: int) -> AnchorHistory:
    """All anchors up to block ``upto``. Raises Corrupt ``anchor-log.gap`` when the node leaves one out."""
    log, entries = AnchorLog(), []
    for entry in anchor_entries(chain, contracts, 0, upto):
        log.append(entry)
        entries.append(entry)
    return AnchorHistory(log, tuple(entries))


def _registry_events(chain: Chain, contracts: Contracts, upto: int) -> Iterator[tuple[RegistryEvent, int]]:
    for entry in chain.logs([contracts.trust], 0, upto):
        yield decode_event(entry.address, entry.topics, entry.data, contracts), entry.block_time


def anchor_entries(chain: Chain, contracts: Contracts, first: int, upto: int) -> Iterator[AnchorEntry]:
    """The anchors of the blocks ``first`` to ``upto``."""
    for entry in chain.logs([contracts.anchor], first, upto):
        event = decode_event(entry.address, entry.topics, entry.data, contracts)
        assert isinstance(event, Anchored)  # the AnchorRegistry has no other event
        yield AnchorEntry(
            chain_id=event.chain_id,
            contract=entry.address,
            block=entry.block_number,
            time=entry.block_time,
            log_index=entry.log_index_in_block,
            agency_id=event.agency_id,
            type_id=event.type_id,
            root=event.root,
            size=event.size,
            key_hash=event.key_hash,
            index=event.index,
        )
