"""How the recorder handles DynamoDB's responses, which a double of the client returns."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common.attribute_values import to_item
from common.errors import PermanentError, TransientError
from contracts import Event
from recorder.effects import RecordingSettings
from recorder.record import Recorder
from tests.support import events
from tests.support.doubles import client_error

SUCCESS = {"Attributes": {"version": {"N": "2"}}}


class ClientDouble:
    """A test double of the DynamoDB client that returns the given responses in sequence, and raises exceptions."""

    def __init__(self, *responses: Any) -> None:
        self.responses = list(responses)
        self.updates: list[dict[str, Any]] = []
        self.reads = 0

    def update_item(self, **arguments: Any) -> Any:
        self.updates.append(arguments)
        return self._respond()

    def get_item(self, **arguments: Any) -> Any:
        self.reads += 1
        assert arguments["ConsistentRead"] is True
        return self._respond()

    def _respond(self) -> Any:
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


def conflict(item: dict[str, Any] | None) -> ClientError:
    error = client_error("ConditionalCheckFailedException")
    if item is not None:
        error.response["Item"] = to_item(item)  # type: ignore[typeddict-unknown-key]
    return error


def recorder(client: ClientDouble, settings: RecordingSettings = RecordingSettings(3_600, 30)) -> Recorder:  # noqa: B008
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Recorder(client, "orders", settings, lambda: now)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", [events.payment_voided(), events.cancellation_requested(), events.stock_rejected()])
def test_placed_order_is_not_cancelled_while_the_table_is_rebuilt(event: Event) -> None:
    client = ClientDouble({"Item": to_item(events.order_item("placed"))})

    result = recorder(client, RecordingSettings(3_600, 30, restored_suffix="2", is_rebuilding=True)).record(event)

    assert (result.decision.outcome, result.version) == ("early", None)


def test_event_in_sequence_takes_one_write_and_no_read() -> None:
    client = ClientDouble(SUCCESS)

    result = recorder(client).record(events.payment_captured())

    assert (result.decision.outcome, result.previous_status, result.version) == ("apply", "placed", 2)
    assert (len(client.updates), client.reads) == (1, 0)


def test_repeated_write_is_conditional_on_the_returned_version() -> None:
    client = ClientDouble(conflict(events.order_item("cancelled", version=7)), SUCCESS)

    result = recorder(client).record(events.payment_captured())

    assert (result.decision.outcome, result.decision.status) == ("compensate", "refunding")
    second_update = client.updates[1]
    names, values = second_update["ExpressionAttributeNames"], second_update["ExpressionAttributeValues"]
    name, value = second_update["ConditionExpression"].split(" = ")
    assert (names[name], values[value]) == ("version", {"N": "7"})


def test_event_is_evaluated_again_after_a_concurrent_write() -> None:
    client = ClientDouble(
        conflict(events.order_item("paid", version=2)), conflict(events.order_item("refunding", version=3)), SUCCESS
    )

    result = recorder(client).record(events.payment_captured(payment_id="pay-2"))

    assert (result.decision.reason, result.previous_status) == ("late_capture", "refunding")


def test_event_is_retried_after_too_many_concurrent_writes() -> None:
    client = ClientDouble(*[conflict(events.order_item("paid", version=version)) for version in range(2, 10)])

    with pytest.raises(TransientError, match="contended"):
        recorder(client).record(events.payment_captured(payment_id="pay-2"))

    assert len(client.updates) == 6


def test_event_is_a_duplicate_when_the_response_to_its_write_was_lost() -> None:
    event = events.payment_captured()
    item = events.order_item("paid", applied={"PaymentCaptured": event["metadata"]["event_id"]})
    client = ClientDouble(conflict(item))

    result = recorder(client).record(event)

    assert (result.decision.outcome, result.version) == ("duplicate", None)


def test_completed_refund_is_applied_after_a_consistent_read() -> None:
    client = ClientDouble({"Item": to_item(events.order_item("refunding", version=4))}, SUCCESS)

    result = recorder(client).record(events.refund_completed())

    assert (result.decision.status, client.reads, len(client.updates)) == ("refunded", 1, 1)


def test_event_without_an_order_is_early() -> None:
    client = ClientDouble(conflict(None))

    result = recorder(client).record(events.payment_captured())

    assert (result.decision.outcome, result.decision.status) == ("early", None)


@pytest.mark.parametrize(
    "error",
    [
        *map(client_error, ("ProvisionedThroughputExceededException", "ThrottlingException", "AccessDeniedException")),
        *(client_error("InternalServerError", 500), client_error("ResourceNotFoundException")),
        EndpointConnectionError(endpoint_url="https://example.invalid"),
    ],
)
def test_event_is_retried_when_the_table_is_unavailable(error: Exception) -> None:
    client = ClientDouble(error)

    with pytest.raises(TransientError, match="table_unavailable"):
        recorder(client).record(events.order_placed())


def test_write_that_dynamodb_rejects_raises_a_permanent_error() -> None:
    client = ClientDouble(client_error("ValidationException"))

    with pytest.raises(PermanentError, match="write_refused"):
        recorder(client).record(events.order_placed())


NULL: dict[str, bool] = {"NULL": True}
DAMAGED_ATTRIBUTES = [
    *({"version": value} for value in (NULL, {"S": "2"}, {"N": "2.5"})),
    *({"status": {"S": "lost"}}, {"refunds": {"L": []}}),
    *({name: NULL} for name in ("payments", "applied", "total")),
]


@pytest.mark.parametrize("damaged_attribute", DAMAGED_ATTRIBUTES, ids=str)
def test_damaged_item_raises_a_permanent_error(damaged_attribute: dict[str, Any]) -> None:
    error = conflict(events.order_item("paid"))
    error.response["Item"] |= damaged_attribute  # type: ignore[typeddict-item]

    with pytest.raises(PermanentError, match="order_unreadable"):
        recorder(ClientDouble(error)).record(events.payment_captured())


def test_order_that_may_have_expired_raises_a_permanent_error() -> None:
    client = ClientDouble({})

    with pytest.raises(PermanentError) as error_info:
        recorder(client).record(events.order_placed(placed_at="2026-01-30T23:59:59.999Z"))

    assert (error_info.value.reason, client.updates) == ("too_old", [])


def test_repeated_old_order_is_a_duplicate_while_it_exists() -> None:
    client = ClientDouble({"Item": to_item(events.order_item("delivered"))})

    result = recorder(client).record(events.order_placed(placed_at="2026-01-30T23:59:59.999Z"))

    assert result.decision.outcome == "duplicate"


@pytest.mark.parametrize("event", [events.payment_requested(), events.refund_requested()], ids=["payment", "refund"])
def test_event_without_a_transition_raises_a_permanent_error(event: Any) -> None:
    with pytest.raises(PermanentError, match="not_for_recorder"):
        recorder(ClientDouble()).record(event)
