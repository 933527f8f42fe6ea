"""The HTTP door as its users meet it: from a register to a verified bundle, and what happens to certificates later."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import (
    HOSTS,
    IDENTITY_NUMBERS,
    MAPPING,
    NAMES,
    NUMBERS,
    REGISTER,
    TYPE,
    Client,
    opened,
    register_of,
    serving,
)

from adapters.bootstrap import Installation
from api.tokens import Role
from ledger import base64url, data_integrity, multikey, status_list, status_pack, trust_pack
from ledger.canonical_json import canonicalize, parse
from ledger.digest import sha256
from offices.evidence import newest_pack


@pytest.fixture(scope="module")
def inst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("api")) as installation:
        yield installation


@pytest.fixture(scope="module")
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as made:
        made.issue()
        made.anchor()
        yield made


def verdict(client: Client, bundle: Any, **rest: Any) -> Any:
    answer = client.post("/verify", json={"bundle": bundle} | rest)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_register_becomes_certificates_that_verify(client: Client) -> None:
    for number in NUMBERS:
        bundle = client.bundle(number).json()
        told = verdict(client, bundle)
        assert (told["result"], told["verified"], told["code"]) == ("valid", True, "policy.passed")
        assert [found["step"] for found in told["findings"]] == list(range(11))
        assert told["issuer"]["did"] == "did:web:permits.example"
        assert told["type"]["name"] == TYPE
        assert bundle["credential"]["credentialSubject"]["permitNumber"] == number


def test_a_dry_run_reports_and_keeps_nothing(client: Client) -> None:
    bad = REGISTER.replace(IDENTITY_NUMBERS[1].encode(), b"110105194912310021").replace(b"SP-2026", b"DR-2026")
    answer = client.bring(bad, dry_run="true", max_bad_percent="50")
    assert answer.status_code == 200
    report = answer.json()
    assert (report["import"], report["rows"], report["accepted"], report["refused"]) == (None, 4, 3, 1)
    assert (report["findings"][0]["row"], report["findings"][0]["column"]) == (3, "residentId")
    assert "110105194912310021" not in answer.text
    assert client.bundle("DR-2026-0001").json()["code"] == "credential.unknown"


def test_too_many_bad_rows_keep_nothing(client: Client) -> None:
    bad = REGISTER.replace(IDENTITY_NUMBERS[1].encode(), b"x").replace(b"SP-2026", b"BAD-2026")
    assert client.bring(bad).json()["code"] == "import.too-many-bad-rows"
    assert client.bundle("BAD-2026-0001").status_code == 404


def test_an_import_is_found_with_its_report(client: Client) -> None:
    bad = register_of("IM-0001", "IM-0002", "IM-0001")
    made = client.bring(bad, max_bad_percent="50")
    assert made.status_code == 201
    kept = client.get(made.headers["location"], Role.AUDITOR).json()
    assert (kept["import"], kept["accepted"], kept["refused"]) == (made.json()["import"], 2, 1)
    assert (kept["clerk"], kept["source"]) == ("clerk-1", "register.csv")
    assert kept["findings"][0]["rule"] == "duplicate-row"


def test_the_same_register_twice_brings_nothing_new(client: Client) -> None:
    again = client.bring(max_bad_percent="100").json()
    assert (again["accepted"], again["duplicates"]) == (0, 4)


def test_four_eyes_go_by_the_person_and_not_by_the_token(inst: Installation, client: Client) -> None:
    from api.tokens import add_token

    path = inst.settings.tokens_path
    import_id = client.bring(register_of("FE-0001")).json()["import"]
    client.tokens[1, Role.REVIEWER], before = (
        add_token(path, 1, Role.REVIEWER, "clerk-1", created=1),
        client.tokens[1, Role.REVIEWER],
    )
    try:
        answer = client.post(f"/agencies/1/imports/{import_id}/approve", Role.REVIEWER)
    finally:
        client.tokens[1, Role.REVIEWER] = before
    assert (answer.status_code, answer.json()["code"]) == (403, "approve.same-person")
    assert client.post(f"/agencies/1/imports/{import_id}/approve", Role.REVIEWER).json() == {"approved": 1}
    assert client.post(f"/agencies/1/imports/{import_id}/approve", Role.REVIEWER).json() == {"approved": 0}


def test_a_mapping_may_be_kept_at_the_office(inst: Installation, client: Client) -> None:
    folder = inst.settings.data / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "permits.toml").write_bytes(MAPPING)
    made = client.bring(register_of("MN-0001"), mapping=None, mapping_name="permits", dry_run="1")
    assert made.json()["accepted"] == 1
    unknown = client.bring(register_of("MN-0001"), mapping=None, mapping_name="permit")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "mapping.unknown")


@pytest.mark.parametrize("name", ["../tokens", "..", "/etc/passwd", "a/b", "A", ".toml", "x" * 65, "名"])
def test_a_mapping_name_leads_nowhere_else(client: Client, name: str) -> None:
    answer = client.bring(mapping=None, mapping_name=name)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload.field")


def test_status_changes_show_after_the_next_publication(client: Client) -> None:
    client.issue(register_of("ST-0001", "ST-0002", "ST-0003", "ST-0004"))
    client.anchor()
    old = client.bundle("ST-0001").json()

    def change(action: str, *numbers: str) -> Any:
        body = {"type": TYPE, "action": action, "business_numbers": numbers}
        return client.post("/agencies/1/status-changes", Role.REVIEWER, json=body)

    def codes() -> list[str]:
        client.post("/agencies/1/publish", Role.OPERATOR, json={})
        numbers = ("ST-0001", "ST-0002", "ST-0003", "ST-0004")
        return [verdict(client, client.bundle(number).json())["code"] for number in numbers]

    done = change("revoke", "ST-0001").json()["changed"]
    assert done == [{"business_number": "ST-0001", "version": 1, "before": "anchored", "state": "revoked"}]
    change("hold", "ST-0002", "ST-0003")
    change("void", "ST-0004")
    assert codes() == ["status.revoked", "status.held", "status.held", "status.void"]
    change("resume", "ST-0002")
    assert codes()[1:3] == ["policy.passed", "status.held"]
    # the status pack is newer than the old bundle
    assert verdict(client, old)["code"] == "status.revoked"
    assert change("revoke", "ST-0001").json()["code"] == "credential.state"
    assert change("hold", "ST-0002", "ST-9999").json()["where"] == {"position": 2}
    told = change("hold", "ST-0002", "ST-9999").json()
    assert told["detail"] == "Number 2 of the list: No credential has this business number."
    assert told["zh"]["detail"] == "列表中第 2 个：没有证照使用该业务编号。"
    assert codes()[1] == "policy.passed"


def test_a_rejected_import_comes_in_again_under_the_same_numbers(client: Client) -> None:
    register = register_of("RJ-0001", "RJ-0002")
    first = client.bring(register).json()["import"]
    path = f"/agencies/1/imports/{first}/reject"
    assert [client.post(path, Role.REVIEWER).json() for _ in range(2)] == [{"rejected": 2}, {"rejected": 0}]
    again = client.bring(register).json()
    assert (again["accepted"], again["refused"]) == (2, 0)
    assert client.bring(register, max_bad_percent="100").json()["refused"] == 2
    unknown = client.post("/agencies/1/imports/999/reject", Role.REVIEWER)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "import.unknown")


def test_many_changes_are_answered_row_by_row(client: Client) -> None:
    client.issue(register_of("BK-0001", "BK-0002", "BK-0003"))
    client.anchor()

    def state_of(number: str) -> Any:
        found = client.post("/agencies/1/credentials", Role.CLERK, json={"type": TYPE, "business_number": number})
        return found.json()["versions"][-1]["state"]

    numbers = ["BK-0001", "BK-9998", "BK-0002", "BK-0001", "BK-9999"]
    body = {"type": TYPE, "action": "revoke", "business_numbers": numbers}
    refused = client.post("/agencies/1/status-changes", Role.REVIEWER, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "status.rows-refused")
    assert [row["row"] for row in refused.json()["rows"]] == [2, 5]
    assert "BK-" not in refused.text
    assert [state_of(number) for number in ("BK-0001", "BK-0002", "BK-0003")] == ["anchored"] * 3
    done = client.post("/agencies/1/status-changes", Role.REVIEWER, json=body | {"skip_refused": True}).json()
    assert [one["business_number"] for one in done["changed"]] == ["BK-0001", "BK-0002"]
    assert done["refused"] == [{"row": row, "code": "credential.unknown", "state": None} for row in (2, 5)]
    assert [state_of(number) for number in ("BK-0001", "BK-0002", "BK-0003")] == ["revoked", "revoked", "anchored"]


def test_a_correction_supersedes_and_names_its_successor(client: Client) -> None:
    client.issue(register_of("CO-0001"))
    client.anchor()
    old = client.bundle("CO-0001").json()
    body = {"type": TYPE, "business_number": "CO-0001", "changes": {"activity": "河道垂钓"}}
    drafted = client.post("/agencies/1/corrections", Role.CLERK, json=body)
    assert (drafted.status_code, drafted.json()["version"]) == (201, 2)
    assert client.post("/agencies/1/corrections", Role.CLERK, json=body).json()["code"] == "supersede.nothing-to-change"
    client.post(f"/agencies/1/imports/{drafted.json()['import']}/approve", Role.REVIEWER)
    client.post("/agencies/1/issue", Role.OPERATOR, json={"type": TYPE})
    assert verdict(client, old)["verified"]
    client.anchor()
    new = client.bundle("CO-0001").json()
    assert new["credential"]["credentialSubject"]["activity"] == "河道垂钓"
    assert verdict(client, new)["verified"]
    told = verdict(client, old)
    assert told["code"] == "status.superseded"
    whole = canonicalize(new["credential"])
    assert base64url.decode(told["successor"]) == sha256(b"\0" + whole)
    versions = client.post(
        "/agencies/1/credentials", Role.AUDITOR, json={"type": TYPE, "business_number": "CO-0001"}
    ).json()["versions"]
    assert [(one["version"], one["state"]) for one in versions] == [(1, "superseded"), (2, "anchored")]
    assert client.bundle("CO-0001", version=1).json()["credential"] == old["credential"]
    assert client.bundle("CO-0001", version=3).json()["code"] == "credential.version-unknown"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ({}, 400, "correction.content"),
        ({"claims": {}, "changes": {}}, 400, "correction.content"),
        ({"changes": {"activity": 1.5}}, 400, "supersede.claims-break-schema"),
        ({"changes": {"activity": None}}, 400, "supersede.claims-break-schema"),
        ({"changes": {"permitNumber": "CO-9999"}}, 400, "supersede.other-number"),
        ({"changes": {"activity": "x"}, "valid_from": "2026-02-30"}, 400, "correction.valid-from"),
        ({"changes": {"activity": "x"}, "valid_from": 20260101}, 422, "http.not-fitting"),
        ({"changes": []}, 422, "http.not-fitting"),
    ],
)
def test_a_correction_that_is_none(client: Client, content: dict[str, Any], status: int, code: str) -> None:
    body = {"type": TYPE, "business_number": NUMBERS[0]} | content
    answer = client.post("/agencies/1/corrections", Role.CLERK, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_older_bundle_is_refreshed_without_a_token(client: Client) -> None:
    client.issue(register_of("RF-0001"))
    pending = client.bundle("RF-0001").json()
    assert "anchor" not in pending
    assert client.post("/bundles/refresh", json=pending).json() == pending
    told = verdict(client, pending)
    assert (told["result"], told["code"]) == ("cannot be checked", "inclusion.missing")
    client.anchor()
    anchored = client.post("/bundles/refresh", json=pending).json()
    assert verdict(client, anchored)["verified"]
    body = {"type": TYPE, "action": "revoke", "business_numbers": ["RF-0001"]}
    client.post("/agencies/1/status-changes", Role.REVIEWER, json=body)
    client.post("/agencies/1/publish", Role.OPERATOR, json={})
    assert client.post("/bundles/refresh", json=anchored).json()["status"][0]["version"] > 1


def test_only_what_was_issued_here_is_refreshed(client: Client) -> None:
    bundle = client.bundle(NUMBERS[0]).json()
    altered = json.loads(json.dumps(bundle))
    altered["credential"]["credentialSubject"]["activity"] = "everything"
    assert client.post("/bundles/refresh", json=altered).json()["code"] == "data-integrity.signature"
    foreign = json.loads(json.dumps(bundle))
    foreign["credential"]["issuer"] = "did:web:elsewhere.example"
    assert client.post("/bundles/refresh", json=foreign).json()["code"] == "refresh.not-ours"
    moved = json.loads(json.dumps(bundle))
    moved["inclusion"]["index"] = (moved["inclusion"]["index"] + 1) % 64
    assert client.post("/bundles/refresh", json=moved).json()["code"] == "refresh.unknown"
    assert client.post("/bundles/refresh", json={}).json()["code"] == "bundle.not-a-bundle"


@pytest.mark.parametrize(
    "bundle",
    [
        5,
        "text",
        [],
        {},
        {"format": "onceledger-bundle", "version": 1.5},
        {"deep": [[[[]]]], "number": 1e300},
    ],
)
def test_a_bundle_that_is_none_is_a_verdict_and_no_error(client: Client, bundle: Any) -> None:
    told = verdict(client, bundle)
    assert (told["result"], told["code"]) == ("invalid", "well-formed.malformed")


def test_a_bundle_of_a_later_version_cannot_be_checked(client: Client) -> None:
    told = verdict(client, {"format": "onceledger-bundle", "version": 2})
    assert (told["result"], told["code"]) == ("cannot be checked", "well-formed.version-unknown")


def test_a_float_in_a_credential_is_a_verdict(client: Client) -> None:
    bundle = client.bundle(NUMBERS[0]).json()
    bundle["credential"]["credentialSubject"]["activity"] = 1.5
    assert verdict(client, bundle)["code"] == "well-formed.malformed"


def test_an_altered_credential_is_invalid(client: Client) -> None:
    bundle = client.bundle(NUMBERS[0]).json()
    bundle["credential"]["credentialSubject"]["activity"] += "!"
    told = verdict(client, bundle)
    assert (told["result"], told["code"]) == ("invalid", "signature.wrong")
    assert told["findings"][-1]["zh"]


def test_a_credential_alone_cannot_be_called_valid(client: Client) -> None:
    credential = client.bundle(NUMBERS[0]).json()["credential"]
    told = client.post("/verify", json={"credential": credential}).json()
    assert (told["result"], told["code"]) == ("cannot be checked", "inclusion.missing")
    assert told["findings"][2]["code"] == "signature.passed"
    for other in (7, {"@context": "x"}, {"@context": ["a", {}]}):
        assert client.post("/verify", json={"credential": other}).json()["result"] == "invalid"


def test_a_policy_and_a_day_may_be_named(client: Client) -> None:
    bundle = client.bundle(NUMBERS[0]).json()
    assert verdict(client, bundle, policy={"types": ["Other"]})["code"] == "policy.type-not-accepted"
    assert verdict(client, bundle, policy={"issuers": []})["code"] == "policy.issuer-not-accepted"
    assert verdict(client, bundle, policy={"max_status_age_days": None})["verified"]
    assert verdict(client, bundle, as_of="2025-12-31")["code"] == "validity.not-yet-valid"
    assert verdict(client, bundle, as_of="2025-12-31T00:00:00+08:00")["code"] == "validity.not-yet-valid"
    for bad in ("2026-02-30", "yesterday", "2026-01-01T00:00:00", ""):
        answer = client.post("/verify", json={"bundle": bundle, "as_of": bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "usage.bad-date")
    for far in ("9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", "1899-12-31"):
        answer = client.post("/verify", json={"bundle": bundle, "as_of": far})
        assert (answer.status_code, answer.json()["code"]) == (400, "validity.as-of")
    for edge in ("1900-01-01", "1900-01-01T00:00:00+23:59"):
        assert not verdict(client, bundle, as_of=edge)["verified"]
    for future in ("2999-01-01", "2999-01-01T00:00:00+08:00", "9998-12-31", "9998-12-31T23:59:59-23:59"):
        answer = client.post("/verify", json={"bundle": bundle, "as_of": future})
        assert (answer.status_code, answer.json()["code"]) == (400, "usage.as-of-in-future")


@pytest.mark.parametrize(("old", "new"), [(b'"version\\":1', b'"version\\":2'), (b'\\"sig\\":\\"', b'\\"sig\\":\\"00')])
def test_with_an_unusable_trust_pack_nothing_can_be_checked(tmp_path: Path, old: bytes, new: bytes) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        client.issue()
        client.anchor()
        bundle = client.bundle(NUMBERS[0]).json()
        pack = newest_pack(inst)
        assert old in pack
        inst.records.save_note("trust-pack", pack.replace(old, new))
        told = verdict(client, bundle)
        assert (told["result"], told["code"]) == ("cannot be checked", "trust.unusable")
        checks = client.get("/readyz").json()["checks"]
        assert {check["name"] for check in checks if not check["ok"]} == {"trust-pack", "worker"}


def test_counts_and_batches(client: Client) -> None:
    told = client.get("/agencies/2/counts", Role.AUDITOR, agency=2).json()
    assert told == {"states": {}, "without_batch": 0}
    client.issue(register_of("CN-0001"))
    told = client.get(f"/agencies/1/counts?type={TYPE}", Role.OPERATOR).json()
    assert told["without_batch"] == told["states"]["pending_anchor"] == 1
    (batch,) = client.anchor()["batches"]
    assert (batch["state"], batch["size"], batch["credentials"]) == ("anchored", 64, 1)
    assert batch in client.get("/agencies/1/batches?state=anchored", Role.AUDITOR).json()["batches"]
    assert client.get("/agencies/1/batches?state=gone", Role.AUDITOR).status_code == 422
    assert client.post("/agencies/1/retry-refused", Role.OPERATOR).json() == {"retried": 0, "reissued": 0}


def test_what_verifiers_fetch_is_what_it_should_be(inst: Installation, client: Client) -> None:
    from datetime import UTC, datetime

    pack = client.get("/trust-pack").content
    root = client.get("/trust-pack/root.json").content
    assert (
        trust_pack.load(pack, pinned_root=root, now=datetime.now(UTC)).trust.agencies[0].did
        == "did:web:permits.example"
    )
    packed = status_pack.load(client.get("/status-pack").content)
    assert [one.list_id for one in packed.lists] == [(1 << 32) + 1, (1 << 32) + 2]
    for path in ("/trust-pack", "/trust-pack/root.json", "/status-pack", "/agencies/1/did.json", f"/types/{TYPE}"):
        first = client.get(path)
        assert first.headers["access-control-allow-origin"] == "*"
        again = client.get(path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, headers={"If-None-Match": '"other"'}).content == first.content


def test_contexts_are_served_under_their_digest(inst: Installation, client: Client) -> None:
    (kind,) = client.get("/types").json()["types"]
    path = "/contexts/" + kind["context"].partition("/contexts/")[2]
    answer = client.get(path)
    assert base64url.encode(sha256(answer.content)) == path.rpartition("/")[2]
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(path[:-1] + "_").json()["code"] == "type.context-unknown"
    assert parse(client.get(f"/types/{kind['id']}").content)["name"] == TYPE


def test_a_status_list_is_a_secured_credential(client: Client) -> None:
    for number, purpose in ((1, "revocation"), (2, "suspension")):
        list_id = (1 << 32) + number
        answer = client.get(f"/status/{list_id}")
        assert answer.headers["content-type"] == "application/vc"
        document = parse(answer.content)
        assert document["id"] == f"https://permits.example/status/{list_id}"
        assert document["credentialSubject"]["statusPurpose"] == purpose
        assert len(status_list.decode_list(document["credentialSubject"]["encodedList"])) == 131_072 // 8
        did = client.get("/agencies/1/did.json").json()
        method = document["proof"]["verificationMethod"]
        (key,) = [one for one in did["verificationMethod"] if one["id"] == method]
        assert method in did["assertionMethod"]
        data_integrity.verify_proof(document, multikey.decode(key["publicKeyMultibase"]))
    for path in ("/status/7", f"/status/{(1 << 32) + 3}", f"/status/{2**63 - 1}"):
        assert client.get(path).json()["code"] == "status.not-published"
    assert client.get(f"/status/{2**63}").status_code == 422


def test_did_documents_go_by_host(client: Client) -> None:
    for agency, host in HOSTS.items():
        answer = client.get("/.well-known/did.json", headers={"Host": host.upper()})
        assert answer.json()["id"] == f"did:web:{host}"
        assert answer.content == client.get(f"/agencies/{agency}/did.json").content
        assert answer.headers["vary"] == "Host"
    unknown = client.get("/.well-known/did.json", headers={"Host": "elsewhere.example"})
    assert unknown.json()["code"] == "did.host-unknown"


def test_a_did_document_keeps_old_keys_and_disowns_compromised_ones(tmp_path: Path) -> None:
    from adapters.bootstrap import now
    from offices.agencies import declare_compromise, retire_key
    from offices.root import new_key

    with opened(tmp_path) as inst, serving(inst) as client:
        (agency, _) = inst.records.agencies()
        first = inst.records.keys(1)[0]
        second, third = new_key(inst, agency), new_key(inst, agency)
        retire_key(inst, first.key_id)
        declare_compromise(inst, second.key_id, now())
        did = client.get("/agencies/1/did.json").json()
        methods = {one["publicKeyMultibase"]: one for one in did["verificationMethod"]}
        assert list(methods) == [first.multikey, second.multikey, third.multikey]
        assert [multikey in methods and "revoked" in methods[multikey] for multikey in methods] == [False, True, False]
        assert did["assertionMethod"] == [f"{agency.did}#{key.multikey}" for key in (first, third)]


def test_checkpoints_of_the_anchor_log(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from ledger.anchor_log import parse_body
    from offices.evidence import make_trust_pack

    with opened(tmp_path) as inst, serving(inst) as client:
        assert client.get("/anchor-log/checkpoints").json()["checkpoints"] == []
        client.issue()
        client.anchor()
        old = client.bundle(NUMBERS[0]).json()
        soon = datetime.now(UTC) + timedelta(days=1)
        make_trust_pack(inst, expires=soon, root_expires=soon, close_log=True)
        told = client.get("/anchor-log/checkpoints").json()
        (one,) = told["checkpoints"]
        size, root = parse_body(one["body"], told["origin"])
        assert (size, "0x" + root.hex()) == (1, one["root"])
        assert verdict(client, old)["code"] == "anchored.history-needed"
        new = client.post("/bundles/refresh", json=old).json()
        assert new["history"]["size"] == 1
        told = verdict(client, new)
        assert told["findings"][5]["code"] == "anchored.passed-by-history"


def test_agencies_work_at_the_same_time_and_each_certificate_is_issued_once(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        for part in range(4):
            import_id = client.bring(register_of(*(f"PA-{part}-{row}" for row in range(5)))).json()["import"]
            client.post(f"/agencies/1/imports/{import_id}/approve", Role.REVIEWER)
        issue = ("POST", "/agencies/1/issue", Role.CLERK, {"json": {"type": TYPE}})
        anchor: Any = ("POST", "/agencies/1/anchor", Role.OPERATOR, {})
        answers = client.sends(issue, anchor, issue, anchor, issue, anchor)
        assert [answer.status_code for answer in answers] == [200] * 6
        assert sum(answer.json().get("issued", 0) for answer in answers) == 20
        client.anchor()
        assert client.get("/agencies/1/counts", Role.AUDITOR).json()["states"] == {"anchored": 20}
        rows = [row for batch in inst.records.batches(1) for row in inst.records.in_batch(batch.batch_id)]
        assert Counter(row.business_number for row in rows) == Counter(
            f"PA-{a}-{b}" for a in range(4) for b in range(5)
        )
        assert len({row.status_index for row in rows}) == 20


def test_readiness_names_what_is_degraded(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        told = client.get("/readyz").json()
        assert told["status"] == "degraded"
        assert [check["name"] for check in told["checks"] if not check["ok"]] == ["worker"]
        assert inst.embedded is not None
        inst.embedded.close()
        told = client.get("/readyz")
        assert told.status_code == 200
        broken = {check["name"]: check["code"] for check in told.json()["checks"] if not check["ok"]}
        assert broken == {"chain": "chain.closed", "worker": "worker.not-running"}
        assert client.get("/healthz").json() == {"status": "alive"}


def test_issuing_and_bundles_go_on_without_a_chain(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        assert inst.embedded is not None
        inst.embedded.close()
        client.issue()
        assert client.bundle(NUMBERS[0]).status_code == 200
        answer = client.post("/agencies/1/anchor", Role.OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (503, "chain.closed")
        assert answer.headers["retry-after"] == "5"


def test_metrics_count_and_name_nobody(client: Client) -> None:
    client.get(f"/{IDENTITY_NUMBERS[0]}")
    text = client.get("/metrics", Role.OPERATOR).text
    assert 'onceledger_http_requests_total{method="POST",route="/bundles",status="200"}' in text
    assert 'route="-",status="404"' in text
    assert 'onceledger_credentials{agency="1",state="anchored"}' in text
    for secret in (*IDENTITY_NUMBERS, *NUMBERS, *NAMES):
        assert secret not in text


def test_publishing_needs_no_body(client: Client) -> None:
    answer = client.post("/agencies/1/publish", Role.OPERATOR)
    assert answer.status_code == 200, answer.text
    assert client.post("/agencies/1/publish", Role.OPERATOR, json={"every_list": False}).status_code == 200
    told = client.post("/agencies/1/publish", Role.AUDITOR).json()
    assert told["code"] == "token.role"
    assert "审计人员（auditor）" in told["zh"]["detail"]
    assert "运行人员（operator）" in told["zh"]["cure"]
