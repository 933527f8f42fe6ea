"""What the chain's events add up to, read through the port ``Chain``: the registry's state and the anchor log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.anchor_log import AnchorEntry, AnchorLog
from ledger.chain_port import Chain, LogEntry
from ledger.chain_walk import EventLog
from ledger.registry_events import Anchored, Contracts, decode_event
from ledger.trust_folding import RegistryState, fold


@dataclass(frozen=True, slots=True)
class AnchorHistory:
    """The anchor log up to a block, with its entries by index."""

    log: AnchorLog
    entries: tuple[AnchorEntry, ...]


def read_registry(chain: Chain, contracts: Contracts, upto: int) -> RegistryState:
    """Agencies, types, keys and accreditations as of block ``upto``, as this installation's node tells them: every
    event is true, and some may be left out (``ledger.chain_walk`` is for whom that matters)."""
    return registry_of(chain.logs([contracts.trust], 0, upto), contracts)


def registry_of(logs: Iterable[LogEntry | EventLog], contracts: Contracts) -> RegistryState:
    """The registry's state after all events of the TrustRegistry among ``logs``."""
    return fold(
        (decode_event(log.address, log.topics, log.data, contracts), log.block_time)
        for log in logs
        if log.address == contracts.trust
    )


def read_anchor_log(chain: Chain, contracts: Contracts, upto: int) -> AnchorHistory:
    """All anchors up to block ``upto``. Raises Corrupt ``anchor-log.gap`` when the node leaves one out."""
    return anchor_log_of(chain.logs([contracts.anchor], 0, upto), contracts)


def anchor_log_of(logs: Iterable[LogEntry | EventLog], contracts: Contracts) -> AnchorHistory:
    """The anchor log of all events of the AnchorRegistry among ``logs``. Raises Corrupt ``anchor-log.gap``."""
    log, entries = AnchorLog(), []
    for entry in _anchor_entries(logs, contracts):
        log.append(entry)
        entries.append(entry)
    return AnchorHistory(log, tuple(entries))


def anchor_entries(chain: Chain, contracts: Contracts, first: int, upto: int) -> Iterator[AnchorEntry]:
    """The anchors of the blocks ``first`` to ``upto``."""
    return _anchor_entries(chain.logs([contracts.anchor], first, upto), contracts)


def _anchor_entries(logs: Iterable[LogEntry | EventLog], contracts: Contracts) -> Iterator[AnchorEntry]:
    for entry in logs:
        if entry.address != contracts.anchor:
            continue
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
