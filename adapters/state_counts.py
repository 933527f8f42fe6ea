"""How many credentials are in which state, kept in step with them by everybody who moves one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, update

from adapters.schema import state_counts
from adapters.schema_conventions import STATE_CODES
from ledger.credential_states import State


def move_counts(connection: Connection, agency_id: int, type_id: int, changes: Mapping[State, int]) -> None:
    """Add ``changes`` to the counts of (agency, type), in the transaction that moves the credentials themselves."""
    # Always in the same order, so that two transactions cannot wait for each other.
    for state, difference in sorted(changes.items()):
        if difference:
            _add(connection, agency_id, type_id, state, difference)


def _add(connection: Connection, agency_id: int, type_id: int, state: State, difference: int) -> None:
    row = {"agency_id": agency_id, "type_id": type_id, "state": STATE_CODES[state]}
    changed = connection.execute(
        update(state_counts)
        .where(*(state_counts.c[name] == value for name, value in row.items()))
        .values(credentials=state_counts.c.credentials + difference)
    )
    if not changed.rowcount:
        connection.execute(insert(state_counts).values(**row, credentials=difference))
