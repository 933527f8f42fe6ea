"""A hostile administrator names nobody its own who did not offer that: other people's accounts stay free."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, new_office

from adapters.key_kinds import KeyKind
from authority import accounts
from authority.acts import admin_act
from ledger.errors import Conflict
from ledger.label import Label
from ledger.records import AgencyRow
from ledger.registry_calls import call
from offices.agencies import registry
from offices.members import as_root
from offices.root import NewAgency, add_agency, as_admin


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


def hostile(office: Office) -> AgencyRow:
    return add_agency(office.inst, NewAgency("dogs.example", Label("犬类", "Dogs")))


def account(office: Office, name: str) -> bytes:
    office.inst.keys.create(KeyKind.ACCOUNT, name)
    return office.inst.keys.account(name).address


@pytest.mark.parametrize("way", ["addSender(address)", "transferAdmin(address)"])
def test_an_account_that_offered_nothing_stays_free_for_the_root(office: Office, way: str) -> None:
    address, act = account(office, "new-member"), as_admin(office.inst, hostile(office))
    with pytest.raises(Conflict) as caught:
        act(call(way, address))
    assert caught.value.detail["name"] == "NotOffered"
    assert as_root(office.inst)(call("addMember(address)", address)).status
    assert address in registry(office.inst).members


def test_an_offer_to_one_agency_is_none_to_another(office: Office) -> None:
    inst, other = office.inst, hostile(office)
    address = account(office, "new-sender")
    own = admin_act(chain=inst.chain, contracts=inst.contracts(), sender=inst.sender("new-sender"))
    accounts.offer_service(act=own, agency_id=office.agency.agency_id)
    with pytest.raises(Conflict) as caught:
        accounts.add_sender(act=as_admin(inst, other), sender=address)
    assert caught.value.detail["name"] == "NotOffered"
    accounts.add_sender(act=as_admin(inst, office.agency), sender=address)
    assert address in registry(inst).agencies[office.agency.agency_id].senders
