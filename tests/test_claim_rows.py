"""Claims in front of people: labels of the type in its order, a row for each object of a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli_office import Files, run, shared_files
from office import new_office
from small_type import as_bytes, definition

from cli.claim_rows import claim_rows
from examples.demo.certificates import write_certificate
from ledger.bundle import read
from ledger.credential_type import CredentialType, parse_type
from ledger.label import Label
from ledger.trust_description import FieldEntry
from ledger.trust_pack_signing import pinned_root
from ledger.type_members import field_entries
from ledger.verdict import untrusted
from offices.evidence import bundle_of, make_trust_pack, status_pack_of

EXAMPLES = Path(__file__).parent.parent / "examples" / "chinese"


def _household() -> CredentialType:
    return parse_type((EXAMPLES / "household-register.type.json").read_bytes())


def test_members_stand_in_the_order_of_the_schema_with_their_labels() -> None:
    entries = {one.name: one for one in field_entries(_household())}
    assert list(entries)[:3] == ["householdNumber", "householdKind", "headName"]
    names = [one.label.zh for one in entries["members"].members]
    assert names[:3] == ["姓名", "与户主关系", "性别"]
    assert entries["headName"].members == ()


def test_each_object_of_a_list_has_its_row() -> None:
    claims = {
        "householdNumber": "1",
        "members": [{"birthDate": "1990-01-01", "fullName": "张三"}, {"fullName": "李四"}],
    }
    rows = list(claim_rows(field_entries(_household()), claims, "zh"))
    assert rows == [
        ("户号", "1"),
        ("常住人口登记卡 1", "姓名：张三，出生日期：1990-01-01"),
        ("常住人口登记卡 2", "姓名：李四"),
    ]


def test_what_no_pack_labels_keeps_its_name_and_what_it_does_not_know_is_left_out() -> None:
    fields = [FieldEntry("a", Label("甲", "A")), FieldEntry("b", Label("乙", "B"))]
    claims = {"b": {"open": True, "tags": ["x", "y"]}, "c": 1}
    rows = list(claim_rows(fields, claims, "en"))
    assert rows == [("B", "open: yes, tags: x; y")]


def test_references_are_followed() -> None:
    entries = {one.name: one for one in field_entries(parse_type(as_bytes(definition())))}
    assert [one.name for one in entries["people"].members] == ["fullName", "age"]


def test_a_verifier_reads_nested_claims_from_the_trust_pack_alone(tmp_path: Path) -> None:
    folder = tmp_path
    files = Files(folder / "data", folder / "b", folder / "t.json", folder / "r.json", folder / "s.bin")
    files.bundles.mkdir()
    with new_office(files.data) as office:
        (number,) = office.draft(1, people=[{"fullName": "王", "age": 1}, {"fullName": "买"}], open=True)
        office.issue()
        office.anchor()
        office.publish()
        now = datetime.now(UTC)
        pack = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
        files.trust_pack.write_bytes(pack)
        files.root.write_bytes(pinned_root(pack))
        files.status_pack.write_bytes(status_pack_of(office.inst))
        (files.bundles / "one.bundle.json").write_bytes(bundle_of(office.inst, office.row(number)))
    told = files.verify(files.bundle(), language="zh")
    assert told.code == 0
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert "people的名称 1 fullName的名称：王，age的名称：1" in lines
    assert "people的名称 2 fullName的名称：买" in lines
    assert "open的名称 是" in lines
    trust = ("--trust-pack", files.trust_pack, "--root", files.root)
    assert "people 1" in run("verify", files.bundle(), *trust, "--max-status-age", "any").out


def test_the_page_of_a_certificate_has_both_languages_and_the_type_s_order(tmp_path: Path) -> None:
    files = shared_files()
    data = files.bundle().read_bytes()
    assert read(data).credential.document["credentialSubject"]
    kind = parse_type(as_bytes(definition()))
    write_certificate(tmp_path / "c.html", kind, Label("局", "Office"), data, untrusted(), "x.bundle.json")
    page = (tmp_path / "c.html").read_text("utf-8")
    assert "长期 no end" in page
    assert "无法核验 · cannot be checked" in page
