"""Bodies that are too large, cut off, endless or not what they say: a clear answer, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import HOSTS, REGISTER, TYPE, Client, opened, register_of, serving
from hypothesis import given
from hypothesis import strategies as st

from adapters.bootstrap import Installation
from api.json_bodies import MAX_JSON
from api.tokens import Role
from api.uploads import MAX_FIELD, UploadReader
from ledger.errors import MalformedInput

LIMIT = 1 << 20


@pytest.fixture(scope="module")
def inst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("uploads"), max_body=LIMIT) as installation:
        yield installation


@pytest.fixture(scope="module")
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as made:
        yield made


def multipart(*parts: tuple[str, str | None, bytes], end: bytes = b"--x--\r\n") -> bytes:
    """A body with the boundary x of (name, file name, content)."""
    made = []
    for name, file_name, content in parts:
        named = f'; filename="{file_name}"' if file_name is not None else ""
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        made.append(head.encode() + content + b"\r\n")
    return b"".join(made) + end


def upload(client: Client, body: bytes, kind: str = "multipart/form-data; boundary=x") -> tuple[int, str]:
    answer = client.post("/agencies/1/imports", Role.CLERK, content=body, headers={"Content-Type": kind})
    return answer.status_code, answer.json()["code"]


def left_behind(inst: Installation) -> list[Path]:
    folder = inst.settings.data / "tmp"
    return list(folder.iterdir()) if folder.exists() else []


FILE = ("file", "r.csv", REGISTER)
NAMED = ("type", None, TYPE.encode())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "upload.malformed"),
        (b"nonsense", 400, "upload.malformed"),
        (multipart(NAMED), 400, "upload.no-file"),
        (multipart(FILE, NAMED, end=b""), 400, "upload.malformed"),
        (multipart(FILE, NAMED)[:-9], 400, "upload.malformed"),
        (multipart(FILE), 400, "upload.field"),
        (multipart(FILE, NAMED), 400, "upload.mapping"),
        (multipart(FILE, NAMED, ("mapping", None, b"x"), ("mapping_name", None, b"x")), 400, "upload.mapping"),
        (multipart(FILE, FILE), 400, "upload.part-repeats"),
        (multipart(NAMED, NAMED, FILE), 400, "upload.part-repeats"),
        (multipart(FILE, ("other", None, b"x")), 400, "upload.part-unknown"),
        (multipart(FILE, ("", None, b"x")), 400, "upload.part-unknown"),
        (multipart(FILE, *[("code_list", f"{n}.txt", b"") for n in range(40)]), 400, "upload.too-many-parts"),
        (multipart(FILE, ("type", None, b"\xff")), 400, "upload.field"),
        (multipart(FILE, NAMED, ("dry_run", None, b"maybe")), 400, "upload.field"),
        (multipart(FILE, NAMED, ("max_bad_rows", None, b"-1")), 400, "upload.field"),
        (multipart(FILE, NAMED, ("max_bad_rows", None, "１".encode())), 400, "upload.field"),
        (multipart(FILE, NAMED, ("mapping", None, b"x" * (300 << 10))), 400, "mapping.too-large"),
        (multipart(("file", "r.exe", b"MZ"), NAMED, ("mapping", None, b"x")), 400, "mapping.malformed"),
        (b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\r\n--x--\r\n', 400, "upload.malformed"),
        (b"--x\r\n\r\nx\r\n--x--\r\n", 400, "upload.part-unknown"),
    ],
)
def test_an_upload_that_is_none(inst: Installation, client: Client, body: bytes, status: int, code: str) -> None:
    assert upload(client, body) == (status, code)
    assert left_behind(inst) == []


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x"])
def test_an_upload_of_another_media_type(client: Client, kind: str) -> None:
    assert upload(client, multipart(FILE), kind) == (415, "http.media-type")


def test_a_field_that_is_larger_than_any_mapping(tmp_path: Path) -> None:
    reader = UploadReader("multipart/form-data; boundary=x", tmp_path)
    with pytest.raises(MalformedInput) as caught:
        reader.feed(multipart(("mapping", None, b"x" * (MAX_FIELD + 1))))
    reader.close()
    assert caught.value.code == "upload.field-too-large"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("r.exe", "rows.unknown-kind"),
        ("register", "rows.unknown-kind"),
        ("r.xlsx", "rows.xlsx"),
        ("", "rows.unknown-kind"),
    ],
)
def test_a_register_of_no_kind_that_can_be_read(client: Client, name: str, code: str) -> None:
    answer = client.bring(name=name or "register")
    assert answer.status_code == 400
    assert answer.json()["code"].startswith(code)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/r.csv", "register.csv"),
        ("C:\\\\Users\\\\li\\\\r.CSV", "register.csv"),
        ("张隐私-110101199003070012.csv", "register.csv"),
        ("x" * 300 + ".csv", "register.csv"),
    ],
)
def test_of_a_registers_name_its_suffix_alone_is_kept(client: Client, name: str, kept: str) -> None:
    made = client.bring(register_of("UP-" + str(len(name))), name=name)
    answers = [client.get(path, Role.CLERK) for path in (made.headers["location"], "/agencies/1/overview")]
    assert answers[0].json()["source"] == kept
    assert {one["source"] for one in answers[1].json()["imports"]} == {kept}
    assert not any("张隐私" in one.text or "110101199003070012" in one.text for one in (made, *answers))


@given(st.binary(max_size=60), st.lists(st.integers(0, 400), max_size=4))
def test_a_register_comes_in_as_it_was_sent_however_it_is_cut(content: bytes, cuts: list[int]) -> None:
    body = multipart(("file", "r.csv", content), NAMED)
    if b"\r\n--x" in content:
        return
    reader = UploadReader("multipart/form-data; boundary=x", Path("/tmp"))
    for start, end in zip(sorted({0, *cuts}), [*sorted({0, *cuts})[1:], None], strict=True):
        reader.feed(body[start:end])
    made = reader.finish()
    made.file.seek(0)
    assert (made.file.read(), made.fields) == (content, {"type": TYPE.encode()})
    reader.close()


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_an_upload_or_malformed(body: bytes) -> None:
    reader = UploadReader("multipart/form-data; boundary=x", Path("/tmp"))
    try:
        reader.feed(b"--x\r\nContent-Disposition: form-data; name=" + body)
        reader.finish()
    except MalformedInput as error:
        assert error.code.startswith("upload.")
    finally:
        reader.close()


def test_a_body_larger_than_the_setting(inst: Installation, client: Client) -> None:
    assert upload(client, multipart(("file", "r.csv", b"x" * LIMIT), NAMED)) == (413, "http.body-too-large")
    assert left_behind(inst) == []


def test_a_large_body_that_does_not_announce_its_length(inst: Installation, client: Client) -> None:
    sent = 0

    async def pieces() -> Any:
        nonlocal sent
        yield multipart(("file", "r.csv", b""), end=b"")[:-2]
        for _ in range(100):
            sent += 1
            yield b"x" * (LIMIT // 8)

    answer = client.post(
        "/agencies/1/imports",
        Role.CLERK,
        content=pieces(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "http.body-too-large")
    assert sent < 12
    assert left_behind(inst) == []


def test_nobody_unknown_fills_the_disk(client: Client) -> None:
    read = 0

    async def pieces() -> Any:
        nonlocal read
        for _ in range(10):
            read += 1
            yield b"x"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for extra in ({}, {"Authorization": f"Bearer {client.tokens[2, Role.CLERK]}"}):
        answer = client.post("/agencies/1/imports", content=pieces(), headers=headers | extra)
        assert answer.status_code in (401, 403)
    assert read == 0


def test_a_client_that_goes_away_leaves_nothing(inst: Installation, client: Client) -> None:
    before = inst.records.count(None, None)
    body = multipart(FILE, NAMED)
    messages = iter([{"type": "http.request", "body": body[:200], "more_body": True}, {"type": "http.disconnect"}])
    sent = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    token = client.tokens[1, Role.CLERK]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/agencies/1/imports",
        "raw_path": b"/agencies/1/imports",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", HOSTS[1].encode()),
            (b"content-type", b"multipart/form-data; boundary=x"),
            (b"authorization", f"Bearer {token}".encode()),
        ],
    }
    asyncio.run(client.app(scope, receive, send))
    assert sent == []
    assert left_behind(inst) == []
    assert inst.records.count(None, None) == before


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        (inst.settings.data / "tmp").write_text("")
        answer = client.bring()
        assert (answer.status_code, answer.json()["code"]) == (500, "upload.not-writable")


def post_json(client: Client, content: bytes, kind: str = "application/json") -> tuple[int, str]:
    answer = client.post("/verify", content=content, headers={"Content-Type": kind})
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "json.malformed"),
        (b'{"bundle":NaN}', "json.malformed"),
        (b'\xef\xbb\xbf{"bundle":1}', "json.byte-order-mark"),
        (b'{"bundle":"\xff"}', "json.not-utf8"),
        (b'{"bundle":1,"bundle":2}', "json.duplicate-key"),
        (b'{"bundle":{"a":1,"a":2}}', "json.duplicate-key"),
        (b'{"bundle":"\\ud800"}', "json.lone-surrogate"),
        (b'{"bundle":12345678901234567890}', "json.number-out-of-range"),
        (b'{"bundle":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json."),
        (b"[" * 100_000, "json."),
        (b'{"a":' * 10_000, "json."),
    ],
)
def test_a_json_body_that_is_none(client: Client, content: bytes, code: str) -> None:
    status, told = post_json(client, content)
    assert status == 400
    assert told.startswith(code)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"])
def test_a_json_body_that_is_not_said_to_be_one(client: Client, kind: str) -> None:
    assert post_json(client, b'{"bundle":1}', kind) == (415, "http.media-type")


def test_json_of_any_flavour_is_json(client: Client) -> None:
    assert post_json(client, b'{"bundle":1}', "application/ld+json; charset=utf-8")[0] == 200


def test_a_json_body_larger_than_any_should_be(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        content = json.dumps({"bundle": "x" * MAX_JSON}).encode()
        assert post_json(client, content) == (413, "http.body-too-large")


def test_a_bundle_larger_than_bundles_are_is_no_certificate(tmp_path: Path) -> None:
    with opened(tmp_path) as inst, serving(inst) as client:
        answer = client.post("/verify", json={"bundle": {"format": "onceledger-bundle", "x": "y" * (1 << 20)}})
        assert (answer.status_code, answer.json()["code"]) == (200, "well-formed.malformed")
