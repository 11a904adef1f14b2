from collections.abc import Iterator

import pytest

import tests.support.patience  # noqa: F401 - importing it is its effect
from common.observability import metrics
from tests.support.logs import Logs, captured_logs


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    with captured_logs() as lines:
        yield lines
    metrics.clear_metrics()
