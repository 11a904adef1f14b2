"""The webhooks' handler with a secret and a bus, and the recorder behind it."""

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from common.aws import client
from tests.support import events, tables
from tests.support.bus import BUS, Bus, mailbox
from tests.support.handlers import Handler, fresh_handler
from tests.support.http import document
from tests.support.invocations import Context, envelope, queue_batch
from tests.unit.webhooks.doubles import CARRIER, PROVIDER, SECRETS, example, signed_call

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient

ENVIRONMENT = {"BUS_NAME": BUS, "WEBHOOK_SECRET_ID": "webhook-signing-keys"}


@pytest.fixture
def bus(eventbridge: "EventBridgeClient", sqs: "SQSClient") -> Bus:
    return Bus(eventbridge, mailbox(sqs, "everything"))


@pytest.fixture
def secrets_manager(aws: None) -> "SecretsManagerClient":
    manager = client("secretsmanager")
    manager.create_secret(Name="webhook-signing-keys", SecretString=json.dumps(SECRETS))
    return manager


@pytest.fixture
def handler(secrets_manager: "SecretsManagerClient", bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Handler:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return fresh_handler("webhooks")


def call(kind: str, path: str = PROVIDER, secret: str | None = None, **changes: Any) -> dict[str, Any]:
    body = example(kind, order_id=events.ORDER_ID, **changes)
    return signed_call(body, path=path, secret=secret, timestamp=int(time.time()))


@pytest.fixture
def recorder(orders_table: str, sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch) -> Handler:
    for name, value in {
        "ORDERS_TABLE": orders_table,
        "DEAD_LETTER_QUEUE_URL": mailbox(sqs, "recorder-dead-letter").url,
        "PAYMENT_TERM_SECONDS": "3600",
        "ORDER_RETENTION_DAYS": "30",
    }.items():
        monkeypatch.setenv(name, value)
    return fresh_handler("recorder")


def test_order_is_paid_once_when_provider_calls_twice(
    handler: Handler, recorder: Handler, bus: Bus, dynamodb: "DynamoDBClient"
) -> None:
    tables.put(dynamodb, tables.ORDERS, events.order_item())
    captured = call("payment.captured", **events.TOTAL)

    responses = [handler(captured, Context()) for _ in range(2)]
    published = bus.published()
    recorder(queue_batch(*map(envelope, published)), Context())

    order = tables.get(dynamodb, tables.ORDERS, order_id=events.ORDER_ID)
    assert [response["statusCode"] for response in responses] == [202, 202]
    assert len({event["metadata"]["event_id"] for event in published}) == 1
    assert order is not None
    assert (order["status"], order["version"]) == ("paid", 2)


def test_delivery_is_published_when_carrier_calls(handler: Handler, bus: Bus) -> None:
    response = handler(call("shipment.delivered", CARRIER), Context())

    (event,) = bus.published()
    assert event["metadata"]["event_type"] == "OrderDelivered"
    assert document(response)["event_id"] == event["metadata"]["event_id"]


def test_call_is_accepted_when_secret_was_rotated_after_the_start(
    handler: Handler, bus: Bus, secrets_manager: "SecretsManagerClient"
) -> None:
    handler(call("payment.captured"), Context())
    rotated = {**SECRETS, "payment_provider": {"current": "provider-secret-of-tomorrow"}}
    secrets_manager.put_secret_value(SecretId="webhook-signing-keys", SecretString=json.dumps(rotated))

    response = handler(call("payment.captured", secret="provider-secret-of-tomorrow"), Context())

    assert response["statusCode"] == 202
    assert len(bus.published()) == 2


def test_provider_is_told_to_come_back_when_secret_has_no_value(
    handler: Handler, bus: Bus, secrets_manager: "SecretsManagerClient"
) -> None:
    secrets_manager.delete_secret(SecretId="webhook-signing-keys", ForceDeleteWithoutRecovery=True)

    response = handler(call("payment.captured"), Context())

    assert response["statusCode"] == 503
    assert bus.published() == []


def test_nothing_is_published_when_signature_is_wrong(handler: Handler, bus: Bus) -> None:
    response = handler(call("payment.captured", secret="guess"), Context())

    assert response["statusCode"] == 401
    assert bus.published() == []
