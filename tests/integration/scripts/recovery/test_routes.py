"""A redrive returns each kind of dead-letter message only to its receiver, or keeps it with a reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from orderflow_cli.observe.dead_letters.sources import Source
from tests.integration.scripts.conftest import ACCOUNT, REGION
from tests.integration.scripts.recovery.conftest import Environment

BUS = "orderflow-dev-orders"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orderflow-dev-pos_import"
TARGET_BUS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}"
API_DESTINATION_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/provider/1"
INPUT = {"detail": {"key": 1}}
EVENT: dict[str, Any] = {
    **{"id": "1", "source": "orderflow.finance", "detail-type": "RefundRequested", "time": "2026-11-23T08:00:00Z"},
    **{"resources": [], "detail": {"metadata": {}, "data": {"amount": 5}}},
}
S3_EVENT = {**EVENT, "source": "aws.s3", "detail-type": "Object Created"}


def create_rule(environment: Environment, target_arn: str, **target: Any) -> str:
    """Create a rule with one target; return the rule's ARN."""
    environment.client("events").create_event_bus(Name=BUS)
    return put_rule(environment, BUS, "orderflow-dev-it", {"source": ["x"]}, target_arn, **target)


def put_rule(environment: Environment, bus: str, name: str, pattern: dict[str, Any], arn: str, **target: Any) -> str:
    events = environment.client("events")
    rule_arn: str = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "one", "Arn": arn, **target}])
    return rule_arn


def create_rule_without_target(environment: Environment) -> str:
    arn = create_rule(environment, environment.queue_arn("intake"))
    environment.client("events").remove_targets(Rule="orderflow-dev-it", EventBusName=BUS, Ids=["one"])
    return arn


def subscribe(environment: Environment, protocol: str, endpoint: str) -> str:
    topic = environment.client("sns").create_topic(Name="orders")["TopicArn"]
    request = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint, "ReturnSubscriptionArn": True}
    return str(environment.client("sns").subscribe(**request)["SubscriptionArn"])


def test_message_returns_to_its_queue_with_its_attributes(environment: Environment) -> None:
    environment.queue("finance")
    source = environment.source("queue", "finance")
    environment.put("payload ☃", event_type="OrderChanged", redrive_count="1")

    outcome = environment.redrive(source)

    assert (outcome.sent_count, outcome.is_complete) == (1, True)
    assert environment.messages("finance") == [("payload ☃", {"event_type": "OrderChanged", "redrive_count": "2"})]
    assert environment.messages("dead") == []


def test_redriven_message_reaches_only_its_subscriber(environment: Environment) -> None:
    for name in ("finance", "warehouse"):
        environment.queue(name)
        subscribe(environment, "sqs", environment.queue_arn(name))
    source = environment.source("subscription", subscribe(environment, "sqs", environment.queue_arn("finance")))
    environment.put({"data": {}})

    environment.redrive(source)

    assert environment.messages("finance") == [('{"data": {}}', {"redrive_count": "1"})]
    assert environment.messages("warehouse") == []


def test_subscribed_function_receives_an_sns_event(environment: Environment) -> None:
    subscription_arn = subscribe(environment, "lambda", FUNCTION_ARN)
    source = environment.source("subscription", subscription_arn)
    environment.put({"Type": "Notification", "Message": "hello", "SigningCertURL": "https://cert"})
    environment.put("no notification")

    outcome = environment.redrive(source)

    ((name, invocation_type, event),) = environment.functions.invoked
    assert (name, invocation_type) == (FUNCTION_ARN, "Event")
    (record,) = event["Records"]
    assert record["EventSubscriptionArn"] == subscription_arn
    assert (record["Sns"]["Message"], record["Sns"]["SigningCertUrl"]) == ("hello", "https://cert")
    assert sum(outcome.kept_counts.values()) == 1


def test_quarantined_payload_returns_to_its_queue(environment: Environment) -> None:
    environment.queue("orderflow-dev-intake")
    origin, payload = environment.queue_arn("orderflow-dev-intake"), '{"exactly":  "as it was"}'
    source = environment.source("function", "orderflow-dev-recorder")
    environment.put(
        {"function": "recorder", "reason": "early", "origin": origin, "payload": payload, "redrive_count": 1}
    )

    environment.redrive(source)

    assert environment.messages("orderflow-dev-intake") == [(payload, {"redrive_count": "2"})]


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("function", {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": INPUT}, INPUT),
        ("function", {"function": "f", "reason": "r", "origin": "arn:aws:s3:::b", "payload": json.dumps(INPUT)}, INPUT),
        ("schedule", {"check": "due"}, {"check": "due"}),
        ("rule", EVENT, EVENT),
    ],
)
def test_function_receives_its_event(
    environment: Environment, kind: str, message: dict[str, Any], expected: dict[str, Any]
) -> None:
    source = environment.source(kind, create_rule(environment, FUNCTION_ARN) if kind == "rule" else FUNCTION_ARN)
    environment.put(message)

    environment.redrive(source)

    assert environment.functions.invoked == [(FUNCTION_ARN, "Event", {**expected, "redrive_count": 1})]


@pytest.mark.parametrize(
    ("target", "expected"),
    [({}, EVENT), ({"InputPath": "$.detail.data"}, {"amount": 5}), ({"Input": '{"constant": 1}'}, {"constant": 1})],
)
def test_queue_receives_the_target_input(environment: Environment, target: dict[str, Any], expected: Any) -> None:
    environment.queue("intake")
    source = environment.source("rule", create_rule(environment, environment.queue_arn("intake"), **target))
    environment.put(EVENT, TARGET_ARN=environment.queue_arn("intake"), ERROR_CODE="SDK_CLIENT_ERROR")

    environment.redrive(source)

    ((body, attributes),) = environment.messages("intake")
    assert json.loads(body) == expected
    assert attributes == {"redrive_count": "1"}


def test_event_for_an_api_destination_matches_only_its_redrive_rule(environment: Environment) -> None:
    """Two queues represent the API destination and the other receivers on the bus."""
    source = environment.source(
        "rule", create_rule(environment, API_DESTINATION_ARN), redrive_event_source="redrive.it.provider"
    )
    for name, sender in {"redriven": "redrive.it.provider", "everybody": "orderflow.finance"}.items():
        environment.queue(name)
        put_rule(environment, BUS, name, {"source": [sender]}, environment.queue_arn(name))
    environment.put({**EVENT, "resources": ["arn:aws:s3:::b", "redrive/1"]}, TARGET_ARN=API_DESTINATION_ARN)

    environment.redrive(source)

    ((body, _),) = environment.messages("redriven")
    event = json.loads(body)
    assert (event["detail-type"], event["detail"]) == (EVENT["detail-type"], EVENT["detail"])
    assert event["resources"] == ["arn:aws:s3:::b", "redrive/2"]
    assert environment.messages("everybody") == []


def test_message_that_eventbridge_rejects_is_kept(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    source = environment.source(
        "rule", create_rule(environment, API_DESTINATION_ARN), redrive_event_source="redrive.it.provider"
    )
    response = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]}
    monkeypatch.setattr(environment.client("events"), "put_events", lambda **request: response)
    environment.put(EVENT)

    outcome = environment.redrive(source)

    assert outcome.failures == {"EventBridge rejected the event: ThrottlingException slow down": 1}
    assert len(environment.messages("dead")) == 1


@pytest.mark.parametrize("kind", ["bus", "rule"])
def test_redriven_event_reaches_its_destination_bus(environment: Environment, kind: str) -> None:
    central = environment.client("events").create_event_bus(Name="central")["EventBusArn"]
    source = environment.source(kind, "central" if kind == "bus" else create_rule(environment, central))
    environment.queue("seen")
    put_rule(environment, "central", "all", {"version": ["0"]}, environment.queue_arn("seen"))
    environment.put(EVENT)

    outcome = environment.redrive(source)

    assert (outcome.sent_count, outcome.is_complete) == (1, True)
    ((body, _),) = environment.messages("seen")
    event = json.loads(body)
    assert (event["source"], event["detail"], event["resources"]) == (EVENT["source"], EVENT["detail"], ["redrive/1"])


def test_redriven_event_reaches_the_delivery_stream(environment: Environment) -> None:
    s3, firehose = environment.client("s3"), environment.client("firehose")
    s3.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
    destination = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/delivery", "BucketARN": "arn:aws:s3:::files"}
    stream = firehose.create_delivery_stream(
        DeliveryStreamName="analytics", ExtendedS3DestinationConfiguration=destination
    )["DeliveryStreamARN"]
    source = environment.source("rule", create_rule(environment, stream))
    environment.put(EVENT)

    outcome = environment.redrive(source)

    (file,) = s3.list_objects_v2(Bucket="files")["Contents"]
    assert (outcome.sent_count, outcome.is_complete) == (1, True)
    assert json.loads(s3.get_object(Bucket="files", Key=file["Key"])["Body"].read()) == EVENT


@pytest.mark.parametrize(
    ("make_source", "message", "sentence"),
    [
        (lambda e: e.source("subscription", subscribe(e, "email", "a@example.com")), "notice", "protocol email"),
        (lambda e: e.source("function", "f"), {"something": "else"}, ""),
        (lambda e: e.source("rule", create_rule_without_target(e)), EVENT, "exactly one target"),
        (lambda e: e.source("rule", create_rule(e, TARGET_BUS_ARN)), S3_EVENT, "only aws.s3 can send its events"),
        (lambda e: e.source("unrouted", ""), EVENT, "orderflow replay --rule"),
    ],
    ids=["only SNS can deliver it", "unknown format", "target is gone", "event of an AWS service", "no matching rule"],
)
def test_message_is_kept_when_it_cannot_be_redriven(
    environment: Environment, make_source: Callable[[Environment], Source], message: Any, sentence: str
) -> None:
    source = make_source(environment)
    environment.put(message)

    outcome = environment.redrive(source)

    assert (outcome.sent_count, sum(outcome.kept_counts.values()), environment.functions.invoked) == (0, 1, [])
    assert sentence in next(iter(outcome.kept_counts))
    assert len(environment.messages("dead")) == 1
