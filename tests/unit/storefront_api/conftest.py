from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from storefront_api.route import Api
from tests.support.doubles import PublisherDouble
from tests.support.logs import Logs
from tests.unit.storefront_api.doubles import CATALOG, OrdersDouble


@dataclass
class Storefront:
    """The API with doubles of its dependencies."""

    api: Api
    orders: OrdersDouble
    publisher: PublisherDouble
    logs: Logs

    def respond(self, event: Mapping[str, Any], remaining_ms: Callable[[], int] = lambda: 10_000) -> dict[str, Any]:
        return self.api.respond(event, remaining_ms)


@pytest.fixture
def storefront(logs: Logs) -> Storefront:
    orders, publisher = OrdersDouble(), PublisherDouble()
    return Storefront(Api(orders, CATALOG, publisher, "jwt"), orders, publisher, logs)
