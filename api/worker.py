"""The thread that anchors and publishes without being asked.

    every second or so, for each agency, under the agency's lock:
        anchor   when ``batch_size`` credentials are pending, or one has been since before the present slot,
                 or a batch that a crash or a chain in trouble left unfinished is there,
                 or an anchored correction has not taken its predecessor's place
        publish  once a slot what changed, never published lists with the first batch too,
                 all of them once a day: verifiers do not accept a status of any age;
                 every hour what the chain has another version of, or a former key signed;
                 all of it at the beginning of a slot, or when the service begins

A slot is ``batch_seconds`` of the clock on the wall, counted from 1970: what goes out at its beginning tells nobody
when in the slot before a certificate was issued or revoked.

Either step goes on when the other fails. One that fails is counted, logged by its code, and tried again after a pause
that doubles up to five minutes. What a step had prepared is taken up by the next try (``issuers.anchor``,
``issuers.publish_status``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

from adapters.bootstrap import Installation, now
from api.agency_locks import AgencyLocks
from api.metrics import Metrics
from ledger.errors import OnceledgerError
from ledger.records import AgencyRow, BatchRow, PublicationRow
from offices.issuing import anchor_pending, publish_lists

REFRESH_AFTER: Final = 86_400
"""Seconds after which an unchanged list is published again. A verifier's default policy accepts seven days."""

LONGEST_PAUSE: Final = 300
_CHECK_AFTER: Final = 3_600
_TICK: Final = 1.0
_LOG: Final = logging.getLogger("onceledger.worker")


@dataclass(slots=True)
class _Step:
    """How one step of an agency goes; ``not_before`` in Unix seconds. The first round settles what was left over."""

    not_before: int = 0
    failures: int = 0
    failing: str | None = None
    unsettled: bool = True


@dataclass(slots=True)
class _Standing:
    """What the worker remembers of an agency; ``slot`` is the last one whose changes are published."""

    anchoring: _Step = field(default_factory=_Step)
    publishing: _Step = field(default_factory=_Step)
    has_anchored: bool = False
    slot: int = -1
    refresh_checked_at: int = 0

    @property
    def failing(self) -> str | None:
        return self.anchoring.failing or self.publishing.failing


@dataclass(slots=True)
class Worker:
    """``run_once`` is one round; ``start`` and ``stop`` run rounds in a thread of its own."""

    inst: Installation
    locks: AgencyLocks
    metrics: Metrics
    on_published: Callable[[], None]
    clock: Callable[[], int] = now
    tick: float = _TICK
    _standings: dict[int, _Standing] = field(default_factory=dict)
    _ending: Event = field(default_factory=Event)
    _thread: Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is alive."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def failing(self) -> dict[int, str]:
        """Agency -> code of the failure that the worker is waiting out."""
        return {agency_id: one.failing for agency_id, one in list(self._standings.items()) if one.failing is not None}

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = Thread(target=self._run, name="onceledger-worker", daemon=False)
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way, and wait for that."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def run_once(self) -> None:
        """Look after every agency once. Never raises."""
        agencies: list[AgencyRow] = []
        due: set[int] = set()
        if self._attempt("look", lambda: self._look(agencies, due)) is None:
            for agency in agencies:
                if self._ending.is_set():
                    return
                standing = self._standings.setdefault(agency.agency_id, _Standing())
                self._look_after(agency, standing, is_due=agency.agency_id in due)
        self.metrics.round_ended()

    def _run(self) -> None:
        while not self._ending.is_set():
            self.run_once()
            self._ending.wait(self.tick)

    def _look(self, agencies: list[AgencyRow], due: set[int]) -> None:
        settings, moment = self.inst.settings, self.clock()
        agencies += self.inst.records.agencies()
        for agency_id, _, _, count, oldest in self.inst.records.pending_groups():
            if count >= settings.batch_size or self._slot(moment) > self._slot(oldest):
                due.add(agency_id)

    def _look_after(self, agency: AgencyRow, standing: _Standing, *, is_due: bool) -> None:
        self._do("anchor", standing.anchoring, lambda: self._anchor(agency, standing, is_due))
        self._do("publish", standing.publishing, lambda: self._publish(agency, standing))

    def _slot(self, moment: int) -> int:
        return moment // self.inst.settings.batch_seconds

    def _do(self, name: str, step: _Step, action: Callable[[], None]) -> None:
        if self.clock() < step.not_before:
            return
        step.failing = self._attempt(name, action)
        step.unsettled = step.failing is not None
        step.failures = step.failures + 1 if step.unsettled else 0
        step.not_before = self.clock() + min(2**step.failures, LONGEST_PAUSE) if step.unsettled else 0

    def _attempt(self, step: str, action: Callable[[], None]) -> str | None:
        """The code of what went wrong. Whatever it is, the thread goes on: a dead worker anchors nothing."""
        try:
            action()
        except OnceledgerError as error:
            code = error.code
        except Exception as error:
            # Its message may quote data, so only its kind is told.
            code = "internal.unexpected"
            _LOG.error("the step %s failed: %s", step, type(error).__name__)
        else:
            return None
        self.metrics.failed(step, code)
        _LOG.warning("the step %s failed: %s", step, code)
        return code

    def _anchor(self, agency: AgencyRow, standing: _Standing, is_due: bool) -> None:
        if is_due or (standing.anchoring.unsettled and self._has_unfinished(agency)):
            settled: list[BatchRow] = []
            try:
                with self.locks.held(agency.agency_id):
                    anchor_pending(self.inst, agency, on_settled=settled.append)
            finally:  # also what came to its end beside a batch that fails
                self.metrics.settled([batch.state for batch in settled])
            standing.has_anchored = True

    def _has_unfinished(self, agency: AgencyRow) -> bool:
        records = self.inst.records
        unfinished = (records.batches(agency.agency_id, state) for state in ("prepared", "submitted"))
        return any(unfinished) or bool(records.superseding(agency.agency_id))

    def _publish(self, agency: AgencyRow, standing: _Standing) -> None:
        moment = self.clock()
        is_new_slot = self._slot(moment) > standing.slot
        is_check = is_new_slot and moment - standing.refresh_checked_at >= _CHECK_AFTER
        if is_check or self._has_changes(agency, standing, moment):
            every_list = is_check and self._wants_refresh(agency, moment)
            published: list[PublicationRow] = []
            try:
                with self.locks.held(agency.agency_id):
                    publish_lists(self.inst, agency, every_list=every_list, on_published=published.append)
            finally:  # one list that fails keeps no other from being published
                if published:
                    self.metrics.published(len(published))
                    self.on_published()
                    if is_check:  # else each try for one that fails would refresh all the others again
                        standing.refresh_checked_at = moment
        if is_check:
            standing.refresh_checked_at = moment
        standing.slot, standing.has_anchored = self._slot(moment), False

    def _has_changes(self, agency: AgencyRow, standing: _Standing, moment: int) -> bool:
        publication = self.inst.records.publication
        due = self.inst.records.lists_to_publish(agency.agency_id)
        if due and self._slot(moment) > standing.slot:
            return True
        if standing.has_anchored and any(publication(list_id) is None for list_id in due):
            return True
        return standing.publishing.unsettled and any(
            newest is not None and newest.state != "published" for newest in map(publication, self._lists(agency))
        )

    def _wants_refresh(self, agency: AgencyRow, moment: int) -> bool:
        newest = [self.inst.records.publication(list_id) for list_id in self._lists(agency)]
        return any(one is not None and moment - (one.block_time or one.created_at) >= REFRESH_AFTER for one in newest)

    def _lists(self, agency: AgencyRow) -> list[int]:
        pairs = self.inst.records.status_lists(agency.agency_id)
        return [list_id for pair in pairs for list_id in (pair.list_id, pair.list_id + 1)]
