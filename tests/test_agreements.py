"""Members of the root authority agree one after another: what is one act and what another, what counts, how long, and
that nothing is done twice or by halves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_client import TYPE, Client, opened, serving, settings_of

from adapters.bootstrap import Installation, now, open_installation
from api.governing import HEADER
from api.json_bodies import MAX_JSON
from api.shapes import stamp
from api.tokens import ROOT_AUTHORITY, Role, add_token
from ledger.chain_reading import read_registry
from ledger.digest import sha256
from ledger.errors import Conflict, Corrupt, MalformedInput, NotFound, OnceledgerError, Unavailable
from offices import agreements
from offices.agreements import LIFETIME, MOST_DONE, MOST_OPEN, NOTE, Awaited, RootAct
from offices.evidence import make_trust_pack
from offices.members import present_members, remove_member, rotate_member, set_threshold

NOW = 1_790_000_000
MEMBERS = "/root-authority/members"
LIMIT = "/agencies/1/key-limit"


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


def waiting(answer: httpx.Response) -> Any:
    assert answer.status_code == 202, answer.text
    return answer.json()


def code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


def listed(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(client.get("/root-authority/agreements", Role.MEMBER))["open"]
    return found


def key_limit(client: Client, member: str, limit: int, **rest: Any) -> httpx.Response:
    return client.ask(LIMIT, member, json={"limit": limit}, **rest)


def act(body: bytes = b"", **changes: Any) -> RootAct:
    return RootAct(**{"method": "POST", "path": "/x", "query": "", "body": sha256(body), **changes})


def tried(inst: Installation, asked: RootAct, member: str, now: int = NOW, error: Exception | None = None) -> Any:
    """Who agreed when it was done, or the error that it ended in."""
    try:
        with agreements.agreed(inst, asked, member, now=now) as members:
            if error is not None:
                raise error
            return members
    except (Awaited, OnceledgerError) as ended:
        return ended


def test_the_second_member_completes_the_act_and_a_third_comes_too_late(client: Client, inst: Installation) -> None:
    before = inst.chain.head().number
    told = waiting(client.ask(MEMBERS, "root-1"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", told["act"])
    assert listed(client) == [
        {"act": told["act"], "method": "POST", "path": MEMBERS, "agreed": ["root-1"], "until": told["until"]}
    ]
    assert inst.chain.head().number == before
    assert done(client.ask(MEMBERS, "root-2")) == {"member": "root-4"}
    assert listed(client) == []
    for late in ("root-3", "root-2", "root-1"):
        answer = client.ask(MEMBERS, late)
        assert code(answer, 409) == "root.act-done"
        assert "root-1, root-2" in answer.json()["detail"]
        assert "root-1、root-2" in answer.json()["zh"]["detail"]
        assert HEADER in answer.json()["cure"]
    assert present_members(inst) == ["root-1", "root-2", "root-3", "root-4"]
    assert listed(client) == []
    # Meant to be done again, it is another act.
    waiting(client.ask(MEMBERS, "root-1", "one more"))
    assert done(client.ask(MEMBERS, "root-2", "one more")) == {"member": "root-5"}


def test_two_tokens_of_one_member_count_once(client: Client, inst: Installation) -> None:
    waiting(key_limit(client, "root-1", 40))
    second = add_token(inst.settings.tokens_path, ROOT_AUTHORITY, Role.MEMBER, "root-1", created=2)
    client.members["again"] = second
    assert waiting(key_limit(client, "again", 40))["agreed"] == ["root-1"]
    assert done(key_limit(client, "root-2", 40)) == {"id": 1, "key_limit": 40}


def test_another_address_body_or_word_is_another_act(client: Client) -> None:
    first = waiting(key_limit(client, "root-1", 40))["act"]
    json_by_second = {"Content-Type": "application/json", "Authorization": f"Bearer {client.members['root-2']}"}

    def sent(path: str, content: bytes, **headers: str) -> str:
        return str(waiting(client.send("POST", path, content=content, headers=json_by_second | headers))["act"])

    own = httpx.Request("POST", "http://x", json={"limit": 40}).content
    others = [
        sent(LIMIT, b'{ "limit":40}'),
        sent(LIMIT, b'{"limit":41}'),
        sent("/agencies/2/key-limit", own),
        sent(LIMIT + "?a=1", own),
        sent(LIMIT, own, **{HEADER: "a"}),
        sent(LIMIT, own, **{HEADER: "b"}),
    ]
    assert len({first, *others}) == 1 + len(others)
    assert len(listed(client)) == 1 + len(others)
    assert done(client.send("POST", LIMIT, content=own, headers=json_by_second)) == {"id": 1, "key_limit": 40}


def test_a_body_that_nothing_reads_makes_another_act_too(client: Client) -> None:
    path = "/agencies/1/suspend"
    first = waiting(client.ask(path, "root-1"))["act"]
    assert waiting(client.ask(path, "root-2", content=b"x"))["act"] != first
    assert code(client.ask(path, "root-2", content=bytes(MAX_JSON + 1)), 413) == "http.body-too-large"
    assert done(client.ask(path, "root-2"))["standing"] == "suspended"


def test_no_two_acts_are_written_alike() -> None:
    acts = [
        act(),
        act(b" "),
        act(method="DELETE"),
        act(path="/x?a"),
        act(query="a"),
        act(path="/", query="x"),
        act(path='/x","query":"'),
        act(tag=""),
        act(tag="x"),
        act(tag="null"),
    ]
    assert len({one.digest for one in acts}) == len(acts)
    assert act().digest == act().digest
    with pytest.raises(MalformedInput) as long:
        act(query="a" * 300)
    assert long.value.code == "root.act-address"


def test_an_address_without_end_is_refused(client: Client) -> None:
    assert code(client.ask(MEMBERS + "?" + "a" * 300, "root-1"), 400) == "root.act-address"
    assert listed(client) == []


def test_nothing_is_kept_of_a_request_that_is_wrong(client: Client) -> None:
    names = {"zh": "某处", "en": "Some office"}
    for path, content, status, expected in (
        (LIMIT, {"limit": "many"}, 422, "http.not-fitting"),
        (LIMIT, {"limit": 40, "more": 1}, 422, "http.not-fitting"),
        (LIMIT, None, 422, "http.not-fitting"),
        ("/agencies/77/key-limit", {"limit": 40}, 404, "agency.unknown"),
        ("/agencies/0/suspend", None, 422, "http.not-fitting"),
        ("/agencies", {"host": "Not A Host", "name": names}, 400, "agency.host"),
        ("/agencies", {"host": "x.example", "name": names, "accreditor": 77}, 404, "agency.unknown"),
        ("/agencies/1/rename", {"name": {"zh": " ", "en": "x"}}, 400, "agency.name"),
        ("/agencies/1/accreditations", {"type": "None"}, 404, "type.unknown"),
        ("/agencies/1/accreditations", {"type": TYPE, "until": "soon"}, 400, "usage.bad-date"),
        ("/agencies/1/keys/1/consent", {"since": "2026-02-30"}, 400, "usage.bad-date"),
        ("/agencies/1/keys/2/consent", {"since": "2026-02-20"}, 404, "key.unknown"),
        ("/types", {"format": "x"}, 400, "type.not-a-type"),
        ("/trust-pack", {"validators": ["0x12"]}, 400, "usage.bad-account"),
        ("/trust-pack", {"days": 91}, 422, "http.not-fitting"),
    ):
        rest = {} if content is None else {"json": content}
        answer = client.ask(path, "root-1", **rest)
        assert code(answer, status) == expected, path
    broken = {"Authorization": f"Bearer {client.members['root-1']}", "Content-Type": "application/json"}
    assert code(client.send("POST", LIMIT, content=b'{"limit":', headers=broken), 400) == "json.malformed"
    assert listed(client) == []


def test_who_is_dismissed_or_replaced_meanwhile_agreed_to_nothing(client: Client, inst: Installation) -> None:
    waiting(key_limit(client, "root-1", 40))
    successor = rotate_member(inst, "root-1")
    assert listed_by(client, "root-2") == []
    assert waiting(key_limit(client, "root-2", 40))["agreed"] == ["root-2"]
    assert code(key_limit(client, "root-1", 40), 404) == "root.member-unknown"
    assert code(client.get("/root-authority/agreements", Role.MEMBER), 404) == "root.member-unknown"
    assert code(withdrawn(client, "root-1", "A" * 43), 404) == "root.member-unknown"

    set_threshold(inst, 1)
    remove_member(inst, "root-2", members=["root-3"])
    set_threshold(inst, 2)
    assert waiting(key_limit(client, "root-3", 40))["agreed"] == ["root-3"]
    client.members[successor] = add_token(inst.settings.tokens_path, ROOT_AUTHORITY, Role.MEMBER, successor, created=1)
    assert done(key_limit(client, successor, 40)) == {"id": 1, "key_limit": 40}


def listed_by(client: Client, member: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {client.members[member]}"}
    found: list[dict[str, Any]] = done(client.get("/root-authority/agreements", headers=headers))["open"]
    return found


def withdrawn(client: Client, member: str, digest: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {client.members[member]}"}
    return client.send("DELETE", f"/root-authority/agreements/{digest}", headers=headers)


def test_where_one_member_is_enough_its_request_is_done_at_once(client: Client, inst: Installation) -> None:
    set_threshold(inst, 1, members=["root-1", "root-2"])
    make_trust_pack(
        inst, expires=datetime.now(UTC) + timedelta(days=7), root_expires=datetime.now(UTC) + timedelta(days=9)
    )
    assert done(key_limit(client, "root-3", 40)) == {"id": 1, "key_limit": 40}
    assert code(key_limit(client, "root-3", 40), 409) == "root.act-done"


def test_more_must_agree_where_more_must_agree_by_now(client: Client, inst: Installation) -> None:
    waiting(key_limit(client, "root-1", 40))
    set_threshold(inst, 3)
    assert waiting(key_limit(client, "root-2", 40))["needed"] == 3
    done(key_limit(client, "root-3", 40))


def test_a_member_takes_its_own_agreement_back(client: Client) -> None:
    told = waiting(key_limit(client, "root-1", 40))
    assert code(withdrawn(client, "root-2", told["act"]), 404) == "root.act-unknown"
    assert done(withdrawn(client, "root-1", told["act"])) == {"open": []}
    assert code(withdrawn(client, "root-1", told["act"]), 404) == "root.act-unknown"
    assert waiting(key_limit(client, "root-2", 40))["agreed"] == ["root-2"]
    assert (
        code(client.send("DELETE", f"/root-authority/agreements/{told['act']}", Role.ADMINISTRATOR), 403)
        == "token.role"
    )
    assert code(client.get("/root-authority/agreements", Role.AUDITOR), 403) == "token.role"
    done(key_limit(client, "root-1", 40))
    assert code(withdrawn(client, "root-1", told["act"]), 404) == "root.act-unknown"


def test_an_agreement_counts_for_a_day(inst: Installation) -> None:
    assert isinstance(tried(inst, act(), "root-1"), Awaited)
    late = tried(inst, act(), "root-2", now=NOW + LIFETIME)
    assert isinstance(late, Awaited)
    assert (dict(late.act.agreed), late.needed) == ({"root-2": NOW + 2 * LIFETIME}, 2)
    assert tried(inst, act(), "root-1", now=NOW + 2 * LIFETIME - 1) == ("root-2", "root-1")


def test_what_was_done_is_not_done_again_for_a_day(inst: Installation) -> None:
    tried(inst, act(), "root-1")
    assert tried(inst, act(), "root-2") == ("root-1", "root-2")
    again = tried(inst, act(), "root-3", now=NOW + LIFETIME - 1)
    assert isinstance(again, Conflict)
    assert again.code == "root.act-done"
    assert isinstance(tried(inst, act(), "root-3", now=NOW + LIFETIME), Awaited)


def test_the_clock_of_the_service_is_asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = waiting(key_limit(client, "root-1", 40))
    tomorrow = now() + LIFETIME
    monkeypatch.setattr("api.governing.now", lambda: tomorrow)  # the service's clock, a day later
    late = waiting(key_limit(client, "root-2", 40))
    assert (late["act"], late["agreed"], late["until"]) == (first["act"], ["root-2"], stamp(tomorrow + LIFETIME))


def test_a_failed_act_keeps_its_agreements_unless_the_request_is_wrong(inst: Installation) -> None:
    tried(inst, act(), "root-1")
    for error in (Unavailable("chain.unavailable", "Down."), Conflict("chain.reverted", "No.")):
        assert tried(inst, act(), "root-2", error=error) is error
        assert [set(one.agreed) for one in agreements.open_acts(inst, "root-3", now=NOW)] == [{"root-1", "root-2"}]
    wrong = MalformedInput("a.b", "Wrong.")
    assert tried(inst, act(), "root-2", error=wrong) is wrong
    assert agreements.open_acts(inst, "root-3", now=NOW) == []
    assert isinstance(tried(inst, act(), "root-2"), Awaited)
    assert tried(inst, act(), "root-3") == ("root-2", "root-3")


def test_one_request_repeats_what_the_registry_refused(client: Client) -> None:
    waiting(client.ask("/agencies/1/readmit", "root-1"))
    assert code(client.ask("/agencies/1/readmit", "root-2"), 409) == "chain.reverted"
    assert [one["agreed"] for one in listed(client)] == [["root-1", "root-2"]]
    assert code(client.ask("/agencies/1/readmit", "root-3"), 409) == "chain.reverted"
    done(client.govern("/agencies/1/suspend"))
    assert done(client.ask("/agencies/1/readmit", "root-1"))["standing"] == "active"


def test_a_process_that_ended_meanwhile_repeats_nothing(inst: Installation) -> None:
    class Killed(BaseException):
        pass

    tried(inst, act(), "root-1")
    with pytest.raises(Killed), agreements.agreed(inst, act(), "root-2", now=NOW):
        raise Killed
    for member in ("root-1", "root-2", "root-3"):
        ended = tried(inst, act(), member, now=NOW + 9)
        assert isinstance(ended, Conflict)
        assert ended.code == "root.act-interrupted"
    assert agreements.open_acts(inst, "root-1", now=NOW) == []
    with pytest.raises(NotFound):
        agreements.take_back(inst, act().digest, "root-1", now=NOW)


def test_what_is_kept_is_small(inst: Installation) -> None:
    set_threshold(inst, 3)
    kept = [act(str(number).encode()) for number in range(MOST_OPEN)]
    tried(inst, kept[0], "root-2")
    for at, one in enumerate(kept):
        tried(inst, one, "root-1", now=NOW + at)
    tried(inst, kept[1], "root-1", now=NOW + 99)
    for number in range(3):
        tried(inst, act(path=f"/new/{number}"), "root-1", now=NOW + 100 + number)
    held = {one.act: set(one.agreed) for one in agreements.open_acts(inst, "root-3", now=NOW + 200)}
    assert sum("root-1" in one for one in held.values()) == MOST_OPEN
    # Agreed to anew, the second is not among the oldest; the other member's agreement to the first stays.
    assert held[kept[1].digest] == {"root-1"}
    assert held[kept[0].digest] == {"root-2"}
    assert kept[2].digest not in held
    assert kept[3].digest not in held

    note = json.loads(inst.records.note(NOTE) or b"")
    entry = {"act": "", "at": NOW, "members": ["root-1", "root-2"], "whole": True}
    note["done"] = [entry | {"act": f"{number:043}"} for number in range(MOST_DONE)]
    inst.records.save_note(NOTE, json.dumps(note).encode())
    set_threshold(inst, 2)
    assert tried(inst, kept[0], "root-3") == ("root-2", "root-3")
    note = json.loads(inst.records.note(NOTE) or b"")
    assert len(note["done"]) == MOST_DONE
    assert note["done"][-1]["act"] == kept[0].digest
    assert len(inst.records.note(NOTE) or b"") < 200_000


def test_agreements_outlive_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        waiting(key_limit(client, "root-1", 40))
        waiting(key_limit(client, "root-1", 41))
        done(key_limit(client, "root-2", 41))
        members = client.members
    with open_installation(settings_of(tmp_path / "data")) as inst, serving(inst) as client:
        client.members |= members
        assert len(listed(client)) == 1
        assert code(key_limit(client, "root-3", 41), 409) == "root.act-done"
        done(key_limit(client, "root-3", 40))


def test_members_who_ask_at_once_have_it_done_once(client: Client, inst: Installation) -> None:
    answers = client.ask_at_once(MEMBERS, "root-1", "root-2", "root-3")
    assert sorted(one.status_code for one in answers) == [200, 202, 409]
    assert present_members(inst) == ["root-1", "root-2", "root-3", "root-4"]
    state = read_registry(inst.chain, inst.contracts(), inst.chain.head().number)
    assert len(state.members) == 4


def test_an_administrator_asks_nobody(client: Client) -> None:
    below = {"host": "below.example", "name": {"zh": "下级", "en": "Below"}, "accreditor": 1}
    assert done(client.govern("/agencies", json=below))["id"] == 3
    for _ in range(2):
        assert done(client.post("/agencies/3/suspend", Role.ADMINISTRATOR))["standing"] == "suspended"
        assert done(client.post("/agencies/3/readmit", Role.ADMINISTRATOR))["standing"] == "active"
    assert listed(client) == []


def test_every_governing_address_says_that_it_may_wait(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    governing = [
        operation
        for one in paths.values()
        for operation in one.values()
        if any(parameter["name"] == HEADER for parameter in operation.get("parameters", ()))
    ]
    assert len(governing) == 16
    for operation in governing:
        content = operation["responses"]["202"]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Awaiting"}
        assert content["example"].keys() == {"act", "agreed", "needed", "until"}


@pytest.mark.parametrize(
    "note", [b"", b"{}", b"[]", b'{"format":"onceledger-root-agreements","version":2,"open":[],"done":[]}',
             b'{"format":"onceledger-root-agreements","version":1,"open":[1],"done":[]}',
             b'{"format":"onceledger-root-agreements","version":1,"open":[],"done":[{"act":"x","at":"y"}]}']
)  # fmt: skip
def test_a_damaged_record_is_no_agreement(inst: Installation, note: bytes) -> None:
    inst.records.save_note(NOTE, note)
    ended = tried(inst, act(), "root-1")
    assert isinstance(ended, Corrupt)
    assert ended.code == "root.agreements-damaged"
    assert inst.records.note(NOTE) == note
