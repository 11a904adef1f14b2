"""The Hypothesis profile: no deadline, because the machine may be busy, and reproducible examples in CI.

Import this module to activate the profile."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "no-deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("no-deadline")
