"""What the topic of the notices delivers, which no table knows: whether one went out twice."""

import json
import uuid
from collections.abc import Callable
from typing import Any, Self


class Notices:
    """A queue subscribed to the topic, for as long as the block lasts; `heard` are order and version of each notice."""

    def __init__(self, client: Callable[[str], Any], topic_arn: str) -> None:
        self._sqs, self._sns = client("sqs"), client("sns")
        self._topic = topic_arn
        self.heard: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        name = f"notices-{uuid.uuid4().hex[:12]}"
        arn = f"{self._topic.rpartition(':')[0].replace(':sns:', ':sqs:')}:{name}"
        sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**sender, "Resource": arn}]})
        self._url = self._sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        made = self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        self._subscription = made["SubscriptionArn"]
        return self

    def bodies(self) -> list[str]:
        """The notices that came since the last call, with their attributes, as SNS wraps them."""
        found: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(message["Body"])
                about = json.loads(message["Body"])["MessageAttributes"]
                self.heard.append((about["order_id"]["Value"], int(about["version"]["Value"])))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def __exit__(self, *_: object) -> None:
        self._sns.unsubscribe(SubscriptionArn=self._subscription)
        self._sqs.delete_queue(QueueUrl=self._url)
