"""Records orders from request to delivery: the invocations of each function, its AWS calls and their responses.

The real functions run on the explorer's services with all orders in step, so each queue's batches are full. The program
writes the recording as JSON. It runs in its own process, as the explorer replaces the clock and the AWS clients."""

import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from greenlet import getcurrent

from explore import functions

ORDER_COUNT = 40
LINES_PER_ORDER = 2
_DELAY_SECONDS = 60.0  # of each delivery and poll, so that every order is in a queue before it is polled
_SINGLE_ITEM_WRITES = frozenset({"put_item", "update_item", "delete_item"})
# Key and attributes of each index's entries, as in terraform/pipeline/31_orders.tf.
_INDEXES = {"due_shard": ("due_shard", "payment_due_at", "version"), "buyer": ("buyer", "placed_at")}
_UNIT_BYTES = {"read": 4_096, "write": 1_024}

type Item = Mapping[str, Mapping[str, Any]]


def record(plan_path: Path, order_count: int = ORDER_COUNT) -> dict[str, Any]:
    """Record the `invocations` in order, each with function, event and calls, and the final items of the `tables`."""
    handlers = functions.load()
    from explore import histories, routing
    from explore.services import FaultPlan
    from explore.world import World

    class RecordingWorld(World):
        def __init__(self) -> None:
            self.invocations: list[dict[str, Any]] = []
            self._running_invocations: dict[Any, dict[str, Any]] = {}
            stock = dict.fromkeys(histories.SKUS, 100_000)
            super().__init__("recording", handlers, FaultPlan(), routing.read(plan_path), stock)
            self._handlers = {name: self._wrap_handler(name, handler) for name, handler in handlers.items()}
            self.fault_free = True

        def _wrap_handler(self, function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
            def handle(event: Mapping[str, Any], context: Any) -> Any:
                invocation: dict[str, Any] = {"function": function, "at": self.now, "event": event, "calls": []}
                self.invocations.append(invocation)
                self._running_invocations[getcurrent()] = invocation
                response = handler(event, context)
                if isinstance(response, dict) and response.get("batchItemFailures"):
                    raise AssertionError(f"{function} reported failed messages: recordings must not contain retries")
                return response

            return handle

        def run_concurrently(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
            invocation = self._running_invocations[getcurrent()]

            def run_call(call: Callable[[], Any]) -> Any:
                self._running_invocations[getcurrent()] = invocation
                return call()

            return super().run_concurrently([partial(run_call, call) for call in calls])

        def call(self, function: str, service: str, operation: str, params: dict[str, Any]) -> Any:
            calls = self._running_invocations[getcurrent()]["calls"]
            recorded_call: dict[str, Any] = {"service": service, "operation": operation, "parameters": params}
            old_entries = [_index_entries(item) for item in self._affected_items(params)]
            try:
                response = super().call(function, service, operation, params)
                recorded_call["response"] = response
            except ClientError as error:
                recorded_call["error"] = dict(error.response)
                raise
            finally:
                items = list(self._affected_items(params))
                recorded_call["units"] = _capacity_units(operation, items) + _index_units(operation, old_entries, items)
                recorded_call["sizes"] = [item_size(item) for item in items]
                calls.append(recorded_call)
            return response

        def _affected_items(self, params: Mapping[str, Any]) -> Iterator[Item]:
            for action in [next(iter(one.values())) for one in params.get("TransactItems", [])] or [params]:
                if "TableName" in action:
                    table = self.tables[action["TableName"]]
                    key = action.get("Key") or action.get("Item")
                    yield (table.items.get(table.read_key(key)) if key else None) or {}

        def _latency(self) -> float:
            return 0.0

        def _delay(self) -> float:
            return _DELAY_SECONDS

    world = RecordingWorld()
    rng = random.Random(1)  # noqa: S311 - the same orders every time
    for number in range(order_count):
        lines = [{"sku": sku, "quantity": rng.randint(1, 2)} for sku in histories.SKUS[:LINES_PER_ORDER]]
        body = json.dumps({**json.loads(histories.order_body(rng)), "lines": lines}).encode()
        world.place_order(f"key-{number}", body, f"customer-{number}")
    world.run(world.now + _DELAY_SECONDS / 2)
    for order_id in world.accepted_orders:
        world.partners.set_scenario(order_id, "capture")
    world.run()
    statuses = {item["status"]["S"] for item in world.tables["orders"].items.values()}
    if statuses != {"delivered"} or len(world.accepted_orders) != order_count:
        raise AssertionError(
            f"{order_count} orders must be delivered; got {len(world.accepted_orders)} with statuses {statuses}"
        )
    tables = {name: list(table.items.values()) for name, table in world.tables.items()}
    return {"orders": order_count, "invocations": world.invocations, "tables": tables, "notices": len(world.notices)}


def _capacity_units(operation: str, items: list[Item]) -> float:
    """Return the DynamoDB capacity units that a call consumes, if its reads are strongly consistent.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
    kind = "write" if operation in _SINGLE_ITEM_WRITES or operation == "transact_write_items" else "read"
    factor = 2 if operation.startswith("transact") else 1
    return factor * sum(max(1, math.ceil(item_size(item) / _UNIT_BYTES[kind])) for item in items)


def _index_entries(item: Item) -> dict[str, dict[str, Any]]:
    """Return an order's entries in the indexes of the orders table."""
    return {key: {name: item.get(name) for name in names} for key, names in _INDEXES.items() if key in item}


def _index_units(operation: str, before: list[dict[str, dict[str, Any]]], after: list[Item]) -> int:
    """Return the units for index entries: one per entry that a write adds, removes or changes."""
    if operation not in _SINGLE_ITEM_WRITES:
        return 0
    return sum(
        old.get(key) != new.get(key)
        for old, new in zip(before, map(_index_entries, after), strict=True)
        for key in old.keys() | new.keys()
    )


def item_size(item: Item) -> int:
    """Return the item's size in bytes as DynamoDB counts it: names and values, 3 per list or map, 1 per member.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.strip("-")) + 1) // 2 + 1
        case "M":
            return 3 + len(content) + item_size(content)
        case "L":
            return 3 + len(content) + sum(map(_value_size, content))
    return 1


def main() -> None:
    json.dump(record(Path(sys.argv[1]), int(sys.argv[2])), sys.stdout, default=str)


if __name__ == "__main__":
    main()
