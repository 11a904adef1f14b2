"""What the recorder makes of DynamoDB's answers, with a table that answers as told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common.attribute_values import to_item
from common.errors import PermanentError, TransientError
from contracts import Event
from recorder.effects import Terms
from recorder.record import Recorder
from tests.support import events
from tests.support.doubles import client_error

WRITTEN = {"Attributes": {"version": {"N": "2"}}}


class TableDouble:
    """Answers the calls one after the other; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.updates: list[dict[str, Any]] = []
        self.reads = 0

    def update_item(self, **arguments: Any) -> Any:
        self.updates.append(arguments)
        return self._answer()

    def get_item(self, **arguments: Any) -> Any:
        self.reads += 1
        assert arguments["ConsistentRead"] is True
        return self._answer()

    def _answer(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def refused(item: dict[str, Any] | None) -> ClientError:
    error = client_error("ConditionalCheckFailedException")
    if item is not None:
        error.response["Item"] = to_item(item)  # type: ignore[typeddict-unknown-key]
    return error


def recorder(table: TableDouble, terms: Terms = Terms(3_600, 30)) -> Recorder:  # noqa: B008
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Recorder(table, "orders", terms, lambda: now)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", [events.payment_voided(), events.cancellation_requested(), events.stock_rejected()])
def test_unpaid_order_is_not_ended_while_its_table_is_rebuilt(event: Event) -> None:
    table = TableDouble({"Item": to_item(events.order_item("placed"))})

    recorded = recorder(table, Terms(3_600, 30, restored="2", rebuilding=True)).record(event)

    assert (recorded.decision.outcome, recorded.version) == ("early", None)


def test_event_in_order_takes_one_write_and_no_read() -> None:
    table = TableDouble(WRITTEN)

    recorded = recorder(table).record(events.payment_captured())

    assert (recorded.decision.outcome, recorded.previous_status, recorded.version) == ("apply", "placed", 2)
    assert (len(table.updates), table.reads) == (1, 0)


def test_second_write_holds_the_version_seen_when_the_first_is_refused() -> None:
    table = TableDouble(refused(events.order_item("cancelled", version=7)), WRITTEN)

    recorded = recorder(table).record(events.payment_captured())

    assert (recorded.decision.outcome, recorded.decision.status) == ("compensate", "refunding")
    second = table.updates[1]
    names, values = second["ExpressionAttributeNames"], second["ExpressionAttributeValues"]
    name, value = second["ConditionExpression"].split(" = ")
    assert (names[name], values[value]) == ("version", {"N": "7"})


def test_decision_is_taken_again_when_another_write_was_faster() -> None:
    table = TableDouble(
        refused(events.order_item("paid", version=2)), refused(events.order_item("refunding", version=3)), WRITTEN
    )

    recorded = recorder(table).record(events.payment_captured(payment_id="pay-2"))

    assert (recorded.decision.reason, recorded.previous_status) == ("late_capture", "refunding")


def test_event_comes_back_when_other_writes_are_always_faster() -> None:
    table = TableDouble(*[refused(events.order_item("paid", version=version)) for version in range(2, 10)])

    with pytest.raises(TransientError, match="contended"):
        recorder(table).record(events.payment_captured(payment_id="pay-2"))

    assert len(table.updates) == 6


def test_duplicate_is_seen_when_the_answer_to_the_own_write_was_lost() -> None:
    event = events.payment_captured()
    item = events.order_item("paid", applied={"PaymentCaptured": event["metadata"]["event_id"]})
    table = TableDouble(refused(item))

    recorded = recorder(table).record(event)

    assert (recorded.decision.outcome, recorded.version) == ("duplicate", None)


def test_refund_is_decided_on_a_consistent_read_when_it_is_completed() -> None:
    table = TableDouble({"Item": to_item(events.order_item("refunding", version=4))}, WRITTEN)

    recorded = recorder(table).record(events.refund_completed())

    assert (recorded.decision.status, table.reads, len(table.updates)) == ("refunded", 1, 1)


def test_event_is_early_when_the_order_is_not_there() -> None:
    table = TableDouble(refused(None))

    recorded = recorder(table).record(events.payment_captured())

    assert (recorded.decision.outcome, recorded.decision.status) == ("early", None)


@pytest.mark.parametrize(
    "error",
    [
        *map(client_error, ("ProvisionedThroughputExceededException", "ThrottlingException", "AccessDeniedException")),
        *(client_error("InternalServerError", 500), client_error("ResourceNotFoundException")),
        EndpointConnectionError(endpoint_url="https://example.invalid"),
    ],
)
def test_event_comes_back_when_the_table_cannot_be_reached(error: Exception) -> None:
    table = TableDouble(error)

    with pytest.raises(TransientError, match="table_unavailable"):
        recorder(table).record(events.order_placed())


def test_event_is_refused_for_good_when_dynamodb_takes_no_such_write() -> None:
    table = TableDouble(client_error("ValidationException"))

    with pytest.raises(PermanentError, match="write_refused"):
        recorder(table).record(events.order_placed())


NOTHING: dict[str, bool] = {"NULL": True}
DAMAGES = [
    *({"version": value} for value in (NOTHING, {"S": "2"}, {"N": "2.5"})),
    *({"status": {"S": "lost"}}, {"refunds": {"L": []}}),
    *({name: NOTHING} for name in ("payments", "applied", "total")),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_event_is_refused_for_good_when_people_damaged_the_item(damage: dict[str, Any]) -> None:
    error = refused(events.order_item("paid"))
    error.response["Item"] |= damage  # type: ignore[typeddict-item]

    with pytest.raises(PermanentError, match="order_unreadable"):
        recorder(TableDouble(error)).record(events.payment_captured())


def test_order_is_refused_when_it_may_have_been_here_and_expired() -> None:
    table = TableDouble({})

    with pytest.raises(PermanentError) as caught:
        recorder(table).record(events.order_placed(placed_at="2026-01-30T23:59:59.999Z"))

    assert (caught.value.reason, table.updates) == ("too_old", [])


def test_repeated_order_is_a_duplicate_when_it_is_old_but_still_there() -> None:
    table = TableDouble({"Item": to_item(events.order_item("delivered"))})

    recorded = recorder(table).record(events.order_placed(placed_at="2026-01-30T23:59:59.999Z"))

    assert recorded.decision.outcome == "duplicate"


@pytest.mark.parametrize("event", [events.payment_requested(), events.refund_requested()], ids=["payment", "refund"])
def test_event_is_refused_for_good_when_it_changes_no_order(event: Any) -> None:
    with pytest.raises(PermanentError, match="not_for_recorder"):
        recorder(TableDouble()).record(event)
