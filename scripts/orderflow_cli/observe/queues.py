"""The depths of queues, and the age of each queue's oldest message."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import metrics

_COUNT_ATTRIBUTES = tuple(f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed"))


@dataclass(frozen=True)
class Depth:
    """The depth of a queue. `waiting` includes delayed messages."""

    queue: str
    waiting: int
    in_flight: int
    oldest_age_seconds: float | None = None

    @property
    def message_count(self) -> int:
        return self.waiting + self.in_flight


def read_depths(cloud: Cloud, urls: Mapping[str, str]) -> list[Depth]:
    """Return the depth of each queue; `urls` maps their names to URLs."""
    result = []
    for name, url in urls.items():
        visible_count, in_flight_count, delayed_count = _read_counts(cloud.client("sqs"), url)
        age_seconds = _read_oldest_age(cloud, name, url) if visible_count + in_flight_count + delayed_count else None
        result.append(Depth(name, visible_count + delayed_count, in_flight_count, age_seconds))
    return result


def count_messages(sqs: Any, url: str) -> int:
    """Return the approximate number of messages in a queue, including those in flight."""
    return sum(_read_counts(sqs, url)[:2])


def _read_counts(sqs: Any, url: str) -> list[int]:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNT_ATTRIBUTES))["Attributes"]
    return [int(attributes.get(name, 0)) for name in _COUNT_ATTRIBUTES]


def _read_oldest_age(cloud: Cloud, name: str, url: str) -> float | None:
    if cloud.is_local:
        sent_times = [message["SentTimestamp"] for message in peek(cloud, url)]
        return time.time() - min(sent_times) if sent_times else None
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    now = datetime.now(UTC)
    age = metrics.build_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName=name)
    points = metrics.read_points(cloud, age, "Maximum", now - timedelta(minutes=10), now)
    return max(points)[1] if points else None


def peek(cloud: Cloud, url: str) -> Iterable[dict[str, Any]]:
    """Return a local queue's messages without receiving them: visibility and receive counts do not change.

    This is MiniStack's own interface; SQS cannot return messages without receiving them."""
    endpoint = cloud.client("sqs").meta.endpoint_url
    query = urllib.parse.urlencode({"QueueUrl": url})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{endpoint}/_ministack/sqs/messages?{query}", timeout=10) as response:
        messages_by_account = json.load(response)["messages"]
    return [message for regions in messages_by_account.values() for one in regions.values() for message in one[url]]
