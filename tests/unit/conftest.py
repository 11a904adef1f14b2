from collections.abc import Iterator

import pytest

from common.observability import metrics
from tests.support.logs import Logs, captured_logs


@pytest.fixture
def logs() -> Iterator[Logs]:
    with captured_logs() as lines:
        yield lines


@pytest.fixture(autouse=True)
def _no_metrics_left() -> Iterator[None]:
    yield
    metrics.clear_metrics()
