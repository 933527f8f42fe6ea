"""Disks, folders, ports and databases that will not have it, through both doors (``test_bad_input`` has the table)."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from api_client import REGISTER, opened, register_of, serving, settings_of
from cli_office import PASSPHRASE, Files, child_environment, office_files, run, shared_files
from refusals import (
    ROOT,
    SOMEBODY,
    as_somebody,
    filled_up,
    in_both_languages,
    problem_of,
    refused,
    small_disk,
    unharmed,
)
from test_bad_input_registers import mapping_of

DISK = 64 << 20
WAYS = ["file system", "file size"]
"""A file system of its own that is full, where one may be mounted (else, and besides: no file may grow any more)."""


@pytest.fixture(params=WAYS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, bool]]:
    """A folder, and whether it is a small file system."""
    place = tmp_path / "disk"
    place.mkdir()
    if request.param == "file size":
        yield place, False
    else:
        with small_disk(place, DISK) as mounted:
            yield place, mounted


def register(folder: Path, count: int) -> Path:
    path = folder / "many.csv"
    path.write_text("number,fullName\n" + "".join(f"Z-{at},张三\n" for at in range(count)), "utf-8")
    return path


def test_a_full_disk(disk: tuple[Path, bool], tmp_path: Path) -> None:
    place, is_own = disk
    files = office_files(place / "office")
    mapping, many = mapping_of(tmp_path, number="{}", fullName="{}"), register(tmp_path, 20_000)
    bring = ("import", many, "--mapping", mapping, "--clerk", "li")
    with unharmed(files.data), filled_up(place, is_own=is_own, spare=256 << 10):
        told = files.run(*bring, "--json")
        refused(told, told.problem["code"], 3)
        assert told.problem["code"] in FULL
        in_both_languages(lambda language: files.run(*bring, language=language))
    again = files.run(*bring, "--json")
    assert (again.code, again.json["accepted"]) == (0, 20_000)


FULL = (
    "records.disk-full",
    "chain.disk-full",
    "blobs.disk-full",
    "output.disk-full",
    "keystore.disk-full",
    "records.unavailable",
    "chain.store-failed",
)


def test_a_full_disk__for_what_is_handed_out(disk: tuple[Path, bool], tmp_path: Path) -> None:
    place, is_own = disk
    files = office_files(tmp_path / "office")
    with unharmed(files.data):
        assert files.run("status-pack", "make", "--out", tmp_path / "fits").code == 0
        with filled_up(place, is_own=is_own):
            told = files.run("bundle", "make", "--out", place / "bundles", "--json", stdin=b"N-0\nN-1")
            refused(told, told.problem["code"], 3)
            # where no file may grow, the installation's own may not either
            assert told.problem["code"] == "output.disk-full" or (not is_own and told.problem["code"] in FULL)
            in_both_languages(
                lambda language: files.run("status-pack", "make", "--out", place / "pack.bin", language=language)
            )
    assert [path for path in place.rglob("*") if path.is_file()] == []


def test_a_full_disk__for_a_new_installation(disk: tuple[Path, bool]) -> None:
    place, is_own = disk
    data = place / "new"
    with filled_up(place, is_own=is_own):
        told = run("init", data=str(data), passphrase=PASSPHRASE)
        assert told.code == 3, told.err
        assert any(f"Code: {code} " in told.err for code in FULL), told.err
    assert [path.name for path in data.rglob("*") if path.is_file() and path.stat().st_size] in ([], ["records.sqlite"])
    assert run("init", data=str(data), passphrase=PASSPHRASE).code == 0
    assert run("status", data=str(data), passphrase=PASSPHRASE).code == 0


def test_a_full_disk__over_http(disk: tuple[Path, bool]) -> None:
    place, is_own = disk
    with opened(place) as inst, serving(inst) as client:
        with unharmed(inst.settings.data), filled_up(place, is_own=is_own, spare=8 << 10):
            answer = client.bring(register_of(*(f"FULL-{at}" for at in range(5_000))))
            told = problem_of(answer, 503, answer.json()["code"])
            assert told["code"] in (*FULL, "upload.disk-full")
            assert "Retry-After" in answer.headers
        assert client.bring(REGISTER).status_code == 201


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder that an ordinary user can reach; pytest's own is for its owner alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        for path in (Path(name), *Path(name).rglob("*")):
            path.chmod(0o700)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """For the user that ``as_somebody`` makes of us: their own files, that nobody may write."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
        if os.geteuid() == 0:
            os.chown(path, SOMEBODY, -1)
    yield
    for path in paths:
        path.chmod(0o700)


def test_a_read_only_folder(anybodys: Path) -> None:
    files = office_files(anybodys / "office")
    (anybodys / "office").chmod(0o755)
    assert files.run("status").code == 0  # everything is imported as the user who may read it
    with unharmed(files.data), read_only(files.data), as_somebody():
        told = files.run("status")
        chinese = files.run("status", language="zh")
    refused(told, "chain.not-writable", 1)
    assert chinese.err.startswith("错误：内嵌链的文件夹")


def test_a_read_only_folder__for_what_is_handed_out(anybodys: Path) -> None:
    files = shared_files()
    out, bundle = anybodys / "out", anybodys / "one.bundle.json"
    out.mkdir()
    (out / "there").write_text("before", "utf-8")
    bundle.write_bytes(files.bundle().read_bytes())
    holdings = [anybodys / path.name for path in (files.trust_pack, files.root)]
    for path, source in zip(holdings, (files.trust_pack, files.root), strict=True):
        path.write_bytes(source.read_bytes())
    trust = ("--trust-pack", holdings[0], "--root", holdings[1])
    assert run("verify", bundle, *trust).code == 0  # everything is imported as the user who may read it
    with unharmed(out), read_only(out), as_somebody():
        told = run("verify", bundle, *trust, "--seen", out / "seen.json", "--json")
        refused(told, "output.not-writable", 3)
        in_both_languages(lambda one: run("verify", bundle, *trust, "--seen", out / "seen.json", language=one))
        refused(run("init", data=str(out / "new"), passphrase=PASSPHRASE), "files.not-accessible", 1)
        assert run("verify", bundle, *trust).code == 0  # who only reads needs no more


@contextmanager
def remounted(place: Path) -> Iterator[None]:
    """A mount that is read-only meanwhile, for root too."""
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", place], check=True)


def test_a_read_only_folder__on_a_read_only_file_system(tmp_path: Path) -> None:
    """A mount, where one may be made; permissions elsewhere, which stop everybody but root."""
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(place, DISK) as mounted:
        files = office_files(place / "office")
        with unharmed(files.data), remounted(place) if mounted else read_only(files.data):
            status, revoke = files.run("status"), files.run("revoke", "--by", "wang", "--json", stdin=b"N-0")
        refused(status, "chain.not-writable", 1)
        refused(revoke, "chain.not-writable", 1)


def test_a_read_only_folder__over_http(anybodys: Path) -> None:
    with opened(anybodys) as inst, serving(inst) as client:
        assert client.bring(dry_run="true").status_code == 200
        place = inst.settings.data / "tmp"
        place.mkdir(exist_ok=True)
        with unharmed(inst.settings.data):
            for folder in (inst.settings.data, place):
                folder.chmod(0o555)
            with as_somebody():
                problem_of(client.bring(), 500, "upload.not-writable")
            for folder in (inst.settings.data, place):
                folder.chmod(0o755)
        assert client.bring().status_code == 201


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_a_port_in_use(tmp_path: Path, command: str) -> None:
    files = office_files(tmp_path / "office")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        data = files.data if command == "serve" else tmp_path / "dev"
        for language in ("en", "zh"):
            told = run(command, "--port", port, data=str(data), passphrase=PASSPHRASE, language=language)
            assert told.code == 1
            assert "serve.port-in-use" in told.err
            assert language == "zh" or port in told.err
    assert "错误：" in told.err
    assert "办法：" in told.err
    assert not (tmp_path / "dev").exists()


def test_a_port_in_use__over_http_disturbs_nobody(tmp_path: Path) -> None:
    """Whoever is there first goes on: the port is not shared and not taken over."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        address = first.getsockname()
        told = run("dev", "--port", str(address[1]), data=str(tmp_path / "dev"), passphrase=PASSPHRASE)
        assert "serve.port-in-use" in told.err
        with socket.create_connection(address) as client:
            served, _ = first.accept()
            with served:
                served.sendall(b"still here")
                assert client.recv(32) == b"still here"


def made_newer(data: Path) -> None:
    with closing(sqlite3.connect(data / "records.sqlite")) as database, database:
        assert database.execute("UPDATE onceledger_version SET version_num = '9999'").rowcount == 1


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    files: Files = office_files(tmp_path)
    made_newer(files.data)
    with unharmed(files.data):
        for arguments in (("status",), ("issue",), ("bundle", "make", "--out", tmp_path / "out")):
            told = refused(files.run(*arguments, stdin=b"N-0"), "records.newer-version", 1)
            assert "9999" in told.err
        in_both_languages(lambda language: files.run("status", language=language))
    assert not (tmp_path / "out").exists()
    assert files.verify(files.bundle()).code == 0  # a certificate needs no database


def test_a_database_of_a_newer_version__over_http_is_not_served(tmp_path: Path) -> None:
    with opened(tmp_path) as inst:
        data = inst.settings.data
    made_newer(data)
    environment = child_environment(data=str(data), passphrase=settings_of(data).secret(), language="en")
    program = [sys.executable, "-c", "from cli.main import main; main()", "serve", "--port", "0"]
    with unharmed(data):
        done = subprocess.run(
            program, capture_output=True, text=True, cwd=ROOT, env=environment, check=False, timeout=120
        )
    assert done.returncode == 1
    assert "Code: records.newer-version" in done.stderr
    assert "Traceback" not in done.stderr
