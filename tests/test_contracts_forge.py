"""The contracts' own tests (unit, owner, fuzz, invariant, gas) run by forge, when npm is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"


def test_the_contracts_pass_their_own_tests() -> None:
    if shutil.which("npm") is None:
        assert os.environ.get("CI") != "true", "npm is missing: under CI=true the contracts' tests must run"
        pytest.skip("npm is missing: the contracts' own tests were not run (install Node.js, then `make test`)")
    done = subprocess.run(
        ["sh", "scripts/test.sh"], cwd=CONTRACTS, capture_output=True, text=True, check=False, timeout=3000
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    assert "0 failed" in done.stdout
