"""Enter agencies and credential types in the TrustRegistry. Each is entered once: asking again finds it."""

from __future__ import annotations

from authority.acts import Act, told
from ledger.chain_port import Chain
from ledger.digest import sha256
from ledger.registry_calls import call, result
from ledger.registry_events import AgencyAdded, Contracts, TypeAdded

CREDENTIAL_KIND = 1
RECORD_KIND = 2


def register_agency(
    *, chain: Chain, contracts: Contracts, act: Act, did: str, admin: bytes, accreditor_id: int = 0
) -> int:
    """Enter an agency under its DID; ``accreditor_id`` 0 is the root authority. Returns its id."""
    digest = sha256(did.encode())
    if known := _known(chain, contracts, "agencyWithDid(bytes32)", digest):
        return known
    outcome = act(call("addAgency(bytes32,address,uint64)", digest, admin, accreditor_id))
    return told(chain, contracts, outcome, AgencyAdded, lambda event: event.did_digest == digest).agency_id


def register_type(*, chain: Chain, contracts: Contracts, act: Act, name: str, kind: int = CREDENTIAL_KIND) -> int:
    """Enter a credential type (or a record type) under its name. Returns its id."""
    digest = sha256(name.encode())
    if known := _known(chain, contracts, "typeWithName(bytes32)", digest):
        return known
    outcome = act(call("addType(bytes32,uint8)", digest, kind))
    return told(chain, contracts, outcome, TypeAdded, lambda event: event.name_digest == digest).type_id


def _known(chain: Chain, contracts: Contracts, question: str, digest: bytes) -> int:
    """Id under which the registry knows the digest; 0 when it does not."""
    return int(result("uint64", chain.simulate(bytes(20), contracts.trust, call(question, digest)))[0])
