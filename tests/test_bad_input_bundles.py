"""Bundles, proofs and lists made to hurt a verifier, through both doors (``test_bad_input`` has the table)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import NUMBERS, Client, opened, serving
from cli_office import Outcome, run, shared_files
from refusals import in_both_languages, measured, problem_of, refused, unharmed
from weak_keys import WEAK

from adapters.bootstrap import Installation
from api.json_bodies import MAX_JSON
from ledger import base58, canonical_json
from ledger.trust_pack_files import read as read_pack

GIB = 1 << 30
MOST_MEMORY = 256
"""MiB. Python and the packages take about 60, the largest file of reasons that is read 64 more and its copy as much;
what is sent adds nothing to that, however large it is."""

L = 2**252 + 27742317777372353535851937790883648493
"""Order of Ed25519's group (RFC 8032, section 5.1)."""

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def inst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("bundles")) as installation:
        yield installation


@pytest.fixture(scope="module")
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as made:
        made.issue()
        made.anchor()
        made.post("/agencies/1/publish", json={})
        yield made


def changed(path: Path, into: Path, change: Change) -> Path:
    """A bundle file with a change."""
    whole = json.loads(path.read_bytes())
    change(whole)
    into.write_bytes(canonical_json.canonicalize(whole))
    return into


def verdict(told: Outcome, code: str, exit_code: int = 1) -> None:
    """An answer and no error: which check said so, and why, in both languages."""
    assert (told.code, told.json["code"], told.err) == (exit_code, code, "")
    (found,) = [one for one in told.json["checks"] if one["code"] == code]
    assert found["zh"]
    assert found["en"]
    assert found["cure"]["zh"]
    assert found["cure"]["en"]


def posted(client: Client, bundle: Any, code: str, result: str = "invalid") -> None:
    """The same over HTTP: 200 and a verdict."""
    answer = client.post("/verify", json={"bundle": bundle})
    told = answer.json()
    assert (answer.status_code, told["result"], told["code"]) == (200, result, code)


def sent(client: Client, change: Change) -> dict[str, Any]:
    whole: dict[str, Any] = client.bundle(NUMBERS[0]).json()
    change(whole)
    return whole


def trust() -> list[object]:
    files = shared_files()
    return ["--trust-pack", files.trust_pack, "--root", files.root, "--status-pack", files.status_pack]


# -------------------------------------------------------------------------------------------------------- 1 GB


def test_a_bundle_of_1_gb(tmp_path: Path) -> None:
    huge = tmp_path / "huge.bundle.json"
    with huge.open("wb") as file:
        file.truncate(GIB)
    told, peak = measured("verify", huge, *trust(), "--json")
    verdict(told, "well-formed.malformed")
    assert peak < MOST_MEMORY
    told, peak = measured("verify", tmp_path, *trust(), "--json")
    assert (told.code, told.json["reasons"]) == (1, {"well-formed.malformed": 1})
    assert peak < MOST_MEMORY
    assert huge.stat().st_blocks < 100  # it was not even copied


@pytest.mark.parametrize(
    "command", [("bundle", "show"), ("status-pack", "show"), ("trust-pack", "show"), ("type", "check")]
)
def test_a_bundle_of_1_gb__as_another_file(tmp_path: Path, command: tuple[str, str]) -> None:
    huge = tmp_path / "huge.bundle.json"
    with huge.open("wb") as file:
        file.truncate(GIB)
    told, peak = measured(*command, huge, "--json")
    refused(told, told.problem["code"], 1)
    assert told.problem["code"].rpartition(".")[2] in ("too-large", "not-a-pack", "other-kind")
    assert peak < MOST_MEMORY


def test_a_bundle_of_1_gb__over_http(inst: Installation, client: Client) -> None:
    read = 0

    async def pieces() -> Any:
        nonlocal read
        yield b'{"bundle":"'
        for _ in range(GIB >> 20):
            read += 1
            yield b"x" * (1 << 20)

    with unharmed(inst.settings.data):
        announced = client.post("/verify", content=b"", headers={"Content-Length": str(GIB)})
        problem_of(announced, 413, "http.body-too-large")
        unannounced = client.post("/verify", content=pieces(), headers={"Content-Type": "application/json"})
        problem_of(unannounced, 413, "http.body-too-large")
    assert read <= (MAX_JSON >> 20) + 2


# ------------------------------------------------------------------------------------------------------- JSON bombs


BOMBS = {"arrays": b"[" * 100_000 + b"]" * 100_000, "objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
         "cut off": b"[" * 100_000}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_json_bomb_nested_100_000_deep(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "bomb.bundle.json"
    path.write_bytes(b'{"format":' + bomb + b"}")
    verdict(shared_files().verify(path, "--json"), "well-formed.malformed")
    refused(run("bundle", "show", path), "json.too-deep", 1)
    refused(run("type", "check", path), "json.too-deep", 1)
    in_both_languages(lambda language: run("type", "check", path, language=language))
    told = run("verify", path, "--trust-pack", path, "--root", shared_files().root, "--json")
    assert (told.code, told.json["trustPack"]["problem"]["code"]) == (3, "trust-pack.not-a-pack")
    refused(shared_files().run("supersede", "--clerk", "li", stdin=bomb), "json.too-deep", 1)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_json_bomb_nested_100_000_deep__over_http(inst: Installation, client: Client, bomb: bytes) -> None:
    with unharmed(inst.settings.data):
        for path in ("/verify", "/bundles/refresh"):
            body = b'{"bundle":' + bomb + b"}"
            answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
            if b":" in bomb:  # one for each level: too many to be parsed at all
                problem_of(answer, 413, "http.too-many-values")
            else:
                problem_of(answer, 400, "json.too-deep")


# ----------------------------------------------------------------------------------------------------------- proofs


def repeated(text: bytes) -> Iterator[bytes]:
    """A member of the proof twice: the same, another, and one that is spelled with an escape."""
    purpose = b'"proofPurpose":"assertionMethod"'
    assert purpose in text
    for first in (purpose, b'"proofPurpose":"authentication"', b'"proof\\u0050urpose":"assertionMethod"'):
        yield text.replace(purpose, first + b"," + purpose)


def reordered(whole: dict[str, Any]) -> None:
    """The proof's context in another order: what was signed is an order, too."""
    whole["credential"]["proof"]["@context"].reverse()


def test_a_proof_with_a_repeated_or_reordered_field(tmp_path: Path) -> None:
    files, path = shared_files(), tmp_path / "x.bundle.json"
    for text in repeated(files.bundle().read_bytes()):
        path.write_bytes(text)
        verdict(files.verify(path, "--json"), "well-formed.malformed")
        refused(run("bundle", "show", path), "json.duplicate-key", 1)
        in_both_languages(lambda language: run("bundle", "show", path, language=language))
    verdict(files.verify(changed(files.bundle(), path, reordered), "--json"), "signature.wrong")
    # Members have no order in JSON: another order is the same proof, the same leaf, the same certificate.
    whole = json.loads(files.bundle().read_bytes())
    whole["credential"]["proof"] = dict(reversed(whole["credential"]["proof"].items()))
    path.write_text(json.dumps(whole), "utf-8")
    assert files.verify(path, "--json").code == 0


def test_a_proof_with_a_repeated_or_reordered_field__over_http(client: Client) -> None:
    text = json.dumps({"bundle": client.bundle(NUMBERS[0]).json()}, separators=(",", ":")).encode()
    for body in repeated(text):
        answer = client.post("/verify", content=body, headers={"Content-Type": "application/json"})
        problem_of(answer, 400, "json.duplicate-key")
    posted(client, sent(client, reordered), "signature.wrong")


def beyond_the_order(whole: dict[str, Any]) -> None:
    """S + L instead of S: verifies with whoever does not look (RFC 8032, section 5.1.7)."""
    proof = whole["credential"]["proof"]
    signature = base58.decode(proof["proofValue"][1:])
    number = int.from_bytes(signature[32:], "little") + L
    proof["proofValue"] = "z" + base58.encode(signature[:32] + number.to_bytes(32, "little"))


def longer_signature(whole: dict[str, Any]) -> None:
    """A byte more, which some take for the message's first."""
    proof = whole["credential"]["proof"]
    proof["proofValue"] = "z" + base58.encode(base58.decode(proof["proofValue"][1:]) + b"\0")


@pytest.mark.parametrize("change", [beyond_the_order, longer_signature])
def test_a_non_canonical_signature(tmp_path: Path, change: Change) -> None:
    files = shared_files()
    path = changed(files.bundle(), tmp_path / "x.bundle.json", change)
    verdict(files.verify(path, "--json"), "signature.wrong")
    assert "签名" in files.verify(path, language="zh").out


@pytest.mark.parametrize("change", [beyond_the_order, longer_signature])
def test_a_non_canonical_signature__over_http(client: Client, change: Change) -> None:
    posted(client, sent(client, change), "signature.wrong")


def signed_by(point: bytes) -> Change:
    """A proof by a key that fits every message: R = A, S = 0."""

    def change(whole: dict[str, Any]) -> None:
        proof = whole["credential"]["proof"]
        key = "z" + base58.encode(b"\xed\x01" + point)
        proof["verificationMethod"] = f"{whole['credential']['issuer']}#{key}"
        proof["proofValue"] = "z" + base58.encode(point + bytes(32))

    return change


@pytest.mark.parametrize("point", WEAK.values(), ids=WEAK)
def test_a_key_of_small_order(tmp_path: Path, point: bytes) -> None:
    files = shared_files()
    path = changed(files.bundle(), tmp_path / "x.bundle.json", signed_by(point))
    verdict(files.verify(path, "--json"), "signature.method-of-another")


@pytest.mark.parametrize("point", WEAK.values(), ids=WEAK)
def test_a_key_of_small_order__over_http(client: Client, point: bytes) -> None:
    posted(client, sent(client, signed_by(point)), "signature.method-of-another")


def test_a_key_of_small_order__in_a_description(tmp_path: Path) -> None:
    """Even the root authority's own signature does not make such a key one: the description is refused when read."""
    from ledger import trust_reading
    from ledger.errors import MalformedInput

    document = json.loads(read_pack(shared_files().trust_pack.read_bytes()).trust)
    for point in WEAK.values():
        document["agencies"][0]["keys"][0]["multikey"] = "z" + base58.encode(b"\xed\x01" + point)
        with pytest.raises(MalformedInput) as caught:
            trust_reading.parse(canonical_json.canonicalize(document))
        assert caught.value.code in ("trust-description.key", "multikey.weak-point")


def negative(*path: Any) -> Change:
    """-1 is Python's last element and a C programmer's crash."""

    def change(whole: dict[str, Any]) -> None:
        at: Any = whole
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = "-1" if isinstance(at[path[-1]], str) else -1

    return change


NEGATIVE = {
    "inclusion": negative("inclusion", "index"),
    "size": negative("inclusion", "size"),
    "receipt": negative("anchor", "receiptIndex"),
    "log": negative("anchor", "logIndex"),
    "chunk": negative("status", 0, "chunk"),
    "publication": negative("status", 0, "publication", "logIndex"),
    "status index": negative("credential", "credentialStatus", 0, "statusListIndex"),
}


@pytest.mark.parametrize("change", NEGATIVE.values(), ids=NEGATIVE)
def test_a_negative_index(tmp_path: Path, change: Change) -> None:
    files = shared_files()
    path = changed(files.bundle(), tmp_path / "x.bundle.json", change)
    verdict(files.verify(path, "--json"), "well-formed.malformed")
    told = run("bundle", "show", path, "--json")
    refused(told, told.problem["code"], 1)
    assert told.problem["code"] in ("bundle.member", "credential.status-index")
    in_both_languages(lambda language: run("bundle", "show", path, language=language))


@pytest.mark.parametrize("change", NEGATIVE.values(), ids=NEGATIVE)
def test_a_negative_index__over_http(client: Client, change: Change) -> None:
    posted(client, sent(client, change), "well-formed.malformed")
