"""Real bundles, trust packs and a status pack for tests, made once for a whole run by the product itself.

    pytest_plugins = ("issued_batch",)          # and import IssuedBatch under TYPE_CHECKING alone

    def test_something(issued: IssuedBatch) -> None:
        issued.bundles["revoked"]

Two agencies; seventy credentials of the first in one batch, some of which are then revoked, held, resumed, voided and
corrected; a checkpoint of the anchor log; and one more batch behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from office import Office, new_office

from adapters.bootstrap import Installation, now
from issuers.approve import approve
from ledger import canonical_json, trust_pack_signing
from ledger.credential_states import Action
from ledger.label import Label
from ledger.multikey import decode
from ledger.records import ImportRow, NewDraft
from ledger.status_pack import StatusPack
from ledger.status_pack import load as load_status_pack
from ledger.trust_description import TrustDescription
from ledger.trust_pack_signing import RootKeys, Signers
from ledger.verification import Verifier
from offices import evidence
from offices.issuing import anchor_pending, issue_approved, publish_lists
from offices.members import member_names
from offices.root import NewAgency, accredit_agency, add_agency, new_key
from offices.status import Correction, change, correct

BATCH = 70
LONG = timedelta(days=3650)
OTHER_HOST = "other.example"
FIRST, LATER, PAST = "2026-01-01T00:00:00+08:00", "2900-01-01T00:00:00+08:00", "2020-12-31T23:59:59+08:00"


@dataclass
class IssuedBatch:
    """``bundles`` by what they show (see ``names``); ``open_trust`` has no checkpoint, ``closed_trust`` one behind all
    but the last batch. ``now`` is a moment a little after the last block."""

    inst: Installation
    open_trust: TrustDescription
    closed_trust: TrustDescription
    first_status_pack: bytes
    status_pack: bytes
    signers: Signers
    now: datetime
    bundles: dict[str, bytes] = field(default_factory=dict)

    @property
    def pinned_root(self) -> bytes:
        """The root of all packs of ``pack_of``."""
        return trust_pack_signing.pinned_root(self.pack_of(self.open_trust))

    def pack_of(self, trust: TrustDescription, *, expires: datetime | None = None) -> bytes:
        """A first trust pack of that description, signed by all ministries."""
        root = RootKeys(tuple(self.signers), 2, self.now + LONG)
        return trust_pack_signing.make(trust, root=root, expires=expires or self.now + LONG, signers=self.signers)

    def statuses(self) -> StatusPack:
        """The newest status pack, read."""
        return load_status_pack(self.status_pack)

    def verifier(self, trust: TrustDescription | None = None, status: StatusPack | None = None) -> Verifier:
        """The product's verifier, without a checkpoint unless told otherwise."""
        return Verifier(trust or self.open_trust, now=self.now, status=status)


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IssuedBatch]:
    """The whole story, once; treat it as read only."""
    with new_office(tmp_path_factory.mktemp("issued") / "data") as office:
        yield _story(office)


def _story(office: Office) -> IssuedBatch:
    inst, found = office.inst, dict[str, bytes]()
    _draft(office, [f"N-{at}" for at in range(BATCH)])
    office.issue()
    found["not anchored"] = _bundle(office, "N-10")
    office.anchor()
    while now() <= inst.chain.head().time:  # a key can be compromised between anchor and status: seconds tell
        sleep(0.02)
    found["without status"] = _bundle(office, "N-10")
    office.publish()
    for number, name in (
        ("N-10", "in force, older status"),
        ("N-2", "revoked, older status"),
        ("N-3", "held, older status"),
    ):
        found[name] = _bundle(office, number)
    first_status_pack = evidence.status_pack_of(inst)
    _change(office, Action.REVOKE, "N-2")
    _change(office, Action.HOLD, "N-3", "N-5")
    _change(office, Action.VOID, "N-4")
    office.publish()
    found["held, to be resumed"] = _bundle(office, "N-5")
    _change(office, Action.RESUME, "N-5")
    _correct(office, "N-6")
    office.publish()
    _other_agency(office, found)
    keys = [inst.keys.root_key(f"{name}-pack") for name in member_names()]
    signers: Signers = {decode(key.multikey()): key.sign for key in keys}
    moment = datetime.now(UTC)
    evidence.make_trust_pack(inst, expires=moment + LONG, root_expires=moment + LONG)
    open_trust = _description(inst)
    names = {
        "expired": "N-0", "not valid yet": "N-1", "revoked": "N-2", "held": "N-3", "void": "N-4", "resumed": "N-5",
        "successor": "N-6", "in force": "N-10",
    }  # fmt: skip
    for name, number in names.items():
        found[name] = _bundle(office, number)
    rows = inst.records.by_number(office.agency.agency_id, office.type.type_id, "N-6")
    found["superseded"] = evidence.bundle_of(inst, rows[0])
    evidence.make_trust_pack(inst, expires=moment + LONG, root_expires=moment + LONG, close_log=True)
    closed_trust = _description(inst)
    for name in ("in force", "revoked", "superseded", "successor"):
        row = rows[0] if name == "superseded" else office.row(names[name])
        found[f"{name}, with history"] = evidence.bundle_of(inst, row)
    _draft(office, ["M-0"])
    office.issue()
    office.anchor()
    office.publish()
    found["after the checkpoint"] = _bundle(office, "M-0")
    return IssuedBatch(
        inst=inst,
        open_trust=open_trust,
        closed_trust=closed_trust,
        first_status_pack=first_status_pack,
        status_pack=evidence.status_pack_of(inst),
        signers=signers,
        now=datetime.fromtimestamp(max(inst.chain.head().time, now()) + 10, UTC),
        bundles=found,
    )


def _draft(office: Office, numbers: list[str]) -> None:
    drafts = [
        NewDraft(
            row=at,
            business_number=number,
            claims=canonical_json.canonicalize({"number": number, "fullName": "𠮷·買"}),
            valid_from=LATER if number == "N-1" else "2019-01-01T00:00:00+08:00" if number == "N-0" else FIRST,
            valid_until=PAST if number == "N-0" else "2800-12-31T23:59:59+08:00" if number == "N-10" else None,
        )
        for at, number in enumerate(numbers)
    ]
    header = ImportRow(0, office.agency.agency_id, office.type.type_id, "test", bytes(32), "clerk", now(), 0, 0, b"{}")
    number = office.inst.records.add_import(header, iter([drafts]))
    approve(records=office.inst.records, agency_id=office.agency.agency_id, import_id=number, reviewer="reviewer")


def _bundle(office: Office, number: str) -> bytes:
    return evidence.bundle_of(office.inst, office.row(number))


def _change(office: Office, action: Action, *numbers: str) -> None:
    change(office.inst, office.agency, office.type, numbers, action, actor="reviewer")


def _correct(office: Office, number: str) -> None:
    correction = Correction(number, None, {"fullName": "张四"}, None)
    import_id, _ = correct(office.inst, office.agency, office.type, correction, clerk="clerk")
    approve(records=office.inst.records, agency_id=office.agency.agency_id, import_id=import_id, reviewer="reviewer")
    office.issue()
    office.anchor()


def _other_agency(office: Office, found: dict[str, bytes]) -> None:
    inst = office.inst
    agency = add_agency(inst, NewAgency(OTHER_HOST, Label("另一局", "Other office")))
    accredit_agency(inst, agency.agency_id, office.type.type_id)
    other = Office(inst, agency, office.type, new_key(inst, agency))
    _draft(other, ["B-0"])
    issue_approved(inst, agency, office.type)
    anchor_pending(inst, agency)
    publish_lists(inst, agency)
    found["of another agency"] = _bundle(other, "B-0")


def _description(inst: Installation) -> TrustDescription:
    description = evidence.newest_description(inst)
    assert description is not None
    return description
