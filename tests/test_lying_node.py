"""One node lies to the root authority, or to an office: nothing that it invents or hides is signed or recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lying_node import ClaimingAnchored, Inventing, hexed, word
from nodes import Changed
from office import CHEAP, Office, new_office, settings
from web3 import Web3
from web3.providers.base import BaseProvider

from adapters.bootstrap import Installation, create_installation, error_names, open_installation
from adapters.chain_genesis import read_genesis
from adapters.chain_store import ChainStore
from adapters.embedded_chain import EmbeddedChain
from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain
from adapters.sealing_validators import SealingValidators
from authority.check_trust_pack import check_trust_pack
from ledger.chain_reading import read_anchor_log
from ledger.chain_walk import Walked
from ledger.errors import Conflict, Corrupt, MalformedInput, NotFound
from ledger.multikey import decode, key_hash
from ledger.receipt_proof import Log
from ledger.registry_events import Anchored, KeyCompromised, KeyRegistered, topic_of
from ledger.trust_description import TrustDescription, ValidatorSet
from ledger.trusted_validators import TrustedValidators
from offices import agencies, evidence
from offices.issuing import publish_lists
from offices.members import rotate_member
from offices.pack_terms import terms_of
from offices.root import found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as made:
        made.draft(1)
        made.issue()
        made.anchor()
        made.publish()
        yield made


def pack(inst: Installation, **more: Any) -> TrustDescription:
    soon = datetime.now(UTC) + timedelta(days=7)
    evidence.make_trust_pack(inst, expires=soon, root_expires=soon, **more)
    made = evidence.newest_description(inst)
    assert made is not None
    return made


def pack_bytes(inst: Installation) -> bytes:
    pack(inst)
    return evidence.newest_pack(inst)


def behind(inst: Installation, provider: BaseProvider) -> Installation:
    """The installation at another node."""
    assert inst.embedded is not None
    ours = TrustedValidators((ValidatorSet(0, None, inst.embedded.validators),))
    return replace(inst, chain=EvmChain(Web3(provider), ours.require_sealed, error_names=error_names()))


def honest(inst: Installation) -> BaseProvider:
    assert inst.embedded is not None
    return EmbeddedProvider(inst.embedded)


def refused(code: str, kind: type[Exception], act: Callable[[], Any]) -> None:
    with pytest.raises(kind) as caught:
        act()
    assert getattr(caught.value, "code", "") == code


def invented(office: Office) -> list[Log]:
    """A key of the forger's, and a batch anchored with it."""
    contracts, stranger = office.inst.contracts(), b"\xed\x01" + bytes(range(32))
    key = (topic_of(KeyRegistered), word(office.agency.agency_id), word(2))
    fields = bytes(32) + word(128) + word(0) + word(1 << 40) + word(len(stranger)) + stranger + bytes(30)
    root = (topic_of(Anchored), word(office.agency.agency_id), word(office.type.type_id), b"\x05" * 32)
    size = word(64) + bytes(32) + word(1) + word(office.inst.chain.chain_id())
    return [Log(contracts.trust, key, fields), Log(contracts.anchor, root, size)]


@pytest.mark.parametrize("back", [0, 1])
def test_invented_events_come_into_no_description_and_no_checkpoint(office: Office, back: int) -> None:
    """In the newest block, and in one that others were built on."""
    inst = office.inst
    first = pack(inst)
    office.draft(1)
    office.issue()
    office.anchor()
    number = inst.chain.head().number
    for _ in range(back):
        assert inst.embedded is not None
        inst.embedded.mine_empty()
    lying = behind(inst, Inventing(honest(inst), number, invented(office)))
    with pytest.raises(Corrupt) as caught:
        pack(lying, close_log=True)
    assert caught.value.code in ("chain.not-sealed", "chain.broken-link")
    assert evidence.newest_description(inst) == first  # nothing was signed
    with pytest.raises(Corrupt):
        check_trust_pack(chain=lying.chain, description=replace(first, block=inst.chain.head().number))
    with pytest.raises(Corrupt):
        read_anchor_log(lying.chain, inst.contracts(), inst.chain.head().number)


def test_a_hidden_compromise_is_found(office: Office) -> None:
    inst = office.inst
    pack(inst)
    agencies.declare_compromise(inst, office.key.key_id, inst.chain.head().time)
    topic = hexed(topic_of(KeyCompromised))

    def without(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in logs if one["topics"][0] != topic]

    listing = behind(inst, Changed(honest(inst), "eth_getLogs", without))
    told = pack(listing)  # the list of events is not what is asked: blooms and receipts are
    assert told.agencies[0].keys[0].compromised_since is not None

    def emptied(receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one | {"logs": without(one["logs"])} for one in receipts]

    hiding = behind(inst, Changed(honest(inst), "eth_getBlockReceipts", emptied))
    refused("chain.false-receipts", Corrupt, lambda: pack(hiding))
    blind = behind(
        inst, Changed(honest(inst), "eth_getBlockByNumber", lambda one: one | {"logsBloom": "0x" + "00" * 256})
    )
    refused("chain.false-header", Corrupt, lambda: pack(blind))


def test_a_lie_about_an_anchor_settles_nothing(office: Office) -> None:
    inst = office.inst
    contracts, number = inst.contracts(), inst.chain.head().number
    node = ClaimingAnchored(
        honest(inst), number, contracts.anchor, office.agency.agency_id, key_hash(office.key.multikey)
    )
    (business_number,) = office.draft(1)
    office.issue()
    office.inst = behind(inst, node)
    refused("chain.not-sealed", Corrupt, office.anchor)
    assert [batch.state for batch in inst.records.batches(office.agency.agency_id, "anchored")] == ["anchored"]
    office.inst = inst
    (settled,) = office.anchor()  # at an honest node it goes on
    assert settled.state == "anchored"
    assert office.row(business_number).state.value == "anchored"
    assert read_anchor_log(inst.chain, contracts, inst.chain.head().number).log.size == 2


def test_a_lie_about_a_publication_settles_nothing(office: Office) -> None:
    inst = office.inst
    number = inst.chain.head().number
    office.draft(1)
    office.issue()
    office.anchor()

    def elsewhere(receipt: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if receipt is None else receipt | {"status": "0x1", "blockNumber": hex(number)}

    lying = behind(inst, Changed(Inventing(honest(inst), number, []), "eth_getTransactionReceipt", elsewhere))
    before = [inst.records.publication(one.list_id) for one in inst.records.status_lists(office.agency.agency_id)]
    office.inst = lying
    with pytest.raises(Corrupt):
        publish_lists(office.inst, office.agency, every_list=True)
    after = [inst.records.publication(one.list_id) for one in inst.records.status_lists(office.agency.agency_id)]
    assert [one for one in after if one is not None and one.state == "published" and one not in before] == []


def test_the_next_walk_begins_where_the_last_one_ended(office: Office) -> None:
    inst, seen = office.inst, []
    pack(inst, progress=lambda done, total: seen.append((done, total)))
    head = inst.chain.head().number
    assert seen == [(done, head + 1) for done in range(1, head + 2)]
    seen.clear()
    office.draft(1)
    office.issue()
    office.anchor()
    newer = pack(inst, close_log=True, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, inst.chain.head().number - head) for done in range(1, inst.chain.head().number - head + 1)]
    assert newer.checkpoints[-1].size == 2
    # what was kept stands for the whole chain, whatever a node shows of it now
    note = inst.records.note("chain-walked")
    assert note is not None
    kept = Walked.from_bytes(note)
    assert Walked.from_bytes(kept.to_bytes()) == kept
    number = kept.places[0][0]
    refused("chain.broken-link", Corrupt, lambda: pack(behind(inst, Inventing(honest(inst), number, invented(office)))))
    for damaged in (note[:-1], b"x" + note, b""):
        refused("chain-walk.malformed", MalformedInput, lambda damaged=damaged: Walked.from_bytes(damaged))


def test_a_log_that_lost_what_was_signed_is_not_signed(office: Office) -> None:
    inst = office.inst
    closed = pack(inst, close_log=True)
    other = replace(closed.checkpoints[-1], root=closed.checkpoints[-1].root[::-1])
    before = replace(closed, checkpoints=(other,))
    refused("anchor-log.rewritten", Corrupt, lambda: evidence.derive(inst, before))
    shorter = replace(closed, checkpoints=(replace(other, size=0),))
    refused("anchor-log.rewritten", Corrupt, lambda: evidence.derive(inst, shorter))


# -------------------------------------------------------------------------------------------- new validators


@pytest.fixture
def moved(office: Office, tmp_path: Path) -> Iterator[Callable[[int], Installation]]:
    """The installation whose chain others seal from now on, their clock a little ahead."""
    opened: list[EmbeddedChain] = []
    seconds = count(int(datetime.now(UTC).timestamp()) + 1)  # a network makes no two blocks in one second

    def move(seed: int) -> Installation:
        before = evidence.newest_description(office.inst)
        assert before is not None
        assert office.inst.embedded is not None
        (opened[-1] if opened else office.inst.embedded).close()
        successors = SealingValidators([bytes([seed + number]) * 32 for number in range(4)])
        folder = tmp_path / "data" / "chain"
        chain = EmbeddedChain(ChainStore(folder), read_genesis(folder), successors, partial(next, seconds))
        opened.append(chain)
        trusted = TrustedValidators(before.chain.validator_sets, successors.addresses)
        node = EvmChain(Web3(EmbeddedProvider(chain)), trusted.require_sealed, error_names=error_names())
        return replace(office.inst, embedded=chain, chain=node)

    yield move
    for chain in opened:
        chain.close()


def test_one_command_hands_over_to_new_validators(office: Office, moved: Callable[[int], Installation]) -> None:
    before = pack(office.inst)
    last = office.inst.chain.head().number
    inst = moved(0x51)
    refused("trust-pack.validators-not-yet", Conflict, lambda: pack(inst))
    office.inst = inst
    office.draft(2)
    office.issue()
    office.anchor()
    after = pack(inst)
    former, in_force = after.chain.validator_sets
    assert (former.from_block, former.to_block) == (0, last)
    assert former.validators == before.chain.validator_sets[0].validators
    assert inst.embedded is not None
    assert (in_force.from_block, in_force.to_block, in_force.validators) == (last + 1, None, inst.embedded.validators)
    (closed,) = after.checkpoints  # with the last block of those before, so that nothing of the new ones needs a path
    assert (closed.block, closed.size) == (last, 1)
    assert check_trust_pack(chain=inst.chain, description=after) == []
    again = pack(inst)
    assert (again.chain, again.checkpoints) == (after.chain, after.checkpoints)


def test_who_came_between_has_to_be_named(office: Office, moved: Callable[[int], Installation]) -> None:
    pack(office.inst)
    last = office.inst.chain.head().number
    between = moved(0x51)
    assert between.embedded is not None
    between.embedded.mine_empty()
    between.embedded.mine_empty()
    names = between.embedded.validators
    newest = moved(0x61)
    assert newest.embedded is not None
    newest.embedded.mine_empty()
    refused("trust-pack.validators-between", Conflict, lambda: pack(newest))
    first = pack(newest, validators=names, block=last + 2)
    assert [one.from_block for one in first.chain.validator_sets] == [0, last + 1]
    second = pack(newest)
    assert [one.from_block for one in second.chain.validator_sets] == [0, last + 1, last + 3]
    assert [one.block for one in second.checkpoints] == [last, last + 2]


def test_strangers_are_handed_nothing(office: Office, moved: Callable[[int], Installation]) -> None:
    pack(office.inst)
    inst = moved(0x51)
    assert inst.embedded is not None
    inst.embedded.mine_empty()
    refused("trust-pack.validators-between", Conflict, lambda: pack(inst, validators=(bytes(20), bytes([1]) * 20)))


def test_a_network_whose_validators_nobody_named(office: Office) -> None:
    inst = replace(office.inst, embedded=None)
    refused("trust-pack.validators-unknown", NotFound, lambda: pack(inst))
    assert office.inst.embedded is not None
    names = office.inst.embedded.validators
    assert pack(inst, validators=names).chain.validator_sets == (ValidatorSet(0, None, names),)


def test_a_lie_about_the_root_authority_makes_no_other_root(office: Office) -> None:
    """The node says that one member is enough, and that none but one is a member."""
    inst = office.inst
    first = terms_of(pack_bytes(inst))
    rotated = rotate_member(inst, "root-1")

    def one_is_enough(answer: str) -> str:
        return answer[:-1] + "1" if len(answer) == 2 + 128 else answer

    lying = behind(inst, Changed(honest(inst), "eth_call", one_is_enough))
    after = terms_of(pack_bytes(lying))
    assert (first.threshold, after.threshold, len(after.publics)) == (2, 2, 3)
    assert decode(inst.keys.root_key(f"{rotated}-pack").multikey()) in after.publics
    assert decode(inst.keys.root_key("root-1-pack").multikey()) not in after.publics


def test_a_lie_about_a_new_contract_deploys_nothing(tmp_path: Path) -> None:
    create_installation(settings(tmp_path / "data"), cost=CHEAP)
    with open_installation(settings(tmp_path / "data")) as inst:

        def another(receipt: dict[str, Any] | None) -> dict[str, Any] | None:
            return None if receipt is None else receipt | {"contractAddress": "0x" + "07" * 20}

        lying = behind(inst, Changed(honest(inst), "eth_getTransactionReceipt", another))
        refused("chain.bad-answer", Corrupt, lambda: found(lying))
        found(inst)
        assert inst.chain.code(inst.contracts().trust)


def test_a_pack_with_other_validators_differs_and_a_false_node_is_an_error(office: Office) -> None:
    inst = office.inst
    described = pack(inst)
    others = (ValidatorSet(0, None, (bytes(range(20)),)),)
    (difference,) = check_trust_pack(
        chain=inst.chain, description=replace(described, chain=replace(described.chain, validator_sets=others))
    )
    assert difference.startswith("chain/validators: ")
