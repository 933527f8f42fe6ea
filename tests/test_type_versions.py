"""A type moves on, and what was issued under its older versions stays whole: bundles, exports, trust packs, drafts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import Office, new_office
from records_cases import IMPLEMENTATIONS, open_implementation
from small_type import PROPERTIES, VOCABULARY, definition

from adapters.records import open_records
from issuers.import_register import Register, import_register
from issuers.parse_mapping import parse_mapping
from ledger.credential_states import Action, State
from ledger.credential_type import parse_type
from ledger.errors import Conflict, MalformedInput
from ledger.reasons import Result
from ledger.records import TypeRow
from ledger.trust_pack_signing import pinned_root
from offices import status
from offices.evidence import bundle_of, make_trust_pack, status_pack_of
from offices.export import export
from offices.refresh import refresh_bundle
from offices.root import add_type
from verifiers.verify import Holdings, open_holdings, verify

FIRST_REVISION = Path(__file__).parent / "vectors" / "records" / "revision-0001.sql"
"""A database as the first revision left it: one type, two issued credentials of one run (made by ``iterdump``)."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


def second_version(*, required: tuple[str, ...] = ("number", "fullName")) -> bytes:
    """Version 2 of the small type: a field more, so that its context is another one."""
    document = definition(typeVersion="2")
    document["schema"]["properties"] = {**PROPERTIES, "note": {"type": "string", "maxLength": 9}}
    document["schema"]["required"] = list(required)
    document["fields"]["note"] = {"label": {"zh": "备注", "en": "Note"}}
    document["context"]["@context"]["note"] = VOCABULARY + "note"
    return json.dumps(document).encode()


def move_on(office: Office, **changes: Any) -> None:
    office.type = add_type(office.inst, second_version(**changes))


def issued_under_both(office: Office) -> tuple[str, str]:
    """One credential of each version, both anchored."""
    [old] = office.draft(1)
    office.issue()
    move_on(office)
    [new] = office.draft(1, note="x")
    office.issue()
    office.anchor()
    office.publish()
    return old, new


def results(office: Office, *bundles: bytes) -> list[Result]:
    """What a verifier with the newest packs says."""
    now = datetime.now(UTC)
    pack = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
    opened = open_holdings(holdings=Holdings(pack, pinned_root(pack), status_pack_of(office.inst)), now=now)
    return [verify(opened=opened, bundle=bundle).result for bundle in bundles]


def context_in(bundle: bytes) -> tuple[str, dict[str, Any]]:
    [context] = json.loads(bundle)["context"]
    return context["url"], json.loads(context["content"])["@context"]


def test_bundles_of_both_versions_carry_their_own_context_and_verify(office: Office) -> None:
    old, new = issued_under_both(office)
    bundles = [bundle_of(office.inst, office.row(number)) for number in (old, new)]
    (old_url, old_context), (new_url, new_context) = map(context_in, bundles)
    assert old_url != new_url
    assert "note" not in old_context
    assert "note" in new_context
    assert results(office, *bundles) == [Result.VALID, Result.VALID]


def test_a_pack_from_before_the_new_version_cannot_check_it_and_calls_nobody_a_liar(office: Office) -> None:
    now = datetime.now(UTC)
    pack = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
    old, new = issued_under_both(office)
    told = {}
    newer = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
    for when, data in (("before", pack), ("after", newer)):
        holdings = Holdings(data, pinned_root(data), status_pack_of(office.inst))
        opened = open_holdings(holdings=holdings, now=datetime.now(UTC))
        for name, number in (("old", old), ("new", new)):
            bundle = bundle_of(office.inst, office.row(number))
            told[when, name] = verify(opened=opened, bundle=bundle).decisive.code
    assert told == {
        ("before", "old"): "policy.passed",
        ("before", "new"): "entitled.newer-than-pack",
        ("after", "old"): "policy.passed",
        ("after", "new"): "policy.passed",
    }


def test_bundles_of_both_versions_are_refreshed(office: Office) -> None:
    [old] = office.draft(1)
    office.issue()
    handed_out = bundle_of(office.inst, office.row(old))
    move_on(office)
    [new] = office.draft(1, note="x")
    office.issue()
    second = bundle_of(office.inst, office.row(new))
    office.anchor()
    office.publish()
    fresh = [refresh_bundle(office.inst, bundle) for bundle in (handed_out, second)]
    assert results(office, *fresh) == [Result.VALID, Result.VALID]


def test_an_export_verifies_and_holds_the_definitions_of_all_versions(office: Office, tmp_path: Path) -> None:
    issued_under_both(office)
    assert results(office) == []
    export(office.inst, office.agency, tmp_path / "out", progress=lambda _: None)
    definitions = sorted(path.name for path in (tmp_path / "out" / "types").iterdir())
    assert definitions == ["Sample-1.type.json", "Sample-2.type.json"]
    bundles = [path.read_bytes() for path in (tmp_path / "out" / "bundles").glob("*/*.bundle.json")]
    assert len(bundles) == 2
    assert results(office, *bundles) == [Result.VALID, Result.VALID]


def test_a_version_that_was_used_is_entered_again_and_does_not_come_back_into_force(office: Office) -> None:
    first = office.type
    move_on(office)
    assert add_type(office.inst, json.dumps(definition()).encode()) == first
    assert office.inst.records.type(first.type_id) == office.type


def test_a_version_has_one_meaning_and_may_have_better_labels(office: Office) -> None:
    document = definition()
    document["schema"]["properties"]["fullName"]["maxLength"] = 99
    with pytest.raises(Conflict) as caught:
        add_type(office.inst, json.dumps(document).encode())
    assert caught.value.code == "type.version-exists"
    document = definition()
    document["fields"]["fullName"]["label"]["en"] = "Name in full"
    relabelled = add_type(office.inst, json.dumps(document).encode())
    assert office.inst.records.type_versions() == [relabelled]
    assert relabelled.definition != office.type.definition


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_records_keep_every_version_of_a_type(name: str, tmp_path: Path) -> None:
    records = open_implementation(name, tmp_path)
    rows = [TypeRow(1, "A", version, f"https://a/{version}", version.encode()) for version in ("2", "10", "9")]
    for row in (*rows, TypeRow(2, "B", "1", "https://b/", b"b"), rows[2]):
        records.save_type(row)
    assert [row for row in records.type_versions() if row.type_id == 1] == rows
    assert records.type(1) == rows[2]
    assert [row.type_version for row in records.types()] == ["9", "1"]
    records.close()


def test_a_database_of_the_first_revision_keeps_its_types_and_finds_what_it_issued(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(FIRST_REVISION.read_text("utf-8"))
    path.chmod(0o600)
    records = open_records(f"sqlite:///{path}")
    [row] = records.type_versions()
    assert row == records.type(1) == TypeRow(1, "A", "1", "https://a/", b"a")
    found = records.by_status_entry(7, (7 << 32) + 1, 41, 1_790_000_000)
    assert found is not None
    assert found.business_number == "number-2"
    records.close()


# Drafts that were approved under an older version


def approved_under_the_old_version(office: Office, count: int = 3) -> list[str]:
    numbers = office.draft(count)
    move_on(office, required=("number", "fullName", "note"))
    return numbers


MAPPING = b"""
format = "onceledger-import-mapping"
version = 1
type = "Sample"
typeVersion = "2"
source = "again"
columns = { number = {}, fullName = {} }
fields = { number = { column = "number" }, fullName = { column = "fullName" }, note = { constant = "x" } }
"""


def bring_in_anew(office: Office, numbers: list[str]) -> None:
    report = import_register(
        records=office.inst.records,
        agency=office.agency,
        type_row=office.type,
        kind=parse_type(office.type.definition),
        mapping=parse_mapping(MAPPING, {}),
        register=Register(
            ".csv",
            bytes(32),
            ["number", "fullName"],
            [(row, {"number": number, "fullName": "张三"}) for row, number in enumerate(numbers, 2)],
        ),
        clerk="clerk",
        now=1_790_000_000,
    )
    assert (report.summary.accepted, report.summary.refused) == (len(numbers), 0)
    assert report.import_id is not None
    office.inst.records.approve(office.agency.agency_id, report.import_id, "reviewer")


def test_a_draft_that_the_new_version_refuses_is_named_by_import_and_row(office: Office) -> None:
    [fine] = office.draft(1)
    office.issue()
    approved_under_the_old_version(office)
    with pytest.raises(MalformedInput) as caught:
        office.issue()
    error = caught.value
    assert error.code == "issue.claims-break-schema"
    assert (error.detail["import_id"], error.detail["row"], error.detail["rule"]) == (2, 0, "required")
    assert "--import 2" in error.cure
    assert office.row(fine).state is State.PENDING_ANCHOR


def test_its_cure_can_be_done_the_import_is_rejected_and_its_numbers_come_in_anew(office: Office) -> None:
    numbers = approved_under_the_old_version(office)
    assert office.inst.records.reject_import(office.agency.agency_id, 1) == 3
    assert {office.row(number).state for number in numbers} == {State.REJECTED}
    assert office.issue() == 0
    bring_in_anew(office, numbers)
    assert office.issue() == 3
    office.anchor()
    rows = office.inst.records.by_number(office.agency.agency_id, office.type.type_id, numbers[0])
    assert [(row.version, row.state) for row in rows] == [(1, State.REJECTED), (2, State.ANCHORED)]
    status.change(office.inst, office.agency, office.type, numbers, Action.REVOKE, actor="reviewer")
    assert office.row(numbers[0]).state is State.REVOKED


def test_what_was_issued_of_an_import_is_not_rejected_with_the_rest(office: Office) -> None:
    [issued] = office.draft(1)
    office.issue()
    assert office.inst.records.reject_import(office.agency.agency_id, 1) == 0
    assert office.row(issued).state is State.PENDING_ANCHOR


def test_a_rejected_correction_leaves_the_way_free_for_another(office: Office) -> None:
    [number] = office.draft(1)
    office.issue()
    office.anchor()
    for version, name in ((2, "李四"), (3, "王五")):
        correction = status.Correction(number, None, {"fullName": name}, None)
        import_id, drafted = status.correct(office.inst, office.agency, office.type, correction, clerk="li")
        assert drafted == version
        if version == 2:
            assert office.inst.records.reject_import(office.agency.agency_id, import_id) == 1
    assert (
        office.row(number).supersedes
        == office.inst.records.by_number(office.agency.agency_id, office.type.type_id, number)[0].credential_pk
    )
