from typing import TYPE_CHECKING

import pytest

from tests.support.bus import BUS, Bus, Mailbox, mailbox
from tests.support.handlers import Handler, fresh_handler

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient


@pytest.fixture
def bus(eventbridge: "EventBridgeClient", sqs: "SQSClient") -> Bus:
    return Bus(eventbridge, mailbox(sqs, "everything"))


@pytest.fixture
def dead_letters(sqs: "SQSClient") -> Mailbox:
    return mailbox(sqs, "finance-dead-letter")


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, ledger_table: str, bus: Bus, dead_letters: Mailbox) -> Handler:
    monkeypatch.setenv("LEDGER_TABLE", ledger_table)
    monkeypatch.setenv("BUS_NAME", BUS)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dead_letters.url)
    return fresh_handler("finance")
