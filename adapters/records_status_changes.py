"""What ``change_status`` does inside its transaction: states, list rows and counts move together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, literal_column, select, update

from adapters.records_credentials import unknown_credential
from adapters.records_database import CHUNK, Bulk, Database, insertion
from adapters.schema import credentials, drafts, issued, status_changes, status_lists
from adapters.schema_conventions import STATE_CODES, STATES
from adapters.state_counts import move_counts
from ledger.credential_states import FINAL, Action, State, after
from ledger.errors import Conflict
from ledger.records import StatusChange

Change = tuple[int, State, StatusChange | None]

_ACTIONS: Final = {
    State.REJECTED: Action.REJECT,
    State.HELD: Action.HOLD,
    State.ANCHORED: Action.RESUME,
    State.SUPERSEDED: Action.SUPERSEDE,
    State.REVOKED: Action.REVOKE,
    State.VOID: Action.VOID,
}
"""What leads to a state here; approving, issuing and anchoring need more than a state and have methods of their own."""

_MOVE: Final = Bulk(
    update(credentials)
    .where(credentials.c.pk == bindparam("credential"), credentials.c.state == bindparam("before"))
    .values(state=bindparam("after")),
    ("after", "credential", "before"),
)
_ADD: Final = insertion(
    status_changes,
    *("agency_id", "list_id", "list_index", "reason", "since", "until", "successor", "credential_pk", "actor"),
)
_END: Final = Bulk(
    update(status_changes)
    .where(
        status_changes.c.list_id == bindparam("list"),
        status_changes.c.list_index == bindparam("place"),
        status_changes.c.until.is_(None),
    )
    .values(until=bindparam("ended")),
    ("ended", "list", "place"),
)


class _Present(NamedTuple):
    type_id: int
    state: State
    list_id: int | None
    status_index: int | None


def note_changes(database: Database, connection: Connection, agency_id: int, changes: Sequence[Change]) -> None:
    """See ``ledger.records_port.StatusRecords.change_status``."""
    before = _present(connection, agency_id, {pk for pk, _, _ in changes})
    states = {pk: row.state for pk, row in before.items()}
    for pk, state, change in changes:
        states[pk] = _step(states[pk], state)
        if change is not None:
            _check_entry(pk, state, before[pk], change)
    moves = [(STATE_CODES[states[pk]], pk, STATE_CODES[row.state]) for pk, row in before.items()]
    if database.many(connection, _MOVE, moves) != len(moves):
        raise _overtaken()
    _refuse_survivors(connection, agency_id, states)
    _note_entries(database, connection, agency_id, [change for _, _, change in changes if change is not None])
    _close(connection, agency_id, states)
    differences: dict[int, Counter[State]] = {}
    for pk, row in before.items():
        of_type = differences.setdefault(row.type_id, Counter())
        of_type[row.state] -= 1
        of_type[states[pk]] += 1
    for type_id, difference in sorted(differences.items()):
        move_counts(connection, agency_id, type_id, difference)


def _present(connection: Connection, agency_id: int, pks: set[int]) -> dict[int, _Present]:
    found: dict[int, _Present] = {}
    columns = (credentials.c.pk, credentials.c.type_id, credentials.c.state, issued.c.list_id, issued.c.status_index)
    chosen = (
        select(*columns)
        .select_from(credentials.outerjoin(issued, issued.c.credential_pk == credentials.c.pk))
        .where(credentials.c.agency_id == agency_id, credentials.c.pk.in_(bindparam("pks", expanding=True)))
    ).with_for_update(of=credentials)
    for part in _chunks(pks):
        for pk, type_id, state, list_id, status_index in connection.execute(chosen, {"pks": part}).all():
            found[pk] = _Present(type_id, STATES[state], list_id, status_index)
    if found.keys() != pks:
        raise unknown_credential()
    return found


def _step(state: State, wanted: State) -> State:
    action = _ACTIONS.get(wanted)
    if action is None:
        raise Conflict(
            "credential.state",
            f"No change of status leads to {wanted.value}.",
            "Approve, issue or anchor instead.",
            state=state.value,
            action=wanted.value,
            possible=["look-again"],
        )
    return after(state, action)


def _check_entry(pk: int, state: State, row: _Present, change: StatusChange) -> None:
    # Another credential's index here would revoke a stranger.
    is_hold = state in (State.HELD, State.ANCHORED)
    own = row.list_id is not None and (change.list_id, change.index) == (row.list_id + is_hold, row.status_index)
    if change.credential_pk != pk or not own or (change.until is None) is (state is State.ANCHORED):
        raise Conflict(
            "status.other-entry",
            "A change names a list entry that is not the credential's own, or ends what it should begin.",
            "Read the credential again and take list and index from it.",
        )


def _note_entries(database: Database, connection: Connection, agency_id: int, changes: Sequence[StatusChange]) -> None:
    for ends, group in groupby(changes, key=lambda change: change.until is not None):
        if ends:
            closing = [(change.until, change.list_id, change.index) for change in group]
            if database.many(connection, _END, closing) != len(closing):
                raise _overtaken()
        else:
            adding = [
                (
                    *(agency_id, change.list_id, change.index, change.reason, change.since, None),
                    *(change.successor, change.credential_pk, change.actor),
                )
                for change in group
            ]
            database.many(connection, _ADD, adding)
    for list_id, count in sorted(Counter(change.list_id for change in changes).items()):
        of_pair = (
            update(status_lists)
            .where(status_lists.c.list_id == list_id)
            .values(revision=status_lists.c.revision + count)
        )
        if not connection.execute(of_pair).rowcount:
            connection.execute(
                update(status_lists)
                .where(status_lists.c.list_id == list_id - 1)
                .values(suspension_revision=status_lists.c.suspension_revision + count)
            )


def _refuse_survivors(connection: Connection, agency_id: int, states: dict[int, State]) -> None:
    """Nothing may be revoked or void while its correction lives on, which would bring it back: whoever ends the one
    ends the other, and one that came in meanwhile is found here."""
    chosen = select(credentials.c.state).where(
        credentials.c.agency_id == agency_id,
        credentials.c.supersedes.in_(bindparam("pks", expanding=True)),
        credentials.c.correction_open == literal_column("1"),
    )
    for part in _chunks({pk for pk, state in states.items() if state in (State.REVOKED, State.VOID)}):
        found = connection.execute(chosen, {"pks": part}).scalars()
        if any(STATES[state] not in FINAL for state in found):
            raise _overtaken()


def _close(connection: Connection, agency_id: int, states: dict[int, State]) -> None:
    """What came to its end needs no claims, and nothing waits any more for taking its place."""
    for part in _chunks({pk for pk, state in states.items() if state is State.REJECTED}):
        connection.execute(delete(drafts).where(drafts.c.credential_pk.in_(part)))
    for part in _chunks({pk for pk, state in states.items() if state in FINAL}):
        connection.execute(
            update(credentials)
            .where(
                credentials.c.agency_id == agency_id,
                credentials.c.supersedes.in_(part),
                credentials.c.correction_open == 1,
            )
            .values(correction_open=None)
        )


def _chunks(pks: Iterable[int]) -> list[list[int]]:
    ordered = sorted(pks)
    return [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]


def _overtaken() -> Conflict:
    return Conflict(
        "credential.state",
        "The status of a credential or its correction was changed by somebody else just now, or no open hold is there.",
        "Look at the credential again, and repeat what still applies.",
        state="changed",
        action="change",
        possible=["look-again"],
    )
