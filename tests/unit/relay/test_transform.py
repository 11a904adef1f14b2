from typing import Any
from unittest.mock import Mock

import pytest

from common.errors import PermanentError
from common.order_item import PRIVATE_FIELDS
from common.publisher import TopicPublisher
from relay.transform import to_event
from tests.support import events
from tests.support.invocations import stream_record
from tests.support.logs import Logs, counts

TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
REPLICATION_IDENTITY = {**TTL_IDENTITY, "principalId": "replication.dynamodb.amazonaws.com"}


def metadata(number: int, event_type: str, causation_id: str | None) -> dict[str, Any]:
    return {
        **{"event_id": f"{number:032x}", "event_type": event_type, "schema_version": 1, "occurred_at": events.NOW},
        **{"producer": "relay", "correlation_id": "corr-1", "causation_id": causation_id},
    }


def image(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in PRIVATE_FIELDS}


def rejection_reason(record: dict[str, Any]) -> str:
    with pytest.raises(PermanentError) as error_info:
        to_event(record)
    return error_info.value.reason


def test_inserted_order_becomes_a_created_event() -> None:
    item = events.order_item("placed")

    event = to_event(stream_record(7, None, item))

    assert event == {
        "metadata": metadata(7, "OrderChanged", "evt-placed"),
        "data": {
            **{"order_id": events.ORDER_ID, "version": 1, "channel": "web", "change": "created", "status": "placed"},
            **{"previous_status": None, "changed_fields": sorted(image(item)), "before": None, "after": image(item)},
        },
    }


def test_change_has_both_images_and_the_changed_fields() -> None:
    before, after = events.order_item("placed"), events.order_item("paid", version=2, updated_at=events.LATER_TIME)

    event = to_event(stream_record(8, before, after))

    assert event["metadata"]["occurred_at"] == events.LATER_TIME
    assert event["data"] == {
        **{"order_id": events.ORDER_ID, "version": 2, "channel": "web", "status": "paid", "previous_status": "placed"},
        **{"change": "updated", "before": image(before), "after": image(after)},
        "changed_fields": ["payment_due_at", "payments", "status", "updated_at", "version"],
    }


@pytest.mark.proves("stream/ttl", by="simulated")
@pytest.mark.parametrize(
    ("identity", "cause"),
    [(TTL_IDENTITY, "expired"), (None, "deleted"), (REPLICATION_IDENTITY, "deleted")],
)
def test_deletion_event_states_the_cause(identity: dict[str, str] | None, cause: str) -> None:
    item = events.order_item("delivered", version=4)

    event = to_event(stream_record(5, item, None, identity=identity))

    assert event == {
        "metadata": metadata(5, "OrderDeleted", None),
        "data": {"order_id": events.ORDER_ID, "version": 4, "cause": cause, "before": image(item)},
    }


@pytest.mark.parametrize("change", [{"expires_at": 1}, {"due_shard": "5"}, {"applied": {}}, {}])
def test_change_of_private_fields_only_is_counted_and_not_published(change: dict[str, Any], logs: Logs) -> None:
    before = events.order_item("delivered", version=4)

    assert to_event(stream_record(1, before, {**before, **change})) is None

    assert counts() == {"NoPublicChange": 1}
    assert [line["message"] for line in logs.lines] == ["No public change"]


@pytest.mark.parametrize("version", [3, 4])
def test_change_is_rejected_when_the_version_was_not_incremented(version: int) -> None:
    before, after = events.order_item("paid", version=4), events.order_item("shipped", version=version)

    assert rejection_reason(stream_record(1, before, after)) == "version_not_increased"


@pytest.mark.parametrize("version", [None, "2", 0, -1, True], ids=repr)
def test_order_without_a_valid_version_is_rejected(version: Any) -> None:
    item = {**events.order_item("placed"), "version": version}

    assert rejection_reason(stream_record(1, None, item)) == "version_missing"
    assert rejection_reason(stream_record(1, events.order_item(), item)) == "version_missing"
    assert rejection_reason(stream_record(1, item, events.order_item(version=2))) == "version_missing"
    assert rejection_reason(stream_record(1, item, None)) == "version_missing"


def test_new_order_with_a_later_version_is_rejected() -> None:
    assert rejection_reason(stream_record(1, None, events.order_item("paid", version=3))) == "version_unexpected"


@pytest.mark.parametrize(
    "invalid_field",
    [
        *({"status": "lost"}, {"channel": None}, {"lines": []}, {"note": "by hand"}, {"correlation_id": None}),
        *({"total": 5}, {"updated_at": "soon"}),
    ],
    ids=str,
)
def test_publisher_rejects_an_invalid_order_without_quoting_it(invalid_field: dict[str, Any]) -> None:
    item = {name: value for name, value in {**events.order_item(), **invalid_field}.items() if value is not None}
    event = to_event(stream_record(1, None, item))
    client = Mock()

    (failure,) = TopicPublisher(client, "arn:aws:sns:eu-west-1:123456789012:topic").publish([event] if event else [])

    assert failure.kind == "invalid"
    assert "Ada" not in failure.detail
    assert client.mock_calls == []


@pytest.mark.parametrize(
    "image",
    [{"tags": {"SS": ["a"]}}, {"version": {"N": "1.5"}}, {"picture": {"B": "eA=="}}, {"version": 1}, {"version": {}}],
    ids=str,
)
def test_image_with_an_invalid_value_is_rejected(image: dict[str, Any]) -> None:
    record = stream_record(1, None, events.order_item())
    record["dynamodb"]["NewImage"] |= image

    assert rejection_reason(record) == "unreadable_image"


@pytest.mark.parametrize("image_name", ["OldImage", "NewImage"])
def test_modify_record_with_only_one_image_is_rejected(image_name: str) -> None:
    record = stream_record(1, events.order_item(), events.order_item("paid", version=2))
    del record["dynamodb"][image_name]

    assert rejection_reason(record) == "image_missing"


@pytest.mark.parametrize(
    "change", [{"eventSource": "aws:sqs"}, {"eventSource": None}, {"eventName": "TRUNCATE"}, {"eventName": None}]
)
def test_record_that_is_not_a_stream_record_is_rejected(change: dict[str, Any]) -> None:
    record = {**stream_record(1, None, events.order_item()), **change}

    assert rejection_reason(record) == "not_a_stream_record"
