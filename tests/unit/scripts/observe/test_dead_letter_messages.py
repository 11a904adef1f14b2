import json
from typing import Any

import pytest

from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.sources import Source

ORDER_ID = "ord_" + "a" * 26
OTHER_ORDER_ID = "ord_" + "b" * 26
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:orderflow-dev-relay:$LATEST"


def message(kind: str, body: object, **attributes: str) -> Message:
    text = body if isinstance(body, str) else json.dumps(body)
    typed_attributes = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return Message("1", Source(kind, "it", "queue", "to"), text, "handle", attributes=typed_attributes)


ENVELOPE: dict[str, Any] = {
    **{"function": "recorder", "reason": "malformed_json", "detail": "", "payload": "{"},
    "origin": "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake",
}
KEY_ERROR = {"responsePayload": {"errorType": "KeyError"}}
INVOCATION: dict[str, Any] = {
    "requestContext": {"functionArn": FUNCTION_ARN, "condition": "RetriesExhausted"},
    "requestPayload": {"detail": {"order": ORDER_ID}},
}


@pytest.mark.parametrize(
    ("message", "reason", "function"),
    [
        (message("function", ENVELOPE), "malformed_json", "recorder"),
        (message("function", INVOCATION), "RetriesExhausted", "orderflow-dev-relay"),
        (message("function", {**INVOCATION, **KEY_ERROR}), "KeyError", "orderflow-dev-relay"),
        (message("rule", {}, ERROR_CODE="NO_PERMISSIONS", TARGET_ARN="arn:aws:sqs:r:1:q"), "NO_PERMISSIONS", "q"),
        (message("queue", "no JSON"), "received_too_often", "to"),
        (message("subscription", "no JSON"), "unknown", "it"),
        (message("unrouted", {}), "no_matching_rule", "to"),
    ],
)
def test_reason_and_function_come_from_message_or_source(message: Message, reason: str, function: str) -> None:
    assert (message.reason, message.function) == (reason, function)


def test_every_order_id_in_a_message_is_found_once() -> None:
    nested_payload = json.dumps({"Records": [{"Keys": {"order_id": {"S": OTHER_ORDER_ID}}}, {"order_id": ORDER_ID}]})

    assert message("bucket", {"payload": nested_payload, "order_id": ORDER_ID}).orders == [OTHER_ORDER_ID, ORDER_ID]


@pytest.mark.parametrize(
    ("message", "count"),
    [
        (message("queue", "text"), 0),
        (message("queue", "text", redrive_count="2"), 2),
        (message("queue", "text", redrive_count="many"), 0),
        (message("function", {**ENVELOPE, "redrive_count": 1}), 1),
        (message("function", {**INVOCATION, "requestPayload": {"redrive_count": 3}}), 3),
        (message("bucket", {"payload": json.dumps({"Records": [{}, {"redrive_count": 2}]})}), 2),
        (message("bucket", {**ENVELOPE, "payload": json.dumps({"redrive_count": 1})}), 1),
        (message("rule", {"resources": ["arn:aws:s3:::b", "redrive/2"]}), 2),
    ],
)
def test_redrive_count_is_read_from_every_format(message: Message, count: int) -> None:
    assert message.redrive_count == count
