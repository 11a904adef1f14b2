import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from contracts import MAX_EVENT_BYTES, ContractError, encode, new_event, parse, validate
from tests.unit.contracts.examples import example

SHIPPED_DATA: dict[str, Any] = example("OrderShipped.v1")["data"]


def shipped_event(**changes: Any) -> Any:
    return new_event("OrderShipped", SHIPPED_DATA, producer="warehouse", correlation_id="corr-1", **changes)


def validation_error(event: Any, event_type: str | None = None) -> ContractError:
    with pytest.raises(ContractError) as error_info:
        validate(event, event_type)
    return error_info.value


def minimal_event(event_type: str, version: Any) -> Any:
    return {"metadata": {"event_type": event_type, "schema_version": version}}


def test_new_event_has_given_and_default_metadata() -> None:
    start_time = datetime.now(UTC)

    event = shipped_event()

    metadata = event["metadata"]
    assert event["data"] == SHIPPED_DATA
    assert metadata["event_type"] == "OrderShipped"
    assert metadata["schema_version"] == 1
    assert metadata["producer"] == "warehouse"
    assert metadata["correlation_id"] == "corr-1"
    assert metadata["causation_id"] is None
    assert abs(datetime.fromisoformat(metadata["occurred_at"]) - start_time) < timedelta(seconds=10)


def test_time_of_a_new_event_is_converted_to_utc() -> None:
    berlin_time_zone = timezone(timedelta(hours=1))

    event = shipped_event(occurred_at=datetime(2026, 3, 1, 10, 30, 0, 5_999, tzinfo=berlin_time_zone))

    assert event["metadata"]["occurred_at"] == "2026-03-01T09:30:00.005Z"


def test_changing_an_event_leaves_the_callers_data_unchanged() -> None:
    data = dict(SHIPPED_DATA)

    new_event("OrderShipped", data, producer="warehouse", correlation_id="corr-1")["data"]["order_version"] = 99

    assert data == SHIPPED_DATA


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": ""}, "metadata.event_id"),
        ({"causation_id": "two words"}, "metadata.causation_id"),
        ({"occurred_at": "yesterday"}, "metadata.occurred_at"),
        ({"schema_version": 2}, "metadata.schema_version"),
    ],
)
def test_new_event_with_invalid_metadata_is_rejected(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ContractError) as error_info:
        shipped_event(**changes)

    assert error_info.value.field == field


@pytest.mark.parametrize(
    ("event", "field", "reason", "code"),
    [
        ([], "event", "must be an object", "invalid_field"),
        ({}, "metadata", "is required", "missing_field"),
        ({"metadata": []}, "metadata", "must be an object", "invalid_field"),
        ({"metadata": {}}, "metadata.event_type", "is required", "missing_field"),
        ({"metadata": {"event_type": ["OrderShipped"]}}, "metadata.event_type", "must be a string", "invalid_field"),
        ({"metadata": {"event_type": "OrderShipped"}}, "metadata.schema_version", "is required", "missing_field"),
        (minimal_event("OrderShipped", True), "metadata.schema_version", "must be a whole number", "invalid_field"),
        (minimal_event("OrderEaten", 1), "metadata.event_type", "is not a known event type", "unknown_event_type"),
        (minimal_event("OrderShipped", 7), "metadata.schema_version", "must be 1", "unknown_schema_version"),
    ],
)
def test_error_explains_why_no_contract_applies(event: Any, field: str, reason: str, code: str) -> None:
    error = validation_error(event)

    assert (error.field, error.reason, error.code) == (field, reason, code)


def test_event_of_an_unexpected_type_is_rejected() -> None:
    error = validation_error(shipped_event(), "OrderDelivered")

    assert str(error) == "metadata.event_type: must be OrderDelivered"
    assert error.code == "wrong_event_type"


IGNORED_VALUES = [
    '1.0832', '10.0', '1e999', '9' * 5_000, '1234567890123456789', '"\\ud83d"', '{"\\udc00": [1.5]}', '[null, true]',
]  # fmt: skip


@pytest.mark.parametrize("value", IGNORED_VALUES, ids=lambda value: value[:20])
@pytest.mark.parametrize("parent", ["", "metadata", "data"])
def test_unknown_field_with_any_value_is_ignored(value: str, parent: str) -> None:
    event = shipped_event()
    text = encode(event)
    object_start = f'"{parent}":{{' if parent else "{"

    assert parse(text.replace(object_start, f'{object_start}"exchange_rate": {value}, ', 1)) == event


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("order_version", number) for number in ("1.5", "2.0", "2e0", "1234567890123456789", "9" * 5_000)),
        *(("shipment_id", text) for text in ('"shp_\\ud83d"', "1.5")),
    ],
    ids=lambda value: value[:20],
)
def test_field_is_rejected_when_its_value_is_invalid(field: str, value: str) -> None:
    event = shipped_event()
    text = encode({**event, "data": {**event["data"], field: "HERE"}}).replace('"HERE"', value)

    with pytest.raises(ContractError) as error_info:
        parse(text)

    assert error_info.value.field == f"data.{field}"


def test_lone_surrogate_in_free_text_is_rejected() -> None:
    text = encode(example("OrderPlaced.v1")).replace('"city":"', '"city":"\\ud83d')

    with pytest.raises(ContractError, match="a lone surrogate"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{", "malformed_json", "event: the text is not JSON (at position 1)"),
        (b"\xff", "malformed_json", "event: the text is not UTF-8 (at position 0)"),
        (" " * (MAX_EVENT_BYTES + 1), "too_large", f"event: the text is longer than {MAX_EVENT_BYTES:,} bytes"),
    ],
)
def test_malformed_or_too_large_text_gives_a_stable_code(text: str | bytes, code: str, message: str) -> None:
    with pytest.raises(ContractError) as error_info:
        parse(text)

    assert error_info.value.code == code
    assert str(error_info.value).startswith(message)


def test_encoded_event_has_only_characters_that_sqs_accepts() -> None:
    event = example("OrderPlaced.v1")
    event["data"]["lines"][0]["name"] = "Tee \ufffe\uffff\x7f\U0010ffff \ufffd"

    text = encode(event)

    assert json.loads(text) == event
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    assert re.fullmatch("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", text)


def test_encoded_event_is_compact_and_unescaped() -> None:
    event = example("OrderPlaced.v1", "unicode")

    text = encode(event)

    assert json.loads(text) == event
    assert "玉露 🍵" in text
    assert '": ' not in text
    assert ', "' not in text
