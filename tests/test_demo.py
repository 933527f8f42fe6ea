"""The demonstration, run small: what it reports, and that every attack was caught by the check and for the reason that
the architecture page promises. The table below is written by hand, not taken from the demonstration's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.demo.attacks import Attacks
from examples.demo.elsewhere import Answer, Elsewhere, Job
from examples.demo.expected import FAMILIES, Expected
from examples.demo.folder import MARKER, DemoFailed, Folder
from examples.demo.offline_guard import BROKEN

ROOT = Path(__file__).parent.parent
ROWS, PEOPLE = 130, 3

CAUGHT = {
    # one byte changed in a credential, a path, a receipt, a header, a seal
    "altered.credential": ("invalid", 2, "signature.wrong"),
    "altered.path": ("invalid", 4, "inclusion.path-wrong"),
    "altered.receipt": ("invalid", 5, "anchored.receipt-wrong"),
    "altered.header": ("invalid", 5, "anchored.seals-wrong"),
    "altered.seal": ("invalid", 5, "anchored.seals-wrong"),
    "altered.seal-missing": ("invalid", 5, "anchored.seals-insufficient"),
    "altered.every-byte": ("never valid", None, "no other certificate, block or time was accepted"),
    "revoked.old-bundle": ("invalid", 9, "status.revoked"),
    "revoked.bit-cleared": ("cannot be checked", 9, "status.proof-wrong"),
    # an accredited office for dog licences that anchors a degree
    "dogs.anchors-as-degree": ("refused", None, "NotAccredited"),
    "dogs.degree": ("invalid", 6, "entitled.other-type"),
    "dogs.degree-claims": ("cannot be checked", 6, "entitled.newer-than-pack"),
    "dogs.degree-claims-next-pack": ("invalid", 6, "entitled.claim-unknown"),
    # another agency's root copied
    "copy.root": ("invalid", 6, "entitled.other-agency"),
    "copy.with-its-key": ("invalid", 6, "entitled.other-agency"),
    # a stolen signing key without a sender's account
    "stolen.stranger-anchors": ("refused", None, "NotSender"),
    "stolen.unanchored": ("cannot be checked", 4, "inclusion.missing"),
    "stolen.own-contract": ("invalid", 5, "anchored.wrong-contract"),
    "stolen.own-seals": ("invalid", 5, "anchored.seals-wrong"),
    "stolen.two-validators": ("invalid", 5, "anchored.seals-insufficient"),
    # a compromised key's later batch
    "compromised.contract": ("refused", None, "KeyIsCompromised"),
    "compromised.later-batch": ("invalid", 7, "key.compromised-before-anchor"),
    "compromised.unanchored": ("invalid", 7, "key.compromised-unanchored"),
    "compromised.backdated": ("invalid", 5, "anchored.seals-wrong"),
    # a trust pack of one's own making, an old one, an expired one
    "pack.own": ("cannot be checked", 0, "trust.unusable", "trust-pack.not-signed-by-root"),
    "pack.old": ("cannot be checked", 0, "trust.unusable", "trust-pack.rolled-back"),
    "pack.expired": ("cannot be checked", 0, "trust.unusable", "trust-pack.expired"),
    # a header sealed by retired validators
    "retired.new-block": ("invalid", 5, "anchored.seals-wrong"),
    "retired.old-block": ("cannot be checked", 5, "anchored.history-needed"),
    "retired.borrowed-history": ("invalid", 5, "anchored.history-of-another"),
    "ministry.alone": ("refused", None, "TooFewSignatures"),
    # a stolen sender's account without a signing key
    "sender.un-revokes": ("cannot be checked", 9, "status.not-signed"),
    "sender.office-publishes-again": ("invalid", 9, "status.revoked"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a small run, and what it printed."""
    out = tmp_path_factory.mktemp("run") / "demo"
    command = [sys.executable, "-m", "examples.demo", "--out", str(out)]
    # Settings of the shell must not reach the run.
    environment = {**os.environ, "ONCELEDGER_CHAIN_URL": "http://127.0.0.1:9", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [*command, "--rows", str(ROWS), "--people", str(PEOPLE)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return out, done.stdout


@pytest.fixture(scope="module")
def report(demo: tuple[Path, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo[0] / "report.json").read_text("utf-8"))
    return found


def test_counts_of_the_registers(report: dict[str, Any]) -> None:
    rows = report["counts"]["rows"]
    assert [rows["tucson"][name] for name in ("rows", "accepted", "refused", "issued")] == [130, 129, 1, 129]
    assert [(why["column"], why["rule"], why["rows"]) for why in rows["tucson"]["refusedBecause"]] == [
        ("City", "pattern", 1)
    ]
    assert [rows["chinese"][name] for name in ("rows", "accepted", "refused", "issued")] == [24, 24, 0, 24]
    # the registers, 2 corrected, 3 dogs, 1 under the new key, the second batch
    assert report["counts"]["issued"] == 129 + 24 + 2 + 3 + 1 + 200


def test_batches_are_padded_and_their_roots_anchored_once(report: dict[str, Any]) -> None:
    anchored = [batch for batch in report["batches"] if batch["state"] == "anchored"]
    assert all(batch["credentials"] + batch["padding"] >= 64 for batch in anchored)
    assert len({(batch["agency"], batch["root"]) for batch in anchored}) == len(anchored)
    assert all(re.fullmatch("0x[0-9a-f]{64}", batch["transaction"]) and batch["block"] for batch in anchored)
    assert all(batch["gas"] is None or batch["gas"] <= 80_000 for batch in anchored)
    assert [batch["refusal"] for batch in report["batches"] if batch["state"] != "anchored"] == ["KeyIsCompromised"]
    hashes = {transaction["hash"] for transaction in report["chain"]["transactions"]}
    assert {batch["transaction"] for batch in anchored} <= hashes
    assert {row["transaction"] for row in report["publications"]} <= hashes


def test_every_bundle_was_verified_by_the_other_process(report: dict[str, Any]) -> None:
    runs = {one["job"]: one for one in report["verifications"]}
    assert runs["now"]["bundles"] == 153
    assert runs["now, new status pack"]["counts"].keys() >= {"valid", "invalid", "status.revoked", "status.void"}
    assert runs["refreshed, no status pack"]["bundles"] == 18
    assert runs["refreshed, no status pack"]["statusPack"] is None
    assert runs["second batch"]["counts"] == {"valid": 200}
    told = runs["now, new status pack"]["counts"]
    assert sum(n for codes, n in told.items() if "status.revoked" in codes) == 10
    assert sum(n for codes, n in told.items() if "status.superseded" in codes) == 2
    assert sum(n for codes, n in told.items() if "status.void" in codes) == 2
    assert not any("status.held" in codes for codes in told)
    before = runs["as of before"]["counts"]
    assert sum(n for codes, n in before.items() if "status." in codes) == before["status.void"] == 2
    assert sum(n for codes, n in runs["as of the hold"]["counts"].items() if "status.held" in codes) == 2


@pytest.mark.parametrize("key", CAUGHT)
def test_attack_was_caught_by_the_right_check_for_the_right_reason(report: dict[str, Any], key: str) -> None:
    found = next(attack for attack in report["attacks"] if attack["attack"] == key)
    verdict, step, code, *problem = CAUGHT[key]
    assert (found["verdict"], found["step"], found["codes"][0]) == (verdict, step, code)
    assert found.get("problem") == (problem[0] if problem else None)


def test_nothing_but_the_genuine_and_the_known_limits_is_valid(report: dict[str, Any]) -> None:
    attacks = report["attacks"]
    assert {one["attack"] for one in attacks} == {one.key for _, family in FAMILIES for one in family}
    assert {one["attack"] for one in attacks if one["verdict"] == "valid" and one["kind"] != "genuine"} == {
        "revoked.never-told",
        "compromised.undeclared",
    }
    assert {one["attack"] for one in attacks if one["kind"] == "genuine" and one["verdict"] != "valid"} == {
        "retired.not-refreshed"
    }


def test_killed_again_and_again_everything_is_there_once(report: dict[str, Any]) -> None:
    crash = report["crash"]
    chosen = [kill["where"] for kill in crash["kills"] if not kill["where"].startswith("random")]
    assert len(chosen) == len(set(chosen)) == 9
    assert crash["starts"] == 9 + 3 + 1
    assert crash["credentials"] == crash["bundles"] == 200
    assert crash["rootsAnchored"] == crash["batches"] >= 1


def test_what_is_left_to_look_at(demo: tuple[Path, str]) -> None:
    out, printed = demo
    assert {path.name for path in out.iterdir()} == {
        MARKER, "attacks", "bundles", "certificates", "installation", "passphrase.txt", "refreshed", "report.json",
        "status-after.pack", "status-before.pack", "status-held.pack", "trust-pack.json", "trust-root.json",
    }  # fmt: skip
    assert len(list((out / "bundles").rglob("*.bundle.json"))) == 153
    assert len(list((out / "certificates").glob("*.html"))) == 9
    assert "Everything came out as it must" in printed
    assert "\x1b" not in printed  # no terminal: no colours, no bars
    secret = (out / "passphrase.txt").read_text("utf-8").strip()
    assert secret not in printed
    assert secret not in (out / "report.json").read_text("utf-8")


def test_a_second_run_starts_clean(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "demo")
    folder.begin()
    (folder.bundles / "old").write_text("left by the run before")
    folder.begin()
    assert not (folder.bundles / "old").exists()


@pytest.mark.parametrize("kind", ["foreign folder", "file", "link"])
def test_only_a_folder_of_its_own_is_deleted(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "file":
        out.write_text("precious")
    else:
        real = tmp_path / "real" if kind == "link" else out
        real.mkdir()
        (real / "precious").write_text("precious")
        if kind == "link":
            (real / MARKER).write_text("")
            out.symlink_to(real)
    with pytest.raises(DemoFailed):
        Folder(out).begin()
    assert out.read_text() == "precious" if kind == "file" else (out / "precious").exists()


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import sqlite3; sqlite3.connect(':memory:')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('/etc/hostname')",
        "open('../secret')",
        "import os; os.symlink('/etc/hostname', 'link'); open('link')",
    ],
)
def test_guard_ends_a_process_that_leaves_its_folder(tmp_path: Path, attempt: str) -> None:
    (tmp_path / "secret").write_text("")
    here = tmp_path / "verifier"
    here.mkdir()
    (here / "own").write_text("")
    code = (
        "from examples.demo.offline_guard import OfflineGuard; from pathlib import Path; import socket, sqlite3\n"
        "import subprocess, os\n"
        "guard = OfflineGuard(); guard.close_doors(Path.cwd()); open('own').close(); print('own', flush=True)\n"
        f"try:\n    {attempt.replace('; ', chr(10) + '    ')}\nexcept BaseException as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (BROKEN, "own\n"), done.stderr


def answer(**objections: list[str]) -> Answer:
    return Answer(
        lines={
            name: {"result": "invalid" if codes else "valid", "objections": codes} for name, codes in objections.items()
        }
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(a=[]), {"a": {"status.revoked"}}),
        (answer(a=["status.revoked"]), {"a": set[str]()}),
        (answer(a=["status.revoked", "validity.expired"]), {"a": {"status.revoked"}}),
        (answer(a=["status.held"]), {"a": {"status.revoked"}}),
        (answer(a=[]), {"a": set[str](), "b": set[str]()}),
        (answer(a=[], b=[]), {"a": set[str]()}),
        (Answer("trust-pack.expired"), dict[str, set[str]]()),
    ],
)
def test_an_answer_other_than_expected_fails_the_run(given: Answer, expected: dict[str, set[str]]) -> None:
    with pytest.raises(DemoFailed):
        given.must_be(expected, "job")


class Fixed(Elsewhere):
    """Another process that says what it is told to."""

    def __init__(self, line: dict[str, Any]) -> None:
        self.line = line

    def put(self, name: str, content: bytes) -> None:
        del name, content

    def verify(self, jobs: list[Job], progress: Any = None) -> dict[str, Answer]:
        del progress
        return {job.name: Answer(lines={"x": self.line}) for job in jobs}


WRONG = Expected("x", "", "", "invalid", 2, ("signature.wrong",))
AS_EXPECTED = {"result": "invalid", "step": 2, "decisive": "signature.wrong", "objections": ["signature.wrong"]}


@pytest.mark.parametrize(
    "other",
    [
        {"result": "valid", "step": 10, "decisive": "policy.passed", "objections": []},
        {"result": "cannot be checked"},
        {"step": 5},
        {"decisive": "anchored.seals-wrong", "objections": ["anchored.seals-wrong"]},
        {"objections": ["signature.wrong", "status.revoked"]},
    ],
)
def test_an_attack_caught_otherwise_fails_the_run(tmp_path: Path, other: dict[str, Any]) -> None:
    folder = Folder(tmp_path / "demo")
    folder.begin()
    right = Attacks(Fixed(AS_EXPECTED), folder, [WRONG])
    right.show("x", b"{}")
    assert [judged.codes for judged in right.judge()] == [("signature.wrong",)]
    attacks = Attacks(Fixed({**AS_EXPECTED, **other}), folder, [WRONG])
    attacks.show("x", b"{}")
    with pytest.raises(DemoFailed):
        attacks.judge()


def test_an_attack_that_was_not_made_fails_the_run(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "demo")
    folder.begin()
    with pytest.raises(DemoFailed):
        Attacks(Fixed(AS_EXPECTED), folder, [WRONG]).judge()


def test_a_contract_that_refuses_nothing_fails_the_run(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "demo")
    folder.begin()
    attacks = Attacks(Fixed({}), folder, [Expected("x", "", "", "refused", None, ("NotSender",))])
    attacks.refused("x", lambda: None)
    with pytest.raises(DemoFailed):
        attacks.judge()
