from __future__ import annotations

from pathlib import Path

import pytest

from adapters.settings import read_settings
from ledger.errors import Misconfigured
from offices.explaining import explain


def test_settings_come_from_the_environment_and_doors_override_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCELEDGER_WORKERS", "3")
    monkeypatch.setenv("ONCELEDGER_DATA", "here")
    settings = read_settings(data=Path("there"), workers=None)
    assert (settings.workers, settings.data) == (3, Path("there"))


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "many"), ("LIST_SIZE", "100"), ("LANGUAGE", "fr")])
def test_an_unusable_setting_is_named_and_its_value_is_not(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ONCELEDGER_{name}", value)
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    assert caught.value.code == "settings.malformed"
    assert f"ONCELEDGER_{name}" in caught.value.cause
    assert value not in caught.value.cause


def test_the_passphrase_comes_from_the_environment_or_a_file_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "word").write_text("from a file\nsecond line\n", "utf-8")
    settings = read_settings(passphrase_file=tmp_path / "word")
    assert settings.secret() == "from a file"
    monkeypatch.setenv("ONCELEDGER_PASSPHRASE", "from the environment")
    settings = read_settings(passphrase_file=tmp_path / "word")
    assert settings.secret() == "from the environment"
    assert "from the environment" not in repr(settings)


def test_no_passphrase_is_said_with_its_cure() -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings().secret()
    assert caught.value.code == "settings.no-passphrase"
    assert "ONCELEDGER_PASSPHRASE" in caught.value.cure


@pytest.mark.parametrize(
    ("content", "what"), [(b"", "empty"), (b"\n", "empty"), (b"\xff\xfe", "unreadable"), (None, "missing")]
)
def test_what_is_wrong_with_a_passphrase_file_is_said(content: bytes | None, what: str, tmp_path: Path) -> None:
    path = tmp_path / "word"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        read_settings(passphrase_file=path).secret()
    assert caught.value.code == f"settings.passphrase-file-{what}"
    assert str(path) in caught.value.cause
    assert str(path) in explain(caught.value)[0].zh


def test_a_folder_is_no_passphrase_file(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings(passphrase_file=tmp_path).secret()
    assert caught.value.code == "settings.passphrase-file-unreadable"
