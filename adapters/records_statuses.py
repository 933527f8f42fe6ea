"""Status lists: indexes given out, changes noted, versions published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import insert, select, update

from adapters.records_database import Part
from adapters.records_status_changes import note_changes
from adapters.schema import publications, status_changes, status_lists
from ledger.credential_states import State
from ledger.errors import Conflict, NotFound
from ledger.records import PublicationRow, StatusChange, StatusListRow

_LIST: Final = tuple(status_lists.c[name] for name in StatusListRow.__dataclass_fields__)
_CHANGE: Final = (
    *(status_changes.c.list_id, status_changes.c.list_index, status_changes.c.reason, status_changes.c.since),
    *(status_changes.c.until, status_changes.c.successor, status_changes.c.credential_pk, status_changes.c.actor),
)
_PUBLICATION: Final = tuple(publications.c[name] for name in PublicationRow.__dataclass_fields__)
_STEPS: Final = ("prepared", "submitted", "published")


class SqlStatusRecords(Part):
    """``ledger.records_port.StatusRecords``."""

    def status_list_for(self, agency_id: int, type_id: int) -> StatusListRow | None:
        """See the port."""
        chosen = (
            select(*_LIST)
            .where(
                status_lists.c.agency_id == agency_id,
                status_lists.c.type_id == type_id,
                status_lists.c.used < status_lists.c.size,
            )
            .order_by(status_lists.c.list_id.desc())
        )
        with self._database.reading() as connection:
            row = connection.execute(chosen.limit(1)).first()
        return None if row is None else StatusListRow(*row)

    def add_status_list(self, row: StatusListRow) -> None:
        """See the port."""
        overlapping = status_lists.c.list_id.between(row.list_id - 1, row.list_id + 1)
        with self._database.writing() as connection:
            if connection.execute(select(status_lists.c.list_id).where(overlapping)).first() is not None:
                raise Conflict(
                    "status.list-exists", "A status list has this id already.", "Take the next two ids that are free."
                )
            connection.execute(insert(status_lists).values(**asdict(row), revision=0, suspension_revision=0))

    def status_lists(self, agency_id: int) -> list[StatusListRow]:
        """See the port."""
        chosen = select(*_LIST).where(status_lists.c.agency_id == agency_id).order_by(status_lists.c.list_id)
        with self._database.reading() as connection:
            return [StatusListRow(*row) for row in connection.execute(chosen).all()]

    def take_indexes(self, list_id: int, count: int) -> tuple[int, int]:
        """See the port."""
        this = status_lists.c.list_id == list_id
        with self._database.writing() as connection:
            row = connection.execute(
                select(status_lists.c.used, status_lists.c.size).where(this).with_for_update()
            ).first()
            if row is None:
                raise NotFound("status.list-unknown", "There is no such pair of status lists.", "Add it first.")
            taken = max(0, min(count, row.size - row.used))
            connection.execute(update(status_lists).where(this).values(used=row.used + taken))
            return row.used, taken

    def change_status(self, agency_id: int, changes: Sequence[tuple[int, State, StatusChange | None]]) -> None:
        """See the port."""
        with self._database.writing() as connection:
            note_changes(self._database, connection, agency_id, changes)
        if any(state is State.REJECTED for _, state, _ in changes):
            self._database.erase_traces()

    def status_changes(self, list_id: int) -> list[StatusChange]:
        """See the port."""
        chosen = (
            select(*_CHANGE)
            .where(status_changes.c.list_id == list_id)
            .order_by(status_changes.c.list_index, status_changes.c.since, status_changes.c.change_id)
        )
        with self._database.reading() as connection:
            return [StatusChange(*row) for row in connection.execute(chosen).all()]

    def lists_to_publish(self, agency_id: int) -> list[int]:
        """See the port."""
        shown = [
            select(publications.c.revision)
            .where(publications.c.list_id == status_lists.c.list_id + offset)
            .order_by(publications.c.version.desc())
            .limit(1)
            .scalar_subquery()
            for offset in (0, 1)
        ]
        chosen = (
            select(status_lists.c.list_id, status_lists.c.revision, status_lists.c.suspension_revision, *shown)
            .where(status_lists.c.agency_id == agency_id)
            .order_by(status_lists.c.list_id)
        )
        due = []
        with self._database.reading() as connection:
            for list_id, revision, suspension_revision, shown_revision, shown_suspension in connection.execute(chosen):
                if shown_revision is None or shown_revision < revision:
                    due.append(list_id)
                if shown_suspension is None or shown_suspension < suspension_revision:
                    due.append(list_id + 1)
        return due

    def save_publication(self, row: PublicationRow) -> None:
        """See the port."""
        this = (publications.c.list_id == row.list_id, publications.c.version == row.version)
        known = select(publications.c.root, publications.c.reasons, publications.c.state, publications.c.revision)
        values = asdict(row)
        with self._database.writing() as connection:
            found = connection.execute(known.where(*this).with_for_update()).first()
            if found is None:
                if row.revision is None:
                    values["revision"] = self._revision(row.list_id)
                connection.execute(insert(publications).values(values))
                return
            same = (found.root, found.reasons) == (row.root, row.reasons)
            if not same or _STEPS.index(found.state) > _STEPS.index(row.state):
                raise Conflict(
                    "status.version-exists",
                    "This version of the status list exists with another content, or has come further already.",
                    "Publish again: the version that is kept is taken up first.",
                )
            if row.revision is None:
                values["revision"] = found.revision
            connection.execute(update(publications).where(*this).values(values))

    def publication(self, list_id: int, version: int | None = None) -> PublicationRow | None:
        """See the port."""
        chosen = select(*_PUBLICATION).where(publications.c.list_id == list_id)
        if version is not None:
            chosen = chosen.where(publications.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(chosen.order_by(publications.c.version.desc()).limit(1)).first()
        return None if row is None else PublicationRow(*row)

    def published(self, list_id: int) -> PublicationRow | None:
        """See the port."""
        chosen = select(*_PUBLICATION).where(publications.c.list_id == list_id, publications.c.state == _STEPS[-1])
        with self._database.reading() as connection:
            row = connection.execute(chosen.order_by(publications.c.version.desc()).limit(1)).first()
        return None if row is None else PublicationRow(*row)

    def _revision(self, list_id: int) -> int:
        of_both = select(status_lists.c.list_id, status_lists.c.revision, status_lists.c.suspension_revision)
        with self._database.reading() as connection:
            row = connection.execute(of_both.where(status_lists.c.list_id.in_((list_id, list_id - 1)))).first()
        if row is None:
            return 0
        return int(row.revision if row.list_id == list_id else row.suspension_revision)
