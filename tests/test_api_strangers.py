"""What somebody without a token can make the service do: not much."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, get_args, get_origin

import httpx
import pytest
from api_client import Client, opened, serving
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adapters.bootstrap import Installation
from api import json_bodies, verify_routes
from api.app import create_app
from api.json_bodies import MAX_JSON, MAX_OPEN_JSON, MAX_OPEN_SEPARATORS
from api.shapes import Sent
from api.tokens import Role, Tokens
from api.turns import ANSWERED_AT_ONCE
from ledger import canonical_json

JSON = {"Content-Type": "application/json"}
NOBODY = Tokens(Path("no tokens"))


@pytest.fixture(scope="module")
def inst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("installation")
    with opened(folder) as installation:
        yield installation


@pytest.fixture(scope="module")
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as client:
        yield client


def body_of(size: int) -> bytes:
    """A JSON body of exactly so many bytes."""
    return b'{"bundle": "' + b"x" * (size - 14) + b'"}'


def test_bodies_are_parsed_beside_the_event_loop(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[bool] = []

    def parse(*arguments: Any, **named: Any) -> Any:
        places.append(threading.current_thread() is threading.main_thread())
        return canonical_json.parse(*arguments, **named)

    # In this test the event loop runs in the main thread.
    monkeypatch.setattr(json_bodies, "canonical_json", SimpleNamespace(parse=parse))
    assert client.post("/verify", content=b'{"bundle": {}}', headers=JSON).status_code == 200
    assert client.post("/verify", content=b'{"bundle": {', headers=JSON).status_code == 400
    assert places == [False, False]


def refused(client: Client, body: str) -> list[dict[str, Any]]:
    """The places and rules; each has a sentence in both languages."""
    answer = client.post("/verify", content=body.encode(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "http.not-fitting")
    errors: list[dict[str, Any]] = answer.json()["errors"]
    assert all(error.pop("zh") and error.pop("en") for error in errors)
    return errors


MANY = ",".join(f'"{number:x}":1' for number in range(8_000))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"bundle":{},' + MANY + "}", {"path": "/body", "rule": "extra_forbidden"}),
        ('{"bundle":{},"policy":{' + MANY + "}}", {"path": "/body/policy", "rule": "extra_forbidden"}),
        (
            '{"bundle":{},"policy":{"types":[' + ",".join(["1"] * 16_000) + "]}}",
            {"path": "/body/policy/types/0", "rule": "string_type"},
        ),
        (
            '{"bundle":{},"policy":{"types":["' + '","'.join(["x"] * 16_000) + '"]}}',
            {"path": "/body/policy/types", "rule": "too_long", "limit": 1000},
        ),
    ],
    ids=["members", "members inside", "items", "too many"],
)
def test_a_thousand_mistakes_cost_as_much_as_one(client: Client, body: str, error: dict[str, Any]) -> None:
    assert refused(client, body) == [error]


def test_mistakes_of_several_members_are_still_told_together(client: Client) -> None:
    errors = refused(client, '{"as_of": 1, "policy": {"types": "x"}}')
    assert {error["path"] for error in errors} == {"/body/as_of", "/body/policy/types"}


def test_no_list_that_is_sent_makes_an_error_of_each_item() -> None:
    """``fail_fast`` is easily forgotten at a new one."""
    todo: list[Any] = Sent.__subclasses__()
    lists = 0
    while todo:
        kind = todo.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            todo += [one for field in kind.model_fields.values() for one in (field.annotation, field)]
            todo += kind.__subclasses__()
        elif isinstance(kind, FieldInfo):
            if get_origin(kind.annotation) is list:
                lists += 1
                assert any(getattr(one, "fail_fast", False) for one in kind.metadata), kind
        elif get_origin(kind) is Annotated:
            item, *rules = get_args(kind)
            if get_origin(item) is list:
                lists += 1
                rules = [one for rule in rules for one in getattr(rule, "metadata", [rule])]
                assert any(getattr(one, "fail_fast", False) for one in rules), kind
            else:
                todo.append(item)
        elif get_origin(kind) is list:
            pass  # the annotation of a field or of an Annotated, which was looked at
        else:
            assert not any(get_origin(part) is list for part in get_args(kind)), kind
            todo += get_args(kind)
    assert lists >= 5


def test_verifications_take_turns_and_hold_up_nobody_else(inst: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred at once: two of them at work, and threads left for everybody else."""
    at_work, most, ended = 0, 0, 0
    lock = threading.Lock()

    def slow(*arguments: Any, **named: Any) -> Any:
        nonlocal at_work, most, ended
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with lock:
            at_work -= 1
            ended += 1
        return verify_routes.untrusted()

    monkeypatch.setattr(verify_routes, "verify", slow)
    app = create_app(inst, tokens=Tokens(inst.settings.tokens_path), background=False)

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://permits.example") as http:
            crowd = [asyncio.create_task(http.post("/verify", json={"bundle": {}})) for _ in range(100)]
            while not ended:
                await asyncio.sleep(0.005)
            assert (await http.get("/healthz")).status_code == 200
            answered_after = ended
            assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {200}
        return answered_after

    assert asyncio.run(ask()) < 50
    assert (ended, most) == (100, ANSWERED_AT_ONCE)


@pytest.mark.parametrize("path", ["/verify", "/bundles/refresh"])
def test_open_addresses_take_less(client: Client, path: str) -> None:
    assert len(body_of(MAX_OPEN_JSON)) == MAX_OPEN_JSON
    assert client.post(path, content=body_of(MAX_OPEN_JSON), headers=JSON).status_code != 413
    refused = client.post(path, content=body_of(MAX_OPEN_JSON + 1), headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (413, "http.body-too-large")
    assert str(MAX_OPEN_JSON) in refused.json()["detail"]


def lists(separators: int) -> bytes:
    return b'{"bundle":[' + b",".join([b"[]"] * separators) + b"]}"


def texts(separators: int) -> bytes:
    return b'{"bundle":"' + b"," * (separators - 1) + b'"}'


@pytest.mark.parametrize("path", ["/verify", "/bundles/refresh"])
@pytest.mark.parametrize("of", [lists, texts])
def test_a_body_of_very_many_values_is_not_parsed(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str, of: Callable[[int], bytes]
) -> None:
    """Empty lists cost the most: the collector looks through all of them, and nobody else runs meanwhile."""
    parsed: list[int] = []

    def parse(body: bytes, **named: Any) -> Any:
        parsed.append(body.count(b",") + body.count(b":"))
        return canonical_json.parse(body, **named)

    monkeypatch.setattr(json_bodies, "canonical_json", SimpleNamespace(parse=parse))
    assert client.post(path, content=of(MAX_OPEN_SEPARATORS), headers=JSON).status_code != 413
    answer = client.post(path, content=of(MAX_OPEN_SEPARATORS + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "http.too-many-values")
    assert str(MAX_OPEN_SEPARATORS) in answer.json()["detail"]
    assert parsed == [MAX_OPEN_SEPARATORS]
    # Who has a token is told what is wrong with a body like it.
    assert client.post("/bundles", Role.CLERK, content=answer.request.content, headers=JSON).status_code == 422


def half_sent(app: Any, pieces: list[bytes], end: asyncio.Event) -> asyncio.Task[list[dict[str, Any]]]:
    """A request to /verify whose body goes on until ``end``."""
    sent: list[dict[str, Any]] = []
    headers = [(b"content-type", b"application/json"), (b"host", b"testserver")]
    scope = {
        "type": "http", "method": "POST", "path": "/verify", "raw_path": b"/verify", "query_string": b"",
        "headers": headers, "scheme": "http", "http_version": "1.1", "server": ("testserver", 80), "client": ("t", 1),
        "root_path": "",
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": True}
        await end.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def whole() -> list[dict[str, Any]]:
        await app(scope, receive, send)
        return sent

    return asyncio.create_task(whole())


def told(sent: list[dict[str, Any]]) -> tuple[int, str]:
    body = b"".join(one.get("body", b"") for one in sent)
    return sent[0]["status"], json.loads(body)["code"]


def test_who_ends_no_body_is_not_waited_for(inst: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_bodies, "MOST_SECONDS", 0.2)

    async def ask() -> tuple[int, str]:
        return told(
            await half_sent(create_app(inst, tokens=NOBODY, background=False), [b'{"bundle": '], asyncio.Event())
        )

    assert asyncio.run(ask()) == (408, "http.body-too-slow")


def test_what_strangers_began_to_send_has_room_for_so_much(inst: Installation) -> None:
    async def ask() -> tuple[tuple[int, str], int]:
        app, end = create_app(inst, tokens=NOBODY, background=False), asyncio.Event()
        budget = app.state.parts.turns.strangers
        budget._left = 1000
        waiting = [half_sent(app, [b"x" * 400], end) for _ in range(2)]
        while budget._left > 200:
            await asyncio.sleep(0.01)
        refused = told(await half_sent(app, [b"x" * 400], end))
        end.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        return refused, budget._left

    assert asyncio.run(ask()) == ((503, "http.busy"), 1000)


def test_addresses_with_a_token_take_more(client: Client) -> None:
    def ask(size: int) -> int:
        return client.post("/bundles", Role.CLERK, content=body_of(size), headers=JSON).status_code

    assert ask(MAX_OPEN_JSON + 1) == 422
    assert ask(MAX_JSON + 1) == 413


def test_invented_methods_leave_no_label(client: Client) -> None:
    for method in ("PATCH", "AAAAAAA", "AAAAAAB", "get", "TRACE", "CONNECT"):
        client.send(method, "/nothing")
    text = client.get("/metrics", Role.OPERATOR).text
    labels = {line.split('method="')[1].split('"')[0] for line in text.splitlines() if 'method="' in line}
    assert labels <= {"GET", "POST", "PATCH", "-"}
    assert {"PATCH", "-"} <= labels


def test_who_watches_the_figures_sees_no_click(client: Client) -> None:
    """A reviewer's request shows in nothing that a stranger gets before its slot: no count, no time, no route."""

    def counts(role: Role | None = None) -> list[str]:
        lines = client.get("/metrics", role).text.splitlines()
        return [line for line in lines if line.startswith("onceledger_http") and 'route="/metrics"' not in line]

    client.get("/healthz")
    client.post("/verify", content=b'{"bundle": {}}', headers=JSON)
    before, before_inside = counts(), counts(Role.OPERATOR)
    change = {"type": "SamplePermit", "action": "revoke", "business_numbers": ["SP-2026-0001"]}
    client.post("/agencies/1/status-changes", Role.REVIEWER, json=change)
    client.post("/agencies/1/issue", Role.CLERK, json={"type": "SamplePermit"})
    client.post("/agencies/1/issue", json={})
    assert counts() == before
    assert any('route="/healthz"' in line for line in before)
    assert any('route="/verify"' in line for line in before)
    inside = counts(Role.OPERATOR)
    assert inside != before_inside
    assert any("request_seconds" in line and "/status-changes" in line for line in inside)
    assert len({line.rpartition(" ")[0] for line in inside}) == len(inside)


def test_counts_come_with_the_agencys_operator_alone(client: Client) -> None:
    client.issue()
    for role in (None, Role.CLERK, Role.REVIEWER, Role.AUDITOR):
        text = client.get("/metrics", role).text
        assert "onceledger_http_requests_total" in text
        assert "onceledger_credentials" not in text
        assert "onceledger_pending" not in text
    own = client.get("/metrics", Role.OPERATOR).text
    assert 'onceledger_credentials{agency="1",state="anchored"} 0.0' in own
    assert 'onceledger_pending_oldest_timestamp_seconds{agency="1"}' in own
    assert 'agency="2"' not in own
    other = client.get("/metrics", Role.OPERATOR, agency=2).text
    assert 'agency="2"' in other
    assert 'agency="1"' not in other


def test_an_unknown_token_is_refused_for_figures_too(client: Client) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer olt_x"}).status_code == 401


@pytest.mark.parametrize(
    ("sent", "error", "zh", "en"),
    [
        (
            {"bundle": {}, "policy": {"max_status_age_days": 36_501}},
            {"path": "/body/policy/max_status_age_days", "rule": "less_than_equal", "limit": 36_500},
            "数值过大：至多 36500。",
            "The number is too large: at most 36500.",
        ),
        (
            {"bundle": {}, "policy": {"max_status_age_days": -77}},
            {"path": "/body/policy/max_status_age_days", "rule": "greater_than_equal", "limit": 0},
            "数值过小：至少 0。",
            "The number is too small: at least 0.",
        ),
        (
            {"bundle": {}, "policy": {"max_status_age_days": "77"}},
            {"path": "/body/policy/max_status_age_days", "rule": "int_type"},
            "须为整数，不加引号。",
            "It is no whole number, without quotes.",
        ),
        (
            {"bundle": {}, "as_of": "7" * 36},
            {"path": "/body/as_of", "rule": "string_too_long", "limit": 35},
            "文本过长：至多 35 个字符。",
            "The text is too long: at most 35 characters.",
        ),
        (
            {"bundle": {}, "asOf": "77"},
            {"path": "/body", "rule": "extra_forbidden", "member": "asOf"},
            "此处没有 asOf 这个成员。",
            "There is no member asOf here.",
        ),
        (
            {"bundle": {}, "11010519491231002X": 77},
            {"path": "/body", "rule": "extra_forbidden"},
            "有此处不认识的成员。",
            "There is a member that is not known here.",
        ),
        (
            {"bundle": {}, "张三": 77},
            {"path": "/body", "rule": "extra_forbidden"},
            "有此处不认识的成员。",
            "There is a member that is not known here.",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_limit_and_without_its_value(
    client: Client, sent: dict[str, Any], error: dict[str, Any], zh: str, en: str
) -> None:
    answer = client.post("/verify", json=sent)
    assert answer.json()["errors"] == [error | {"zh": zh, "en": en}]
    told = json.dumps(answer.json()["errors"], ensure_ascii=False)
    assert not any(secret in told for secret in ("77", "11010519491231002X", "张三"))


def test_a_missing_member_and_a_value_outside_of_a_list_are_told(client: Client) -> None:
    body = {"business_numbers": ["N-77"], "action": "burn-77"}
    answer = client.post("/agencies/1/status-changes", Role.REVIEWER, json=body)
    missing, literal = sorted(answer.json()["errors"], key=lambda one: str(one["rule"]), reverse=True)
    assert missing == {
        "path": "/body/type",
        "rule": "missing",
        "zh": "缺少该成员。",
        "en": "The member is missing.",
    }
    assert (literal["path"], literal["rule"]) == ("/body/action", "literal_error")
    assert literal["limit"] == ["revoke", "hold", "resume", "void", "reject"]
    assert literal["zh"] == "取值只能是：revoke, hold, resume, void, reject。"
    assert "77" not in json.dumps(answer.json()["errors"])
