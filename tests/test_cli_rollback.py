"""A verifier who names no file remembers trust packs all the same, and an older one fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_office import Outcome, run
from office import new_office

from ledger.trust_pack_signing import pinned_root
from offices import evidence
from offices.agencies import declare_compromise


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A bundle, and packs from before and after its key was declared compromised."""
    with new_office(tmp_path / "data") as office:
        office.draft(1)
        office.issue()
        office.anchor()
        office.publish()
        soon = datetime.now(UTC) + timedelta(days=7)
        old = evidence.make_trust_pack(office.inst, expires=soon, root_expires=soon)
        declare_compromise(office.inst, office.key.key_id, office.inst.chain.head().time - 3600)
        new = evidence.make_trust_pack(office.inst, expires=soon, root_expires=soon)
        bundle = evidence.bundle_of(office.inst, office.row("N-0"))
    for name, content in (("old", old), ("new", new), ("root", pinned_root(old)), ("bundle", bundle)):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def verified(files: Path, pack: str, *more: str | Path, **settings: str) -> Outcome:
    trust = ("--trust-pack", files / pack, "--root", files / "root", "--json")
    return run("verify", files / "bundle", *trust, *more, **settings)


def test_an_older_pack_fails_once_a_newer_one_was_seen(files: Path, state_folder: Path) -> None:
    first = verified(files, "old")
    assert (first.code, first.json["trustPack"]["remembered"]) == (0, True)
    assert verified(files, "new").code == 1
    again = verified(files, "old")
    assert again.code == 3
    assert again.json["trustPack"]["usable"] is False
    assert len(list((state_folder / "onceledger").iterdir())) == 1


def test_a_file_or_folder_of_ones_own_is_used_instead(files: Path, state_folder: Path) -> None:
    assert verified(files, "new", "--seen", files / "seen.json").code == 1
    assert verified(files, "old", "--seen", files / "other.json").code == 0
    assert verified(files, "new", seen=str(files / "mine")).code == 1
    assert verified(files, "old", seen=str(files / "mine")).code == 3
    assert not list(state_folder.iterdir())


def test_who_cannot_write_verifies_and_is_told(files: Path) -> None:
    (files / "blocked").write_text("a file where a folder should be")
    told = verified(files, "old", seen=str(files / "blocked"))
    assert (told.code, told.json["trustPack"]["remembered"]) == (0, False)
