"""A message goes through subscriptions of the module `subscriptions`, each with its filter, to queues and functions."""

import uuid

import pytest

from tests.e2e.conftest import wait_for
from tests.e2e.emulators import EveryOption


def message(channel: str, amount: int) -> dict[str, object]:
    return {"id": uuid.uuid4().hex, "data": {"channel": channel, "total": {"amount": amount}}}


@pytest.mark.proves("sns/sqs", "sns/raw_delivery", "sns/filter_body", by="delivered")
def test_queue_gets_the_bare_message_only_when_its_body_matches(every_option: EveryOption) -> None:
    refused = [message("pos", 20), message("web", 10)]
    wanted = message("web", 11)

    for one in (*refused, wanted):
        every_option.publish("orders", one)

    assert wait_for(lambda: every_option.seen("body", str(wanted["id"]))) == [wanted]
    assert [every_option.seen("body", str(one["id"])) for one in refused] == [[], []]


@pytest.mark.proves("sns/filter_attributes", by="delivered")
def test_queue_gets_the_message_in_its_envelope_only_when_its_attributes_match(every_option: EveryOption) -> None:
    refused, wanted = message("web", 1), message("web", 2)

    every_option.publish("orders", refused, status="placed")
    every_option.publish("orders", wanted, status="paid")

    (envelope,) = wait_for(lambda: every_option.seen("attribute", str(wanted["id"])))
    assert envelope["Type"] == "Notification"
    assert envelope["MessageAttributes"]["status"]["Value"] == "paid"
    assert every_option.seen("attribute", str(refused["id"])) == []


@pytest.mark.proves("sns/lambda", by="delivered")
def test_function_is_invoked_with_the_message_when_it_is_subscribed(every_option: EveryOption) -> None:
    wanted = message("web", 3)

    every_option.publish("orders", wanted, to="function")

    (event,) = wait_for(lambda: every_option.seen("function", str(wanted["id"])))
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["Sns"]["TopicArn"] == every_option.outputs["topic_arns"]["orders"]
