"""The worker: anchors by time and size, publishes, survives whatever goes wrong, and stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from api_client import NUMBERS, TYPE, Client, opened, register_of, serving

from adapters.bootstrap import Installation, now
from api.agency_locks import AgencyLocks
from api.metrics import Metrics
from api.tokens import Role
from api.worker import LONGEST_PAUSE, REFRESH_AFTER, Worker
from ledger import registry_calls
from ledger.errors import Corrupt, Unavailable
from offices.issuing import anchor_pending


@dataclass
class Clock:
    """The real time, moved."""

    ahead: int = 0

    def __call__(self) -> int:
        return now() + self.ahead


@dataclass
class Bench:
    """A worker that is told when to work."""

    inst: Installation
    client: Client
    worker: Worker
    clock: Clock
    published: list[int]

    @property
    def slot(self) -> int:
        """Its length in seconds: so much later it is the next one for sure."""
        return self.inst.settings.batch_seconds

    def states(self) -> dict[str, int]:
        return {state.value: count for state, count in self.inst.records.count(1, None).items()}

    def figure(self, name: str) -> float:
        lines = self.worker.metrics.render().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def versions(self) -> list[int]:
        lists = [(1 << 32) + 1, (1 << 32) + 2]
        return [0 if row is None else row.version for row in map(self.inst.records.publication, lists)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    # A slot in whose first half it is now, so that none begins in the middle of a test.
    slot = next(length for length in range(3_000, 3_600) if now() % length < length // 2)
    with opened(tmp_path, batch_seconds=slot, batch_size=6) as inst, serving(inst) as client:
        clock, published = Clock(), [0]

        def count() -> None:
            published[0] += 1

        yield Bench(inst, client, Worker(inst, AgencyLocks(0.2), Metrics(inst), count, clock), clock, published)


def test_what_is_young_and_little_waits(bench: Bench) -> None:
    bench.client.issue()
    bench.worker.run_once()
    assert bench.states() == {"pending_anchor": 4}


def test_it_anchors_by_time_and_publishes_new_lists_with_it(bench: Bench) -> None:
    bench.client.issue()
    bench.clock.ahead = bench.slot
    bench.worker.run_once()
    assert bench.states() == {"anchored": 4}
    assert bench.versions() == [1, 1]
    assert bench.published == [1]
    assert bench.figure('onceledger_worker_batches_total{state="anchored"}') == 1
    bundle = bench.client.bundle(NUMBERS[0]).json()
    assert bench.client.post("/verify", json={"bundle": bundle}).json()["verified"]


def test_it_anchors_by_size(bench: Bench) -> None:
    bench.client.issue()
    bench.client.issue(register_of("WS-0001", "WS-0002"))
    bench.worker.run_once()
    assert bench.states() == {"anchored": 6}


def test_it_publishes_changes_at_intervals_and_everything_once_a_day(bench: Bench) -> None:
    bench.client.issue()
    bench.client.anchor()
    bench.worker.run_once()
    assert bench.versions() == [1, 1]

    def revoke(number: str) -> None:
        body = {"type": TYPE, "action": "revoke", "business_numbers": [number]}
        assert bench.client.post("/agencies/1/status-changes", Role.REVIEWER, json=body).status_code == 200

    revoke(NUMBERS[0])
    bench.worker.run_once()
    assert bench.versions() == [1, 1]
    bench.clock.ahead += bench.slot
    bench.worker.run_once()
    assert bench.versions() == [2, 1]
    revoke(NUMBERS[1])
    bench.worker.run_once()
    assert bench.versions() == [2, 1]
    bench.clock.ahead += bench.slot
    bench.worker.run_once()
    assert bench.versions() == [3, 1]
    bench.clock.ahead += REFRESH_AFTER
    bench.worker.run_once()
    assert bench.versions() == [4, 2]
    bench.worker.run_once()
    assert bench.versions() == [4, 2]


def test_what_goes_out_by_time_goes_out_at_the_beginning_of_a_slot(bench: Bench) -> None:
    """Else whoever reads the chain subtracts the waiting time and has the second of issuing."""
    left = bench.slot - now() % bench.slot
    bench.worker.run_once()
    bench.client.issue()
    bench.clock.ahead = left - 60
    bench.worker.run_once()
    assert bench.states() == {"pending_anchor": 4}
    assert bench.versions() == [0, 0]
    bench.clock.ahead = left
    bench.worker.run_once()
    assert bench.states() == {"anchored": 4}
    assert bench.versions() == [1, 1]


def test_lists_are_published_while_anchoring_fails(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.client.issue()
    bench.client.anchor()
    bench.worker.run_once()
    body = {"type": TYPE, "action": "revoke", "business_numbers": NUMBERS[:1]}
    assert bench.client.post("/agencies/1/status-changes", Role.REVIEWER, json=body).status_code == 200
    bench.client.issue(register_of("WS-0001", "WS-0002"))

    def broken(*_: Any, **__: Any) -> Any:
        raise Corrupt("anchor.event-missing", "The root counts as anchored, and its event cannot be found.")

    monkeypatch.setattr("api.worker.anchor_pending", broken)
    bench.clock.ahead += bench.slot
    bench.worker.run_once()
    assert bench.worker.failing == {1: "anchor.event-missing"}
    assert bench.versions() == [2, 1]


def test_a_chain_in_trouble_is_waited_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.client.issue()
    bench.clock.ahead = bench.slot
    down: list[Any] = [Unavailable("chain.unavailable", "The node does not answer.")]
    calls = []

    def refusing(*arguments: Any, **named: Any) -> Any:
        calls.append(bench.clock())
        if down:
            raise down[0]
        return anchor_pending(*arguments, **named)

    monkeypatch.setattr("api.worker.anchor_pending", refusing)
    bench.worker.run_once()
    assert bench.worker.failing == {1: "chain.unavailable"}
    bench.worker.run_once()
    assert len(calls) == 1
    for _ in range(12):
        bench.clock.ahead += LONGEST_PAUSE
        bench.worker.run_once()
    assert len(calls) == 13
    assert bench.figure('onceledger_worker_failures_total{code="chain.unavailable",step="anchor"}') == 13
    down[0] = RuntimeError("a mistake of ours")
    bench.clock.ahead += LONGEST_PAUSE
    bench.worker.run_once()
    assert bench.worker.failing == {1: "internal.unexpected"}
    down.clear()
    bench.clock.ahead += LONGEST_PAUSE
    bench.worker.run_once()
    assert bench.worker.failing == {}
    assert bench.states() == {"anchored": 4}


def test_records_in_trouble_do_not_end_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked() -> Any:
        raise Unavailable("records.locked", "Another process keeps the database locked.")

    monkeypatch.setattr(bench.inst.records, "pending_groups", locked)
    bench.worker.run_once()
    assert bench.figure('onceledger_worker_failures_total{code="records.locked",step="look"}') == 1


def test_it_takes_up_what_a_crash_left_prepared(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.client.issue()
    with monkeypatch.context() as broken:

        def crash(*_: Any) -> Any:
            raise Unavailable("chain.unavailable", "The node does not answer.")

        broken.setattr("adapters.transaction_sender.TransactionSender.send", crash)
        assert bench.client.post("/agencies/1/anchor", Role.OPERATOR).status_code == 503
    (prepared,) = bench.inst.records.batches(1)
    assert prepared.state == "prepared"
    bench.worker.run_once()
    assert [(batch.batch_id, batch.state) for batch in bench.inst.records.batches(1)] == [
        (prepared.batch_id, "anchored")
    ]
    assert bench.states() == {"anchored": 4}


def test_it_takes_up_a_publication_that_a_crash_left_prepared(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.client.issue()
    with monkeypatch.context() as broken:

        def crash(self: Any, purpose: str, to: bytes, data: bytes) -> Any:
            if purpose.startswith("publish:"):
                raise Unavailable("chain.unavailable", "The node does not answer.")
            return sending(self, purpose, to, data)

        from adapters.transaction_sender import TransactionSender

        sending = TransactionSender.send
        broken.setattr(TransactionSender, "send", crash)
        assert bench.client.post("/agencies/1/anchor", Role.OPERATOR).status_code == 503
    assert bench.states() == {"anchored": 4}
    bench.worker.run_once()
    newest = [bench.inst.records.publication((1 << 32) + number) for number in (1, 2)]
    assert [(one.version, one.state) for one in newest if one is not None] == [(1, "published")] * 2


def test_a_revocation_is_published_although_a_batch_cannot_be_anchored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.client.issue()
    bench.client.anchor()
    bench.client.issue(register_of("CO-0001"))
    body = {"type": TYPE, "action": "revoke", "business_numbers": [NUMBERS[0]]}
    assert bench.client.post("/agencies/1/status-changes", Role.REVIEWER, json=body).status_code == 200

    def crash(self: Any, purpose: str, to: bytes, data: bytes) -> Any:
        if purpose.startswith("anchor:"):
            raise Unavailable("chain.unavailable", "The node does not answer.")
        return sending(self, purpose, to, data)

    from adapters.transaction_sender import TransactionSender

    sending = TransactionSender.send
    monkeypatch.setattr(TransactionSender, "send", crash)
    assert bench.client.post("/agencies/1/anchor", Role.OPERATOR).status_code == 503
    newest = bench.inst.records.publication((1 << 32) + 1)
    assert newest is not None
    assert (newest.version, newest.state) == (2, "published")
    told = bench.client.post("/verify", json={"bundle": bench.client.bundle(NUMBERS[0]).json()}).json()
    assert told["code"] == "status.revoked"


def test_it_goes_on_behind_a_list_that_somebody_else_published(bench: Bench) -> None:
    bench.client.issue()
    bench.client.anchor()
    bench.worker.run_once()
    (agency, *_), list_id = bench.inst.records.agencies(), (1 << 32) + 1
    call = registry_calls.publish(list_id, 2, b"r" * 32, 16, b"d" * 32)
    bench.inst.sender(agency.sender, agency.agency_id).send("thief", bench.inst.contracts().status, call)
    bench.worker.run_once()
    assert bench.versions() == [1, 1]
    bench.clock.ahead += 3_600
    bench.worker.run_once()
    assert bench.versions() == [3, 1]
    assert bench.published == [1]


def test_it_waits_its_turn(bench: Bench) -> None:
    bench.client.issue()
    bench.clock.ahead = bench.slot
    with bench.worker.locks.held(1):
        bench.worker.run_once()
    assert bench.worker.failing == {1: "agency.busy"}
    assert bench.states() == {"pending_anchor": 4}
    bench.clock.ahead += 10
    bench.worker.run_once()
    assert bench.states() == {"anchored": 4}


def test_a_busy_agency_is_told_so_and_others_go_on() -> None:
    locks = AgencyLocks(0.01)
    with locks.held(1):
        with pytest.raises(Unavailable) as caught, locks.held(1):
            pass
        with locks.held(2):
            pass
    assert caught.value.code == "agency.busy"
    with locks.held(1):
        pass


def test_one_writer_at_a_time() -> None:
    locks, inside, most = AgencyLocks(5), [0], [0]

    def work() -> None:
        for _ in range(20):
            with locks.held(1):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_it_runs_in_its_thread_and_stops(bench: Bench) -> None:
    bench.client.issue()
    bench.clock.ahead = bench.slot
    bench.worker.tick = 0.01
    assert not bench.worker.running
    bench.worker.start()
    assert bench.worker.running
    deadline = time.monotonic() + 60
    while bench.states() != {"anchored": 4} and time.monotonic() < deadline:
        time.sleep(0.02)
    bench.worker.stop()
    assert not bench.worker.running
    assert bench.states() == {"anchored": 4}
    bench.worker.stop()
