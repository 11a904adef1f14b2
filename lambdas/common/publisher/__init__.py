"""Publishes events to an EventBridge bus or an SNS topic through one interface."""

from common.publisher.bus import BusPublisher
from common.publisher.failure import Failure, FailureKind
from common.publisher.interface import Publisher, publish_all_or_raise
from common.publisher.retry import RetryPolicy
from common.publisher.topic import TopicPublisher

__all__ = [
    "BusPublisher",
    "Failure",
    "FailureKind",
    "Publisher",
    "RetryPolicy",
    "TopicPublisher",
    "publish_all_or_raise",
]
