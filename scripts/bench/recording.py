"""Records orders from request to delivery: the invocations of each function, its AWS calls and their responses.

The real functions run over the explorer's services, all orders in step, so that every batch of a queue is full. Run as
a program it writes the recording as JSON: this process has the explorer's clock and clients, so nothing is measured in
it."""

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

ORDERS = 40
LINES = 2
_WINDOW_SECONDS = 60.0  # within which all orders arrive at the next hop
_WRITES = frozenset({"put_item", "update_item", "delete_item"})
# Index keys and changing attributes of an entry, as in terraform/pipeline/31_orders.tf.
_INDEXES = {"due_shard": ("due_shard", "payment_due_at", "version"), "buyer": ("buyer", "placed_at")}
_PAGE = {"read": 4_096, "write": 1_024}

type Item = Mapping[str, Mapping[str, Any]]


def record(plan: Path, orders: int = ORDERS) -> dict[str, Any]:
    """Record the `invocations` in order, each with function, event and calls, and the final `items` of the tables."""
    handlers = functions.load()
    from explore import histories, routing
    from explore.services import Plan
    from explore.world import World

    class Recorder(World):
        def __init__(self) -> None:
            self.recorded: list[dict[str, Any]] = []
            self._running: dict[Any, dict[str, Any]] = {}
            super().__init__("recording", handlers, Plan(), routing.read(plan), dict.fromkeys(histories.SKUS, 100_000))
            self._handlers = {name: self._recording(name, handler) for name, handler in handlers.items()}
            self.calm = True

        def _recording(self, function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
            def handle(event: Mapping[str, Any], context: Any) -> Any:
                mine: dict[str, Any] = {"function": function, "at": self.now, "event": event, "calls": []}
                self.recorded.append(mine)
                self._running[getcurrent()] = mine
                answer = handler(event, context)
                if isinstance(answer, dict) and answer.get("batchItemFailures"):
                    raise AssertionError(f"{function} reported failed messages: the recording contains a retry")
                return answer

            return handle

        def concurrently(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
            mine = self._running[getcurrent()]

            def made(call: Callable[[], Any]) -> Any:
                self._running[getcurrent()] = mine
                return call()

            return super().concurrently([partial(made, call) for call in calls])

        def call(self, function: str, service: str, operation: str, asked: dict[str, Any]) -> Any:
            mine = self._running[getcurrent()]["calls"]
            made: dict[str, Any] = {"service": service, "operation": operation, "asked": asked}
            before = [_indexed(item) for item in self._items(asked)]
            try:
                answer = super().call(function, service, operation, asked)
                made["answer"] = answer
            except ClientError as error:
                made["error"] = dict(error.response)
                raise
            finally:
                after = list(self._items(asked))
                made["units"] = _units(operation, after) + _index_units(operation, before, after)
                made["sizes"] = [item_size(item) for item in after]
                mine.append(made)
            return answer

        def _items(self, asked: Mapping[str, Any]) -> Iterator[Item]:
            for action in [next(iter(one.values())) for one in asked.get("TransactItems", [])] or [asked]:
                if "TableName" in action:
                    table = self.tables[action["TableName"]]
                    key = action.get("Key") or action.get("Item")
                    yield (table.items.get(table.key_of(key)) if key else None) or {}

        def _latency(self) -> float:
            return 0.0

        def _delay(self) -> float:
            return _WINDOW_SECONDS

    world = Recorder()
    rng = random.Random(1)  # noqa: S311 - the same orders every time
    for number in range(orders):
        lines = [{"sku": sku, "quantity": rng.randint(1, 2)} for sku in histories.SKUS[:LINES]]
        body = json.dumps({**json.loads(histories.request(rng)), "lines": lines}).encode()
        world.order(f"key-{number}", body, f"customer-{number}")
    world.run(world.now + _WINDOW_SECONDS / 2)
    for order_id in world.accepted:
        world.partners._set(order_id, "capture")
    world.run()
    statuses = {item["status"]["S"] for item in world.tables["orders"].items.values()}
    if statuses != {"delivered"} or len(world.accepted) != orders:
        raise AssertionError(f"{len(world.accepted)} of {orders} orders ended as {statuses}")
    tables = {name: list(table.items.values()) for name, table in world.tables.items()}
    return {"orders": orders, "invocations": world.recorded, "tables": tables, "notices": len(world.notices)}


def _units(operation: str, items: list[Item]) -> float:
    """Return DynamoDB's capacity units of a call.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
    kind = "write" if operation in _WRITES or operation == "transact_write_items" else "read"
    factor = 2 if operation.startswith("transact") else 1
    return factor * sum(max(1, math.ceil(item_size(item) / _PAGE[kind])) for item in items)


def _indexed(item: Item) -> dict[str, dict[str, Any]]:
    """Return an order's entries in the indexes of the orders table."""
    return {key: {name: item.get(name) for name in names} for key, names in _INDEXES.items() if key in item}


def _index_units(operation: str, before: list[dict[str, dict[str, Any]]], after: list[Item]) -> int:
    """Return one unit per index entry added, removed or changed; writes only."""
    if operation not in _WRITES:
        return 0
    return sum(
        old.get(key) != new.get(key)
        for old, new in zip(before, map(_indexed, after), strict=True)
        for key in old.keys() | new.keys()
    )


def item_size(item: Item) -> int:
    """Return the size in bytes as counted by DynamoDB: names and values, plus 3 per list or map and 1 per member.
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
