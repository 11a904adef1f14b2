from typing import TYPE_CHECKING

import pytest

from tests.support.bus import Mailbox, mailbox
from tests.support.handlers import Handler, fresh_handler

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient


@pytest.fixture
def dead_letters(sqs: "SQSClient") -> Mailbox:
    return mailbox(sqs, "customer-service-dead-letter")


@pytest.fixture
def inbox(sqs: "SQSClient") -> Mailbox:
    """What a subscriber of the notices topic gets."""
    return mailbox(sqs, "inbox")


@pytest.fixture
def notices_topic(sns: "SNSClient", inbox: Mailbox) -> str:
    topic = sns.create_topic(Name="notices")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"RawMessageDelivery": "true"})
    return topic


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, cases_table: str, notices_topic: str, dead_letters: Mailbox) -> Handler:
    monkeypatch.setenv("CASES_TABLE", cases_table)
    monkeypatch.setenv("NOTICES_TOPIC_ARN", notices_topic)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dead_letters.url)
    return fresh_handler("customer_service")
