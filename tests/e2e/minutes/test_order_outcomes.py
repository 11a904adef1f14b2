"""How orders end when payments fail or repeat, a deadline passes or a till file is repeated."""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import ids, new_event
from orderflow_cli.demo import traffic
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.simulators import PAYMENT_PROVIDER
from orderflow_cli.observe import snapshot
from tests.e2e.conftest import TIMEOUT_SECONDS, Shop, wait_for

DEADLINE_TIMEOUT_SECONDS = 2 * TIMEOUT_SECONDS


@pytest.fixture(scope="module")
def order_ids(shop: Shop) -> dict[str, str]:
    """Two order ids by scenario: "silent" is never paid; "crossing" is paid while its payment is being voided."""
    return {scenario: shop.place(shop.new_order(scenario)).document["order_id"] for scenario in ("silent", "crossing")}


@pytest.mark.usefixtures("order_ids")
def test_order_is_cancelled_and_stock_released_when_payment_is_declined(shop: Shop) -> None:
    order = shop.new_order("decline")

    order_id = shop.place(order).document["order_id"]

    item = shop.wait_for_status(order_id, "cancelled", DEADLINE_TIMEOUT_SECONDS)
    assert item["cancel_reason"] == "payment_declined"
    wait_for(lambda: (shop.reservation(order_id) or {}).get("state") == "released")
    assert shop.ledger(order_id) == []


def test_order_is_delivered_when_a_second_card_pays_after_a_decline(shop: Shop) -> None:
    order_id = shop.place(shop.new_order("second_card")).document["order_id"]

    item = shop.wait_for_status(order_id, "delivered")

    assert len(item["declined_payments"]) == len(item["payments"]) == 1
    assert item["refunds"] == {}


def test_one_capture_is_booked_when_a_call_to_the_provider_is_repeated(shop: Shop) -> None:
    order_id = shop.place(shop.new_order("timeout")).document["order_id"]
    shop.wait_for_status(order_id, "delivered")

    # EventBridge would send the same event again after a timeout; the local cloud does not, so the test does.
    response = _resend_payment_request(shop, order_id)

    assert response["FailedEntryCount"] == 0
    wait_for(lambda: shop.cloud.simulators.book(PAYMENT_PROVIDER)["calls"].get(order_id, 0) >= 2)
    assert len(shop.book(order_id, "payment")) == 1
    assert len(shop.book(order_id, "capture")) == 1
    assert len(shop.ledger(order_id)) == 1


def test_unpaid_order_ends_at_the_deadline_and_late_payment_is_refunded(shop: Shop, order_ids: dict[str, str]) -> None:
    unpaid_order_id, late_payment_order_id = order_ids["silent"], order_ids["crossing"]

    shop.wait_for_status(unpaid_order_id, "cancelled", DEADLINE_TIMEOUT_SECONDS)
    refunded_order = shop.wait_for_status(late_payment_order_id, "refunded", DEADLINE_TIMEOUT_SECONDS)

    assert (shop.order(unpaid_order_id) or {})["cancel_reason"] == "payment_deadline"
    assert [refund["reason"] for refund in refunded_order["refunds"].values()] == ["late_capture"]
    wait_for(lambda: sum(entry["amount"] for entry in shop.ledger(late_payment_order_id)) == 0)
    assert len(shop.ledger(late_payment_order_id)) == 2


@pytest.mark.proves("source/aws_service", by="delivered")
def test_receipts_are_imported_once_when_a_till_file_is_uploaded_twice(shop: Shop) -> None:
    run = uuid.uuid4().hex[:10]
    text, receipt_count, rejected_count = traffic.till_file(run, seed.prices(), 5, f"{datetime.now(UTC):%Y-%m-%d}", 1)
    s3, bucket = shop.cloud.client("s3"), shop.outputs["till_bucket_name"]

    for copy in ("first", "second"):
        s3.put_object(Bucket=bucket, Key=f"incoming/{run}-{copy}.csv", Body=text.encode())

    def reports() -> list[str] | None:
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        report_keys = [key for key in keys if run in key and "rejected" in key]
        return report_keys if len(report_keys) >= 2 else None

    for key in wait_for(reports):
        rows = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().strip().splitlines()
        assert len(rows) == 1 + rejected_count, key
    wait_for(lambda: len(_till_orders(shop, run)) == receipt_count)
    time.sleep(2)  # a second version, which must not appear, would appear now
    orders = _till_orders(shop, run)
    assert {(item["status"], item["version"], item["channel"]) for item in orders} == {("delivered", 1, "pos")}
    for item in orders:
        assert wait_for(lambda item=item: shop.ledger(item["order_id"]))[0]["amount"] == item["total"]["amount"]
        assert shop.reservation(item["order_id"]) is None


def _till_orders(shop: Shop, run: str) -> list[dict[str, Any]]:
    items = snapshot.items(shop.cloud.client("dynamodb"), shop.outputs["tables"]["orders"])
    return [item for item in items if item.get("store", {}).get("receipt_number", "").startswith(f"{run}-")]


def _resend_payment_request(shop: Shop, order_id: str) -> dict[str, Any]:
    item = shop.order(order_id) or {}
    data = {"order_id": order_id, "idempotency_key": order_id, "customer_id": item["customer_id"], "order_version": 1}
    event = new_event(
        "PaymentRequested",
        {**data, **item["total"]},
        producer="finance",
        correlation_id=item["correlation_id"],
        event_id=ids.derived_id(order_id, "PaymentRequested"),
    )
    entry = {"Source": "orderflow.finance", "DetailType": "PaymentRequested", "Detail": json.dumps(event)}
    return shop.cloud.client("events").put_events(Entries=[{"EventBusName": shop.outputs["bus_name"], **entry}])
