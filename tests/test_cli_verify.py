"""``onceledger verify``: verdicts, exit codes, and what is shown of a certificate that is not right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from cli_office import NUMBERS, child_environment, office_files, run, shared_files
from nacl.signing import SigningKey

from ledger import canonical_json, trust_pack_files, trust_pack_signing, trust_reading
from ledger.reasons import CHECKS
from ledger.trust_pack_signing import RootKeys

STDIN = "\n".join(NUMBERS).encode()


def test_a_valid_bundle_shows_all_eleven_checks_and_what_it_says() -> None:
    files = shared_files()
    told = files.verify(files.bundle(), language="zh")
    assert told.code == 0
    assert "✔ 有效" in told.out
    for check in CHECKS:
        assert check.zh in told.out
    for shown in ("示例局", "存证时间", "状态信息", "信任包", "张三", "did:web:office.example"):
        assert shown in told.out
    english = files.verify(files.bundle())
    for check in CHECKS:
        assert check.en in english.out
    assert "Example office (active)" in english.out


def test_json_has_the_findings_in_both_languages_and_nothing_else_on_standard_output() -> None:
    files = shared_files()
    told = files.verify(files.bundle(), "--json")
    assert told.code == 0
    assert (told.json["result"], len(told.json["checks"])) == ("valid", 11)
    assert all(one["zh"] and one["en"] for one in told.json["checks"])
    assert told.json["issuer"]["name"] == {"zh": "示例局", "en": "Example office"}
    assert told.json["statusAgeSeconds"] >= 0
    assert told.json["claims"]["fullName"] == "张三"
    assert told.json["next"]["zh"]


def _altered(path: Path, into: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    into.write_bytes(content.replace(old, new))
    return into


@pytest.mark.parametrize("language", ["zh", "en"])
def test_of_a_wrong_signature_nothing_is_shown(tmp_path: Path, language: str) -> None:
    files = shared_files()
    forged = _altered(files.bundle(), tmp_path / "x.json", "张三".encode(), "李四".encode())
    told = files.verify(forged, language=language)
    assert told.code == 1
    for hidden in ("李四", "示例局", "Example office", "N-0"):
        assert hidden not in told.out
    as_json = files.verify(forged, "--json")
    assert (as_json.code, as_json.json["code"]) == (1, "signature.wrong")
    assert "李四" not in as_json.out
    assert as_json.json["issuer"] is None


def test_a_folder_counts_by_result_and_reason_and_ends_like_its_worst(tmp_path: Path) -> None:
    files = shared_files()
    folder = tmp_path / "many" / "deep"
    shutil.copytree(files.bundles, folder)
    (folder / "trust-pack.json").write_bytes(files.trust_pack.read_bytes())
    assert files.verify(tmp_path).code == 0
    unanchored = json.loads(files.bundle().read_bytes())
    del unanchored["anchor"]
    (folder / "u.bundle.json").write_bytes(canonical_json.canonicalize(unanchored))
    told = files.verify(tmp_path, "--json")
    assert (told.code, told.json["counts"]) == (3, {"valid": 6, "invalid": 0, "cannot be checked": 1})
    assert told.json["reasons"]["anchored.not-anchored-yet"] == 1
    (folder / "b.bundle.json").write_bytes(b"{}")
    told = files.verify(tmp_path)
    assert told.code == 1
    assert "Files: 8; 6 valid, 1 invalid, 1 cannot be checked." in told.out
    assert "well-formed.malformed" in told.out


def test_a_folder_shows_a_progress_bar_on_standard_error_when_asked() -> None:
    files = shared_files()
    assert "Verifying" in files.verify(files.bundles, "--progress").err
    assert files.verify(files.bundles).err == ""
    silent = files.verify(files.bundles, "--progress", "--json")
    assert silent.json["result"] == "valid"


def test_an_empty_folder_is_not_valid(tmp_path: Path) -> None:
    told = shared_files().verify(tmp_path)
    assert told.code == 3
    assert "no bundle" in told.out


def test_a_file_that_cannot_be_read_does_not_stop_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = shared_files()
    folder = tmp_path / "b"
    shutil.copytree(files.bundles, folder)
    locked = sorted(folder.iterdir())[0]
    opening = Path.open

    def refusing(path: Path, *arguments: object, **named: object) -> object:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return opening(path, *arguments, **named)  # type: ignore[call-overload]  # passed through as it came

    monkeypatch.setattr(Path, "open", refusing)
    told = files.verify(folder, "--json")
    assert (told.code, told.json["counts"]["cannot be checked"]) == (3, 1)
    assert {"file": str(locked), "result": "cannot be checked", "code": "file.unreadable"} in told.json["verdicts"]


def test_policy_of_the_verifier() -> None:
    files = shared_files()
    assert files.verify(files.bundle(), "--type", "Sample", "--issuer", "office.example").code == 0
    told = files.verify(files.bundle(), "--type", "Diploma", "--json")
    assert (told.code, told.json["code"]) == (1, "policy.type-not-accepted")
    told = files.verify(files.bundle(), "--issuer", "did:web:other.example", "--json")
    assert (told.code, told.json["code"]) == (1, "policy.issuer-not-accepted")


def test_as_of_a_day_before_it_was_valid() -> None:
    files = shared_files()
    told = files.verify(files.bundle(), "--as-of", "2025-12-31", "--json")
    assert (told.code, told.json["code"]) == (1, "validity.not-yet-valid")


def test_a_pack_of_ones_own_making_makes_nothing_valid_and_nothing_invalid(tmp_path: Path) -> None:
    files = shared_files()
    description = trust_reading.parse(trust_pack_files.read(files.trust_pack.read_bytes()).trust)
    key = SigningKey(bytes(range(32)))
    public = bytes(key.verify_key)
    until = datetime.now(UTC) + timedelta(days=7)
    made = trust_pack_signing.make(
        description,
        root=RootKeys((public,), 1, until),
        expires=until,
        signers={public: lambda message: bytes(key.sign(message).signature)},
    )
    (tmp_path / "pack.json").write_bytes(made)
    told = run("verify", files.bundle(), "--trust-pack", tmp_path / "pack.json", "--root", files.root, "--json")
    assert (told.code, told.json["code"]) == (3, "trust.unusable")
    assert told.json["trustPack"]["problem"]["code"] == "trust-pack.not-signed-by-root"


def test_a_root_that_is_none_checks_nothing(tmp_path: Path) -> None:
    files = shared_files()
    (tmp_path / "root.json").write_bytes(b"{}")
    told = run("verify", files.bundle(), "--trust-pack", files.trust_pack, "--root", tmp_path / "root.json", "--json")
    assert (told.code, told.problem["code"]) == (3, "trust-pack.pinned-root")


def test_an_expired_pack_is_cannot_be_checked_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later:
        """Thirty days on."""

        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime.now(zone) + timedelta(days=30)

    monkeypatch.setattr("cli.verifying.datetime", Later)
    files = shared_files()
    told = files.verify(files.bundle(), "--json")
    assert (told.code, told.json["code"]) == (3, "trust.unusable")
    assert told.json["trustPack"]["problem"]["code"] == "trust-pack.expired"
    assert "信任包已过期" in files.verify(files.bundle(), language="zh").err


def test_the_newest_pack_seen_is_remembered_and_an_older_one_refused(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    seen = tmp_path / "seen.json"
    newer = tmp_path / "newer.json"
    assert files.run("trust-pack", "make", "--out", newer).code == 0
    accept = ("--root", files.root, "--seen", seen)
    assert run("trust-pack", "accept", files.trust_pack, *accept).code == 0
    assert run("verify", files.bundle(), "--trust-pack", newer, *accept).code == 0
    told = run("trust-pack", "accept", files.trust_pack, *accept, "--json")
    assert (told.code, told.problem["code"]) == (3, "trust-pack.rolled-back")
    told = files.verify(files.bundle(), "--seen", seen, "--json")
    assert (told.code, told.json["trustPack"]["problem"]["code"]) == (3, "trust-pack.rolled-back")


def test_online_verifies_by_number_and_shows_what_is_not_published_yet(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    told = files.run("verify", "--online", "--json", stdin=STDIN)
    assert told.code == 0
    assert [one["recordState"] for one in told.json["verdicts"]] == ["anchored"] * 6
    assert files.run("revoke", "--by", "wang", stdin=b"N-1").code == 0
    told = files.run("verify", "--online", stdin=b"N-1")
    assert told.code == 0
    assert "State in the records: revoked" in told.out
    assert files.run("publish").code == 0
    told = files.run("verify", "--online", "--json", stdin=b"N-0\nN-1")
    assert told.code == 1
    assert [one["result"] for one in told.json["verdicts"]] == ["valid", "invalid"]
    assert "N-1" not in json.dumps({**told.json, "verdicts": []})


def test_online_what_nobody_bears_is_told_by_line_and_keeps_no_verdict_back() -> None:
    files = shared_files()
    told = files.run("verify", "--online", "--json", stdin=b"NOBODY-7\n\nN-0\nN-1\nNOBODY-8")
    assert (told.code, told.json["result"]) == (3, "cannot be checked")
    assert [(one["line"], one["result"], one["code"]) for one in told.json["verdicts"]] == [
        (3, "valid", "policy.passed"),
        (4, "valid", "policy.passed"),
        (1, None, "credential.unknown"),
        (5, None, "credential.unknown"),
    ]
    in_words = files.run("verify", "--online", stdin=b"NOBODY-7\nN-0\n", language="zh")
    assert (in_words.code, "1 行的编号没有证照：第 1 行。" in in_words.out) == (3, True)
    assert "NOBODY" not in told.out + told.err + in_words.out + in_words.err


@pytest.mark.parametrize(
    ("language", "cause"), [("zh", "第 3 行：没有证照"), ("en", "Line 3: No issued credential has")]
)
def test_a_bundle_of_what_nobody_bears_is_told_by_line(tmp_path: Path, language: str, cause: str) -> None:
    arguments = ("bundle", "make", "--out", tmp_path / "made")
    told = shared_files().run(*arguments, stdin=b"N-0\n\nNOBODY-7\nN-1", language=language)
    assert (told.code, cause in told.err, (tmp_path / "made").exists()) == (1, True, False)
    told = shared_files().run(*arguments, "--json", stdin=b"N-0\n\nNOBODY-7\nNOBODY-8")
    assert told.problem["where"] == {"position": 3}
    assert [one["row"] for one in told.problem["rows"]] == [3, 4]


def test_online_a_compromise_counts_before_any_new_trust_pack(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert files.run("key", "compromise", "1", "--since", yesterday).code == 0
    assert files.verify(files.bundle()).code == 0
    told = files.run("verify", "--online", "--json", stdin=b"N-0")
    assert (told.code, told.json["verdicts"][0]["code"]) == (1, "key.compromised-before-anchor")


def test_online_status_lists_that_are_behind_the_chain_are_refused(tmp_path: Path) -> None:
    files = office_files(tmp_path / "one")
    before = (files.data / "records.sqlite").read_bytes()
    assert files.run("hold", "--by", "wang", stdin=b"N-0").code == 0
    assert files.run("publish").code == 0
    for leftover in ("records.sqlite-wal", "records.sqlite-shm"):
        (files.data / leftover).unlink(missing_ok=True)
    (files.data / "records.sqlite").write_bytes(before)
    told = files.run("verify", "--online", "--json", stdin=b"N-0")
    assert (told.code, told.problem["code"]) == (3, "online.status-behind")


def test_the_program_itself_exits_with_the_verdict(tmp_path: Path) -> None:
    files = shared_files()
    trust = ["--trust-pack", str(files.trust_pack), "--root", str(files.root), "--status-pack", str(files.status_pack)]
    program = [sys.executable, "-c", "from cli.main import main; main()", "verify"]

    def code(path: Path) -> int:
        return subprocess.run(
            [*program, str(path), *trust, "--lang", "en"], capture_output=True, env=child_environment(), check=False,
            cwd=Path(__file__).parent.parent,
        ).returncode  # fmt: skip

    forged = _altered(files.bundle(), tmp_path / "x.json", "张三".encode(), "李四".encode())
    assert [code(files.bundle()), code(forged), code(tmp_path / "none")] == [0, 1, 2]


def _ahead(hours: int) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


def test_an_answer_about_the_past_says_of_which_day_it_is() -> None:
    files = shared_files()
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    moment = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds")
    for asked in (yesterday, moment):
        told = files.verify(files.bundle(), "--as-of", asked, "--json").json
        assert told["asOf"] == asked
        assert set(told["next"]) == {"zh", "en"}
        for language in ("zh", "en"):
            seen = files.verify(files.bundle(), "--as-of", asked, language=language)
            assert seen.out.count(asked) == 2  # before the verdict, and in what to do
        assert "It can be relied on." not in seen.out
    assert files.verify(files.bundle(), "--json").json["asOf"] is None
    assert "It can be relied on." in files.verify(files.bundle(), language="en").out


def test_a_verdict_shows_identifier_and_dates() -> None:
    files = shared_files()
    told = files.verify(files.bundle(), "--json").json
    assert told["credential"]["id"].startswith("urn:uuid:")
    assert told["credential"]["validFrom"][:4] == "2026"
    seen = files.verify(files.bundle(), language="en").out
    assert told["credential"]["id"] in seen
    assert told["credential"]["validFrom"] in seen


def test_as_of_the_future_is_no_answer_but_wrong_usage() -> None:
    files = shared_files()
    for asked in (_ahead(49).date().isoformat(), _ahead(25).isoformat(), "9998-12-31", "9998-12-31T23:59:59-12:00"):
        told = files.verify(files.bundle(), "--as-of", asked, "--json")
        assert (told.code, told.problem["code"]) == (2, "usage.as-of-in-future"), asked
    assert "将来" in files.verify(files.bundle(), "--as-of", "9998-12-31", language="zh").err


def test_tomorrow_is_today_elsewhere() -> None:
    files = shared_files()
    for asked in (_ahead(0).date().isoformat(), _ahead(24).date().isoformat(), _ahead(23).isoformat()):
        assert files.verify(files.bundle(), "--as-of", asked).code == 0, asked
