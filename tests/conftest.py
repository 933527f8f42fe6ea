"""Settings of all tests: no test is timed, so a slow machine fails none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("onceledger", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onceledger")


@pytest.fixture(autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a verifier remembers by itself is each test's own, and never that of who runs the tests."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder
