"""Settings of all tests: no test is timed, so a slow machine fails none."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("onceledger", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onceledger")
