"""What a verdict says besides its checks: issued later than the day asked about, a status that the holder chose."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from api_client import NUMBERS, opened, serving
from cli_office import Files, Outcome, office_files, run, shared_files

from ledger.canonical_json import canonicalize

BEFORE = "2026-03-01"
"""Within the certificates' dates, and before they were anchored."""


def offline(files: Files, *arguments: str | Path, language: str = "en") -> Outcome:
    """Without a status pack."""
    return run("verify", *arguments, "--trust-pack", files.trust_pack, "--root", files.root, language=language)


@pytest.mark.parametrize(
    ("language", "note", "last"),
    [
        ("en", "Note: It was issued only on ", f"Its dates cover {BEFORE}, but it was issued only later"),
        ("zh", "才签发存证，晚于所问的时刻", f"有效期涵盖 {BEFORE}，但当时尚未签发"),
    ],
)
def test_a_day_before_the_anchor_is_told(language: str, note: str, last: str) -> None:
    files = shared_files()
    told = files.verify(files.bundle(), "--as-of", BEFORE, language=language)
    assert told.code == 0
    assert note in told.out
    line = told.out.rstrip().splitlines()[-1]
    assert last in line
    assert "relied" not in line
    assert "采信" not in line


def test_programs_hear_it_too_and_the_verdict_stays() -> None:
    files = shared_files()
    past = files.verify(files.bundle(), "--as-of", BEFORE, "--json").json
    assert (past["result"], [one["code"] for one in past["notes"]]) == ("valid", ["note.issued-later"])
    assert past["anchoredAt"][:10] in past["notes"][0]["en"]
    assert files.verify(files.bundle(), "--json").json["notes"] == []
    # The day of the anchor ends after it.
    today = files.verify(files.bundle(), "--as-of", datetime.now(UTC).date().isoformat(), "--json").json
    assert (today["result"], today["notes"]) == ("valid", [])


def test_to_the_second() -> None:
    files = shared_files()
    anchored = datetime.fromisoformat(files.verify(files.bundle(), "--json").json["anchoredAt"])
    for moment, codes in ((anchored, []), (anchored - timedelta(seconds=1), ["note.issued-later"])):
        told = files.verify(files.bundle(), "--as-of", moment.isoformat(), "--json").json
        assert [one["code"] for one in told["notes"]] == codes


def test_a_folder_counts_those_that_were_issued_later() -> None:
    files = shared_files()
    told = files.verify(files.bundles, "--as-of", BEFORE)
    assert "Note: 6 of them were issued, and anchored, only after the moment asked about" in told.out
    assert "some were issued only later" in told.out.splitlines()[-1]
    (note,) = files.verify(files.bundles, "--as-of", BEFORE, "--json").json["notes"]
    assert (note["code"], note["zh"][:4]) == ("note.issued-later", "其中 6")


def test_over_http(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        client.issue()
        client.anchor()
        bundle = client.bundle(NUMBERS[0]).json()
        for rest, codes in (({}, []), ({"as_of": BEFORE}, ["note.issued-later"])):
            told = client.post("/verify", json={"bundle": bundle} | rest).json()
            assert (told["result"], [one["code"] for one in told["notes"]]) == ("valid", codes)


def test_without_a_status_pack_the_holders_status_is_told_with_its_date() -> None:
    files = shared_files()
    told = offline(files, files.bundle())
    of = files.verify(files.bundle(), "--json").json["statusAt"]
    when = f"{of[:10]} {of[11:16]} UTC"
    assert f"Note: No status pack was given: the status is the one that the holder brought, of {when}" in told.out
    assert f"状态取自持有人所带，为 {when} 的状态" in offline(files, files.bundle(), language="zh").out
    (note,) = offline(files, files.bundle(), "--json").json["notes"]
    assert note["code"] == "note.no-status-pack"
    (note,) = offline(files, files.bundles, "--json").json["notes"]
    assert note["code"] == "note.no-status-pack"
    assert "each status is the one that the holder brought" in offline(files, files.bundles).out


def test_with_a_status_pack_or_without_a_certificate_nothing_is_said_of_it(tmp_path: Path) -> None:
    files = shared_files()
    assert "No status pack" not in files.verify(files.bundle()).out + files.verify(files.bundles).out
    (tmp_path / "none.bundle.json").write_text("{}", "utf-8")
    assert offline(files, tmp_path / "none.bundle.json", "--json").json["notes"] == []


def test_a_folder_gives_the_cure_of_each_reason_and_says_which_not_to_rely_on(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("revoke", "--by", "wang", stdin=b"N-0\n").code == 0
    assert files.run("publish").code == 0
    assert files.run("status-pack", "make", "--out", files.status_pack, "--json").code == 0
    newer = json.loads(files.bundle(1).read_bytes()) | {"version": 9}
    (files.bundles / "newer.bundle.json").write_bytes(canonicalize(newer))
    told = files.verify(files.bundles)
    assert told.code == 1
    assert "Cure of status.revoked: " in told.out
    assert "Cure of well-formed.version-unknown: " in told.out
    assert "The oldest status relied on is of " in told.out
    assert "Do not rely on the 2 that are not valid (1 invalid, 1 not checked)" in told.out.splitlines()[-1]
    last = files.verify(files.bundles, language="zh").out.splitlines()[-1]
    assert "不可采信的是其中 2 份（无效 1，无法核验 1）" in last
    answer = files.verify(files.bundles, "--json").json
    assert set(answer["cures"]) == {"status.revoked", "well-formed.version-unknown"}
    assert answer["oldestStatusAgeSeconds"] >= 0
    assert answer["oldestStatusAt"].endswith("Z")
    assert "Do not rely on the 2" in answer["next"]["en"]
