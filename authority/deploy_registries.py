"""Put the three registries on a chain, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eth_abi import abi

from ledger.chain_port import Chain
from ledger.errors import Conflict
from ledger.registry_events import Contracts
from ledger.sender_port import Sender


def deploy_registries(
    *, chain: Chain, sender: Sender, bytecode: Mapping[str, bytes], members: Sequence[bytes], threshold: int
) -> Contracts:
    """Deploy TrustRegistry, AnchorRegistry and StatusRegistry; ``members`` are the root's accounts.

    Repeatable: each deployment has its own purpose, so a second call returns the same addresses. Raises Conflict
    ``registry.deployed-otherwise`` when the chain at hand is another one than before.
    """
    trust = _deploy(
        chain, sender, "TrustRegistry", bytecode, abi.encode(["address[]", "uint256"], [members, threshold])
    )
    argument = abi.encode(["address"], [trust])
    return Contracts(
        trust=trust,
        anchor=_deploy(chain, sender, "AnchorRegistry", bytecode, argument),
        status=_deploy(chain, sender, "StatusRegistry", bytecode, argument),
    )


def _deploy(chain: Chain, sender: Sender, name: str, bytecode: Mapping[str, bytes], arguments: bytes) -> bytes:
    outcome = sender.send(f"deploy:{chain.chain_id()}:{name}", None, bytecode[name] + arguments)
    if outcome.created is None or not chain.code(outcome.created):
        raise Conflict(
            "registry.deployed-otherwise",
            f"{name} was deployed before, and this chain has no code at its address.",
            "Point the settings to the chain that the records belong to.",
        )
    return outcome.created
