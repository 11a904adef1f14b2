"""The queue messages that consumers accept as OrderChanged events."""

import json
from typing import Any

import pytest

from common.errors import PermanentError
from common.order_changes import read_change
from contracts import encode
from tests.support import events

CHANGE: Any = events.order_changed(events.order_image())


def test_order_change_in_a_message_is_returned() -> None:
    assert read_change(encode(CHANGE)) == CHANGE


def build_message(**metadata: Any) -> str:
    return json.dumps({**CHANGE, "metadata": {**CHANGE["metadata"], **metadata}})


# The body of each message and the reason for its quarantine, by name.
UNUSABLE_MESSAGES: dict[str, tuple[str, str]] = {
    "empty": ("", "malformed_json"),
    "not JSON": ("{", "malformed_json"),
    "duplicate key": ('{"metadata": {}, "metadata": {}}', "malformed_json"),
    "NaN": ('{"metadata": NaN}', "malformed_json"),
    "lone surrogate": ('{"metadata": "\\ud800"}', "invalid_field"),
    "deep": ("[" * 10_000, "malformed_json"),
    "a list": ("[]", "invalid_field"),
    "no metadata": ("{}", "missing_field"),
    "unknown version": (build_message(schema_version=2), "unknown_schema_version"),
    "another event": (encode(events.payment_captured()), "wrong_event_type"),
    "a deleted order": (encode(events.order_deleted(events.order_image())), "wrong_event_type"),
    "unknown event": (build_message(event_type="OrderEaten"), "wrong_event_type"),
    "no image": (json.dumps({**CHANGE, "data": {"order_id": CHANGE["data"]["order_id"]}}), "missing_field"),
    "a fraction": (encode(CHANGE).replace("1998", "19.98"), "invalid_field"),
}


@pytest.mark.parametrize(("body", "reason"), UNUSABLE_MESSAGES.values(), ids=UNUSABLE_MESSAGES)
def test_message_without_a_valid_order_change_raises_a_permanent_error(body: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=f"^{reason}:"):
        read_change(body)
