"""customer_service from the queue message to cases and notices."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import Event
from customer_service.notices import TEXTS, notice_of
from tests.support import events, tables
from tests.support.bus import UNUSABLE, Mailbox
from tests.support.doubles import client_error
from tests.support.handlers import Handler
from tests.support.invocations import QUEUE_ARN, Context, message, queue_batch, to_be_retried
from tests.support.lives import Life, deliveries, lives
from tests.support.logs import Logs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

STEPS = ("placed", "paid", "refunding", "refunded")
PLACED, PAID, REFUNDING, REFUNDED = (
    events.order_changed(
        events.order_image(status, version=version),
        events.order_image(STEPS[version - 2], version=version - 1) if version > 1 else None,
        event_id=f"change-{version}",
    )
    for version, status in enumerate(STEPS, start=1)
)
CANCELLED = events.order_changed(events.order_image("cancelled", version=2), events.order_image())


class Killed(BaseException):
    """The process ended here."""


def deliver(handler: Handler, *changes: Any) -> list[str]:
    bodies = [change if isinstance(change, str) else message(change) for change in changes]
    return to_be_retried(handler(queue_batch(*bodies), Context()))


def wiring() -> Any:
    return sys.modules["customer_service.handler"]


@pytest.fixture
def desk(dynamodb: "DynamoDBClient", cases_table: str) -> "Desk":
    return Desk(dynamodb, cases_table)


class Desk:
    """The cases table as a person looks at it."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def items(self) -> list[Mapping[str, Any]]:
        return list(tables.scan(self._client, self._table))

    def cases(self) -> dict[str, str]:
        return {item["kind"]: item["state"] for item in self.items() if "state" in item}

    def notices(self) -> dict[int, bool]:
        return {item["version"]: item["sent"] for item in self.items() if "sent" in item}

    def clear(self) -> None:
        for item in self.items():
            key = {name: {"S": item[name]} for name in ("order_id", "case_id")}
            self._client.delete_item(TableName=self._table, Key=key)


def test_notice_reaches_the_subscriber_when_the_status_changes(handler: Handler, inbox: Mailbox, desk: Desk) -> None:
    assert deliver(handler, PAID) == []

    (notice,) = inbox.take()
    assert notice["Body"] == TEXTS["paid"].format(order_id=events.ORDER_ID)
    attributes = {name: value["StringValue"] for name, value in notice["MessageAttributes"].items()}
    assert attributes == {"kind": "paid", "order_id": events.ORDER_ID}
    assert desk.notices() == {2: True}
    assert desk.cases() == {}


def test_notice_is_sent_once_when_the_message_comes_twice(handler: Handler, inbox: Mailbox, desk: Desk) -> None:
    assert deliver(handler, PAID, PAID) == []

    assert len(inbox.take()) == 1
    assert desk.notices() == {2: True}


def test_notice_is_sent_when_the_process_ended_before_sending_it(
    handler: Handler, inbox: Mailbox, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(**_: object) -> None:
        raise Killed

    with monkeypatch.context() as ending:
        ending.setattr(wiring()._notices._client, "publish", end)
        with pytest.raises(Killed):
            deliver(handler, REFUNDING)
    assert desk.notices() == {3: False}

    assert deliver(handler, REFUNDING) == []

    assert len(inbox.take()) == 1
    assert desk.notices() == {3: True}
    assert desk.cases() == {"cancelled_out_of_stock": "open", "refund_out_of_stock": "open"}


def test_notice_is_rather_sent_twice_when_the_process_ended_before_it_was_marked(
    handler: Handler, inbox: Mailbox, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as ending:
        ending.setattr(wiring()._cases, "end_notice", end)
        with pytest.raises(Killed):
            deliver(handler, PAID)

    assert deliver(handler, PAID, PAID) == []

    assert len(inbox.take()) == 2
    assert desk.notices() == {2: True}


def test_case_is_opened_then_closed_when_an_order_is_refunded(handler: Handler, inbox: Mailbox, desk: Desk) -> None:
    assert deliver(handler, REFUNDING) == []
    assert desk.cases() == {"cancelled_out_of_stock": "open", "refund_out_of_stock": "open"}
    assert deliver(handler, REFUNDED) == []

    assert desk.cases() == {"cancelled_out_of_stock": "closed", "refund_out_of_stock": "closed"}


def test_case_stays_closed_when_refunding_comes_after_refunded(handler: Handler, inbox: Mailbox, desk: Desk) -> None:
    assert deliver(handler, REFUNDED, REFUNDING, PAID) == []

    assert desk.cases() == {"cancelled_out_of_stock": "closed", "refund_out_of_stock": "closed"}
    assert len(inbox.take()) == 3


def test_case_holds_what_a_person_needs_when_money_is_owed_back(handler: Handler, inbox: Mailbox, desk: Desk) -> None:
    deliver(handler, REFUNDING)

    (refund,) = [item for item in desk.items() if item["case_id"].startswith("refund#")]
    assert refund == {
        "order_id": events.ORDER_ID,
        "case_id": f"refund#{events.refund_id()}",
        "kind": "refund_out_of_stock",
        "state": "open",
        "opened_at": events.AT,
        "refund_id": events.refund_id(),
        "payment_id": "pay-1",
        "amount": 1_998,
        "currency": "EUR",
    }


def test_case_is_opened_without_a_notice_when_a_double_charge_leaves_the_status(
    handler: Handler, inbox: Mailbox, desk: Desk
) -> None:
    refund = {events.refund_id("pay-2", "double_charge"): events.refund(reason="double_charge", payment_id="pay-2")}
    charged = events.order_changed(events.order_image("paid", version=3, refunds=refund), PAID["data"]["after"])

    assert deliver(handler, charged) == []

    assert desk.cases() == {"refund_double_charge": "open"}
    assert inbox.take() == []


def test_messages_go_to_quarantine_as_they_came_when_they_cannot_be_used(
    handler: Handler, dead_letters: Mailbox, inbox: Mailbox
) -> None:
    assert deliver(handler, *(body for body, _ in UNUSABLE.values()), PLACED) == []

    envelopes = dead_letters.bodies()
    assert sorted((kept["payload"], kept["reason"]) for kept in envelopes) == sorted(UNUSABLE.values())
    assert {(kept["function"], kept["origin"]) for kept in envelopes} == {("customer_service", QUEUE_ARN)}
    assert len(inbox.take()) == 1


@pytest.mark.parametrize(("part", "call"), [("_cases", "put_item"), ("_cases", "update_item"), ("_notices", "publish")])
def test_only_that_message_comes_back_when_a_call_is_refused(
    *, part: str, call: str, handler: Handler, inbox: Mailbox, desk: Desk, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = getattr(wiring(), part)._client
    real, answers = getattr(client, call), iter([client_error("AccessDeniedException", 403)])

    def fail_once(**arguments: Any) -> Any:
        if error := next(answers, None):
            raise error
        return real(**arguments)

    monkeypatch.setattr(client, call, fail_once)

    assert deliver(handler, REFUNDED, PLACED) == ["message-0"]
    (line,) = logs.with_message("To be retried")
    assert "AccessDeniedException" in line["detail"]
    assert deliver(handler, REFUNDED) == []

    assert desk.notices() == {1: True, 4: True}
    assert set(desk.cases().values()) == {"closed"}


def test_nothing_of_the_customer_is_logged_or_told_when_changes_are_handled(
    handler: Handler, inbox: Mailbox, logs: Logs
) -> None:
    deliver(handler, PLACED, CANCELLED, UNUSABLE["no image"][0])

    image = events.order_image()
    personal = [image["customer_id"], image["contact_email"], *image["shipping_address"].values()]
    told = str(inbox.take())
    assert not [value for value in personal if len(value) > 2 and (value in logs.text or value in told)]
    assert [line["kind"] for line in logs.with_message("Notice sent")] == ["placed", "cancelled"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), data=st.data())
def test_every_case_and_notice_is_there_once_when_versions_come_in_any_order(
    handler: Handler, inbox: Mailbox, desk: Desk, life: Life, data: st.DataObject
) -> None:
    desk.clear()
    inbox.take()

    for change in data.draw(deliveries(life.changes)):
        assert deliver(handler, change) == []

    assert desk.notices() == {change["data"]["version"]: True for change in life.changes if tells_status(change)}
    assert sorted(notice["Body"] for notice in inbox.take()) == sorted(texts(life))
    cases = {item["case_id"]: item["state"] for item in desk.items() if "state" in item}
    assert {case_id.removeprefix("refund#") for case_id in cases} - {"cancellation"} == set(life.item["refunds"])
    for refund_id, refund in life.item["refunds"].items():
        assert cases[f"refund#{refund_id}"] == ("closed" if refund["state"] == "completed" else "open")
    assert ("cancellation" in cases) == ("cancel_reason" in life.item)
    if "cancellation" in cases:
        was_refunded = any(change["data"]["status"] == "refunded" for change in life.changes)
        assert cases["cancellation"] == ("closed" if was_refunded else "open")


def tells_status(change: Event) -> bool:
    return bool(change["data"]["status"] != change["data"]["previous_status"])


def texts(life: Life) -> list[str]:
    notices = [notice_of(change["data"]) for change in life.changes]  # type: ignore[arg-type]
    return [notice.text for notice in notices if notice]
