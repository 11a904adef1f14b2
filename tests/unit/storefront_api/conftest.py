import io
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.storefront_api.doubles import CATALOG, OrdersDouble, PublisherDouble

from common.observability import logger, metrics
from storefront_api.route import Api


@dataclass
class Storefront:
    """The API with doubles around it."""

    api: Api
    orders: OrdersDouble
    publisher: PublisherDouble
    logs: io.StringIO

    def answer(self, event: Mapping[str, Any], remaining_ms: Callable[[], int] = lambda: 10_000) -> dict[str, Any]:
        return self.api.answer(event, remaining_ms)


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that is logged, as the lines that CloudWatch would get."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)
    metrics.clear_metrics()


@pytest.fixture
def storefront(logs: io.StringIO) -> Storefront:
    orders, publisher = OrdersDouble(), PublisherDouble()
    return Storefront(Api(orders, CATALOG, publisher, "jwt"), orders, publisher, logs)
