"""Settings, read from the environment (prefix ``ONCELEDGER_``) and nowhere else. ``docs/settings.md`` lists them all;
a test compares."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.errors import Misconfigured


class Settings(BaseSettings):
    """One field per setting. Secrets never appear in messages or in ``repr``."""

    model_config = SettingsConfigDict(env_prefix="ONCELEDGER_", extra="ignore", frozen=True)

    data: Path = Field(Path("onceledger-data"), description="Folder that holds everything of this installation.")
    passphrase: SecretStr | None = Field(
        None, description="Opens the key store. Or put it into the file named by PASSPHRASE_FILE."
    )
    passphrase_file: Path | None = Field(None, description="File whose first line is the passphrase.")
    database_url: str = Field("", description="Records database; empty: records.sqlite in the data folder.")
    chain_url: str = Field("", description="JSON-RPC address of a network's node; empty: the embedded chain.")
    chain_timeout: float = Field(
        10.0,
        gt=0,
        description="Seconds to wait for the node, and for each piece of its answer; the whole of it is due within six "
        "times that.",
    )
    validators: str = Field(
        "", description="Accounts (0x…, by commas) that seal the network's blocks, until a trust pack names them."
    )
    chain_id: int = Field(20161, gt=0, lt=2**53, description="Chain id of a new embedded chain.")
    tokens_file: Path | None = Field(
        None, description="Access tokens of the HTTP service; empty: tokens.json in the data folder."
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Address under which others reach this service.")
    context_base: str = Field(
        "https://root.onceledger.example", description="Address under which contexts of new types are named."
    )
    list_size: int = Field(
        131_072, ge=131_072, le=1 << 24, description="Entries of a new status list (whole chunks of 8,192)."
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that sign and seal; 1: none besides this one.")
    batch_seconds: int = Field(
        300, ge=1, le=86_400, description="The service anchors and publishes at fixed times, so many seconds apart."
    )
    batch_size: int = Field(
        10_000, ge=1, le=1_000_000, description="The service anchors as soon as so many are pending."
    )
    seen: Path | None = Field(
        None,
        description="Folder where verify remembers the newest trust pack of each pinned root, and how far it walked a "
        "network's chain; empty: onceledger in $XDG_STATE_HOME or ~/.local/state.",
    )
    max_body: int = Field(64 << 20, ge=1024, description="Largest request body in bytes.")
    language: str = Field("zh", pattern="^(zh|en)$", description="Language of messages for people: zh or en.")

    @property
    def records_url(self) -> str:
        """Address of the records database."""
        return self.database_url or f"sqlite:///{self.data / 'records.sqlite'}"

    @property
    def tokens_path(self) -> Path:
        """File of the access tokens."""
        return self.tokens_file or self.data / "tokens.json"

    @property
    def seen_folder(self) -> Path | None:
        """Where a verifier remembers trust packs (XDG Base Directory Specification); None for who has no home."""
        if self.seen is not None:
            return self.seen
        state = os.environ.get("XDG_STATE_HOME", "")
        try:
            base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
        except RuntimeError:
            return None
        return base / "onceledger"

    @property
    def exposed_passphrase_file(self) -> Path | None:
        """The file that the passphrase comes from, when its group or everybody may read it."""
        path = self.passphrase_file
        if path is None or self.passphrase is not None:
            return None
        try:
            return path if path.stat().st_mode & 0o044 else None
        except OSError:
            return None

    def secret(self) -> str:
        """The passphrase. Raises Misconfigured ``settings.no-passphrase``, and where a file of it is named
        ``settings.passphrase-file-missing``, ``-unreadable`` or ``-empty``."""
        if self.passphrase is not None:
            return self.passphrase.get_secret_value()
        if self.passphrase_file is not None:
            return _first_line(self.passphrase_file)
        raise Misconfigured(
            "settings.no-passphrase",
            "There is no passphrase to open the key store with.",
            "Set ONCELEDGER_PASSPHRASE, or ONCELEDGER_PASSPHRASE_FILE to a file whose first line is the passphrase.",
        )


def _first_line(path: Path) -> str:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise Misconfigured(
            "settings.passphrase-file-missing",
            f"The passphrase file {path} does not exist.",
            "Correct ONCELEDGER_PASSPHRASE_FILE, or write the passphrase into the first line of that file.",
            name=str(path),
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misconfigured(
            "settings.passphrase-file-unreadable",
            f"The passphrase file {path} cannot be read: {reason}.",
            "Check what it is and its permissions; it is a text file in UTF-8.",
            name=str(path),
        ) from None
    if not lines or not lines[0]:
        raise Misconfigured(
            "settings.passphrase-file-empty",
            f"The first line of the passphrase file {path} is empty.",
            "Write the passphrase into its first line.",
            name=str(path),
        )
    return lines[0]


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment; ``overrides`` are a door's own options (by field name, None left out).

    Raises Misconfigured ``settings.malformed`` that names the setting and the rule, never its value.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by pydantic in this very call
    except ValidationError as error:
        first = error.errors()[0]
        name = "ONCELEDGER_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Misconfigured(
            "settings.malformed", f"The setting {name} is not usable: {first['msg']}.", "See docs/settings.md."
        ) from None
