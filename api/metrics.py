"""Figures for Prometheus: requests, the worker's doings, and for an agency's operator how many credentials stand where.

What an agency issues and revokes is not everybody's business, so its counts want its operator's token, as elsewhere;
and so do the figures of requests that write: who watched them would see the second of the reviewer's click, which
publishing by the clock hides. What the worker counts it did at that clock, and the chain shows it to everybody.
Labels are routes, states, steps and codes: never a number of a credential, and no address as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.bootstrap import Installation
from ledger.credential_states import State
from ledger.errors import OnceledgerError


class Metrics:
    """The figures of one application."""

    def __init__(self, inst: Installation) -> None:
        self._registry = CollectorRegistry()
        self._reading, self._writing = _Requests(), _Requests()
        self._anchored = Counter(
            "onceledger_worker_batches", "Batches settled by the worker.", ("state",), registry=self._registry
        )
        self._published = Counter(
            "onceledger_worker_publications", "Status lists published by the worker.", registry=self._registry
        )
        self._failures = Counter(
            "onceledger_worker_failures", "Failures of the worker.", ("step", "code"), registry=self._registry
        )
        self._rounds = Gauge(
            "onceledger_worker_last_round_timestamp_seconds", "End of the worker's last round.", registry=self._registry
        )
        ProcessCollector(registry=self._registry)
        self._inst = inst

    def request(self, route: str, method: str, status: int, seconds: float, *, writes: bool) -> None:
        """A request was answered."""
        (self._writing if writes else self._reading).answered(route, method, status, seconds)

    def settled(self, states: list[str]) -> None:
        """The worker settled batches that ended in these states."""
        for state in states:
            self._anchored.labels(state).inc()

    def published(self, count: int) -> None:
        """The worker published so many lists."""
        self._published.inc(count)

    def failed(self, step: str, code: str) -> None:
        """A step of the worker failed."""
        self._failures.labels(step, code).inc()

    def round_ended(self) -> None:
        """The worker went through all agencies."""
        self._rounds.set(time())

    def render(self, agency_id: int | None = None) -> bytes:
        """Text format 0.0.4: what anybody may know; with an agency's number what its operator may, which is its stocks
        and the requests that write."""
        shown = CollectorRegistry()
        shown.register(_Together(self._reading, *(() if agency_id is None else (self._writing,))))
        if agency_id is not None:
            shown.register(_Stocks(self._inst, agency_id))
        return generate_latest(shown) + generate_latest(self._registry)


class _Requests:
    """Figures of answered requests."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count = Counter(
            "onceledger_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "onceledger_http_request_seconds",
            "Time to answer, in seconds.",
            ("route", "method"),
            registry=self.registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One more."""
        self._count.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)


class _Together(Collector):
    """The same figures of several, each name once."""

    def __init__(self, *parts: _Requests) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """By name; no two parts have the same labels."""
        for metrics in zip(*(part.registry.collect() for part in self._parts), strict=True):
            metrics[0].samples = [sample for metric in metrics for sample in metric.samples]
            yield metrics[0]


class _Stocks(Collector):
    """Of one agency, counted when asked. When the records do not answer they are left out, and requests' figures still
    come."""

    def __init__(self, inst: Installation, agency_id: int) -> None:
        self._inst = inst
        self._agency_id = agency_id

    def describe(self) -> list[Metric]:
        """None beforehand: registering must not ask the records."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Credentials by state; the age of what waits for an anchor."""
        credentials = GaugeMetricFamily("onceledger_credentials", "Credentials by state.", labels=("agency", "state"))
        oldest = GaugeMetricFamily(
            "onceledger_pending_oldest_timestamp_seconds",
            "When the oldest credential without a batch was issued.",
            labels=("agency",),
        )
        try:
            counts = self._inst.records.count(self._agency_id, None)
            for state in State:
                credentials.add_metric((str(self._agency_id), state.value), counts.get(state, 0))
            pending = self._inst.records.pending_groups()
            issued = [issued_at for agency_id, _, _, _, issued_at in pending if agency_id == self._agency_id]
            if issued:
                oldest.add_metric((str(self._agency_id),), min(issued))
        except OnceledgerError:
            return
        yield credentials
        yield oldest
