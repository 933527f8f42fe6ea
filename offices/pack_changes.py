"""What the chain says by now and the newest trust pack does not: verifiers know nothing of it until the next one."""

from __future__ import annotations

from dataclasses import replace

from adapters.bootstrap import Installation
from ledger.chain_reading import read_registry
from ledger.errors import OnceledgerError
from ledger.trust_derivation import describe, differences, named_part, names_of
from offices.evidence import newest_description
from offices.names_known import names_known


def unsaid(inst: Installation) -> list[str]:
    """Differences between the newest pack made or accepted here and the chain's head, with the names known here.

    Empty when there is no pack, and when the chain does not answer or is behind the pack: then nobody can say. Whoever
    makes the next pack walks the whole chain; this asks the node once, because nothing is relied on that it answers.
    """
    try:
        pack = newest_description(inst)
        head = inst.chain.head()
        if pack is None or head.number < pack.block:
            return []
        names = names_known(inst, pack)
        if names == names_of(pack) and not any(
            inst.chain.logs([inst.contracts().trust], pack.block + 1, head.number)
        ):  # the usual case, for which a node is asked for a few blocks and not for all of the registry's past
            return []
        state = named_part(read_registry(inst.chain, inst.contracts(), head.number), names)
        derived = describe(
            state, names, chain=pack.chain, checkpoints=pack.checkpoints, block=head.number, time=head.time
        )
    except OnceledgerError:
        return []
    return differences(pack, replace(derived, block=pack.block, time=pack.time))
