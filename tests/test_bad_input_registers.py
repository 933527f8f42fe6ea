"""Registers and types that are none, through both doors (``test_bad_input`` has the table)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import IDENTITY_NUMBERS, NAMES, REGISTER, Client, opened, serving
from cli_office import Files, Outcome, office_files, run, shared_files
from refusals import in_both_languages, problem_of, refused, unharmed
from small_type import definition

from adapters.bootstrap import Installation
from api.tokens import Role
from offices.dev_samples import MAPPING

# ------------------------------------------------------------------------------------------------ at the command line


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return office_files(tmp_path_factory.mktemp("office"))


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    return mapping_of(tmp_path, number="{}", fullName="{}")


def mapping_of(folder: Path, **columns: str) -> Path:
    """A mapping for the type Sample: each column is the claim of its name."""
    text = MAPPING.replace("SamplePermit", "Sample").split("[columns]")[0]
    text += "[columns]\n" + "".join(f"{name} = {steps}\n" for name, steps in columns.items())
    text += "[fields]\n" + "".join(f'{name} = {{ column = "{name}" }}\n' for name in columns)
    path = folder / "sample.toml"
    path.write_text(text, "utf-8")
    return path


def bring(
    files: Files, mapping: Path, content: bytes, *more: str, name: str = "r.csv", language: str = "en"
) -> Outcome:
    register = mapping.parent / name
    register.write_bytes(content)
    return files.run("import", register, "--mapping", mapping, "--clerk", "li", *more, language=language)


def rows(*lines: str, header: str = "number,fullName") -> bytes:
    return "".join(f"{line}\n" for line in (header, *lines)).encode()


def finding_of(told: Outcome) -> dict[str, Any]:
    """The one finding of an import that kept the good rows."""
    assert told.code == 0, told.err
    (found,) = told.json["findings"]
    assert any("\u4e00" <= one <= "\u9fff" for one in found["zh"])
    assert found["en"]
    return found  # type: ignore[no-any-return]  # from JSON


# --------------------------------------------------------------------------------------------------------- over HTTP


@pytest.fixture(scope="module")
def inst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("http")) as installation:
        yield installation


@pytest.fixture(scope="module")
def client(inst: Installation) -> Iterator[Client]:
    with serving(inst) as made:
        yield made


def line(number: str, name: str = NAMES[0], day: str = "2026-01-05", activity: str = "x") -> str:
    return f"{number},{name},{IDENTITY_NUMBERS[0]},{activity},{day}"


def permits(*lines: str) -> bytes:
    return rows(*lines, header=REGISTER.decode().splitlines()[0])


GOOD = tuple(line(f"GOOD-{at}") for at in range(40))


def http_finding(client: Client, register: bytes, name: str = "sample.csv") -> dict[str, Any]:
    """The one finding of a dry run."""
    answer = client.bring(register, name=name, dry_run="true")
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["findings"]
    assert any("\u4e00" <= one <= "\u9fff" for one in found["zh"])
    assert found["en"]
    return found  # type: ignore[no-any-return]  # from JSON


# ---------------------------------------------------------------------------------------------------------- the cases


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_file_that_is_not_utf_8(files: Files, mapping: Path, encoding: str) -> None:
    content = rows("R-1,张三").decode().encode(encoding)
    with unharmed(files.data):
        told = refused(bring(files, mapping, content, "--json"), "rows.not-utf8", 1)
        in_both_languages(lambda language: bring(files, mapping, content, language=language))
        refused(files.run("revoke", "--by", "wang", "--json", stdin=content), "input.not-utf8", 1)
    assert isinstance(told.problem["where"]["offset"], int)


def test_a_file_that_is_not_utf_8__over_http(inst: Installation, client: Client) -> None:
    with unharmed(inst.settings.data):
        told = problem_of(client.bring(REGISTER.decode().encode("gb18030")), 400, "rows.not-utf8")
        body = b'{"bundle":"\xff"}'
        answer = client.post("/verify", content=body, headers={"Content-Type": "application/json"})
        problem_of(answer, 400, "json.not-utf8")
    assert isinstance(told["where"]["offset"], int)


def test_a_header_that_does_not_match_the_mapping(files: Files, mapping: Path) -> None:
    with unharmed(files.data):
        told = refused(
            bring(files, mapping, rows("R-1,x", header="number,name"), "--json"), "import.header-mismatch", 1
        )
        in_both_languages(lambda language: bring(files, mapping, rows(header="number,name"), language=language))
        refused(bring(files, mapping, rows("R-1,x", header="a,b")), "import.no-header", 1)
        refused(bring(files, mapping, rows("R-1,x,y", header="number,fullName,number")), "rows.header-repeats", 1)
    assert "fullName" in told.problem["detail"]
    assert "fullName" in told.problem["zh"]["detail"]


def test_a_header_that_does_not_match_the_mapping__over_http(inst: Installation, client: Client) -> None:
    with unharmed(inst.settings.data):
        problem_of(client.bring(REGISTER.replace(b"fullName", b"name", 1)), 400, "import.header-mismatch")


@pytest.mark.parametrize(("content", "code"), [
    (b"", "rows.empty"), (b"\n\n", "rows.empty"), (b"number,fullName\n", "import.no-rows"),
])  # fmt: skip
def test_an_empty_file(files: Files, mapping: Path, content: bytes, code: str) -> None:
    with unharmed(files.data):
        refused(bring(files, mapping, content), code, 1)
        in_both_languages(lambda language: bring(files, mapping, content, language=language))


def test_an_empty_file__over_http(inst: Installation, client: Client) -> None:
    with unharmed(inst.settings.data):
        problem_of(client.bring(b""), 400, "rows.empty")


def test_an_empty_file__of_other_kinds(files: Files, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    refused(run("type", "check", empty), "input.other-kind", 1)
    refused(run("bundle", "show", empty), "input.other-kind", 1)
    refused(run("status-pack", "show", empty), "status-pack.not-a-pack", 1)
    refused(files.run("revoke", "--by", "wang", stdin=b""), "numbers.none", 1)
    told = shared_files().verify(empty, "--json")
    assert (told.code, told.json["code"]) == (1, "well-formed.malformed")
    trust = ("--trust-pack", empty, "--root", shared_files().root)
    told = run("verify", shared_files().bundle(), *trust, "--json")
    assert (told.code, told.json["code"], told.json["trustPack"]["problem"]["code"]) == (
        3, "trust.unusable", "json.malformed",
    )  # fmt: skip


def test_a_duplicate_business_number(files: Files, mapping: Path) -> None:
    with unharmed(files.data):  # a clash of half of the rows is the wrong file, and keeps nothing
        content = rows("R-1,张三", "R-1,李四")
        refused(bring(files, mapping, content), "import.too-many-bad-rows", 1)
        in_both_languages(lambda language: bring(files, mapping, content, language=language))
    content = rows(*(f"D-{at},张三" for at in range(40)), "D-7,李四")
    found = finding_of(bring(files, mapping, content, "--json"))
    assert (found["row"], found["rule"]) == (42, "duplicate-business-number")
    with unharmed(files.data):  # all of it is there already, and nothing of it comes again
        refused(bring(files, mapping, content), "import.too-many-bad-rows", 1)
    again = bring(files, mapping, content, "--json", "--max-bad-percent", "100")
    assert (again.code, again.json["accepted"], again.json["refused"]) == (0, 0, 41)
    assert {one["rule"] for one in again.json["findings"]} == {"number-exists", "duplicate-business-number"}
    assert "D-7" not in again.out


@pytest.mark.parametrize("count", [40, 2_000, 2_040])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_duplicate_business_number__of_earlier_imports_whatever_the_size(
    files: Files, mapping: Path, count: int, dry: tuple[str, ...]
) -> None:
    """2,000 drafts are looked up at a time: the last of them are judged like the first."""
    known = [f"T-{count}-{len(dry)}-{at},张三" for at in range(count // 10)]
    assert bring(files, mapping, rows(*known)).code == 0
    new = [f"U-{count}-{len(dry)}-{at},张三" for at in range(count - len(known))]
    for content in (rows(*known, *new), rows(*new, *known)):
        with unharmed(files.data):
            few = ("--max-bad-percent", "100", "--max-bad-rows", str(len(known) - 1))
            for limit in ((), few):
                told = bring(files, mapping, content, *dry, *limit, *(("--json",) if dry else ()))
                if dry:
                    assert (told.code, told.json["wouldStop"], told.json["refused"]) == (0, True, len(known))
                else:
                    refused(told, "import.too-many-bad-rows", 1)
    told = bring(files, mapping, rows(*new, *known), *dry, "--max-bad-percent", "10", "--json")
    assert (told.code, told.json["accepted"], told.json["refused"]) == (0, len(new), len(known))


def test_a_duplicate_business_number__over_http(inst: Installation, client: Client) -> None:
    with unharmed(inst.settings.data):
        problem_of(
            client.bring(permits(line("DUP-1"), line("DUP-1", day="2026-01-06"))), 409, "import.too-many-bad-rows"
        )
        found = http_finding(client, permits(*GOOD, line("GOOD-3", day="2026-01-06")))
    assert (found["row"], found["rule"]) == (42, "duplicate-business-number")


def test_a_date_that_does_not_exist(files: Files, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, number="{}", fullName="{}", bornOn='{ date = "YYYY-MM-DD" }')
    good = [f"E-{at},张三,2001-01-01" for at in range(40)]
    with unharmed(files.data):
        content = rows(*good, "E-41,张三,2023-02-29", header="number,fullName,bornOn")
        found = finding_of(bring(files, mapping, content, "--dry-run", "--json"))
        assert (found["row"], found["column"], found["rule"]) == (42, "bornOn", "date")
        for text in ("2026-02-30", "2026-13-01", "20260301"):
            told = files.verify(files.bundle(), "--as-of", text, "--json")
            refused(told, "usage.bad-date", 2)
        in_both_languages(lambda language: files.verify(files.bundle(), "--as-of", "2026-02-30", language=language))
        document = b'{"businessNumber":"N-0","changes":{},"validFrom":"2026-02-30"}'
        refused(files.run("supersede", "--clerk", "li", stdin=document), "supersede.malformed", 1)


def test_a_date_that_does_not_exist__over_http(inst: Installation, client: Client) -> None:
    with unharmed(inst.settings.data):
        found = http_finding(client, permits(*GOOD, line("GOOD-41", day="2026-02-30")))
        assert (found["row"], found["column"], found["rule"]) == (42, "grantedOn", "date")
        problem_of(client.post("/verify", json={"bundle": {}, "as_of": "2026-02-30"}), 400, "usage.bad-date")


def test_a_float_where_signed_data_must_not_have_one(files: Files, mapping: Path) -> None:
    good = [json.dumps({"number": f"F-{at}", "fullName": "张三"}) for at in range(40)]
    content = "\n".join([*good, '{"number":"F-41","fullName":1.5}']).encode()
    with unharmed(files.data):
        found = finding_of(bring(files, mapping, content, "--dry-run", "--json", name="r.jsonl"))
        assert (found["row"], found["rule"]) == (41, "json.float")
        document = b'{"businessNumber":"N-0","changes":{"count":1.5}}'
        refused(files.run("supersede", "--clerk", "li", stdin=document), "json.float", 1)
        in_both_languages(lambda one: files.run("supersede", "--clerk", "li", stdin=document, language=one))
    broken = mapping.with_name("float.bundle.json")
    broken.write_bytes(files.bundle().read_bytes().replace(b'"logIndex":0', b'"logIndex":0.0', 1))
    told = files.verify(broken, "--json")
    assert (told.code, told.json["code"]) == (1, "well-formed.malformed")


def test_a_float_where_signed_data_must_not_have_one__over_http(inst: Installation, client: Client) -> None:
    good = [dict(zip(REGISTER.decode().splitlines()[0].split(","), one.split(","), strict=True)) for one in GOOD]
    register = "\n".join(map(json.dumps, [*good, good[0] | {"permitNumber": "GOOD-41", "activity": 1.5}])).encode()
    with unharmed(inst.settings.data):
        assert http_finding(client, register, "sample.jsonl")["rule"] == "json.float"
        told = client.post("/verify", json={"bundle": {"format": "onceledger-bundle", "version": 1.5}})
        assert (told.status_code, told.json()["code"]) == (200, "well-formed.malformed")


def test_a_value_too_long(files: Files, mapping: Path) -> None:
    good = [f"L-{at},张三" for at in range(40)]
    with unharmed(files.data):
        found = finding_of(bring(files, mapping, rows(*good, "L-41," + "长" * 11), "--dry-run", "--json"))
        assert (found["row"], found["column"], found["rule"]) == (42, "fullName", "maxLength")
        told = bring(files, mapping, rows(*good, "L-41," + "长" * 11), "--dry-run")
        assert "长长" not in told.out
        long_line = rows("L-1," + "x" * (2 << 20))
        refused(bring(files, mapping, long_line), "rows.line-too-long", 1)
        in_both_languages(lambda language: bring(files, mapping, long_line, language=language))


def test_a_value_too_long__over_http(inst: Installation, client: Client) -> None:
    with unharmed(inst.settings.data):
        found = http_finding(client, permits(*GOOD, line("GOOD-41", activity="x" * 81)))
        assert (found["row"], found["column"], found["rule"]) == (42, "activity", "maxLength")
        problem_of(client.bring(permits(line("GOOD-1", activity="x" * (2 << 20)))), 400, "rows.line-too-long")


@pytest.mark.parametrize(
    "schema", [True, [], "x", {}, {"type": "objekt"}, {"properties": 5}, {"type": "object", "required": "a"}], ids=ascii
)
def test_a_schema_that_is_not_a_schema(files: Files, tmp_path: Path, schema: Any) -> None:
    path = tmp_path / "type.json"
    path.write_text(json.dumps(definition(schema=schema)), "utf-8")
    told = run("type", "check", path, "--json")
    refused(told, told.problem["code"], 1)
    assert told.problem["code"] in ("type.schema-invalid", "type.schema-dialect")
    assert told.problem["where"]["path"].startswith("/schema")
    with unharmed(files.data):
        refused(files.run("type", "add", path), told.problem["code"], 1)
    in_both_languages(lambda language: run("type", "check", path, language=language))


@pytest.mark.parametrize("schema", [True, {}, {"type": "objekt"}, {"type": "object", "required": "a"}], ids=ascii)
def test_a_schema_that_is_not_a_schema__over_http(inst: Installation, client: Client, schema: Any) -> None:
    told = client.post("/types/check", Role.OPERATOR, json=definition(schema=schema))
    problem = problem_of(told, 400, told.json()["code"])
    assert problem["code"] in ("type.schema-invalid", "type.schema-dialect")
    assert problem["where"]["path"].startswith("/schema")
    with unharmed(inst.settings.data):
        problem_of(client.govern("/types", json=definition(schema=schema)), 400, problem["code"])
