"""Reads along on the local cloud: a queue of its own that a rule of its own fills from the bus, and subscriptions from
the topics. Everybody else gets what they got before."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import events
from orderflow_cli.observe.events import Event

MARK = "-tap-"
"""In the name of every rule and queue that only reads along; the flow leaves them out."""
JOURNAL_TAP = "studio"
"""The name of the one that the page reads into the journal."""

_KEPT_SECONDS = 3600


class Tap:
    """`open` makes what is missing, so a tap of the same name goes on where an earlier one stopped."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self._cloud = cloud
        self.name = f"{cloud.prefix}{MARK}{name}"
        self._bus = cloud.parameter("bus_name")
        self._topics = [cloud.parameter("topic_arn"), cloud.parameter("notices_topic_arn")]
        self._url = ""

    def open(self) -> None:
        sqs, events_client, sns = (self._cloud.client(name) for name in ("sqs", "events", "sns"))
        arn = f"{self._topics[0].rpartition(':')[0].replace(':sns:', ':sqs:')}:{self.name}"
        senders = {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}
        allow = {"Effect": "Allow", "Principal": senders, "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        attributes = {"Policy": policy, "MessageRetentionPeriod": str(_KEPT_SECONDS)}
        if self._is_there(arn):
            self._url = sqs.get_queue_url(QueueName=self.name)["QueueUrl"]
            return
        self._url = sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        everything = json.dumps({"source": [{"prefix": ""}]})
        events_client.put_rule(Name=self.name, EventBusName=self._bus, EventPattern=everything)
        events_client.put_targets(Rule=self.name, EventBusName=self._bus, Targets=[{"Id": "tap", "Arn": arn}])
        for topic in self._topics:
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)

    def _is_there(self, arn: str) -> bool:
        """Whether all of it is: to make it again would look like a change of what is deployed."""
        events_client, sns = self._cloud.client("events"), self._cloud.client("sns")
        try:
            targets = events_client.list_targets_by_rule(Rule=self.name, EventBusName=self._bus)["Targets"]
        except events_client.exceptions.ResourceNotFoundException:
            return False
        found = [one["Arn"] for one in targets]
        for topic in self._topics:
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
                found += [one["Endpoint"] for one in page["Subscriptions"]]
        return found.count(arn) == 1 + len(self._topics)

    def events(self, wait_seconds: int = 1) -> Iterator[Event]:
        """What has come since, at most ten at a time, oldest first as far as the queue knows. `at` is when it came: a
        bus tells whole seconds."""
        sqs = self._cloud.client("sqs")
        answer = sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait_seconds,
            AttributeNames=["SentTimestamp"],
        )
        messages = answer.get("Messages", [])
        for message in messages:
            if event := events.read(message["Body"], self._bus):
                yield replace(event, at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC))
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def close(self) -> None:
        """Remove all of it."""
        sqs, events_client, sns = (self._cloud.client(name) for name in ("sqs", "events", "sns"))
        for topic in self._topics:
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
                for one in page["Subscriptions"]:
                    if one["Endpoint"].endswith(f":{self.name}"):
                        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        events_client.remove_targets(Rule=self.name, EventBusName=self._bus, Ids=["tap"])
        events_client.delete_rule(Name=self.name, EventBusName=self._bus)
        sqs.delete_queue(QueueUrl=self._url)


@contextmanager
def tapped(cloud: Cloud, name: str) -> Iterator[Tap]:
    """A tap for as long as the block lasts."""
    tap = Tap(cloud, name)
    tap.open()
    try:
        yield tap
    finally:
        tap.close()
