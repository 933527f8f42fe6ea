"""``verify --node`` at the door: usage, output, what is not repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from cli_office import run
from node_scene import Counting, Scene, new_scene, refused
from nodes import node, serving
from test_node_http import GOOD, OK, ZEROS, Answer, body, bomb, dripping, endless, wire

Json = dict[str, Any]


@pytest.fixture
def scene(tmp_path: Path, state_folder: Path) -> Iterator[Scene]:
    with new_scene(tmp_path / "office", state_folder) as made:
        yield made


def test_usage(scene: Scene) -> None:
    def code(*arguments: str | Path) -> tuple[int, str]:
        told = run("verify", *arguments, "--json")
        return told.code, told.problem["code"]

    trust = ("--trust-pack", scene.files.trust_pack, "--root", scene.files.root)
    bundle, url = scene.files.bundle(), "http://127.0.0.1:1"
    assert code("--online", "--node", url) == (2, "usage.node-online")
    assert code("--node", url, *trust) == (2, "usage.nothing-to-verify")
    assert code(bundle, "--node", url) == (2, "usage.no-trust")
    for wrong in ("127.0.0.1:8545", "ftp://node.example", "http://", "http://node.example:99999", "", "ws://a:1"):
        assert code(bundle, *trust, "--node", wrong) == (2, "usage.node-address"), wrong


def test_a_pack_that_cannot_be_used_asks_no_node(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later:
        """Thirty days on."""

        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime.now(zone) + timedelta(days=30)

    monkeypatch.setattr("cli.verifying.datetime", Later)
    counting = Counting(scene.honest)
    told = scene.online(counting)
    assert (told.code, told.json["code"]) == (3, "trust.unusable")
    assert told.json["trustPack"]["problem"]["code"] == "trust-pack.expired"
    assert counting.asked == []


def test_what_may_be_secret_in_an_address_is_not_repeated(scene: Scene) -> None:
    with serving(node(scene.honest)) as url:
        secret = url.replace("http://", "http://user:hidden1@") + "/hidden2?key=hidden3"
        for more in (("--json",), ("--lang", "zh")):
            told = scene.offline("--node", secret, *more)
            assert told.code == 0
            assert "hidden" not in told.out + told.err
    told = scene.offline("--node", secret, "--json")
    assert told.code == 3
    assert "hidden" not in told.out + told.err


def test_a_question_about_the_past_is_answered_with_what_is_known_now(scene: Scene) -> None:
    scene.compromise()
    told = scene.online(None, "--as-of", datetime.now(UTC).date().isoformat())
    assert told.json["code"] == "key.compromised-before-anchor"


HOSTILE: dict[str, tuple[Answer, str]] = {
    "without end": (endless(OK + b"\r\n", ZEROS), "chain.answer-too-long"),
    "a bomb": (lambda say, _: say(body(bomb(80 << 20), b"Content-Encoding: gzip")), "chain.answer-too-long"),
    "in drops": (dripping(OK + b"\r\n", b" "), "chain.unavailable"),
    "nested": (lambda say, _: say(body(b"[" * 100_000)), "chain.unavailable"),
}


@pytest.mark.parametrize(("answer", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_answers_there_is_no_verdict_and_an_end(scene: Scene, answer: Answer, code: str) -> None:
    patience = "0.3" if code == "chain.unavailable" else "5"
    with wire(answer) as told:
        refused(scene.offline("--node", told.url, "--json", chain_timeout=patience), code)


def test_a_redirect_leads_nowhere(scene: Scene) -> None:
    with wire(lambda say, _: say(body(GOOD))) as inner:
        away = f"HTTP/1.1 307 Away\r\nLocation: {inner.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with wire(lambda say, _: say(away)) as told:
            refused(scene.offline("--node", told.url, "--json"), "chain.redirected")
            assert "不予跟随" in scene.offline("--node", told.url, "--lang", "zh").err
        assert inner.heads == []
