"""Restarting the local cloud and killing functions under load neither loses nor duplicates an order."""

import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bench.load import LoadRun
from orderflow_cli.demo import storefront
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e.alone.failure.workers import kill_busy_workers
from tests.e2e.conftest import record_used_grants, wait_for

MAX_ORDERS = 400
SHOPPER_COUNT, PAUSE_SECONDS = 2, 1.0
SCENARIOS = ("twice", "double", "decline")  # of the first orders; the others are paid
VISIBILITY_TIMEOUT_SECONDS = 8
QUIET_SECONDS = 180.0
KILLED_FUNCTIONS = ("recorder", "relay", "finance", "warehouse", "customer_service")


@pytest.fixture
def load(cloud: LocalCloud) -> Iterator[LoadRun]:
    """The load of this test, with a short visibility timeout, so that messages of a killed worker soon reappear."""
    load = LoadRun(cloud)
    sqs = cloud.client("sqs")
    urls = [load.cloud.queue_url(queue["name"]) for role, queue in load.outputs["queues"].items() if role != "unrouted"]
    name = "VisibilityTimeout"
    before = {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name] for url in urls}
    try:
        for url in urls:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(VISIBILITY_TIMEOUT_SECONDS)})
        yield load
    finally:
        for url, seconds in before.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes={name: seconds})


def test_every_order_is_settled_when_the_local_cloud_restarts(cloud: LocalCloud, load: LoadRun) -> None:
    with place_orders_in_background(load, 1):
        wait_for(lambda: len(load.items()) >= 8)
        with load.disabled_mappings("relay"):
            item_count = len(load.items())
            wait_for(lambda: len(load.items()) >= item_count + 4)  # only the stream contains the new ones
            accepted_count = len(load.accepted_ids)
            record_used_grants(cloud)
            cloud.stop()

            # Not `up`, which would repair what this test has changed.
            cloud.simulators.start()
            cloud.start()
            cloud.add_initial_data()
        wait_for(lambda: len(load.accepted_ids) >= accepted_count + 8)

    assert_settled(load)


def test_every_order_is_settled_when_each_polled_function_is_killed(cloud: LocalCloud, load: LoadRun) -> None:
    with place_orders_in_background(load, 2):
        wait_for(lambda: load.settled_count() >= 1)  # every function has a worker
        kill_busy_workers(cloud, KILLED_FUNCTIONS)

    assert_settled(load)


def assert_settled(load: LoadRun) -> None:
    assert load.wait_until_idle(QUIET_SECONDS)
    assert load.report().violations == []
    assert load.new_dead_letter_counts() == {}
    assert load.settled_count() == len(load.accepted_ids)


@contextmanager
def place_orders_in_background(load: LoadRun, random_seed: int) -> Iterator[None]:
    """Place orders while the block runs: each shopper places one after another, repeating each until it is accepted."""
    orders = load.orders(MAX_ORDERS, random_seed)
    load.set_scenario(orders, "capture")
    for order, scenario in zip(orders, SCENARIOS, strict=False):
        load.set_scenario([order], scenario)
    remaining_orders, stop_event = iter(orders), threading.Event()

    def shop() -> None:
        while not stop_event.wait(PAUSE_SECONDS):
            load.accepted_ids.add(_place_until_accepted(load, next(remaining_orders)))

    with ThreadPoolExecutor(SHOPPER_COUNT) as pool:
        shoppers = [pool.submit(shop) for _ in range(SHOPPER_COUNT)]
        try:
            yield
        finally:
            stop_event.set()
    for shopper in shoppers:
        shopper.result()


def _place_until_accepted(load: LoadRun, order: Order, seconds: float = 120.0) -> str:
    """Place the order, repeating the request until the storefront answers 202, and return the order's id."""
    deadline = time.monotonic() + seconds
    last_result: object = None
    while time.monotonic() < deadline:
        try:
            answer = storefront.place(load.url, order)
        except (OSError, http.client.HTTPException) as error:
            last_result = error
        else:
            if answer.status == 202:
                return str(answer.document["order_id"])
            last_result = answer
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"the order was never accepted: {last_result}")
