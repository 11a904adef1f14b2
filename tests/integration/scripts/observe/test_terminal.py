"""The commands that send and follow events and find orders on AWS; they change an environment only with --write."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.observe.events import Event, parse_envelope
from orderflow_cli.terminal.follow import Filter
from tests.integration.scripts.observe.conftest import Environment

ORDER_ID = "ord_" + "a" * 26
HALF_AN_HOUR = timedelta(minutes=30)
type Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def queue_url(environment: Environment) -> str:
    """The URL of a queue that receives all events on the bus."""
    sqs, events = environment.client("sqs"), environment.client("events")
    url: str = sqs.create_queue(QueueName="everything")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName="orderflow-dev-orders", EventPattern='{"version": ["0"]}')
    events.put_targets(Rule="all", EventBusName="orderflow-dev-orders", Targets=[{"Id": "all", "Arn": arn}])
    return url


def receive_bodies(environment: Environment, url: str) -> list[Any]:
    messages = environment.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def run_in_dev(*arguments: str) -> int:
    return ORDERFLOW.main([*arguments, "--environment", "dev"])


def test_event_is_sent_with_overridden_fields(environment: Environment, queue_url: str, capsys: Capsys) -> None:
    fields = ["--set", "data.amount=700", "--set", "data.currency=USD", "--order", ORDER_ID]

    assert run_in_dev("send", "event", "PaymentCaptured", *fields, "--write", "--json") == 0

    output = json.loads(capsys.readouterr().out)
    (event,) = receive_bodies(environment, queue_url)
    assert (event["source"], event["detail-type"]) == ("orderflow.webhooks", "PaymentCaptured")
    assert event["detail"] == output["event"]
    assert (output["event"]["data"]["amount"], output["event"]["data"]["order_id"]) == (700, ORDER_ID)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["PaymentCaptured", "--set", "data.amount=-1", "--write"],
            "The event violates PaymentCaptured.v1: data.amount",
        ),
        (["PaymentCaptured", "--set", "data.amount", "--write"], "data.amount: is required"),
        (["OrderPlaced", "--set", "data.lines.9.quantity=1", "--write"], "Unknown field data.lines.9.quantity"),
        (["OrderPlaced", "--set", "data.lines.first=1", "--write"], "first must be a list index from 0 to 2."),
        (["OrderPlaced", "--set", "data.lines.3={}", "--write"], "3 must be a list index from 0 to 2."),
        (["PaymentCaptured", "--example", "none", "--write"], "has no example none; choose from"),
        (["NoSuchEvent", "--write"], "Unknown contract NoSuchEvent; give the type (and --version) of one of Order"),
        (["PaymentCaptured"], "This would change dev; allow it with --write. Nothing was changed."),
    ],
)
def test_rejected_event_is_not_sent(
    environment: Environment, queue_url: str, arguments: list[str], sentence: str, capsys: Capsys
) -> None:
    assert run_in_dev("send", "event", *arguments) == 1

    assert sentence in capsys.readouterr().err
    assert receive_bodies(environment, queue_url) == []


def test_invalid_event_is_sent_when_requested(environment: Environment, queue_url: str) -> None:
    assert run_in_dev("send", "event", "PaymentCaptured", "--set", "data.amount=x", "--invalid", "--write") == 0

    (event,) = receive_bodies(environment, queue_url)
    assert event["detail"]["data"]["amount"] == "x"


@pytest.mark.parametrize(
    "command",
    [
        *(["send", "order"], ["send", "load"], ["tail"], ["compare"], ["redrive", "run", "all"]),
        *(["redrive", "discard", "all"], ["stream", "resume"], ["stream", "disable", "--hold-orders"]),
        ["replay", "--from", "2h", "--to", "1h", "--rule", "intake"],
    ],
)
def test_aws_environment_is_not_changed_without_the_write_option(command: list[str], capsys: Capsys) -> None:
    assert run_in_dev(*command) == 1

    assert capsys.readouterr().err == "orderflow: This would change dev; allow it with --write. Nothing was changed.\n"


@pytest.mark.parametrize(
    ("arguments", "order_ids"),
    [
        *(
            ("--customer ada", ["ord_1", "ord_2"]),
            ("--correlation webhook-9", ["ord_1"]),
            ("--receipt 0047", ["ord_3"]),
        ),
        *((text, ["ord_2"]) for text in ("--customer ada --status paid", "--payment pay_1", "--correlation request-2")),
        *(("--stuck 10", ["ord_2"]), ("--customer nobody", [])),
    ],
)
def test_orders_are_found_by_their_attributes(
    environment: Environment, arguments: str, order_ids: list[str], capsys: Capsys
) -> None:
    environment.order("ord_1", "delivered", customer_id="ada")
    payment_fields = {"payments": {"pay_1": {"amount": 1}}, "correlation_id": "request-2"}
    environment.order("ord_2", "paid", HALF_AN_HOUR, customer_id="ada", **payment_fields)
    environment.order("ord_3", "delivered", HALF_AN_HOUR, customer_id="walk-in", store={"receipt_number": "0047"})
    environment.log("recorder", {"message": "Decision", "correlation_id": "webhook-9", "order_id": "ord_1"})

    assert run_in_dev("find", *arguments.split(), "--json") == (0 if order_ids else 1)

    assert [order["order_id"] for order in json.loads(capsys.readouterr().out)] == order_ids


def test_dead_letter_messages_are_found_by_reason(environment: Environment, capsys: Capsys) -> None:
    environment.send("finance-dlq", json.dumps({"data": {"order_id": ORDER_ID}}))

    assert run_in_dev("find", "--dead-letter", "contract_broken", "--json") == 1
    assert run_in_dev("find", "--dead-letter", "received_too_often", "--json") == 0

    (message,) = json.loads(capsys.readouterr().out.splitlines()[1])
    assert (message["source"], message["orders"]) == ("queue/finance", [ORDER_ID])


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        ("", ["Decision", "Will be retried"]),
        *((option, ["Decision"]) for option in ("recorder", f"--order {ORDER_ID}")),
        *((option, ["Will be retried"]) for option in ("--level WARNING", "--text retried", "--since 2m")),
    ],
)
def test_matching_log_lines_are_shown_oldest_first(
    environment: Environment, arguments: str, messages: list[str], capsys: Capsys
) -> None:
    environment.log("recorder", {"level": "INFO", "message": "Decision", "order_id": ORDER_ID}, timedelta(minutes=3))
    environment.log("recorder", "REPORT RequestId: 1 Duration: 2 ms", timedelta(minutes=3))
    environment.log("relay", {"level": "WARNING", "message": "Will be retried"}, timedelta(minutes=1))

    assert run_in_dev("logs", *arguments.split(), "--json") == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["entry"]["message"] for line in lines] == messages


def test_compare_measures_bus_and_topic_and_removes_its_resources(environment: Environment, capsys: Capsys) -> None:
    assert run_in_dev("compare", "--messages", "25", "--yes", "--write", "--json") == 0

    output = json.loads(capsys.readouterr().out)
    assert [(output[name]["sent"], output[name]["delivered"]) for name in ("bus", "topic")] == [(25, 1.0), (25, 1.0)]
    assert sum(output["bus"]["histogram"].values()) == 25
    assert "These figures hold for 25 messages" in output["recommendation"]
    operations = (("events", "list_event_buses"), ("sqs", "list_queues"), ("sns", "list_topics"))
    responses = [getattr(environment.client(service), operation)() for service, operation in operations]
    assert "compare" not in json.dumps(responses, default=str)


def test_prompt_shows_the_price(environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    questions: list[str] = []
    monkeypatch.setattr("orderflow_cli.console.confirm", questions.append)

    assert run_in_dev("compare", "--messages", "1000000", "--write") == 1

    assert questions == ["This costs about 3.9000 USD in dev. Continue?"]
    assert "Nothing was measured." in capsys.readouterr().out


def event(**data: Any) -> Event:
    detail = {"metadata": {"event_id": "1"}, "data": {"order_id": ORDER_ID, **data}}
    envelope = {"id": "1", "detail-type": "OrderPlaced", "source": "s", "time": "2026-03-01T09:30:00Z"}
    parsed_event = parse_envelope({**envelope, "detail": detail}, "orders")
    assert parsed_event
    return parsed_event


@pytest.mark.parametrize(
    ("event_filter", "matches"),
    [
        (Filter(), True),
        (Filter(types=["OrderPlaced", "OrderShipped"], order=ORDER_ID, customer="ada", carriers=["bus"]), True),
        *((one, False) for one in (Filter(types=["OrderShipped"]), Filter(order="ord_other"), Filter(customer="bob"))),
        (Filter(carriers=["topic"]), False),
        (Filter(fields=[("data.lines.sku", "MUG"), ("data.lines.quantity", "2")]), True),
        (Filter(fields=[("data.gift", "true")]), True),
        *((Filter(fields=[(name, "1")]), False) for name in ("data.gift", "data.missing")),
    ],
)
def test_filter_matches_events_by_type_ids_carrier_and_fields(event_filter: Filter, matches: bool) -> None:
    lines = [{"sku": "TEE", "quantity": 1}, {"sku": "MUG", "quantity": 2}]

    assert event_filter.matches(event(after={"customer_id": "ada"}, gift=True, lines=lines)) is matches


def aws_error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetParameter")


COMMANDS = (["status"], ["trace", ORDER_ID], ["find", "--customer", "a"], ["tail", "--write"])
NO_CREDENTIALS = (NoCredentialsError(), "No AWS credentials found; set AWS_PROFILE")
DENIAL = (
    "User: arn:role/y is not authorized to perform: ssm:GetParameter on resource: arn:a because no policy allows it"
)
AWS_ERRORS = (
    (aws_error("AccessDeniedException", DENIAL), "The permission ssm:GetParameter is missing on arn:a for arn:role/"),
    (aws_error("ExpiredTokenException"), "The AWS credentials are invalid or have expired"),
    (aws_error("UnrecognizedClientException"), "The AWS credentials are invalid or have expired"),
    (aws_error("AccessDenied", "Access Denied"), "The permission GetParameter is missing; assume a role"),
    (aws_error("ThrottlingException", "Rate exceeded"), "AWS returned an error for GetParameter: Rate exceeded."),
)


@pytest.mark.parametrize(
    ("command", "error", "sentence"),
    [*((command, *NO_CREDENTIALS) for command in COMMANDS), *((["status"], *one) for one in AWS_ERRORS)],
)
def test_aws_error_is_reported_on_one_line(
    environment: Environment, capsys: Capsys, command: list[str], error: Exception, sentence: str
) -> None:
    environment.client("ssm").get_parameter = Mock(side_effect=error)

    assert run_in_dev(*command) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line
