"""The embedded chain: a real EVM under QBFT headers, whole after every restart, kill and full disk."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rlp
from besu_blocks import BLOCKS, NETWORK, unhex
from embedded import (
    CHAIN_ID,
    NOON,
    VALIDATOR_KEYS,
    VALIDATORS,
    Clock,
    Sender,
    creating,
    new_chain,
    reopened,
    with_counter,
    word,
)
from eth_account import Account

from adapters import chain_store
from adapters.chain_genesis import parse_genesis
from adapters.embedded_chain import MAX_CLOCK_LAG, EmbeddedChain, sealed_header
from adapters.evm_execution import contract_address
from adapters.sealing_validators import SealingValidators
from ledger import qbft
from ledger.block_header import header_of_fields, parse_header
from ledger.errors import Conflict, Corrupt, MalformedInput, Misconfigured, OnceledgerError, Unavailable
from ledger.keccak import keccak256
from ledger.receipt_proof import EMPTY_ROOT, decode_receipt, receipts_root


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chain(tmp_path: Path, clock: Clock) -> Iterator[EmbeddedChain]:
    opened = new_chain(tmp_path / "chain", clock)
    yield opened
    opened.close()


def whole(chain: EmbeddedChain) -> int:
    """Checks every block of the chain as a light client would, and its state; returns the number of transactions."""
    head = chain.head()
    count, parent = 0, b""
    for number in range(head.number + 1):
        block = chain.block(number)
        assert block is not None
        header = parse_header(sealed_header(block))
        transactions = chain.transactions_of(number)
        if number:
            assert header.parent_hash == parent
            assert qbft.verify_seals(header, VALIDATORS.addresses).hash == block.hash
            assert header.receipts_root == receipts_root([each.receipt for each in transactions])
        count += len(transactions)
        parent = block.hash
    assert head.hash == parent
    return count


def refused(code: str, kind: type[OnceledgerError], do: Callable[[], Any]) -> OnceledgerError:
    with pytest.raises(kind) as caught:
        do()
    assert caught.value.code == code
    return caught.value


# Blocks


def test_blocks_are_sealed_as_besu_seals_them(chain: EmbeddedChain) -> None:
    proposers = []
    for number in range(1, 9):
        block = chain.mine_empty()
        header = parse_header(sealed_header(block))
        extra = qbft.decode_extra_data(header.extra_data)
        assert header.number == number
        assert (header.mix_hash, header.difficulty, header.base_fee) == (qbft.MIX_HASH, 1, 0)
        assert list(extra.validators) == sorted(VALIDATORS.addresses)
        assert (extra.vanity, extra.vote, extra.round) == (bytes(32), None, 0)
        assert len(extra.seals) == qbft.quorum(4)
        assert header.miner in qbft.recover_sealers(header)
        assert qbft.verify_seals(header, VALIDATORS.addresses).hash == block.hash == keccak256(block.header)
        proposers.append(header.miner)
    assert proposers == sorted(VALIDATORS.addresses) * 2


def test_an_empty_block(chain: EmbeddedChain) -> None:
    header = parse_header(chain.mine_empty().header)
    genesis = chain.block(0)
    assert genesis is not None
    assert header.receipts_root == header.transactions_root == EMPTY_ROOT
    assert header.state_root == parse_header(genesis.header).state_root
    assert header.gas_used == 0


def test_the_genesis_file_gives_the_genesis_block(tmp_path: Path, clock: Clock) -> None:
    chain = new_chain(tmp_path, clock)
    genesis = chain.block(0)
    chain.close()
    content = json.loads((tmp_path / "genesis.json").read_text())
    assert content["config"]["chainId"] == CHAIN_ID
    assert content["alloc"] == {}
    assert genesis is not None
    header = parse_header(genesis.header)
    assert header.extra_data.hex() == content["extraData"][2:]
    assert (header.number, header.time) == (0, NOON)
    assert qbft.block_hash(header) == genesis.hash


def test_the_genesis_of_a_besu_network_has_its_hash() -> None:

    told = {**NETWORK["genesis"], "alloc": {}, "baseFeePerGas": BLOCKS[0]["baseFeePerGas"]}
    told["config"] = {**told["config"], "zeroBaseFee": True}
    header = parse_genesis(json.dumps(told), Path()).header
    fields = list(header.fields)
    fields[3] = unhex(BLOCKS[0]["stateRoot"])  # theirs funds accounts
    assert qbft.block_hash(header_of_fields(fields)) == unhex(BLOCKS[0]["hash"])


def test_a_transaction_changes_state_and_leaves_its_event(chain: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(chain, sender)
    tx_hash = chain.submit(sender.sign(counter, word(77)))
    transaction = chain.transaction(tx_hash)
    assert transaction is not None
    assert (transaction.block, transaction.position, transaction.sender) == (2, 0, sender.address)
    assert chain.storage(counter, 0) == 1
    assert chain.nonce(sender.address) == 2
    (log,) = chain.logs_of(2)
    assert (log.address, log.topics, log.data) == (counter, (word(77),), word(1))
    receipt = decode_receipt(transaction.receipt)
    assert receipt.status
    assert receipt.cumulative_gas_used == transaction.gas_used
    assert [each.data for each in receipt.logs] == [word(1)]
    assert whole(chain) == 2


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({}, 0), ({"accessList": []}, 1), ({"maxFeePerGas": 0, "maxPriorityFeePerGas": 0}, 2)],
    ids=["legacy", "access list", "dynamic fee"],
)
def test_every_type_of_transaction_is_taken(chain: EmbeddedChain, changes: dict[str, Any], kind: int) -> None:
    transaction = chain.transaction(chain.submit(Sender().sign(bytes(20), b"x", **changes)))
    assert transaction is not None
    assert decode_receipt(transaction.receipt).kind == kind
    assert whole(chain) == 1


def test_a_reverted_transaction_is_in_a_block_without_effect(chain: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(chain, sender)
    transaction = chain.transaction(chain.submit(sender.sign(counter)))
    assert transaction is not None
    receipt = decode_receipt(transaction.receipt)
    assert (receipt.status, receipt.logs) == (False, ())
    assert chain.storage(counter, 0) == 0
    assert chain.nonce(sender.address) == 2
    assert whole(chain) == 2


def test_a_transaction_out_of_gas_is_in_a_block_without_effect(chain: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(chain, sender)
    transaction = chain.transaction(chain.submit(sender.sign(counter, word(1), gas=25_000)))
    assert transaction is not None
    assert (decode_receipt(transaction.receipt).status, transaction.gas_used) == (False, 25_000)
    assert chain.storage(counter, 0) == 0


def test_what_a_contract_sees_of_the_block(chain: EmbeddedChain, clock: Clock) -> None:
    """NUMBER, TIMESTAMP, COINBASE, BLOCKHASH of the parent, GASLIMIT, CHAINID, BASEFEE: of the next block to be."""
    code = "4360005242602052416040526001430340606052456080524660a0524860c05260e06000f3"
    chain.mine_empty()
    clock.now += 100
    output = chain.call(bytes(20), None, bytes.fromhex(code)).output
    words = [output[at : at + 32] for at in range(0, 224, 32)]
    assert words == [
        word(2),
        word(NOON + 100),
        VALIDATORS.proposer(2).rjust(32, b"\0"),
        chain.head().hash,
        word(30_000_000),
        word(CHAIN_ID),
        word(0),
    ]


def test_a_call_changes_nothing(chain: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(chain, sender)
    for _ in range(2):
        assert chain.call(sender.address, counter, word(5)).output == word(1)
    assert chain.storage(counter, 0) == 0
    assert chain.head().number == 1


def test_a_call_on_an_older_block(chain: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(chain, sender)
    for _ in range(3):
        chain.submit(sender.sign(counter, word(5)))
    assert [chain.storage(counter, 0, number) for number in (1, 2, 3, 4)] == [0, 1, 2, 3]
    assert chain.call(sender.address, counter, word(5), 2).output == word(2)
    assert chain.nonce(sender.address, 0) == 0
    assert chain.code(counter, 0) == b""


def test_an_estimate_is_enough_and_not_much_more(chain: EmbeddedChain) -> None:
    sender = Sender()
    counter = with_counter(chain, sender)
    gas, result = chain.estimate(sender.address, counter, word(5))
    assert not result.error
    transaction = chain.transaction(chain.submit(sender.sign(counter, word(5), gas=gas)))
    assert transaction is not None
    assert decode_receipt(transaction.receipt).status
    assert transaction.gas_used <= gas <= transaction.gas_used * 65 // 64


def test_an_estimate_covers_what_a_called_contract_needs(chain: EmbeddedChain) -> None:
    """A caller that keeps nothing back gives 63/64 of its gas on: what was used in all is not enough."""
    sender = Sender()
    counter = with_counter(chain, sender)
    forward = bytes.fromhex("60016000526000600060206000600073" + counter.hex() + "5af1602d57600080fd5b00")
    assert forward[0x2D] == 0x5B
    caller = contract_address(sender.address, sender.nonce)
    chain.submit(sender.sign(None, creating(forward)))
    gas, result = chain.estimate(sender.address, caller, b"")
    assert not result.error
    transaction = chain.transaction(chain.submit(sender.sign(caller, b"", gas=gas)))
    assert transaction is not None
    assert decode_receipt(transaction.receipt).status
    assert chain.storage(counter, 0) == 1


def test_calls_that_nest_too_deep_are_refused(chain: EmbeddedChain) -> None:
    """A contract that calls itself as long as there is gas; the interpreter must outlive it."""
    sender = Sender()
    address = contract_address(sender.address, sender.nonce)
    chain.submit(sender.sign(None, creating(bytes.fromhex("60006000600060006000305af100"))))
    assert chain.call(sender.address, address, b"").error == "calls nest too deep"
    raw = sender.sign(address, gas=30_000_000)
    refused("chain.refused", Conflict, lambda: chain.submit(raw))
    assert chain.head().number == 1


@pytest.mark.parametrize("module", ["embedded_chain", "embedded_provider", "evm", "evm_execution"])
def test_the_interpreters_recursion_limit_is_left_alone(module: str) -> None:
    """web3.py and py-evm raise it on import, and then a document nested deeply enough kills the process."""
    parse = f"import sys, json, adapters.{module}; print(sys.getrecursionlimit()); json.loads('[' * 100_000)"
    process = subprocess.run([sys.executable, "-c", parse], capture_output=True, text=True, check=False)
    assert process.stdout == "1000\n"
    assert "RecursionError" in process.stderr


# Time


def test_blocks_within_a_second_share_it(chain: EmbeddedChain, clock: Clock) -> None:
    times = [parse_header(chain.mine_empty().header).time for _ in range(3)]
    clock.now += 1
    times.append(parse_header(chain.mine_empty().header).time)
    assert times == [NOON, NOON, NOON, NOON + 1]


def test_time_never_goes_back(chain: EmbeddedChain, clock: Clock) -> None:
    clock.now = NOON + 60
    chain.mine_empty()
    clock.now -= MAX_CLOCK_LAG
    assert parse_header(chain.mine_empty().header).time == NOON + 60


def test_a_clock_set_far_back_stops_the_chain(chain: EmbeddedChain, clock: Clock) -> None:
    clock.now = NOON + 60
    head = chain.mine_empty()
    clock.now -= MAX_CLOCK_LAG + 1
    refused("chain.clock-behind", Unavailable, chain.mine_empty)
    refused("chain.clock-behind", Unavailable, lambda: chain.submit(Sender().sign(bytes(20))))
    assert chain.head() == head
    clock.now += MAX_CLOCK_LAG + 1
    assert chain.mine_empty().number == head.number + 1


# Transactions that are refused


def test_the_same_transaction_again_is_the_same_transaction(chain: EmbeddedChain) -> None:
    raw = Sender().sign(bytes(20))
    assert chain.submit(raw) == chain.submit(raw) == keccak256(raw)
    assert chain.head().number == 1


def test_a_nonce_used_before(chain: EmbeddedChain) -> None:
    sender = Sender()
    chain.submit(sender.sign(bytes(20)))
    error = refused("chain.nonce-too-low", Conflict, lambda: chain.submit(sender.sign(bytes(20), b"other", nonce=0)))
    assert error.detail["expected"] == 1


def test_a_nonce_too_high(chain: EmbeddedChain) -> None:
    error = refused("chain.nonce-gap", Conflict, lambda: chain.submit(Sender().sign(bytes(20), nonce=1)))
    assert error.detail["expected"] == 0


def test_a_transaction_for_another_chain(chain: EmbeddedChain) -> None:
    refused("chain.other-chain", MalformedInput, lambda: chain.submit(Sender().sign(bytes(20), chainId=CHAIN_ID + 1)))


def test_too_little_gas_to_begin_with(chain: EmbeddedChain) -> None:
    refused("chain.intrinsic-gas", MalformedInput, lambda: chain.submit(Sender().sign(bytes(20), b"data", gas=21_000)))
    raw = Sender().sign(bytes(20), b"data", gas=21_000, maxFeePerGas=0, maxPriorityFeePerGas=0)
    refused("chain.intrinsic-gas", MalformedInput, lambda: chain.submit(raw))


def test_more_gas_than_a_block_holds(chain: EmbeddedChain) -> None:
    refused("chain.gas-limit", MalformedInput, lambda: chain.submit(Sender().sign(bytes(20), gas=30_000_001)))


@pytest.mark.parametrize("changes", [{"gasPrice": 1}, {"value": 1}, {"maxFeePerGas": 9, "maxPriorityFeePerGas": 9}])
def test_nobody_has_funds(chain: EmbeddedChain, changes: dict[str, Any]) -> None:
    refused("chain.no-funds", Conflict, lambda: chain.submit(Sender().sign(bytes(20), **changes)))


GOOD = Sender().sign(bytes(20), nonce=0)
MALFORMED = {
    "nothing": b"",
    "one byte": b"\x02",
    "noise": bytes(range(256)),
    "cut short": GOOD[:-1],
    "something behind": GOOD + b"\x00",
    "a changed length": bytes([GOOD[0], GOOD[1] ^ 1]) + GOOD[2:],
    "an unknown type": b"\x03" + GOOD,
    "a type above all": b"\x7f" + GOOD,
    "a list of nothing": b"\xc0",
    "lists without end": b"\xc1" * 2000 + b"\xc0",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_bytes_that_are_no_transaction(chain: EmbeddedChain, raw: bytes) -> None:
    refused("chain.transaction-malformed", MalformedInput, lambda: chain.submit(raw))
    assert chain.head().number == 0


def test_a_transaction_without_replay_protection(chain: EmbeddedChain) -> None:
    fields = {"nonce": 0, "gasPrice": 0, "gas": 21_000, "to": bytes(20), "value": 0, "data": b""}
    raw = bytes(Account.from_key(b"\x01" * 32).sign_transaction(fields).raw_transaction)
    refused("chain.other-chain", MalformedInput, lambda: chain.submit(raw))


def test_a_signature_of_another_curve_half_is_refused(chain: EmbeddedChain) -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    *fields, v, r, s = rlp.decode(GOOD)
    flipped = CHAIN_ID * 2 + 35 + (1 - (int.from_bytes(v, "big") - CHAIN_ID * 2 - 35))
    raw = rlp.encode([*fields, flipped, r, order - int.from_bytes(s, "big")])
    refused("chain.refused", Conflict, lambda: chain.submit(raw))


def test_a_refused_transaction_leaves_no_trace(chain: EmbeddedChain) -> None:
    sender = Sender()
    with_counter(chain, sender)
    before = chain.head()
    refused("chain.no-funds", Conflict, lambda: chain.submit(sender.sign(bytes(20), value=1, nonce=1)))
    assert chain.head() == before
    assert chain.nonce(sender.address) == 1


# Restart, kill, damage


def test_a_restart_keeps_head_and_state(tmp_path: Path) -> None:
    chain, sender = new_chain(tmp_path), Sender()
    counter = with_counter(chain, sender)
    hashes = [chain.submit(sender.sign(counter, word(number))) for number in range(5)]
    head = chain.head()
    chain.close()
    chain = reopened(tmp_path)
    assert chain.head() == head
    assert chain.storage(counter, 0) == 5
    assert chain.nonce(sender.address) == 6
    assert all(chain.transaction(tx_hash) for tx_hash in hashes)
    chain.submit(sender.sign(counter, word(9)))
    assert chain.storage(counter, 0) == 6
    assert whole(chain) == 7
    chain.close()


def test_a_closed_chain_says_so(tmp_path: Path) -> None:
    chain = new_chain(tmp_path)
    chain.close()
    chain.close()
    refused("chain.closed", Unavailable, chain.mine_empty)


def forked() -> int:
    """``os.fork``. Later Pythons warn when threads of other tests are alive; the child here uses nothing of theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def killed(
    folder: Path, counter: bytes, nonce: int, die: Callable[[EmbeddedChain], None] | None, wait: float
) -> list[bytes]:
    """Runs a child that submits until it dies; returns the hashes that it acknowledged."""
    reading, writing = os.pipe()
    child = forked()
    if child == 0:
        try:
            os.close(reading)
            chain, sender = reopened(folder), Sender(nonce=nonce)
            if die is not None:
                die(chain)
            while True:
                os.write(writing, chain.submit(sender.sign(counter, word(sender.nonce))))
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as acknowledged:
        if die is None:
            first = acknowledged.read(32)
            threading.Event().wait(wait)
            os.kill(child, signal.SIGKILL)
            told = first + acknowledged.read()
        else:
            told = acknowledged.read()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return [told[at : at + 32] for at in range(0, len(told), 32)]


def test_a_chain_killed_at_any_moment_is_whole(tmp_path: Path) -> None:
    moments = random.Random(20260)
    chain, sender = new_chain(tmp_path), Sender()
    counter = with_counter(chain, sender)
    chain.close()
    count = 0
    for _ in range(8):
        acknowledged = killed(tmp_path, counter, 1 + count, None, moments.uniform(0.0, 0.06))
        chain = reopened(tmp_path)
        assert acknowledged
        assert all(chain.transaction(tx_hash) is not None for tx_hash in acknowledged)
        # At most the one transaction in flight is there without having been acknowledged.
        done = chain.storage(counter, 0)
        assert 0 <= done - count - len(acknowledged) <= 1
        count = done
        assert whole(chain) == 1 + count
        assert chain.nonce(sender.address) == 1 + count
        assert chain.logs_of(chain.head().number)[0].data == word(count)
        chain.close()


STATEMENTS = (
    "BEGIN",
    "INSERT OR IGNORE INTO nodes",
    "INSERT INTO blocks",
    "INSERT INTO transactions",
    "INSERT INTO logs",
    "COMMIT",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_chain_killed_before_a_statement_has_nothing_of_the_block(tmp_path: Path, statement: str) -> None:
    chain, sender = new_chain(tmp_path), Sender()
    counter = with_counter(chain, sender)
    head = chain.head()
    chain.close()

    def die(opened: EmbeddedChain) -> None:
        def at(running: str) -> None:
            if running.startswith(statement):
                os.kill(os.getpid(), signal.SIGKILL)

        opened._store._database.set_trace_callback(at)

    assert killed(tmp_path, counter, 1, die, 0) == []
    chain = reopened(tmp_path)
    assert chain.head() == head
    assert whole(chain) == 1
    chain.submit(Sender(nonce=1).sign(counter, word(1)))
    assert chain.storage(counter, 0) == 1
    chain.close()


def test_a_creation_that_was_interrupted_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("adapters.embedded_chain.write_genesis", stop)
        with pytest.raises(KeyboardInterrupt):
            new_chain(tmp_path)
    assert not EmbeddedChain.exists(tmp_path)
    refused("chain.no-genesis", Misconfigured, lambda: reopened(tmp_path))
    chain = new_chain(tmp_path, Clock(NOON + 5))
    assert EmbeddedChain.exists(tmp_path)
    assert parse_header(chain.head().header).time == NOON + 5
    chain.close()
    reopened(tmp_path).close()


def test_a_chain_is_created_once(tmp_path: Path) -> None:
    new_chain(tmp_path).close()
    text = (tmp_path / "genesis.json").read_text()
    refused("chain.exists", Conflict, lambda: new_chain(tmp_path, Clock(NOON + 5)))
    assert (tmp_path / "genesis.json").read_text() == text


def test_a_chain_whose_genesis_file_is_lost_is_not_created_over(tmp_path: Path) -> None:
    chain = new_chain(tmp_path)
    chain.mine_empty()
    chain.close()
    (tmp_path / "genesis.json").unlink()
    refused("chain.exists", Conflict, lambda: new_chain(tmp_path))


def test_a_chain_whose_blocks_are_lost_does_not_begin_anew(tmp_path: Path) -> None:
    new_chain(tmp_path).close()
    (tmp_path / "chain.sqlite").unlink()
    refused("chain.store-damaged", Corrupt, lambda: reopened(tmp_path))


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    chain, sender = new_chain(tmp_path), Sender()
    counter = with_counter(chain, sender)
    pages = chain._store._database.execute("PRAGMA page_count").fetchone()[0]
    chain._store._database.execute(f"PRAGMA max_page_count = {pages}")
    acknowledged: list[bytes] = []

    def fill() -> None:
        for number in range(100):
            acknowledged.append(chain.submit(sender.sign(counter, word(number))))

    refused("chain.disk-full", Unavailable, fill)
    head = chain.head()
    assert chain.storage(counter, 0) == len(acknowledged)
    assert whole(chain) == 1 + len(acknowledged)
    chain.close()

    chain = reopened(tmp_path)
    assert chain.head() == head
    raw = sender.sign(counter, word(1), nonce=1 + len(acknowledged))
    chain.submit(raw)
    assert chain.storage(counter, 0) == len(acknowledged) + 1
    chain.close()


def test_a_full_disk_stops_a_creation_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_store, "_SCHEMA", "PRAGMA max_page_count = 3;" + chain_store._SCHEMA)
    refused("chain.disk-full", Unavailable, lambda: new_chain(tmp_path))
    monkeypatch.undo()
    new_chain(tmp_path).close()


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    chain = new_chain(tmp_path)
    chain._store._database.execute("PRAGMA query_only = ON")
    refused("chain.not-writable", Misconfigured, chain.mine_empty)
    assert chain.head().number == 0
    chain.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused("chain.not-writable", Misconfigured, lambda: new_chain(tmp_path / "file" / "chain"))


@pytest.mark.parametrize("size", [100, 4096, 9000])
def test_a_damaged_file(tmp_path: Path, size: int) -> None:
    new_chain(tmp_path).close()
    path = tmp_path / "chain.sqlite"
    path.write_bytes(b"\xff" * size + path.read_bytes()[size:])
    refused("chain.store-damaged", Corrupt, lambda: reopened(tmp_path))


def test_a_node_missing_from_the_state(tmp_path: Path) -> None:
    chain, sender = new_chain(tmp_path), Sender()
    counter = with_counter(chain, sender)
    chain.close()
    with sqlite3.connect(tmp_path / "chain.sqlite") as database:
        database.execute("DELETE FROM nodes")
    database.close()
    chain = reopened(tmp_path)
    refused("chain.store-damaged", Corrupt, lambda: chain.nonce(sender.address))
    refused("chain.store-damaged", Corrupt, lambda: chain.call(sender.address, counter, b""))
    refused("chain.store-damaged", Corrupt, lambda: chain.submit(sender.sign(counter, word(1))))
    chain.close()


def test_a_chain_of_a_newer_version(tmp_path: Path) -> None:
    new_chain(tmp_path).close()
    with sqlite3.connect(tmp_path / "chain.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    refused("chain.newer-version", Misconfigured, lambda: reopened(tmp_path))


def test_blocks_of_another_genesis_file(tmp_path: Path) -> None:
    for name, start in (("one", NOON), ("two", NOON + 1)):
        new_chain(tmp_path / name, Clock(start)).close()
    (tmp_path / "one" / "genesis.json").write_bytes((tmp_path / "two" / "genesis.json").read_bytes())
    refused("chain.other-genesis", Corrupt, lambda: reopened(tmp_path / "one"))


def test_keys_of_other_validators(tmp_path: Path) -> None:
    new_chain(tmp_path).close()
    others = SealingValidators([bytes([0x20 + number]) * 32 for number in range(4)])
    refused(
        "chain.other-validators",
        Misconfigured,
        lambda: EmbeddedChain.open(tmp_path, validators=others, clock=Clock()),
    )


GENESIS_FILES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "not JSON": lambda _: "{",
    "an array": lambda _: "[]",
    "a string": lambda _: '"x"',
    "nested without end": lambda _: "[" * 100_000,
    "funded accounts": lambda told: {**told, "alloc": {"00" * 20: {"balance": "1"}}},
    "gas that costs": lambda told: {**told, "config": {**told["config"], "zeroBaseFee": False}},
    "no chain id": lambda told: {**told, "config": {"zeroBaseFee": True}},
    "a chain id of text": lambda told: {**told, "config": {**told["config"], "chainId": "1"}},
    "chain id 0": lambda told: {**told, "config": {**told["config"], "chainId": 0}},
    "a chain id beyond all": lambda told: {**told, "config": {**told["config"], "chainId": 2**64}},
    "no validators": lambda told: {**told, "extraData": "0x"},
    "a negative time": lambda told: {**told, "timestamp": "-0x1"},
    "a time of 9 bytes": lambda told: {**told, "timestamp": hex(2**64)},
    "a nonce of 9 bytes": lambda told: {**told, "nonce": hex(2**64)},
    "a number for text": lambda told: {**told, "gasLimit": 30_000_000},
    "a mixHash of 31 bytes": lambda told: {**told, "mixHash": "0x" + "00" * 31},
}


@pytest.mark.parametrize("change", GENESIS_FILES.values(), ids=GENESIS_FILES.keys())
def test_a_malformed_genesis_file(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    new_chain(tmp_path).close()
    path = tmp_path / "genesis.json"
    changed = change(json.loads(path.read_text()))
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    refused("chain.genesis-malformed", Misconfigured, lambda: reopened(tmp_path))


def test_a_genesis_file_that_is_not_text(tmp_path: Path) -> None:
    new_chain(tmp_path).close()
    for content in (b"\xff\xfe\x00", b" " * (2 * 1024 * 1024)):
        (tmp_path / "genesis.json").write_bytes(content)
        refused("chain.genesis-malformed", Misconfigured, lambda: reopened(tmp_path))


def test_a_folder_without_a_chain(tmp_path: Path) -> None:
    refused("chain.no-genesis", Misconfigured, lambda: reopened(tmp_path))
    assert list(tmp_path.iterdir()) == []


# One owner


def test_a_second_process_is_told_who_owns_the_chain(chain: EmbeddedChain, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    child = forked()
    if child == 0:
        try:
            reopened(tmp_path / "chain")
        except Unavailable as error:
            os.write(writing, f"{error.code} {error.cause} {error.cure}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        message = told.read()
    os.waitpid(child, 0)
    assert message.startswith("chain.owned")
    assert f"process {os.getpid()}." in message
    assert "Stop that process" in message
    assert chain.mine_empty().number == 1


def test_one_process_does_not_open_a_chain_twice(chain: EmbeddedChain, tmp_path: Path) -> None:
    error = refused("chain.owned", Unavailable, lambda: reopened(tmp_path / "chain"))
    assert error.detail["pid"] == str(os.getpid())
    chain.close()
    reopened(tmp_path / "chain").close()


def test_a_forked_child_does_not_keep_the_chain_owned(tmp_path: Path) -> None:
    chain = new_chain(tmp_path)
    reading, writing = os.pipe()
    child = forked()
    if child == 0:
        os.write(writing, b"started")
        threading.Event().wait(60)
        os._exit(1)
    os.read(reading, 7)
    chain.close()
    reopened(tmp_path).close()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)


def test_threads_take_turns(chain: EmbeddedChain) -> None:
    counter = with_counter(chain, Sender())
    failures: list[BaseException] = []

    def work(number: int) -> None:
        sender = Sender(number)
        try:
            for _ in range(5):
                chain.submit(sender.sign(counter, word(number)))
                chain.call(sender.address, counter, word(number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert chain.storage(counter, 0) == 20
    assert whole(chain) == 21


# Keys

KEY_SETS = {
    "none": [],
    "one twice": [VALIDATOR_KEYS[0], VALIDATOR_KEYS[0]],
    "zero": [bytes(32)],
    "beyond the order": [b"\xff" * 32],
    "too long": [b"\x01" * 33],
}


@pytest.mark.parametrize("keys", KEY_SETS.values(), ids=KEY_SETS.keys())
def test_keys_that_are_none(keys: list[bytes]) -> None:
    refused("chain.validator-keys", Misconfigured, lambda: SealingValidators(keys))


def test_the_order_of_the_keys_does_not_matter() -> None:
    turned = SealingValidators(VALIDATOR_KEYS[::-1])
    assert turned.addresses == VALIDATORS.addresses
    assert turned.seal(5, b"\x07" * 32) == VALIDATORS.seal(5, b"\x07" * 32)
