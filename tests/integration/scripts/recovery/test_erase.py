"""Erasure of a customer's data: ended orders lose their personal data, and later events do not restore it."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts import Event
from orderflow_cli.commands import erase as command
from recorder.effects import RecordingSettings
from recorder.record import Recorder
from recorder.transitions import Outcome
from relay.transform import to_event
from tests.integration.scripts.recovery.conftest import Environment
from tests.support import events, tables
from tests.support.invocations import stream_record

CUSTOMER = "customer-1"
PERSONAL_DATA = ("Ada", "ada@example.org", CUSTOMER, "For Ada")
NOW = datetime.now(UTC)


def recorder(environment: Environment) -> Recorder:
    return Recorder(environment.client("dynamodb"), tables.ORDERS, RecordingSettings(1_800, 400), lambda: NOW)


@pytest.fixture
def orders(environment: Environment) -> list[Event]:
    """Two orders of the customer, of which only the first is delivered, and a delivered order of another customer."""
    dynamodb = environment.client("dynamodb")
    tables.create_table(dynamodb, tables.ORDERS)
    placed_events = []
    for number, customer in enumerate((CUSTOMER, CUSTOMER, "somebody-else")):
        event = events.order_placed(order_id="ord_" + "abc"[number] * 26, customer_id=customer)
        event["data"]["placed_at"] = NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event["data"]["contact_email"] = "ada@example.org"
        placed_events.append(event)
        recorder(environment).record(event)
        item = tables.get(dynamodb, tables.ORDERS, order_id=event["data"]["order_id"]) or {}
        final_fields = {"status": "delivered", "expires_at": 9_999_999_999} if number != 1 else {}
        tables.put(dynamodb, tables.ORDERS, {**item, "gift_note": "For Ada", **final_fields})
    ssm, region = environment.client("ssm"), "eu-west-1"
    parameters = {
        "orders_table_arn": f"arn:aws:dynamodb:{region}:123456789012:table/{tables.ORDERS}",
        "archive_name": "archive",
        "dead-letters/bucket/relay": json.dumps({"bucket": "failures", "to": "relay"}),
    }
    for name, value in parameters.items():
        ssm.put_parameter(Name=f"/orderflow/dev/{name}", Type="String", Value=value)
    bus = environment.client("events").describe_event_bus()["Arn"]
    environment.client("events").create_archive(ArchiveName="archive", EventSourceArn=bus, RetentionDays=30)
    environment.client("logs").create_log_group(logGroupName="/aws/lambda/orderflow-dev-recorder")
    s3 = environment.client("s3")
    s3.create_bucket(Bucket="failures", CreateBucketConfiguration={"LocationConstraint": region})
    rule = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}
    s3.put_bucket_lifecycle_configuration(Bucket="failures", LifecycleConfiguration={"Rules": [rule]})
    return placed_events


def run(environment: Environment, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(command, "connect", lambda *_: environment.cloud)
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args([*arguments, "--environment", "dev", "--write"]))


def get_item(environment: Environment, event: Event) -> dict[str, Any]:
    return tables.get(environment.client("dynamodb"), tables.ORDERS, order_id=event["data"]["order_id"]) or {}


def test_only_ended_orders_of_the_customer_lose_personal_data(
    environment: Environment,
    orders: list[Event],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended_order, open_order, other_order = orders
    before = [get_item(environment, event) for event in orders]
    receipt = tmp_path / "receipt.jsonl"

    assert run(environment, monkeypatch, CUSTOMER, "--dry-run", "--receipt", str(receipt)) == 1
    assert [get_item(environment, event) for event in orders] == before
    assert run(environment, monkeypatch, CUSTOMER, "--yes", "--receipt", str(receipt)) == 1

    erased_item = get_item(environment, ended_order)
    assert not [word for word in PERSONAL_DATA if word in json.dumps(erased_item)]
    assert (erased_item["version"], erased_item["status"], erased_item["total"]) == (2, "delivered", before[0]["total"])
    assert erased_item["expires_at"] == before[0]["expires_at"]
    assert [get_item(environment, event) for event in (open_order, other_order)] == before[1:]
    for event in (ended_order, events.order_placed(order_id=ended_order["data"]["order_id"], request_hash="0" * 64)):
        event["data"]["placed_at"] = ended_order["data"]["placed_at"]
        assert recorder(environment).record(event).decision.outcome is Outcome.DUPLICATE
    (line,) = [json.loads(text) for text in receipt.read_text().splitlines()]
    assert (line["order"], line["state"]) == (ended_order["data"]["order_id"], "erased")
    assert not [word for word in PERSONAL_DATA if word in receipt.read_text()]
    output = capsys.readouterr()
    assert "it is placed" in output.err + output.out
    assert output.out.count("until 20") >= 12
    assert "no expiry: set a retention" in output.out
    change = to_event(stream_record(2, before[0] | {"gift_note": "x"}, erased_item))
    assert not [word for word in PERSONAL_DATA if word in json.dumps(change)]
    assert {"contact_email", "customer_id", "erased_at", "shipping_address"} <= set(change["data"]["changed_fields"])
    assert run(environment, monkeypatch, "nobody") == 0


def test_order_that_changed_after_it_was_read_is_not_erased(
    environment: Environment, orders: list[Event], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stale_item = {**get_item(environment, orders[0]), "version": 0}
    monkeypatch.setattr(command, "find_customer_orders", lambda *_: [command.Order(stale_item, None)])
    before = get_item(environment, orders[0])

    assert run(environment, monkeypatch, CUSTOMER, "--yes", "--receipt", str(tmp_path / "r")) == 1
    assert get_item(environment, orders[0]) == before
