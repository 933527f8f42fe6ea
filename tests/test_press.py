"""Several processes issue what one process issues."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import CHEAP, new_office, settings

from adapters.bootstrap import create_installation, open_installation
from ledger.credential_states import State
from ledger.errors import Conflict, NotFound


def test_two_workers_issue_everything_once(tmp_path: Path) -> None:
    with new_office(tmp_path / "data", workers=2) as office:
        numbers = office.draft(60)
        assert office.issue() == 60
        (batch,) = office.anchor()
        assert batch.credentials == 60
        rows = [office.row(number) for number in numbers]
        assert {row.state for row in rows} == {State.ANCHORED}
        assert len({row.leaf for row in rows}) == 60


def test_an_installation_is_made_once(tmp_path: Path) -> None:
    create_installation(settings(tmp_path / "data"), cost=CHEAP)
    with pytest.raises(Conflict) as caught:
        create_installation(settings(tmp_path / "data"), cost=CHEAP)
    assert caught.value.code == "installation.exists"


def test_a_missing_installation_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught, open_installation(settings(tmp_path / "none")):
        pass
    assert "onceledger init" in caught.value.cure
