"""What an installation keeps is its owner's alone, and what was erased is gone from the disk."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import CHEAP, new_office, settings

from adapters.bootstrap import create_installation, open_installation
from adapters.records import open_records
from ledger.credential_states import State
from ledger.errors import Misconfigured

MARK = "SECRETNAME"
ROOT = Path(__file__).parent.parent

KILLED = f"""
import os, signal, sys
sys.path[:0] = ["tests"]
from pathlib import Path
from adapters.records_database import Database
from office import new_office
with new_office(Path(sys.argv[1])) as office:
    office.draft(50, fullName="{MARK}")
    Database.erase_traces = lambda self: os.kill(os.getpid(), signal.SIGKILL)
    office.issue()
"""


@pytest.fixture(autouse=True)
def everybodys_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def others(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & 0o077


def traces(folder: Path) -> list[str]:
    """Files of the records in which the mark stands."""
    files = sorted(folder.glob("records.sqlite*"))
    assert files
    return [path.name for path in files if MARK.encode() in path.read_bytes()]


def test_no_other_account_enters_the_data_folder(tmp_path: Path) -> None:
    with new_office(tmp_path / "data") as office:
        office.draft(50)
        office.issue()
        office.anchor()
        assert not others(tmp_path / "data")
        folders = [path for path in (tmp_path / "data").rglob("*") if path.is_dir()]
        assert folders
        assert not [path for path in folders if others(path)]
        kept = [*(tmp_path / "data").glob("records.sqlite*"), *(tmp_path / "data" / "content").rglob("*")]
        assert {path.name for path in kept} >= {"records.sqlite", "records.sqlite-wal", "index.sqlite-wal", "packs"}
        assert not [path for path in kept if others(path)]


def test_records_elsewhere_are_private_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    records = open_records(f"sqlite:///{tmp_path}/elsewhere.db")
    records.save_note("x", b"y")
    files = list(tmp_path.glob("elsewhere.db*"))
    assert len(files) == 3
    assert not [path for path in files if others(path)]
    records.close()


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_a_data_folder_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    place = tmp_path / "data"
    with new_office(place):
        pass
    place.chmod(mode)
    with pytest.raises(Misconfigured) as caught, open_installation(settings(place)):
        pass
    assert caught.value.code == "installation.open-to-others"
    assert f"chmod -R go-rwx {place}" in caught.value.cure
    place.chmod(0o700)
    with open_installation(settings(place)):
        pass


def test_an_installation_is_not_made_where_others_can_enter(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    with pytest.raises(Misconfigured) as caught:
        create_installation(settings(place), cost=CHEAP)
    assert caught.value.code == "installation.open-to-others"
    assert not list(place.iterdir())
    place.chmod(0o700)
    create_installation(settings(place), cost=CHEAP)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_database_that_others_can_read_is_refused(tmp_path: Path, suffix: str, mode: int) -> None:
    url, path = f"sqlite:///{tmp_path}/records.db", tmp_path / f"records.db{suffix}"
    open_records(url).close()
    path.touch()
    path.chmod(mode)
    with pytest.raises(Misconfigured) as caught:
        open_records(url)
    assert caught.value.code == "records.open-to-others"
    assert "chmod go-rwx" in caught.value.cure


def test_claims_are_gone_from_every_file_when_they_are_issued(tmp_path: Path) -> None:
    with new_office(tmp_path / "data") as office:
        office.draft(50, fullName=MARK)
        assert traces(tmp_path / "data")
        office.issue()
        assert not traces(tmp_path / "data")
        office.draft(1)  # life goes on
        assert not traces(tmp_path / "data")


def test_claims_are_gone_from_every_file_when_they_are_rejected(tmp_path: Path) -> None:
    with new_office(tmp_path / "data") as office:
        records, agency = office.inst.records, office.agency.agency_id
        office.draft(2, fullName=MARK)
        number = office.numbers
        records.reject_import(agency, office.row(f"N-{number - 1}").import_id)
        assert not traces(tmp_path / "data")
        office.draft(1, fullName=MARK)
        assert traces(tmp_path / "data")
        pk = office.row(f"N-{number}").credential_pk
        records.change_status(agency, [(pk, State.REJECTED, None)])
        assert not traces(tmp_path / "data")


def test_what_a_killed_process_left_is_gone_when_the_records_are_opened(tmp_path: Path) -> None:
    place = tmp_path / "data"
    done = subprocess.run([sys.executable, "-c", KILLED, place], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert traces(place)
    records = open_records(f"sqlite:///{place}/records.sqlite")
    assert not traces(place)
    assert records.count(None, None)[State.PENDING_ANCHOR] == 50
    records.close()


def test_a_reader_is_not_disturbed_and_the_next_time_erases(tmp_path: Path) -> None:
    with new_office(tmp_path / "data") as office:
        office.draft(1, fullName=MARK)
        other = open_records(office.inst.settings.records_url)
        with other._database.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM drafts").scalar()
            office.issue()
            assert traces(tmp_path / "data")
        other.erase_traces()
        assert not traces(tmp_path / "data")
        other.close()
