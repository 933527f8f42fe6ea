"""Governing, changing, correcting and leaving through the command line: what each step does to what verifiers say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_office import ISSUED, PASSPHRASE, Files, Outcome, office_files, run
from office import Office, settings

from adapters.bootstrap import open_installation
from adapters.settings import read_settings
from api.tokens import Tokens
from ledger.errors import Unavailable
from ledger.label import Label
from offices import reporting
from offices.evidence import make_trust_pack
from offices.issuing import current_key
from offices.pack_terms import terms_of
from offices.root import NewAgency, accredit_agency, add_agency, new_key

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def again(files: Files, folder: Path) -> Files:
    """What the office hands out now, beside what it handed out before."""
    packs = (folder / "pack.json", folder / "status.bin")
    assert files.run("publish").code == 0
    assert files.run("trust-pack", "make", "--out", packs[0]).code == 0
    assert files.run("status-pack", "make", "--out", packs[1]).code == 0
    return Files(files.data, files.bundles, packs[0], files.root, packs[1])


def code_of(files: Files, number: int) -> str:
    """The decisive reason of one of the six bundles."""
    return str(files.verify(files.bundle(number), "--json").json["code"])


def state_of(files: Files) -> dict[str, int]:
    counts: dict[str, int] = files.run("status", "--json").json["agencies"][0]["counts"]["Sample"]
    return counts


def test_changes_show_to_verifiers_once_published(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("revoke", "--by", "wang", stdin=b"N-0").code == 0
    assert files.run("hold", "--by", "wang", stdin=b"N-1\nN-2").code == 0
    assert files.run("void", "--by", "wang", stdin=b"N-3").code == 0
    assert files.run("status", "--json").json["step"] == "publish"
    assert [code_of(files, number) for number in range(4)] == ["policy.passed"] * 4
    published = again(files, tmp_path)
    wanted = ["status.revoked", "status.held", "status.held", "status.void"]
    assert [code_of(published, number) for number in range(4)] == wanted
    assert files.run("resume", "--by", "wang", stdin=b"N-1").code == 0
    assert code_of(again(files, tmp_path), 1) == "policy.passed"
    assert state_of(files) == {"anchored": 3, "held": 1, "revoked": 1, "void": 1}


def test_a_correction_keeps_the_other_claims_and_the_old_one_names_it(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    correction = json.dumps({"businessNumber": "N-0", "changes": {"fullName": "张珊", "kind": "b"}})
    told = files.run("supersede", "--clerk", "li", "--json", stdin=correction.encode())
    assert told.json["version"] == 2
    assert files.run("supersede", "--clerk", "li", "--json", stdin=correction.encode()).code == 1
    assert files.run("approve", str(told.json["import"]), "--reviewer", "li").code == 1
    assert files.run("approve", str(told.json["import"]), "--reviewer", "wang").code == 0
    assert files.run("issue").code == 0
    assert code_of(files, 0) == "policy.passed"
    assert files.run("anchor", "--json").json["batches"][0]["credentials"] == 1
    published = again(files, tmp_path)
    old = published.verify(published.bundle(0), "--json").json
    assert (old["code"], bool(old["successor"])) == ("status.superseded", True)
    assert files.run("bundle", "make", "--out", tmp_path / "new", stdin=b"N-0").code == 0
    new = published.verify(next((tmp_path / "new").iterdir()), "--json").json
    assert (new["result"], new["claims"]) == ("valid", {"number": "N-0", "fullName": "张珊", "kind": "b"})
    again_changed = json.dumps({"businessNumber": "N-0", "changes": {"kind": None}})
    assert files.run("supersede", "--clerk", "li", stdin=again_changed.encode()).code == 0


@pytest.mark.parametrize(
    "content",
    [{"changes": {}}, {"changes": {"fullName": "张三"}}, {"changes": {"note": None}}, {"claims": {}}],
)
def test_a_correction_that_changes_nothing_is_refused(tmp_path: Path, content: dict[str, dict[str, str]]) -> None:
    files = office_files(tmp_path / "office")
    if "claims" in content:
        content = {"claims": {"number": "N-0", "fullName": "张三"}}
    told = files.run(
        "supersede", "--clerk", "li", "--json", stdin=json.dumps({"businessNumber": "N-0", **content}).encode()
    )
    assert (told.code, told.problem["code"]) == (1, "supersede.same-content")
    correction = {"businessNumber": "N-0", "changes": {}, "validFrom": "2026-02-01"}
    assert files.run("supersede", "--clerk", "li", stdin=json.dumps(correction).encode()).code == 0


def test_a_correction_keeps_the_number_of_the_certificate(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    for content in ({"changes": {"number": "N-99"}}, {"claims": {"number": "N-1", "fullName": "李四"}}):
        told = files.run(
            *("supersede", "--clerk", "li", "--json"),
            stdin=json.dumps({"businessNumber": "N-0", **content}).encode(),
        )
        assert (told.code, told.problem["code"]) == (1, "supersede.other-number")
        assert "number" in told.problem["zh"]["detail"]
        assert "N-0" not in told.err + told.out  # it names the field and never the number
        assert len(files.run("find", "--json", stdin=b"N-0").json["found"][0]["versions"]) == 1


def test_what_the_chain_refuses_is_told_and_tried_again(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    correction = json.dumps({"businessNumber": "N-0", "changes": {"kind": "b"}}).encode()
    number = files.run("supersede", "--clerk", "li", "--json", stdin=correction).json["import"]
    assert files.run("approve", str(number), "--reviewer", "wang").code == 0
    assert files.run("issue").code == 0
    refused = files.run("agency", "merge", "office.example", "--into", "office.example", "--json")
    assert refused.problem["code"] == "agency.pending"
    assert files.run("key", "retire", "1", "--json").problem["where"] == {"count": 1}
    assert files.run("agency", "suspend", "office.example").code == 0
    told = files.run("anchor")
    assert told.code == 1
    assert "AgencyNotActive" in told.out
    assert files.run("status", "--json").json["step"] == "retry"
    assert "suspended" in files.run("status").out
    assert files.run("agency", "readmit", "office.example").code == 0
    assert "Nothing waits" in files.run("anchor").out
    told = files.run("anchor", "--retry", "--json")
    assert (told.code, told.json["retried"], told.json["batches"][0]["state"]) == (0, 1, "anchored")


def test_an_agency_that_may_not_does_not_keep_the_others(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    with open_installation(settings(files.data)) as inst:
        other = add_agency(inst, NewAgency("other.example", Label("另一局", "Other office")))
        (kind,) = inst.records.types()
        accredit_agency(inst, other.agency_id, kind.type_id)
        second = Office(inst, other, kind, new_key(inst, other), numbers=100)
        second.draft(2)
        second.issue()
    assert files.run("revoke", "--by", "wang", "--agency", "office.example", stdin=b"N-0").code == 0
    assert files.run("agency", "suspend", "office.example").code == 0
    anchored = files.run("anchor", "--json")
    assert (anchored.code, anchored.json["failed"]) == (0, [])
    done = files.run("publish", "--json")
    assert done.code == 1
    assert {one["agency"] for one in done.json["lists"]} == {other.agency_id}
    (failed,) = done.json["failed"]
    assert (failed["host"], failed["code"], failed["where"]) == (
        "office.example",
        "chain.reverted",
        {"name": "AgencyNotActive"},
    )
    told = files.run("publish")
    assert told.code == 1
    assert "office.example" in told.err
    assert "agency readmit" in told.err
    assert files.run("publish", "--agency", "office.example", "--json").problem["code"] == "chain.reverted"
    assert files.run("agency", "readmit", "office.example").code == 0
    assert files.run("publish").code == 0


def test_a_known_host_is_not_renamed_by_the_way(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    names = files.run("agency", "list", "--json").json["agencies"][0]["name"]
    same = ("agency", "add", "office.example", "--zh", names["zh"], "--en", names["en"])
    assert files.run(*same).code == 0
    assert files.run("agency", "add", "above.example", "--zh", "上级局", "--en", "Above").code == 0
    other_name = (*same[:-1], "Other office")
    for refused in (other_name, (*same, "--accreditor", "above.example")):
        assert files.run(*refused, "--json").problem["code"] == "agency.exists"
    assert files.run("agency", "list", "--json").json["agencies"][0]["name"] == names
    assert files.run("agency", "rename", "office.example", "--zh", names["zh"], "--en", "Other office").code == 0
    assert files.run("agency", "list", "--json").json["agencies"][0]["name"]["en"] == "Other office"
    assert files.run(*other_name).code == 0
    unshowable = files.run("agency", "rename", "office.example", "--zh", "", "--en", "Office", "--json")
    assert unshowable.problem["code"] == "agency.name"


def test_a_publication_that_is_stuck_is_work_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, out = office_files(tmp_path / "office"), tmp_path / "status.bin"
    assert files.run("publish").code == 0
    assert files.run("status-pack", "make", "--out", out, "--json").json["unpublished"] == 0
    assert files.run("revoke", "--by", "wang", stdin=b"N-0").code == 0
    with monkeypatch.context() as broken:

        def down(*_: object) -> None:
            raise Unavailable("chain.unavailable", "The node does not answer.", "Try again.")

        broken.setattr("adapters.transaction_sender.TransactionSender.send", down)
        assert files.run("publish").code == 3
    found = files.run("status", "--json").json
    (agency,) = found["agencies"]
    assert (agency["listsDue"], len(agency["listsUnsettled"]), found["step"]) == ([], 1, "publish")
    assert "prepared and not on the chain" in files.run("status").out
    assert files.run("status-pack", "make", "--out", out, "--json").json["unpublished"] == 1
    assert "not published yet" in files.run("status-pack", "make", "--out", out).out
    assert files.run("publish").code == 0
    assert files.run("status", "--json").json["agencies"][0]["listsUnsettled"] == []
    assert files.run("status-pack", "make", "--out", out, "--json").json["unpublished"] == 0


def test_members_change_and_verifiers_follow_from_the_root_they_pinned(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    rotated = files.run("root", "rotate-member", "root-2", "--json").json
    assert rotated["successor"] == "root-2-v2"
    assert files.run("root", "add-member").code == 0
    assert files.run("root", "threshold", "3").code == 0
    shown = files.run("root", "show", "--json").json
    assert (shown["threshold"], len(shown["members"])) == (3, 4)
    unknown = files.run("root", "remove-member", "root-2", "--json")
    assert unknown.problem["code"] == "root.member-unknown"
    too_few = files.run("root", "threshold", "2", "--agree", "root-1", "--json")
    assert too_few.problem["code"] == "root.too-few-members"
    made = again(files, tmp_path)
    terms = terms_of(made.trust_pack.read_bytes())
    assert (terms.root_version, terms.threshold, len(terms.publics)) == (2, 3, 4)
    assert made.verify(made.bundle()).code == 0
    assert files.run("trust-pack", "check", made.trust_pack).code == 0
    once_more = again(files, tmp_path)
    assert terms_of(once_more.trust_pack.read_bytes()).root_version == 2


def test_a_root_that_would_run_out_before_the_pack_is_renewed(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    pack = tmp_path / "pack.json"
    assert files.run("trust-pack", "make", "--out", pack, "--days", "90", "--root-days", "100").code == 0
    before = terms_of(pack.read_bytes())
    with open_installation(read_settings(data=files.data, passphrase=PASSPHRASE)) as inst:
        soon = before.root_expires + timedelta(days=1)
        after = terms_of(make_trust_pack(inst, expires=soon, root_expires=soon + timedelta(days=300)))
    assert (after.root_version, after.root_expires > before.root_expires) == (before.root_version + 1, True)


def test_another_sender_takes_over_and_entering_again_changes_nothing(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    names = ("agency", "add", "office.example", "--zh", "示例局", "--en", "Example office")
    made = files.run("agency", "sender", "add", "--json").json["sender"]
    used = files.run("agency", "sender", "remove", made, "--json")
    assert used.problem["code"] == "agency.sender-in-use"
    assert files.run("agency", "sender", "remove", "office.example-sender").code == 0
    gone = files.run("agency", "sender", "remove", "office.example-sender", "--json")
    assert gone.problem["code"] == "agency.sender-unknown"
    assert files.run(*names, "--json").json["id"] == 1
    listed = files.run("agency", "sender", "list", "--json").json["senders"]
    assert [(one["key"], one["inUse"]) for one in listed] == [(made, True)]
    assert files.run("hold", "--by", "wang", stdin=b"N-0").code == 0
    assert files.run("publish").code == 0


def test_delegation_ends_with_the_grantor(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    names = ("--zh", "下级", "--en", "Branch", "--accreditor", "office.example")
    assert files.run("agency", "add", "branch.example", *names).code == 0
    refused = files.run("accredit", "grant", "branch.example", "--by", "office.example", "--json")
    assert (refused.code, refused.problem["where"]) == (1, {"name": "MayNotDelegate"})
    assert refused.problem["detail"] == "The accreditation may not be passed on."
    assert files.run("accredit", "grant", "office.example", "--may-delegate").code == 0
    assert files.run("accredit", "grant", "branch.example", "--by", "office.example").code == 0
    grantors = {one["agency"]: one["grantor"] for one in files.run("accredit", "list", "--json").json["accreditations"]}
    assert grantors == {1: 0, 2: 1}
    needed = files.run("key", "new", "--json")
    assert (needed.code, needed.problem["code"]) == (2, "usage.agency-needed")


def test_an_accreditor_takes_back_an_agency_that_a_rival_accredited_first(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    names = ("--zh", "机关", "--en", "Agency")
    assert files.run("agency", "add", "branch.example", *names, "--accreditor", "office.example").code == 0
    assert files.run("agency", "add", "rival.example", *names).code == 0
    for host in ("office.example", "rival.example"):
        assert files.run("accredit", "grant", host, "--may-delegate", "--until", "2031-01-01").code == 0
    by_rival = ("accredit", "grant", "branch.example", "--by", "rival.example", "--until", "9999-01-01", "--json")
    assert files.run(*by_rival).code == 0
    assert files.run("accredit", "grant", "branch.example", "--by", "office.example", "--until", "9999-01-01").code == 0
    refused = files.run(*by_rival)
    assert (refused.code, refused.problem["where"]) == (1, {"name": "AccreditedByAnother"})
    given = {one["agency"]: one for one in files.run("accredit", "list", "--json").json["accreditations"]}
    assert (given[2]["grantor"], given[2]["until"]) == (1, given[1]["until"])
    assert files.run("accredit", "end", "branch.example", "--by", "rival.example").code == 1


def test_an_agency_enters_no_more_keys_than_the_root_allows(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    told = files.run("key", "limit", "office.example", "1", "--json")
    assert told.json["keyLimit"] == 1
    refused = files.run("key", "new", "--json")
    assert (refused.code, refused.problem["where"]) == (1, {"name": "TooManyKeys"})
    assert "onceledger key limit" in refused.problem["cure"]
    assert files.run("key", "limit", "office.example", "2").code == 0
    assert files.run("key", "new", "--json").json["id"] == 2


def test_nothing_is_signed_with_a_key_that_ended(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("key", "retire", "1").code == 0
    assert files.run("key", "list", "--json").json["keys"][0]["status"] == "retired"
    assert files.run("status", "--json").json["step"] == "new-key"
    assert code_of(files, 0) == "policy.passed"
    unsigned = files.run("publish", "--json")
    assert (unsigned.code, unsigned.problem["code"]) == (1, "issue.no-key")
    assert files.run("key", "new", "--days", "20").code == 0
    assert code_of(again(files, tmp_path), 0) == "policy.passed"
    assert "Key 2 runs out in" in files.run("status").out
    with open_installation(read_settings(data=files.data, passphrase=PASSPHRASE)) as inst:
        assert current_key(inst, inst.records.agencies()[0]).key_id == 2


def test_a_key_registered_before_a_crash_is_found_again(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    before = (files.data / "records.sqlite").read_bytes()
    assert files.run("key", "new").code == 0
    # The chain has it; the records were lost with the machine's last second.
    for leftover in ("records.sqlite-wal", "records.sqlite-shm"):
        (files.data / leftover).unlink(missing_ok=True)
    (files.data / "records.sqlite").write_bytes(before)
    assert files.run("key", "new", "--json").json["id"] == 2


def test_a_compromise_far_back_needs_consent(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    far = ("key", "compromise", "1", "--since", "2020-01-01")
    refused = files.run(*far, "--json")
    assert (refused.code, refused.problem["where"]) == (1, {"name": "CompromiseNeedsConsent"})
    assert files.run("key", "consent", "1", "--since", "2020-01-01").code == 0
    assert files.run(*far).code == 0
    assert files.run("key", "new").code == 0
    assert code_of(again(files, tmp_path), 0) == "key.compromised-before-anchor"


def test_a_suspended_agency_dates_no_compromise_back_alone(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("agency", "suspend", "office.example").code == 0
    refused = files.run("key", "compromise", "1", "--since", YESTERDAY, "--json")
    assert (refused.code, refused.problem["where"]) == (1, {"name": "CompromiseNeedsConsent"})
    assert files.run("key", "consent", "1", "--since", YESTERDAY).code == 0
    assert files.run("key", "compromise", "1", "--since", YESTERDAY).code == 0


def test_an_export_verifies_without_anything_else(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("revoke", "--by", "wang", stdin=b"N-5").code == 0
    assert files.run("publish").code == 0
    correction = json.dumps({"businessNumber": "N-0", "changes": {"kind": "b"}}).encode()
    number = files.run("supersede", "--clerk", "li", "--json", stdin=correction).json["import"]
    assert files.run("approve", str(number), "--reviewer", "wang").code == 0
    assert files.run("issue").code == 0
    out = tmp_path / "leaving"
    told = files.run("export", "--out", out, "--json", "--progress")
    assert (told.json["credentials"], told.json["bundles"], told.json["batches"]) == (ISSUED + 1, ISSUED + 1, 1)
    assert "Exporting" in told.err
    assert out.stat().st_mode & 0o077 == 0
    assert not out.with_name("leaving.unfinished").exists()
    trust = [
        word for name in ("trust-pack", "root", "status-pack") for word in (f"--{name}", next(out.glob(f"{name}.*")))
    ]
    verdicts = run("verify", out / "bundles", *trust, "--json")
    counts = {"valid": ISSUED - 1, "invalid": 1, "cannot be checked": 1}
    assert (verdicts.code, verdicts.json["counts"]) == (1, counts)
    rows = [json.loads(line) for line in (out / "records" / "credentials.jsonl").read_text("utf-8").splitlines()]
    assert sorted(row["businessNumber"] for row in rows) == sorted(["N-0", *(f"N-{at}" for at in range(ISSUED))])
    ids = {path.name.partition(".")[0] for path in (out / "bundles").rglob("*.json")}
    assert ids == {row["id"].removeprefix("urn:uuid:") for row in rows}
    assert len((out / "records" / "status-changes.jsonl").read_text("utf-8").splitlines()) == 1
    assert run("type", "check", next((out / "types").iterdir())).code == 0
    again_there = files.run("export", "--out", out, "--json")
    assert again_there.problem["code"] == "export.folder-exists"


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    for pack in (files.data / "content").rglob("*"):
        if pack.is_file() and pack.stat().st_size > 1_000 and "index" not in pack.name:
            content = bytearray(pack.read_bytes())
            content[len(content) // 2] ^= 1
            pack.write_bytes(content)
    told = files.run("export", "--out", tmp_path / "leaving", "--json")
    assert told.code == 1
    assert told.problem["title"] in ("Stored data damaged", "Malformed input")
    assert [one.name for one in tmp_path.iterdir()] == ["office"]


def test_a_refreshed_bundle_has_the_newest_status_and_keeps_its_place(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("revoke", "--by", "wang", stdin=b"N-0").code == 0
    assert files.run("publish").code == 0
    assert files.run("bundle", "refresh", files.bundle(), "--json").json["changed"] is True
    assert code_of(files, 0) == "status.revoked"
    assert files.run("bundle", "refresh", files.bundle(), "--json").json["changed"] is False
    closed = files.run("trust-pack", "make", "--out", files.trust_pack, "--close-log")
    assert closed.code == 0
    assert code_of(files, 1) == "anchored.history-needed"
    assert files.run("bundle", "refresh", files.bundle(1), "--out", files.bundle(1)).code == 0
    assert run("bundle", "show", files.bundle(1), "--json").json["history"] == {"size": 1}
    told = files.verify(files.bundle(1), "--json").json
    assert "anchored.passed-by-history" in [one["code"] for one in told["checks"]]


def test_a_pack_of_another_network_is_not_taken_over(tmp_path: Path) -> None:
    files, other = office_files(tmp_path / "one"), tmp_path / "other"
    environment = {"data": str(other), "passphrase": "another one", "chain_id": "777"}
    assert run("init", **environment).code == 0
    told = run("trust-pack", "import", files.trust_pack, "--root", files.root, "--json", **environment)
    assert (told.code, told.problem["code"]) == (1, "trust-pack.other-chain")
    assert files.run("trust-pack", "import", files.trust_pack, "--root", files.root).code == 0


def test_a_token_is_shown_once_and_kept_as_a_digest(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    made = files.run("token", "add", "--role", "clerk", "--name", "li", "--json").json["token"]
    assert made not in (files.data / "tokens.json").read_text()
    assert (files.data / "tokens.json").stat().st_mode & 0o077 == 0
    assert files.run("token", "add", "--role", "king", "--name", "li").code == 2


def test_tokens_are_listed_and_ended(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("token", "list", "--json").json["tokens"] == []
    add, end = ("token", "add", "--json"), ("token", "end", "--json")
    made = {}
    for name, others in (("li", 0), ("li", 1), ("wang", 0)):
        told = files.run(*add, "--agency", "1", "--role", "clerk", "--name", name).json
        assert told["others"] == others
        made[told["token"]] = name
    member = files.run(*add, "--role", "member", "--name", "root-1").json["token"]
    listed = files.run("token", "list", "--json").json["tokens"]
    assert [(one["agency"], one["role"], one["name"]) for one in listed] == [
        (1, "clerk", "li"),
        (1, "clerk", "li"),
        (1, "clerk", "wang"),
        (0, "member", "root-1"),
    ]
    text = files.run("token", "list", language="zh").out
    assert "经办人" in text
    assert not any(one in text for one in (*made, member))
    before = (files.data / "tokens.json").read_bytes()
    told = files.run(*end, "--agency", "1", "--role", "clerk", "--name", "li")
    assert (told.code, told.problem["code"]) == (1, "tokens.several")
    assert files.run(*end, "--digest", "").code == 2
    assert files.run(*end, "--digest", listed[0]["digest"], "--name", "li").code == 2
    assert files.run(*end, "--agency", "1", "--role", "reviewer", "--name", "li").problem["code"] == "tokens.unknown"
    assert (files.data / "tokens.json").read_bytes() == before
    service = Tokens(files.data / "tokens.json")
    first, second, third = made
    assert files.run(*end, "--digest", listed[0]["digest"]).code == 0
    assert [service.holder(one) is None for one in (first, second, third, member)] == [True, False, False, False]
    assert files.run(*end, "--agency", "1", "--role", "clerk", "--name", "li").code == 0
    assert files.run(*end, "--role", "member", "--name", "root-1").code == 0
    assert [service.holder(one) is None for one in (first, second, third, member)] == [True, True, False, True]


@pytest.mark.parametrize(
    ("whose", "code"),
    [
        (("--role", "member", "--name", "nobody"), "root.member-unknown"),
        (("--role", "member", "--name", "root-9"), "root.member-unknown"),
        (("--role", "member", "--name", "root-1-pack"), "root.member-unknown"),
        (("--role", "clerk", "--name", "li", "--agency", "9"), "agency.unknown"),
    ],
)
def test_no_token_is_made_for_nobody(tmp_path: Path, whose: tuple[str, ...], code: str) -> None:
    files = office_files(tmp_path / "office")
    told = files.run("token", "add", *whose, "--json", passphrase="")  # nothing is opened for it
    assert (told.code, told.problem["code"]) == (1, code)
    assert not (files.data / "tokens.json").exists()


def test_status_names_what_comes_first(tmp_path: Path) -> None:
    environment = {"data": str(tmp_path / "new"), "passphrase": "eight or more"}

    def step() -> Outcome:
        return run("status", "--json", **environment)

    assert run("init", **environment).code == 0
    assert step().json["step"] == "deploy"
    assert run("status", **environment, language="zh").out.splitlines()[-1] == "→ 下一步：onceledger root deploy"
    assert run("root", "deploy", **environment).code == 0
    assert step().json["step"] == "add-agency"


def test_status_works_while_the_chain_does_not_answer(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    asked: list[str] = []
    with open_installation(read_settings(data=files.data, passphrase=PASSPHRASE)) as inst:

        class Silent:
            """A node that does not answer."""

            def __getattr__(self, name: str) -> object:
                asked.append(name)
                raise Unavailable("chain.unavailable", "The node did not answer.", "Try again.")

        object.__setattr__(inst, "chain", Silent())
        found = reporting.overview(inst)
    assert (found.head, found.chain_problem is not None) == (None, True)
    assert asked == ["head"]  # and it is not waited for again, agency by agency
    assert found.agencies[0].standing is None
    assert found.step is reporting.Step.NOTHING


def test_yesterdays_compromise_is_within_what_an_agency_may_declare_alone(tmp_path: Path) -> None:
    files = office_files(tmp_path / "office")
    assert files.run("key", "compromise", "1", "--since", YESTERDAY).code == 0
    later = files.run("key", "compromise", "1", "--since", datetime.now(UTC).isoformat(timespec="seconds"), "--json")
    assert later.problem["where"] == {"name": "CompromiseOnlyEarlier"}
