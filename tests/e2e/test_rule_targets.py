"""An event goes through rules of the module `event_rule` to every kind of target that the local cloud delivers to."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import wait_for
from tests.e2e.emulators import EveryOption
from tests.support.receiver import TOKEN


@pytest.fixture(scope="module")
def order_id(every_option: EveryOption) -> str:
    """The order of one event that the targets' rules match."""
    made = f"order-{uuid.uuid4().hex}"
    every_option.send("shop.targets", {"order_id": made})
    return made


@pytest.mark.proves("target/sqs", "source/application", by="delivered")
def test_whole_event_is_in_the_queue_when_the_target_is_one(every_option: EveryOption, order_id: str) -> None:
    (event,) = wait_for(lambda: every_option.seen("target", order_id))

    assert (event["source"], event["detail-type"]) == ("shop.targets", "OrderPlaced")
    assert event["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/lambda", by="delivered")
def test_function_is_invoked_with_the_event_when_it_is_the_target(every_option: EveryOption, order_id: str) -> None:
    (event,) = wait_for(lambda: every_option.seen("function", order_id))

    assert event["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/sqs_fifo", "target/input_path", by="delivered")
def test_part_of_the_event_is_in_its_group_when_the_target_is_a_fifo_queue(
    every_option: EveryOption, order_id: str
) -> None:
    sqs, url = every_option.cloud.client("sqs"), every_option.outputs["fifo_url"]

    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages"))

    assert json.loads(message["Body"]) == {"order_id": order_id}
    assert message["Attributes"]["MessageGroupId"] == "orders"


@pytest.mark.proves("target/sns", "target/input_transformer", by="delivered")
def test_sentence_made_from_the_event_is_published_when_the_target_is_a_topic(
    every_option: EveryOption, order_id: str
) -> None:
    (envelope,) = wait_for(lambda: every_option.seen("notices", order_id))

    assert envelope["TopicArn"] == every_option.outputs["topic_arns"]["notices"]
    assert envelope["Message"].strip('"') == f"Order {order_id} of shop.targets"


@pytest.mark.proves("target/step_functions", "target/input_constant", by="delivered")
def test_execution_starts_with_the_constant_when_the_target_is_a_state_machine(
    every_option: EveryOption, order_id: str
) -> None:
    machines, arn = every_option.cloud.client("stepfunctions"), every_option.outputs["state_machine_arn"]

    def started() -> list[str]:
        found = machines.list_executions(stateMachineArn=arn)["executions"]
        return [one["executionArn"] for one in found if one["startDate"] > every_option.began]

    (execution,) = wait_for(started)
    assert json.loads(machines.describe_execution(executionArn=execution)["input"]) == {"started_by": "a rule"}


@pytest.mark.proves("target/event_bus", by="delivered")
def test_event_reaches_a_rule_of_the_other_bus_when_the_target_is_a_bus(
    every_option: EveryOption, order_id: str
) -> None:
    (event,) = wait_for(lambda: every_option.seen("other_bus", order_id))

    assert (event["source"], event["detail"]) == ("shop.targets", {"order_id": order_id})


@pytest.fixture(scope="module")
def called(every_option: EveryOption) -> str:
    """The order of one event that the API destinations' rule matches."""
    made = f"call-{uuid.uuid4().hex}"
    every_option.send("shop.calls", {"order_id": made})
    return made


@pytest.mark.proves("target/api_destination_api_key", by="delivered")
def test_endpoint_is_called_with_its_key_when_the_connection_has_one(every_option: EveryOption, called: str) -> None:
    (request,) = wait_for(lambda: every_option.receiver.requests("/api-key"))

    assert (request.method, json.loads(request.body)) == ("POST", {"order_id": called})
    assert (request.headers["x-api-key"], request.headers["idempotency-key"]) == ("the-key", called)


@pytest.mark.proves("target/api_destination_basic", by="delivered")
def test_endpoint_is_called_as_a_user_when_the_connection_names_one(every_option: EveryOption, called: str) -> None:
    (request,) = wait_for(lambda: every_option.receiver.requests("/basic/"))

    assert (request.method, request.path) == ("PUT", f"/basic/{called}?of=shop.calls")
    assert request.headers["authorization"] == f"Basic {base64.b64encode(b'shop:the-password').decode()}"
    assert json.loads(request.body)["detail"] == {"order_id": called}


@pytest.mark.proves("target/api_destination_oauth", by="delivered")
def test_endpoint_is_called_with_a_token_when_the_connection_asks_for_one(
    every_option: EveryOption, called: str
) -> None:
    (request,) = wait_for(lambda: every_option.receiver.requests("/oauth"))

    (asked, *_) = every_option.receiver.requests("/token")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.body)["detail"] == {"order_id": called}
    assert all(part in asked.body for part in ("client_credentials", "orders"))


@pytest.mark.proves("bus/archive", by="delivered")
def test_event_comes_again_under_the_replays_name_when_the_archive_is_replayed(
    every_option: EveryOption, order_id: str
) -> None:
    events, bus = every_option.cloud.client("events"), every_option.outputs["bus"]
    (first,) = wait_for(lambda: every_option.seen("target", order_id))
    archive = events.describe_archive(ArchiveName=bus["archive_name"])
    name, around = f"replay-{uuid.uuid4().hex}", datetime.now(UTC)

    events.start_replay(
        ReplayName=name,
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=around - timedelta(minutes=30),
        EventEndTime=around + timedelta(minutes=1),
        Destination={"Arn": bus["arn"]},
    )

    def replayed() -> list[dict[str, Any]]:
        return [event for event in every_option.seen("target", order_id) if event.get("replay-name") == name]

    (again,) = wait_for(replayed)
    assert (again["detail"], again["source"]) == (first["detail"], first["source"])
    # Its rule leaves replays out, and the event of the replay has been through all rules by now.
    assert len(every_option.seen("other_bus", order_id)) == 1
