"""The command line in this process, and an installation with something in it, made once and copied for each test."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from office import new_office, settings
from typer.testing import CliRunner

from cli.main import app
from ledger.trust_pack_signing import pinned_root
from offices.evidence import bundle_of, make_trust_pack, status_pack_of

PASSPHRASE = settings(Path()).secret()
ISSUED = 6
NUMBERS = [f"N-{at}" for at in range(ISSUED)]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)  # type: ignore[no-any-return]  # the document on standard output

    @property
    def problem(self) -> dict[str, Any]:
        return json.loads(self.err)  # type: ignore[no-any-return]  # the document on standard error


def run(*arguments: str | Path, stdin: bytes = b"", language: str = "en", **environment: str) -> Outcome:
    """Run a command; ``environment`` are settings without their prefix."""
    chosen = {f"ONCELEDGER_{name.upper()}": value for name, value in environment.items()}
    chosen = {"ONCELEDGER_LANGUAGE": language, "COLUMNS": "120"} | chosen
    result = CliRunner(env=chosen).invoke(app, [str(one) for one in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Files:
    """An installation with six anchored certificates in ``data``, and what was handed out."""

    data: Path
    bundles: Path
    trust_pack: Path
    root: Path
    status_pack: Path

    def run(self, *arguments: str | Path, stdin: bytes = b"", language: str = "en", **environment: str) -> Outcome:
        """Run a command on the installation."""
        chosen = {"data": str(self.data), "passphrase": PASSPHRASE} | environment
        return run(*arguments, stdin=stdin, language=language, **chosen)

    def verify(self, *arguments: str | Path, language: str = "en") -> Outcome:
        """Verify with the packs handed out and without the installation."""
        trust = ("--trust-pack", self.trust_pack, "--root", self.root, "--status-pack", self.status_pack)
        return run("verify", *arguments, *trust, language=language)

    def bundle(self, number: int = 0) -> Path:
        """One of the bundles."""
        return sorted(self.bundles.iterdir())[number]


def office_files(folder: Path) -> Files:
    """A copy of its own in ``folder``."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return _named(folder)


def shared_files() -> Files:
    """For tests that change nothing."""
    return _named(_template())


def child_environment(**environment: str) -> dict[str, str]:
    """The environment of a subprocess: this one's without settings, and ``environment`` as settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONCELEDGER_")}
    return kept | {f"ONCELEDGER_{name.upper()}": value for name, value in environment.items()}


def _named(folder: Path) -> Files:
    names = ("data", "bundles", "trust-pack.json", "root.json", "status-pack.bin")
    return Files(*(folder / name for name in names))


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="onceledger-cli-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = _named(folder)
    made.bundles.mkdir()
    with new_office(made.data) as office:
        numbers = office.draft(ISSUED)
        office.issue()
        office.anchor()
        office.publish()
        now = datetime.now(UTC)
        pack = make_trust_pack(office.inst, expires=now + timedelta(days=7), root_expires=now + timedelta(days=365))
        made.trust_pack.write_bytes(pack)
        made.root.write_bytes(pinned_root(pack))
        made.status_pack.write_bytes(status_pack_of(office.inst))
        for number in numbers:
            (made.bundles / f"{number}.bundle.json").write_bytes(bundle_of(office.inst, office.row(number)))
    return folder
