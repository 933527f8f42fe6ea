"""Which root an installation trusts, and how many of its members a pack needs: neither a pack nor a node decides it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import Office, new_office

from adapters.bootstrap import TRUST_PACK_NOTE
from ledger import canonical_json, trust_pack, trust_pack_signing
from ledger.errors import MalformedInput, NotFound, NotPermitted
from ledger.multikey import decode
from ledger.trust_pack_files import read, signed_part, write
from offices import members
from offices.evidence import keep_next_pack, keep_trust_pack, make_trust_pack, newest_pack
from offices.root_pin import keep_pack, pinned_root

LONG = timedelta(days=30)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as opened:
        yield opened


def make(office: Office, *agreeing: str, **options: Any) -> bytes:
    until = datetime.now(UTC) + LONG
    return make_trust_pack(office.inst, expires=until, root_expires=until, members=agreeing or None, **options)


def with_first_root(pack: bytes, root: bytes) -> bytes:
    """``pack`` in which another root stands as the first."""
    members_of = json.loads(pack)
    members_of["root"][0] = root.decode()
    return canonical_json.canonicalize(members_of)


def strangers_root(tmp_path: Path) -> bytes:
    with new_office(tmp_path / "stranger") as stranger:
        return trust_pack_signing.pinned_root(make(stranger))


def signers_of(office: Office, pack: bytes) -> set[str]:
    """Names of the pack keys that signed the timestamp."""
    names = {decode(office.inst.keys.root_key(f"root-{n}-pack").multikey()).hex(): f"root-{n}" for n in (1, 2, 3)}
    root = signed_part(read(pack).roots[-1])
    signed = {one["keyid"] for one in json.loads(read(pack).timestamp)["signatures"] if one["sig"]}
    return {names[root["keys"][key_id]["keyval"]["public"]] for key_id in signed}


def test_a_pack_with_a_strangers_first_root_changes_no_pin(office: Office, tmp_path: Path) -> None:
    pack = make(office)
    pin, now = pinned_root(office.inst), datetime.now(UTC)
    assert pin == trust_pack_signing.pinned_root(pack)
    swapped = with_first_root(pack, strangers_root(tmp_path))
    for keep in (
        lambda: keep_next_pack(office.inst, swapped, now=now),
        lambda: keep_trust_pack(office.inst, swapped, pinned_root=pin, now=now),
    ):
        with pytest.raises(MalformedInput) as caught:
            keep()
        assert caught.value.code == "trust-pack.other-root"
    assert newest_pack(office.inst) == pack
    # even if one were kept in some other way, the pin is not read out of it
    keep_pack(office.inst, swapped)
    assert pinned_root(office.inst) == pin


def test_the_pin_may_be_written_in_another_way_or_be_a_later_root(office: Office) -> None:
    pack = make(office)
    now = datetime.now(UTC)
    pretty = json.dumps(json.loads(pinned_root(office.inst)), indent=2).encode()
    assert trust_pack.load(pack, pinned_root=pretty, now=now).seen.root == 1
    members.rotate_member(office.inst, "root-1")
    second = trust_pack_signing.pinned_root(make(office), 2)
    keep_trust_pack(office.inst, newest_pack(office.inst), pinned_root=second, now=now)
    assert pinned_root(office.inst) == second
    files = read(newest_pack(office.inst))
    older = write(type(files)((files.roots[0],), files.timestamp, files.snapshot, files.targets, files.trust))
    with pytest.raises(MalformedInput) as caught:
        trust_pack.load(older, pinned_root=second, now=now)
    assert caught.value.code == "trust-pack.rolled-back"


def test_an_installation_from_before_pins_what_its_own_pack_began_with(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        pinned_root(office.inst)
    with new_office(tmp_path / "older") as older:
        pack = make(older)
    keep_pack(office.inst, pack)  # as it was done before there was a pin
    assert pinned_root(office.inst) == trust_pack_signing.pinned_root(pack)


def test_only_those_who_agree_sign(office: Office) -> None:
    assert signers_of(office, make(office, "root-1", "root-3")) == {"root-1", "root-3"}
    assert len(json.loads(pinned_root(office.inst))["signed"]["keys"]) == 3
    assert signers_of(office, make(office, "root-2", "root-3")) == {"root-2", "root-3"}


@pytest.mark.parametrize("is_first", [True, False])
def test_too_few_make_no_pack_whatever_a_node_says(
    office: Office, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    if not is_first:
        make(office)
    before = office.inst.records.note(TRUST_PACK_NOTE)
    monkeypatch.setattr(members, "threshold", lambda inst: 1)
    with pytest.raises(NotPermitted) as caught:
        members.agreeing(office.inst, ["root-1"])
    assert caught.value.code == "root.members-must-agree"
    with pytest.raises(NotPermitted) as refused:
        make(office, "root-1")
    assert refused.value.code == "trust-pack.too-few-signers"
    assert office.inst.records.note(TRUST_PACK_NOTE) == before


def test_a_ministry_whose_keys_were_replaced_agrees_with_its_former_one_too(office: Office) -> None:
    make(office)
    pin = pinned_root(office.inst)
    assert members.rotate_member(office.inst, "root-1") == "root-1-v2"
    pack = make(office, "root-1-v2", "root-2")
    assert trust_pack.load(pack, pinned_root=pin, now=datetime.now(UTC)).seen.root == 2
    members.add_member(office.inst)
    # a dismissed member's key counts for nothing in the pack that follows its dismissal's
    members.remove_member(office.inst, "root-3")
    make(office, "root-1-v2", "root-2")
    with pytest.raises(NotPermitted) as caught:
        make(office, "root-2", "root-3")
    assert caught.value.code == "trust-pack.too-few-signers"
