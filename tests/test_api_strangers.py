"""What somebody without a token can make the service do: not much."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from api_client import Client, opened, serving

from api import json_bodies
from api.json_bodies import MAX_JSON, MAX_OPEN_JSON
from api.tokens import Role
from ledger import canonical_json

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("installation")
    with opened(folder) as inst, serving(inst) as client:
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


@pytest.mark.parametrize("path", ["/verify", "/bundles/refresh"])
def test_open_addresses_take_less(client: Client, path: str) -> None:
    assert len(body_of(MAX_OPEN_JSON)) == MAX_OPEN_JSON
    assert client.post(path, content=body_of(MAX_OPEN_JSON), headers=JSON).status_code != 413
    refused = client.post(path, content=body_of(MAX_OPEN_JSON + 1), headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (413, "http.body-too-large")
    assert str(MAX_OPEN_JSON) in refused.json()["detail"]


def test_addresses_with_a_token_take_more(client: Client) -> None:
    def ask(size: int) -> int:
        return client.post("/bundles", Role.CLERK, content=body_of(size), headers=JSON).status_code

    assert ask(MAX_OPEN_JSON + 1) == 422
    assert ask(MAX_JSON + 1) == 413


def test_invented_methods_leave_no_label(client: Client) -> None:
    for method in ("PATCH", "AAAAAAA", "AAAAAAB", "get", "TRACE", "CONNECT"):
        client.send(method, "/nothing")
    text = client.get("/metrics").text
    labels = {line.split('method="')[1].split('"')[0] for line in text.splitlines() if 'method="' in line}
    assert labels <= {"GET", "POST", "PATCH", "-"}
    assert {"PATCH", "-"} <= labels


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
