"""The demo's report: what each consumer received, the trace of an order, rejected requests, problems."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from orderflow_cli import console
from orderflow_cli.console import pluralize
from orderflow_cli.demo.run import DemoRun, Requests
from orderflow_cli.demo.traffic import STORIES
from orderflow_cli.observe import trace
from orderflow_cli.observe.invariants import Report, Snapshot
from orderflow_cli.observe.trace import show_trace

# Verified by running the emulator; docs/generated/evidence.md lists what is proven instead.
NOT_EMULATED = (
    "partial batch responses, bisecting, retry limits and S3 destinations of the stream mapping",
    "retries and dead-letter queues of rule targets; redrive policies of subscriptions",
    "alarms on AWS's own metrics",
    "KMS grants",
    "e-mail, SMS and push beyond a log line; Firehose and Kinesis targets; the schema registry",
)
_ORDER = re.compile(r"\bord_[a-z2-7]{26}\b")


def print_consumers(snapshot: Snapshot, sent: Requests) -> list[str]:
    """Print a table of what each consumer received, and return the problems in it."""
    online, till = set(sent.placed), set(sent.till_orders)
    ours = online | till
    book = [entry for entry in snapshot.book if entry.get("order_id") in online]
    notices = [order_id for order_id, _ in snapshot.delivered_notices if order_id in online]
    entries = [entry for entry in snapshot.ledger if entry["order_id"] in ours]
    captures = Counter(entry["order_id"] for entry in entries if entry["kind"] == "capture")
    refunds = [entry for entry in entries if entry["kind"] == "refund"]
    paid = {order_id for order_id in ours if snapshot.orders.get(order_id, {}).get("payments")}
    states = Counter(item["state"] for order_id, item in snapshot.reservations.items() if order_id in online)
    moved = f"{pluralize(captures.total(), 'capture')}, {pluralize(len(refunds), 'refund')}"
    delivered_notices = f"{pluralize(len(notices), 'notice')}, none twice"
    asked = {entry["order_id"] for entry in book if entry["kind"] == "payment"}
    rows = [
        ("orders table", "every order", ours, set(snapshot.orders) & ours, f"{len(till)} of them from the till"),
        ("payment provider", "every online order", online, asked, "one request each"),
        ("finance", "every paid order", paid, set(captures), moved),
        ("warehouse", "every online order", online, set(snapshot.reservations) & ours, _counts(states)),
        ("customer service", "every online order", online, set(notices), delivered_notices),
    ]
    columns = ("consumer", "should have", "expected", "received", "exactly", "effects")
    exactly = ["yes" if expected == actual else "NO" for _, _, expected, actual, _ in rows]
    counts = [(str(len(expected)), str(len(actual))) for _, _, expected, actual, _ in rows]
    shown = [(*row[:2], *two, yes, row[4]) for row, two, yes in zip(rows, counts, exactly, strict=True)]
    console.table("What each consumer received", columns, shown, right=(2, 3))
    return [
        problem
        for who, _, expected, actual, _ in rows
        for problem in (
            *([f"{who} has not received {_list_of(expected - actual)}"] if expected - actual else []),
            *([f"{who} has unexpectedly received {_list_of(actual - expected)}"] if actual - expected else []),
        )
    ]


def print_stories(snapshot: Snapshot, sent: Requests) -> list[str]:
    """Print a table of how the orders ended, and return the unexpected ends."""
    problems: list[str] = []
    ends: dict[str, Counter[str]] = {}
    for order_id, (order, _) in sent.placed.items():
        found = snapshot.orders.get(order_id)
        problem = STORIES[order.story].problem(found) if found else "is not in the table"
        if problem:
            problems.append(f"{order_id} ({STORIES[order.story].description}) {problem}")
        ends.setdefault(order.story, Counter())[found["status"] if found else "missing"] += 1
    rows = [
        (one.description, str(ends[key].total()), _counts(ends[key])) for key, one in STORIES.items() if key in ends
    ]
    till = Counter(snapshot.orders[order_id]["status"] for order_id in sent.till_orders)
    if till != Counter(delivered=sent.till_receipts):
        problems.append(f"of {sent.till_receipts} till receipts these arrived: {_counts(till) or 'none'}")
    rows.append(("bought and paid at the till", str(till.total()), _counts(till)))
    console.table("How the orders ended", ("what happened to them", "orders", "ended"), rows, right=(1,))
    return problems


def print_trace(demo: DemoRun) -> list[str]:
    """Print the trace of one ordinary order, and return what is missing from it."""
    ordinary = [key for key, (order, _) in demo.sent.placed.items() if order.story == "capture"]
    if not ordinary:
        return ["no ordinary order was accepted, so there is no trace to show"]
    found = trace.read(demo.environment, ordinary[-1])
    show_trace(found)
    needed = {"storefront_api", "recorder", "relay", "finance", "warehouse", "customer_service", "webhooks"}
    unseen = sorted(needed - {hop.where for hop in found.hops})
    return [f"the trace of {found.order_id} lacks {', '.join(unseen)}"] if unseen else []


def print_failing_order(demo: DemoRun, problems: Sequence[str]) -> None:
    """Print the trace of the first order that a problem names."""
    named = [order_id for problem in problems for order_id in _ORDER.findall(problem)]
    if named:
        show_trace(trace.read(demo.environment, named[0]))
    console.say(f"`scripts/orderflow demo --orders {demo.count} --seed {demo.seed}` sends the same orders again.")


def print_rejections(sent: Requests) -> list[str]:
    """Print a table of rejected requests, and return those that were not rejected as expected."""
    rows, problems = [], []
    for request, answer in sent.invalid:
        errors = answer.document.get("errors") or []
        why = "; ".join(f"{error['field']} {error['reason']}" for error in errors) or answer.document.get("detail", "")
        rows.append((request.description, str(answer.status), str(answer.document.get("title", "")), why))
        if answer.status != request.expected_status:
            problems.append(f"{request.description}: answered {answer.status}, expected {request.expected_status}")
        if answer.headers.get("content-type") != "application/problem+json":
            problems.append(f"{request.description}: the answer is not a problem document")
    for row in sent.rejected_till_rows:
        line, reason, _ = row.split(",", 2)
        rows.append((f"till file, line {line}", "-", "row not imported", reason))
    if not sent.rejected_till_rows:
        problems.append("the till file's report does not name the invalid rows")
    console.table("Rejected requests, and why", ("request", "status", "problem", "reason"), rows, right=(1,))
    for order, answer in sent.rejected_orders:
        problems.append(f"a valid order ({order.idempotency_key}) was rejected with {answer.status}: {answer.document}")
    if sent.repeated:
        first, again = sent.repeated
        same = again.status == first.status and again.document.get("order_id") == first.document["order_id"]
        which = "the same" if same else "ANOTHER"
        console.say(f"A repeated Idempotency-Key got status {again.status} and {which} order.")
        if not same:
            problems.append(f"the repeated request was answered {again.status}: {again.document}")
    return problems


def print_verdict(demo: DemoRun, report: Report, problems: Sequence[str]) -> int:
    """Print the result, and return the exit code."""
    console.say()
    console.say("Not emulated, so not shown: " + "; ".join(NOT_EMULATED) + ".")
    console.say(
        f"Where to look next: `scripts/orderflow trace {next(reversed(demo.sent.placed))}`, `make status`, "
        "docs/generated/events.md, terraform/pipeline/ (one file per hop); `make down` stops everything."
    )
    found = [*problems, *report.violations]
    console.say()
    if found:
        for problem in found[:30]:
            console.warn(problem)
        print_failing_order(demo, found)
        console.say(f"FAILED: {pluralize(len(found), 'problem')}, see above.")
        return 1
    orders = pluralize(len(demo.sent.placed) + len(demo.sent.till_orders), "order")
    console.say(f"Everything arrived: {orders} settled, 0 lost, 0 duplicate effects.")
    return 0


def _list_of(order_ids: Iterable[str]) -> str:
    found = sorted(order_ids)
    return ", ".join(found[:3]) + (f" and {pluralize(len(found) - 3, 'more', 'more')}" if len(found) > 3 else "")


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))
