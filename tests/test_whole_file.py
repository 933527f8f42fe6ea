"""Files written whole, in folders where others may have laid something."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

import pytest

from api.tokens import Role, add_token
from cli.outputs import write_whole
from offices.whole_file import replace_whole


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A team's folder: everybody may write, and no sticky bit."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_laid_in_the_way_is_not_followed(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    monkeypatch.setattr(secrets, "token_hex", lambda _: "guessed")
    (shared / ".guessed.unfinished").symlink_to(victim)
    with pytest.raises(FileExistsError):
        replace_whole(shared / "pack.json", b"overwritten", mode=0o644)
    assert victim.read_text() == "precious"
    assert not (shared / "pack.json").exists()


def test_a_name_that_others_know_is_not_used(shared: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for name in ("pack.json", "tokens.json"):
        (shared / f".{name}.{os.getpid()}").symlink_to(victim)
    write_whole(shared / "pack.json", b"new")
    add_token(shared / "tokens.json", 1, Role.CLERK, "li", created=1)
    assert victim.read_text() == "precious"
    assert not (shared / "pack.json").is_symlink()


def test_a_private_file_is_its_owners_alone_whatever_lay_there(shared: Path) -> None:
    target, left = shared / "export.json", shared / f".export.json.{os.getpid()}"
    for path in (target, left):
        path.touch()
        path.chmod(0o666)
    write_whole(target, b"personal data", private=True)
    assert mode(target) == 0o600


def test_names_differ_and_nothing_is_left(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    opened = os.open

    def watched(path: Path, flags: int, mode: int = 0o777) -> int:
        seen.append(Path(path).name)
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", watched)
    for _ in range(2):
        write_whole(shared / "pack.json", b"new")
    assert len(set(seen)) == 2
    assert [path.name for path in shared.iterdir()] == ["pack.json"]


def test_after_an_error_nothing_is_left(shared: Path) -> None:
    (shared / "pack.json").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_whole(shared / "pack.json", b"new", mode=0o644)
    assert [path.name for path in shared.iterdir()] == ["pack.json"]
