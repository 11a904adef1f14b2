from typing import TYPE_CHECKING

import pytest

from tests.integration.warehouse.stockroom import Stockroom
from tests.support.bus import BUS, Bus, Mailbox, mailbox
from tests.support.handlers import Handler, fresh_handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient


@pytest.fixture
def bus(eventbridge: "EventBridgeClient", sqs: "SQSClient") -> Bus:
    return Bus(eventbridge, mailbox(sqs, "everything"))


@pytest.fixture
def dead_letters(sqs: "SQSClient") -> Mailbox:
    return mailbox(sqs, "warehouse-dead-letter")


@pytest.fixture
def stockroom(dynamodb: "DynamoDBClient", stock_table: str) -> Stockroom:
    return Stockroom(dynamodb, stock_table)


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, stock_table: str, bus: Bus, dead_letters: Mailbox) -> Handler:
    monkeypatch.setenv("STOCK_TABLE", stock_table)
    monkeypatch.setenv("BUS_NAME", BUS)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dead_letters.url)
    return fresh_handler("warehouse")
