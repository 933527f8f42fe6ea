"""What bad input gets at the command line: cause, cure, the right exit code, nothing half-written, no traceback."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli_office import PASSPHRASE, Files, Outcome, child_environment, office_files, run, shared_files

from adapters.bootstrap import open_installation
from adapters.settings import read_settings
from offices.dev_samples import MAPPING

ROOT = Path(__file__).parent.parent
SOMEBODY = 65_534


def refused(told: Outcome, code: str, exit_code: int) -> Outcome:
    """The error of ``code``, told in full and with nothing on standard output."""
    assert told.code == exit_code, told.err
    assert told.out == ""
    assert "Traceback" not in told.err
    if told.err.startswith("{"):
        assert told.problem["code"] == code
        assert told.problem["exitCode"] == exit_code
        assert told.problem["detail"]
        assert told.problem["cure"]
    else:
        error, cure, last = told.err.splitlines()
        assert error.startswith("Error: ")
        assert cure.startswith("Cure: ")
        assert f"Code: {code} " in last
    return told


def in_both_languages(act: Callable[[str], Outcome]) -> None:
    """The same problem in Chinese is in Chinese, and English nowhere has any."""
    chinese, english = act("zh"), act("en")
    assert chinese.err.startswith("错误：")
    assert "办法：" in chinese.err
    assert not any("\u4e00" <= one <= "\u9fff" for one in english.err)


# ------------------------------------------------------------------------------------------------- files and paths


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    files = shared_files()
    refused(files.verify(tmp_path / "nowhere"), "usage.no-such-file", 2)
    refused(files.verify(tmp_path / "nowhere", "--json"), "usage.no-such-file", 2)
    in_both_languages(lambda language: files.verify(tmp_path / "nowhere", language=language))
    refused(run("status", data=str(tmp_path / "nowhere"), passphrase="x"), "installation.missing", 1)


def test_a_trust_pack_that_does_not_exist(tmp_path: Path) -> None:
    files = shared_files()
    trust = ("--trust-pack", tmp_path / "none.json", "--root", files.root)
    refused(run("verify", files.bundle(), *trust), "usage.no-such-file", 2)


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    files = shared_files()
    refused(run("verify", files.bundle(), "--trust-pack", tmp_path, "--root", files.root), "input.unreadable", 3)
    refused(run("type", "check", tmp_path), "input.unreadable", 1)


def test_verifying_without_trust_and_without_anything() -> None:
    refused(run("verify"), "usage.nothing-to-verify", 2)
    refused(run("verify", shared_files().bundle()), "usage.no-trust", 2)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    files = shared_files()
    (tmp_path / "a-file").write_bytes(b"")
    told = files.run("status-pack", "make", "--out", tmp_path / "a-file" / "pack.bin")
    refused(told, "output.not-writable", 1)
    refused(files.verify(files.bundle(), "--seen", tmp_path / "none" / "seen.json"), "output.not-writable", 3)
    assert list(tmp_path.iterdir()) == [tmp_path / "a-file"]


def test_a_read_only_data_folder() -> None:
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:  # one that anybody can reach, unlike pytest's own
        Path(name).chmod(0o755)
        files = office_files(Path(name) / "office")
        files.data.parent.chmod(0o755)
        assert files.run("status").code == 0  # everything is imported as the user who may read it
        for path in (files.data, *files.data.rglob("*")):
            path.chmod(0o500 if path.is_dir() else 0o400)
            os.chown(path, SOMEBODY if user == 0 else user, -1)
        try:
            if user == 0:
                os.seteuid(SOMEBODY)
            told = files.run("status")
            chinese = files.run("status", language="zh")
        finally:
            os.seteuid(user)
            for path in (files.data, *files.data.rglob("*")):
                path.chmod(0o700)
    refused(told, "chain.not-writable", 1)
    assert chinese.err.startswith("错误：内嵌链的文件夹")


def test_what_the_system_refuses_inside_is_no_mistake_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/office")

    monkeypatch.setattr("cli.types.read_limited", locked)
    told = refused(run("type", "check", "x.json"), "files.not-accessible", 1)
    assert "/srv/office" in told.err


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "trust-pack.json"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)); import signal; "
    program = limit + "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from cli.outputs import write_whole; "
    program += f"from pathlib import Path; write_whole(Path({str(out)!r}), bytes(4096))"
    told = _program(program)
    assert "The disk is full" in told.stderr
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------------- installation


def test_a_wrong_passphrase() -> None:
    files = shared_files()
    refused(files.run("status", passphrase="wrong"), "keystore.wrong-passphrase", 1)
    refused(files.run("status", "--json", passphrase="wrong"), "keystore.wrong-passphrase", 1)
    in_both_languages(lambda language: files.run("status", language=language, passphrase="wrong"))


def test_no_passphrase(tmp_path: Path) -> None:
    refused(run("init", data=str(tmp_path / "new")), "settings.no-passphrase", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_second_installation_in_one_folder() -> None:
    refused(shared_files().run("init"), "installation.exists", 1)


def test_an_unusable_setting_is_told_in_chinese_by_default() -> None:
    told = run("status", data="x", workers="many")
    assert told.code == 1
    assert "ONCELEDGER_WORKERS" in told.err
    assert "many" not in told.err
    assert told.err.startswith("错误：")
    refused(run("status", "--lang", "en", data="x", workers="many"), "settings.malformed", 1)


def test_a_second_process_that_owns_the_chain() -> None:
    files = shared_files()
    settings = read_settings(data=files.data, passphrase=PASSPHRASE)
    with open_installation(settings):
        told = refused(files.run("status", "--json"), "chain.owned", 1)
    assert str(os.getpid()) in told.problem["zh"]["detail"]


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    with sqlite3.connect(files.data / "records.sqlite") as database:
        changed = database.execute("UPDATE onceledger_version SET version_num = '9999'").rowcount
    database.close()
    assert changed == 1
    told = refused(files.run("status"), "records.newer-version", 1)
    assert "9999" in told.err
    in_both_languages(lambda language: files.run("status", language=language))


def test_a_port_in_use() -> None:
    files = shared_files()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = files.run("serve", "--port", str(port))
    assert told.code == 1
    assert "Code: serve.port-in-use" in told.err
    assert str(port) in told.err


@pytest.mark.parametrize(("host", "zh", "code"), [
    ("", "名", "agency.host"),
    ("Upper.example", "名", "agency.host"),
    ("a b.example", "名", "agency.host"),
    ("../keys", "名", "agency.host"),
    ("-a.example", "名", "agency.host"),
    ("a..example", "名", "agency.host"),
    ("a" * 300, "名", "agency.host"),
    ("new.example", " ", "agency.name"),
    ("new.example", "a\x1b[31m", "agency.name"),
    ("new.example", "名" * 201, "agency.name"),
])  # fmt: skip
def test_an_agency_that_no_trust_pack_could_name(host: str, zh: str, code: str) -> None:
    files = shared_files()
    refused(files.run("agency", "add", "--zh", zh, "--en", "Name", "--", host), code, 1)
    assert len(files.run("agency", "list", "--json").json["agencies"]) == 1


def test_an_unknown_type_and_an_unknown_agency() -> None:
    files = shared_files()
    refused(files.run("type", "show", "Diploma"), "type.unknown", 1)
    refused(files.run("revoke", "--by", "w", "--type", "Diploma", stdin=b"N-0"), "type.unknown", 1)
    refused(files.run("issue", "--agency", "other.example"), "agency.unknown", 1)
    in_both_languages(lambda language: files.run("type", "show", "Diploma", language=language))


# ------------------------------------------------------------------------------------------------------ numbers


def test_empty_standard_input() -> None:
    files = shared_files()
    for stdin in (b"", b"\n \n", b"\xef\xbb\xbf"):
        refused(files.run("revoke", "--by", "wang", stdin=stdin), "numbers.none", 1)
    in_both_languages(lambda language: files.run("revoke", "--by", "wang", language=language))


def test_standard_input_that_is_not_utf8() -> None:
    files = shared_files()
    told = refused(files.run("revoke", "--by", "wang", "--json", stdin=b"N-0\nN-\xff"), "input.not-utf8", 1)
    assert told.problem["where"] == {"offset": 6}


def test_more_numbers_than_anybody_has(tmp_path: Path) -> None:
    sparse = tmp_path / "numbers.txt"
    with sparse.open("wb") as file:
        file.truncate(1 << 30)
    refused(shared_files().run("revoke", "--by", "wang", "--file", sparse), "input.too-large", 1)


def test_one_unknown_number_revokes_none_and_is_named_by_its_line(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    told = refused(files.run("revoke", "--by", "w", "--json", stdin=b"N-0\nNOBODY-7\nN-1"), "credential.unknown", 1)
    assert told.problem["where"] == {"position": 1}
    assert told.problem["rows"] == [{"row": 2, "code": "credential.unknown", "state": None}]
    assert told.problem["zh"]["detail"].startswith("第 2 行")
    assert "NOBODY-7" not in told.err
    counts = files.run("status", "--json").json["agencies"][0]["counts"]
    assert counts == {"Sample": {"anchored": 6}}


def test_a_step_that_the_state_forbids(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    refused(files.run("resume", "--by", "w", stdin=b"N-0"), "credential.state", 1)
    told = files.run("revoke", "--by", "w", "--json", stdin=b"N-0\nN-0\n")
    assert [one["state"] for one in told.json["changed"]] == ["revoked"]
    refused(files.run("hold", "--by", "w", stdin=b"N-0"), "credential.state", 1)


def test_every_line_that_cannot_be_done_is_told_and_nothing_is_done(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    assert files.run("hold", "--by", "w", stdin=b"N-1").code == 0
    lines = b"N-0\n\nN-1\nNOBODY-7\nN-0\nN-2\nNOBODY-8\n"
    told = refused(files.run("hold", "--by", "w", "--json", stdin=lines), "status.rows-refused", 1)
    assert told.problem["rows"] == [
        {"row": 3, "code": "credential.state", "state": "held"},
        {"row": 4, "code": "credential.unknown", "state": None},
        {"row": 7, "code": "credential.unknown", "state": None},
    ]
    assert told.problem["where"] == {"refused": 3, "count": 5}
    assert "NOBODY" not in told.err
    in_words = files.run("hold", "--by", "w", stdin=lines)
    assert "Line 7: credential.unknown (state: -)" in in_words.err
    assert "NOBODY" not in in_words.err
    assert files.run("status", "--json").json["agencies"][0]["counts"] == {"Sample": {"anchored": 5, "held": 1}}


def test_what_can_be_done_is_done_and_the_rest_told_when_asked_for(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("N-0\n\nNOBODY-7\nN-2\n", "utf-8")
    told = files.run("revoke", "--by", "w", "--json", "--skip-refused", "--file", numbers)
    assert told.code == 1
    assert [(one["row"], one["state"]) for one in told.json["changed"]] == [(1, "revoked"), (4, "revoked")]
    assert told.json["refused"] == [{"row": 3, "code": "credential.unknown", "state": None}]
    again = files.run("revoke", "--by", "w", "--skip-refused", "--file", numbers)
    assert (again.code, "0 revoked" in again.out) == (1, True)
    assert "Line 4: credential.state (state: revoked)" in again.out
    assert "NOBODY" not in told.out + told.err + again.out + again.err
    assert files.run("status", "--json").json["agencies"][0]["counts"] == {"Sample": {"anchored": 4, "revoked": 2}}


@pytest.mark.parametrize(("document", "code"), [
    (b"", "json.malformed"),
    (b"[]", "supersede.malformed"),
    (b'{"businessNumber":"N-0"}', "supersede.malformed"),
    (b'{"businessNumber":"N-0","claims":{},"changes":{}}', "supersede.malformed"),
    (b'{"businessNumber":"N-0","changes":{"fullName":""}}', "supersede.claims-break-schema"),
    (b'{"businessNumber":"N-0","changes":{"count":1.5}}', "json.float"),
    (b'{"businessNumber":"N-0","changes":{},"validFrom":"2026-02-30"}', "supersede.malformed"),
    (b'{"businessNumber":"N-9","changes":{}}', "credential.unknown"),
    (b'{"businessNumber":"N-0","businessNumber":"N-1","changes":{}}', "json.duplicate-key"),
    (b"[" * 100_000, "json.too-deep"),
])  # fmt: skip
def test_a_correction_that_is_none(document: bytes, code: str) -> None:
    refused(shared_files().run("supersede", "--clerk", "li", stdin=document), code, 1)


# --------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-03-01T08:00:00", "20260301", "", "2026-13-01"])
def test_a_bad_date_for_as_of(text: str) -> None:
    files = shared_files()
    refused(files.verify(files.bundle(), "--as-of", text), "usage.bad-date", 2)


def test_a_bad_date_elsewhere_and_a_bad_age() -> None:
    files = shared_files()
    refused(files.run("key", "compromise", "1", "--since", "soon"), "usage.bad-date", 2)
    refused(files.run("accredit", "grant", "office.example", "--until", "2026-99-99"), "usage.bad-date", 2)
    refused(files.verify(files.bundle(), "--max-status-age", "a week"), "usage.bad-age", 2)
    in_both_languages(lambda language: files.verify(files.bundle(), "--as-of", "x", language=language))


# ------------------------------------------------------------------------------------------------------- bundles


def test_a_bundle_of_one_gigabyte_is_not_read_whole(tmp_path: Path) -> None:
    sparse = tmp_path / "huge.bundle.json"
    with sparse.open("wb") as file:
        file.truncate(1 << 30)
    files = shared_files()
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20)); "
    trust = ["--trust-pack", str(files.trust_pack), "--root", str(files.root)]
    told = _program(limit + "from cli.main import main; main()", "verify", str(sparse), *trust, "--json")
    assert told.returncode == 1, told.stderr
    assert '"well-formed.malformed"' in told.stdout
    folder = files.verify(tmp_path, "--json")
    assert (folder.code, folder.json["reasons"]) == (1, {"well-formed.malformed": 1})


def test_a_bomb_of_json(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.bundle.json"
    bomb.write_bytes(b'{"format":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    told = shared_files().verify(bomb, "--json")
    assert (told.code, told.json["code"]) == (1, "well-formed.malformed")
    refused(run("bundle", "show", bomb), "json.too-deep", 1)
    refused(run("type", "check", bomb), "json.too-deep", 1)


def test_files_of_another_kind(tmp_path: Path) -> None:
    files = shared_files()
    refused(run("bundle", "show", files.trust_pack), "bundle.not-a-bundle", 1)
    (tmp_path / "seen.json").write_bytes(b"{}")
    refused(run("trust-pack", "show", tmp_path / "seen.json"), "trust-pack.not-a-pack", 1)
    refused(run("status-pack", "show", files.bundle()), "status-pack.not-a-pack", 1)
    refused(run("type", "check", files.bundle()), "type.not-a-type", 1)
    status = ("--status-pack", files.trust_pack)
    trust = ("--trust-pack", files.trust_pack, "--root", files.root)
    refused(run("verify", files.bundle(), *trust, *status), "status-pack.not-a-pack", 3)
    refused(run("verify", files.bundle(), *trust, "--seen", tmp_path / "seen.json"), "trust-pack.seen-malformed", 3)


def test_a_bundle_of_somebody_else_is_not_refreshed(tmp_path: Path) -> None:
    files = shared_files()
    foreign = tmp_path / "foreign.json"
    foreign.write_bytes(files.bundle().read_bytes().replace(b"office.example", b"others.example"))
    before = foreign.read_bytes()
    refused(files.run("bundle", "refresh", foreign), "refresh.not-ours", 1)
    assert foreign.read_bytes() == before


# ------------------------------------------------------------------------------------------------ registers


def _register(folder: Path) -> tuple[Path, Path]:
    """A mapping and a register for the type Sample."""
    text = MAPPING.replace("SamplePermit", "Sample").split("[columns]")[0]
    text += '[columns]\nnumber = {}\nfullName = {}\n[fields]\nnumber = { column = "number" }\n'
    text += 'fullName = { column = "fullName" }\n'
    mapping, register = folder / "sample.toml", folder / "register.csv"
    mapping.write_text(text, "utf-8")
    register.write_text("number,fullName\n" + "".join(f"R-{at},张三\n" for at in range(5_000)), "utf-8")
    return mapping, register


def _import(files: Files, register: Path, mapping: Path, *more: str) -> Outcome:
    return files.run("import", register, "--mapping", mapping, "--clerk", "li", *more)


def test_ctrl_c_in_the_middle_of_an_import_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = office_files(tmp_path / "office")
    mapping, register = _register(tmp_path)
    advanced: list[int] = []

    @contextmanager
    def interrupting(*_: Any, **__: Any) -> Iterator[Callable[[int], None]]:
        def advance(count: int) -> None:
            advanced.append(count)
            os.kill(os.getpid(), signal.SIGINT)

        yield advance

    with monkeypatch.context() as patched:
        patched.setattr("cli.progress.counting", interrupting)
        told = _import(files, register, mapping)
    assert advanced == [2_000]
    assert (told.code, told.out) == (130, "")
    assert "nothing half-written" in told.err
    assert files.run("status", "--json").json["agencies"][0]["counts"] == {"Sample": {"anchored": 6}}
    again = _import(files, register, mapping, "--json")
    assert (again.code, again.json["accepted"], again.json["import"]) == (0, 5_000, 2)


def test_an_import_of_what_is_no_register(tmp_path: Path) -> None:
    files = shared_files()
    mapping, register = _register(tmp_path)
    refused(_import(files, tmp_path / "none.csv", mapping), "rows.file-missing", 1)
    refused(_import(files, register, tmp_path / "none.toml"), "mapping.missing", 1)
    register.write_bytes(b"")
    refused(_import(files, register, mapping), "rows.empty", 1)
    register.write_bytes("number,fullName\nR-1,张三\n".encode("gb18030"))
    refused(_import(files, register, mapping), "rows.not-utf8", 1)
    register.write_text("number,name\nR-1,x\n", "utf-8")
    told = refused(_import(files, register, mapping, "--json"), "import.header-mismatch", 1)
    assert "fullName" in told.problem["zh"]["detail"]
    register.write_text("number,fullName\n" + "R-1,张三\n" * 50, "utf-8")
    refused(_import(files, register, mapping), "import.too-many-bad-rows", 1)


def test_a_report_names_rows_and_never_values(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    mapping, register = _register(tmp_path)
    good = "".join(f"R-{at},张三\n" for at in range(60))
    register.write_text("number,fullName\n" + good + "R-0,李四李四\nlower case,王五王五\n", "utf-8")
    report = tmp_path / "report.json"
    told = _import(files, register, mapping, "--report", str(report), "--json")
    assert (told.code, told.json["accepted"], told.json["refused"]) == (0, 60, 2)
    assert [one["row"] for one in told.json["findings"]] == [62, 63]
    assert "findings" in report.read_text("utf-8")
    shown = _import(files, register, mapping, "--dry-run", "--max-bad-percent", "100")
    for text in (told.out, report.read_text("utf-8"), shown.out):
        assert not any(value in text for value in ("李四李四", "王五王五", "lower case"))


def _program(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=child_environment(**environment),
        check=False,
    )
