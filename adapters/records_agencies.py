"""Agencies, keys, types, signed transactions and notes: what is small in the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Table, and_, insert, literal_column, select, update

from adapters.records_database import Part, replace_row
from adapters.schema import agencies, keys, notes, outgoing, type_versions, types
from adapters.schema_conventions import INSTALLATION
from ledger.errors import Conflict, NotFound
from ledger.records import AgencyRow, KeyRow, OutgoingRow, TypeRow

_KEY = (keys.c.agency_id, keys.c.key_id, keys.c.key_name, keys.c.multikey, keys.c.valid_until)
_TYPE = (types.c.type_id, types.c.name, types.c.type_version, types.c.context_url, types.c.definition)
_VERSION = tuple(type_versions.c[column.name] for column in _TYPE)
_OUTGOING = (
    *(outgoing.c.purpose, outgoing.c.agency_id, outgoing.c.sender, outgoing.c.nonce),
    *(outgoing.c.raw, outgoing.c.tx_hash, outgoing.c.state),
)


class SqlAgencyRecords(Part):
    """``ledger.records_port.AgencyRecords``."""

    def save_agency(self, agency: AgencyRow) -> None:
        """See the port."""
        self._put(agencies, asdict(agency), "agency_id")

    def agency(self, agency_id: int) -> AgencyRow:
        """See the port."""
        with self._database.reading() as connection:
            row = connection.execute(select(agencies).where(agencies.c.agency_id == agency_id)).first()
            if row is None:
                known = list(connection.scalars(select(agencies.c.agency_id).order_by(agencies.c.agency_id)))
                raise NotFound(
                    "agency.unknown",
                    "This installation serves no such agency.",
                    f"Known: {', '.join(map(str, known)) or 'none'}.",
                    known=known,
                )
        return AgencyRow(*row)

    def agencies(self) -> list[AgencyRow]:
        """See the port."""
        with self._database.reading() as connection:
            return [AgencyRow(*row) for row in connection.execute(select(agencies).order_by(agencies.c.agency_id))]

    def save_type(self, row: TypeRow) -> None:
        """See the port."""
        values = asdict(row) | {"agency_id": INSTALLATION}
        type_id, version = values.pop("type_id"), row.type_version
        with self._database.writing() as connection:
            replace_row(connection, types, {"type_id": type_id}, values)
            replace_row(connection, type_versions, {"type_id": type_id, "type_version": version}, values)

    def type(self, type_id: int) -> TypeRow:
        """See the port."""
        with self._database.reading() as connection:
            row = connection.execute(select(*_TYPE).where(types.c.type_id == type_id)).first()
            if row is None:
                known = list(connection.scalars(select(types.c.type_id).order_by(types.c.type_id)))
                raise NotFound(
                    "type.unknown",
                    "No such credential type is kept here.",
                    f"Known: {', '.join(map(str, known)) or 'none'}.",
                    known=known,
                )
        return TypeRow(*row)

    def types(self) -> list[TypeRow]:
        """See the port."""
        with self._database.reading() as connection:
            return [TypeRow(*row) for row in connection.execute(select(*_TYPE).order_by(types.c.type_id))]

    def type_versions(self) -> list[TypeRow]:
        """See the port."""
        chosen = select(*_VERSION).order_by(type_versions.c.type_id, type_versions.c.version_id)
        with self._database.reading() as connection:
            return [TypeRow(*row) for row in connection.execute(chosen)]

    def save_key(self, row: KeyRow) -> None:
        """See the port."""
        self._put(keys, asdict(row), "key_id")

    def keys(self, agency_id: int) -> list[KeyRow]:
        """See the port."""
        chosen = select(*_KEY).where(keys.c.agency_id == agency_id).order_by(keys.c.key_id)
        with self._database.reading() as connection:
            return [KeyRow(*row) for row in connection.execute(chosen).all()]

    def _put(self, table: Table, values: dict[str, Any], key: str) -> None:
        self._database.put(table, {key: values.pop(key)}, values)


class SqlSendingRecords(Part):
    """``ledger.records_port.SendingRecords``."""

    def save_outgoing(self, row: OutgoingRow) -> None:
        """See the port."""
        same = outgoing.c.purpose == row.purpose
        may_change = and_(same, (outgoing.c.tx_hash == row.tx_hash) | (outgoing.c.state != "signed"))
        values = asdict(row)
        with self._database.writing() as connection:
            if connection.execute(update(outgoing).where(may_change).values(values)).rowcount:
                return
            if connection.execute(select(outgoing.c.purpose).where(same)).first() is not None:
                raise Conflict(
                    "sender.purpose-taken",
                    "Another process has signed a transaction for the same purpose.",
                    "Run the same command again: it takes up that transaction, and nothing is sent twice.",
                )
            connection.execute(insert(outgoing).values(values))

    def outgoing(self, purpose: str) -> OutgoingRow | None:
        """See the port."""
        with self._database.reading() as connection:
            row = connection.execute(select(*_OUTGOING).where(outgoing.c.purpose == purpose)).first()
        return None if row is None else OutgoingRow(*row)

    def unsettled(self, sender: bytes) -> list[OutgoingRow]:
        """See the port."""
        signed = outgoing.c.state == literal_column("'signed'")
        chosen = select(*_OUTGOING).where(outgoing.c.sender == sender, signed).order_by(outgoing.c.nonce)
        with self._database.reading() as connection:
            return [OutgoingRow(*row) for row in connection.execute(chosen).all()]


class SqlNotes(Part):
    """``ledger.records_port.Notes``."""

    def note(self, name: str) -> bytes | None:
        """See the port."""
        with self._database.reading() as connection:
            value: bytes | None = connection.execute(select(notes.c.value).where(notes.c.name == name)).scalar()
        return value

    def save_note(self, name: str, value: bytes) -> None:
        """See the port."""
        self.save_notes({name: value})

    def save_notes(self, values: Mapping[str, bytes]) -> None:
        """See the port."""
        with self._database.writing() as connection:
            for name, value in values.items():
                replace_row(connection, notes, {"name": name}, {"value": value, "agency_id": INSTALLATION})
