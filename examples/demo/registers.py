"""The registers of a run: the real one, the synthetic ones, and their further pages for what comes later."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from examples.chinese.generate import records, write_all
from examples.chinese.records import MAKERS
from examples.demo.founding import CHINESE, DOGS, TUCSON, Office
from ledger.records import TypeRow

REGISTER: Final = TUCSON / "tucson-2011-2015.tsv"

ISSUERS: Final = {
    "household-register": ("public-security", "HouseholdRegister"),
    "birth-certificate": ("health", "BirthCertificate"),
    "marriage-certificate": ("civil-affairs", "MarriageCertificate"),
    "degree-certificate": ("university", "DegreeCertificate"),
    "residence-permit": ("public-security", "ResidencePermit"),
    "business-licence-cn": ("market-regulation", "BusinessLicenceCN"),
    "real-estate-certificate": ("natural-resources", "RealEstateCertificate"),
    "social-insurance-record": ("human-resources", "SocialInsuranceRecord"),
}
"""Who issues from the register of each stem, and which type."""


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A register to bring in: ``rows`` in ``file``, of which ``mapping`` makes credentials of one type."""

    office: Office
    type_row: TypeRow
    file: Path
    mapping: Path
    rows: int


def tucson(offices: dict[str, Office], work: Path, rows: int | None) -> RegisterFile:
    """The real register, or its first ``rows``."""
    lines = REGISTER.read_text(encoding="utf-8").splitlines(keepends=True)
    file, count = REGISTER, len(lines) - 1
    if rows is not None and rows < count:
        file, count = work / REGISTER.name, rows
        file.write_text("".join(lines[: rows + 1]), encoding="utf-8")
    office = offices["tucson"]
    return RegisterFile(office, office.types["BusinessLicence"], file, TUCSON / "business-licence.mapping.toml", count)


def chinese(offices: dict[str, Office], work: Path, people: int, seed: int) -> list[RegisterFile]:
    """The eight synthetic registers, the residence permits as the workbook that an office would send."""
    folder = work / "registers"
    write_all(folder, people, seed)
    made = []
    for stem in MAKERS:
        ending = ".xlsx" if stem == "residence-permit" else ""
        mapping = CHINESE / f"{stem}{ending}.mapping.toml"
        made.append(_register(offices, stem, folder / f"{stem}{ending or '.jsonl'}", mapping, people))
    return made


def permits_as_csv(offices: dict[str, Office], work: Path, people: int) -> RegisterFile:
    """The residence permits once more, as CSV."""
    mapping = CHINESE / "residence-permit.csv.mapping.toml"
    return _register(offices, "residence-permit", work / "registers" / "residence-permit.csv", mapping, people)


def further(offices: dict[str, Office], work: Path, stem: str, seed: int, first: int, count: int) -> RegisterFile:
    """Records ``first`` to ``first + count`` of a synthetic register: those that come after what was brought in."""
    file = work / "registers" / f"{stem}-{first}.jsonl"
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        for record in islice(records(stem, first + count, seed), first, None):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return _register(offices, stem, file, CHINESE / f"{stem}.mapping.toml", count)


def dogs(offices: dict[str, Office]) -> RegisterFile:
    """Three dogs."""
    office, file = offices["dogs"], DOGS / "dogs.jsonl"
    count = len(file.read_text(encoding="utf-8").splitlines())
    return RegisterFile(office, office.types["DogLicence"], file, DOGS / "dog-licence.mapping.toml", count)


def _register(offices: dict[str, Office], stem: str, file: Path, mapping: Path, rows: int) -> RegisterFile:
    key, name = ISSUERS[stem]
    return RegisterFile(offices[key], offices[key].types[name], file, mapping, rows)
