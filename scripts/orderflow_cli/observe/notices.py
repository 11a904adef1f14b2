"""Records the notices that a topic delivers, because only deliveries show whether a notice was sent twice."""

import json
import uuid
from collections.abc import Callable
from typing import Any, Self


class Listener:
    """A queue subscribed to the topic for the duration of a `with` block."""

    def __init__(self, client: Callable[[str], Any], topic_arn: str) -> None:
        self._sqs, self._sns = client("sqs"), client("sns")
        self._topic = topic_arn

    def __enter__(self) -> Self:
        name = f"listener-{uuid.uuid4().hex[:12]}"
        arn = f"{self._topic.rpartition(':')[0].replace(':sns:', ':sqs:')}:{name}"
        sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**sender, "Resource": arn}]})
        self._url = self._sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        response = self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        self._subscription = response["SubscriptionArn"]
        return self

    def receive_bodies(self) -> list[str]:
        """Return the bodies (SNS notifications) of the messages received since the last call."""
        bodies: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def __exit__(self, *_: object) -> None:
        self._sns.unsubscribe(SubscriptionArn=self._subscription)
        self._sqs.delete_queue(QueueUrl=self._url)


class NoticeCollector(Listener):
    """Collects the notices that the topic delivers; `delivered_notices` has the order id and version of each."""

    def __init__(self, client: Callable[[str], Any], topic_arn: str) -> None:
        super().__init__(client, topic_arn)
        self.delivered_notices: list[tuple[str, int]] = []

    def receive_bodies(self) -> list[str]:
        bodies = super().receive_bodies()
        for body in bodies:
            attributes = json.loads(body)["MessageAttributes"]
            self.delivered_notices.append((attributes["order_id"]["Value"], int(attributes["version"]["Value"])))
        return bodies
