"""``onceledger init``: an installation is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_office import PASSPHRASE, office_files, run
from refusals import refused


@pytest.mark.parametrize("moves", range(5))
def test_an_init_that_is_cut_off_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int) -> None:
    """Killed between two of its moves; nothing but the moves is done then, and nothing of it is lost."""
    moved: list[Path] = []
    moving = Path.rename

    def deadly(path: Path, target: Path) -> Path:
        if len(moved) == moves:
            raise KeyboardInterrupt
        moved.append(path)
        return moving(path, target)

    data = tmp_path / "new"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", deadly)
        first = run("init", data=str(data), passphrase=PASSPHRASE)
    assert first.code == (130 if moves < 4 else 0)
    assert (data / "keys").exists() == (moves == 4)
    if moves < 4:
        refused(run("status", data=str(data), passphrase=PASSPHRASE), "installation.missing", 1)
        assert run("init", data=str(data), passphrase=PASSPHRASE).code == 0
    assert run("status", data=str(data), passphrase=PASSPHRASE).code == 0
    assert not (data / "installation.unfinished").exists()
    refused(run("init", data=str(data), passphrase=PASSPHRASE), "installation.exists", 1)


def test_an_installation_whose_keys_are_gone_is_not_made_anew(tmp_path: Path) -> None:
    files = office_files(tmp_path)
    (files.data / "keys").rename(tmp_path / "taken")
    refused(files.run("init"), "installation.exists", 1)
    (tmp_path / "taken").rename(files.data / "keys")
    assert files.run("status").code == 0
