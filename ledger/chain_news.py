"""Whether a node's newest block is news: the one thing about a chain that hashes and seals do not tell.

A node can show nothing false (``ledger.chain_walk``), but it can end early. So nobody goes back behind a block that is
known already, and nobody takes a block for the newest that is too old to be it. The rules are the same for whoever asks
a node: a stranger with files (``offices.by_node``), an office about its own certificates (``offices.online``), the root
authority (``authority.describe_chain``).
"""

from __future__ import annotations

from ledger.chain_port import BlockRef
from ledger.errors import Unavailable
from ledger.policy import Policy


def require_reached(head: int, seen: int) -> None:
    """Return if the node's newest block ``head`` is no earlier than ``seen``, the newest that is known already (both by
    number). Raises Unavailable ``online.node-behind``."""
    if head < seen:
        raise Unavailable(
            "online.node-behind",
            f"The node's newest block is {head}, and block {seen} is known already.",
            "Wait until the node has caught up, or ask another one.",
            number=head,
            seen=seen,
        )


def require_news(head: BlockRef, seen: int, *, now: int, policy: Policy) -> None:
    """The same, and it is no older at ``now`` (Unix seconds) than the policy lets a status be: it is news of the same
    kind. Raises Unavailable ``online.node-behind``, ``online.head-too-old``."""
    require_reached(head.number, seen)
    if policy.status_too_old(now - head.time):
        raise Unavailable(
            "online.head-too-old",
            f"The node's newest block {head.number} is older than this verifier lets a status be.",
            "Ask another node: this one may hide newer blocks. Or accept older news with --max-status-age.",
            number=head.number,
        )
