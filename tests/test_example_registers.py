"""The registers under ``examples/``: the real one gives the documented figures, the synthetic ones are all right and
all say that they are synthetic."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters.row_files import open_rows
from examples.chinese import people
from examples.chinese.generate import PERMIT_COLUMNS, records, write_all
from examples.chinese.people import AREA
from examples.chinese.records import MAKERS
from examples.demo.changes import CORRECTED_CODE, CORRECTED_NAME
from examples.demo.registers import REGISTER
from issuers.check_rows import Draft, RefusedRow, Summary, check_rows
from issuers.parse_mapping import code_list_names, parse_mapping
from ledger.china_identifiers import is_credit_code, is_resident_id
from ledger.credential_type import CredentialType, parse_type

EXAMPLES = Path(__file__).parent.parent / "examples"
TUCSON, CHINESE = EXAMPLES / "tucson", EXAMPLES / "chinese"
COUNT = 60


def load_type(path: Path) -> CredentialType:
    return parse_type(path.read_bytes())


def outcomes(
    register: Path, type_file: Path, mapping_file: Path, agency: str
) -> tuple[Summary, list[Draft | RefusedRow]]:
    data = mapping_file.read_bytes()
    mapping = parse_mapping(data, {name: (mapping_file.parent / name).read_bytes() for name in code_list_names(data)})
    with open_rows(register) as file:
        checked = check_rows(
            file.rows, header=file.header, mapping=mapping, credential_type=load_type(type_file), agency=agency
        )
        found = list(checked)
    return checked.summary, found


@pytest.fixture(scope="module")
def tucson() -> tuple[Summary, list[Draft | RefusedRow]]:
    return outcomes(
        TUCSON / "tucson-2011-2015.tsv",
        TUCSON / "business-licence.type.json",
        TUCSON / "business-licence.mapping.toml",
        "tucson.example",
    )


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registers")
    write_all(folder, COUNT)
    return folder


def test_tucson_figures(tucson: tuple[Summary, list[Draft | RefusedRow]]) -> None:
    summary, _ = tucson
    assert (summary.rows, summary.accepted, summary.refused, summary.duplicates) == (7975, 7946, 29, 8)
    assert summary.by_rule == {
        (None, None, "duplicate-row"): 8,
        ("Activity_Code_2", "activityCodes/1", "enum"): 1,
        ("Activity_Code_3", "activityCodes/2", "enum"): 14,
        ("City", "city", "pattern"): 2,
        ("Owner_Type", "ownerType", "enum"): 1,
        ("State", "state", "pattern"): 1,
        ("Zip_Code", "postalCode", "pattern"): 2,
    }


def test_tucson_figures_stand_in_its_readme(tucson: tuple[Summary, list[Draft | RefusedRow]]) -> None:
    summary, found = tucson
    text = (TUCSON / "README.md").read_text(encoding="utf-8")
    for figure in (summary.rows, summary.accepted, summary.refused):
        assert f"{figure:,}" in text
    for outcome in found:
        if isinstance(outcome, RefusedRow):
            assert str(outcome.row) in text


def test_tucson_repeated_rows_name_the_row_they_repeat(tucson: tuple[Summary, list[Draft | RefusedRow]]) -> None:
    repeated = {
        outcome.row: outcome.findings[0].first_row
        for outcome in tucson[1]
        if isinstance(outcome, RefusedRow) and outcome.findings[0].rule == "duplicate-row"
    }
    assert repeated == {469: 462, 2058: 2056, 3751: 3749, 6375: 6368, 6615: 6612, 6618: 6612, 7029: 7028, 7550: 7548}


def test_tucson_drafts(tucson: tuple[Summary, list[Draft | RefusedRow]]) -> None:
    drafts = [outcome for outcome in tucson[1] if isinstance(outcome, Draft)]
    assert drafts[0] == Draft(
        row=2,
        business_number="tucson.example/tucson-2011-2015/2",
        subject={
            "businessName": "HECHO A MANO",
            "licenceType": "PLL",
            "ownerType": "SOL",
            "acceptedOn": "2011-01-12",
            "startedOn": "2011-01-15",
            "streetAddress": "S 6TH AV",
            "city": "TUCSON",
            "state": "AZ",
            "postalCode": "85706",
        },
        valid_from="2011-01-12T00:00:00-07:00",
        valid_until=None,
    )
    assert Counter(len(draft.subject) for draft in drafts).most_common(1)[0][0] == 11


def test_tucson_code_lists_are_the_enumerations_of_the_type() -> None:
    kind = load_type(TUCSON / "business-licence.type.json")
    lists = {"licenceType": "license-type.txt", "ownerType": "owner-type.txt", "activityCodes": "activity-codes.txt"}
    for field, name in lists.items():
        lines = (TUCSON / name).read_text(encoding="utf-8").splitlines()[1:]
        assert {line.split("\t")[0]: line.split("\t")[1] for line in lines} == {
            code: label.en for code, label in kind.fields[field].values.items()
        }


@pytest.mark.parametrize("stem", sorted(MAKERS))
def test_synthetic_register_is_accepted_whole(stem: str, registers: Path) -> None:
    summary, found = outcomes(
        registers / f"{stem}.jsonl", CHINESE / f"{stem}.type.json", CHINESE / f"{stem}.mapping.toml", "a.example"
    )
    assert (summary.accepted, summary.refused) == (COUNT, 0)
    assert all(isinstance(draft, Draft) and draft.valid_from for draft in found)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_office_export_gives_the_same_drafts_as_jsonl(kind: str, registers: Path) -> None:
    type_file = CHINESE / "residence-permit.type.json"
    _, plain = outcomes(
        registers / "residence-permit.jsonl", type_file, CHINESE / "residence-permit.mapping.toml", "a.example"
    )
    _, exported = outcomes(
        registers / f"residence-permit.{kind}",
        type_file,
        CHINESE / f"residence-permit.{kind}.mapping.toml",
        "a.example",
    )
    assert [draft[1:] for draft in exported if isinstance(draft, Draft)] == [
        draft[1:] for draft in plain if isinstance(draft, Draft)
    ]


def test_residence_permit_holds_one_year(registers: Path) -> None:
    _, found = outcomes(
        registers / "residence-permit.jsonl",
        CHINESE / "residence-permit.type.json",
        CHINESE / "residence-permit.mapping.toml",
        "a.example",
    )
    draft = found[0]
    assert isinstance(draft, Draft)
    assert draft.valid_from is not None
    assert draft.valid_until is not None
    assert draft.valid_until.endswith("T23:59:59+08:00")
    assert int(draft.valid_until[:4]) - int(draft.valid_from[:4]) in (0, 1)


def test_every_synthetic_record_says_so_and_has_numbers_nobody_can_have() -> None:
    text = json.dumps([record for stem in MAKERS for record in records(stem, COUNT)], ensure_ascii=False)
    everything = json.loads(text)
    assert all("合成数据" in record["note"] for record in everything)
    identifiers = list(_values(everything, {"residentId", "headResidentId", "holderResidentId"}))
    assert all(is_resident_id(number) and number.startswith(AREA) for number in identifiers)
    companies = list(_values(everything, {"creditCode", "employerCreditCode"}))
    assert all(is_credit_code(code) and code[2:8] == AREA for code in companies)
    assert len(companies) >= COUNT
    for character in ("𠮷", "䶮", "㛃", "·"):
        assert character in text


def test_the_same_seed_gives_the_same_people() -> None:
    for stem in MAKERS:
        assert list(records(stem, 5)) == list(records(stem, 5))
        assert list(records(stem, 5)) == list(records(stem, 9))[:5]
        assert list(records(stem, 5, seed=1)) != list(records(stem, 5, seed=2))


def test_every_type_has_one_issuer_in_agencies() -> None:
    agencies = json.loads((CHINESE / "agencies.json").read_text(encoding="utf-8"))["agencies"]
    agencies += json.loads((TUCSON / "agency.json").read_text(encoding="utf-8"))["agencies"]
    issued = [name for agency in agencies for name in agency["types"]]
    files = [*CHINESE.glob("*.type.json"), *TUCSON.glob("*.type.json")]
    assert sorted(issued) == sorted(load_type(path).name for path in files)
    assert len(files) == 9
    keys = {agency["key"] for agency in agencies}
    assert all(agency["accreditor"] is None or agency["accreditor"] in keys for agency in agencies)
    assert all(agency["did"] == f"did:web:{agency['host']}" for agency in agencies)
    assert all(agency["host"].endswith(".example") for agency in agencies)


def test_office_columns_cover_the_type() -> None:
    assert set(PERMIT_COLUMNS.values()) == set(load_type(CHINESE / "residence-permit.type.json").schema.fields)


def _values(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in names:
                yield inner
            else:
                yield from _values(inner, names)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, names)


def test_the_corrections_of_the_demonstration_always_correct_something() -> None:
    with REGISTER.open(encoding="utf-8", newline="") as lines:
        codes = {row["NAICS_Code"] for row in csv.DictReader(lines, delimiter="\t")}
    assert "999999" in codes  # it is this column
    assert CORRECTED_CODE not in codes
    surnames = (*people._SURNAMES, *people._COMPOUND, *(name for name, _, _ in people._DOTTED))
    assert not CORRECTED_NAME.startswith(surnames)
