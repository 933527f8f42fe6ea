"""From a register's rows to issued credentials, thousands at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.draft_spool import spooled
from adapters.records_database import CHUNK, Part, insertion
from adapters.records_sqlite import breaks_uniqueness, first_free
from adapters.records_status_changes import note_changes
from adapters.schema import credentials, imports, issue_runs, issued
from adapters.schema import drafts as drafted
from adapters.schema_conventions import STATE_CODES, STATES, in_state
from adapters.state_counts import move_counts
from ledger.credential_states import Action, State, after
from ledger.errors import Conflict, NotFound
from ledger.records import ApprovedDraft, ImportRow, Issued, NewDraft, WaitingImport

_FIRST_COLUMNS: Final = (
    *("pk", "agency_id", "type_id", "business_number", "version", "state"),
    *("valid_from", "valid_until", "import_id", "source_row"),
)
_NEVER_WAS: Final = (State.REJECTED, State.VOID)
"""What frees its number again."""

_PLAIN: Final = insertion(credentials, *_FIRST_COLUMNS)
_CORRECTING: Final = insertion(credentials, *_FIRST_COLUMNS, "supersedes", "correction_open")
_CLAIMS: Final = insertion(drafted, "credential_pk", "agency_id", "claims")
_ISSUED: Final = insertion(
    issued,
    *("credential_pk", "agency_id", "list_id", "status_index"),
    *("uuid", "leaf", "cid", "wrapped_key", "subject_commitment"),
)
_WAITING: Final = tuple(imports.c[name] for name in WaitingImport.__dataclass_fields__)
_NAMED: Final = 20
"""Waiting imports that an error names."""

_IMPORT: Final = tuple(imports.c[name] for name in ImportRow.__dataclass_fields__)


class SqlDraftRecords(Part):
    """``ledger.records_port.DraftRecords``."""

    def add_import(
        self,
        row: ImportRow,
        drafts: Iterable[Sequence[NewDraft]],
        *,
        outcome: Callable[[], tuple[int, bytes]] | None = None,
    ) -> int:
        """See the port."""
        # Read and checked before the write lock is taken: others go on writing for the minutes that this may take.
        with spooled(drafts, self._database.folder) as chunks, self._database.writing() as connection:
            first = next_pk = first_free(connection, credentials.c.pk)
            values = asdict(row) | {"accepted": 0, "first_pk": first, "last_pk": first - 1}
            del values["import_id"]
            made = connection.execute(insert(imports).values(values)).inserted_primary_key
            assert made is not None
            import_id = int(made[0])
            for chunk in chunks:
                for start in range(0, len(chunk), CHUNK):
                    part = chunk[start : start + CHUNK]
                    self._keep(connection, row, import_id, next_pk, part)
                    next_pk += len(part)
            count = next_pk - first
            last: dict[str, Any] = {"accepted": count, "last_pk": next_pk - 1}
            if outcome is not None:
                last["refused"], last["report"] = outcome()
            connection.execute(update(imports).where(imports.c.import_id == import_id).values(last))
            move_counts(connection, row.agency_id, row.type_id, {State.DRAFT: count})
        return import_id

    def import_row(self, agency_id: int, import_id: int) -> ImportRow:
        """See the port."""
        chosen = select(*_IMPORT).where(imports.c.import_id == import_id, imports.c.agency_id == agency_id)
        with self._database.reading() as connection:
            row = connection.execute(chosen).first()
            if row is None:
                raise _no_import(connection, agency_id)
        return ImportRow(*row)

    def waiting_imports(self, agency_id: int) -> list[WaitingImport]:
        """See the port."""
        with self._database.reading() as connection:
            return _waiting(connection, agency_id)

    def existing_numbers(self, agency_id: int, type_id: int, numbers: Sequence[str]) -> dict[str, int | None]:
        """See the port."""
        known: dict[str, int | None] = {}
        chosen = select(credentials.c.business_number, credentials.c.version, credentials.c.state).where(
            credentials.c.agency_id == agency_id,
            credentials.c.type_id == type_id,
            credentials.c.business_number.in_(bindparam("numbers", expanding=True)),
        )
        with self._database.reading() as connection:
            for start in range(0, len(numbers), CHUNK):
                part = list(numbers[start : start + CHUNK])
                for number, version, state in connection.execute(chosen, {"numbers": part}):
                    newest = known.get(number, 0)
                    is_free = newest is not None and STATES[state] in _NEVER_WAS
                    known[number] = max(version, newest or 0) if is_free else None
        return known

    def approve(self, agency_id: int, import_id: int, reviewer: str) -> int:
        """See the port."""
        this = imports.c.import_id == import_id
        with self._database.writing() as connection:
            found = connection.execute(
                select(imports.c.type_id, imports.c.first_pk, imports.c.last_pk).where(
                    this, imports.c.agency_id == agency_id
                )
            ).first()
            if found is None:
                raise _no_import(connection, agency_id)
            count = connection.execute(
                update(credentials)
                .where(
                    credentials.c.pk.between(found.first_pk, found.last_pk),
                    credentials.c.import_id == import_id,
                    in_state(credentials, State.DRAFT),
                )
                .values(state=STATE_CODES[State.APPROVED])
            ).rowcount
            if count:
                connection.execute(update(imports).where(this).values(reviewer=reviewer))
            move_counts(connection, agency_id, found.type_id, {State.DRAFT: -count, State.APPROVED: count})
        return count

    def reject_import(self, agency_id: int, import_id: int) -> int:
        """See the port."""
        of_import = select(imports.c.first_pk, imports.c.last_pk).where(
            imports.c.import_id == import_id, imports.c.agency_id == agency_id
        )
        count = 0
        with self._database.writing() as connection:
            found = connection.execute(of_import).first()
            if found is None:
                raise _no_import(connection, agency_id)
            chosen = (
                select(credentials.c.pk)
                .where(
                    credentials.c.pk.between(bindparam("first"), found.last_pk),
                    credentials.c.import_id == import_id,
                    in_state(credentials, State.DRAFT, State.APPROVED),
                )
                .order_by(credentials.c.pk)
                .limit(CHUNK)
            )
            first = found.first_pk
            while pks := [row[0] for row in self._database.fetch(connection, chosen, {"first": first})]:
                note_changes(self._database, connection, agency_id, [(pk, State.REJECTED, None) for pk in pks])
                first, count = pks[-1] + 1, count + len(pks)
        self._database.erase_traces()
        return count

    def approved(self, agency_id: int, type_id: int, limit: int, after: int = 0) -> list[ApprovedDraft]:
        """See the port."""
        chosen = (
            select(credentials.c.pk, drafted.c.claims, credentials.c.valid_from, credentials.c.valid_until)
            .join(drafted, drafted.c.credential_pk == credentials.c.pk)
            .where(
                credentials.c.agency_id == agency_id,
                credentials.c.type_id == type_id,
                in_state(credentials, State.APPROVED),
                credentials.c.pk > after,
            )
            .order_by(credentials.c.pk)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return list(map(ApprovedDraft._make, self._database.fetch(connection, chosen)))

    def record_issued(self, agency_id: int, key_id: int, list_id: int, issued_at: int, rows: Sequence[Issued]) -> None:
        """See the port."""
        if not rows:
            return
        first = credentials.c.pk == rows[0].credential_pk
        with self._database.writing() as connection:
            type_id = connection.execute(select(credentials.c.type_id).where(first)).scalar()
            if type_id is None:
                raise _not_approved()
            for start in range(0, len(rows), CHUNK):
                part = rows[start : start + CHUNK]
                try:
                    self._database.many(connection, _ISSUED, _issued_rows(agency_id, list_id, part))
                except IntegrityError:
                    raise _not_approved() from None
                _to_pending(connection, agency_id, type_id, key_id, issued_at, part)
            count = len(rows)
            pks = [row.credential_pk for row in rows]
            run = {"agency_id": agency_id, "list_id": list_id, "issued_at": issued_at}
            connection.execute(insert(issue_runs).values(**run, first_pk=min(pks), last_pk=max(pks)))
            move_counts(connection, agency_id, type_id, {State.APPROVED: -count, State.PENDING_ANCHOR: count})

    def erase_traces(self) -> None:
        """See the port."""
        self._database.erase_traces()

    def _keep(
        self, connection: Connection, row: ImportRow, import_id: int, first: int, part: Sequence[NewDraft]
    ) -> None:
        agency_id, type_id, state = row.agency_id, row.type_id, STATE_CODES[State.DRAFT]
        rows: list[tuple[Any, ...]] = [
            (pk, agency_id, type_id, number, version, state, valid_from, valid_until, import_id, at)
            for pk, (at, number, _, valid_from, valid_until, _, version) in enumerate(part, first)
        ]
        replaced = [draft.supersedes for draft in part]
        statement = _PLAIN
        if any(pk is not None for pk in replaced):
            statement = _CORRECTING
            rows = [(*one, pk, None if pk is None else 1) for one, pk in zip(rows, replaced, strict=True)]
            _check_replaced(connection, agency_id, type_id, {pk for pk in replaced if pk is not None})
        try:
            self._database.many(connection, statement, rows)
        except IntegrityError as error:
            if not breaks_uniqueness(error):
                raise
            raise Conflict(
                "credential.number-exists",
                f"A business number in rows {part[0].row} to {part[-1].row} exists already, or comes twice.",
                "Run the import with --dry-run: it names the rows.",
                first_row=part[0].row,
                last_row=part[-1].row,
            ) from None
        claims = [(pk, agency_id, bytearray(draft.claims)) for pk, draft in enumerate(part, first)]
        self._database.many(connection, _CLAIMS, claims)


def _issued_rows(agency_id: int, list_id: int, part: Sequence[Issued]) -> list[tuple[Any, ...]]:
    return [
        (
            *(pk, agency_id, list_id, index),
            *(bytearray(uuid), bytearray(leaf), bytearray(cid), bytearray(key), bytearray(commitment)),
        )
        for pk, uuid, leaf, index, cid, key, commitment in part
    ]


def _to_pending(
    connection: Connection, agency_id: int, type_id: int, key_id: int, issued_at: int, part: Sequence[Issued]
) -> None:
    pks = [row.credential_pk for row in part]
    first, last = min(pks), max(pks)
    # Nearly always a range, which moves in the order in which it lies on disk and without naming every number.
    is_range = last - first + 1 == len(pks)
    pk, draft_pk = credentials.c.pk, drafted.c.credential_pk
    count = connection.execute(
        update(credentials)
        .where(
            pk.between(first, last) if is_range else pk.in_(pks),
            credentials.c.agency_id == agency_id,
            credentials.c.type_id == type_id,
            in_state(credentials, State.APPROVED),
        )
        .values(state=STATE_CODES[State.PENDING_ANCHOR], key_id=key_id, issued_at=issued_at)
    ).rowcount
    if count != len(part):
        raise _not_approved()
    connection.execute(delete(drafted).where(draft_pk.between(first, last) if is_range else draft_pk.in_(pks)))


def _check_replaced(connection: Connection, agency_id: int, type_id: int, pks: set[int]) -> None:
    known = (credentials.c.agency_id == agency_id, credentials.c.type_id == type_id, credentials.c.pk.in_(pks))
    found = connection.execute(select(credentials.c.state).where(*known).with_for_update()).scalars().all()
    if len(found) != len(pks):
        raise NotFound(
            "credential.unknown", "A draft replaces a credential that does not exist.", "Check number, agency and type."
        )
    for state in found:
        # Revoked since the correction was thought of: it would come back as the next version.
        after(STATES[state], Action.SUPERSEDE)


def _waiting(connection: Connection, agency_id: int) -> list[WaitingImport]:
    # Claims are there from the draft to its issuing: what went out long ago costs nothing here.
    open_draft = exists().where(
        drafted.c.credential_pk.between(imports.c.first_pk, imports.c.last_pk),
        credentials.c.pk == drafted.c.credential_pk,
        credentials.c.import_id == imports.c.import_id,
        in_state(credentials, State.DRAFT),
    )
    chosen = select(*_WAITING).where(imports.c.agency_id == agency_id, open_draft).order_by(imports.c.import_id)
    return [WaitingImport(*row) for row in connection.execute(chosen)]


def _no_import(connection: Connection, agency_id: int) -> NotFound:
    waiting = [one.import_id for one in _waiting(connection, agency_id)[:_NAMED]]
    numbers = ", ".join(map(str, waiting)) or "none"
    return NotFound(
        "import.unknown",
        "The agency has no such import.",
        f"Take the number that the import printed; waiting for a reviewer: {numbers}.",
        waiting=waiting,
    )


def _not_approved() -> Conflict:
    return Conflict(
        "credential.state",
        "A credential that was to be issued is not approved, or has just been issued by another process.",
        "Run issue again: it takes what is still approved.",
        state="changed",
        action=Action.ISSUE.value,
        possible=["look-again"],
    )
