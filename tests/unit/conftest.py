from collections.abc import Iterator

import pytest

import tests.support.hypothesis_profile  # noqa: F401 - importing it is its effect
from tests.support.logs import Logs, capture_logs, reset_metrics


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture(autouse=True)
def _reset_metrics_after_test() -> Iterator[None]:
    yield
    reset_metrics()
