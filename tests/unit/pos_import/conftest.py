from collections.abc import Iterator

import pytest

from common.observability import metrics


@pytest.fixture(autouse=True)
def _no_metrics_left() -> Iterator[None]:
    yield
    metrics.clear_metrics()
