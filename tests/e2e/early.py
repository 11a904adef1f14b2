"""What takes minutes and waits most of them: begun as soon as the cloud is up, beside the tests that come first."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench import mixed_orders
from bench.mixed_orders import Outcome
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e import plans

if TYPE_CHECKING:
    from tests.e2e.conftest import Shop

MIXED_ORDERS = 100


@pytest.fixture(scope="session")
def mixed(cloud: LocalCloud) -> Iterator["Future[Outcome]"]:
    """Orders of every producer at once, with the simulators' disorder on: the other tests run beside real traffic."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(mixed_orders.run, cloud, MIXED_ORDERS)


@pytest.fixture(scope="session")
def unpaid(shop: "Shop") -> dict[str, Order]:
    """Orders whose payment never comes ("silent"), or comes when it is let go ("held")."""
    orders = {story: shop.new_order(story) for story in ("silent", "held")}
    for order in orders.values():
        shop.place(order)
    return orders


@dataclass
class Others:
    """Two teams' roots with states of their own, being applied or applied."""

    consumer: plans.Example
    producer: plans.Example
    applied: dict[str, "Future[dict[str, Any]]"]
    folder: Path
    pool: ThreadPoolExecutor
    left: bool = False

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """By root, once they are applied."""
        return {root: future.result() for root, future in self.applied.items()}

    def leave(self) -> None:
        wait(self.applied.values())
        list(self.pool.map(plans.Example.destroy, (self.consumer, self.producer)))
        self.left = True


@pytest.fixture(scope="session")
def joining(shop: "Shop", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    """Applied beside each other, as the teams would."""
    folder = tmp_path_factory.mktemp("standalone")
    roots = {name: plans.Example(f"standalone_{name}", shop.cloud, folder) for name in ("consumer", "producer")}
    with ThreadPoolExecutor(2) as pool:
        applied = {name: pool.submit(example.apply) for name, example in roots.items()}
        others = Others(**roots, applied=applied, folder=folder, pool=pool)
        try:
            yield others
        finally:
            if not others.left:
                others.leave()


@pytest.fixture(scope="session", autouse=True)
def _begin(request: pytest.FixtureRequest) -> None:
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    # The first needs no local cloud, so it is under way while that is applied.
    for name in ("elsewhere", "mixed", "joining", "every_option", "unpaid"):
        if name in wanted:
            request.getfixturevalue(name)
