"""AWS, simulated by moto in the test process: no test uses the network."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from common.aws import client, discard_clients
from contracts import times
from tests.support import events, tables
from tests.support.bus import Bus, Queue, create_queue
from tests.support.handlers import Handler, import_handler
from tests.support.logs import Logs, capture_logs, reset_metrics

REGION = "eu-west-1"
# moto starts every test with a new session, which would read the models of all services again.
botocore.session.create_loader = cache(botocore.session.create_loader)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account with invalid credentials."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # moto does not know the endpoint of streams with an account id in its name.
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    discard_clients()
    with mock_aws():
        yield
    discard_clients()


@pytest.fixture(autouse=True)
def _set_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the functions' clock to the time of the tests' events, before their payment terms end."""
    monkeypatch.setattr(times, "utc_now", lambda: times.to_datetime(events.NOW) + timedelta(seconds=1))


@pytest.fixture(autouse=True)
def _reset_metrics() -> Iterator[None]:
    yield
    reset_metrics()


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def dynamodb(aws: None) -> Any:
    return client("dynamodb")


@pytest.fixture
def sqs(aws: None) -> Any:
    return client("sqs")


@pytest.fixture
def sns(aws: None) -> Any:
    return client("sns")


@pytest.fixture
def s3(aws: None) -> Any:
    return client("s3")


@pytest.fixture
def eventbridge(aws: None) -> Any:
    return client("events")


@pytest.fixture
def bus(eventbridge: Any, sqs: Any) -> Bus:
    return Bus(eventbridge, create_queue(sqs, "everything"))


@pytest.fixture
def dlq(sqs: Any) -> Queue:
    return create_queue(sqs, "dead-letter")


@pytest.fixture
def orders_table(dynamodb: Any) -> str:
    return tables.create_table(dynamodb, tables.ORDERS)


@pytest.fixture
def recorder(orders_table: str, dlq: Queue, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("ORDERS_TABLE", orders_table)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dlq.url)
    monkeypatch.setenv("PAYMENT_TERM_SECONDS", "3600")
    monkeypatch.setenv("ORDER_RETENTION_DAYS", "30")
    return import_handler("recorder")


@pytest.fixture
def ledger_table(dynamodb: Any) -> str:
    return tables.create_table(dynamodb, tables.LEDGER)


@pytest.fixture
def stock_table(dynamodb: Any) -> str:
    return tables.create_table(dynamodb, tables.STOCK)


@pytest.fixture
def cases_table(dynamodb: Any) -> str:
    return tables.create_table(dynamodb, tables.CASES)
