"""The invariants that must hold at the end of a history, when no message is pending."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from common.attribute_values import from_item
from explore.world import World
from orderflow_cli.observe.invariants import RESERVATION_STATES
from recorder.update import RESTORE_INCREMENT

type Order = dict[str, Any]

PAID_STATUSES = frozenset({"paid", "shipped", "delivered"})
FINAL_STATUSES = frozenset({"delivered", "cancelled", "refunded"})
TIMELY_PAYMENT_SCENARIOS = frozenset({"capture", "twice", "double", "contradiction"})
NEXT_STATUSES = {
    **{"placed": {"paid", "cancelled"}, "paid": {"shipped", "refunding"}, "shipped": {"delivered"}},
    **{"cancelled": {"refunding"}, "refunding": {"refunded"}, "refunded": {"refunding"}},
}
BATCH_SIZE = 10
"""Maximum number of messages per invocation; one failure can affect all of them."""


def violations(world: World) -> list[str]:
    """Return one sentence per violated invariant."""
    orders = {key[0]: from_item(item) for key, item in world.tables["orders"].items.items()}
    violation_texts = list(_table_problems(world, orders))
    if world.never_idle:
        violation_texts.append("the system never became idle")
    for order_id, order in orders.items():
        violation_texts += [f"{order_id}: {problem}" for problem in _order_problems(world, order)]
    violation_texts += _stock_problems(world)
    if overwrite_count := world.metrics["LedgerEntriesRewritten"]:
        violation_texts.append(f"{overwrite_count} ledger entries were overwritten")
    violation_texts += _notice_problems(world, orders)
    for message in world.dead_letter_messages:
        # The provider reported a payment with two amounts, of which the ledger keeps the first; the case is open.
        # A restored order can receive the wrong amount first; then it and the warehouse's events wait for an operator.
        awaits_operator = (message.reason == "ledger_conflict" or message.source == "queue/intake") and any(
            order_id in message.body and _has_open_case(world, order_id, "payment_conflict") for order_id in orders
        )
        if not awaits_operator:
            violation_texts.append(f"a message remains in {message.source}: {message.reason} {message.body[:300]}")
    return violation_texts


def is_settled(world: World, order_id: str) -> bool:
    """Return whether an order has ended and no refund is due, or it has an open case for an operator."""
    item = world.tables["orders"].items.get((order_id,))
    if item is None:
        return False
    order = from_item(item)
    is_finished = order["status"] in FINAL_STATUSES and all(r["state"] != "due" for r in order["refunds"].values())
    return is_finished or _has_open_case(world, order_id, "payment_conflict")


def _table_problems(world: World, orders: dict[str, Order]) -> Iterator[str]:
    for order_id in world.accepted_orders:
        if order_id not in orders:
            yield f"{order_id}: accepted, but lost"
    for order_id, order in orders.items():
        is_erased = "erased_at" in order
        if is_erased != (order_id in world.erased_orders) or is_erased == ("buyer" in order):
            yield f"{order_id}: {'not ' * (not is_erased)}erased, with fields {sorted(order)}"
    for entry in world.partners.entries("capture", "shipment"):
        if entry["order_id"] not in orders:
            yield f"{entry['order_id']}: in a partner's records, but not in the table"


def _order_problems(world: World, order: Order) -> Iterator[str]:
    order_id, status = order["order_id"], order["status"]
    if _has_open_case(world, order_id, "payment_conflict"):
        return  # an operator must handle the open case
    yield from _money_problems(world, order)
    if status not in FINAL_STATUSES:
        yield f"remains {status}"
    if order.get("cancel_reason") == "customer_request" and order_id not in world.orders_to_cancel:
        yield "cancelled by customer request, although the customer did not request it"
    if order_id in world.unchecked_cancellations:
        yield "the cancellation of a paid order was acknowledged without asking the warehouse"
    if any(refund["reason"] == "customer_request" for refund in order["refunds"].values()) and not any(
        event_type == "ShipmentStopped" and order_id in detail for _, event_type, _, detail in world.archive
    ):
        yield "a paid order was cancelled by customer request, although the warehouse did not stop its shipment"
    if status == "cancelled" and str(order.get("cancel_reason", "")).startswith("payment"):
        yield from _payment_cancellation_problems(world, order)
    yield from _version_problems(world, order)
    reservation = world.tables["stock"].items.get((f"order#{order_id}",))
    state = from_item(reservation)["state"] if reservation else "missing"
    if state not in RESERVATION_STATES[status]:
        yield f"{status}, but its reservation is {state}"
    shipment_count = sum(entry["order_id"] == order_id for entry in world.partners.entries("shipment"))
    if shipment_count != (status in {"shipped", "delivered"}):
        yield f"{status}, but {shipment_count} shipments"


def _payment_cancellation_problems(world: World, order: Order) -> Iterator[str]:
    order_id, reason = order["order_id"], order["cancel_reason"]
    scenario = world.partners.scenarios.get(order_id)
    voids = [entry for entry in world.partners.entries("void") if entry["order_id"] == order_id]
    if not voids:
        yield f"cancelled for {reason}, although the provider never voided the payment"
    is_undisturbed = not (world.plan.has_failures or world.restored)
    if order_id in world.orders_to_cancel and is_undisturbed:
        yield f"cancelled for {reason}, although the customer requested a cancellation before the payment term ended"
    if scenario == "decline" and reason == "payment_deadline" and is_undisturbed:
        yield "cancelled for a missed payment deadline, although the provider had declined the payment"
    if any(entry["asked_at"] < entry["payment_due_at"] for entry in voids):
        yield "the payment was voided before the payment term ended"
    # In these scenarios the provider captures within the term if Orderflow requests the payment within the term.
    was_payment_requested = any(entry["order_id"] == order_id for entry in world.partners.entries("payment"))
    if scenario in TIMELY_PAYMENT_SCENARIOS and was_payment_requested:
        yield f"cancelled for {reason}, although the provider captures every payment requested in time"
    if not was_payment_requested and not world.plan.has_failures:
        yield f"cancelled for {reason} without a payment request, although no fault was planned"
    if (reason == "payment_unknown") == was_payment_requested:
        yield f"cancelled for {reason}, although the payment was {'' if was_payment_requested else 'never '}requested"


def _version_problems(world: World, order: Order) -> Iterator[str]:
    versions = world.versions[order["order_id"]]
    gaps = [n for n in versions if n > 1 and not {n - 1, n - RESTORE_INCREMENT} & versions.keys()]
    if gaps or max(versions, default=0) != order["version"]:
        yield f"published versions {sorted(versions)}, but the order has version {order['version']}"
    for version, status in versions.items():
        old_status = versions.get(version - 1, status)
        if status not in {old_status, *NEXT_STATUSES.get(old_status, ())}:
            yield f"{status} follows {old_status} in version {version}"


def _money_problems(world: World, order: Order) -> Iterator[str]:
    order_id = order["order_id"]
    provider_amounts: Counter[str] = Counter()
    payment_balances: Counter[str] = Counter()
    for entry in world.partners.entries("capture", "refund"):
        if entry["order_id"] == order_id:
            amount = entry["amount"] if entry["kind"] == "capture" else -entry["amount"]
            provider_amounts[entry["currency"]] += amount
            payment_balances[entry["payment_id"]] += amount
    ledger_amounts: Counter[str] = Counter()
    for key, item in world.tables["ledger"].items.items():
        if key[0] == order_id:
            entry = from_item(item)
            ledger_amounts[entry["currency"]] += entry["amount"]
    if ledger_amounts != provider_amounts:
        yield f"the ledger has {dict(ledger_amounts)}, but the provider's records have {dict(provider_amounts)}"
    balance = {currency: amount for currency, amount in provider_amounts.items() if amount}
    total = order["total"]
    expected_balance = {total["currency"]: total["amount"]} if order["status"] in PAID_STATUSES else {}
    if balance != expected_balance:
        yield f"{order['status']} with total {total}, but the provider holds {balance}"
    for refund_id, refund in order["refunds"].items():
        case = world.tables["cases"].items.get((order_id, f"refund#{refund_id}"))
        if case is None or (case["state"]["S"] == "closed") != (refund["state"] == "completed"):
            yield f"refund {refund_id} is {refund['state']}, but its case is {case}"
    for payment_id, amount in payment_balances.items():
        if amount < 0:
            yield f"{payment_id}: refunded more than captured"
    if any(refund["state"] == "due" for refund in order["refunds"].values()):
        yield "a refund is still due"
    if payment_balances and world.partners.scenarios.get(order_id) == "contradiction":
        yield "the provider reported contradictory amounts, but no case is open"


def _has_open_case(world: World, order_id: str, kind: str) -> bool:
    return any(
        key[0] == order_id and item.get("kind", {}).get("S") == kind and item.get("state", {}).get("S") == "open"
        for key, item in world.tables["cases"].items.items()
    )


def _stock_problems(world: World) -> Iterator[str]:
    taken_units: Counter[str] = Counter()
    for key, item in world.tables["stock"].items.items():
        if key[0].startswith("order#"):
            reservation = from_item(item)
            for line in reservation["lines"][: reservation["taken"]]:
                taken_units[line["sku"]] += line["quantity"]
    for key, item in world.tables["stock"].items.items():
        if key[0].startswith("sku#"):
            sku, available = key[0].removeprefix("sku#"), int(item["available"]["N"])
            if available < 0 or available + taken_units[sku] != world.initial_stock[sku]:
                yield f"{sku}: {world.initial_stock[sku]} initially, {taken_units[sku]} reserved, {available} available"


def _notice_problems(world: World, orders: dict[str, Order]) -> Iterator[str]:
    """Check that notices are in order, repeated only after failures and counted, and end with the order's status."""
    sent_versions: defaultdict[str, list[int]] = defaultdict(list)
    sent_kinds: defaultdict[str, list[str]] = defaultdict(list)
    last_kinds: dict[str, str] = {}
    for order_id, version, kind in world.notices:
        if sent_versions[order_id] and version < sent_versions[order_id][-1]:
            yield f"{order_id}: notice of version {version} sent after that of {sent_versions[order_id][-1]}"
        sent_versions[order_id].append(version)
        # Several refunds are possible.
        sent_kinds[order_id].append(f"{kind} {version}" if kind in {"refunding", "refunded"} else kind)
        last_kinds[order_id] = kind
    repeat_count = sum(len(kinds) - len(set(kinds)) for kinds in sent_kinds.values())
    reported_repeat_count = world.metrics["NoticeAnswersLost"] + world.metrics["NoticesResumed"]
    if repeat_count > reported_repeat_count:
        yield f"{repeat_count} notices were repeated, {reported_repeat_count} of them counted: {dict(sent_kinds)}"
    if reported_repeat_count > BATCH_SIZE * world.metrics["failures"]:
        yield f"{reported_repeat_count} notices were counted as repeats, with only {world.metrics['failures']} failures"
    for order_id, order in orders.items():
        if last_kinds.get(order_id) != order["status"] and not _has_open_case(world, order_id, "payment_conflict"):
            yield f"{order_id}: {order['status']}, last notice: {last_kinds.get(order_id)}"
