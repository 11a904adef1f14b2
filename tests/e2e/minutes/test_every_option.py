"""Every option of the modules, applied to the local cloud: patterns, targets, subscriptions, streams, schedules."""

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e.conftest import TIMEOUT_SECONDS, wait_for
from tests.support.every_option import AppliedRoot, apply_every_option
from tests.support.receiver import ACCESS_TOKEN

PATTERN_CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "prefix": ({"sku": "TEA-1"}, {"sku": "TEE-1"}),
    "suffix": ({"file": "till.csv"}, {"file": "till.csv.gz"}),
    "wildcard": ({"path": "store/7/till-?"}, {"path": "store/7/desk-1"}),
    "anything_but": ({"channel": "web"}, {"channel": "pos"}),
    "numeric": ({"amount": 100}, {"amount": 200}),
    "exists": ({"coupon": "SPRING"}, {"voucher": "SPRING"}),
    "cidr": ({"ip": "10.1.255.1"}, {"ip": "10.2.0.1"}),
    "equals_ignore_case": ({"country": "Nl"}, {"country": "NLD"}),
    "or": ({"weight": 31}, {"weight": 30, "gift": False}),
}


def delivered_case(*values: Any, rows: tuple[str, ...]) -> Any:
    return pytest.param(*values, marks=pytest.mark.proves(*rows, by="delivered"))


@pytest.fixture(scope="module")
def every_option(cloud: LocalCloud) -> Iterator[AppliedRoot]:
    with apply_every_option(cloud) as root:
        yield root


@pytest.mark.parametrize("name", [delivered_case(name, rows=(f"pattern/{name}",)) for name in PATTERN_CASES])
def test_rule_matches_the_event_but_not_a_similar_one(every_option: AppliedRoot, name: str) -> None:
    matching_detail, similar_detail = PATTERN_CASES[name]
    unique_suffix = uuid.uuid4().hex

    for label, detail in (("similar", similar_detail), ("match", matching_detail)):
        every_option.send("shop.patterns", {"number": f"{label}-{unique_suffix}", **detail})

    # Events are dispatched in order, so when the second has arrived, the first has been evaluated.
    messages = wait_for(lambda: every_option.messages("pattern", f"match-{unique_suffix}"))
    assert messages == [{"rule": name, "number": f"match-{unique_suffix}"}]
    assert every_option.messages("pattern", f"similar-{unique_suffix}") == []


@pytest.fixture(scope="module")
def order_id(every_option: AppliedRoot) -> str:
    """Send one event that the targets' rules match; return its order id."""
    new_id = f"order-{uuid.uuid4().hex}"
    every_option.send("shop.targets", {"order_id": new_id})
    return new_id


@pytest.mark.parametrize(
    "queue",
    [
        delivered_case("target", rows=("target/sqs", "source/application")),
        delivered_case("function", rows=("target/lambda",)),
        delivered_case("other_bus", rows=("target/event_bus",)),
    ],
    ids=["queue", "function", "rule of the other bus"],
)
def test_target_gets_the_complete_event(every_option: AppliedRoot, order_id: str, queue: str) -> None:
    (event,) = wait_for(lambda: every_option.messages(queue, order_id))

    assert (event["source"], event["detail-type"]) == ("shop.targets", "OrderPlaced")
    assert event["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/sqs_fifo", "target/input_path", by="delivered")
def test_fifo_target_gets_the_selected_part_in_its_message_group(every_option: AppliedRoot, order_id: str) -> None:
    sqs, url = every_option.cloud.client("sqs"), every_option.outputs["fifo_url"]

    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages"))

    assert json.loads(message["Body"]) == {"order_id": order_id}
    assert message["Attributes"]["MessageGroupId"] == "orders"


@pytest.mark.proves("target/sns", "target/input_transformer", by="delivered")
def test_topic_target_gets_the_transformed_text(every_option: AppliedRoot, order_id: str) -> None:
    (envelope,) = wait_for(lambda: every_option.messages("notices", order_id))

    assert envelope["TopicArn"] == every_option.outputs["topic_arns"]["notices"]
    assert envelope["Message"].strip('"') == f"Order {order_id} of shop.targets"


@pytest.mark.proves("target/step_functions", "target/input_constant", by="delivered")
def test_state_machine_target_starts_with_the_constant_input(every_option: AppliedRoot, order_id: str) -> None:
    step_functions, arn = every_option.cloud.client("stepfunctions"), every_option.outputs["state_machine_arn"]

    def new_executions() -> list[str]:
        executions = step_functions.list_executions(stateMachineArn=arn)["executions"]
        return [one["executionArn"] for one in executions if one["startDate"] > every_option.started_at]

    (execution,) = wait_for(new_executions)
    assert json.loads(step_functions.describe_execution(executionArn=execution)["input"]) == {"started_by": "a rule"}


@pytest.fixture(scope="module")
def api_order_id(every_option: AppliedRoot) -> str:
    """Send one event that the API destinations' rule matches; return its order id."""
    new_id = f"call-{uuid.uuid4().hex}"
    every_option.send("shop.calls", {"order_id": new_id})
    return new_id


@pytest.mark.proves("target/api_destination_api_key", by="delivered")
def test_endpoint_is_called_with_the_connections_api_key(every_option: AppliedRoot, api_order_id: str) -> None:
    (request,) = wait_for(lambda: every_option.receiver.requests("/api-key"))

    assert (request.method, json.loads(request.body)) == ("POST", {"order_id": api_order_id})
    assert (request.headers["x-api-key"], request.headers["idempotency-key"]) == ("the-key", api_order_id)


@pytest.mark.proves("target/api_destination_basic", by="delivered")
def test_endpoint_is_called_with_basic_authentication(every_option: AppliedRoot, api_order_id: str) -> None:
    (request,) = wait_for(lambda: every_option.receiver.requests("/basic/"))

    assert (request.method, request.path) == ("PUT", f"/basic/{api_order_id}?source=shop.calls")
    assert request.headers["authorization"] == f"Basic {base64.b64encode(b'shop:the-password').decode()}"
    assert json.loads(request.body)["detail"] == {"order_id": api_order_id}


@pytest.mark.proves("target/api_destination_oauth", by="delivered")
def test_endpoint_is_called_with_an_oauth_token(every_option: AppliedRoot, api_order_id: str) -> None:
    (request,) = wait_for(lambda: every_option.receiver.requests("/oauth"))

    (token_request, *_) = every_option.receiver.requests("/token")
    assert request.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"
    assert json.loads(request.body)["detail"] == {"order_id": api_order_id}
    assert all(part in token_request.body for part in ("client_credentials", "orders"))


@pytest.mark.proves("bus/archive", by="delivered")
def test_replayed_event_carries_the_name_of_its_replay(every_option: AppliedRoot, order_id: str) -> None:
    events, bus = every_option.cloud.client("events"), every_option.outputs["bus"]
    (first_event,) = wait_for(lambda: every_option.messages("target", order_id))
    archive = events.describe_archive(ArchiveName=bus["archive_name"])
    name, now = f"replay-{uuid.uuid4().hex}", datetime.now(UTC)

    events.start_replay(
        ReplayName=name,
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=now - timedelta(minutes=30),
        EventEndTime=now + timedelta(minutes=1),
        Destination={"Arn": bus["arn"]},
    )

    def replayed_events() -> list[dict[str, Any]]:
        return [event for event in every_option.messages("target", order_id) if event.get("replay-name") == name]

    (replayed_event,) = wait_for(replayed_events)
    assert (replayed_event["detail"], replayed_event["source"]) == (first_event["detail"], first_event["source"])
    # This queue's rule excludes replays, and every rule has evaluated the replayed event by now.
    assert len(every_option.messages("other_bus", order_id)) == 1


def new_message(channel: str, amount: int) -> dict[str, object]:
    return {"id": uuid.uuid4().hex, "data": {"channel": channel, "total": {"amount": amount}}}


@pytest.mark.proves("sns/sqs", "sns/raw_delivery", "sns/filter_body", by="delivered")
def test_queue_gets_the_raw_message_only_when_the_body_matches(every_option: AppliedRoot) -> None:
    other_messages = [new_message("pos", 20), new_message("web", 10)]
    matching_message = new_message("web", 11)

    for message in (*other_messages, matching_message):
        every_option.publish("orders", message)

    assert wait_for(lambda: every_option.messages("body", str(matching_message["id"]))) == [matching_message]
    assert [every_option.messages("body", str(message["id"])) for message in other_messages] == [[], []]


@pytest.mark.proves("sns/filter_attributes", by="delivered")
def test_queue_gets_the_envelope_only_when_the_attributes_match(every_option: AppliedRoot) -> None:
    other_message, matching_message = new_message("web", 1), new_message("web", 2)

    every_option.publish("orders", other_message, status="placed")
    every_option.publish("orders", matching_message, status="paid")

    (envelope,) = wait_for(lambda: every_option.messages("attribute", str(matching_message["id"])))
    assert envelope["Type"] == "Notification"
    assert envelope["MessageAttributes"]["status"]["Value"] == "paid"
    assert every_option.messages("attribute", str(other_message["id"])) == []


@pytest.mark.proves("sns/lambda", by="delivered")
def test_subscribed_function_is_invoked_with_the_message(every_option: AppliedRoot) -> None:
    message = new_message("web", 3)

    every_option.publish("orders", message, to="function")

    (event,) = wait_for(lambda: every_option.messages("function", str(message["id"])))
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["Sns"]["TopicArn"] == every_option.outputs["topic_arns"]["orders"]


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        delivered_case("KEYS_ONLY", (set(), set()), rows=("stream/keys_only",)),
        delivered_case("NEW_IMAGE", ({"NewImage"}, set()), rows=("stream/new_image",)),
        delivered_case("OLD_IMAGE", (set(), {"OldImage"}), rows=("stream/old_image",)),
        delivered_case(
            "NEW_AND_OLD_IMAGES",
            ({"NewImage"}, {"OldImage"}),
            rows=("stream/new_and_old_images", "stream/filter_criteria"),
        ),
    ],
)
def test_function_gets_the_images_of_the_view_type(
    every_option: AppliedRoot, view_type: str, images: tuple[set[str], set[str]]
) -> None:
    table, order_id = every_option.outputs["table_names"][view_type], f"order-{uuid.uuid4().hex}"
    key = {"order_id": {"S": order_id}, "entry_id": {"S": "1"}}
    dynamodb = every_option.cloud.client("dynamodb")

    dynamodb.put_item(TableName=table, Item={**key, "status": {"S": "placed"}})
    # The mapping's filter accepts insertions and removals, not modifications.
    dynamodb.put_item(TableName=table, Item={**key, "status": {"S": "paid"}})
    dynamodb.delete_item(TableName=table, Key=key)

    def records() -> list[dict[str, Any]]:
        batches = every_option.messages("function", order_id)
        received_records = [record for batch in batches for record in batch["Records"]]
        return received_records if any(record["eventName"] == "REMOVE" for record in received_records) else []

    stream_records = wait_for(records)
    assert [record["eventName"] for record in stream_records] == ["INSERT", "REMOVE"]
    assert [set(record["dynamodb"]) & {"NewImage", "OldImage"} for record in stream_records] == list(images)
    assert all(record["dynamodb"]["Keys"] == key for record in stream_records)
    if old_image := stream_records[1]["dynamodb"].get("OldImage"):
        assert old_image["status"] == {"S": "paid"}


@pytest.mark.parametrize("sender", [delivered_case(one, rows=(f"schedule/{one}",)) for one in ("scheduler", "rule")])
def test_queue_gets_the_input_when_the_schedule_is_due(every_option: AppliedRoot, sender: str) -> None:
    messages = wait_for(lambda: every_option.messages("schedule", f'"{sender}"'), seconds=3 * TIMEOUT_SECONDS)

    assert messages[0] == {"by": sender}


@pytest.mark.proves(
    "schedule/time_zone",
    "schedule/dead_letter",
    "target/api_destination_rate",
    "bus/customer_key",
    "sns/email",
    "sns/delivery_status",
    "sns/service_publishers",
    "table/protection",
    by="applied",
)
def test_second_plan_changes_nothing_when_every_option_is_applied(every_option: AppliedRoot) -> None:
    assert every_option.root.changes() == []
