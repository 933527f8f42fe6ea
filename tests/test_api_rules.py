"""Rules that hold for every route: who may come in, what errors look like, what nobody gets to see."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from api_client import HOSTS, IDENTITY_NUMBERS, NAMES, NUMBERS, REGISTER, TYPE, Client, opened, serving

from adapters.bootstrap import Installation
from adapters.settings import Settings
from api.gate import OPEN, SAFE_METHODS
from api.governing import HEADER
from api.problems import MEDIA_TYPE, problem_response
from api.tokens import AGENCY_ROLES, Role
from ledger import errors
from ledger.errors import OnceledgerError, Unavailable

MEMBERS = {"type", "title", "status", "detail", "cure", "code", "zh", "instance"}
MAY_HAVE = {"where", "errors", "checks", "rows"}
SECRETS = (*IDENTITY_NUMBERS, *NUMBERS, *NAMES)
FILL = {
    "agency_id": "1",
    "import_id": "1",
    "type_name": TYPE,
    "name": "x",
    "version": "1",
    "digest": "d",
    "list_id": "1",
    "key_id": "99",
    "batch_id": "99",
    "member": "root-9",
    "act": "A" * 43,
}
BODILESS = {
    "addMember", "addSender", "anchorPending", "approveImport", "exportAgency", "foundRoot", "makeBatchBundles",
    "readmitAgency", "rejectImport", "removeMember", "retireKey", "retryRefused", "rotateMember", "suspendAgency",
}  # fmt: skip
"""Operations that are told nothing but their address."""


def is_governing(operation: dict[str, Any]) -> bool:
    """Whether the root authority's members, or an administrator, may do it (``test_api_governing``)."""
    return any(parameter["name"] == HEADER for parameter in operation.get("parameters", ()))


@pytest.fixture(scope="module")
def inst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("rules")) as installation:
        yield installation


@pytest.fixture(scope="module")
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as made:
        made.issue()
        made.anchor()
        yield made


@pytest.fixture(scope="module")
def routes(client: Client) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, address, OpenAPI operation) of every route."""
    paths = client.get("/openapi.json").json()["paths"]
    found = [(method.upper(), path, operation) for path, one in paths.items() for method, operation in one.items()]
    assert len(found) > 25
    return found


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda match: FILL[match[1]], path)


def check_problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
    problem: dict[str, Any] = answer.json()
    assert MEMBERS <= problem.keys() <= MEMBERS | MAY_HAVE
    assert problem["status"] == answer.status_code
    assert re.fullmatch(r"[a-z-]+\.[a-z-]+(\.[a-z-]+)?", problem["code"])
    assert problem["type"] == f"urn:onceledger:problem:{problem['code']}"
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", problem["instance"])
    assert problem["title"]
    assert problem["detail"]
    assert problem["zh"].keys() == {"title", "detail", "cure"}
    assert all(re.search(r"[一-鿿]", text) for text in problem["zh"].values())
    return problem


def test_every_error_of_every_route_has_one_shape(
    client: Client, routes: list[tuple[str, str, dict[str, Any]]]
) -> None:
    seen = set()
    for method, path, _ in routes:
        for role in (None, *Role):
            attempts: list[dict[str, Any]] = [
                {},
                {"content": b"{", "headers": {"Content-Type": "application/json"}},
                {"content": b'{"a":1}', "headers": {"Content-Type": "text/plain"}},
                {"json": {"unknown": 1}},
                {"json": []},
            ]
            for rest in attempts if method != "GET" else attempts[:1]:
                answer = client.send(method, address(path), role, **rest)
                if answer.status_code >= 400:
                    seen.add(check_problem(answer)["code"])
        check_problem(client.send("PATCH", address(path), Role.CLERK))
        check_problem(client.send("PATCH", address(path)))
        if "{agency_id}" in path:
            for other in ("abc", "0", "-1", str(2**64), "99"):
                check_problem(client.send(method, address(path.replace("{agency_id}", other)), Role.CLERK))
    check_problem(client.get("/nothing/here"))
    check_problem(client.get("/agencies/"))
    assert seen >= {"token.missing", "token.role", "http.not-fitting", "http.media-type", "json.malformed"}


@pytest.mark.parametrize("kind", [one for one in vars(errors).values() if isinstance(one, type)])
def test_every_class_of_error_has_its_status(client: Client, kind: type[Any]) -> None:
    if not issubclass(kind, OnceledgerError):
        return

    class Finer(kind):  # type: ignore[misc]  # the base is a parameter
        pass

    scope: Any = {"app": client.app, "state": {"request_id": "0" * 36}}
    plain = problem_response(kind("a.b", "What."), scope)
    assert plain.status_code == problem_response(Finer("a.b", "What."), scope).status_code
    assert 400 <= plain.status_code < 600


def test_a_problem_does_not_tell_where_the_data_lies(inst: Installation, client: Client) -> None:
    scope: Any = {"app": client.app, "state": {"request_id": "0" * 36}}
    error = Unavailable("chain.disk-full", f"The disk under {inst.settings.data}/chain is full.", "Free some space.")
    assert json.loads(bytes(problem_response(error, scope).body))["detail"] == "The disk under <data>/chain is full."
    error = Unavailable("files.not-accessible", "It cannot be read.", "Look.", name=f"{inst.settings.data}/chain")
    told = json.loads(bytes(problem_response(error, scope).body))["zh"]
    assert told["detail"] == "<data>/chain 不可使用（It cannot be read.）。"


@pytest.mark.parametrize("folder", ["office", "data", "t"])
def test_a_data_folder_named_like_a_word_leaves_words_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    parts = SimpleNamespace(inst=SimpleNamespace(settings=Settings(data=Path(folder))))
    app = SimpleNamespace(state=SimpleNamespace(parts=parts))
    scope: Any = {"app": app, "state": {"request_id": "0" * 36}}
    whole = f"{tmp_path}/{folder}"
    text = f"Data officers of an office: {folder}, {whole}, {whole}/chain, {folder}/chain, {whole}-2, a.{folder}/b."
    told = json.loads(bytes(problem_response(Unavailable("a.b", text, text, name=f"{whole}/x"), scope).body))
    hidden = f"Data officers of an office: {folder}, <data>, <data>/chain, <data>/chain, {whole}-2, a.{folder}/b."
    assert (told["detail"], told["cure"], told["zh"]["detail"]) == (hidden, hidden, hidden)
    assert told["where"] == {"name": "<data>/x"}


def test_everything_that_could_change_something_needs_a_token(
    client: Client, routes: list[tuple[str, str, dict[str, Any]]]
) -> None:
    without = {("POST", "/verify"), ("POST", "/bundles/refresh")}
    assert without == OPEN
    for method, path, operation in routes:
        if method in SAFE_METHODS or (method, path) in without:
            continue
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer olt_x"}):
            answer = client.send(method, address(path), headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert operation["security"]
    assert client.send("DELETE", "/nothing/here").status_code == 401


def test_a_token_is_not_for_the_other_agency(
    inst: Installation, client: Client, routes: list[tuple[str, str, dict[str, Any]]]
) -> None:
    before = [inst.records.count(agency, None) for agency in HOSTS]
    for method, path, operation in routes:
        if "{agency_id}" in path and operation.get("security"):
            for role in AGENCY_ROLES:
                if is_governing(operation) and role is Role.ADMINISTRATOR:
                    continue
                body = {"json": {"type": TYPE, "business_number": NUMBERS[0]}} if method == "POST" else {}
                answer = client.send(method, address(path), role, agency=2, **body)
                assert answer.status_code == 403, (path, role)
                assert check_problem(answer)["code"] in ("token.other-agency", "token.role")
            if not is_governing(operation):
                allowed = [role for role in Role if client.send(method, address(path), role).status_code != 403]
                assert allowed, path
    for agency in ("1", HOSTS[1], f"did:web:{HOSTS[1]}"):
        which = {"agency": agency, "type": TYPE, "business_number": NUMBERS[0]}
        answer = client.post("/bundles", Role.CLERK, agency=2, json=which)
        assert answer.json()["code"] == "token.other-agency"
    own = client.post(
        "/bundles", Role.CLERK, agency=2, json={"agency": "2", "type": TYPE, "business_number": NUMBERS[0]}
    )
    assert own.json()["code"] == "credential.unknown"
    assert client.get("/agencies/2/imports/1", Role.CLERK, agency=2).json()["code"] == "import.unknown"
    assert client.get("/agencies/2/batches", Role.CLERK, agency=2).json() == {"batches": []}
    assert before == [inst.records.count(agency, None) for agency in HOSTS]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/agencies/1/imports", {Role.CLERK}),
        ("POST", "/agencies/1/corrections", {Role.CLERK}),
        ("POST", "/agencies/1/imports/1/approve", {Role.REVIEWER}),
        ("POST", "/agencies/1/imports/1/reject", {Role.REVIEWER}),
        ("POST", "/agencies/1/status-changes", {Role.REVIEWER}),
        ("POST", "/agencies/1/issue", {Role.CLERK, Role.OPERATOR}),
        ("POST", "/agencies/1/anchor", {Role.OPERATOR}),
        ("POST", "/agencies/1/publish", {Role.OPERATOR}),
        ("POST", "/agencies/1/retry-refused", {Role.OPERATOR}),
        ("POST", "/agencies/1/credentials", {Role.CLERK, Role.REVIEWER, Role.AUDITOR}),
        ("POST", "/bundles", {Role.CLERK, Role.REVIEWER}),
        ("POST", "/agencies/1/verify", {Role.CLERK, Role.REVIEWER, Role.AUDITOR}),
        ("POST", "/agencies/1/batches/99/bundles", {Role.CLERK, Role.REVIEWER}),
        ("POST", "/agencies/1/export", {Role.ADMINISTRATOR}),
        ("POST", "/agencies/1/keys", {Role.ADMINISTRATOR}),
        ("POST", "/agencies/1/keys/99/retire", {Role.ADMINISTRATOR}),
        ("POST", "/agencies/1/keys/99/compromise", {Role.ADMINISTRATOR}),
        ("POST", "/agencies/1/senders/remove", {Role.ADMINISTRATOR}),
        ("GET", "/agencies/1/senders", {Role.ADMINISTRATOR, Role.OPERATOR}),
        ("POST", "/agencies/1/trust-pack", {Role.ADMINISTRATOR}),
        ("GET", "/agencies/1/counts", set(AGENCY_ROLES)),
        ("GET", "/agencies/1/overview", set(AGENCY_ROLES)),
        ("GET", "/agencies/1/batches", set(AGENCY_ROLES)),
        ("GET", "/agencies/1/imports/1", set(AGENCY_ROLES)),
        ("GET", "/registry", set(Role)),
        ("POST", "/trust-pack/check", set(Role)),
        ("POST", "/types/check", set(Role)),
        # What one member alone asks for waits for others.
        ("POST", "/root-authority", {Role.MEMBER}),
        ("POST", "/root-authority/members", {Role.MEMBER}),
        ("POST", "/root-authority/members/root-1/rotate", {Role.MEMBER}),
        ("POST", "/root-authority/members/root-1/remove", {Role.MEMBER}),
        ("POST", "/root-authority/threshold", {Role.MEMBER}),
        ("POST", "/agencies", {Role.MEMBER}),
        ("POST", "/agencies/1/rename", {Role.MEMBER}),
        ("POST", "/agencies/1/merge", {Role.MEMBER}),
        ("POST", "/agencies/1/key-limit", {Role.MEMBER}),
        ("POST", "/types", {Role.MEMBER}),
        ("POST", "/trust-pack", {Role.MEMBER}),
        ("GET", "/root-authority/agreements", {Role.MEMBER}),
        ("DELETE", "/root-authority/agreements/" + "A" * 43, {Role.MEMBER}),
        ("POST", "/agencies/2/suspend", {Role.ADMINISTRATOR, Role.MEMBER}),
        ("POST", "/agencies/2/readmit", {Role.ADMINISTRATOR, Role.MEMBER}),
        ("POST", "/agencies/2/accreditations", {Role.ADMINISTRATOR, Role.MEMBER}),
        ("POST", "/agencies/2/accreditations/end", {Role.ADMINISTRATOR, Role.MEMBER}),
        ("POST", "/agencies/2/keys/99/consent", {Role.ADMINISTRATOR, Role.MEMBER}),
    ],
)
def test_each_role_may_do_its_part(client: Client, method: str, path: str, allowed: set[Role]) -> None:
    may = {role for role in Role if client.send(method, path, role).status_code != 403}
    assert may == allowed


def test_an_unknown_token_is_refused_even_where_none_is_needed(client: Client) -> None:
    answer = client.get("/agencies", headers={"Authorization": "Bearer " + "x" * 4000})
    assert (answer.status_code, answer.json()["code"]) == (401, "token.unknown")


def test_no_error_and_no_log_line_says_who_it_is_about(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number, name, permit = IDENTITY_NUMBERS[0], NAMES[0], NUMBERS[0]
    clerk, reviewer = Role.CLERK, Role.REVIEWER
    client.get(f"/bundles/{number}")
    client.get(f"/agencies/1/credentials/{permit}?name={name}&id={number}", clerk)
    client.get(f"/agencies/{number}/counts", clerk)
    client.get(f"/types/{number}")
    client.get("/agencies/1/counts", clerk, params={"type": number})
    client.get(f"/contexts/{permit}/1/{number}")
    client.get("/.well-known/did.json", headers={"Host": f"{number}.example"})
    client.send(number, "/agencies", clerk)
    client.bundle(number)
    client.bundle(permit, agency=2)
    client.post("/bundles", clerk, json={"agency": name, "type": number, "business_number": permit, number: name})
    client.post("/bundles", clerk, json={"agency": number, "type": TYPE, "business_number": permit})
    client.post("/bundles", clerk, json={"agency": "1", "type": TYPE, "business_number": [number], "version": name})
    client.post("/agencies/1/credentials", clerk, json={"type": TYPE, "business_number": number * 20})
    change = {"type": TYPE, "action": number, "business_numbers": [permit, {number: name}, 7]}
    client.post("/agencies/1/status-changes", reviewer, json=change)
    change = {"type": TYPE, "action": "resume", "business_numbers": [permit]}
    client.post("/agencies/1/status-changes", reviewer, json=change)
    client.post("/agencies/1/status-changes", reviewer, json=change | {"business_numbers": [number]})
    for changes in ({number: name}, {"residentId": number[:-1]}, {"residentId": {number: 1}}, {"fullName": name * 50}):
        body = {"type": TYPE, "business_number": permit, "changes": changes}
        client.post("/agencies/1/corrections", clerk, json=body)
    client.post("/verify", json={"bundle": {number: name}, "as_of": name, "policy": {number: name}})
    client.post("/verify", json={"credential": {number: name}, "as_of": number})
    client.post("/bundles/refresh", json={"format": "onceledger-bundle", number: name})
    client.post("/verify", content=f'{{"{number}":1,"{number}":2}}', headers={"Content-Type": "application/json"})
    client.post("/verify", content=f'{{"{number}":{name}'.encode(), headers={"Content-Type": "application/json"})
    client.post("/verify", content=number, headers={"Content-Type": number})
    rows = REGISTER.decode().splitlines()[1:]
    client.bring("\n".join(rows).encode())
    client.bring(REGISTER.replace(b"2026-01-05", number.encode()))
    client.bring(REGISTER, name=f"{name}-{number}")
    client.bring(REGISTER, name=f"{name}.exe")
    client.bring(f'{{"{number}":"{name}"}}\n'.encode() * 2, name="x.jsonl")
    client.bring(f'"{name},{number}'.encode(), mapping=f"# {number}\n= {name}")
    client.bring(REGISTER, type=number)
    client.bring(REGISTER, dry_run=number, max_bad_rows=number)
    refused = [answer for answer in client.answers if answer.status_code >= 400]
    assert len(refused) > 30
    for answer in refused:
        check_problem(answer)
        told = answer.text + json.dumps(answer.json(), ensure_ascii=False) + str(answer.headers)
        assert not [secret for secret in SECRETS if secret in told], told
    # httpx is the client here and logs what it sends.
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert len(lines) > 30
    assert not [line for line in lines for secret in SECRETS if secret in line]
    assert not [line for line in lines if "olt_" in line]


def test_a_mistake_of_ours_is_an_answer_and_a_line_without_its_text(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(IDENTITY_NUMBERS[0])

    monkeypatch.setattr("api.agency_routes.shapes.agency", broken)
    answer = client.get("/agencies")
    problem = check_problem(answer)
    assert (answer.status_code, problem["code"]) == (500, "internal.unexpected")
    assert problem["instance"].removeprefix("urn:uuid:") in caplog.text
    assert "KeyError at test_api_rules.py:" in caplog.text
    assert IDENTITY_NUMBERS[0] not in caplog.text + answer.text


def test_every_answer_has_security_headers(client: Client) -> None:
    for path in ("/", "/trust-pack", "/nothing", "/metrics", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
    assert client.get("/agencies/1/counts", Role.AUDITOR).headers["cache-control"] == "no-store"
    assert client.bundle(NUMBERS[0]).headers["cache-control"] == "no-store"


def test_no_page_loads_anything_from_elsewhere(client: Client) -> None:
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404


def test_openapi_says_everything_with_examples(client: Client, routes: list[tuple[str, str, dict[str, Any]]]) -> None:
    document = client.get("/openapi.json").json()
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(re.search(r"[A-Za-z]", text) and re.search(r"[一-鿿]", text) for text in tags.values())
    names = [operation["operationId"] for _, _, operation in routes]
    assert len(set(names)) == len(names)
    for method, path, operation in routes:
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), path
        assert set(operation["tags"]) <= tags.keys()
        assert len(operation["tags"]) == 1
        assert re.search(r"[一-鿿]", operation["summary"])
        assert operation["description"]
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert good
        for answer in good:
            assert answer["content"]
            for content in answer["content"].values():
                assert "example" in content, path
        for status in ("4XX", "5XX"):
            assert operation["responses"][status]["content"][MEDIA_TYPE]["example"]["code"]
        assert "422" not in operation["responses"]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                assert parameter["schema"].get("examples") or parameter.get("examples"), (path, parameter["name"])
        if "requestBody" in operation:
            for content in operation["requestBody"]["content"].values():
                assert _has_example(document, content), path
        elif method == "POST":
            assert operation["operationId"] in BODILESS, path


def _has_example(document: Any, content: Any) -> bool:
    schema = content["schema"]
    schema = next((one for one in schema.get("anyOf", ()) if "$ref" in one), schema)  # a body that may be left out
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    parts = schema.get("properties", {}).values()
    return "example" in content or "example" in schema or "examples" in schema or any("examples" in p for p in parts)


def test_the_page_lists_every_route(routes: list[tuple[str, str, dict[str, Any]]]) -> None:
    page = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
    for method, path, _ in routes:
        assert f"`{method} {path}`" in page, f"docs/api.md lacks {method} {path}"
    assert len(re.findall(r"^\| `(?:GET|POST|DELETE) ", page, flags=re.MULTILINE)) == len(routes)


def test_openapi_says_of_errors_only_what_is_sent(
    client: Client, routes: list[tuple[str, str, dict[str, Any]]]
) -> None:
    document = client.get("/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    for _, path, operation in routes:
        for family, statuses in (("4XX", range(400, 500)), ("5XX", range(500, 600))):
            content = operation["responses"][family]["content"]
            assert list(content) == ["application/problem+json"], path
            assert content["application/problem+json"]["example"]["status"] in statuses
