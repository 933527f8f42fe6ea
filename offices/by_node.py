"""Verify files with a node of the network and nothing else: no installation, and no trust in the node.

A trust pack tells what held when it was made. What the chain says since then, a node shows: the walk over all headers
to a block that the validators of the pack sealed (``ledger.chain_walk``) lets it invent nothing, and hide nothing but
the newest blocks. So a compromise of a minute ago counts, and a status list that has a newer version on the chain
acquits nobody any more. The node is asked for whole blocks, never about a certificate: it does not learn who is
checked. An office asks its own node in the same way (``offices.online``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from adapters.evm import connect
from authority.describe_chain import Progress
from ledger.chain_news import require_news
from ledger.chain_port import BlockRef, Chain
from ledger.chain_reading import registry_of
from ledger.chain_walk import EventLog, Walked, events, walk
from ledger.errors import Corrupt, MalformedInput
from ledger.kept_walk import KeptWalk, network_of
from ledger.policy import Policy
from ledger.registry_events import Published, decode_event
from ledger.trust_derivation import Names, describe, differences, named_part, names_of
from ledger.trust_description import TrustDescription
from ledger.trusted_validators import TrustedValidators
from verifiers.verify import AsOfNode

STRETCH: Final = 10_000
"""Blocks after which the walk is kept: half a minute's, so that who stops a long first walk does not lose it."""

Keep = Callable[[bytes], None]
"""Keeps how far the chain was walked, where nobody else writes."""

_DOUBTS: Final = frozenset(("chain.broken-link", "online.pack-differs", "trust-folding.impossible"))
"""What comes up when a kept walk is not of this chain, or lost something; and when a node lies."""


def node_of(url: str, trust: TrustDescription, *, timeout: float) -> Chain:
    """The network behind a node's address, believed as far as the validators of ``trust`` sealed. Nothing is asked yet.

    ``timeout`` in seconds. Raises Misconfigured ``chain.bad-address``.
    """
    return connect(url, TrustedValidators(trust.chain.validator_sets).require_sealed, timeout=timeout)


def ask_node(
    chain: Chain,
    pack: TrustDescription,
    *,
    now: datetime,
    policy: Policy,
    name: str,
    kept: bytes | None,
    keep: Keep,
    names: Names | None = None,
    seen: int = 0,
    progress: Progress | None = None,
) -> AsOfNode:
    """What ``chain`` says at its head of the network that ``pack`` describes, with ``names``, or else with those that
    ``pack`` gives: of an agency or a type without a name nothing is known.

    ``name`` is what the node is called in answers. ``kept`` is what ``keep`` was given last; what is damaged, of
    another network or not of this chain is passed over, and the chain walked anew. ``seen`` is the newest block that
    the caller knows from elsewhere.

    Raises Corrupt ``online.other-network``, ``online.pack-differs`` (of its own block the pack says something else than
    the chain), ``chain.not-sealed`` (also when the validators changed after the pack), ``chain.broken-link`` and what
    the port raises for false answers; Unavailable ``online.node-behind`` (the newest block is older than the pack, or
    than one that was seen before), ``online.head-too-old`` (older than the policy lets a status be), and what the port
    raises when no answer comes.
    """
    _require_network(chain, pack)
    head = chain.head()
    known = _own(kept, pack)
    walked_to = 0 if known is None else known.walked.block
    require_news(head, max(pack.block, seen, walked_to), now=int(now.timestamp()), policy=policy)
    given = names_of(pack) if names is None else names
    if known is not None:
        try:
            if _is_whole(chain, pack, known):
                return _told(chain, pack, given, name, head, _walk_on(chain, pack, head, known, keep, progress))
        except Corrupt as error:
            if error.code not in _DOUBTS:
                raise
    found = _walk_on(chain, pack, head, None, keep if known is None else _nowhere, progress)
    told = _told(chain, pack, given, name, head, found)
    if known is not None:
        keep(found.to_bytes())
    return told


def other_network() -> Corrupt:
    """The error for a node of another network than the trust pack's."""
    return Corrupt(
        "online.other-network",
        "The node's chain is not the one that the trust pack describes.",
        "Use a node of that network, or a trust pack of this one.",
    )


def _require_network(chain: Chain, pack: TrustDescription) -> None:
    if (chain.chain_id(), chain.genesis_hash()) != (pack.chain.chain_id, pack.chain.genesis):
        raise other_network()


def _own(kept: bytes | None, pack: TrustDescription) -> KeptWalk | None:
    """What was kept of the network, if it was and is whole."""
    if kept is None:
        return None
    try:
        known = KeptWalk.from_bytes(kept)
    except MalformedInput:
        return None
    return known if (known.network, known.walked.genesis) == (network_of(pack.chain), pack.chain.genesis) else None


def _is_whole(chain: Chain, pack: TrustDescription, known: KeptWalk) -> bool:
    """Whether nothing is left out of ``known`` that the node lists. Hashes tie the blocks walked to the head and say
    nothing of the list of those that have events; up to the pack's block the pack itself tells (``_told``)."""
    contracts = pack.chain.contracts()
    places = {number for number, _ in known.walked.places}
    for log in chain.logs((contracts.trust, contracts.status), pack.block + 1, known.walked.block):
        if log.address == contracts.trust:
            if log.block_number not in places:
                return False
        else:
            event = decode_event(log.address, log.topics, log.data, contracts)
            if isinstance(event, Published) and event.version > known.versions.get(event.list_id, 0):
                return False
    return True


def _walk_on(
    chain: Chain, pack: TrustDescription, head: BlockRef, known: KeptWalk | None, keep: Keep, progress: Progress | None
) -> KeptWalk:
    """The walk from where ``known`` ended to ``head``, in stretches that each end at a sealed block."""
    contracts = pack.chain.contracts()
    begun = -1 if known is None else known.walked.block
    while True:
        at = -1 if known is None else known.walked.block
        end = head if head.number - at <= STRETCH else chain.block(at + STRETCH)
        walked = walk(
            chain,
            (contracts.trust, contracts.status),
            end,
            known=None if known is None else known.walked,
            progress=None if progress is None else partial(_of_all, progress, at - begun, head.number - begun),
        )
        if walked.genesis != pack.chain.genesis:
            raise other_network()
        known = _read(chain, pack, walked, at, {} if known is None else dict(known.versions))
        if known.walked.block > at:
            keep(known.to_bytes())
        if end is head:
            return known


def _of_all(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def _read(chain: Chain, pack: TrustDescription, walked: Walked, after: int, versions: dict[int, int]) -> KeptWalk:
    """What is kept of a walk whose blocks up to ``after`` were read before: places with events of the TrustRegistry,
    and the newest version of each list."""
    contracts = pack.chain.contracts()
    fresh = replace(walked, places=tuple(one for one in walked.places if one[0] > after))
    found = set()
    for log in events(chain, fresh, (contracts.trust, contracts.status), walked.block):
        if log.address == contracts.trust:
            found.add(log.block_number)
            continue
        event = decode_event(log.address, log.topics, log.data, contracts)
        if isinstance(event, Published):
            versions[event.list_id] = max(event.version, versions.get(event.list_id, 0))
    places = tuple(one for one in walked.places if one[0] <= after or one[0] in found)
    return KeptWalk(network_of(pack.chain), replace(walked, places=places), versions)


def _told(chain: Chain, pack: TrustDescription, names: Names, name: str, head: BlockRef, known: KeptWalk) -> AsOfNode:
    logs = list(events(chain, known.walked, (pack.chain.trust_registry,), head.number))
    then = [log for log in logs if log.block_number <= pack.block]
    if differences(pack, _description(pack, names_of(pack), then, chain.block(pack.block))):
        raise Corrupt(
            "online.pack-differs",
            f"The chain does not say of block {pack.block} what the trust pack says of it.",
            "Ask another node; if it says the same, tell the root authority.",
            number=pack.block,
        )
    return AsOfNode(_description(pack, names, logs, head), known.versions, head, name)


def _description(pack: TrustDescription, names: Names, logs: Sequence[EventLog], at: BlockRef) -> TrustDescription:
    state = named_part(registry_of(logs, pack.chain.contracts()), names)
    return describe(state, names, chain=pack.chain, checkpoints=pack.checkpoints, block=at.number, time=at.time)


def _nowhere(_: bytes) -> None:
    """What was kept is in doubt, and so is the node: neither replaces the other before all is walked."""
