"""Batches: from pending credentials to anchored ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any, Final, cast

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.records_credentials import credential_row, credential_rows
from adapters.records_database import CHUNK, Bulk, Part
from adapters.schema import batches, credentials, issued
from adapters.schema_conventions import STATE_CODES, in_state
from adapters.state_counts import move_counts
from ledger.credential_states import State
from ledger.errors import Conflict, NotFound
from ledger.records import BatchRow, CredentialRow

_PAGE: Final = 10_000
"""Rows of one read of a stream: no transaction stays open while the caller works."""

_FREE: Final = and_(in_state(credentials, State.PENDING_ANCHOR), credentials.c.batch_id.is_(None))

_TAKE: Final = Bulk(
    update(credentials)
    .where(
        credentials.c.pk == bindparam("member"),
        credentials.c.agency_id == bindparam("agency"),
        credentials.c.type_id == bindparam("type"),
        credentials.c.key_id == bindparam("key"),
        _FREE,
    )
    .values(batch_id=bindparam("batch"), leaf_index=bindparam("place")),
    ("batch", "place", "member", "agency", "type", "key"),
)


class SqlBatchRecords(Part):
    """``ledger.records_port.BatchRecords``."""

    def pending(self, agency_id: int, type_id: int, key_id: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """See the port."""
        chosen = (
            select(credentials.c.pk, issued.c.leaf)
            .join(issued, issued.c.credential_pk == credentials.c.pk)
            .where(
                credentials.c.agency_id == agency_id,
                credentials.c.type_id == type_id,
                credentials.c.key_id == key_id,
                credentials.c.pk > bindparam("last"),
                _FREE,
            )
            .order_by(credentials.c.pk)
            .limit(bindparam("page"))
        )
        last = 0
        while limit > 0:
            page = min(limit, _PAGE)
            with self._database.reading() as connection:
                rows = self._database.fetch(connection, chosen, {"last": last, "page": page})
            yield from cast(list[tuple[int, bytes]], rows)
            if len(rows) < page:
                return
            last, limit = rows[-1][0], limit - page

    def pending_groups(self) -> list[tuple[int, int, int, int, int]]:
        """See the port."""
        group = (credentials.c.agency_id, credentials.c.type_id, credentials.c.key_id)
        chosen = select(*group, func.count(), func.min(credentials.c.issued_at)).where(_FREE).group_by(*group)
        with self._database.reading() as connection:
            return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(chosen.order_by(*group))]

    def prepare_batch(self, batch: BatchRow, positions: Iterable[tuple[int, int]]) -> int:
        """See the port."""
        values = asdict(batch)
        del values["batch_id"]
        rest = iter(positions)
        given = 0
        with self._database.writing() as connection:
            try:
                made = connection.execute(insert(batches).values(values)).inserted_primary_key
            except IntegrityError:
                raise Conflict(
                    "batch.root-exists",
                    "The agency has a batch with this root already.",
                    "Look the batch up; it needs no second one.",
                ) from None
            assert made is not None
            batch_id = int(made[0])
            fixed = (batch.agency_id, batch.type_id, batch.key_id)
            while part := [(batch_id, place, pk, *fixed) for pk, place in islice(rest, CHUNK)]:
                given += len(part)
                self._database.many(connection, _TAKE, part)
            # Counted, not summed up from the driver: a member given twice, or taken by another, is missing here.
            members = select(func.count()).select_from(credentials).where(credentials.c.batch_id == batch_id)
            if connection.execute(members).scalar_one() != given:
                raise Conflict(
                    "batch.member-taken",
                    "A credential of the batch is not pending any more, or lies in another batch.",
                    "Run anchor again: it forms a batch of those that are still pending.",
                )
        return batch_id

    def batch(self, batch_id: int) -> BatchRow:
        """See the port."""
        with self._database.reading() as connection:
            row = connection.execute(select(batches).where(batches.c.batch_id == batch_id)).first()
        if row is None:
            raise _no_batch()
        return BatchRow(*row)

    def batches(self, agency_id: int | None, state: str | None = None) -> list[BatchRow]:
        """See the port."""
        chosen = select(batches).order_by(batches.c.batch_id)
        if agency_id is not None:
            chosen = chosen.where(batches.c.agency_id == agency_id)
        if state is not None:
            chosen = chosen.where(batches.c.state == state)
        with self._database.reading() as connection:
            return [BatchRow(*row) for row in connection.execute(chosen).all()]

    def batch_of_root(self, agency_id: int, root: bytes) -> BatchRow | None:
        """See the port."""
        chosen = select(batches).where(batches.c.agency_id == agency_id, batches.c.root == root)
        with self._database.reading() as connection:
            row = connection.execute(chosen).first()
        return None if row is None else BatchRow(*row)

    def member(self, batch_id: int, leaf_index: int) -> CredentialRow | None:
        """See the port."""
        chosen = credential_rows().where(credentials.c.batch_id == batch_id, credentials.c.leaf_index == leaf_index)
        with self._database.reading() as connection:
            row = connection.execute(chosen).first()
        return None if row is None else credential_row(row)

    def in_batch(self, batch_id: int) -> Iterator[CredentialRow]:
        """See the port."""
        chosen = (
            credential_rows()
            .where(credentials.c.batch_id == batch_id, credentials.c.leaf_index > bindparam("last"))
            .order_by(credentials.c.leaf_index)
            .limit(_PAGE)
        )
        last: int | None = -1
        while last is not None:
            with self._database.reading() as connection:
                rows = self._database.fetch(connection, chosen, {"last": last})
            members = [credential_row(row) for row in rows]
            yield from members
            last = members[-1].leaf_index if len(members) == _PAGE else None

    def batch_submitted(self, batch_id: int, tx_hash: bytes) -> None:
        """See the port."""
        with self._database.writing() as connection:
            if _state_of(connection, batch_id, but_not="refused") != "anchored":
                _save(connection, batch_id, {"state": "submitted", "tx_hash": tx_hash})

    def batch_anchored(self, batch: BatchRow) -> None:
        """See the port."""
        kept = ("tx_hash", "block_number", "block_time", "log_position", "gas_used", "evidence")
        with self._database.writing() as connection:
            _state_of(connection, batch.batch_id, but_not="refused")
            _save(connection, batch.batch_id, {"state": "anchored", **{name: getattr(batch, name) for name in kept}})
            count = connection.execute(
                update(credentials)
                .where(credentials.c.pk.in_(_members(batch.batch_id)), in_state(credentials, State.PENDING_ANCHOR))
                .values(state=STATE_CODES[State.ANCHORED])
            ).rowcount
            change = {State.PENDING_ANCHOR: -count, State.ANCHORED: count}
            move_counts(connection, batch.agency_id, batch.type_id, change)

    def batch_refused(self, batch_id: int, refusal: str, *, pending_again: bool = False) -> None:
        """See the port."""
        with self._database.writing() as connection:
            if _state_of(connection, batch_id, but_not="anchored") == "refused":
                return
            _save(connection, batch_id, {"state": "refused", "refusal": refusal})
            agency_id, type_id = connection.execute(
                select(batches.c.agency_id, batches.c.type_id).where(batches.c.batch_id == batch_id)
            ).one()
            members = credentials.c.pk.in_(_members(batch_id))
            if not pending_again:
                count = connection.execute(
                    update(credentials)
                    .where(members, in_state(credentials, State.PENDING_ANCHOR))
                    .values(state=STATE_CODES[State.ANCHOR_REFUSED])
                ).rowcount
                change = {State.PENDING_ANCHOR: -count, State.ANCHOR_REFUSED: count}
                move_counts(connection, agency_id, type_id, change)
            connection.execute(update(credentials).where(members).values(batch_id=None, leaf_index=None))

    def retry_refused(self, agency_id: int, type_id: int, key_id: int | None = None) -> int:
        """See the port."""
        chosen = [
            credentials.c.agency_id == agency_id,
            credentials.c.type_id == type_id,
            in_state(credentials, State.ANCHOR_REFUSED),
        ]
        if key_id is not None:
            chosen.append(credentials.c.key_id == key_id)
        with self._database.writing() as connection:
            count = connection.execute(
                update(credentials).where(*chosen).values(state=STATE_CODES[State.PENDING_ANCHOR])
            ).rowcount
            change = {State.ANCHOR_REFUSED: -count, State.PENDING_ANCHOR: count}
            move_counts(connection, agency_id, type_id, change)
        return count


def _members(batch_id: int) -> Any:
    # As a set: the engine then goes through the rows as they lie on disk, not in the shuffled order of the leaves.
    return select(credentials.c.pk).where(credentials.c.batch_id == batch_id)


def _state_of(connection: Connection, batch_id: int, *, but_not: str) -> str:
    state = connection.execute(select(batches.c.state).where(batches.c.batch_id == batch_id).with_for_update()).scalar()
    if state is None:
        raise _no_batch()
    if state == but_not:
        raise Conflict("batch.state", f"The batch is {state} already.", "Look at the batch: onceledger status.")
    return str(state)


def _save(connection: Connection, batch_id: int, values: dict[str, Any]) -> None:
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(values))


def _no_batch() -> NotFound:
    return NotFound("batch.unknown", "There is no such batch.", "List them: onceledger status.")
