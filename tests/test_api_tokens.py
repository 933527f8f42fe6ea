"""The token file: what is kept of a token, who may read it, and when it is read again."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path
from typing import Any

import pytest

from api.tokens import PREFIX, Holder, Role, Tokens, add_token, fresh_token, keep_tokens
from ledger.errors import MalformedInput, Misconfigured


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def test_a_token_is_known_by_its_digest_alone(path: Path) -> None:
    token = add_token(path, 7, Role.CLERK, "李", created=5)
    assert token.startswith(PREFIX)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("utf-8")
    assert token not in text
    assert token.removeprefix(PREFIX) not in text
    (entry,) = json.loads(text)["tokens"]
    assert (entry["agency"], entry["role"], entry["name"], entry["created"]) == (7, "clerk", "李", 5)
    assert Tokens(path).holder(token) == Holder(7, Role.CLERK, "李")


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t.swapcase(), lambda t: "", lambda t: t * 9]
)
def test_another_token_is_nobodys(path: Path, change: Any) -> None:
    token = add_token(path, 1, Role.AUDITOR, "x", created=0)
    assert Tokens(path).holder(change(token)) is None


def _added(place: tuple[Path, int]) -> str:
    return add_token(place[0], 1, Role.CLERK, f"clerk {place[1]}", created=1)


def test_tokens_added_at_once_are_all_kept(path: Path) -> None:
    """Each is shown once: one that the file forgot cannot be shown again."""
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        shown = pool.map(_added, [(path, number) for number in range(64)], chunksize=1)
    tokens = Tokens(path)
    assert [tokens.holder(token) for token in shown] == [Holder(1, Role.CLERK, f"clerk {n}") for n in range(64)]


def test_a_missing_file_holds_no_token_and_one_that_appears_is_read(path: Path) -> None:
    tokens = Tokens(path)
    assert (tokens.count, tokens.holder("olt_x")) == (0, None)
    first = add_token(path, 1, Role.CLERK, "a", created=0)
    assert tokens.holder(first) == Holder(1, Role.CLERK, "a")
    second = add_token(path, 2, Role.REVIEWER, "b", created=0)
    assert tokens.holder(second) == Holder(2, Role.REVIEWER, "b")
    assert tokens.holder(first) == Holder(1, Role.CLERK, "a")
    path.unlink()
    assert tokens.holder(first) is None


def test_tokens_that_are_there_are_kept_once(path: Path) -> None:
    holder, token = Holder(1, Role.CLERK, "clerk"), fresh_token()
    keep_tokens(path, [(holder, token)], created=0)
    before = path.read_bytes()
    keep_tokens(path, [(holder, token)], created=1)
    assert path.read_bytes() == before
    assert Tokens(path).holder(token) == holder


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_file_that_others_can_open(path: Path, mode: int) -> None:
    add_token(path, 1, Role.CLERK, "a", created=0)
    path.chmod(mode)
    with pytest.raises(Misconfigured) as caught:
        Tokens(path)
    assert caught.value.code == "tokens.open-to-others"


def good() -> dict[str, Any]:
    entry = {"agency": 1, "role": "clerk", "name": "a", "sha256": "A" * 43, "created": 0}
    return {"format": "onceledger-tokens", "version": 1, "tokens": [entry]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": "other"}, "tokens.malformed"),
        ({"version": 2}, "tokens.newer-version"),
        ({"version": True}, "tokens.newer-version"),
        ({"tokens": {}}, "tokens.malformed"),
        ({"tokens": [1]}, "tokens.malformed"),
        ({"tokens": [{}]}, "tokens.malformed"),
        ({"tokens": [good()["tokens"][0] | {"role": "king"}]}, "tokens.malformed"),
        ({"tokens": [good()["tokens"][0] | {"sha256": "AAAA"}]}, "tokens.malformed"),
        ({"tokens": [good()["tokens"][0] | {"sha256": "?"}]}, "tokens.malformed"),
        ({"tokens": [good()["tokens"][0] | {"name": ""}]}, "tokens.malformed"),
        ({"tokens": [good()["tokens"][0] | {"agency": "x"}]}, "tokens.malformed"),
        ({"tokens": [good()["tokens"][0] | {"agency": True}]}, "tokens.malformed"),
    ],
)
def test_a_file_that_is_none(path: Path, change: dict[str, Any], code: str) -> None:
    path.write_text(json.dumps(good() | change))
    path.chmod(0o600)
    with pytest.raises(Misconfigured) as caught:
        Tokens(path)
    assert caught.value.code == code
    assert str(path) in caught.value.cause


@pytest.mark.parametrize("content", [b"", b"[]", b"5", b"{", b"\xff", b'"x"'])
def test_bytes_that_are_no_token_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Misconfigured) as caught:
        Tokens(path)
    assert caught.value.code == "tokens.malformed"


def test_a_folder_in_place_of_the_file(path: Path) -> None:
    path.mkdir(mode=0o700)
    with pytest.raises(Misconfigured) as caught:
        Tokens(path)
    assert caught.value.code == "tokens.not-accessible"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        add_token(tmp_path / "none" / "tokens.json", 1, Role.CLERK, "a", created=0)
    assert caught.value.code == "tokens.not-accessible"


@pytest.mark.parametrize("name", ["", "  ", "a\n", "x" * 65, "\u202ea"])
def test_a_holders_name_is_printable(path: Path, name: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        add_token(path, 1, Role.CLERK, name, created=0)
    assert caught.value.code == "tokens.name"
    assert not path.exists()
