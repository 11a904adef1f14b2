"""Many orders from every producer, with all the disorder of the payment provider and the carrier, until it is quiet.

Website and mobile app (some of them out of stock, some requests repeated), a partner on the bus (some events twice),
and till files (one of them twice). The simulators draw from the seed which payments are declined, doubled, late, never
made or answered too late, and which calls back are repeated. Then the invariants: every order final or waiting for a
named reason; table, ledger, provider's book, stock and notices agree.
"""

import argparse
import csv
import io
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bench.load import Load, order_id, percentile, skus
from contracts import Event, ids, new_event, times
from orderflow_cli import console
from orderflow_cli.demo import traffic
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe import invariants

ONLINE, PARTNER = 0.7, 0.1  # the rest is sold at tills
OUT_OF_STOCK = 0.05
REPEATED = 0.05
# A payment can come 150 s after it was asked for, an unpaid order waits for its term and the next check, an early event
# for its next delivery; on a busy machine all of it takes longer. The wait ends as soon as it is quiet.
SLOWEST_STORY_SECONDS = 420.0
SECONDS_PER_ORDER = 0.8


@dataclass
class Outcome:
    """`problems` are empty when all is as it should be."""

    load: Load
    report: invariants.Report
    problems: list[str]
    requests: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    sending_seconds: float = 0.0
    seconds: float = 0.0


def run(cloud: LocalCloud, count: int, drawn_from: int = 1) -> Outcome:
    """Send `count` orders, wait until it is quiet, and check."""
    started = time.monotonic()
    load = Load(cloud)
    draw = random.Random(drawn_from)  # noqa: S311 - a reproducible order mix, no secret
    online, partner = round(count * ONLINE), round(count * PARTNER)
    with console.step(f"{count} orders from website, app, tills and a partner, seed {drawn_from}") as progress:
        orders = [_perhaps_out_of_stock(order, draw) for order in load.orders(online, drawn_from)]
        repeated = draw.sample(orders, round(len(orders) * REPEATED))
        events = [_partner_order(load, number, draw) for number in range(partner)]
        asked = [*(order_id(order) for order in orders), *(event["data"]["order_id"] for event in events)]
        load.disorder(asked, drawn_from)
        expected = {*asked, *_send_till_files(load, count - online - partner, drawn_from)}
        _send_partner_orders(load, events, draw)
        answers = load.place([*orders, *repeated])
        load.accepted |= expected
        sending_seconds = time.monotonic() - started
        progress.detail = f"{len(answers)} requests"
    with console.step("waiting until it is quiet") as progress:

        def tell(text: str) -> None:
            progress.detail = text

        quiet = load.wait_until_quiet(SLOWEST_STORY_SECONDS + SECONDS_PER_ORDER * count, tell)
    report = load.report()
    problems = [] if quiet else ["it was not quiet in time"]
    refused = [answer for answer in answers if answer.status != 202]
    problems += [f"a good order was answered {answer.status}: {answer.document}" for answer in refused]
    problems += [f"{depth} dead letters of {place}" for place, depth in load.new_dead_letters().items()]
    problems += report.violations
    return Outcome(
        load,
        report,
        problems,
        Counter(answer.status for answer in answers),
        [answer.milliseconds for answer in answers],
        sending_seconds,
        time.monotonic() - started,
    )


def show(outcome: Outcome) -> None:
    load, taken = outcome.load, outcome.load.snapshot()
    items = load.items()
    channels = sorted({item["channel"] for item in items})
    ends = Counter((_end(item), item["channel"]) for item in items)
    rows = [
        (end, *(str(ends[end, channel]) for channel in channels), str(sum(ends[end, each] for each in channels)))
        for end in sorted({end for end, _ in ends})
    ]
    right = tuple(range(1, len(channels) + 2))
    console.table("How the orders ended", ("end", *channels, "all"), rows, right=right)
    book = [entry for entry in taken.book if entry.get("order_id") in load.accepted]
    scenarios = Counter(entry["scenario"] for entry in book if entry["kind"] == "payment")
    kinds = Counter(entry["kind"] for entry in book)
    entries = [entry for entry in taken.ledger if entry["order_id"] in load.accepted]
    money = sum(entry["amount"] for entry in entries)
    kept = sum(item["total"]["amount"] for item in items if item["status"] in {"paid", "shipped", "delivered"})
    console.say(f"The provider drew: {', '.join(f'{number} {name}' for name, number in scenarios.most_common())}.")
    console.say(
        f"Its book: {kinds['payment']} payments asked for, {kinds['capture']} captured, {kinds['refund']} refunded. "
        f"Ledger: {len(entries)} entries, {money / 100:,.2f} EUR; orders kept: {kept / 100:,.2f} EUR."
    )
    statuses = ", ".join(f"{number} x {status}" for status, number in sorted(outcome.requests.items()))
    console.say(
        f"Requests: {statuses}; p50 {percentile(outcome.milliseconds, 50):,.0f} ms, "
        f"p95 {percentile(outcome.milliseconds, 95):,.0f} ms. Sent in {console.duration(outcome.sending_seconds)}, "
        f"quiet after {console.duration(outcome.seconds)}."
    )
    ours = {reason: load.accepted.intersection(waiting) for reason, waiting in outcome.report.waiting.items()}
    for reason, waiting in ours.items():
        if waiting:
            console.say(f"{len(waiting)} orders: {reason}.")
    for problem in outcome.problems[:30]:
        console.warn(problem)
    settled = load.settled()
    console.say(
        f"{len(load.accepted)} accepted = {settled} settled + {sum(map(len, ours.values()))} waiting; "
        f"{len(outcome.problems)} problems."
    )


def _perhaps_out_of_stock(order: Order, draw: random.Random) -> Order:
    if draw.random() >= OUT_OF_STOCK:
        return order
    lines = [*order.body["lines"], {"sku": seed.sold_out_sku(), "quantity": 1}]
    return replace(order, body={**order.body, "lines": lines})


def _send_till_files(load: Load, receipts: int, drawn_from: int) -> set[str]:
    """Two files, the first of them twice; returns the ids of the receipts' orders."""
    expected: set[str] = set()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    s3, bucket = load.cloud.client("s3"), load.outputs["till_bucket_name"]
    for number, count in enumerate((receipts - receipts // 2, receipts // 2), 1):
        run_id = f"{load.run_id}-{number}"
        text, _, _ = traffic.till_file(run_id, seed.catalog(), count, today, drawn_from + number)
        for copy in ("a", "b") if number == 1 else ("a",):
            s3.put_object(Bucket=bucket, Key=f"incoming/{run_id}-{copy}.csv", Body=text.encode())
        expected |= _receipts(text)
    return expected


def _receipts(text: str) -> set[str]:
    """Order ids of the good receipts of a file: the last two rows are its bad ones."""
    rows = list(csv.DictReader(io.StringIO(text)))[:-2]
    names = ("store_id", "till_id", "receipt_number", "business_date")
    return {ids.order_id("pos", *(row[name] for name in names)) for row in rows}


def _send_partner_orders(load: Load, events: list[Event], draw: random.Random) -> None:
    """As another team's producer would; some events are sent twice."""
    twice = draw.sample(events, round(len(events) * REPEATED))
    client = load.cloud.client("events")
    queue = [*events, *twice]
    for start in range(0, len(queue), 10):
        entries = [
            {
                "EventBusName": load.outputs["bus_name"],
                "Source": "orderflow.partner",
                "DetailType": "OrderPlaced",
                "Detail": json.dumps(event),
            }
            for event in queue[start : start + 10]
        ]
        answer = client.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused partner orders: {answer['Entries']}")


def _partner_order(load: Load, number: int, draw: random.Random) -> Event:
    prices = seed.catalog()
    lines: list[dict[str, Any]] = [
        {"sku": sku, "name": "Sold by a partner", "quantity": draw.randint(1, 3), "unit_price": prices[sku]}
        for sku in draw.sample(skus(), 2)
    ]
    data: dict[str, Any] = {
        "order_id": ids.order_id("partner", "bench", f"{load.run_id}-{number}"),
        "customer_id": f"partner:{number}",
        "channel": "partner",
        "lines": lines,
        "total": {"amount": sum(line["quantity"] * line["unit_price"] for line in lines), "currency": "EUR"},
        "placed_at": times.now(),
        "request_hash": f"{number:064x}",
        "shipping_address": traffic.address(draw),
    }
    return new_event("OrderPlaced", data, producer="partner", correlation_id=ids.new_id())


def _end(item: dict[str, Any]) -> str:
    reason = item.get("cancel_reason")
    refunds = len(item.get("refunds", {}))
    more = [reason.replace("_", " ")] if reason else []
    more += [f"{refunds} refund" + "s" * (refunds > 1)] if refunds else []
    return f"{item['status']} ({', '.join(more)})" if more else str(item["status"])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench BENCH=mixed_orders", description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    cloud = LocalCloud()
    cloud.up()
    outcome = run(cloud, args.orders, args.seed)
    console.say()
    show(outcome)
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
