"""What the chain refused and cannot be anchored as it is: taken back to approved, to be issued anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from adapters.records_credentials import credential_row, credential_rows
from adapters.records_database import CHUNK, Part, insertion
from adapters.schema import credentials, drafts, issued
from adapters.schema_conventions import STATE_CODES, in_state
from adapters.state_counts import move_counts
from ledger.credential_states import Action, State
from ledger.errors import Conflict
from ledger.records import CredentialRow

_CLAIMS = insertion(drafts, "credential_pk", "agency_id", "claims")


class SqlRefusedRecords(Part):
    """The part of ``ledger.records_port.BatchRecords`` about refused credentials."""

    def refused_groups(self, agency_id: int) -> list[tuple[int, int]]:
        """See the port."""
        group = (credentials.c.type_id, credentials.c.key_id)
        chosen = select(*group).where(credentials.c.agency_id == agency_id, in_state(credentials, State.ANCHOR_REFUSED))
        with self._database.reading() as connection:
            return sorted({(type_id, key_id) for type_id, key_id in self._database.fetch(connection, chosen)})

    def refused(self, agency_id: int, type_id: int, key_id: int, limit: int) -> list[CredentialRow]:
        """See the port."""
        chosen = (
            credential_rows()
            .where(
                credentials.c.agency_id == agency_id,
                credentials.c.type_id == type_id,
                credentials.c.key_id == key_id,
                in_state(credentials, State.ANCHOR_REFUSED),
            )
            .order_by(credentials.c.pk)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [credential_row(row) for row in self._database.fetch(connection, chosen)]

    def reopen_refused(self, agency_id: int, claims: Sequence[tuple[int, bytes]]) -> None:
        """See the port."""
        with self._database.writing() as connection:
            for start in range(0, len(claims), CHUNK):
                part = claims[start : start + CHUNK]
                pks = [pk for pk, _ in part]
                for type_id, count in sorted(_types(connection, agency_id, pks).items()):
                    change = {State.ANCHOR_REFUSED: -count, State.APPROVED: count}
                    move_counts(connection, agency_id, type_id, change)
                connection.execute(delete(issued).where(issued.c.credential_pk.in_(pks)))
                connection.execute(
                    update(credentials)
                    .where(credentials.c.pk.in_(pks))
                    .values(state=STATE_CODES[State.APPROVED], key_id=None, issued_at=None)
                )
                self._database.many(connection, _CLAIMS, [(pk, agency_id, bytearray(text)) for pk, text in part])


def _types(connection: Connection, agency_id: int, pks: Sequence[int]) -> Counter[int]:
    """How many of each type; all of them must be refused."""
    chosen = (
        select(credentials.c.type_id)
        .where(
            credentials.c.pk.in_(bindparam("pks", expanding=True)),
            credentials.c.agency_id == agency_id,
            in_state(credentials, State.ANCHOR_REFUSED),
        )
        .with_for_update()
    )
    found = Counter(type_id for (type_id,) in connection.execute(chosen, {"pks": list(pks)}))
    if found.total() != len(pks):
        raise Conflict(
            "credential.state",
            "A credential that was to be issued anew is not refused any more.",
            "Run it again: it takes what is still refused.",
            state="changed",
            action=Action.REOPEN.value,
            possible=["look-again"],
        )
    return found
