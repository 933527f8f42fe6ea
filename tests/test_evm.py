"""The chain port over web3.py: the embedded chain, a node over HTTP, a replayed Besu network, and nodes that lie."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from besu_blocks import BLOCKS, NETWORK, header_rlp, receipts_of, unhex, validators_before
from embedded import (
    CHAIN_ID,
    COUNTER,
    NOON,
    VALIDATORS,
    Clock,
    Sender,
    creating,
    new_chain,
    reopened,
    with_counter,
    word,
)
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st
from nodes import Answering, Changed, Replay, Without, node, serving
from web3 import Web3
from web3.exceptions import BadResponseFormat, ContractCustomError
from web3.middleware import ExtraDataToPOAMiddleware, SignAndSendRawMiddlewareBuilder
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint

from adapters import evm
from adapters.embedded_chain import EmbeddedChain, sealed_header
from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain, connect
from adapters.evm_execution import contract_address
from adapters.sealing_validators import SealingValidators
from contracts.artifacts import load
from ledger import qbft
from ledger.block_header import Header, parse_header
from ledger.chain_port import BlockEvidence, Chain, LogEntry
from ledger.errors import Conflict, Corrupt, MalformedInput, Misconfigured, NotFound, OnceledgerError, Unavailable
from ledger.keccak import keccak256
from ledger.receipt_proof import build_proof, decode_receipt, verify_proof
from ledger.registry_events import Contracts, MemberAdded, ThresholdChanged, decode_event
from ledger.trust_description import ValidatorSet
from ledger.trusted_validators import TrustedValidators

BY_OURS = TrustedValidators((ValidatorSet(0, None, tuple(VALIDATORS.addresses)),)).require_sealed


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedChain]:
    chain = new_chain(tmp_path)
    yield chain
    chain.close()


@pytest.fixture
def chain(embedded: EmbeddedChain) -> EvmChain:
    return EvmChain(Web3(EmbeddedProvider(embedded)), BY_OURS, error_names={b"\xde\xad\xbe\xef": "DeadBeef"})


def refused(code: str, kind: type[OnceledgerError], do: Callable[[], Any]) -> OnceledgerError:
    with pytest.raises(kind) as caught:
        do()
    assert caught.value.code == code
    return caught.value


def told(provider: BaseProvider, method: str, *params: Any) -> Any:
    """A provider's whole answer."""
    return provider.make_request(RPCEndpoint(method), list(params))


def answering(answer: Any) -> EvmChain:
    return EvmChain(Web3(Answering(answer)), BY_OURS)


def result(value: Any) -> EvmChain:
    return answering({"jsonrpc": "2.0", "id": 1, "result": value})


def error(code: int, message: str, **data: Any) -> EvmChain:
    return answering({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message, **data}})


# The embedded chain


def test_the_adapter_is_a_chain(chain: EvmChain) -> None:
    as_port: Chain = chain
    assert as_port.chain_id() == CHAIN_ID


def test_blocks_by_number(chain: EvmChain, embedded: EmbeddedChain) -> None:
    mined = embedded.mine_empty()
    assert chain.head() == chain.block(1)
    assert (chain.head().number, chain.head().hash, chain.head().time) == (1, mined.hash, NOON)
    assert chain.genesis_hash() == chain.block(0).hash
    refused("chain.no-such-block", NotFound, lambda: chain.block(2))
    refused("chain.no-such-block", NotFound, lambda: chain.block(2**70))
    refused("chain.no-such-block", NotFound, lambda: chain.block_evidence(2))


def test_a_transaction_and_its_outcome(chain: EvmChain, embedded: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(embedded, sender)
    assert chain.next_nonce(sender.address) == 1
    raw = sender.sign(counter, word(7))
    tx_hash = chain.submit(raw)
    assert tx_hash == chain.submit(raw) == keccak256(raw)
    outcome = chain.outcome(tx_hash)
    assert outcome is not None
    assert (outcome.tx_hash, outcome.block, outcome.index, outcome.status) == (tx_hash, chain.block(2), 0, True)
    assert outcome.gas_used > 21_000
    assert chain.next_nonce(sender.address) == 2
    assert len(chain.code(counter)) > 40
    assert chain.code(sender.address) == b""


def test_the_outcome_of_a_reverted_transaction(chain: EvmChain, embedded: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(embedded, sender)
    outcome = chain.outcome(chain.submit(sender.sign(counter)))
    assert outcome is not None
    assert not outcome.status


def test_no_outcome_of_a_transaction_that_nobody_sent(chain: EvmChain) -> None:
    assert chain.outcome(b"\x07" * 32) is None


def test_a_simulation_changes_nothing(chain: EvmChain, embedded: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(embedded, sender)
    assert (
        chain.simulate(sender.address, counter, word(1)) == chain.simulate(sender.address, counter, word(1)) == word(1)
    )
    assert chain.simulate(sender.address, None, creating(b"\x00")) == b"\x00"
    assert chain.head().number == 1


@pytest.mark.parametrize("asking", ["simulate", "estimate_gas"])
def test_a_revert_names_the_contracts_error(chain: EvmChain, embedded: EmbeddedChain, asking: str) -> None:
    sender = Sender()
    counter = with_counter(embedded, sender)
    caught = refused("chain.reverted", Conflict, lambda: getattr(chain, asking)(sender.address, counter, b""))
    assert caught.detail["selector"] == "0xdeadbeef"
    assert caught.detail["name"] == "DeadBeef"
    assert caught.detail["data"] == b"\xde\xad\xbe\xef"
    assert "DeadBeef" in caught.cause


def test_a_call_that_breaks_is_as_a_revert_without_data(chain: EvmChain) -> None:
    caught = refused("chain.reverted", Conflict, lambda: chain.simulate(bytes(20), None, b"\xfe"))
    assert (caught.detail["selector"], caught.detail["name"], caught.detail["data"]) == ("", "", b"")


def test_estimated_gas_is_enough(chain: EvmChain, embedded: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(embedded, sender)
    gas = chain.estimate_gas(sender.address, counter, word(1))
    outcome = chain.outcome(chain.submit(sender.sign(counter, word(1), gas=gas)))
    assert outcome is not None
    assert outcome.status


REFUSED: dict[str, tuple[type[OnceledgerError], str, dict[str, Any]]] = {
    "nonce too low": (Conflict, "chain.nonce-too-low", {"nonce": 0}),
    "nonce too high": (Conflict, "chain.nonce-gap", {"nonce": 9}),
    "another chain": (MalformedInput, "chain.other-chain", {"chainId": 5}),
    "too little gas": (MalformedInput, "chain.intrinsic-gas", {"gas": 20_000}),
    "too much gas": (MalformedInput, "chain.gas-limit", {"gas": 10**9}),
    "a price": (Conflict, "chain.no-funds", {"gasPrice": 1}),
}


@pytest.mark.parametrize(("kind", "code", "changes"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_transaction(
    chain: EvmChain, embedded: EmbeddedChain, kind: type[OnceledgerError], code: str, changes: dict[str, Any]
) -> None:
    sender = Sender()
    embedded.submit(sender.sign(bytes(20)))
    refused(code, kind, lambda: chain.submit(sender.sign(bytes(20), b"x", **changes)))
    refused("chain.transaction-malformed", MalformedInput, lambda: chain.submit(b"noise"))
    assert chain.head().number == 1


def test_what_breaks_the_embedded_chain_comes_through_unchanged(chain: EvmChain, embedded: EmbeddedChain) -> None:
    embedded.close()
    refused("chain.closed", Unavailable, lambda: chain.outcome(b"\x07" * 32))


def emitting(embedded: EmbeddedChain, senders: int, each: int) -> list[bytes]:
    """Counters with events in blocks of their own, and empty blocks between them."""
    counters = []
    for number in range(1, senders + 1):
        sender = Sender(number)
        counters.append(with_counter(embedded, sender))
        for _ in range(each):
            embedded.submit(sender.sign(counters[-1], word(number)))
            embedded.mine_empty()
    return counters


def places(entries: list[LogEntry]) -> list[tuple[int, int]]:
    return [(entry.block_number, entry.log_index_in_block) for entry in entries]


def test_events_in_chain_order(chain: EvmChain, embedded: EmbeddedChain) -> None:
    first, second = emitting(embedded, 2, 3)
    both = list(chain.logs([second, first], 0, 100))
    assert [entry.address for entry in both] == [first] * 3 + [second] * 3
    assert places(both) == sorted(places(both))
    assert [entry.data for entry in both] == [word(1), word(2), word(3)] * 2
    assert [entry.topics for entry in both] == [(word(1),)] * 3 + [(word(2),)] * 3
    assert {entry.block_time for entry in both} == {NOON}
    for entry in both:
        outcome = chain.outcome(entry.tx_hash)
        assert outcome is not None
        assert (outcome.block.number, outcome.index) == (entry.block_number, entry.tx_index)
    assert list(chain.logs([second], 0, 100)) == both[3:]
    assert list(chain.logs([first], 4, 6)) == both[1:3]
    assert list(chain.logs([first, second], 9, 8)) == []
    assert list(chain.logs([], 0, 100)) == []
    assert list(chain.logs([b"\x09" * 20], 0, 100)) == []


@pytest.mark.parametrize("page", [1, 2, 5])
def test_pages_do_not_change_what_is_read(
    chain: EvmChain, embedded: EmbeddedChain, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    counters = emitting(embedded, 2, 3)
    whole = list(chain.logs(counters, 0, 20))
    monkeypatch.setattr(evm, "LOG_PAGE", page)
    assert list(chain.logs(counters, 0, 20)) == whole
    assert len(whole) == 6


def test_a_node_that_finds_a_page_too_large_gets_smaller_ones(embedded: EmbeddedChain) -> None:
    counters = emitting(embedded, 1, 4)

    class Small(EmbeddedProvider):
        def make_request(self, method: Any, params: Any) -> Any:
            if method == "eth_getLogs" and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) >= 3:
                return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "limit exceeded"}}
            return super().make_request(method, params)

    entries = list(EvmChain(Web3(Small(embedded)), BY_OURS).logs(counters, 0, 9))
    assert [entry.data for entry in entries] == [word(1), word(2), word(3), word(4)]


def test_a_node_that_refuses_every_page_is_in_trouble() -> None:
    refused("chain.node-error", Unavailable, lambda: list(error(-32005, "limit exceeded").logs([bytes(20)], 0, 9)))


def light_client(evidence: BlockEvidence, index: int, validators: list[bytes]) -> bytes:
    """What a verifier does with evidence: seals, then the receipt's proof."""
    sealed = qbft.verify_seals(parse_header(evidence.header), validators)
    return verify_proof(sealed.receipts_root, index, build_proof(evidence.receipts, index))


def test_evidence_verifies_without_the_node(chain: EvmChain, embedded: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(embedded, sender)
    chain.submit(sender.sign(counter, word(7)))
    encoded = light_client(chain.block_evidence(2), 0, list(VALIDATORS.addresses))
    (log,) = decode_receipt(encoded).logs
    assert (log.address, log.topics, log.data) == (counter, (word(7),), word(1))


def test_evidence_of_an_empty_block(chain: EvmChain, embedded: EmbeddedChain) -> None:
    embedded.mine_empty()
    evidence = chain.block_evidence(1)
    assert evidence.receipts == ()
    assert qbft.verify_seals(parse_header(evidence.header), VALIDATORS.addresses).number == 1
    assert chain.block_evidence(0).receipts == ()


def test_a_node_without_block_receipts(embedded: EmbeddedChain) -> None:
    counters = emitting(embedded, 1, 2)
    provider = Without(EmbeddedProvider(embedded), "eth_getBlockReceipts")
    chain = EvmChain(Web3(provider), BY_OURS)
    assert len(list(chain.logs(counters, 0, 9))) == 2
    assert chain.block_evidence(2) == EvmChain(Web3(EmbeddedProvider(embedded)), BY_OURS).block_evidence(2)
    assert provider.asked == 1


# web3.py as anybody uses it


def test_web3_deploys_a_contract_and_reads_its_event(embedded: EmbeddedChain) -> None:
    sender = Sender()
    web3: Any = Web3(EmbeddedProvider(embedded))
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    web3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(sender.account), layer=0)
    abi = [
        {"type": "error", "name": "DeadBeef", "inputs": []},
        {
            "type": "event",
            "name": "Counted",
            "anonymous": True,
            "inputs": [{"name": "count", "type": "uint256", "indexed": False}],
        },
    ]
    deployed = web3.eth.send_transaction({"from": sender.account.address, "data": creating(COUNTER)})
    address = web3.eth.wait_for_transaction_receipt(deployed)["contractAddress"]
    counter = web3.eth.contract(address=address, abi=abi)
    sent = web3.eth.send_transaction({"from": sender.account.address, "to": counter.address, "data": word(3)})
    receipt = web3.eth.wait_for_transaction_receipt(sent)
    assert receipt["status"] == 1
    assert web3.eth.get_block("latest")["proofOfAuthorityData"] == qbft_extra(embedded)
    assert web3.eth.get_logs({"fromBlock": 0, "address": address, "topics": ["0x" + word(3).hex()]}) == receipt["logs"]
    assert web3.eth.get_logs({"fromBlock": 0, "address": address, "topics": ["0x" + word(4).hex()]}) == []
    assert web3.eth.get_transaction(sent)["input"] == word(3)
    assert web3.eth.get_transaction(sent)["from"] == sender.account.address
    assert web3.eth.get_storage_at(address, 0) == word(1)
    assert web3.eth.get_balance(sender.account.address) == 0
    assert web3.eth.get_block(receipt["blockHash"], full_transactions=True)["transactions"][0]["hash"] == sent
    assert web3.is_connected()
    with pytest.raises(ContractCustomError, match="0xdeadbeef"):
        web3.eth.call({"to": address})


def qbft_extra(embedded: EmbeddedChain) -> bytes:
    return parse_header(sealed_header(embedded.head())).extra_data


def test_the_registries_run_and_their_events_are_read(chain: EvmChain, embedded: EmbeddedChain) -> None:
    sender = Sender()
    artifact = load("TrustRegistry")
    members = [bytes([number]) * 20 for number in (1, 2, 3)]
    arguments = encode(["address[]", "uint256"], [["0x" + member.hex() for member in members], 2])
    address = contract_address(sender.address, 0)
    outcome = chain.outcome(chain.submit(sender.sign(None, artifact.bytecode + arguments, gas=10_000_000)))
    assert outcome is not None
    assert outcome.status
    contracts = Contracts(address, b"\x0a" * 20, b"\x0b" * 20)
    read = [decode_event(log.address, log.topics, log.data, contracts) for log in chain.logs([address], 0, 9)]
    assert [event.member for event in read if isinstance(event, MemberAdded)] == members
    assert [event.threshold for event in read if isinstance(event, ThresholdChanged)] == [2]
    names = {keccak256(signature.encode())[:4]: signature.split("(")[0] for signature in error_signatures(artifact.abi)}
    named = EvmChain(Web3(EmbeddedProvider(embedded)), BY_OURS, error_names=names)
    selector = keccak256(b"setThreshold(uint256)")[:4]
    caught = refused("chain.reverted", Conflict, lambda: named.simulate(sender.address, address, selector + word(1)))
    assert caught.detail["name"] == "NotRoot"


def error_signatures(abi: Any) -> list[str]:
    return [
        f"{entry['name']}({','.join(part['type'] for part in entry['inputs'])})"
        for entry in abi
        if entry["type"] == "error"
    ]


# A real network


def sealed_by_besu(header: Header) -> None:
    if header.number:
        qbft.verify_seals(header, validators_before(header.number))


@pytest.fixture
def besu() -> EvmChain:
    return EvmChain(Web3(Replay()), sealed_by_besu)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["number"])
def test_evidence_of_a_real_block(besu: EvmChain, block: dict[str, Any]) -> None:
    number = int(block["number"], 16)
    evidence = besu.block_evidence(number)
    assert evidence == BlockEvidence(header_rlp(block), tuple(receipts_of(block)))
    for index in range(0, len(evidence.receipts), 7):
        assert light_client(evidence, index, validators_before(number)) == evidence.receipts[index]


def test_events_of_a_real_network(besu: EvmChain) -> None:
    address = unhex(NETWORK["contract"])
    entries = list(besu.logs([address], 0, 47))
    events_told = [
        (log, in_block)
        for receipts in NETWORK["receipts"].values()
        for in_block, log in enumerate(log for receipt in receipts for log in receipt["logs"])
    ]
    wanted = [(log, in_block) for log, in_block in events_told if unhex(log["address"]) == address]
    assert len(entries) == len(wanted) > 20
    assert any(entry.log_index_in_block != entry.log_index_in_receipt for entry in entries)
    for entry, (log, in_block) in zip(entries, wanted, strict=True):
        assert (entry.block_number, entry.tx_index) == (int(log["blockNumber"], 16), int(log["transactionIndex"], 16))
        # This version of Besu counts logIndex within the receipt, others within the block: it is not relied on.
        assert entry.log_index_in_receipt == int(log["logIndex"], 16)
        assert entry.log_index_in_block == in_block
        assert entry.tx_hash == unhex(log["transactionHash"])
        assert entry.data == unhex(log["data"])


# Nodes that lie


def in_first_receipt(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    def changed(receipts: Any) -> Any:
        change(receipts[0])
        return receipts

    return changed


LIES: dict[str, Callable[[Any], Any]] = {
    "status": in_first_receipt(lambda receipt: receipt.update(status="0x0")),
    "gas": in_first_receipt(lambda receipt: receipt.update(cumulativeGasUsed="0x1")),
    "bloom": in_first_receipt(lambda receipt: receipt.update(logsBloom="0x" + "00" * 256)),
    "a log's data": in_first_receipt(lambda receipt: receipt["logs"][0].update(data="0x" + word(9).hex())),
    "a log's address": in_first_receipt(lambda receipt: receipt["logs"][0].update(address="0x" + "09" * 20)),
    "a log's topic": in_first_receipt(lambda receipt: receipt["logs"][0].update(topics=["0x" + word(9).hex()])),
    "a log left out": in_first_receipt(lambda receipt: receipt["logs"].clear()),
    "a log twice": in_first_receipt(lambda receipt: receipt["logs"].append(receipt["logs"][0])),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_about_a_receipt(embedded: EmbeddedChain, lie: Callable[[Any], Any]) -> None:
    (counter,) = emitting(embedded, 1, 1)
    chain = EvmChain(Web3(Changed(EmbeddedProvider(embedded), "eth_getBlockReceipts", lie)), BY_OURS)
    refused("chain.false-receipts", Corrupt, lambda: chain.block_evidence(2))
    refused("chain.false-receipts", Corrupt, lambda: list(chain.logs([counter], 0, 9)))


CONTRADICTIONS: dict[str, Callable[[Any], Any]] = {
    "no receipts": lambda _: [],
    "a receipt twice": lambda receipts: receipts * 2,
    "another transaction's": in_first_receipt(lambda receipt: receipt.update(transactionHash="0x" + "09" * 32)),
    "null": lambda _: None,
    "an object": lambda receipts: receipts[0],
    "no status": in_first_receipt(lambda receipt: receipt.pop("status")),
    "a status of 2": in_first_receipt(lambda receipt: receipt.update(status="0x2")),
    "a bloom of 255 bytes": in_first_receipt(lambda receipt: receipt.update(logsBloom="0x" + "00" * 255)),
    "logs null": in_first_receipt(lambda receipt: receipt.update(logs=None)),
    "topics of text": in_first_receipt(lambda receipt: receipt["logs"][0].update(topics="0x")),
}


@pytest.mark.parametrize("lie", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_an_answer_about_receipts_that_cannot_be(embedded: EmbeddedChain, lie: Callable[[Any], Any]) -> None:
    emitting(embedded, 1, 1)
    chain = EvmChain(Web3(Changed(EmbeddedProvider(embedded), "eth_getBlockReceipts", lie)), BY_OURS)
    refused("chain.bad-answer", Corrupt, lambda: chain.block_evidence(2))


def test_a_lie_about_a_transactions_type(embedded: EmbeddedChain) -> None:
    emitting(embedded, 1, 1)

    def lie(block: Any) -> Any:
        block["transactions"][0]["type"] = "0x2"
        return block

    chain = EvmChain(Web3(Changed(EmbeddedProvider(embedded), "eth_getBlockByNumber", lie)), BY_OURS)
    refused("chain.false-receipts", Corrupt, lambda: chain.block_evidence(2))


FIELDS = {
    "parentHash": "0x" + "09" * 32,
    "stateRoot": "0x" + "09" * 32,
    "transactionsRoot": "0x" + "09" * 32,
    "receiptsRoot": "0x" + "09" * 32,
    "miner": "0x" + "09" * 20,
    "logsBloom": "0x" + "09" * 256,
    "timestamp": "0x1",
    "gasUsed": "0x1",
    "gasLimit": "0x1",
    "baseFeePerGas": "0x1",
    "difficulty": "0x2",
    "mixHash": "0x" + "09" * 32,
    "nonce": "0x" + "09" * 8,
    "hash": "0x" + "09" * 32,
    "extraData": "0x",
    "withdrawalsRoot": "0x" + "09" * 32,
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_lie_about_a_header(embedded: EmbeddedChain, field: str) -> None:
    emitting(embedded, 1, 1)
    lie = Changed(EmbeddedProvider(embedded), "eth_getBlockByNumber", lambda block: {**block, field: FIELDS[field]})
    refused("chain.false-header", Corrupt, lambda: EvmChain(Web3(lie), BY_OURS).block_evidence(2))


def test_another_block_than_the_one_asked_for(embedded: EmbeddedChain) -> None:
    emitting(embedded, 1, 1)
    honest = EmbeddedProvider(embedded)
    other = told(honest, "eth_getBlockByNumber", "0x1", True)["result"]
    chain = EvmChain(Web3(Changed(honest, "eth_getBlockByNumber", lambda _: other)), BY_OURS)
    refused("chain.bad-answer", Corrupt, lambda: chain.block_evidence(2))
    refused("chain.bad-answer", Corrupt, lambda: chain.block(2))


def test_a_block_of_ones_own_making_is_not_sealed_by_the_validators(tmp_path: Path, embedded: EmbeddedChain) -> None:
    """A node can make up a chain that fits itself; only the seals tell it from the network's."""
    others = SealingValidators([bytes([0x40 + number]) * 32 for number in range(4)])
    forged = EmbeddedChain.create(tmp_path / "forged", chain_id=CHAIN_ID, validators=others, clock=Clock())
    forged.mine_empty()
    chain = EvmChain(Web3(EmbeddedProvider(forged)), BY_OURS)
    asking: list[Callable[[], Any]] = [chain.head, lambda: chain.block(1), lambda: chain.block_evidence(1)]
    for ask in asking:
        refused("chain.not-sealed", Corrupt, ask)
    assert chain.genesis_hash()  # has no seals: the blocks after it hold its hash
    evidence = chain.unverified_evidence(1)
    assert parse_header(evidence.header) == chain.unverified_header(1)
    theirs = chain.trusting(TrustedValidators((ValidatorSet(0, None, tuple(others.addresses)),)).require_sealed)
    assert theirs.block_evidence(1) == evidence
    forged.close()


def test_a_transaction_named_otherwise(embedded: EmbeddedChain) -> None:
    chain = EvmChain(
        Web3(Changed(EmbeddedProvider(embedded), "eth_sendRawTransaction", lambda _: "0x" + "09" * 32)), BY_OURS
    )
    refused("chain.bad-answer", Corrupt, lambda: chain.submit(Sender().sign(bytes(20))))


@pytest.mark.parametrize("field", ["transactionHash", "blockHash"])
def test_the_outcome_of_something_else(embedded: EmbeddedChain, field: str) -> None:
    honest = EmbeddedProvider(embedded)
    tx_hash = embedded.submit(Sender().sign(bytes(20)))
    lie = Changed(honest, "eth_getTransactionReceipt", lambda receipt: {**receipt, field: "0x" + "09" * 32})
    refused("chain.bad-answer", Corrupt, lambda: EvmChain(Web3(lie), BY_OURS).outcome(tx_hash))


def test_a_receipt_of_a_pending_transaction_is_no_outcome(embedded: EmbeddedChain) -> None:
    tx_hash = embedded.submit(Sender().sign(bytes(20)))
    pending = Changed(
        EmbeddedProvider(embedded), "eth_getTransactionReceipt", lambda receipt: {**receipt, "blockNumber": None}
    )
    assert EvmChain(Web3(pending), BY_OURS).outcome(tx_hash) is None


EVENT_LIES: dict[str, Callable[[Any], Any]] = {
    "one more than there are": lambda logs: [*logs, logs[-1]],
    "one fewer in its block": lambda logs: [log for log in logs if log["logIndex"] == "0x0"],
    "of another address": lambda logs: [{**log, "address": "0x" + "09" * 20} for log in logs],
    "of another block": lambda logs: [{**log, "blockNumber": "0x3e7"} for log in logs],
    "in an empty block": lambda logs: [{**log, "blockNumber": "0x3"} for log in logs],
    "no list": lambda _: None,
}


@pytest.mark.parametrize("lie", EVENT_LIES.values(), ids=EVENT_LIES.keys())
def test_a_list_of_events_that_does_not_fit(embedded: EmbeddedChain, lie: Callable[[Any], Any]) -> None:
    sender = Sender()
    # Emits two events in one transaction: LOG0 twice.
    double = contract_address(sender.address, 0)
    embedded.submit(sender.sign(None, creating(bytes.fromhex("60006000a060006000a000"))))
    embedded.submit(sender.sign(double, b"x"))
    embedded.mine_empty()
    honest = EvmChain(Web3(EmbeddedProvider(embedded)), BY_OURS)
    assert [entry.log_index_in_receipt for entry in honest.logs([double], 0, 3)] == [0, 1]
    chain = EvmChain(Web3(Changed(EmbeddedProvider(embedded), "eth_getLogs", lie)), BY_OURS)
    refused("chain.bad-answer", Corrupt, lambda: list(chain.logs([double], 0, 3)))


# Answers that are none

BAD: dict[str, Any] = {
    "null": None,
    "a list": [],
    "text": "0x1",
    "neither result nor error": {"jsonrpc": "2.0", "id": 1},
    "a result of null": {"result": None},
    "a decimal number": {"result": "12"},
    "a JSON number": {"result": 12},
    "0x alone": {"result": "0x"},
    "a number beyond 256 bits": {"result": "0x1" + "00" * 32},
    "a sign": {"result": "-0x1"},
    "a float": {"result": 1.5},
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_an_answer_of_the_wrong_shape(answer: Any) -> None:
    refused("chain.bad-answer", Corrupt, answering(answer).chain_id)
    refused("chain.bad-answer", Corrupt, lambda: answering(answer).next_nonce(bytes(20)))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["0x", "0x1", "0x00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "number", "logs"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["result", "error", "code", "message", "data"]), JSON) | JSON)
def test_no_answer_makes_anything_but_an_error_of_ours(answer: Any) -> None:
    chain = answering(answer)
    asking: tuple[Callable[[], Any], ...] = (
        chain.chain_id,
        chain.head,
        chain.genesis_hash,
        lambda: chain.block_evidence(1),
        lambda: chain.outcome(bytes(32)),
        lambda: chain.submit(b"\xc0"),
        lambda: chain.simulate(bytes(20), None, b""),
        lambda: chain.estimate_gas(bytes(20), bytes(20), b""),
        lambda: chain.code(bytes(20)),
        lambda: list(chain.logs([bytes(20)], 0, 2)),
    )
    for ask in asking:
        with suppress(OnceledgerError):
            ask()


SAID: dict[str, tuple[type[OnceledgerError], str, int]] = {
    "nonce too low: next nonce 5, tx nonce 3": (Conflict, "chain.nonce-too-low", -32000),
    "Nonce too low": (Conflict, "chain.nonce-too-low", -32001),
    "Transaction nonce is too distant from current sender nonce": (Conflict, "chain.nonce-gap", -32006),
    "An invalid transaction with a lower nonce exists": (Conflict, "chain.nonce-gap", -32000),
    "replacement transaction underpriced": (Conflict, "chain.nonce-taken", -32000),
    "Intrinsic gas exceeds gas limit": (MalformedInput, "chain.intrinsic-gas", -32003),
    "intrinsic gas too low: have 2, want 21000": (MalformedInput, "chain.intrinsic-gas", -32000),
    "Transaction gas limit exceeds block gas limit": (MalformedInput, "chain.gas-limit", -32005),
    "exceeds block gas limit": (MalformedInput, "chain.gas-limit", -32000),
    "Wrong chainId": (MalformedInput, "chain.other-chain", -32000),
    "invalid chain id for signer: have 1 want 2": (MalformedInput, "chain.other-chain", -32000),
    "Upfront cost exceeds account balance": (Conflict, "chain.no-funds", -32004),
    "insufficient funds for gas * price + value": (Conflict, "chain.no-funds", -32000),
    "rlp: expected input list": (MalformedInput, "chain.transaction-malformed", -32000),
    "Invalid signature": (MalformedInput, "chain.transaction-malformed", -32000),
    "Sender account not authorized to send transactions": (Conflict, "chain.refused", -32007),
    "Internal error": (Unavailable, "chain.node-error", -32603),
    "rate limited": (Unavailable, "chain.node-error", -32005),
}


@pytest.mark.parametrize(("words", "kind", "code", "number"), [(words, *told) for words, told in SAID.items()])
def test_what_nodes_say_when_they_refuse(words: str, kind: type[OnceledgerError], code: str, number: int) -> None:
    class Saying(Answering):
        def make_request(self, method: Any, params: Any) -> Any:
            if method == "eth_getTransactionByHash":
                return {"jsonrpc": "2.0", "id": 1, "result": None}
            return super().make_request(method, params)

    provider = Saying({"jsonrpc": "2.0", "id": 1, "error": {"code": number, "message": words}})
    refused(code, kind, lambda: EvmChain(Web3(provider), BY_OURS).submit(b"\xc0"))


@pytest.mark.parametrize("words", ["already known", "Known transaction", "ALREADY_EXISTS: already known"])
def test_a_transaction_that_the_node_has_already(words: str) -> None:
    assert error(-32000, words).submit(b"\xc0") == keccak256(b"\xc0")


def test_a_nonce_too_low_for_a_transaction_in_a_block_is_no_refusal() -> None:
    class Mined(Answering):
        def make_request(self, method: Any, params: Any) -> Any:
            if method == "eth_getTransactionByHash":
                return {"jsonrpc": "2.0", "id": 1, "result": {"hash": params[0]}}
            return super().make_request(method, params)

    provider = Mined({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "nonce too low"}})
    assert EvmChain(Web3(provider), BY_OURS).submit(b"\xc0") == keccak256(b"\xc0")


@pytest.mark.parametrize(
    ("message", "data"),
    [
        ("execution reverted", {"data": "0xdeadbeef"}),
        ("Execution reverted", {"data": {"data": "0xdeadbeef"}}),
        ("VM Exception", {"data": "0xdeadbeef"}),
    ],
)
def test_nodes_put_revert_data_in_different_places(message: str, data: Any) -> None:
    caught = refused("chain.reverted", Conflict, lambda: error(3, message, **data).simulate(bytes(20), bytes(20), b""))
    assert caught.detail["selector"] == "0xdeadbeef"


def test_a_node_in_trouble_is_no_revert() -> None:
    refused("chain.node-error", Unavailable, lambda: error(-32603, "missing trie node").simulate(bytes(20), None, b""))
    refused("chain.node-error", Unavailable, error(-32603, "Internal error").head)


FOREIGN = {
    "requests": requests.ConnectionError("http://user:secret@host"),
    "timeout": requests.Timeout(),
    "os": OSError(),
    "value": ValueError("not JSON"),
    "web3": BadResponseFormat("bad"),
}


@pytest.mark.parametrize("raised", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_exceptions_stay_inside(raised: Exception) -> None:
    caught = refused("chain.unavailable", Unavailable, answering(raised).head)
    assert "secret" not in str(caught)


# Over HTTP


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes the connections that web3.py keeps open for the life of the process."""
    opened: list[requests.Session] = []
    make = requests.Session.__init__

    def remember(self: requests.Session) -> None:
        make(self)
        opened.append(self)

    monkeypatch.setattr(requests.Session, "__init__", remember)
    yield
    for each in opened:
        each.close()


@pytest.mark.usefixtures("session")
def test_the_same_over_http(embedded: EmbeddedChain) -> None:
    sender = Sender()
    with serving(node(EmbeddedProvider(embedded))) as url:
        chain = connect(url, BY_OURS, timeout=10)
        assert chain.chain_id() == CHAIN_ID
        assert chain.submit(sender.sign(None, creating(COUNTER)))
        counter = contract_address(sender.address, 0)
        tx_hash = chain.submit(sender.sign(counter, word(7)))
        outcome = chain.outcome(tx_hash)
        assert outcome is not None
        assert outcome.status
        (entry,) = chain.logs([counter], 0, 9)
        assert entry.topics == (word(7),)
        encoded = light_client(chain.block_evidence(2), 0, list(VALIDATORS.addresses))
        assert decode_receipt(encoded).logs[0].topics == (word(7),)
        refused("chain.reverted", Conflict, lambda: chain.simulate(sender.address, counter, b""))
        refused("chain.nonce-gap", Conflict, lambda: chain.submit(sender.sign(counter, nonce=9)))


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (503, b""), (200, b"<html>"), (200, b""), (200, b"\xff")])
def test_a_server_that_is_no_node(status: int, body: bytes) -> None:
    with serving(lambda _: (status, body)) as url:
        refused("chain.unavailable", Unavailable, connect(url, BY_OURS, timeout=10).head)


@pytest.mark.usefixtures("session")
def test_a_node_that_does_not_answer_in_time() -> None:
    def slow(_: bytes) -> tuple[int, bytes]:
        time.sleep(0.5)
        return 200, b"{}"

    with serving(slow) as url:
        refused("chain.unavailable", Unavailable, connect(url, BY_OURS, timeout=0.05).head)


@pytest.mark.usefixtures("session")
def test_a_node_that_is_not_there() -> None:
    with serving(lambda _: (200, b"{}")) as url:
        pass
    refused("chain.unavailable", Unavailable, connect(url, BY_OURS, timeout=1).head)


@pytest.mark.parametrize("url", ["", "localhost:8545", "ws://127.0.0.1:8546", "file:///etc/passwd"])
def test_an_address_that_is_none(url: str) -> None:
    refused("chain.bad-address", Misconfigured, lambda: connect(url, BY_OURS, timeout=1))


# The provider's own manners


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBlockByNumber", []),
        ("eth_getBlockByNumber", ["12", False]),
        ("eth_getBlockByNumber", [12, False]),
        ("eth_getBlockByNumber", ["0x1", False, 3]),
        ("eth_getTransactionCount", ["0x12", "latest"]),
        ("eth_getCode", [None, "latest"]),
        ("eth_call", [{"to": "0x1"}, "latest"]),
        ("eth_call", ["0x", "latest"]),
        ("eth_getLogs", [{"address": 5}]),
        ("eth_sendRawTransaction", ["c0"]),
        ("eth_getTransactionReceipt", ["0xzz"]),
        ("eth_getBalance", ["0x" + "00" * 20, {}]),
    ],
)
def test_a_request_with_wrong_arguments(embedded: EmbeddedChain, method: Any, params: list[Any]) -> None:
    assert told(EmbeddedProvider(embedded), method, *params)["error"]["code"] == -32602


def test_a_method_that_does_not_exist(embedded: EmbeddedChain) -> None:
    assert told(EmbeddedProvider(embedded), "eth_getProof")["error"]["code"] == -32601


def test_blocks_are_named_in_many_ways(embedded: EmbeddedChain) -> None:
    sender = Sender()
    embedded.submit(sender.sign(bytes(20)))
    provider = EmbeddedProvider(embedded)
    block_hash = "0x" + embedded.head().hash.hex()
    account = "0x" + sender.address.hex()
    counts = [
        told(provider, "eth_getTransactionCount", account, at)["result"]
        for at in ("latest", "pending", "safe", "finalized", "earliest", "0x0", "0x1", {"blockHash": block_hash})
    ]
    assert counts == ["0x1", "0x1", "0x1", "0x1", "0x0", "0x0", "0x1", "0x1"]
    assert told(provider, "eth_getTransactionCount", account, "0x9")["error"]["message"] == "header not found"
    assert told(provider, "eth_getBlockByHash", block_hash, False)["result"]["number"] == "0x1"
    assert told(provider, "eth_getBlockByNumber", "earliest", False)["result"]["number"] == "0x0"
    assert told(provider, "qbft_getValidatorsByBlockNumber", "latest")["result"] == [
        "0x" + address.hex() for address in VALIDATORS.addresses
    ]


def test_evidence_is_the_same_after_a_restart(tmp_path: Path) -> None:
    opened = new_chain(tmp_path)
    counters = emitting(opened, 1, 2)
    before = EvmChain(Web3(EmbeddedProvider(opened)), BY_OURS)
    earlier = ([before.block_evidence(number) for number in range(6)], list(before.logs(counters, 0, 9)))
    opened.close()
    opened = reopened(tmp_path)
    after = EvmChain(Web3(EmbeddedProvider(opened)), BY_OURS)
    assert ([after.block_evidence(number) for number in range(6)], list(after.logs(counters, 0, 9))) == earlier
    opened.close()
