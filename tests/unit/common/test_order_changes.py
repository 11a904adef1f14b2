"""Which queue messages a consumer takes for the change of an order."""

import json
from typing import Any

import pytest

from common.errors import PermanentError
from common.order_changes import read_change
from contracts import encode
from tests.support import events

CHANGE: Any = events.order_changed(events.order_image())


def test_change_is_returned_when_the_message_holds_one() -> None:
    assert read_change(encode(CHANGE)) == CHANGE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "malformed_json"),
        (encode(events.payment_captured()), "wrong_event_type"),
        (json.dumps({**CHANGE, "metadata": {**CHANGE["metadata"], "schema_version": 2}}), "unknown_schema_version"),
        (json.dumps({**CHANGE, "data": {"order_id": CHANGE["data"]["order_id"]}}), "missing_field"),
    ],
    ids=["no JSON", "another event", "unknown version", "incomplete"],
)
def test_change_is_refused_for_good_when_the_message_holds_none(body: str, reason: str) -> None:
    with pytest.raises(PermanentError) as refused:
        read_change(body)

    assert refused.value.reason == reason
