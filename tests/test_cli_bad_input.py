"""What bad input gets at the command line: cause, cure, the right exit code, nothing half-written, no traceback."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli_office import PASSPHRASE, Files, Outcome, office_files, run, shared_files
from refusals import in_both_languages, refused

from adapters.bootstrap import open_installation
from adapters.settings import read_settings
from offices.dev_samples import MAPPING

ROOT = Path(__file__).parent.parent
SOMEBODY = 65_534


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


def test_what_the_system_refuses_inside_is_no_mistake_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/office")

    monkeypatch.setattr("cli.types.read_document", locked)
    told = refused(run("type", "check", "x.json"), "files.not-accessible", 1)
    assert "/srv/office" in told.err


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
        told = refused(files.run("status", "--json"), "chain.owned", 3)
    assert str(os.getpid()) in told.problem["zh"]["detail"]


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


def test_more_numbers_than_anybody_has(tmp_path: Path) -> None:
    sparse = tmp_path / "numbers.txt"
    with sparse.open("wb") as file:
        file.truncate(1 << 30)
    refused(shared_files().run("revoke", "--by", "wang", "--file", sparse), "input.too-large", 1)


def test_one_unknown_number_revokes_none_and_is_named_by_its_line(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    told = refused(files.run("revoke", "--by", "w", "--json", stdin=b"N-0\nNOBODY-7\nN-1"), "credential.unknown", 1)
    assert told.problem["where"] == {"position": 2}
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
    assert "Line 7: no such certificate (credential.unknown)" in in_words.err
    assert "NOBODY" not in in_words.err
    chinese = files.run("hold", "--by", "w", stdin=lines, language="zh").err
    assert "第 3 行：状态为“已暂停”，不能如此变更（credential.state）" in chinese
    assert "第 7 行：没有该编号的证照（credential.unknown）" in chinese
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
    assert "Line 4: the state revoked does not allow it (credential.state)" in again.out
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
])  # fmt: skip
def test_a_correction_that_is_none(document: bytes, code: str) -> None:
    refused(shared_files().run("supersede", "--clerk", "li", stdin=document), code, 1)


# --------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-03-01T08:00:00", "20260301", "", "2026-13-01"])
def test_a_bad_date_for_as_of(text: str) -> None:
    files = shared_files()
    refused(files.verify(files.bundle(), "--as-of", text), "usage.bad-date", 2)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_no_calendar_has_room_for(text: str) -> None:
    files = shared_files()
    refused(files.verify(files.bundle(), "--as-of", text), "validity.as-of", 2)
    in_both_languages(lambda language: files.verify(files.bundle(), "--as-of", text, language=language))


def test_a_bad_date_elsewhere_and_a_bad_age() -> None:
    files = shared_files()
    refused(files.run("key", "compromise", "1", "--since", "soon"), "usage.bad-date", 2)
    refused(files.run("accredit", "grant", "office.example", "--until", "2026-99-99"), "usage.bad-date", 2)
    refused(files.verify(files.bundle(), "--max-status-age", "a week"), "usage.bad-age", 2)
    in_both_languages(lambda language: files.verify(files.bundle(), "--as-of", "x", language=language))


# ------------------------------------------------------------------------------------------------------- bundles


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


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """As at a terminal: what a shell starts in the background is deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
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


def test_of_a_registers_name_its_suffix_alone_is_kept(tmp_path: Path) -> None:
    """People name files after people."""
    files = office_files(tmp_path / "office")
    mapping, register = _register(tmp_path)
    named = register.rename(tmp_path / "张隐私-110101199003070012.CSV")
    assert _import(files, named, mapping).code == 0
    (kept,) = files.run("status", "--json").json["agencies"][0]["imports"]
    assert kept["source"] == "register.csv"
    data = b"".join(path.read_bytes() for path in files.data.rglob("*") if path.is_file())
    assert b"register.csv" in data
    assert "张隐私".encode() not in data


def test_an_import_of_what_is_not_there(tmp_path: Path) -> None:
    files = shared_files()
    mapping, register = _register(tmp_path)
    refused(_import(files, tmp_path / "none.csv", mapping), "usage.no-such-file", 2)
    refused(_import(files, register, tmp_path / "none.toml"), "usage.no-such-file", 2)
    coded = mapping.read_text("utf-8").replace("fullName = {}", 'fullName = { codes = "none.tsv" }')
    assert "none.tsv" in coded
    mapping.write_text(coded, "utf-8")
    refused(_import(files, register, mapping), "mapping.missing", 1)
    in_both_languages(lambda language: files.run("import", register, "-m", mapping, "-c", "li", language=language))
    assert "none.tsv" in files.run("import", register, "-m", mapping, "-c", "li", language="zh").err


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
