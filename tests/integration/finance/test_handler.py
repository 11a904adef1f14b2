"""finance from the queue message to ledger and bus."""

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import events, tables
from tests.support.bus import UNUSABLE, Bus, Mailbox
from tests.support.doubles import client_error
from tests.support.handlers import Handler
from tests.support.invocations import QUEUE_ARN, Context, message, queue_batch, to_be_retried
from tests.support.logs import Logs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

PLACED = events.order_changed(events.order_image(), event_id="change-1")
PAID = events.order_changed(events.order_image("paid", version=2), events.order_image(), event_id="change-2")
REFUNDING = events.order_changed(
    events.order_image("refunding", version=3), events.order_image("paid", version=2), event_id="change-3"
)
REFUNDED = events.order_changed(
    events.order_image("refunded", version=4), events.order_image("refunding", version=3), event_id="change-4"
)
CAPTURE = "capture#pay-1"


class Killed(BaseException):
    """The process ended here."""


def deliver(handler: Handler, *changes: Any) -> list[str]:
    bodies = [change if isinstance(change, str) else message(change) for change in changes]
    return to_be_retried(handler(queue_batch(*bodies), Context()))


def wiring() -> Any:
    return sys.modules["finance.handler"]


def test_payment_is_requested_when_an_order_is_placed(handler: Handler, bus: Bus) -> None:
    assert deliver(handler, PLACED) == []

    (request,) = bus.published()
    assert request["metadata"]["event_type"] == "PaymentRequested"
    assert request["metadata"]["correlation_id"] == "corr-1"
    assert request["data"]["order_id"] == events.ORDER_ID


def test_ledger_holds_the_whole_story_when_an_order_is_paid_and_refunded(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", ledger_table: str
) -> None:
    assert deliver(handler, PLACED, PAID, REFUNDING, REFUNDED) == []

    entries = {entry["entry_id"]: entry for entry in tables.scan(dynamodb, ledger_table)}
    assert {entry_id: entry["amount"] for entry_id, entry in entries.items()} == {
        CAPTURE: 1_998,
        f"refund#{events.refund_id()}": -1_998,
    }
    assert entries[CAPTURE] == {
        "order_id": events.ORDER_ID,
        "entry_id": CAPTURE,
        "kind": "capture",
        "amount": 1_998,
        "currency": "EUR",
        "payment_id": "pay-1",
        "order_version": 2,
        "recorded_at": events.AT,
    }
    assert [event["metadata"]["event_type"] for event in bus.published()] == ["PaymentRequested", "RefundRequested"]


def test_request_is_published_again_and_money_booked_once_when_messages_come_twice(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", ledger_table: str
) -> None:
    deliver(handler, PLACED, PAID)
    before = list(tables.scan(dynamodb, ledger_table))
    (first,) = bus.published()

    assert deliver(handler, PAID, PLACED) == []

    assert bus.published() == [first]
    assert list(tables.scan(dynamodb, ledger_table)) == before


def test_nothing_is_lost_when_the_process_ends_between_ledger_and_bus(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", ledger_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = events.order_changed(
        events.order_image("refunding", version=3, payments={"pay-1": {**events.TOTAL, "captured_at": events.LATER}}),
        events.order_image("cancelled", version=2),
    )

    def end(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as ending:
        ending.setattr(wiring(), "publish_all_or_raise", end)
        with pytest.raises(Killed):
            deliver(handler, both)
    assert [entry["entry_id"] for entry in tables.scan(dynamodb, ledger_table)] == [CAPTURE]
    assert bus.published() == []

    assert deliver(handler, both) == []

    assert [event["metadata"]["event_type"] for event in bus.published()] == ["RefundRequested"]
    assert [entry["entry_id"] for entry in tables.scan(dynamodb, ledger_table)] == [CAPTURE]


def test_entry_stays_and_message_goes_to_quarantine_when_other_money_claims_its_id(
    handler: Handler, dynamodb: "DynamoDBClient", ledger_table: str, dead_letters: Mailbox
) -> None:
    deliver(handler, PAID)
    payments = {"pay-1": {"amount": 5, "currency": "EUR", "captured_at": events.LATER}}
    edited = events.order_changed(events.order_image("paid", version=3, payments=payments), PAID["data"]["after"])

    assert deliver(handler, edited) == []

    (envelope,) = dead_letters.bodies()
    assert (envelope["function"], envelope["reason"]) == ("finance", "ledger_conflict")
    assert envelope["payload"] == message(edited)
    assert [entry["amount"] for entry in tables.scan(dynamodb, ledger_table)] == [1_998]


def test_messages_go_to_quarantine_as_they_came_when_they_cannot_be_used(
    handler: Handler, dead_letters: Mailbox, bus: Bus
) -> None:
    assert deliver(handler, *(body for body, _ in UNUSABLE.values()), PLACED) == []

    envelopes = dead_letters.bodies()
    assert sorted((kept["payload"], kept["reason"]) for kept in envelopes) == sorted(UNUSABLE.values())
    assert {(kept["function"], kept["origin"]) for kept in envelopes} == {("finance", QUEUE_ARN)}
    assert len(bus.published()) == 1


def test_only_that_message_comes_back_when_the_table_fails_once(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", ledger_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_item = dynamodb.put_item
    answers = iter([client_error("InternalServerError", 500)])

    def fail_once(**arguments: Any) -> Any:
        if error := next(answers, None):
            raise error
        return put_item(**arguments)

    monkeypatch.setattr(wiring()._ledger._client, "put_item", fail_once)

    assert deliver(handler, PAID, REFUNDED) == ["message-0"]
    assert deliver(handler, PAID) == []

    assert sum(entry["amount"] for entry in tables.scan(dynamodb, ledger_table)) == 0


def test_message_comes_back_when_the_bus_takes_the_call_but_not_the_event(
    handler: Handler, bus: Bus, dead_letters: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "AccessDenied", "ErrorMessage": "as told"}]}
    with monkeypatch.context() as refusing:
        refusing.setattr(wiring()._publisher._client, "put_events", lambda **_: refused)
        assert deliver(handler, PLACED) == ["message-0"]

    assert deliver(handler, PLACED) == []

    assert len(bus.published()) == 1
    assert dead_letters.take() == []


def test_identifiers_are_logged_and_nothing_of_the_customer_when_changes_are_handled(
    handler: Handler, logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(handler, PLACED, PAID, PAID, UNUSABLE["no image"][0])

    lines = logs.with_message("Money accounted for")
    assert [(line["version"], line["outcome"]) for line in lines] == [(1, "applied"), (2, "applied"), (2, "duplicate")]
    assert {line["order_id"] for line in lines} == {events.ORDER_ID}
    assert {line["correlation_id"] for line in lines} == {"corr-1"}
    image = events.order_image()
    personal = [image["customer_id"], image["contact_email"], *image["shipping_address"].values()]
    assert not [value for value in personal if len(value) > 2 and value in logs.text]
    (counted,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert counted["PaymentRequestedPublished"] == [1]
    assert sum(counted["LedgerEntriesAppended"]) == 1
    assert sum(counted["LedgerEntriesKnown"]) == 1
    assert counted["Quarantined"] == [1]
