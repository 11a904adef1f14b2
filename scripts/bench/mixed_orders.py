"""Sends many orders from every producer while the simulators inject faults, and checks the invariants.

Orders come from the website and the mobile app (some out of stock, some requests repeated), from a partner on the bus
(some events sent twice) and from till files (one sent twice). The seed determines which payments are declined,
duplicated, late or missing, and which callbacks are repeated. When the system is idle, every order must be final or
waiting for a known reason, and the table, ledger, payment provider's records, stock and notices must agree."""

import csv
import io
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bench.load import TIMEOUT_SECONDS_PER_ORDER, LoadRun
from contracts import Event, ids, new_event, times
from orderflow_cli import console
from orderflow_cli.demo import traffic
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud

ONLINE_SHARE, PARTNER_SHARE = 0.7, 0.1  # the rest are sold at tills
OUT_OF_STOCK_SHARE = 0.05
REPEATED_SHARE = 0.05
# A payment can arrive 150 s after its request, an unpaid order waits for its term and the next check, an early event
# for its next delivery; a busy machine takes longer. The wait ends when the system is idle.
SLOWEST_ORDER_SECONDS = 420.0


def run(cloud: LocalCloud, count: int, random_seed: int = 1) -> tuple[LoadRun, list[str]]:
    """Send `count` orders, wait until the system is idle, and return the run and its problems."""
    load = LoadRun(cloud)
    rng = random.Random(random_seed)  # noqa: S311 - a reproducible order mix, no secret
    online_count, partner_count = round(count * ONLINE_SHARE), round(count * PARTNER_SHARE)
    with console.step(f"{count} orders from website, app, tills and a partner, seed {random_seed}") as progress:
        orders = [_randomly_add_sold_out_item(order, rng) for order in load.orders(online_count, random_seed)]
        repeated_orders = rng.sample(orders, round(len(orders) * REPEATED_SHARE))
        events = [_partner_order(load, number, rng) for number in range(partner_count)]
        order_ids = [*(order.order_id for order in orders), *(event["data"]["order_id"] for event in events)]
        load.inject_faults(order_ids, random_seed)
        expected_ids = {*order_ids, *_send_till_files(load, count - online_count - partner_count, random_seed)}
        _send_partner_orders(load, events, rng)
        responses = load.place_orders([*orders, *repeated_orders])
        load.accepted_ids |= expected_ids
        progress.detail = f"{len(responses)} requests"
    return load, load.problems(responses, SLOWEST_ORDER_SECONDS + TIMEOUT_SECONDS_PER_ORDER * count)


def _randomly_add_sold_out_item(order: Order, rng: random.Random) -> Order:
    if rng.random() >= OUT_OF_STOCK_SHARE:
        return order
    lines = [*order.body["lines"], {"sku": seed.sold_out_sku(), "quantity": 1}]
    return replace(order, body={**order.body, "lines": lines})


def _send_till_files(load: LoadRun, receipt_count: int, random_seed: int) -> set[str]:
    """Send two till files, the first twice; return the order ids of the receipts."""
    expected_ids: set[str] = set()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    s3, bucket = load.cloud.client("s3"), load.outputs["till_bucket_name"]
    for number, count in enumerate((receipt_count - receipt_count // 2, receipt_count // 2), 1):
        file_id = f"{load.run_id}-{number}"
        text, _, _ = traffic.till_file(file_id, seed.prices(), count, today, random_seed + number)
        for copy in ("a", "b") if number == 1 else ("a",):
            s3.put_object(Bucket=bucket, Key=f"incoming/{file_id}-{copy}.csv", Body=text.encode())
        expected_ids |= _receipt_order_ids(text)
    return expected_ids


def _receipt_order_ids(text: str) -> set[str]:
    """Return the order ids of a file's valid receipts; its last two rows are invalid."""
    rows = list(csv.DictReader(io.StringIO(text)))[:-2]
    names = ("store_id", "till_id", "receipt_number", "business_date")
    return {ids.order_id("pos", *(row[name] for name in names)) for row in rows}


def _send_partner_orders(load: LoadRun, events: list[Event], rng: random.Random) -> None:
    """Send orders as another team's producer does, some events twice."""
    duplicates = rng.sample(events, round(len(events) * REPEATED_SHARE))
    client = load.cloud.client("events")
    all_events = [*events, *duplicates]
    for start in range(0, len(all_events), 10):
        entry = {"EventBusName": load.outputs["bus_name"], "Source": "orderflow.partner", "DetailType": "OrderPlaced"}
        entries = [{**entry, "Detail": json.dumps(event)} for event in all_events[start : start + 10]]
        response = client.put_events(Entries=entries)
        if response["FailedEntryCount"]:
            raise RuntimeError(f"The bus rejected partner orders: {response['Entries']}")


def _partner_order(load: LoadRun, number: int, rng: random.Random) -> Event:
    prices = seed.prices()
    lines: list[dict[str, Any]] = [
        {"sku": sku, "name": "Sold by a partner", "quantity": rng.randint(1, 3), "unit_price": prices[sku]}
        for sku in rng.sample(seed.stocked_skus(), 2)
    ]
    data: dict[str, Any] = {
        "order_id": ids.order_id("partner", "bench", f"{load.run_id}-{number}"),
        "partner": {"partner_id": "bench", "order_number": f"{load.run_id}-{number}"},
        "customer_id": f"bench:{number}",
        "channel": "partner",
        "lines": lines,
        "total": {"amount": sum(line["quantity"] * line["unit_price"] for line in lines), "currency": "EUR"},
        "placed_at": times.now(),
        "request_hash": f"{number:064x}",
        "shipping_address": traffic.address(rng),
    }
    return new_event("OrderPlaced", data, producer="partner", correlation_id=ids.new_id())
