"""Five revoked, one held and resumed, one superseded by a corrected one, one voided: in each of the two sets."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.bootstrap import Installation, now
from examples.demo.issuing import CLERK, REVIEWER
from examples.demo.papers import Paper
from examples.demo.registers import REGISTER
from issuers.approve import approve
from ledger.credential_states import Action
from offices import status

REVOKED: Final = 5

CORRECTED_CODE: Final = "999998"
CORRECTED_NAME: Final = "秦㛃"
"""No row of the register has this code, and no generated person this surname: whichever certificate the lot falls on,
the correction says something else than it does."""

_MISSPELT: Final = ("TUSCON", "TUCON", "TUCSN")
_REVOKED_TYPES: Final = (
    "HouseholdRegister",
    "BirthCertificate",
    "BusinessLicenceCN",
    "SocialInsuranceRecord",
    "ResidencePermit",
)


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a paper. ``reason`` is revoked, held, superseded or void; ``since`` and ``until`` as the office
    knows them, in Unix seconds."""

    paper: Paper
    reason: str
    since: int
    until: int | None = None

    def speaks(self, at: datetime) -> str | None:
        """The reason why the certificate does not count at ``at`` because of this change. Void counts always."""
        if self.reason == "void":
            return "status.void"
        moment = int(at.timestamp())
        if moment < self.since or (self.until is not None and moment >= self.until):
            return None
        return f"status.{self.reason}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom the changes of one set meet, and the claims that the correction corrects."""

    revoked: Sequence[Paper]
    held: Paper
    superseded: Paper
    voided: Paper
    corrections: dict[str, Any]


def choose_of_register(papers: Sequence[Paper], random: Random) -> Chosen:
    """Of the real register: by lot, and for the correction a city that the register misspells, if the rows have one."""
    wrong = _misspelt_rows()
    misspelt = next((paper for paper in papers if paper.row.source_row in wrong), None)
    rest = [paper for paper in papers if paper is not misspelt]
    lot = random.sample(rest, REVOKED + 3)
    return Chosen(
        revoked=lot[:REVOKED],
        held=lot[REVOKED],
        superseded=misspelt or lot[REVOKED + 1],
        voided=lot[REVOKED + 2],
        corrections={"city": "TUCSON"} if misspelt is not None else {"naicsCode": CORRECTED_CODE},
    )


def choose_of_people(papers: Sequence[Paper], random: Random) -> Chosen:
    """Of the eight synthetic sets: one of each type, by lot. The correction gives a name the character that the old
    system did not have."""

    def one(type_name: str) -> Paper:
        return random.choice([paper for paper in papers if paper.type_name == type_name])

    return Chosen(
        revoked=[one(name) for name in _REVOKED_TYPES],
        held=one("MarriageCertificate"),
        superseded=one("DegreeCertificate"),
        voided=one("RealEstateCertificate"),
        corrections={"fullName": CORRECTED_NAME},
    )


def hold(inst: Installation, chosen: Iterable[Chosen]) -> list[Change]:
    """Hold one of each set. The lists are published by the caller."""
    return [Change(one.held, "held", _act(inst, [one.held], Action.HOLD)) for one in chosen]


def resume_and_change(inst: Installation, chosen: Iterable[Chosen], held: Iterable[Change]) -> list[Change]:
    """Resume what is held; revoke, void, and draft the corrections and have them approved. A superseded certificate
    counts until its successor is anchored."""
    made = [replace(change, until=_act(inst, [change.paper], Action.RESUME)) for change in held]
    for one in chosen:
        since = _act(inst, one.revoked, Action.REVOKE)
        made += [Change(paper, "revoked", since) for paper in one.revoked]
        made.append(Change(one.voided, "void", _act(inst, [one.voided], Action.VOID)))
        _draft_correction(inst, one)
        made.append(Change(one.superseded, "superseded", now()))
    return made


def next_second() -> datetime:
    """Wait for it: dates on the chain are whole seconds, and what happens in one and the same has no before."""
    at = now()
    while now() == at:
        time.sleep(0.02)
    return datetime.fromtimestamp(now(), UTC)


def expectations(papers: Iterable[Paper], changes: Iterable[Change], at: datetime | date) -> dict[str, set[str]]:
    """The objections that every paper must meet at a moment, or at the end of a day in the zone of its type."""
    by_name = {change.paper.name: change for change in changes}
    expected = {}
    for paper in papers:
        change = by_name.get(paper.name)
        moment = at if isinstance(at, datetime) else _end_of(at, paper.zone)
        spoken = (paper.dates_speak(moment), change.speaks(moment) if change else None)
        expected[paper.name] = {code for code in spoken if code}
    return expected


def _end_of(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZoneInfo(zone))


def _act(inst: Installation, papers: Sequence[Paper], action: Action) -> int:
    """Do ``action`` to ``papers``, in bulk where they are of one office and type; returns when it began."""
    at = now()
    numbers: dict[tuple[int, int], list[str]] = {}
    for paper in papers:
        numbers.setdefault((paper.row.agency_id, paper.row.type_id), []).append(paper.row.business_number)
    for (agency_id, type_id), chosen in numbers.items():
        agency, type_row = inst.records.agency(agency_id), inst.records.type(type_id)
        status.change(inst, agency, type_row, chosen, action, actor=REVIEWER)
    return at


def _draft_correction(inst: Installation, chosen: Chosen) -> None:
    row = chosen.superseded.row
    agency, type_row = inst.records.agency(row.agency_id), inst.records.type(row.type_id)
    correction = status.Correction(row.business_number, None, chosen.corrections, None)
    import_id, _ = status.correct(inst, agency, type_row, correction, clerk=CLERK)
    approve(records=inst.records, agency_id=row.agency_id, import_id=import_id, reviewer=REVIEWER)


def _misspelt_rows() -> set[int]:
    """Rows whose city is misspelt, numbered as a spreadsheet program does."""
    with REGISTER.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {number for number, row in enumerate(rows, 2) if row["City"].upper() in _MISSPELT}
