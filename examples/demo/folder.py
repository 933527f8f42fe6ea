"""The folder of a run: it begins empty, and only a folder that a run made is ever deleted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The repository."""

MARKER: Final = ".onceledger-demo"

_NOTE: Final = "Made by `python -m examples.demo`, which deletes this whole folder when it runs again.\n"


class DemoFailed(Exception):
    """Something else came out than what must; the message says what, and where."""


class Folder:
    """Where things are in the folder of a run."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.installation = out / "installation"
        self.passphrase = out / "passphrase.txt"
        self.bundles = out / "bundles"
        self.refreshed = out / "refreshed"
        self.attacks = out / "attacks"
        self.certificates = out / "certificates"
        self.trust_pack = out / "trust-pack.json"
        self.trust_root = out / "trust-root.json"
        self.status_before = out / "status-before.pack"
        self.status_held = out / "status-held.pack"
        self.status_after = out / "status-after.pack"
        self.report = out / "report.json"
        self.work = out / "work"

    def begin(self) -> None:
        """Make the folder anew. Raises DemoFailed for one that holds something and was not made by a run."""
        if self.out.is_symlink() or (self.out.exists() and not self.out.is_dir()):
            raise DemoFailed(f"{self.out} is not a folder. Choose another one: --out FOLDER")
        if self.out.exists() and any(self.out.iterdir()):
            if not (self.out / MARKER).is_file():
                raise DemoFailed(f"{self.out} holds something that no run made. Choose another folder: --out FOLDER")
            shutil.rmtree(self.out)
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / MARKER).write_text(_NOTE, encoding="utf-8")
        for folder in (self.bundles, self.refreshed, self.attacks, self.certificates, self.work):
            folder.mkdir()

    def end(self) -> None:
        """Delete what is of no use to anybody who looks at the folder."""
        shutil.rmtree(self.work)


def write_json(path: Path, value: Any) -> None:
    """A JSON file for people."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
