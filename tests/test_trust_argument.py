"""Every row of "The trust argument" in docs/architecture.md, tried: what the forger has, and where the forger stops.

A row "the forger has X | stopped at N" is ``test_forger_has_x``; its fixture ``steps`` is what the page says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paper_bundle as paper
import pytest
import test_status_statement as lists
from forgeries import (
    DEGREE,
    DEGREE_CONTEXT,
    DEGREE_URL,
    FORGED,
    GRADUATE,
    NOW,
    OTHER,
    OTHER_ISSUER,
    OTHER_KEY,
    OTHER_MULTIKEY,
    PLAIN,
    RETIRED,
    TO_B,
    Forgery,
    accredited,
    checkpoint,
    compromised,
    made,
    network,
    pack_signed_by,
    part,
    replaced_validators,
    signers,
    signing,
    verdict,
)
from lying_node import ClaimingAnchored, Inventing
from node_scene import Behind
from nodes import Changed
from office import Office, new_office
from web3 import Web3
from web3.providers.base import BaseProvider

from adapters.bootstrap import Installation, error_names
from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain
from ledger import canonical_json, trust_pack, trust_pack_signing
from ledger.chain_walk import Walked
from ledger.errors import Corrupt, MalformedInput, NotPermitted, Unavailable
from ledger.multikey import key_hash
from ledger.policy import Policy
from ledger.reasons import REASONS, Outcome, Result
from ledger.receipt_proof import Log
from ledger.registry_events import KeyRetired, Published, topic_of
from ledger.status_statement import SignedBy
from ledger.trust_description import ValidatorSet
from ledger.trust_pack_signing import RootKeys
from ledger.trusted_validators import TrustedValidators
from ledger.verdict import Verification
from offices import agencies, evidence, members
from offices.online import online_verifier
from offices.root_pin import pinned_root

PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"
PREFIX = "test_forger_has_"

OF_THREE = {needed: "0x" + ((3 << 256) + needed).to_bytes(64, "big").hex() for needed in (1, 2)}
"""What ``rootAuthority()`` answers where so many of three members must agree."""

DIPLOMA = {"context": (DEGREE_URL, DEGREE_CONTEXT.decode())}


def rows() -> dict[str, frozenset[int]]:
    """Name of a test -> steps that stop the forger, none where the page says *nothing*."""
    table = PAGE.read_text("utf-8").split("| the forger has | stopped at | because |")[1].split("\n\n")[0]
    found = {}
    for line in table.splitlines()[2:]:
        has, stopped = (cell.strip() for cell in line.split("|")[1:3])
        name = PREFIX + re.sub(r"[^a-z0-9]+", "_", has.lower()).strip("_")
        numbers = re.match(r"\d+(, \d+)*", stopped)
        assert numbers or stopped.startswith("nothing"), stopped
        found[name] = frozenset(map(int, numbers[0].split(", "))) if numbers else frozenset()
    return found


def test_every_row_of_the_page_is_tried() -> None:
    assert len(rows()) >= 15
    assert {name for name in globals() if name.startswith(PREFIX)} == rows().keys()


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> frozenset[int]:
    return rows()[request.node.originalname]


def stopped(steps: frozenset[int], told: Verification, code: str) -> None:
    """Not valid, for this reason, which belongs to a step that the page names."""
    assert not told.verified
    (found,) = [one for one in told.findings if one.code == code]
    assert found.outcome in (Outcome.FAILED, Outcome.CANNOT_CHECK)
    assert found.check.step in steps


def test_forger_has_nothing_but_a_good_certificate_to_alter(steps: frozenset[int]) -> None:
    assert verdict(made().bundle).verified
    credential = part("credential")
    for change in ({"validUntil": "2999-12-31T23:59:59+08:00"}, {"credentialSubject": FORGED["credentialSubject"]},
                   {"id": "urn:uuid:5f0a2c1e-8f2b-4c69-9d0e-6f1c3b7a2d12"}):  # fmt: skip
        stopped(steps, verdict(altered(credential=credential | change)), "signature.wrong")
    unlisted = {name: value for name, value in credential.items() if name != "credentialStatus"}
    stopped(steps, verdict(altered(credential=unlisted)), "signature.wrong")
    renamed = verdict(altered(credential=credential | {"issuer": OTHER_ISSUER}))
    stopped(steps, renamed, "signature.method-of-another")


def altered(**changes: object) -> bytes:
    return canonical_json.canonicalize(json.loads(made().bundle) | changes)


def test_forger_has_a_s_issuing_key(steps: frozenset[int]) -> None:
    signed = Forgery(FORGED)
    assert verdict(signed.bundle()).verified  # all that is missing is the anchor
    borrowed = {name: part(name) for name in ("inclusion", "anchor", "history")}
    stopped(steps, verdict(signed.bundle(**borrowed)), "inclusion.path-wrong")
    bare = verdict(replace(signed, without=frozenset(("inclusion", "anchor", "history"))).bundle())
    stopped(steps, bare, "inclusion.missing")
    stopped(steps, bare, "anchored.not-anchored-yet")
    assert bare.result is Result.CANNOT_CHECK
    own_tree = verdict(replace(signed, sealers=RETIRED[:3]).bundle())
    stopped(steps, own_tree, "anchored.seals-wrong")


def test_forger_has_a_s_sender_account(steps: frozenset[int]) -> None:
    claims_a = Forgery(FORGED, key=OTHER_KEY)
    stopped(steps, verdict(claims_a.bundle()), "signature.wrong")
    own_key = replace(claims_a, method=f"{paper.ISSUER}#{OTHER_MULTIKEY}", event={"key_hash": key_hash(OTHER_MULTIKEY)})
    stopped(steps, verdict(own_key.bundle()), "signature.key-not-of-issuer")
    later = replace(own_key, created="2026-09-22T08:00:00Z")
    stopped(steps, verdict(later.bundle()), "signature.key-newer-than-pack")


def test_forger_has_a_node_or_all_nodes_rpc(steps: frozenset[int]) -> None:
    signed = Forgery(FORGED)
    stopped(steps, verdict(replace(signed, sealers=()).bundle()), "anchored.seals-insufficient")
    mixed = json.loads(signed.bundle())
    mixed["anchor"]["header"] = part("anchor")["header"]
    stopped(steps, verdict(canonical_json.canonicalize(mixed)), "anchored.receipt-wrong")
    elsewhere = replace(signed, contract=paper.address("a contract of mine"))
    stopped(steps, verdict(elsewhere.bundle()), "anchored.wrong-contract")
    other_chain = replace(signed, event={"chain_id": paper.CHAIN_ID + 1})
    stopped(steps, verdict(other_chain.bundle()), "anchored.wrong-chain")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with new_office(tmp_path_factory.mktemp("office") / "data") as made_here:
        made_here.draft(1)
        made_here.issue()
        made_here.anchor()
        yield made_here


def behind(office: Office, provider: BaseProvider) -> Installation:
    """The office's installation at a node of the forger's."""
    assert office.inst.embedded is not None
    ours = TrustedValidators((ValidatorSet(0, None, office.inst.embedded.validators),))
    return replace(office.inst, chain=EvmChain(Web3(provider), ours.require_sealed, error_names=error_names()))


def test_forger_has_the_node_that_the_root_authority_makes_its_packs_with(
    steps: frozenset[int], office: Office
) -> None:
    assert steps == {0}
    assert office.inst.embedded is not None
    honest = EmbeddedProvider(office.inst.embedded)
    contracts, number = office.inst.contracts(), office.inst.chain.head().number
    assert evidence.derive(behind(office, honest), None).description.agencies[0].keys[0].retired_at is None
    retired = Log(contracts.trust, (topic_of(KeyRetired), (1).to_bytes(32, "big"), (1).to_bytes(32, "big")), b"")
    for lie in (
        Inventing(honest, number, [retired]),
        Changed(honest, "eth_getBlockReceipts", lambda receipts: [one | {"logs": []} for one in receipts]),
        Changed(honest, "eth_getBlockByNumber", lambda block: block | {"logsBloom": "0x" + "00" * 256}),
    ):
        inst = behind(office, lie)
        genesis = inst.chain.genesis_hash()
        inst.records.save_note("chain-walked", Walked(0, genesis, genesis, ()).to_bytes())  # all is walked anew
        with pytest.raises(Corrupt) as caught:
            evidence.derive(inst, None)
        assert caught.value.code in ("chain.not-sealed", "chain.false-receipts", "chain.false-header")


def test_forger_has_the_node_that_the_root_authority_makes_its_packs_with_and_one_member_s_consent(
    steps: frozenset[int], office: Office
) -> None:
    assert steps == {0}
    assert office.inst.embedded is not None
    until = datetime.now(UTC) + timedelta(days=30)
    evidence.make_trust_pack(office.inst, expires=until, root_expires=until)
    honest = EmbeddedProvider(office.inst.embedded)
    one_is_enough = Changed(honest, "eth_call", lambda told: OF_THREE[1] if told == OF_THREE[2] else told)
    inst = behind(office, one_is_enough)
    assert members.threshold(inst) == 1
    with pytest.raises(NotPermitted) as caught:
        members.agreeing(inst, ["root-1"])
    assert caught.value.code == "root.members-must-agree"
    held = evidence.newest_pack(inst)
    for agreed in ((), ("root-1",), ("root-1", "root-1-v2", "root-9")):
        with pytest.raises(NotPermitted) as refused:
            evidence.make_trust_pack(inst, expires=until, root_expires=until, members=agreed)
        assert refused.value.code == "trust-pack.too-few-signers"
    assert evidence.newest_pack(inst) == held


def test_forger_has_a_genuine_trust_pack_in_which_another_root_stands_first(
    steps: frozenset[int], office: Office
) -> None:
    assert steps == {0}
    until = datetime.now(UTC) + timedelta(days=30)
    pack = json.loads(evidence.make_trust_pack(office.inst, expires=until, root_expires=until))
    pin = pinned_root(office.inst)
    strangers = signers(4, 5, 6)
    own = pack_signed_by(strangers, RootKeys(tuple(strangers), 2, until))
    pack["root"][0] = trust_pack_signing.pinned_root(own).decode()
    with pytest.raises(MalformedInput) as caught:
        evidence.keep_next_pack(office.inst, canonical_json.canonicalize(pack), now=datetime.now(UTC))
    assert caught.value.code == "trust-pack.other-root"
    assert pinned_root(office.inst) == pin


def test_forger_has_the_node_that_an_office_anchors_with(steps: frozenset[int], office: Office) -> None:
    inst, agency = office.inst, office.agency.agency_id
    assert inst.embedded is not None
    number = inst.chain.head().number
    node = ClaimingAnchored(
        EmbeddedProvider(inst.embedded), number, inst.contracts().anchor, agency, key_hash(office.key.multikey)
    )
    office.draft(1)
    office.issue()
    office.inst = behind(office, node)
    with pytest.raises(Corrupt) as caught:
        office.anchor()
    assert caught.value.code == "chain.not-sealed"
    assert [batch.state for batch in inst.records.batches(agency, "anchored")] == ["anchored"]  # the one before
    stopped(steps, verdict(Forgery(FORGED, sealers=()).bundle()), "anchored.seals-insufficient")


def test_forger_has_the_node_that_an_office_verifies_by_number_with(steps: frozenset[int], office: Office) -> None:
    """A compromise that the office's newest pack lists, and a node that ends before it."""
    assert steps == {0}
    assert office.inst.embedded is not None
    honest = EmbeddedProvider(office.inst.embedded)
    inst, now = behind(office, honest), datetime.now(UTC)
    before = inst.chain.head()
    agencies.declare_compromise(inst, office.key.key_id, before.time)
    soon = now + timedelta(days=7)
    root = trust_pack_signing.pinned_root(evidence.make_trust_pack(inst, expires=soon, root_expires=soon))
    hiding = behind(office, Behind(honest, before.number))
    with pytest.raises(Unavailable) as caught:
        online_verifier(hiding, pinned_root=root, now=now, as_of=None, policy=Policy())
    assert caught.value.code == "online.node-behind"


def test_forger_has_agency_b_fully_keys_senders_accreditation_for_b_s_types(steps: frozenset[int]) -> None:
    own = Forgery(PLAIN | {"issuer": OTHER_ISSUER}, key=OTHER_KEY, method=f"{OTHER_ISSUER}#{OTHER_MULTIKEY}",
                  event=TO_B)  # fmt: skip
    assert verdict(own.bundle()).verified  # what B may say
    degree = replace(own, document=GRADUATE | {"issuer": OTHER_ISSUER}, **DIPLOMA)
    stopped(steps, verdict(degree.bundle()), "entitled.other-type")
    # even a signature by A's key is no help without an event of A
    stopped(steps, verdict(Forgery(FORGED, event=TO_B).bundle()), "entitled.other-agency")
    stopped(
        steps, verdict(Forgery(FORGED, event={"key_hash": key_hash(OTHER_MULTIKEY)}).bundle()), "entitled.other-key"
    )
    # and B's signature under A's name does not come as far
    assert verdict(replace(own, document=FORGED).bundle()).decisive.code == "signature.method-of-another"


def test_forger_has_b_and_a_copy_of_a_s_anchored_root(steps: frozenset[int]) -> None:
    # B anchors what A has made, as its own: the same leaf, the same root
    copied = Forgery(event={"agency_id": OTHER})
    assert copied.credential() == made().credential
    stopped(steps, verdict(copied.bundle()), "entitled.other-agency")
    # B's own credential under A's event
    own = Forgery(PLAIN | {"issuer": OTHER_ISSUER}, key=OTHER_KEY, method=f"{OTHER_ISSUER}#{OTHER_MULTIKEY}")
    stopped(steps, verdict(own.bundle()), "entitled.other-agency")


def test_forger_has_agency_b_a_quorum_of_the_validators_in_force_and_a_type_that_b_was_never_accredited_for(
    steps: frozenset[int],
) -> None:
    of_b = {"key": OTHER_KEY, "method": f"{OTHER_ISSUER}#{OTHER_MULTIKEY}"}
    degree = Forgery(GRADUATE | {"issuer": OTHER_ISSUER}, event=TO_B | {"type_id": DEGREE}, **DIPLOMA, **of_b)
    stopped(steps, verdict(degree.bundle()), "entitled.not-accredited")
    later = replace(degree, number=paper.BLOCK + 11, time=paper.TIME + 61)
    told = verdict(later.bundle())
    assert (told.result, told.decisive.code) == (Result.CANNOT_CHECK, "entitled.newer-than-pack")


def test_forger_has_an_accreditation_of_a_for_another_type(steps: frozenset[int]) -> None:
    degree = Forgery(GRADUATE, **DIPLOMA)
    # if A were accredited for it
    assert verdict(replace(degree, event={"type_id": DEGREE}).bundle(), accredited(DEGREE)).verified
    stopped(steps, verdict(degree.bundle()), "entitled.other-type")
    # a dog licence that calls itself a degree somewhere inside
    claim = PLAIN | {"credentialSubject": {"dogName": "旺財", "degree": "PhD"}}
    stopped(steps, verdict(Forgery(claim).bundle()), "entitled.claim-unknown")
    for inside in ({"degree": "PhD"}, [{"degree": "PhD"}], {"keeperName": [{"keeperName": "張三"}]}):
        claim = PLAIN | {"credentialSubject": {"dogName": inside, "keeperName": "張三"}}
        stopped(steps, verdict(Forgery(claim).bundle()), "entitled.claim-unknown")
    hidden = PLAIN | {"credentialSubject": {"id": {"degree": "PhD"}, "dogName": "旺財"}}
    stopped(steps, verdict(Forgery(hidden).bundle()), "entitled.claim-unknown")
    context = Forgery(PLAIN | {"@context": GRADUATE["@context"]}, **DIPLOMA)
    stopped(steps, verdict(context.bundle()), "entitled.context-unknown")
    both_types = part("credential") | {"type": ["VerifiableCredential", "DogLicence", "Degree"]}
    both_contexts = part("credential") | {"@context": [*part("credential")["@context"], DEGREE_URL]}
    for credential in (both_types, both_contexts):
        assert verdict(altered(credential=credential)).decisive.code == "well-formed.malformed"


def test_forger_has_fewer_than_a_quorum_of_validators(steps: frozenset[int]) -> None:
    for count in range(3):
        few = Forgery(FORGED, sealers=paper.VALIDATORS[:count])
        stopped(steps, verdict(few.bundle()), "anchored.seals-insufficient")
    twice = Forgery(FORGED, sealers=[*paper.VALIDATORS[:2], paper.VALIDATORS[0]])
    stopped(steps, verdict(twice.bundle()), "anchored.seals-wrong")
    assert verdict(Forgery(FORGED, sealers=paper.VALIDATORS[1:]).bundle()).verified  # a quorum is one


def test_forger_has_all_keys_of_retired_validators(steps: frozenset[int]) -> None:
    trust = replaced_validators(network(closed=True))
    # who once sealed block 100 can seal it again, or an earlier one, and needs a history path that is not there
    for number in (paper.BLOCK, 1):
        dated_back = Forgery(FORGED, number=number, sealers=paper.VALIDATORS)
        stopped(steps, verdict(dated_back.bundle(), trust), "anchored.history-needed")
    own_log = Forgery(FORGED, sealers=paper.VALIDATORS, without=frozenset())
    stopped(steps, verdict(own_log.bundle(), trust), "anchored.history-wrong")
    today = Forgery(FORGED, number=paper.BLOCK + 1, sealers=paper.VALIDATORS)
    stopped(steps, verdict(today.bundle(), trust), "anchored.seals-wrong")
    honest = verdict(made().bundle, trust, policy=Policy(max_status_age=None))
    assert "anchored.passed-by-history" in [found.code for found in honest.findings]


def test_forger_has_a_set_of_validators_of_the_forger_s_own_and_a_block_number_to_come(steps: frozenset[int]) -> None:
    own = Forgery(FORGED, number=network().block + 1, time=network().time, validators=RETIRED)
    told = verdict(own.bundle())
    stopped(steps, told, "anchored.validators-newer-than-pack")
    assert told.result is Result.CANNOT_CHECK  # never valid; and an honest certificate is not called invalid for it
    known = replace(own, number=network().block)
    stopped(steps, verdict(known.bundle()), "anchored.seals-wrong")
    # a header that says that the pack's validators are in force is held to that, whatever its number
    few = replace(own, validators=None, sealers=RETIRED[:3])
    stopped(steps, verdict(few.bundle()), "anchored.seals-wrong")


def test_forger_has_a_s_issuing_key_and_a_s_sender_account(steps: frozenset[int]) -> None:
    assert steps == frozenset()
    forged = Forgery(FORGED)
    assert verdict(forged.bundle()).verified  # they are A
    declared = compromised(network(), paper.TIME)
    stopped(frozenset((7,)), verdict(forged.bundle(), declared), "key.compromised-before-anchor")
    assert verdict(forged.bundle(), compromised(network(), paper.TIME + 1)).verified  # earlier anchors stand
    unanchored = replace(forged, without=frozenset(("inclusion", "anchor", "history")))
    stopped(frozenset((7,)), verdict(unanchored.bundle(), compromised(network(), paper.TIME + 1)),
            "key.compromised-unanchored")  # fmt: skip


def test_forger_has_a_s_issuing_key_and_a_quorum_of_the_validators_in_force(steps: frozenset[int]) -> None:
    assert steps == frozenset()
    forged = Forgery(FORGED, number=paper.BLOCK + 1, time=paper.TIME + 2)
    assert verdict(forged.bundle(), network(closed=True)).verified


def test_forger_has_a_s_issuing_key_a_quorum_and_a_wish_to_date_it_back(steps: frozenset[int]) -> None:
    closed = network(closed=True)
    forged = Forgery(FORGED)
    stopped(steps, verdict(forged.bundle(), closed), "anchored.history-needed")
    stopped(steps, verdict(replace(forged, without=frozenset()).bundle(), closed), "anchored.history-wrong")
    stopped(steps, verdict(forged.bundle(history=part("history")), closed), "anchored.history-of-another")
    later = forged.bundle(history=part("history") | {"size": paper.LOG_SIZE + 1})
    stopped(steps, verdict(later, closed), "anchored.history-newer-than-pack")
    # the block of a true anchor, dated back by an hour
    moved = Forgery(time=paper.TIME - 3600).bundle(history=part("history"))
    stopped(steps, verdict(moved, closed), "anchored.history-of-another")
    # a block after the checkpoint, from a time before it: a compromise declared meanwhile would not touch it
    for trust in (closed, compromised(closed, paper.TIME - 3600)):
        numbered = replace(forged, number=paper.BLOCK + 1, time=paper.TIME - 3601)
        stopped(steps, verdict(numbered.bundle(), trust), "anchored.time-out-of-order")
    # and one after the block that the pack describes, from a time before that
    after = replace(forged, number=network().block + 1, time=network().time - 1)
    stopped(steps, verdict(after.bundle()), "anchored.time-out-of-order")
    # the log of the forger's own anchor would have to be the root authority's
    own = checkpoint(closed, root=replace(closed.checkpoints[0]).root[::-1])
    stopped(steps, verdict(made().bundle, own), "anchored.history-wrong")


def with_one_signature(pack: bytes, name: str) -> bytes:
    """One signature of three left on the part of that name."""
    members = json.loads(pack)
    part_of_pack = json.loads(members[name])
    part_of_pack["signatures"] = part_of_pack["signatures"][:1]
    return canonical_json.canonicalize(members | {name: json.dumps(part_of_pack)})


def test_forger_has_two_of_three_ministries_root_keys_the_threshold(steps: frozenset[int]) -> None:
    assert steps == frozenset()
    ministries = signers(1, 2, 3)
    terms = RootKeys(tuple(ministries), 2, NOW + timedelta(days=365))
    honest = pack_signed_by(ministries, terms)
    pinned = trust_pack_signing.pinned_root(honest)
    stolen = dict(list(ministries.items())[1:])
    assert trust_pack.load(pack_signed_by(stolen, terms), pinned_root=pinned, now=NOW).trust == network()
    with pytest.raises(NotPermitted):  # our tools do not even sign with one of three, so take a signature away
        pack_signed_by(dict(list(ministries.items())[:1]), terms)
    for name in ("timestamp", "snapshot", "targets"):
        with pytest.raises(MalformedInput) as caught:
            trust_pack.load(with_one_signature(honest, name), pinned_root=pinned, now=NOW)
        assert caught.value.code.startswith("trust-pack.")
    strangers = signers(4, 5, 6)
    own = pack_signed_by(strangers, RootKeys(tuple(strangers), 2, terms.expires))
    with pytest.raises(MalformedInput) as caught:
        trust_pack.load(own, pinned_root=pinned, now=NOW)
    assert caught.value.code == "trust-pack.not-signed-by-root"


def test_forger_has_an_old_trust_pack(steps: frozenset[int]) -> None:
    assert steps == {0}
    ministries = signers(1, 2, 3)
    terms = RootKeys(tuple(ministries), 2, NOW + timedelta(days=365))
    old = pack_signed_by(ministries, terms)
    pinned = trust_pack_signing.pinned_root(old)
    newer = trust_pack_signing.next_pack(
        old, compromised(network(), paper.TIME), expires=NOW + timedelta(days=8), signers=signing(ministries)
    )
    seen = trust_pack.load(newer, pinned_root=pinned, now=NOW).seen
    for held, now, code in ((seen, NOW, "trust-pack.rolled-back"),
                            (None, NOW + timedelta(days=8), "trust-pack.expired")):  # fmt: skip
        with pytest.raises(MalformedInput) as caught:
            trust_pack.load(old, pinned_root=pinned, now=now, newest_seen=held)
        assert caught.value.code == code


def test_forger_has_an_old_status_proof(steps: frozenset[int]) -> None:
    stopped(steps, verdict(made().bundle, now=NOW + timedelta(days=6)), "policy.status-too-old")
    stopped(steps, verdict(Forgery(without=frozenset(("history", "status"))).bundle()), "status.unknown")
    # relabelled as a newer one
    status = [one | {"version": one["version"] + 1} for one in part("status")]
    stopped(steps, verdict(altered(status=status)), "status.proof-wrong")
    # of another chunk, where the bit is clear
    moved = [one | {"chunk": one["chunk"] ^ 1} for one in part("status")]
    stopped(steps, verdict(altered(status=moved)), "status.proof-wrong")


def test_forger_has_a_s_sender_account_and_a_certificate_that_a_revoked(steps: frozenset[int]) -> None:
    revoked, unsigned = lists.version(lists.honest, revoked=True), lists.version(lists.UNSIGNED, number=6)
    for held in ({"pack": (revoked, lists.HOLDS)}, {"bundle": (revoked, lists.HOLDS)}):
        assert lists.verdict(lists.TRUST, **held) == (Result.INVALID, "status.revoked")
    # the sender publishes a list without the bit, and shows that one
    for way in lists.WAYS:
        result, code = lists.shown(unsigned, way)
        assert (result, REASONS[code].check.step in steps) == (Result.CANNOT_CHECK, True)
    # or hopes that a pack with the newer version makes the verifier forget what the older one said
    told = lists.verdict(lists.TRUST, bundle=(revoked, lists.HOLDS), pack=(unsigned,))
    assert told == (Result.INVALID, "status.revoked")


def test_forger_has_a_s_sender_account_and_the_signature_of_an_older_list(steps: frozenset[int]) -> None:
    def replayed(event: Published) -> SignedBy:
        """What A signed for the version before, over the same list without the bit."""
        return lists.honest(replace(event, version=event.version - 1))

    for way in lists.WAYS:
        result, code = lists.shown(lists.version(replayed, number=6), way)
        assert (result, REASONS[code].check.step in steps) == (Result.CANNOT_CHECK, True)


def test_forger_has_a_quorum_of_the_validators_in_force_and_a_certificate_that_a_revoked(steps: frozenset[int]) -> None:
    # whoever seals can invent the sender's transaction as well, and still not A's signature
    for how, sign in lists.FORGED.items():
        for way in lists.WAYS:
            result, code = lists.shown(lists.version(sign, number=6), way)
            assert (result, REASONS[code].check.step in steps) == (Result.CANNOT_CHECK, True), how
    # the old list with its old signature in a block of today: no help against a list from after the revocation
    revoked, old = lists.version(lists.honest, revoked=True), lists.version(lists.honest, number=4)
    assert lists.verdict(lists.TRUST, bundle=(old, lists.HOLDS), pack=(revoked,)) == (Result.INVALID, "status.revoked")
    assert lists.verdict(lists.TRUST, bundle=(old, lists.HOLDS)) == lists.IN_FORCE  # as far as the page says
    # nor in a block of tomorrow, which would stay fresh until then
    then = paper.TIME + 3 * 365 * 86_400
    ahead, holds = (
        lists.version(lists.honest, list_id=paper.LIST + at, number=4, block=2**50, time=then) for at in (0, 1)
    )
    result, code = lists.verdict(lists.TRUST, bundle=(ahead, holds))
    assert (result, code) == (Result.CANNOT_CHECK, "status.published-in-future")
