from collections.abc import Iterator

import pytest

from common.observability import metrics
from tests.support.logs import Logs, captured_logs


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    with captured_logs() as lines:
        yield lines
    metrics.clear_metrics()
