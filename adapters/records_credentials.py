"""Credentials, found and counted, and the corrections among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, literal_column, select, update

from adapters.records_database import CHUNK, Part
from adapters.schema import credentials, imports, issue_runs, issued, state_counts
from adapters.schema_conventions import STATES, in_state
from ledger.credential_states import State
from ledger.errors import NotFound
from ledger.records import CredentialRow

_COLUMNS: Final = (
    *(credentials.c.pk, credentials.c.agency_id, credentials.c.type_id, credentials.c.business_number),
    *(credentials.c.version, credentials.c.state, credentials.c.valid_from, credentials.c.valid_until),
    *(issued.c.uuid, issued.c.leaf, credentials.c.key_id, issued.c.list_id, issued.c.status_index),
    *(issued.c.cid, issued.c.wrapped_key, credentials.c.batch_id, credentials.c.leaf_index),
    *(credentials.c.supersedes, credentials.c.superseded_by, credentials.c.import_id, credentials.c.source_row),
    *(imports.c.clerk, imports.c.reviewer, credentials.c.issued_at),
)
"""The fields of ``CredentialRow`` in their order."""

_NOTED_WITHIN: Final = 600
"""Seconds from the signing of a run to its commit, which waits for the store and for other writers."""

_BACKWARDS: Final = 60
"""Seconds by which a clock may have been set back in between."""

_STATE: Final = list(CredentialRow.__dataclass_fields__).index("state")


def credential_rows() -> Select[*tuple[Any, ...]]:
    """A selection of whole credentials, for ``credential_row``."""
    joined = credentials.join(imports).outerjoin(issued, issued.c.credential_pk == credentials.c.pk)
    return select(*_COLUMNS).select_from(joined)


def credential_row(row: Any) -> CredentialRow:
    """One credential out of ``credential_rows``."""
    values = list(row)
    values[_STATE] = STATES[values[_STATE]]
    return CredentialRow(*values)


class SqlCredentialRecords(Part):
    """``ledger.records_port.CredentialRecords``."""

    def credential(self, agency_id: int, credential_pk: int) -> CredentialRow:
        """See the port."""
        chosen = credential_rows().where(credentials.c.pk == credential_pk, credentials.c.agency_id == agency_id)
        with self._database.reading() as connection:
            row = connection.execute(chosen).first()
        if row is None:
            raise unknown_credential()
        return credential_row(row)

    def by_number(self, agency_id: int, type_id: int, business_number: str) -> list[CredentialRow]:
        """See the port."""
        return self.by_numbers(agency_id, type_id, [business_number]).get(business_number, [])

    def by_numbers(
        self, agency_id: int, type_id: int, business_numbers: Sequence[str]
    ) -> dict[str, list[CredentialRow]]:
        """See the port."""
        chosen = (
            credential_rows()
            .where(
                credentials.c.agency_id == agency_id,
                credentials.c.type_id == type_id,
                credentials.c.business_number.in_(bindparam("numbers", expanding=True)),
            )
            .order_by(credentials.c.business_number, credentials.c.version)
        )
        found: dict[str, list[CredentialRow]] = {}
        numbers = list(dict.fromkeys(business_numbers))
        with self._database.reading() as connection:
            for start in range(0, len(numbers), CHUNK):
                part = {"numbers": numbers[start : start + CHUNK]}
                for row in map(credential_row, self._database.fetch(connection, chosen, part)):
                    found.setdefault(row.business_number, []).append(row)
        return found

    def by_status_entry(self, agency_id: int, list_id: int, index: int, issued_at: int) -> CredentialRow | None:
        """See the port."""
        runs = (
            select(issue_runs.c.first_pk, issue_runs.c.last_pk)
            .where(
                issue_runs.c.list_id == list_id,
                issue_runs.c.issued_at.between(issued_at - _BACKWARDS, issued_at + _NOTED_WITHIN),
            )
            .order_by(issue_runs.c.issued_at)
        )
        # One run lies together in the order of its keys: going through it beats an index that every credential pays.
        chosen = select(issued.c.credential_pk).where(
            issued.c.credential_pk.between(bindparam("first"), bindparam("last")),
            issued.c.list_id == list_id,
            issued.c.status_index == index,
            issued.c.agency_id == agency_id,
        )
        with self._database.reading() as connection:
            for first, last in connection.execute(runs).all():
                pk = connection.execute(chosen, {"first": first, "last": last}).scalar()
                if pk is not None:
                    return self.credential(agency_id, pk)
        return None

    def count(self, agency_id: int | None, type_id: int | None) -> dict[State, int]:
        """See the port."""
        chosen = select(state_counts.c.state, func.sum(state_counts.c.credentials)).group_by(state_counts.c.state)
        if agency_id is not None:
            chosen = chosen.where(state_counts.c.agency_id == agency_id)
        if type_id is not None:
            chosen = chosen.where(state_counts.c.type_id == type_id)
        with self._database.reading() as connection:
            return {STATES[code]: int(count) for code, count in connection.execute(chosen) if count}

    def superseding(self, agency_id: int) -> list[CredentialRow]:
        """See the port."""
        older = credentials.alias()
        in_force = (State.ANCHORED, State.HELD)
        chosen = (
            credential_rows()
            .join(older, older.c.pk == credentials.c.supersedes)
            .where(
                credentials.c.agency_id == agency_id,
                # Spelled out for the index over open corrections: see ``in_state``.
                credentials.c.correction_open == literal_column("1"),
                in_state(credentials, *in_force),
                in_state(older, *in_force),
            )
            .order_by(credentials.c.supersedes)
        )
        with self._database.reading() as connection:
            return [credential_row(row) for row in connection.execute(chosen).all()]

    def link_superseded(self, agency_id: int, old_pk: int, new_pk: int) -> None:
        """See the port."""
        mine = credentials.c.agency_id == agency_id
        with self._database.writing() as connection:
            if connection.execute(select(credentials.c.pk).where(mine, credentials.c.pk == new_pk)).first() is None:
                raise unknown_credential()
            linked = update(credentials).where(mine, credentials.c.pk == old_pk).values(superseded_by=new_pk)
            if not connection.execute(linked).rowcount:
                raise unknown_credential()


def unknown_credential() -> NotFound:
    """The error of a credential that the agency does not have."""
    return NotFound("credential.unknown", "The agency has no such credential.", "Check number, agency and type.")
