"""The invariants of an idle system. They hold regardless of earlier failures, duplicates and delays.

Every accepted order is in a final state, waits for a known reason, or has a dead-letter message; the table, ledger,
stock, notices and the payment provider's records agree. The check only reads a `Snapshot`, so the demo, the
end-to-end tests and the fault runs can share it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from common.order_item import FINAL_STATUSES

Item = Mapping[str, Any]

WAIT_REASONS = {
    "placed": "waiting for the payment provider",
    "paid": "waiting for the warehouse",
    "shipped": "waiting for the carrier to report the delivery",
    "refunding": "waiting for the payment provider's refund",
}
# The allowed states of a reservation by the order's status, once the consumers have received all events.
RESERVATION_STATES = {
    "placed": {"reserved"},
    "paid": {"reserved", "shipped"},
    **{"shipped": {"shipped"}, "delivered": {"shipped"}},
    **{"cancelled": {"released"}, "refunding": {"released"}, "refunded": {"released"}},
}

# Scenarios of the payment provider in which one payment request leads to two captures.
DOUBLE_CAPTURE_SCENARIOS = frozenset({"double", "wrong_amount", "other_currency"})


@dataclass(frozen=True)
class Snapshot:
    """The state of the system at one moment. Amounts are in minor units.

    ``accepted_ids``: orders acknowledged to a producer. ``initial_stock``, ``available_stock``: units by SKU.
    ``reservations``: by order id. ``notices``: recorded as sent or skipped. ``delivered_notices``: (order, version) as
    the topic delivered them. ``provider_entries``: the payment provider's records. ``dead_letters``: by order id."""

    accepted_ids: frozenset[str]
    orders: Mapping[str, Item]
    ledger: Iterable[Item]
    reservations: Mapping[str, Item]
    initial_stock: Mapping[str, int]
    available_stock: Mapping[str, int]
    notices: Iterable[Item]
    provider_entries: Iterable[Item]
    dead_letters: Mapping[str, str] = field(default_factory=dict)
    delivered_notices: Iterable[tuple[str, int]] = ()

    def of_accepted_orders(self) -> "Snapshot":
        """Return the snapshot without orders and payments of other runs, which may be in progress on the cloud."""
        orders = {order_id: order for order_id, order in self.orders.items() if order_id in self.accepted_ids}
        entries = [entry for entry in self.provider_entries if entry.get("order_id") in self.accepted_ids]
        return replace(self, orders=orders, provider_entries=entries)


@dataclass(frozen=True)
class Report:
    """The result of a check: the number of settled orders, the ids of waiting orders by reason, and all violations."""

    settled_count: int
    order_ids_by_wait_reason: Mapping[str, list[str]]
    dead_letters: Mapping[str, str]
    violations: list[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is violated and no order waits, for example for the refund of a late capture."""
        return not self.violations and not self.order_ids_by_wait_reason


def check(snapshot: Snapshot) -> Report:
    order_ids_by_wait_reason: dict[str, list[str]] = defaultdict(list)
    settled_count = 0
    violations: list[str] = []
    ledger_entries: dict[str, list[Item]] = defaultdict(list)
    for entry in snapshot.ledger:
        ledger_entries[entry["order_id"]].append(entry)
    for order_id in sorted(snapshot.accepted_ids | set(snapshot.orders)):
        if order_id in snapshot.dead_letters:
            continue
        order = snapshot.orders.get(order_id)
        if order is None:
            violations.append(f"{order_id}: accepted, but it is not in the table and has no dead-letter message")
            continue
        if is_settled(order):
            settled_count += 1
        else:
            order_ids_by_wait_reason[describe_wait(order)].append(order_id)
        violations += [f"{order_id}: {problem}" for problem in _find_money_problems(order, ledger_entries[order_id])]
        violations += [f"{order_id}: {problem}" for problem in _find_reservation_problems(order, snapshot.reservations)]
    violations += _find_stock_problems(snapshot)
    violations += _find_provider_problems(snapshot)
    violations += _find_notice_problems(snapshot)
    return Report(settled_count, dict(order_ids_by_wait_reason), dict(snapshot.dead_letters), violations)


def describe_wait(order: Item) -> str:
    """Describe what an unsettled order waits for: `waiting for the warehouse`."""
    return WAIT_REASONS.get(order["status"], "waiting for the payment provider's refund")


def is_settled(order: Item) -> bool:
    """Return whether the order has a final status and no refund due."""
    due_refunds = [refund for refund in order.get("refunds", {}).values() if refund["state"] == "due"]
    return order["status"] in FINAL_STATUSES and not due_refunds


def _find_money_problems(order: Item, entries: list[Item]) -> Iterator[str]:
    payments, refunds = order.get("payments", {}).values(), order.get("refunds", {}).values()
    table_balances = _balances(payments, [refund for refund in refunds if refund["state"] == "completed"])
    ledger_balances = _balances(entries)
    if ledger_balances != table_balances:
        yield f"the ledger has {_format(ledger_balances)}, but the table has {_format(table_balances)} net of refunds"
    repeated_ids = [key for key, times in Counter(entry["entry_id"] for entry in entries).items() if times > 1]
    if repeated_ids:
        yield f"ledger entries {', '.join(repeated_ids)} exist more than once"
    remainders = _balances(payments, refunds)
    expected = _balances([order["total"]]) if order["status"] in {"paid", "shipped", "delivered"} else {}
    if remainders != expected:
        yield f"{order['status']}, but {_format(remainders)} remains after all refunds, not {_format(expected)}"


def _balances(credits: Iterable[Item], debits: Iterable[Item] = ()) -> dict[str, int]:
    """Return the balance of each currency, without zero balances."""
    sums: Counter[str] = Counter()
    for movement in credits:
        sums[movement["currency"]] += movement["amount"]
    for movement in debits:
        sums[movement["currency"]] -= movement["amount"]
    return {currency: amount for currency, amount in sums.items() if amount}


def _format(amounts: Mapping[str, int]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in sorted(amounts.items())) or "nothing"


def _find_reservation_problems(order: Item, reservations: Mapping[str, Item]) -> Iterator[str]:
    if order["channel"] == "pos":
        if order["order_id"] in reservations:
            yield "sold at a till, but the warehouse has a reservation"
        return
    reservation = reservations.get(order["order_id"])
    state = reservation["state"] if reservation else "missing"
    if state not in RESERVATION_STATES[order["status"]]:
        yield f"{order['status']}, but its reservation is {state}"


def _find_stock_problems(snapshot: Snapshot) -> Iterator[str]:
    taken_units: Counter[str] = Counter()
    for reservation in snapshot.reservations.values():
        if reservation["state"] in {"reserved", "shipped"}:
            for line in reservation["lines"]:
                taken_units[line["sku"]] += line["quantity"]
    for sku, initial_units in snapshot.initial_stock.items():
        available = snapshot.available_stock.get(sku, 0)
        if available < 0:
            yield f"stock of {sku} is negative: {available}"
        if initial_units - taken_units[sku] != available:
            yield f"stock of {sku}: {initial_units} initially, {taken_units[sku]} taken, but {available} available"


def _find_provider_problems(snapshot: Snapshot) -> Iterator[str]:
    """Check that the provider has no unexpected duplicates, and has the same captures and refunds as the table."""
    kinds = ("payment", "capture", "refund")
    entries = {kind: [entry for entry in snapshot.provider_entries if entry["kind"] == kind] for kind in kinds}
    payments: Counter[str] = Counter(entry["order_id"] for entry in entries["payment"])
    voids: Counter[str] = Counter(entry["order_id"] for entry in snapshot.provider_entries if entry["kind"] == "void")
    double_capture_order_ids = {p["order_id"] for p in entries["payment"] if p["scenario"] in DOUBLE_CAPTURE_SCENARIOS}
    for order_id, times in payments.items():
        if times > 1 + voids[order_id]:
            yield f"{order_id}: the provider received {times} payment requests"
    captures: Counter[str] = Counter(entry["order_id"] for entry in entries["capture"])
    for order_id, times in captures.items():
        if times > 1 + (order_id in double_capture_order_ids):
            yield f"{order_id}: the provider captured {times} times"
    refunds: Counter[str] = Counter(entry["refund_id"] for entry in entries["refund"])
    yield from (f"refund {refund_id} was recorded {times} times" for refund_id, times in refunds.items() if times > 1)
    for kind, id_name, attribute in (("capture", "payment_id", "payments"), ("refund", "refund_id", "refunds")):
        for entry in entries[kind]:
            order = snapshot.orders.get(entry["order_id"])
            if order is None or entry["order_id"] in snapshot.dead_letters:
                continue
            table_entry = order.get(attribute, {}).get(entry[id_name])
            if table_entry is None:
                yield f"{entry['order_id']}: the provider recorded {kind} {entry[id_name]}, which is not in the table"
            elif (table_entry["amount"], table_entry["currency"]) != (entry["amount"], entry["currency"]):
                yield f"{entry['order_id']}: {kind} {entry[id_name]} differs from the one in the table"
        recorded_movement_ids = {entry[id_name] for entry in entries[kind]}
        for order_id in sorted(snapshot.accepted_ids - set(snapshot.dead_letters)):
            order = snapshot.orders.get(order_id, {"channel": "pos"})  # the provider has no till payments
            for movement_id, movement in order.get(attribute, {}).items() if order["channel"] != "pos" else ():
                if movement_id not in recorded_movement_ids and movement.get("state") != "due":
                    yield f"{order_id}: the table holds {kind} {movement_id}, which the provider did not record"


def _find_notice_problems(snapshot: Snapshot) -> Iterator[str]:
    """Check that the notice of each online order's current status was sent, and that no notice was sent twice."""
    for (order_id, version), times in Counter(snapshot.delivered_notices).items():
        if times > 1:
            yield f"{order_id}: notice of version {version} sent {times} times"
    sent_kinds: dict[str, set[str]] = defaultdict(set)
    for notice in snapshot.notices:
        if notice["sent"]:
            sent_kinds[notice["order_id"]].add(notice["kind"])
    for order_id, order in snapshot.orders.items():
        if order["channel"] == "pos" or order_id in snapshot.dead_letters:
            continue
        if order_id not in sent_kinds:
            yield f"{order_id}: the customer received no notice"
        elif order["status"] not in sent_kinds[order_id]:
            yield f"{order_id}: {order['status']}, but the customer received no notice of it"
