"""Governing over HTTP: an installation founded, agencies entered and accredited, keys and packs, all without a stop;
and what fewer members than must agree, or another agency's administrator, cannot do."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_client import HOSTS, NUMBERS, TYPE, Client, opened, serving, settings_of

from adapters.bootstrap import Installation, create_installation, open_installation
from adapters.master_key import ScryptCost
from api.governing import HEADER
from api.tokens import ROOT_AUTHORITY, Role, Tokens, add_token
from api.zip_stream import zip_stream
from ledger import trust_pack
from ledger.errors import Corrupt
from ledger.trust_pack_signing import pinned_root
from offices import dev_samples
from offices.evidence import newest_pack
from offices.members import present_members

DEFINITION = json.loads(dev_samples.definition())
NAMES = {"zh": "市许可处", "en": "Licence section"}
ROOT = Path(__file__).parent.parent


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    with opened(tmp_path) as installation:
        yield installation


@pytest.fixture
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as made:
        yield made


def done(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


def agency_of(client: Client, agency_id: int) -> dict[str, Any]:
    listed = done(client.get("/registry", Role.AUDITOR))["agencies"]
    return next(one for one in listed if one["id"] == agency_id)


def admin(client: Client, path: str, agency: int = 1, **rest: Any) -> httpx.Response:
    return client.post(path, Role.ADMINISTRATOR, agency=agency, **rest)


def test_from_an_empty_folder_to_a_verified_certificate_over_http_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    create_installation(settings, cost=ScryptCost(1 << 10))
    with open_installation(settings) as inst, serving(inst) as client:
        founded = done(client.govern("/root-authority"))
        assert (founded["threshold"], [one["key"] for one in founded["members"]]) == (2, ["root-1", "root-2", "root-3"])
        assert done(client.govern("/root-authority")) == founded
        entered = done(client.govern("/agencies", json={"host": HOSTS[1], "name": NAMES}))
        assert entered == {"id": 1, "did": f"did:web:{HOSTS[1]}", "host": HOSTS[1], "name": NAMES}
        assert done(client.post("/types/check", Role.CLERK, json=DEFINITION))["id"] is None
        kind = done(client.govern("/types", json=DEFINITION))
        assert (kind["id"], kind["name"]) == (1, TYPE)
        done(client.govern("/agencies/1/accreditations", json={"type": TYPE}))
        key = done(admin(client, "/agencies/1/keys", json={"days": 30}))
        assert key["multikey"].startswith("z6Mk")
        made = done(client.govern("/trust-pack", json={"days": 9}))
        assert made["version"] == 1
        client.issue()
        assert client.anchor()["batches"][0]["state"] == "anchored"
        told = done(client.post("/verify", json={"bundle": client.bundle(NUMBERS[0]).json()}))
        assert told["result"] == "valid"
        assert told["issuer"]["name"] == NAMES
        registry = done(client.get("/registry", Role.CLERK))
        assert [one["standing"] for one in registry["keys"]] == ["usable"]
        assert [(one["agency"], one["type"], one["grantor"]) for one in registry["accreditations"]] == [(1, 1, 0)]
        assert done(client.get("/agencies/1/overview", Role.OPERATOR))["step"] == "nothing"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/root-authority", None),
        ("/root-authority/members", None),
        ("/root-authority/members/root-3/rotate", None),
        ("/root-authority/members/root-3/remove", None),
        ("/root-authority/threshold", {"threshold": 1}),
        ("/agencies", {"host": "new.example", "name": NAMES}),
        ("/agencies/1/rename", {"name": NAMES}),
        ("/agencies/1/suspend", None),
        ("/agencies/1/readmit", None),
        ("/agencies/1/merge", {"successor": 2}),
        ("/agencies/1/key-limit", {"limit": 64}),
        ("/agencies/1/accreditations", {"type": TYPE}),
        ("/agencies/1/accreditations/end", {"type": TYPE}),
        ("/agencies/1/keys/1/consent", {"since": "2026-01-01"}),
        ("/types", DEFINITION),
        ("/trust-pack", {}),
    ],
)
def test_what_the_root_does_needs_enough_members_each_with_its_own_token(
    client: Client, inst: Installation, path: str, body: Any
) -> None:
    rest = {} if body is None else {"json": body}
    head, pack = client.get("/registry", Role.AUDITOR).json(), client.get("/trust-pack").content
    for _ in range(3):
        told = client.ask(path, "root-1", **rest)
        assert told.status_code == 202, told.text
        assert (told.json()["agreed"], told.json()["needed"]) == (["root-1"], 2)
    for role in (Role.CLERK, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR):
        assert code(client.post(path, role, **rest), 403) == "token.role"
    for headers in ({}, {HEADER: "x"}):
        assert code(client.send("POST", path, headers=headers, **rest), 401) == "token.missing"
    assert code(client.send("POST", path, headers={"Authorization": "Bearer olt_unknown"}, **rest), 401) == (
        "token.unknown"
    )
    two = f"Bearer {client.members['root-1']}, Bearer {client.members['root-2']}"
    assert code(client.send("POST", path, headers={"Authorization": two}, **rest), 401) == "token.unknown"
    for tag in ("", "x" * 65, "\u00e9", "a\tb"):
        answer = client.send(
            "POST", path, headers={"Authorization": f"Bearer {client.members['root-2']}", HEADER: tag.encode()}, **rest
        )
        assert code(answer, 422) == "http.not-fitting"
    assert [one["agreed"] for one in done(client.get("/root-authority/agreements", Role.MEMBER))["open"]] == [
        ["root-1"]
    ]
    assert (client.get("/registry", Role.AUDITOR).json(), client.get("/trust-pack").content) == (head, pack)
    assert present_members(inst) == ["root-1", "root-2", "root-3"]


def test_a_token_of_a_name_that_is_no_member_agrees_to_nothing(client: Client, inst: Installation) -> None:
    path = inst.settings.tokens_path
    client.members["root-9"] = add_token(path, ROOT_AUTHORITY, Role.MEMBER, "root-9", created=1)
    client.members["carrier"] = add_token(path, ROOT_AUTHORITY, Role.MEMBER, "carrier", created=1)
    for name in ("root-9", "carrier"):
        assert code(client.govern("/root-authority/threshold", "root-1", name, json={"threshold": 1}), 404) == (
            "root.member-unknown"
        )


def test_members_come_go_and_are_replaced_and_their_tokens_with_them(client: Client, inst: Installation) -> None:
    assert done(client.govern("/root-authority/members")) == {"member": "root-4"}
    assert done(client.govern("/root-authority/members/root-1/rotate", "root-2", "root-3")) == {"member": "root-1-v2"}
    assert code(client.govern("/root-authority/threshold", "root-1", "root-2", json={"threshold": 3}), 404) == (
        "root.member-unknown"
    )
    assert done(client.govern("/root-authority/threshold", "root-2", "root-3", json={"threshold": 3})) == {
        "threshold": 3
    }
    waiting = client.govern("/root-authority/members/root-4/remove", "root-2", "root-3")
    assert (waiting.status_code, waiting.json()["agreed"], waiting.json()["needed"]) == (202, ["root-2", "root-3"], 3)
    path = inst.settings.tokens_path
    client.members["root-4"] = add_token(path, ROOT_AUTHORITY, Role.MEMBER, "root-4", created=1)
    done(client.govern("/root-authority/threshold", "root-2", "root-3", "root-4", json={"threshold": 2}))
    assert done(client.govern("/root-authority/members/root-4/remove", "root-2", "root-3")) == {"member": "root-4"}
    assert present_members(inst) == ["root-1-v2", "root-2", "root-3"]
    pinned = pinned_root(newest_pack(inst))
    assert done(client.govern("/trust-pack", "root-2", "root-3", json={}))["root_version"] == 2
    assert trust_pack.load(newest_pack(inst), pinned_root=pinned, now=datetime.now(UTC)).seen.root == 2


def test_an_agency_passes_its_right_on_and_supervises_whom_it_let_in(client: Client) -> None:
    done(client.govern("/agencies/1/accreditations", json={"type": TYPE, "may_delegate": True}))
    below = {"host": "below.example", "name": NAMES, "accreditor": 1}
    assert done(client.govern("/agencies", json=below))["id"] == 3
    until = (datetime.now(UTC) + timedelta(days=90)).isoformat(timespec="seconds")
    done(admin(client, "/agencies/3/accreditations", json={"type": TYPE, "until": until}))
    granted = [one for one in client.get("/registry", Role.AUDITOR).json()["accreditations"] if one["agency"] == 3]
    assert [one["grantor"] for one in granted] == [1]
    assert datetime.fromisoformat(granted[0]["until"]) == datetime.fromisoformat(until)

    assert done(admin(client, "/agencies/3/suspend")) == {"id": 3, "standing": "suspended", "successor": None}
    assert agency_of(client, 3)["standing"] == "suspended"
    done(admin(client, "/agencies/3/readmit"))
    assert agency_of(client, 3)["standing"] == "active"
    done(client.govern("/agencies/3/suspend"))
    assert code(admin(client, "/agencies/3/readmit"), 409) == "chain.reverted"
    done(client.govern("/agencies/3/readmit"))
    done(admin(client, "/agencies/3/accreditations/end", json={"type": TYPE}))
    ended = [one for one in client.get("/registry", Role.AUDITOR).json()["accreditations"] if one["agency"] == 3]
    assert ended[0]["ended_at"]


def test_an_administrator_governs_no_agency_but_those_below(client: Client) -> None:
    before = client.get("/registry", Role.AUDITOR).json()
    for path, body in (
        ("/agencies/1/suspend", None),
        ("/agencies/1/readmit", None),
        ("/agencies/1/accreditations", {"type": TYPE}),
        ("/agencies/1/accreditations/end", {"type": TYPE}),
        ("/agencies/1/keys/1/consent", {"since": "2026-01-01"}),
    ):
        rest = {} if body is None else {"json": body}
        assert code(admin(client, path, agency=2, **rest), 409) == "chain.reverted", path
    for path, body in (
        ("/agencies/1/keys", {}),
        ("/agencies/1/keys/1/retire", None),
        ("/agencies/1/keys/1/compromise", {"since": "2026-11-20"}),
        ("/agencies/1/senders", None),
        ("/agencies/1/senders/remove", {"sender": f"{HOSTS[1]}-sender"}),
        ("/agencies/1/export", None),
        ("/agencies/1/trust-pack", {}),
    ):
        rest = {} if body is None else {"json": body}
        assert code(admin(client, path, agency=2, **rest), 403) == "token.other-agency", path
    # Under its own number another agency's key is none.
    assert code(admin(client, "/agencies/2/keys/1/retire", agency=2), 404) == "key.unknown"
    since = {"since": "2026-11-20"}
    assert code(admin(client, "/agencies/2/keys/1/compromise", agency=2, json=since), 404) == "key.unknown"
    assert client.get("/registry", Role.AUDITOR).json() == before


def test_keys_begin_retire_and_are_compromised(client: Client) -> None:
    second = done(admin(client, "/agencies/1/keys", json={}))
    assert second["id"] == 3
    client.issue()
    assert code(admin(client, "/agencies/1/keys/3/retire"), 409) == "agency.pending"
    client.anchor()
    assert done(admin(client, "/agencies/1/keys/1/retire")) == {"id": 1, "standing": "retired", "since": None}
    old = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    assert code(admin(client, "/agencies/1/keys/3/compromise", json={"since": old}), 409) == "chain.reverted"
    assert code(admin(client, "/agencies/1/keys/3/compromise", json={"since": "2026-02-30"}), 400) == "usage.bad-date"
    done(client.govern("/agencies/1/keys/3/consent", json={"since": old}))
    assert done(admin(client, "/agencies/1/keys/3/compromise", json={"since": old}))["standing"] == "compromised"
    bundle = client.bundle(NUMBERS[0]).json()
    done(client.govern("/trust-pack", json={}))
    assert done(client.post("/verify", json={"bundle": bundle}))["result"] == "invalid"
    standings = {one["id"]: one["standing"] for one in client.get("/registry", Role.AUDITOR).json()["keys"]}
    assert standings == {1: "retired", 2: "usable", 3: "compromised"}
    assert done(client.govern("/agencies/1/key-limit", json={"limit": 2})) == {"id": 1, "key_limit": 2}
    assert code(admin(client, "/agencies/1/keys", json={}), 409) == "chain.reverted"


def test_senders_change_while_the_service_runs(client: Client) -> None:
    (first,) = done(client.get("/agencies/1/senders", Role.OPERATOR))["senders"]
    assert code(admin(client, "/agencies/1/senders/remove", json={"sender": first["key"]}), 409) == (
        "agency.sender-in-use"
    )
    added = done(admin(client, "/agencies/1/senders"))["senders"]
    assert [one["in_use"] for one in added if one["key"] != first["key"]] == [True]
    assert len(done(admin(client, "/agencies/1/senders/remove", json={"sender": first["address"]}))["senders"]) == 1
    client.issue()
    assert client.anchor()["batches"][0]["state"] == "anchored"


def test_an_agency_is_renamed_and_goes_up_in_another(client: Client) -> None:
    client.issue()
    assert code(client.govern("/agencies/1/merge", json={"successor": 2}), 409) == "agency.pending"
    client.anchor()
    bundle = client.bundle(NUMBERS[0]).json()
    done(client.govern("/agencies/1/rename", json={"name": NAMES}))
    assert code(client.govern("/agencies/1/merge", json={"successor": 1}), 409) == "chain.reverted"
    assert code(client.govern("/agencies/1/merge", json={"successor": 77}), 404) == "agency.unknown"
    merged = done(client.govern("/agencies/1/merge", json={"successor": 2}))
    assert merged == {"id": 1, "standing": "merged", "successor": 2}
    done(client.govern("/trust-pack", json={}))
    told = done(client.post("/verify", json={"bundle": bundle}))
    assert (told["result"], told["issuer"]["name"], told["issuer"]["status"]) == ("valid", NAMES, "merged")


def test_a_pack_is_checked_against_the_chain_and_only_the_next_one_is_taken_over(
    client: Client, inst: Installation
) -> None:
    old = client.get("/trust-pack").json()
    assert done(client.post("/trust-pack/check", Role.CLERK, json=old)) == {"agrees": True, "differences": []}
    done(client.govern("/trust-pack", json={"days": 14, "close_log": True}))
    new = client.get("/trust-pack").json()
    assert code(admin(client, "/agencies/1/trust-pack", json=old), 400) == "trust-pack.rolled-back"
    assert done(admin(client, "/agencies/1/trust-pack", json=new))["version"] == 2
    altered = json.loads(json.dumps(new).replace('\\"active\\"', '\\"suspended\\"'))
    assert code(admin(client, "/agencies/1/trust-pack", json=altered), 400) == "trust-pack.description-altered"
    told = done(client.post("/trust-pack/check", Role.CLERK, json=altered))
    assert (told["agrees"], len(told["differences"])) == (False, 2)
    assert code(admin(client, "/agencies/1/trust-pack", json={"format": "x"}), 400).startswith("trust-pack.")
    assert client.get("/trust-pack").json() == new
    assert code(client.govern("/trust-pack", json={"validators": ["0x12"]}), 400) == "usage.bad-account"


def test_the_log_is_closed_twice_within_a_second(client: Client) -> None:
    for limit in (40, 41, 42):
        done(client.govern("/agencies/1/key-limit", json={"limit": limit}))
        done(client.govern("/trust-pack", json={"close_log": True}))
    told = done(client.get("/anchor-log/checkpoints"))["checkpoints"]
    times = [one["time"] for one in told]
    assert times == sorted(set(times))


def test_a_pack_of_another_root_is_not_taken_over(client: Client, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "other" / "data")
    create_installation(settings, cost=ScryptCost(1 << 10))
    with open_installation(settings) as other, serving(other) as elsewhere:
        done(elsewhere.govern("/root-authority"))
        for _ in range(3):
            done(elsewhere.govern("/trust-pack", json={"days": 30}))
        foreign = elsewhere.get("/trust-pack").json()
    answer = admin(client, "/agencies/1/trust-pack", json=foreign)
    assert code(answer, 400) == "trust-pack.not-signed-by-root"


def test_numbers_are_verified_by_node_and_content_store(client: Client) -> None:
    client.issue()
    client.anchor()
    which = {"type": TYPE, "business_numbers": list(NUMBERS[:3])}
    told = done(client.post("/agencies/1/verify", Role.AUDITOR, json=which))["verdicts"]
    assert [(one["row"], one["version"], one["result"], one["state"]) for one in told] == [
        (row, 1, "valid", "anchored") for row in (1, 2, 3)
    ]
    # A compromise of a minute ago counts here, and not yet in the pack that everybody else has.
    done(admin(client, "/agencies/1/keys/1/compromise", json={"since": "2026-11-20"}))
    told = done(client.post("/agencies/1/verify", Role.CLERK, json=which))["verdicts"]
    assert {one["code"] for one in told} == {"key.compromised-before-anchor"}
    assert done(client.post("/verify", json={"bundle": client.bundle(NUMBERS[0]).json()}))["result"] == "valid"
    answer = client.post("/agencies/1/verify", Role.CLERK, json=which | {"business_numbers": [NUMBERS[0], "none"]})
    judged, unknown = done(answer)["verdicts"]
    assert (judged["row"], judged["code"]) == (1, "key.compromised-before-anchor")
    assert {"row": 2, "result": None, "verified": False, "code": "credential.unknown"}.items() <= unknown.items()
    late = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    assert code(client.post("/agencies/1/verify", Role.CLERK, json=which | {"as_of": late}), 400) == (
        "usage.as-of-in-future"
    )


def test_a_batch_and_an_export_come_as_archives_that_verify(client: Client, tmp_path: Path) -> None:
    client.issue()
    batch = client.anchor()["batches"][0]["id"]
    answer = client.post(f"/agencies/1/batches/{batch}/bundles", Role.CLERK)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(NUMBERS)
        assert {
            done(client.post("/verify", json={"bundle": json.loads(archive.read(n))}))["result"] for n in names
        } == {"valid"}
    assert code(client.post(f"/agencies/2/batches/{batch}/bundles", Role.CLERK, agency=2), 404) == "batch.unknown"

    client.post("/agencies/1/publish", Role.OPERATOR, json={})
    answer = admin(client, "/agencies/1/export")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "export")
    folder = tmp_path / "export"
    assert len((folder / "records" / "credentials.jsonl").read_text("utf-8").splitlines()) == len(NUMBERS)
    command = [Path(sys.executable).with_name("onceledger"), "verify", folder / "bundles", "--json"]
    for option in ("trust-pack.json", "root.json", "status-pack.bin"):
        command += [f"--{option.partition('.')[0]}", folder / option]
    environment = {"ONCELEDGER_SEEN": str(tmp_path / "seen")}
    verified = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["counts"]["valid"] == len(NUMBERS)


def test_without_a_trust_pack_an_export_is_a_problem_and_no_broken_archive(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    create_installation(settings, cost=ScryptCost(1 << 10))
    with open_installation(settings) as inst, serving(inst) as client:
        done(client.govern("/root-authority"))
        done(client.govern("/agencies", json={"host": HOSTS[1], "name": NAMES}))
        assert code(admin(client, "/agencies/1/export"), 404) == "trust-pack.none"


def test_an_archive_that_broke_off_does_not_look_whole() -> None:
    def files() -> Iterator[tuple[str, tuple[bytes]]]:
        yield "one", (b"1" * 5000,)
        raise Corrupt("block.damaged", "It is damaged.")

    sent: list[bytes] = []
    with pytest.raises(Corrupt):
        sent.extend(zip_stream(files()))
    assert sum(map(len, sent))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(sent)))


def test_members_of_the_root_do_no_officers_work(client: Client) -> None:
    for path in ("/agencies/1/imports/1/approve", "/agencies/1/anchor", "/agencies/1/keys", "/agencies/1/export"):
        assert code(client.govern(path, json={}), 403) == "token.role"
    for path in ("/agencies/1/counts", "/agencies/1/senders", "/agencies/1/batches"):
        assert code(client.get(path, Role.MEMBER), 403) == "token.role"


def test_a_token_file_with_a_members_token_of_an_agency_is_none(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    add_token(path, ROOT_AUTHORITY, Role.MEMBER, "root-1", created=int(time.time()))
    text = path.read_text("utf-8").replace('"agency":0', '"agency":1')
    path.write_text(text, "utf-8")
    with pytest.raises(Exception, match="is not one"):
        Tokens(path)
    for agency, role in ((1, Role.MEMBER), (0, Role.CLERK), (0, Role.ADMINISTRATOR)):
        with pytest.raises(Exception, match="root authority"):
            add_token(tmp_path / "other.json", agency, role, "x", created=1)
    assert not (tmp_path / "other.json").exists()


def test_the_example_of_a_definition_can_be_sent_as_it_stands(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/types/check", "/types"):
        (content,) = paths[path]["post"]["requestBody"]["content"].values()
        assert done(client.govern(path, json=content["example"]))["name"] == TYPE
