"""What SQLite's records do when disk, file, folder or version are not what they should be."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from records_cases import (
    AGENCY,
    KEY,
    KIND,
    LIST,
    MARK,
    NOW,
    agency,
    anchored,
    approved,
    chunks,
    draft,
    header,
    imported,
    issued,
    move,
    number,
    outgoing,
    pending,
    prepared,
    publication,
)
from sqlalchemy import Connection, event, text

from adapters import records_sqlite
from adapters.migrations import FOLDER
from adapters.records import SqlRecords, open_records
from adapters.schema import agencies
from adapters.schema_conventions import REVISION, VERSION_TABLE
from ledger.credential_states import State
from ledger.errors import Corrupt, Misconfigured, NotFound, OnceledgerError, Unavailable
from ledger.records import TypeRow

SOMEBODY = 65_534
"""A user without rights of its own; root ignores what a file's mode says, so that a test of it must not be root."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def records(path: Path) -> Iterator[SqlRecords]:
    opened = open_records(f"sqlite:///{path}")
    yield opened
    opened.close()


def refused(family: type[OnceledgerError], code: str, step: Callable[[], object]) -> OnceledgerError:
    with pytest.raises(family) as caught:
        step()
    assert caught.value.code == code
    assert caught.value.cause
    assert caught.value.cure
    assert MARK.decode() not in "".join(traceback.format_exception(caught.value))
    return caught.value


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def tables_of(path: Path) -> list[str]:
    """Everything that the file holds."""
    with connect(path) as connection:
        return list(connection.iterdump())


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Without root's right to write everywhere; for any other user nothing changes."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


# Opening


def test_what_was_kept_is_there_after_opening_again(path: Path) -> None:
    first = open_records(f"sqlite:///{path}")
    first.save_agency(agency())
    first.close()
    second = open_records(f"sqlite:///{path}")
    assert second.agencies() == [agency()]
    second.close()


def test_two_users_of_one_file_see_each_other(path: Path, records: SqlRecords) -> None:
    other = open_records(f"sqlite:///{path}")
    pending(records, 5)
    assert other.count(None, None) == {State.PENDING_ANCHOR: 5}
    other.close()


@pytest.mark.parametrize("attempt", range(3))
def test_many_may_open_a_new_database_at_once(path: Path, attempt: int) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def work(agency_id: int) -> None:
        start.wait()
        try:
            opened = open_records(f"sqlite:///{path}")
            opened.save_agency(agency(agency_id))
            opened.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(4 * attempt + name + 1,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    opened = open_records(f"sqlite:///{path}")
    assert len(opened.agencies()) == 4
    opened.close()


@pytest.mark.parametrize("url", ["", "records.db", "mysql://host/x", "sqlite+aiosqlite:///x.db", "http://[", "sqlite:"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    refused(Misconfigured, "records.url", lambda: open_records(url))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = refused(Misconfigured, "records.no-folder", lambda: open_records(f"sqlite:///{tmp_path}/none/records.db"))
    assert str(tmp_path / "none") in error.cause
    assert not (tmp_path / "none").exists()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    refused(Misconfigured, "records.cannot-open", lambda: open_records(f"sqlite:///{tmp_path}"))


def test_a_database_of_a_newer_release_is_refused(path: Path, records: SqlRecords) -> None:
    imported(records, 1)
    with connect(path) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    error = refused(Misconfigured, "records.newer-version", lambda: open_records(f"sqlite:///{path}"))
    assert "9999" in error.cause
    assert REVISION in error.cause


def test_a_database_of_other_software_is_left_alone(path: Path) -> None:
    path.touch(mode=0o600)
    with connect(path) as connection:
        connection.execute("CREATE TABLE credentials (x)")
    refused(Misconfigured, "records.foreign-database", lambda: open_records(f"sqlite:///{path}"))
    with connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("credentials",)]


def test_unsigned_publications_of_the_first_revision_are_made_due_again(path: Path, records: SqlRecords) -> None:
    pks = anchored(records, 2)
    move(records, pks[0], State.REVOKED)
    records.close()
    old = "list_id, version, agency_id, state, revision, chunks, created_at, tx_hash, block_time, root, bits, reasons"
    with connect(path) as connection:
        for newer in ("publications", "type_versions", "issue_runs"):
            connection.execute(f"DROP TABLE {newer}")
        connection.execute(f"CREATE TABLE publications ({old}, evidence, PRIMARY KEY (list_id, version))")
        connection.execute(
            f"INSERT INTO publications ({old}) VALUES (?, 1, 7, 'published', 1, 16, 0, x'00', 0, x'00', x'00', x'00')",
            [LIST],
        )
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")
    with closing(open_records(f"sqlite:///{path}")) as again:
        assert again.publication(LIST) is None
        assert again.lists_to_publish(AGENCY) == [LIST, LIST + 1]
        assert [change.reason for change in again.status_changes(LIST)] == ["revoked"]
        again.save_publication(publication())
        kept = again.publication(LIST)
        assert kept is not None
        assert kept.key_hash == publication().key_hash


def test_a_failed_migration_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_sqlite, "PRAGMAS", (*records_sqlite.PRAGMAS, "max_page_count = 12"))
    refused(Unavailable, "records.disk-full", lambda: open_records(f"sqlite:///{path}"))
    with connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    monkeypatch.undo()
    open_records(f"sqlite:///{path}").close()


# Read-only places


def test_a_read_only_folder_cannot_take_a_new_database(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with as_somebody_else():
        error = refused(
            Misconfigured, "records.read-only", lambda: open_records(f"sqlite:///{open_folder / 'records.db'}")
        )
    assert str(open_folder) in error.cause
    assert list(open_folder.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_database_that_became_read_only_is_refused(open_folder: Path, what: str) -> None:
    place = open_folder / "records.db"
    opened = open_records(f"sqlite:///{place}")
    opened.save_agency(agency())
    opened.close()
    (place if what == "file" else open_folder).chmod(0o444 if what == "file" else 0o555)
    with as_somebody_else():
        refused(Misconfigured, "records.read-only", lambda: open_records(f"sqlite:///{place}"))


def test_writing_to_a_database_opened_for_reading_is_refused(path: Path, records: SqlRecords) -> None:
    pks = pending(records, 3)
    reader = open_records(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert reader.count(None, None) == {State.PENDING_ANCHOR: 3}
    for step in (
        partial(imported, reader, 1, first=9),
        partial(prepared, reader, pks),
        partial(reader.save_note, "name", MARK),
    ):
        refused(Misconfigured, "records.read-only", step)
    reader.close()
    assert records.count(None, None) == {State.PENDING_ANCHOR: 3}


# Full disks: SQLite is told that the file may not grow, and answers as it does when the disk is full


@pytest.fixture
def small(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlRecords]:
    """Records with 400 approved drafts, in a file that may grow by little."""
    opened = open_records(f"sqlite:///{path}")
    approved(opened, 400)
    opened.close()
    with connect(path) as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    monkeypatch.setattr(records_sqlite, "PRAGMAS", (*records_sqlite.PRAGMAS, f"max_page_count = {pages + 2}"))
    opened = open_records(f"sqlite:///{path}")
    yield opened
    opened.close()


def test_a_full_disk_stops_an_import_as_a_whole(path: Path, small: SqlRecords) -> None:
    before = tables_of(path)
    refused(Unavailable, "records.disk-full", lambda: imported(small, 5_000, first=1_000))
    assert tables_of(path) == before
    refused(NotFound, "import.unknown", lambda: small.import_row(AGENCY, 2))


def test_a_full_disk_stops_issuing_as_a_whole(path: Path, small: SqlRecords) -> None:
    before = tables_of(path)
    rows = [issued(row.credential_pk) for row in small.approved(AGENCY, KIND, 400)]
    refused(Unavailable, "records.disk-full", lambda: small.record_issued(AGENCY, KEY, LIST, NOW, rows))
    assert tables_of(path) == before
    assert len(small.approved(AGENCY, KIND, 400)) == 400


def test_a_full_disk_stops_a_large_value_and_takes_a_small_one(path: Path, small: SqlRecords) -> None:
    before = tables_of(path)
    refused(Unavailable, "records.disk-full", lambda: small.save_note("large", bytes(200_000)))
    assert tables_of(path) == before
    small.save_note("small", b"fits")
    assert small.note("small") == b"fits"


def test_work_goes_on_when_there_is_room_again(path: Path, small: SqlRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(Unavailable, "records.disk-full", lambda: imported(small, 5_000, first=1_000))
    monkeypatch.undo()
    roomy = open_records(f"sqlite:///{path}")
    assert imported(roomy, 5_000, first=1_000) == 2
    roomy.close()


# Damage and locks


def test_a_file_that_is_no_database_is_corrupt(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_bytes(b"This is a text and not a database. " * 1_000)
    before = path.read_bytes()
    refused(Corrupt, "records.corrupt", lambda: open_records(f"sqlite:///{path}"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["overwritten", "cut off"])
def test_damaged_pages_are_corrupt(path: Path, records: SqlRecords, damage: str) -> None:
    pending(records, 2_000)
    records.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        if damage == "overwritten":
            file.seek(2 * 16_384)
            file.write(b"\xa5" * (size - 3 * 16_384))
        else:
            file.truncate(5 * 16_384 + 100)

    def use() -> None:
        opened = open_records(f"sqlite:///{path}")
        try:
            list(opened.pending(AGENCY, KIND, KEY, 10_000))
        finally:
            opened.close()

    refused(Corrupt, "records.corrupt", use)


def test_a_lock_that_is_held_too_long_is_unavailable(path: Path, records: SqlRecords) -> None:
    imported(records, 1)
    impatient = open_records(f"sqlite:///{path}", lock_seconds=0.05)
    holder = connect(path)
    holder.execute("BEGIN IMMEDIATE")
    refused(Unavailable, "records.locked", lambda: imported(impatient, 1, first=2))
    assert impatient.count(None, None) == {State.DRAFT: 1}, "reading goes on"
    holder.execute("ROLLBACK")
    holder.close()
    imported(impatient, 1, first=2)
    impatient.close()


# What stays on the disk


def test_claims_leave_no_trace_once_they_are_issued_or_rejected(path: Path, records: SqlRecords) -> None:
    secret = b"trace-of-claims"
    rows = [draft(row)._replace(business_number=f"n{row}", claims=b'{"x":"%s"}' % (secret * 20)) for row in range(500)]
    records.approve(AGENCY, records.add_import(header(), [rows]), "reviewer")
    pks = [row.credential_pk for row in records.approved(AGENCY, KIND, 500)]
    records.close()
    assert secret in path.read_bytes()
    again = open_records(f"sqlite:///{path}")
    again.record_issued(AGENCY, KEY, LIST, NOW, [issued(pk) for pk in pks[:400]])
    again.change_status(AGENCY, [(pk, State.REJECTED, None) for pk in pks[400:]])
    again.close()
    assert [name.name for name in path.parent.iterdir()] == [path.name], (
        "the log is folded in when the last user closes"
    )
    assert secret not in path.read_bytes()


def test_every_commit_reaches_the_disk(records: SqlRecords) -> None:
    with records._database.writing() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "page_size")
        }
    assert settings.pop("journal_mode") == "wal"
    assert settings == {"synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "page_size": 16_384}


# Tables


def test_the_revisions_make_the_tables_of_the_schema(records: SqlRecords) -> None:
    with records._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, agencies.metadata) == []


def test_the_newest_revision_is_the_one_that_is_expected() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == REVISION


def test_partial_indexes_are_those_of_the_schema(records: SqlRecords) -> None:
    """Alembic compares columns of an index and not for which rows it is."""
    with records._database.reading() as connection:
        made: dict[str, str] = dict(
            connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index'")).all()
        )
    for table in agencies.metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_options["sqlite"]["where"]
            assert made[str(index.name)].partition(" WHERE ")[2] == ("" if where is None else str(where))


def test_every_table_names_its_agency() -> None:
    for table in agencies.metadata.tables.values():
        assert "agency_id" in table.columns, table.name
        assert not table.columns["agency_id"].nullable


LARGE = ("credentials", "drafts", "issued", "status_changes", "publications", "outgoing")
SMALL = ("status_lists", "state_counts", "type_versions")


def test_no_method_reads_a_large_table_from_end_to_end(records: SqlRecords) -> None:
    """Every statement of a whole life, as SQLite would run it."""
    seen: dict[str, tuple[object, ...]] = {}

    def note(_: Connection, __: object, statement: str, parameters: object, *___: object) -> None:
        first = parameters[0] if isinstance(parameters, list) else parameters
        seen.setdefault(statement, first)  # type: ignore[arg-type]  # a tuple: SQLite's parameters have places

    event.listen(records._database._engine, "before_cursor_execute", note)
    whole_life(records)
    event.remove(records._database._engine, "before_cursor_execute", note)
    assert len(seen) > 60
    with records._database.reading() as connection:
        for statement, parameters in seen.items():
            if statement.split()[0] not in ("SELECT", "UPDATE", "DELETE"):
                continue
            plan = [
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            ]
            for step in plan:
                scanned = [name for name in LARGE if step.startswith(f"SCAN {name}")]
                assert not scanned or "USING INDEX credentials_pending" in step, (statement, plan)
                assert "TEMP B-TREE" not in step or plan[0].split()[1] in SMALL, (statement, plan)


def whole_life(records: SqlRecords) -> None:
    """Each method of the port at least once."""
    records.save_agency(agency())
    records.agency(AGENCY)
    records.agencies()
    pks = anchored(records, 10)
    for state in (State.HELD, State.ANCHORED, State.REVOKED):
        move(records, pks[1], state)
    records.approve(AGENCY, records.add_import(header(), [[draft(1, version=2, supersedes=pks[0])]]), "reviewer")
    new = records.approved(AGENCY, KIND, 1)[0].credential_pk
    records.record_issued(AGENCY, KEY, LIST, NOW, [issued(new)])
    assert records.pending_groups() == [(AGENCY, KIND, KEY, 1, NOW)]
    refused_batch = prepared(records, [new], root=b"refused")
    records.batch_refused(refused_batch, "NotAccredited")
    records.retry_refused(AGENCY, KIND)
    records.batch_refused(prepared(records, [new], root=b"again"), "KeyIsRetired")
    assert records.refused_groups(AGENCY) == [(KIND, KEY)]
    assert [row.credential_pk for row in records.refused(AGENCY, KIND, KEY, 9)] == [new]
    records.retry_refused(AGENCY, KIND, KEY)
    records.batch_refused(prepared(records, [new], root=b"ended"), "KeyIsRetired")
    records.reopen_refused(AGENCY, [(new, b"{}")])
    records.record_issued(AGENCY, KEY, LIST, NOW, [issued(new)])
    found = records.by_status_entry(AGENCY, LIST, new - 1, NOW - 3)
    assert found is not None
    assert found.credential_pk == new
    assert records.by_status_entry(AGENCY, LIST, 99_999, NOW) is None
    batch_id = prepared(records, [new])
    records.batch_submitted(batch_id, b"tx")
    records.batch_anchored(records.batch(batch_id))
    records.superseding(AGENCY)
    records.link_superseded(AGENCY, pks[0], new)
    move(records, pks[0], State.SUPERSEDED)
    records.batches(None)
    records.batches(AGENCY, "prepared")
    list(records.in_batch(batch_id))
    assert records.batch_of_root(AGENCY, b"r" * 32) == records.batch(batch_id)
    assert records.member(batch_id, 0) == records.credential(AGENCY, new)
    assert records.reject_import(AGENCY, imported(records, 2, first=700)) == 2
    records.save_type(TypeRow(KIND, "A", "1", "https://a/", b"a"))
    records.type_versions()
    records.by_number(AGENCY, KIND, number(1))
    records.existing_numbers(AGENCY, KIND, [number(1)])
    records.count(None, None)
    records.count(AGENCY, KIND)
    records.take_indexes(LIST, 5)
    records.status_lists(AGENCY)
    records.status_changes(LIST)
    records.lists_to_publish(AGENCY)
    records.save_publication(publication())
    records.save_publication(publication())
    records.publication(LIST)
    records.publication(LIST, 1)
    records.published(LIST)
    records.save_outgoing(outgoing("p", 1))
    records.save_outgoing(outgoing("p", 1))
    records.outgoing("p")
    records.unsettled(b"a" * 20)
    records.import_row(AGENCY, 1)
    records.waiting_imports(AGENCY)
    rejected = approved(records, 2, first=500)
    records.change_status(AGENCY, [(pk, State.REJECTED, None) for pk in rejected])
    records.add_import(header(), chunks(3, first=900))
