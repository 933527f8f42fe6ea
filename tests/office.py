"""A small installation for tests: real chain, store, records and keys in a folder, the root founded, one agency."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from small_type import definition

from adapters.bootstrap import Installation, create_installation, now, open_installation
from adapters.master_key import ScryptCost
from adapters.settings import Settings
from issuers.approve import approve
from ledger import canonical_json
from ledger.label import Label
from ledger.records import AgencyRow, CredentialRow, ImportRow, KeyRow, NewDraft, TypeRow
from offices.issuing import anchor_pending, issue_approved, publish_lists
from offices.root import NewAgency, accredit_agency, add_agency, add_type, found, new_key

CHEAP = ScryptCost(2, 1, 1)
HOST = "office.example"


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(data=folder, passphrase=SecretStr("a passphrase for tests"), **changes)


@dataclass
class Office:
    """An open installation with one accredited agency."""

    inst: Installation
    agency: AgencyRow
    type: TypeRow
    key: KeyRow
    numbers: int = 0

    def draft(self, count: int, **claims: Any) -> list[str]:
        """Import and approve ``count`` drafts; returns their business numbers."""
        numbers = [f"N-{self.numbers + at}" for at in range(count)]
        self.numbers += count
        drafts = [
            NewDraft(
                row=at,
                business_number=number,
                claims=canonical_json.canonicalize({"number": number, "fullName": "张三", **claims}),
                valid_from="2026-01-01T00:00:00+08:00",
                valid_until=None,
            )
            for at, number in enumerate(numbers)
        ]
        header = ImportRow(0, self.agency.agency_id, self.type.type_id, "test", bytes(32), "clerk", now(), 0, 0, b"{}")
        number = self.inst.records.add_import(header, iter([drafts]))
        approve(records=self.inst.records, agency_id=self.agency.agency_id, import_id=number, reviewer="reviewer")
        return numbers

    def issue(self) -> int:
        return issue_approved(self.inst, self.agency, self.type)

    def anchor(self) -> list[Any]:
        return anchor_pending(self.inst, self.agency)

    def publish(self) -> list[Any]:
        return publish_lists(self.inst, self.agency)

    def row(self, number: str) -> CredentialRow:
        return self.inst.records.by_number(self.agency.agency_id, self.type.type_id, number)[-1]


@contextmanager
def new_office(folder: Path, **changes: Any) -> Iterator[Office]:
    """Create and open."""
    chosen = settings(folder, **changes)
    create_installation(chosen, cost=CHEAP)
    with open_installation(chosen) as inst:
        found(inst)
        agency = add_agency(inst, NewAgency(HOST, Label("示例局", "Example office")))
        kind = add_type(inst, json.dumps(definition()).encode())
        accredit_agency(inst, agency.agency_id, kind.type_id)
        yield Office(inst, agency, kind, new_key(inst, agency))
