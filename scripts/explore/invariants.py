"""The invariants at the end of a history, when no message is pending."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from common.attribute_values import from_item
from explore.world import World
from orderflow_cli.observe.invariants import RESERVATION
from recorder.update import JUMP

type Order = dict[str, Any]

KEPT = frozenset({"paid", "shipped", "delivered"})
SETTLED = frozenset({"delivered", "cancelled", "refunded"})
WILLING = frozenset({"capture", "twice", "double", "contradiction"})
FOLLOWING = {
    **{"placed": {"paid", "cancelled"}, "paid": {"shipped", "refunding"}, "shipped": {"delivered"}},
    **{"cancelled": {"refunding"}, "refunding": {"refunded"}, "refunded": {"refunding"}},
}
_BATCH = 10
"""Messages per invocation: one failure affects all of them."""


def violations(world: World) -> list[str]:
    """Yield one sentence per violated invariant."""
    orders = {key[0]: from_item(item) for key, item in world.tables["orders"].items.items()}
    found = list(_lost(world, orders))
    if world.never_idle:
        found.append("it never becomes idle")
    for order_id, order in orders.items():
        found += [f"{order_id}: {problem}" for problem in _order_problems(world, order)]
    found += _stock(world)
    if rewritten := world.metrics["LedgerEntriesRewritten"]:
        found.append(f"{rewritten} entries of the ledger were written over")
    found += _notices(world, orders)
    for message in world.dead_letters:
        # A payment that the provider reported with two amounts, of which the ledger keeps the first: the case is open.
        # A restored order may see the wrong one first, and wait for a person with what the warehouse says of it.
        looked_at = (message.reason == "ledger_conflict" or message.source == "queue/intake") and any(
            order_id in message.body and _open_case(world, order_id, "payment_conflict") for order_id in orders
        )
        if not looked_at:
            found.append(f"left in {message.source}: {message.reason} {message.body[:300]}")
    return found


def is_settled(world: World, order_id: str) -> bool:
    """Return whether an order ended without a refund due, or has an open case for a person."""
    item = world.tables["orders"].items.get((order_id,))
    if item is None:
        return False
    order = from_item(item)
    owed = any(refund["state"] == "due" for refund in order["refunds"].values())
    return (order["status"] in SETTLED and not owed) or _open_case(world, order_id, "payment_conflict")


def _lost(world: World, orders: dict[str, Order]) -> Iterator[str]:
    for order_id in world.accepted:
        if order_id not in orders:
            yield f"{order_id}: accepted and lost"
    for order_id, order in orders.items():
        is_erased = "erased_at" in order
        if is_erased != (order_id in world.erased) or is_erased == ("buyer" in order):
            yield f"{order_id}: {'not ' * (not is_erased)}erased, with fields {sorted(order)}"
    for entry in world.partners.book("capture", "shipment"):
        if entry["order_id"] not in orders:
            yield f"{entry['order_id']}: on the provider's book, not in the table"


def _order_problems(world: World, order: Order) -> Iterator[str]:
    order_id, status = order["order_id"], order["status"]
    if _open_case(world, order_id, "payment_conflict"):
        return  # an open case asks a person to handle it
    yield from _money(world, order)
    if status not in SETTLED:
        yield f"stays {status}"
    if order.get("cancel_reason") == "customer_request" and order_id not in world.cancelling:
        yield "cancelled for a customer who did not ask"
    if order_id in world.unasked_cancellations:
        yield "paid, and cancellation accepted without asking the warehouse"
    if any(refund["reason"] == "customer_request" for refund in order["refunds"].values()) and not any(
        event_type == "ShipmentStopped" and order_id in detail for _, event_type, _, detail in world.archive
    ):
        yield "paid, and cancelled for its customer without the warehouse"
    if status == "cancelled" and str(order.get("cancel_reason", "")).startswith("payment"):
        yield from _unpaid(world, order)
    yield from _versions(world, order)
    reservation = world.tables["stock"].items.get((f"order#{order_id}",))
    state = from_item(reservation)["state"] if reservation else "none"
    if state not in RESERVATION[status]:
        yield f"{status}, but its reservation is {state}"
    shipped = sum(entry["order_id"] == order_id for entry in world.partners.book("shipment"))
    if shipped != (status in {"shipped", "delivered"}):
        yield f"{status}, but {shipped} shipments"


def _unpaid(world: World, order: Order) -> Iterator[str]:
    order_id, reason = order["order_id"], order["cancel_reason"]
    scenario = world.partners.scenario_of.get(order_id)
    voids = [entry for entry in world.partners.book("void") if entry["order_id"] == order_id]
    if not voids:
        yield f"cancelled for {reason} though the provider never gave it up"
    undisturbed = not (world.plan.disturbs or world.restored)
    if order_id in world.cancelling and undisturbed:
        yield f"cancelled for {reason}, though its customer had asked long before"
    if scenario == "decline" and reason == "payment_deadline" and undisturbed:
        yield "cancelled as never paid, though the provider had declined"
    if any(entry["asked_at"] < entry["payment_due_at"] for entry in voids):
        yield "voided before its term was over"
    # With these the money comes within the term, unless the provider was not asked for it within the term.
    asked = any(entry["order_id"] == order_id for entry in world.partners.book("payment"))
    if scenario in WILLING and asked:
        yield f"cancelled for {reason} by our own delay; the provider had taken the money"
    if not asked and not world.plan.disturbs:
        yield f"cancelled for {reason}, without a payment request, and nothing was unavailable"
    if (reason == "payment_unknown") == asked:
        yield f"cancelled for {reason}, though the provider {'was' if asked else 'was never'} asked"


def _versions(world: World, order: Order) -> Iterator[str]:
    told = world.told[order["order_id"]]
    gaps = [version for version in told if version > 1 and not {version - 1, version - JUMP} & told.keys()]
    if gaps or max(told, default=0) != order["version"]:
        yield f"versions told: {sorted(told)}, the order's is {order['version']}"
    for version, status in told.items():
        before = told.get(version - 1, status)
        if status not in {before, *FOLLOWING.get(before, ())}:
            yield f"{status} after {before}, in version {version}"


def _money(world: World, order: Order) -> Iterator[str]:
    order_id = order["order_id"]
    book: Counter[str] = Counter()
    of_payment: Counter[str] = Counter()
    for entry in world.partners.book("capture", "refund"):
        if entry["order_id"] == order_id:
            amount = entry["amount"] if entry["kind"] == "capture" else -entry["amount"]
            book[entry["currency"]] += amount
            of_payment[entry["payment_id"]] += amount
    ledger: Counter[str] = Counter()
    for key, item in world.tables["ledger"].items.items():
        if key[0] == order_id:
            entry = from_item(item)
            ledger[entry["currency"]] += entry["amount"]
    if {c: a for c, a in ledger.items() if a} != {c: a for c, a in book.items() if a}:
        yield f"ledger {dict(ledger)}, the provider's book {dict(book)}"
    kept = {currency: amount for currency, amount in book.items() if amount}
    wanted = {order["total"]["currency"]: order["total"]["amount"]} if order["status"] in KEPT else {}
    if kept != wanted:
        yield f"{order['status']} of {order['total']}, but the provider keeps {kept}"
    for refund_id, refund in order["refunds"].items():
        case = world.tables["cases"].items.get((order_id, f"refund#{refund_id}"))
        if case is None or (case["state"]["S"] == "closed") != (refund["state"] == "completed"):
            yield f"{refund_id} is {refund['state']}, its case {case}"
    for payment_id, amount in of_payment.items():
        if amount < 0:
            yield f"{payment_id}: refunded more than captured"
    if any(refund["state"] == "due" for refund in order["refunds"].values()):
        yield "a refund is still due"
    if of_payment and world.partners.scenario_of.get(order_id) == "contradiction":
        yield "the provider contradicted itself, but there is no open case"


def _open_case(world: World, order_id: str, kind: str) -> bool:
    return any(
        key[0] == order_id and item.get("kind", {}).get("S") == kind and item.get("state", {}).get("S") == "open"
        for key, item in world.tables["cases"].items.items()
    )


def _stock(world: World) -> Iterator[str]:
    taken: Counter[str] = Counter()
    for key, item in world.tables["stock"].items.items():
        if key[0].startswith("order#"):
            reservation = from_item(item)
            for line in reservation["lines"][: reservation["taken"]]:
                taken[line["sku"]] += line["quantity"]
    for key, item in world.tables["stock"].items.items():
        if key[0].startswith("sku#"):
            sku, available = key[0].removeprefix("sku#"), int(item["available"]["N"])
            if available < 0 or available + taken[sku] != world.pieces[sku]:
                yield f"{sku}: {world.pieces[sku]} at first, {taken[sku]} taken, {available} left"


def _notices(world: World, orders: dict[str, Order]) -> Iterator[str]:
    """Check that each notice is sent once, in order; duplicates only after a kill or lost response, and counted."""
    sent: defaultdict[str, list[int]] = defaultdict(list)
    said: defaultdict[str, list[str]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for order_id, version, kind in world.notices:
        if sent[order_id] and version < sent[order_id][-1]:
            yield f"{order_id}: notice of version {version} after that of {sent[order_id][-1]}"
        sent[order_id].append(version)
        # Several refunds are possible.
        said[order_id].append(f"{kind} {version}" if kind in {"refunding", "refunded"} else kind)
        kinds[order_id] = kind
    doubled = sum(len(each) - len(set(each)) for each in said.values())
    counted = world.metrics["NoticeAnswersLost"] + world.metrics["NoticesResumed"]
    if doubled > counted:
        yield f"{doubled} notices twice, {counted} counted: {dict(said)}"
    if counted > _BATCH * world.metrics["failures"]:
        yield f"{counted} notices counted as repeated, {world.metrics['failures']} failures"
    for order_id, order in orders.items():
        if kinds.get(order_id) != order["status"] and not _open_case(world, order_id, "payment_conflict"):
            yield f"{order_id}: {order['status']}, told last: {kinds.get(order_id)}"
