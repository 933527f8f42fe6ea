"""No agency gets keys under the names of another's or of a member's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from office import HOST, Office, new_office

from ledger.errors import Conflict
from ledger.label import Label
from offices.members import add_member
from offices.root import NewAgency, add_agency

NAMES = Label("某局", "Some office")
LONG = "a" * 50


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with new_office(tmp_path_factory.mktemp("hosts") / "data") as opened:
        add_agency(opened.inst, NewAgency(f"{LONG}.example", NAMES))
        add_agency(opened.inst, NewAgency("port-80", NAMES))
        yield opened


@pytest.mark.parametrize(
    "host", ["root-1", "root-4", "root-4-v2", "root-9-pack", f"{HOST}-admin", f"{LONG}.test", "port:80"]
)
def test_a_host_whose_keys_would_be_others_is_refused_and_leaves_nothing(office: Office, host: str) -> None:
    keys, rows = office.inst.keys.entries(), office.inst.records.agencies()
    with pytest.raises(Conflict) as caught:
        add_agency(office.inst, NewAgency(host, NAMES))
    assert caught.value.code == "agency.host-taken"
    assert (office.inst.keys.entries(), office.inst.records.agencies()) == (keys, rows)


def test_entering_the_same_one_again_is_no_conflict_and_members_are_still_appointed(office: Office) -> None:
    again = add_agency(office.inst, NewAgency("port-80", NAMES))
    assert again in office.inst.records.agencies()
    assert add_member(office.inst) == "root-4"
