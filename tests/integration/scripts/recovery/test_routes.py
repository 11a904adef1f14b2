import json
from typing import Any

import pytest

from tests.integration.scripts.recovery.conftest import Environment

ACCOUNT, REGION = "123456789012", "eu-west-1"
BUS = "orderflow-dev-orders"
EVENT: dict[str, Any] = {
    "id": "1",
    "source": "orderflow.finance",
    "detail-type": "RefundRequested",
    "time": "2026-11-23T08:00:00Z",
    "resources": [],
    "detail": {"metadata": {}, "data": {"amount": 5}},
}


def rule(environment: Environment, target_arn: str, **target: Any) -> str:
    """A rule with one target, and the ARN of the rule."""
    events = environment.client("events")
    events.create_event_bus(Name=BUS)
    arn = events.put_rule(Name="orderflow-dev-it", EventBusName=BUS, EventPattern='{"source":["x"]}')["RuleArn"]
    events.put_targets(Rule="orderflow-dev-it", EventBusName=BUS, Targets=[{"Id": "one", "Arn": target_arn, **target}])
    return str(arn)


def test_message_returns_to_its_queue_with_its_attributes_when_it_was_received_too_often(
    environment: Environment,
) -> None:
    environment.queue("finance")
    source = environment.source("queue", "finance")
    environment.put("payload ☃", event_type="OrderChanged", redrive_count="1")

    outcome = environment.redrive(source)

    assert (outcome.sent, outcome.complete) == (1, True)
    assert environment.messages("finance") == [("payload ☃", {"event_type": "OrderChanged", "redrive_count": "2"})]
    assert environment.messages("dead") == []


def test_message_goes_to_the_subscriber_alone_when_sns_could_not_deliver_it(environment: Environment) -> None:
    topic = environment.client("sns").create_topic(Name="orders")["TopicArn"]
    environment.queue("finance")
    environment.queue("warehouse")
    subscribe = environment.client("sns").subscribe
    failed = subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=environment.queue_arn("finance"), ReturnSubscriptionArn=True
    )
    subscribe(TopicArn=topic, Protocol="sqs", Endpoint=environment.queue_arn("warehouse"))
    source = environment.source("subscription", failed["SubscriptionArn"])
    environment.put({"data": {}})

    environment.redrive(source)

    assert environment.messages("finance") == [('{"data": {}}', {"redrive_count": "1"})]
    assert environment.messages("warehouse") == []


def test_function_gets_the_notification_as_from_sns_when_it_is_the_subscriber(environment: Environment) -> None:
    topic = environment.client("sns").create_topic(Name="orders")["TopicArn"]
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:subscriber"
    failed = environment.client("sns").subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=function, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    source = environment.source("subscription", failed)
    environment.put({"Type": "Notification", "Message": "hello", "SigningCertURL": "https://cert"})
    environment.put("no notification")

    outcome = environment.redrive(source)

    ((name, kind, event),) = environment.functions.invoked
    assert (name, kind) == (function, "Event")
    (record,) = event["Records"]
    assert record["EventSubscriptionArn"] == failed
    assert record["Sns"]["Message"] == "hello"
    assert record["Sns"]["SigningCertUrl"] == "https://cert"
    assert sum(outcome.kept.values()) == 1


def test_message_is_kept_when_only_sns_could_deliver_it(environment: Environment) -> None:
    topic = environment.client("sns").create_topic(Name="notices")["TopicArn"]
    failed = environment.client("sns").subscribe(
        TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    source = environment.source("subscription", failed)
    environment.put("notice")

    outcome = environment.redrive(source)

    assert not outcome.complete
    assert "protocol email" in next(iter(outcome.kept))
    assert environment.messages("dead")[0][0] == "notice"


def test_payload_returns_to_the_queue_it_came_from_when_a_consumer_refused_it(environment: Environment) -> None:
    environment.queue("orderflow-dev-intake")
    source = environment.source("function", "orderflow-dev-recorder")
    payload = '{"exactly":  "as it was"}'
    environment.put(
        {
            "function": "recorder",
            "reason": "early",
            "origin": environment.queue_arn("orderflow-dev-intake"),
            "payload": payload,
            "redrive_count": 1,
        }
    )

    environment.redrive(source)

    assert environment.messages("orderflow-dev-intake") == [(payload, {"redrive_count": "2"})]


@pytest.mark.parametrize(
    "message",
    [
        {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {"detail": {"key": 1}}},
        {"function": "f", "reason": "r", "origin": "arn:aws:s3:::bucket", "payload": '{"detail": {"key": 1}}'},
    ],
)
def test_function_is_invoked_again_when_an_asynchronous_invocation_failed(
    environment: Environment, message: dict[str, Any]
) -> None:
    source = environment.source("function", "orderflow-dev-pos_import")
    environment.put(message)

    environment.redrive(source)

    expected = {"detail": {"key": 1}, "redrive_count": 1}
    assert environment.functions.invoked == [("orderflow-dev-pos_import", "Event", expected)]


def test_message_is_kept_when_its_shape_is_unknown(environment: Environment) -> None:
    source = environment.source("function", "orderflow-dev-finance")
    environment.put({"something": "else"})

    outcome = environment.redrive(source)

    assert sum(outcome.kept.values()) == 1
    assert environment.functions.invoked == []
    assert len(environment.messages("dead")) == 1


def test_function_is_invoked_with_the_input_when_a_schedule_could_not(environment: Environment) -> None:
    source = environment.source("schedule", "arn:of:deadline")
    environment.put({"check": "due"}, ERROR_CODE="THROTTLED")

    environment.redrive(source)

    assert environment.functions.invoked == [("arn:of:deadline", "Event", {"check": "due", "redrive_count": 1})]


@pytest.mark.parametrize(
    ("target", "expected"),
    [({}, EVENT), ({"InputPath": "$.detail.data"}, {"amount": 5}), ({"Input": '{"constant": 1}'}, {"constant": 1})],
)
def test_queue_gets_what_the_rule_sends_when_it_is_the_target(
    environment: Environment, target: dict[str, Any], expected: Any
) -> None:
    environment.queue("intake")
    source = environment.source("rule", rule(environment, environment.queue_arn("intake"), **target))
    environment.put(EVENT, TARGET_ARN=environment.queue_arn("intake"), ERROR_CODE="SDK_CLIENT_ERROR")

    environment.redrive(source)

    ((body, attributes),) = environment.messages("intake")
    assert json.loads(body) == expected
    assert attributes == {"redrive_count": "1"}


def test_function_is_invoked_with_the_event_when_it_is_the_target(environment: Environment) -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orderflow-dev-pos_import"
    source = environment.source("rule", rule(environment, function))
    environment.put(EVENT)

    environment.redrive(source)

    assert environment.functions.invoked == [(function, "Event", {**EVENT, "redrive_count": 1})]


def test_message_is_kept_when_the_rule_no_longer_has_its_target(environment: Environment) -> None:
    source = environment.source("rule", rule(environment, environment.queue_arn("intake")))
    environment.put(EVENT, TARGET_ARN="arn:aws:sqs:eu-west-1:1:gone")

    outcome = environment.redrive(source)

    assert "0 targets" in next(iter(outcome.kept))


def test_only_the_redrive_rule_sees_the_event_when_an_api_destination_failed(environment: Environment) -> None:
    """Two queues stand for the destination and for everybody else on the bus."""
    destination = f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/provider/1"
    source = environment.source("rule", rule(environment, destination), redrive_source="redrive.it.provider")
    events = environment.client("events")
    for name, sender in {"redriven": "redrive.it.provider", "everybody": "orderflow.finance"}.items():
        environment.queue(name)
        events.put_rule(Name=name, EventBusName=BUS, EventPattern=json.dumps({"source": [sender]}))
        events.put_targets(Rule=name, EventBusName=BUS, Targets=[{"Id": "queue", "Arn": environment.queue_arn(name)}])
    environment.put({**EVENT, "resources": ["arn:aws:s3:::b", "redrive/1"]}, TARGET_ARN=destination)

    environment.redrive(source)

    ((body, _),) = environment.messages("redriven")
    event = json.loads(body)
    assert (event["detail-type"], event["detail"]) == (EVENT["detail-type"], EVENT["detail"])
    assert event["resources"] == ["arn:aws:s3:::b", "redrive/2"]
    assert environment.messages("everybody") == []


def test_message_is_kept_when_eventbridge_refuses_the_entry(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/provider/1"
    source = environment.source("rule", rule(environment, destination), redrive_source="redrive.it.provider")
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]}
    monkeypatch.setattr(environment.client("events"), "put_events", lambda **request: refused)
    environment.put(EVENT)

    outcome = environment.redrive(source)

    assert outcome.failures == {"EventBridge refused it: ThrottlingException slow down": 1}
    assert len(environment.messages("dead")) == 1


def test_event_returns_to_the_bus_when_the_bus_itself_could_not_take_it(environment: Environment) -> None:
    source = environment.source("bus", BUS)
    events = environment.client("events")
    events.create_event_bus(Name=BUS)
    environment.queue("everybody")
    events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["orderflow.finance"]}')
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "q", "Arn": environment.queue_arn("everybody")}])
    environment.put(EVENT)

    environment.redrive(source)

    assert len(environment.messages("everybody")) == 1


def test_event_goes_to_the_next_bus_when_a_rule_could_not_pass_it_on(environment: Environment) -> None:
    central = environment.client("events").create_event_bus(Name="central")["EventBusArn"]
    source = environment.source("rule", rule(environment, central))
    events = environment.client("events")
    arn = events.put_rule(Name="all", EventBusName="central", EventPattern='{"version": ["0"]}')["RuleArn"]
    environment.queue("seen")
    seen = {"Id": "one", "Arn": environment.queue_arn("seen")}
    events.put_targets(Rule="all", EventBusName="central", Targets=[seen])
    environment.put(EVENT)

    outcome = environment.redrive(source)

    assert (outcome.sent, outcome.complete) == (1, True), arn
    ((body, _),) = environment.messages("seen")
    found = json.loads(body)
    assert (found["source"], found["detail"], found["resources"]) == (EVENT["source"], EVENT["detail"], ["redrive/1"])


def test_event_goes_to_the_delivery_stream_when_a_rule_could_not_write_to_it(environment: Environment) -> None:
    s3, firehose = environment.client("s3"), environment.client("firehose")
    s3.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
    destination = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/delivery", "BucketARN": "arn:aws:s3:::files"}
    stream = firehose.create_delivery_stream(
        DeliveryStreamName="analytics", ExtendedS3DestinationConfiguration=destination
    )["DeliveryStreamARN"]
    source = environment.source("rule", rule(environment, stream))
    environment.put(EVENT)

    outcome = environment.redrive(source)

    (file,) = s3.list_objects_v2(Bucket="files")["Contents"]
    assert (outcome.sent, outcome.complete) == (1, True)
    assert json.loads(s3.get_object(Bucket="files", Key=file["Key"])["Body"].read()) == EVENT


def test_event_is_kept_when_only_its_service_may_send_it(environment: Environment) -> None:
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}"
    source = environment.source("rule", rule(environment, bus))
    environment.put({**EVENT, "source": "aws.s3", "detail-type": "Object Created"})

    outcome = environment.redrive(source)

    assert outcome.sent == 0
    assert "nobody but aws.s3 may send its event" in next(iter(outcome.kept))


def test_event_is_kept_when_no_rule_knows_it(environment: Environment) -> None:
    source = environment.source("unrouted", "")
    environment.put(EVENT)

    outcome = environment.redrive(source)

    assert "orderflow replay --rule" in next(iter(outcome.kept))
    assert len(environment.messages("dead")) == 1
