"""Property tests must not fail because the machine is busy, nor pass or fail by chance where nobody can look again.

Importing this makes hypothesis wait, and under CI draw the same examples each time."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("patient")
