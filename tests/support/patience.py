"""Property tests must not fail because the machine is busy: importing this makes hypothesis wait."""

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
