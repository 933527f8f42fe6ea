"""What all tables of the records have in common: revision, codes of states, column types, partial indexes."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, ColumnElement, Index, Integer, MetaData, literal_column, text
from sqlmodel import SQLModel

from ledger.credential_states import State

REVISION: Final = "0002"
"""The newest revision under ``migrations/versions``: what this release reads and writes."""

VERSION_TABLE: Final = "onceledger_version"

INSTALLATION: Final = 0
"""``agency_id`` of what belongs to no agency alone: credential types and notes. Agencies count from 1."""

STATE_CODES: Final[dict[State, int]] = {
    State.DRAFT: 1,
    State.REJECTED: 2,
    State.APPROVED: 3,
    State.PENDING_ANCHOR: 4,
    State.ANCHOR_REFUSED: 5,
    State.ANCHORED: 6,
    State.HELD: 7,
    State.SUPERSEDED: 8,
    State.REVOKED: 9,
    State.VOID: 10,
}
"""How states are stored. Never renumbered: indexes and old rows rely on them."""

STATES: Final[dict[int, State]] = {code: state for state, code in STATE_CODES.items()}

ROW_ID: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A key that the database counts up. SQLite makes a column the row's own address only if it is spelled INTEGER."""

GIVEN: Final = {"autoincrement": False}
"""A key that comes from outside, mostly from the chain."""


class Base(SQLModel):
    """Tables of the records, apart from any other SQLModel in the process."""

    metadata: ClassVar[MetaData] = MetaData()


def in_state(table: Any, *states: State) -> ColumnElement[bool]:
    """``table.state`` is one of ``states``, spelled out: an index over one state serves no query that binds it."""
    codes: list[ColumnElement[int]] = [literal_column(str(STATE_CODES[state])) for state in states]
    matches: ColumnElement[bool] = table.c.state == codes[0] if len(codes) == 1 else table.c.state.in_(codes)
    return matches


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that ``where`` holds for."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
