"""Local clouds for the session, with their own folders and ports: one for each folder in alone/, whose files run one
after the other, and one for all other files, of which those in minutes/ run concurrently.

Tests share only the applied stack: every order has its own customer and Idempotency-Key."""

import fcntl
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from contracts import ids
from dev.evidence.page import REPORTS
from dev.permissions import ledger
from orderflow_cli import LOCAL_FOLDER
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from orderflow_cli.environments import from_local_cloud
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.simulators import PAYMENT_PROVIDER
from orderflow_cli.observe import snapshot
from orderflow_cli.observe.events import Event, EventQueue, open_event_queue

LOCAL_CLOUDS_FOLDER = LOCAL_FOLDER / "e2e"
USED_GRANTS_FILE = "used-grants.json"
E2E_TESTS_FOLDER = Path(__file__).parent
FIRST_PORT = int(os.environ.get("ORDERFLOW_E2E_PORT", "4586"))
TIMEOUT_SECONDS = 180.0
# On busy processors a cold function may have no time for a message, which then waits for the visibility timeout (60 s).
os.environ |= {"TF_VAR_payment_term_seconds": "90"}
ADDRESS = {"name": "A. Customer", "line1": "Test Street 1", "postal_code": "20095", "city": "Hamburg", "country": "DE"}


@dataclass
class Shop:
    """The running system, with the operations that tests share."""

    cloud: LocalCloud
    outputs: dict[str, Any]

    @property
    def url(self) -> str:
        return self.cloud.http_api_url(self.outputs["storefront_api_id"])

    def new_order(self, scenario: str = "capture", lines: list[dict[str, Any]] | None = None, **changes: Any) -> Order:
        """Create a unique order and set the payment provider's scenario for it."""
        unique_suffix = uuid.uuid4().hex
        body = {
            "channel": "web",
            "lines": lines or [{"sku": min(seed.prices()), "quantity": 2}],
            "shipping_address": ADDRESS,
            **changes,
        }
        order = Order(f"customer-{unique_suffix[:12]}", f"key-{unique_suffix}", body, scenario)
        self.cloud.simulators.call(PAYMENT_PROVIDER, "PUT", "/scenarios", {order_id(order): scenario})
        return order

    def place(self, order: Order) -> Response:
        return storefront.place(self.url, order)

    def order(self, order_id: str) -> dict[str, Any] | None:
        return self._item("orders", {"order_id": order_id})

    def reservation(self, order_id: str) -> dict[str, Any] | None:
        return self._item("stock", {"pk": f"order#{order_id}"})

    def ledger(self, order_id: str) -> list[dict[str, Any]]:
        return self._query("ledger", order_id)

    def cases(self, order_id: str) -> list[dict[str, Any]]:
        return self._query("cases", order_id)

    def book(self, order_id: str, kind: str) -> list[dict[str, Any]]:
        entries = self.cloud.simulators.book(PAYMENT_PROVIDER)["entries"]
        return [entry for entry in entries if entry["kind"] == kind and entry["order_id"] == order_id]

    def wait_for_status(self, order_id: str, status: str, seconds: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """Return the order once it has the status; fail with its actual status after a timeout."""

        def matching_order() -> dict[str, Any] | None:
            order = self.order(order_id)
            return order if order is not None and order["status"] == status else None

        return wait_for(matching_order, seconds, lambda: f"{order_id} is {(self.order(order_id) or {}).get('status')}")

    def _item(self, table: str, key: dict[str, str]) -> dict[str, Any] | None:
        response = self.cloud.client("dynamodb").get_item(
            TableName=self.outputs["tables"][table],
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
        )
        return snapshot.to_plain_item(response["Item"]) if "Item" in response else None

    def _query(self, table: str, order_id: str) -> list[dict[str, Any]]:
        response = self.cloud.client("dynamodb").query(
            TableName=self.outputs["tables"][table],
            KeyConditionExpression="order_id = :order_id",
            ExpressionAttributeValues={":order_id": {"S": order_id}},
            ConsistentRead=True,
        )
        return [snapshot.to_plain_item(item) for item in response["Items"]]


def bus_events(event_queue: EventQueue) -> list[Event]:
    """Return the events on the bus since the last call."""
    batches = iter(lambda: list(event_queue.events()), [])
    return [event for batch in batches for event in batch if event.carrier == "bus"]


def order_id(order: Order) -> str:
    return ids.order_id("online", order.customer_id, order.idempotency_key)


def wait_for[T](
    probe: Callable[[], T | None], seconds: float = TIMEOUT_SECONDS, actual: Callable[[], str] = lambda: "nothing"
) -> T:
    """Return the first truthy result of `probe`; fail after `seconds` with the actual state."""
    deadline = time.monotonic() + seconds
    while not (result := probe()):
        if time.monotonic() > deadline:
            pytest.fail(f"timed out after {seconds:.0f} s: {actual()}")
        time.sleep(0.5)
    return result


class FolderScheduling(LoadScopeScheduling):
    """Assigns each file in minutes/ to its own worker, each folder in alone/ to one, and all other files to one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if "/minutes/" in file else file.rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    return FolderScheduling(config, log)


def local_clouds() -> dict[Path, LocalCloud]:
    """Return the local clouds by folder of tests: one for each folder in alone/, and one for all other files."""
    folders = [*sorted(E2E_TESTS_FOLDER.glob("alone/[a-z]*/")), E2E_TESTS_FOLDER]
    return {
        folder: LocalCloud(LOCAL_CLOUDS_FOLDER / folder.name, FIRST_PORT + 20 * n) for n, folder in enumerate(folders)
    }


@pytest.fixture(scope="module")
def cloud(request: pytest.FixtureRequest) -> LocalCloud:
    """The local cloud of the test's file, started by the first worker that needs it and stopped after the session."""
    local_cloud = next(cloud for folder, cloud in local_clouds().items() if request.path.is_relative_to(folder))
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    local_cloud.folder.mkdir(parents=True, exist_ok=True)
    with (local_cloud.folder / "session").open("a+") as session_file:
        fcntl.flock(session_file, fcntl.LOCK_EX)
        session_file.seek(0)
        if session_file.read() != session:
            session_file.truncate(0)
            session_file.write(session)
            session_file.flush()
            (local_cloud.folder / USED_GRANTS_FILE).unlink(missing_ok=True)
            local_cloud.start_and_apply()
        elif not (local_cloud.is_running() and local_cloud.is_applied()):
            pytest.fail("the local cloud did not start; see the first test that needed it")
    return local_cloud


def record_used_grants(cloud: LocalCloud) -> set[str]:
    """Save and return the grants used so far, because the emulator's record of calls is lost when it stops."""
    file = cloud.folder / USED_GRANTS_FILE
    used_grants = set(json.loads(file.read_text())) if file.exists() else set()
    used_grants |= {str(entry.grant) for entry in ledger.read(cloud) if entry.use_count}
    file.write_text(json.dumps(sorted(used_grants)))
    return used_grants


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Check the permission ledger and stop the local clouds, in the process that started the session."""
    if hasattr(session.config, "workerinput"):
        return
    running_clouds = [cloud for cloud in local_clouds().values() if cloud.is_running()]
    try:
        if applied_clouds := [cloud for cloud in running_clouds if cloud.is_applied()]:
            used_grants = set[str]().union(*map(record_used_grants, applied_clouds))
            entries = ledger.read(applied_clouds[0])
            entries = [replace(entry, use_count=int(str(entry.grant) in used_grants)) for entry in entries]
            REPORTS.mkdir(exist_ok=True)
            (REPORTS / ledger.REPORT_NAME).write_text(json.dumps(ledger.problems(entries)))
    finally:
        for cloud in running_clouds:
            cloud.stop()


@pytest.fixture(scope="module")
def shop(cloud: LocalCloud) -> Shop:
    return Shop(cloud, cloud.outputs())


@pytest.fixture(scope="module")
def event_queue(shop: Shop) -> Iterator[EventQueue]:
    """A queue that receives every event, so that tests can check which events were published."""
    with open_event_queue(from_local_cloud(shop.cloud), f"test-{uuid.uuid4().hex[:8]}") as event_queue:
        yield event_queue
