"""The handler over a real ledger table: versions in any order, twice, and with the process ending in between."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import tables
from tests.support.bus import Bus
from tests.support.handlers import Handler
from tests.support.invocations import Context, message, queue_batch, to_be_retried
from tests.support.lives import Life, deliveries, lives

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class Killed(BaseException):
    """The process ended here."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), data=st.data())
def test_ledger_agrees_with_the_order_when_deliveries_are_repeated_and_cut_short(
    *, handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", ledger_table: str, life: Life, data: st.DataObject
) -> None:
    for entry in tables.scan(dynamodb, ledger_table):
        key = {"order_id": {"S": entry["order_id"]}, "entry_id": {"S": entry["entry_id"]}}
        dynamodb.delete_item(TableName=ledger_table, Key=key)
    bus.published()

    for change in data.draw(deliveries(life.changes)):
        batch = queue_batch(message(change))
        if data.draw(st.booleans()):
            cut_short(handler, batch)
        assert to_be_retried(handler(batch, Context())) == []

    captured = sum(payment["amount"] for payment in life.item["payments"].values())
    returned = sum(refund["amount"] for refund in life.item["refunds"].values() if refund["state"] == "completed")
    assert sum(entry["amount"] for entry in tables.scan(dynamodb, ledger_table)) == captured - returned
    published = {event["metadata"]["event_id"]: event for event in bus.published()}
    asked = [event["data"].get("refund_id") for event in published.values()]
    assert sorted(asked, key=str) == sorted([None, *life.item["refunds"]], key=str)


def cut_short(handler: Handler, batch: dict[str, Any]) -> None:
    """Deliver the batch to a process that ends between its effect and its publish."""
    module = sys.modules["finance.handler"]
    publish: Callable[..., None] = module.publish_all_or_raise

    def end(*_: object) -> None:
        raise Killed

    module.publish_all_or_raise = end  # type: ignore[attr-defined]
    try:
        handler(batch, Context())
    except Killed:
        return
    finally:
        module.publish_all_or_raise = publish  # type: ignore[attr-defined]
    raise AssertionError("the process should have ended")
