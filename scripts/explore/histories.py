"""Random histories: actions of customers, partners and operators, and failures, generated from a seed."""

import json
import random
from functools import partial

from contracts import encode, new_event
from explore.functions import Handler, uncached
from explore.invariants import violations
from explore.routing import REQUEST_RULES, Routing
from explore.services import FaultPlan
from explore.timeline import DAY, HOUR, START
from explore.world import CONSUMERS, World

SKUS = ("ACRYLIC-12", "APRON-BLK", "BACKPACK-20L")
FUNCTIONS = ("recorder", "relay", *CONSUMERS, "payment_deadline", "webhooks", "storefront_api")
HOPS = (
    *("dynamodb", "events", "sns", "sqs", "secretsmanager", "webhooks", "webhooks events"),
    *(f"table {name}" for name in ("orders", "claims", "stock", "ledger", "cases")),
    *(f"function {name}" for name in FUNCTIONS),
    *(f"target {name}" for name in ("intake", *CONSUMERS, *REQUEST_RULES)),
)
OUTAGE_SECONDS = (120.0, 120.0, 31 * 60.0, 31 * 60.0, 2 * HOUR, 2 * HOUR, 13 * HOUR, 3 * DAY)
ORDER_RETENTION_SECONDS = 400 * DAY


def run_history(
    seed: int, number: int, handlers: dict[str, Handler], routing: Routing, *, is_traced: bool = False
) -> tuple[World, list[str]]:
    """Run one history to its end and return its world and violations."""
    rng = random.Random(f"{seed}/{number}")
    plan = FaultPlan(fault_share=rng.choice((0.0, 0.0, 0.01, 0.05, 0.15)), duplicate_share=rng.choice((0.0, 0.05, 0.3)))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        start = rng.choice((0.0, rng.uniform(0, 120), rng.uniform(0, 2 * HOUR)))
        plan.outages.append((rng.choice(HOPS), start, start + rng.choice(OUTAGE_SECONDS)))
    stock = dict.fromkeys(SKUS, rng.choice((3, 10, 100)))
    world = World(f"{seed}/{number}", uncached(handlers), plan, routing, stock)
    world.trace = [] if is_traced else None
    world.log(f"plan {plan}")
    _schedule_customer_requests(rng, world)
    _schedule_operator_actions(rng, world)
    run_until_idle(world)
    redrive(world, 3)
    history_violations = violations(world)
    if not history_violations and rng.random() < 0.1:
        history_violations = _check_replay_after_expiry(world)
    return world, history_violations


def _schedule_customer_requests(rng: random.Random, world: World) -> None:
    for number in range(rng.choice((1, 1, 1, 2, 3))):
        body, customer = order_body(rng), f"customer-{number}"
        delay = rng.choice((0.0, rng.uniform(0, 60), rng.uniform(0, HOUR)))
        world.call_later(delay, partial(world.place_order, f"key-{number}", body, customer))
        if rng.random() < 0.15:
            delay += rng.choice((1.0, 5.0, 30.0, 70.0, 1_000.0))
            world.call_later(delay, partial(cancel, world, customer))


def order_body(rng: random.Random) -> bytes:
    """Return the request body of a random order."""
    lines = [{"sku": sku, "quantity": rng.randint(1, 2)} for sku in rng.sample(SKUS, rng.randint(1, 2))]
    address = {"name": "A", "line1": "B 1", "postal_code": "1", "city": "C", "country": "DE"}
    return json.dumps({"channel": "web", "lines": lines, "shipping_address": address}).encode()


def cancel(world: World, customer: str) -> None:
    """Request the cancellation of the customer's orders that are placed or paid."""
    for order_id, owner in world.accepted_orders.items():
        item = world.tables["orders"].items.get((order_id,))
        if owner == customer and item is not None and item["status"]["S"] in {"placed", "paid"}:
            data = {"order_id": order_id, "seen_status": item["status"]["S"]}
            event = new_event("OrderCancellationRequested", data, producer="storefront_api", correlation_id="cancel")
            world.orders_to_cancel.add(order_id)
            world.publish("OrderCancellationRequested", "orderflow.storefront_api", encode(event))


def _schedule_operator_actions(rng: random.Random, world: World) -> None:
    """Schedule operators' actions, each in some histories only: redrives, a replay, an erasure, a table restore."""
    if rng.random() < 0.1:
        world.call_later(rng.choice((60.0, 2 * HOUR, 3 * DAY)), partial(world.erase, "customer-0"))
    for _ in range(rng.choice((0, 0, 1, 2))):
        world.call_later(rng.choice((600.0, 3 * HOUR, 3 * DAY)), world.redrive)
    if rng.random() < 0.15:
        since = START + rng.choice((0.0, 600.0))
        world.call_later(rng.choice((600.0, 2 * HOUR, 3 * DAY)), partial(world.replay, since))
    if rng.random() < 0.1:
        backup_delay = rng.choice((10.0, 60.0, 600.0, HOUR, 2 * DAY))
        restore_delay = rng.choice((20.0, 600.0, 2 * HOUR, 2 * DAY))
        world.call_later(backup_delay, world.take_backup)
        world.call_later(backup_delay + restore_delay, world.restore)


def run_until_idle(world: World) -> None:
    """Run until every outage is over, then without faults until all messages are delivered."""
    outages_end = max((end for _, _, end in world.plan.outages), default=0.0)
    world.run(START + max(outages_end, 3 * HOUR))
    world.fault_free = True
    world.partners.repair()
    world.run()


def redrive(world: World, interval_days: int) -> None:
    """Redrive dead-letter messages every `interval_days` days until none is left, at most four times."""
    for _ in range(4):
        world.call_later(interval_days * DAY, world.redrive)
        world.run()
        if not world.dead_letter_messages:
            return


def _check_replay_after_expiry(world: World) -> list[str]:
    """Expire the orders and replay their OrderPlaced events; return one sentence per order that reappears."""
    placed_events = [event for event in world.archive if event[1] == "OrderPlaced"]
    world.now += ORDER_RETENTION_SECONDS + 2 * DAY
    world.expire()
    kept_keys = set(world.tables["orders"].items)
    world.run()
    for _, event_type, source, detail in placed_events:
        world.publish(event_type, source, detail, is_replay=True)
    world.run()
    return [f"{order_id}: reappeared after it expired" for (order_id,) in set(world.tables["orders"].items) - kept_keys]
