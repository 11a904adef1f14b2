"""Integration tests of the webhooks API with its secret, the bus and the recorder."""

import json
import time
from typing import Any

import pytest

from common.aws import client
from tests.support import events, tables
from tests.support.bus import BUS, Bus
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import Context, envelope, queue_batch
from tests.unit.webhooks.doubles import PROVIDER_PATH, SECRETS, example, signed_call

ENVIRONMENT = {"BUS_NAME": BUS, "WEBHOOK_SECRET_ID": "webhook-signing-keys"}


@pytest.fixture
def secrets_manager(aws: None) -> Any:
    secrets_client = client("secretsmanager")
    secrets_client.create_secret(Name="webhook-signing-keys", SecretString=json.dumps(SECRETS))
    return secrets_client


@pytest.fixture
def handler(secrets_manager: Any, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Handler:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return import_handler("webhooks")


def call(kind: str, path: str = PROVIDER_PATH, secret: str | None = None, **changes: Any) -> dict[str, Any]:
    body = example(kind, order_id=events.ORDER_ID, **changes)
    return signed_call(body, path=path, secret=secret, timestamp=int(time.time()))


def test_repeated_callback_updates_the_order_once(handler: Handler, recorder: Handler, bus: Bus, dynamodb: Any) -> None:
    tables.put(dynamodb, tables.ORDERS, events.order_item())
    callback = call("payment.captured", **events.TOTAL)

    responses = [handler(callback, Context()) for _ in range(2)]
    published_events = bus.receive_events()
    recorder(queue_batch(*map(envelope, published_events)), Context())

    order = tables.get(dynamodb, tables.ORDERS, order_id=events.ORDER_ID)
    assert [response["statusCode"] for response in responses] == [202, 202]
    assert len({event["metadata"]["event_id"] for event in published_events}) == 1
    assert (order["status"], order["version"]) == ("paid", 2)


def test_call_is_accepted_after_a_secret_rotation(handler: Handler, bus: Bus, secrets_manager: Any) -> None:
    handler(call("payment.captured"), Context())
    rotated_secrets = {**SECRETS, "payment_provider": {"current": "provider-secret-of-tomorrow"}}
    secrets_manager.put_secret_value(SecretId="webhook-signing-keys", SecretString=json.dumps(rotated_secrets))

    response = handler(call("payment.captured", secret="provider-secret-of-tomorrow"), Context())

    assert response["statusCode"] == 202
    assert len(bus.receive_events()) == 2
