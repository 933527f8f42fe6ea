"""Any order of steps: the records agree with a model that keeps a dictionary."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from records_cases import (
    AGENCY,
    KEY,
    KIND,
    LIST,
    NOW,
    batch,
    change,
    draft,
    header,
    issued,
    open_implementation,
    publication,
)

from ledger.credential_states import TRANSITIONS, Action, State
from ledger.errors import Conflict
from ledger.records import StatusListRow, revision

TARGETS = (State.REJECTED, State.HELD, State.ANCHORED, State.SUPERSEDED, State.REVOKED, State.VOID)
STEPS = {
    (before, after)
    for (before, action), after in TRANSITIONS.items()
    if action in (Action.REJECT, Action.HOLD, Action.RESUME, Action.SUPERSEDE, Action.REVOKE, Action.VOID)
}


class Life(RuleBasedStateMachine):
    """Credentials of one agency and type, brought to and fro."""

    implementation = "sqlite memory"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.records = open_implementation(self.implementation, Path(self.folder.name))
        self.states: dict[int, State] = {}
        self.batch_of: dict[int, int] = {}
        self.open_batches: list[int] = []
        self.rows = 0
        self.clock = NOW
        self.read: dict[int, int] = {}

    def teardown(self) -> None:
        for pk, state in self.states.items():
            row = self.records.credential(AGENCY, pk)
            assert (row.state, row.batch_id) == (state, self.batch_of.get(pk))
        self.records.close()
        self.folder.cleanup()

    @initialize()
    def start(self) -> None:
        self.records.add_status_list(StatusListRow(LIST, AGENCY, KIND, 131_072, b"s" * 32, 0))

    def among(self, *states: State) -> list[int]:
        return sorted(pk for pk, state in self.states.items() if state in states)

    def free(self) -> list[int]:
        return [pk for pk in self.among(State.PENDING_ANCHOR) if pk not in self.batch_of]

    @rule(count=st.integers(0, 6), approve=st.booleans())
    def bring(self, count: int, approve: bool) -> None:
        rows = range(self.rows, self.rows + count)
        import_id = self.records.add_import(header(), [[draft(row) for row in rows]])
        self.rows += count
        for row in rows:
            [found] = self.records.by_number(AGENCY, KIND, draft(row).business_number)
            self.states[found.credential_pk] = State.APPROVED if approve else State.DRAFT
        if approve:
            assert self.records.approve(AGENCY, import_id, "reviewer") == count

    @precondition(lambda self: self.among(State.APPROVED))
    @rule(data=st.data())
    def issue(self, data: Any) -> None:
        pks = data.draw(st.lists(st.sampled_from(self.among(State.APPROVED)), unique=True))
        self.records.record_issued(AGENCY, KEY, LIST, NOW, [issued(pk) for pk in pks])
        self.states.update(dict.fromkeys(pks, State.PENDING_ANCHOR))

    @precondition(lambda self: self.free())
    @rule(data=st.data())
    def form_batch(self, data: Any) -> None:
        pks = data.draw(st.lists(st.sampled_from(self.free()), unique=True, min_size=1))
        self.clock += 1
        row = batch(len(pks), root=self.clock.to_bytes(32, "big"))
        batch_id = self.records.prepare_batch(row, [(pk, place) for place, pk in enumerate(pks)])
        assert [member.credential_pk for member in self.records.in_batch(batch_id)] == pks
        self.batch_of.update(dict.fromkeys(pks, batch_id))
        self.open_batches.append(batch_id)

    @precondition(lambda self: self.open_batches)
    @rule(anchored=st.booleans())
    def settle_batch(self, anchored: bool) -> None:
        batch_id = self.open_batches.pop(0)
        if anchored:
            self.records.batch_anchored(self.records.batch(batch_id))
        else:
            self.records.batch_refused(batch_id, "NotAccredited")
        for pk in [pk for pk, of in self.batch_of.items() if of == batch_id]:
            if self.states[pk] is State.PENDING_ANCHOR:
                self.states[pk] = State.ANCHORED if anchored else State.ANCHOR_REFUSED
            if not anchored:
                del self.batch_of[pk]

    @rule()
    def retry(self) -> None:
        pks = self.among(State.ANCHOR_REFUSED)
        assert self.records.retry_refused(AGENCY, KIND) == len(pks)
        self.states.update(dict.fromkeys(pks, State.PENDING_ANCHOR))

    @precondition(lambda self: self.states)
    @rule(data=st.data(), wanted=st.sampled_from(TARGETS))
    def change_some(self, data: Any, wanted: State) -> None:
        pks = data.draw(st.lists(st.sampled_from(sorted(self.states)), unique=True, min_size=1, max_size=3))
        self.clock += 1
        changes = []
        for pk in pks:
            row = self.records.credential(AGENCY, pk)
            until = self.clock if wanted is State.ANCHORED else None
            entry = None if row.uuid is None else change(row, wanted, since=self.clock, until=until)
            changes.append((pk, wanted, entry))
        if all((self.states[pk], wanted) in STEPS for pk in pks):
            self.records.change_status(AGENCY, changes)
            self.states.update(dict.fromkeys(pks, wanted))
        else:
            with pytest.raises(Conflict):
                self.records.change_status(AGENCY, changes)

    @rule(list_id=st.sampled_from((LIST, LIST + 1)))
    def read_changes(self, list_id: int) -> None:
        self.read[list_id] = revision(self.records.status_changes(list_id))

    @precondition(lambda self: self.read)
    @rule()
    def publish_what_was_read(self) -> None:
        list_id, shown = self.read.popitem()
        newest = self.records.publication(list_id)
        row = publication(1 if newest is None else newest.version + 1, list_id=list_id)
        self.records.save_publication(replace(row, revision=shown))

    @invariant()
    def agrees(self) -> None:
        assert self.records.count(AGENCY, KIND) == Counter(self.states.values())
        assert [row.credential_pk for row in self.records.approved(AGENCY, KIND, 10**6)] == self.among(State.APPROVED)
        assert [pk for pk, _ in self.records.pending(AGENCY, KIND, KEY, 10**6)] == self.free()
        held = [row.credential_pk for row in self.records.status_changes(LIST + 1) if row.until is None]
        assert set(self.among(State.HELD)) <= set(held)

    @invariant()
    def lists_are_due_as_their_changes_say(self) -> None:
        due = self.records.lists_to_publish(AGENCY)
        for list_id in (LIST, LIST + 1):
            newest = self.records.publication(list_id)
            shown = -1 if newest is None else newest.revision or 0
            assert (list_id in due) == (shown < revision(self.records.status_changes(list_id)))


LifeInMemory = Life.TestCase
LifeInMemory.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
