"""The demo's report: what each consumer received, the trace of an order, rejected requests, problems."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from orderflow_cli import console
from orderflow_cli.console import pluralize
from orderflow_cli.demo.run import DemoRun, Requests
from orderflow_cli.demo.traffic import SCENARIOS
from orderflow_cli.observe import trace
from orderflow_cli.observe.invariants import Report, Snapshot
from orderflow_cli.observe.trace import show_trace

# Running the emulator has shown that it lacks these; docs/generated/evidence.md lists what is proven instead.
UNEMULATED_FEATURES = (
    "partial batch responses, bisecting, retry limits and S3 destinations of stream mappings",
    "retries and dead-letter queues of rule targets; redrive policies of subscriptions",
    "alarms on AWS's own metrics",
    "KMS grants",
    "email, SMS and push (only logged); Firehose and Kinesis targets; the schema registry",
)
_ORDER_ID = re.compile(r"\bord_[a-z2-7]{26}\b")


def print_and_check_consumers(snapshot: Snapshot, requests: Requests) -> list[str]:
    """Print a table of what each consumer received, and return the problems."""
    online_order_ids = set(requests.placed_orders)
    all_ids = online_order_ids | requests.till_order_ids
    provider_entries = [entry for entry in snapshot.provider_entries if entry.get("order_id") in online_order_ids]
    notices = [notice for notice in snapshot.delivered_notices if notice[0] in online_order_ids]
    entries = [entry for entry in snapshot.ledger if entry["order_id"] in all_ids]
    captures = Counter(entry["order_id"] for entry in entries if entry["kind"] == "capture")
    refunds = [entry for entry in entries if entry["kind"] == "refund"]
    paid_ids = {order_id for order_id in all_ids if snapshot.orders.get(order_id, {}).get("payments")}
    states = [item["state"] for order_id, item in snapshot.reservations.items() if order_id in online_order_ids]
    till_summary, state_summary = f"{len(requests.till_order_ids)} from the till", _join_counts(states)
    payment_summary = f"{pluralize(captures.total(), 'capture')}, {pluralize(len(refunds), 'refund')}"
    notice_summary = f"{pluralize(len(notices), 'notice')}, {len(notices) - len(set(notices)) or 'none'} twice"
    payment_request_order_ids = [entry["order_id"] for entry in provider_entries if entry["kind"] == "payment"]
    request_summary = pluralize(len(payment_request_order_ids), "payment request")
    rows = [
        ("orders table", "every order", all_ids, set(snapshot.orders) & all_ids, till_summary),
        ("payment provider", "every online order", online_order_ids, set(payment_request_order_ids), request_summary),
        ("finance", "every paid order", paid_ids, set(captures), payment_summary),
        ("warehouse", "every online order", online_order_ids, set(snapshot.reservations) & all_ids, state_summary),
        ("customer service", "every online order", online_order_ids, {one for one, _ in notices}, notice_summary),
    ]
    columns = ("consumer", "should have", "expected", "received", "exactly", "effects")
    matches = ["yes" if expected == actual else "NO" for _, _, expected, actual, _ in rows]
    counts = [(str(len(expected)), str(len(actual))) for _, _, expected, actual, _ in rows]
    lines = [(*row[:2], *pair, match, row[4]) for row, pair, match in zip(rows, counts, matches, strict=True)]
    console.table("What each consumer received", columns, lines, right=(2, 3))
    return [
        problem
        for consumer, _, expected, actual, _ in rows
        for problem in (
            *([f"{consumer} has not received {_join_ids(expected - actual)}"] if expected - actual else []),
            *([f"{consumer} has unexpectedly received {_join_ids(actual - expected)}"] if actual - expected else []),
        )
    ]


def print_and_check_outcomes(snapshot: Snapshot, requests: Requests) -> list[str]:
    """Print a table of how the orders ended, and return the unexpected outcomes."""
    problems: list[str] = []
    outcomes: dict[str, Counter[str]] = {}
    for order_id, (order, _) in requests.placed_orders.items():
        item = snapshot.orders.get(order_id)
        problem = SCENARIOS[order.scenario].problem(item) if item else "is not in the table"
        if problem:
            problems.append(f"{order_id} ({SCENARIOS[order.scenario].description}) {problem}")
        outcomes.setdefault(order.scenario, Counter())[item["status"] if item else "missing"] += 1
    scenarios = [key for key in SCENARIOS if key in outcomes]
    rows = [(SCENARIOS[key].description, str(outcomes[key].total()), _join_counts(outcomes[key])) for key in scenarios]
    counts = Counter(snapshot.orders[order_id]["status"] for order_id in requests.till_order_ids)
    expected_counts = Counter(delivered=requests.till_receipt_count)
    if counts != expected_counts:
        problems.append(f"till orders: {_join_counts(counts) or 'none'}; expected {_join_counts(expected_counts)}")
    rows.append(("bought and paid for at the till", str(counts.total()), _join_counts(counts)))
    console.table("How the orders ended", ("what happened to them", "orders", "ended"), rows, right=(1,))
    return problems


def print_and_check_trace(demo: DemoRun) -> list[str]:
    """Print the trace of one ordinary order, and return a problem if functions are missing from it."""
    ordinary_ids = [key for key, (order, _) in demo.requests.placed_orders.items() if order.scenario == "capture"]
    if not ordinary_ids:
        return ["no ordinary order was accepted, so there is no trace to show"]
    order_trace = trace.read(demo.environment, ordinary_ids[-1])
    show_trace(order_trace)
    required_functions = {"storefront_api", "recorder", "relay", "finance", "warehouse", "customer_service", "webhooks"}
    missing_functions = sorted(required_functions - {step.where for step in order_trace.steps})
    return [f"the trace of {order_trace.order_id} lacks {', '.join(missing_functions)}"] if missing_functions else []


def print_failing_order(demo: DemoRun, problems: Sequence[str]) -> None:
    """Print the trace of the first order that a problem names, and the command that repeats the run."""
    named_order_ids = [order_id for problem in problems for order_id in _ORDER_ID.findall(problem)]
    if named_order_ids:
        show_trace(trace.read(demo.environment, named_order_ids[0]))
    console.say(f"`scripts/orderflow demo --orders {demo.count} --seed {demo.seed}` sends the same orders again.")


def print_and_check_rejections(requests: Requests) -> list[str]:
    """Print a table of rejected requests, and return a problem for each unexpected response."""
    rows, problems = [], []
    for request, response in requests.invalid_requests:
        errors = response.document.get("errors") or []
        reason = "; ".join(f"{one['field']} {one['reason']}" for one in errors) or response.document.get("detail", "")
        rows.append((request.description, str(response.status), str(response.document.get("title", "")), reason))
        if response.status != request.expected_status:
            problems.append(f"{request.description}: got status {response.status}, expected {request.expected_status}")
        if response.headers.get("content-type") != "application/problem+json":
            problems.append(f"{request.description}: the response is not a problem document")
    for row in requests.rejected_till_rows:
        line, reason, _ = row.split(",", 2)
        rows.append((f"till file, line {line}", "-", "row not imported", reason))
    if not requests.rejected_till_rows:
        problems.append("the till file's report does not name the invalid rows")
    console.table("Rejected requests, and why", ("request", "status", "problem", "reason"), rows, right=(1,))
    for order, response in requests.rejected_orders:
        key, document = order.idempotency_key, response.document
        problems.append(f"a valid order ({key}) was rejected with {response.status}: {document}")
    if requests.retry_pair:
        first, second = requests.retry_pair
        is_same = second.status == first.status and second.document.get("order_id") == first.document["order_id"]
        order_description = "the same order" if is_same else "NOT the same order"
        console.say(f"A repeated Idempotency-Key got status {second.status} and {order_description}.")
        if not is_same:
            problems.append(f"the repeated request got a different response: {second.status} {second.document}")
    return problems


def print_result(demo: DemoRun, report: Report, problems: Sequence[str]) -> int:
    """Print the result of the run, and return the exit code."""
    console.say()
    console.say("Not emulated, so not shown: " + "; ".join(UNEMULATED_FEATURES) + ".")
    console.say(
        f"Where to look next: `scripts/orderflow trace {next(reversed(demo.requests.placed_orders))}`, `make status`, "
        "docs/generated/events.md, terraform/pipeline/ (one file per hop); `make down` stops everything."
    )
    problems = [*problems, *report.violations]
    console.say()
    if problems:
        for problem in problems[:30]:
            console.warn(problem)
        print_failing_order(demo, problems)
        console.say(f"FAILED: {pluralize(len(problems), 'problem')}, see above.")
        return 1
    orders_text = pluralize(len(demo.requests.placed_orders) + len(demo.requests.till_order_ids), "order")
    console.say(f"Everything arrived: {orders_text} settled, 0 lost, 0 duplicate effects.")
    return 0


def _join_ids(order_ids: Iterable[str]) -> str:
    ids = sorted(order_ids)
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def _join_counts(names: Iterable[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(Counter(names).items()))
