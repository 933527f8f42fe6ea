"""Every reason that the verification sequence can give is given here, by a bundle made for it.

A new reason needs a new entry in one of the two tables; a reason that nothing leads to is dead and has no place in
``ledger/reasons.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import paper_bundle as paper
import pytest
from forgeries import (
    DEGREE_CONTEXT,
    DEGREE_URL,
    FORGED,
    NOW,
    OTHER,
    OTHER_ISSUER,
    OTHER_MULTIKEY,
    PLAIN,
    TO_B,
    Forgery,
    compromised,
    made,
    network,
    part,
    replaced_validators,
    verdict,
)

from ledger import base64url, canonical_json, receipt_proof, strict_rlp
from ledger import bundle as bundles
from ledger.bundle import deflate_chunk
from ledger.event_evidence import EventReader
from ledger.policy import Policy
from ledger.reasons import REASONS, Outcome, Result
from ledger.registry_events import Anchored
from ledger.trust_description import ChainInfo, TrustDescription, ValidatorSet
from ledger.verdict import Verification, untrusted
from ledger.verification import Verifier

if TYPE_CHECKING:
    from issued_batch import IssuedBatch

pytest_plugins = ("issued_batch",)

OPEN, CLOSED = network(), network(closed=True)
NO_ANCHOR = frozenset(("inclusion", "anchor", "history"))


def with_(**changes: Any) -> bytes:
    """The good bundle with other members."""
    return canonical_json.canonicalize(json.loads(made().bundle) | changes)


def said(**changes: Any) -> bytes:
    """A bundle about the good credential with other members, signed by A."""
    return Forgery(PLAIN | changes).bundle()


def anchor(**changes: Any) -> bytes:
    return with_(anchor=part("anchor") | changes)


def statuses(**changes: Any) -> bytes:
    return with_(status=[one | changes for one in part("status")])


def listed(list_id: int, index: int) -> bytes:
    """The credential of another place in the lists, with the good one's proofs."""
    entries = [paper.status_entry(purpose, list_id + at) for at, purpose in enumerate(("revocation", "suspension"))]
    return Forgery(PLAIN | {"credentialStatus": [one | {"statusListIndex": str(index)} for one in entries]}).bundle()


def kinds(**changes: Any) -> TrustDescription:
    return network(types=tuple(replace(kind, **changes) for kind in OPEN.types[:1]))


CASES: dict[str, Callable[[], Verification]] = {
    "trust.accepted": lambda: verdict(made().bundle),
    "trust.unusable": untrusted,
    "well-formed.passed": lambda: verdict(made().bundle),
    "well-formed.malformed": lambda: verdict(b"{"),
    "well-formed.version-unknown": lambda: verdict(with_(version=2)),
    "well-formed.context-differs": lambda: verdict(with_(context=[part("context")[0] | {"content": "{}"}])),
    "signature.passed": lambda: verdict(made().bundle),
    "signature.wrong": lambda: verdict(with_(credential=part("credential") | {"validFrom": "2000-01-01"})),
    "signature.method-of-another": lambda: verdict(Forgery(method=f"{OTHER_ISSUER}#{OTHER_MULTIKEY}").bundle()),
    "signature.created-in-future": lambda: verdict(Forgery(created="2999-01-01T00:00:00Z").bundle()),
    "signature.key-not-of-issuer": lambda: verdict(Forgery(method=f"{paper.ISSUER}#{OTHER_MULTIKEY}").bundle()),
    "signature.key-newer-than-pack": lambda: verdict(
        Forgery(method=f"{paper.ISSUER}#{OTHER_MULTIKEY}", created="2026-09-22T08:00:00Z").bundle()
    ),
    "signature.issuer-unknown": lambda: verdict(made().bundle, network(agencies=OPEN.agencies[1:])),
    "holder-binding.none": lambda: verdict(made().bundle),
    "inclusion.passed": lambda: verdict(made().bundle),
    "inclusion.path-wrong": lambda: verdict(with_(inclusion=part("inclusion") | {"index": 40})),
    "inclusion.no-root": lambda: verdict(Forgery(without=frozenset(("anchor", "history"))).bundle()),
    "inclusion.missing": lambda: verdict(Forgery(without=NO_ANCHOR).bundle()),
    "anchored.passed-by-seals": lambda: verdict(made().bundle),
    "anchored.passed-by-history": lambda: verdict(made().bundle, CLOSED),
    "anchored.not-anchored-yet": lambda: verdict(Forgery(without=NO_ANCHOR).bundle()),
    "anchored.header-malformed": lambda: verdict(anchor(header="AAAA")),
    "anchored.receipt-wrong": lambda: verdict(anchor(receiptIndex=1)),
    "anchored.receipt-unknown": lambda: verdict(of_unknown_transaction()),
    "anchored.transaction-failed": lambda: verdict(Forgery(succeeded=False).bundle()),
    "anchored.event-missing": lambda: verdict(anchor(logIndex=1)),
    "anchored.wrong-contract": lambda: verdict(Forgery(contract=bytes(20)).bundle()),
    "anchored.wrong-chain": lambda: verdict(Forgery(event={"chain_id": 1}).bundle()),
    "anchored.seals-insufficient": lambda: verdict(Forgery(sealers=paper.VALIDATORS[:2]).bundle()),
    "anchored.seals-wrong": lambda: verdict(Forgery(number=paper.BLOCK + 1).bundle(), replaced_validators(CLOSED)),
    "anchored.history-needed": lambda: verdict(Forgery().bundle(), CLOSED),
    "anchored.history-wrong": lambda: verdict(with_(history=part("history") | {"path": ""}), CLOSED),
    "anchored.history-newer-than-pack": lambda: verdict(with_(history=part("history") | {"size": 10}), CLOSED),
    "anchored.history-of-another": lambda: verdict(Forgery(FORGED).bundle(history=part("history")), CLOSED),
    "anchored.time-in-future": lambda: verdict(Forgery(time=paper.TIME + 3 * 86_400).bundle()),
    "anchored.time-out-of-order": lambda: verdict(
        Forgery(number=paper.BLOCK + 1, time=paper.TIME - 1).bundle(), CLOSED
    ),
    "anchored.validators-newer-than-pack": lambda: verdict(
        Forgery(number=paper.BLOCK + 11, time=paper.TIME + 61, validators=paper.VALIDATORS[1:]).bundle()
    ),
    "entitled.passed": lambda: verdict(made().bundle),
    "entitled.other-agency": lambda: verdict(Forgery(event={"agency_id": OTHER}).bundle()),
    "entitled.other-type": lambda: verdict(Forgery(event={"type_id": 99}).bundle()),
    "entitled.other-key": lambda: verdict(Forgery(event={"key_hash": TO_B["key_hash"]}).bundle()),
    "entitled.context-unknown": lambda: verdict(
        Forgery(
            PLAIN | {"@context": [PLAIN["@context"][0], DEGREE_URL]}, context=(DEGREE_URL, DEGREE_CONTEXT.decode())
        ).bundle()
    ),
    "entitled.claim-unknown": lambda: verdict(said(credentialSubject={"degree": "PhD"})),
    "entitled.not-accredited": lambda: verdict(
        made().bundle, network(agencies=tuple(replace(one, accreditations=()) for one in OPEN.agencies))
    ),
    "entitled.newer-than-pack": lambda: verdict(
        said(credentialSubject={"degree": "PhD"}), replace(network(), block=paper.BLOCK - 1, time=paper.TIME - 1)
    ),
    "entitled.no-event": lambda: verdict(Forgery(without=NO_ANCHOR).bundle()),
    "entitled.type-unknown": lambda: verdict(made().bundle, network(types=())),
    "key.passed": lambda: verdict(made().bundle),
    "key.compromised-before-anchor": lambda: verdict(made().bundle, compromised(OPEN, paper.TIME)),
    "key.anchor-time-unproven": lambda: verdict(Forgery(sealers=()).bundle(), compromised(OPEN, paper.TIME)),
    "key.compromised-unanchored": lambda: verdict(
        Forgery(without=NO_ANCHOR).bundle(), compromised(OPEN, paper.TIME + 1)
    ),
    "validity.passed": lambda: verdict(made().bundle),
    "validity.not-yet-valid": lambda: verdict(said(validFrom="2900-01-01")),
    "validity.expired": lambda: verdict(said(validUntil="2026-09-22")),
    "validity.malformed": lambda: verdict(said(validFrom="2026-02-30")),
    "status.in-force": lambda: verdict(made().bundle),
    "status.none": lambda: verdict(Forgery(PLAIN).bundle()),
    "status.unknown": lambda: verdict(with_(status=[])),
    "status.list-of-another": lambda: verdict(listed(OTHER << 32 | 1, paper.INDEX)),
    "status.index-beyond-list": lambda: verdict(listed(paper.LIST, 131_072)),
    "status.proof-wrong": lambda: verdict(statuses(content=deflate_chunk(b"\x80" + bytes(1023)))),
    "status.not-signed": lambda: verdict(statuses(signature=base64url.encode(bytes(64)))),
    "status.newer-on-chain": lambda: verdict(
        made().bundle, newest_versions={one["list"]: one["version"] + 1 for one in part("status")}
    ),
    "status.key-newer-than-pack": lambda: verdict(
        statuses(keyHash=base64url.encode(bytes(32))), replace(network(), block=paper.BLOCK - 1, time=paper.TIME - 1)
    ),
    "status.validators-newer-than-pack": lambda: verdict(
        made().bundle, replace(network(), block=paper.BLOCK - 1, time=paper.TIME - 1, chain=other_validators())
    ),
    "status.publication-by-former-validators": lambda: verdict(made().bundle, replaced_validators(CLOSED)),
    "status.published-in-future": lambda: verdict(made().bundle, now=NOW - timedelta(days=2, minutes=6)),
    "policy.passed": lambda: verdict(made().bundle),
    "policy.type-not-accepted": lambda: verdict(made().bundle, policy=Policy(types=frozenset())),
    "policy.issuer-not-accepted": lambda: verdict(made().bundle, policy=Policy(issuers=frozenset((OTHER_ISSUER,)))),
    "policy.status-too-old": lambda: verdict(made().bundle, now=NOW + timedelta(days=6)),
}

FIRST_DAY = date(2026, 1, 2)
ISSUED: dict[str, Callable[[IssuedBatch], Verification]] = {
    "status.revoked": lambda issued: issued.verifier().verify_bytes(issued.bundles["revoked"]),
    "status.superseded": lambda issued: issued.verifier().verify_bytes(issued.bundles["superseded"]),
    "status.void": lambda issued: issued.verifier().verify_bytes(issued.bundles["void"]),
    "status.held": lambda issued: issued.verifier().verify_bytes(issued.bundles["held"]),
    "status.set-without-reason": lambda issued: as_of_first_day(issued, "revoked"),
    "status.hold-unknown": lambda issued: as_of_first_day(issued, "in force, older status"),
}
"""What needs a list with something in it: of a batch that the product issued, revoked, held and published itself."""


def of_unknown_transaction() -> bytes:
    """The good bundle, whose anchor stands in a receipt of a type that the future may bring."""
    receipt = b"\x05" + paper.sealed_block([paper.log("AnchorRegistry", event_of_good(), 3)])[1][0]
    fields = list(strict_rlp.decode_list(base64url.decode(part("anchor")["header"]), max_size=1 << 16))
    fields[5] = receipt_proof.receipts_root([receipt])
    proof = paper.proof_of(strict_rlp.encode(fields), [receipt], 0)
    return anchor(header=proof.header, receipt=list(proof.receipt), receiptIndex=0, logIndex=0)


def event_of_good() -> Anchored:
    """What the good bundle's anchor says."""
    return EventReader(OPEN).anchored(bundles.read_event_proof(part("anchor")))[1]


def other_validators() -> ChainInfo:
    """Those that the network had before the ones that sealed the good bundle."""
    chain = OPEN.chain
    return replace(chain, validator_sets=(ValidatorSet(0, None, (bytes(20),)),))


def as_of_first_day(issued: IssuedBatch, name: str) -> Verification:
    """Asked about a day before the lists were published, with chunks that have no reasons."""
    whole = json.loads(issued.bundles[name])
    for one in whole["status"]:
        one.pop("reasons", None)
    verifier = Verifier(issued.open_trust, now=issued.now, as_of=FIRST_DAY)
    return verifier.verify_bytes(canonical_json.canonicalize(whole))


def test_every_reason_is_in_one_of_the_tables() -> None:
    assert CASES.keys() | ISSUED.keys() == REASONS.keys()
    assert not CASES.keys() & ISSUED.keys()


@pytest.mark.parametrize("code", CASES)
def test_reason(code: str) -> None:
    check(code, CASES[code]())


@pytest.mark.parametrize("code", ISSUED)
def test_reason_of_an_issued_credential(issued: IssuedBatch, code: str) -> None:
    check(code, ISSUED[code](issued))


def check(code: str, told: Verification) -> None:
    """The reason is among the findings, and the result is the worst of them: nothing that failed is ever valid."""
    outcomes = {found.code: found.outcome for found in told.findings}
    assert code in outcomes
    expected = (
        Result.INVALID
        if Outcome.FAILED in outcomes.values()
        else Result.CANNOT_CHECK
        if Outcome.CANNOT_CHECK in outcomes.values()
        else Result.VALID
    )
    assert told.result is expected
    assert [found.check.step for found in told.findings] == list(range(len(told.findings)))


def test_a_type_of_records_is_no_credential() -> None:
    assert verdict(made().bundle, kinds(kind="record")).decisive.code == "entitled.other-type"


def test_a_key_that_is_the_issuers_only_by_name() -> None:
    for method in (paper.ISSUER, f"{paper.ISSUER}#", f"{paper.ISSUER}#key-1", f"{paper.ISSUER}#z"):
        assert verdict(Forgery(method=method).bundle()).decisive.code == "signature.method-of-another"
