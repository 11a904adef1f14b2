"""The test mapping for queues against AWS's documentation (letters as in tests/harness/queue_mapping.py)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from bench.fault_run import account
from tests.harness.faults import Killed
from tests.harness.queue_mapping import QueueMapping, QueueSettings
from tests.harness.queues import Queues
from tests.harness.stream_mapping import Clock
from tests.support.invocations import Context

Handler = Callable[[dict[str, Any], Any], Any]
VISIBILITY, RECEIVES = 60.0, 3


class Queue:
    """One queue with its dead-letter queue, asked by way of boto3 or as the fault runs ask."""

    def __init__(self, *, direct: bool) -> None:
        made = boto3.client("sqs", region_name="eu-west-1")
        self.sqs: Any = Queues() if direct else made
        self.dead = made.create_queue(QueueName="q-dlq")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES})
        self.url = made.create_queue(QueueName="q", Attributes={"RedrivePolicy": policy})["QueueUrl"]
        self.clock = Clock(1_000_000.0)

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def mapping(self, handler: Handler, at_hand: Callable[[int], int] = int, **settings: Any) -> QueueMapping:
        return QueueMapping(
            at_hand=at_hand,
            client=self.sqs,
            queue_url=self.url,
            handler=handler,
            settings=QueueSettings(visibility_seconds=VISIBILITY, **settings),
            clock=self.clock,
            context=Context,
        )

    def dead_bodies(self) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in found]


@pytest.fixture(params=[False, True], ids=["boto3", "direct"])
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    with account():
        yield Queue(direct=request.param)


def bodies(event: dict[str, Any]) -> list[str]:
    return [record["body"] for record in event["Records"]]


def failing(bad: set[str], calls: list[list[str]]) -> Handler:
    def handler(event: dict[str, Any], context: Any) -> Any:
        calls.append(bodies(event))
        failed = [record for record in event["Records"] if record["body"] in bad]
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    return handler


def test_a_batch_has_at_most_the_configured_size_when_more_is_there(queue: Queue) -> None:
    queue.send(*"abcde")
    calls: list[list[str]] = []

    queue.mapping(failing(set(), calls), batch_size=2).drain()

    assert calls == [["a", "b"], ["c", "d"], ["e"]]


def test_a_batch_has_fewer_messages_when_a_receive_finds_fewer(queue: Queue) -> None:
    queue.send(*"abcd")
    calls: list[list[str]] = []
    found = iter([1, 2, 10, 10])

    queue.mapping(failing(set(), calls), at_hand=lambda most: next(found)).drain()

    assert calls == [["a"], ["b", "c"], ["d"]]


def test_b_only_reported_messages_come_back_when_their_visibility_timeout_is_over(queue: Queue) -> None:
    queue.send(*"abc")
    calls: list[list[str]] = []
    mapping = queue.mapping(failing({"b"}, calls))

    mapping.step()
    queue.clock.advance(VISIBILITY - 1)
    too_early = mapping.step()
    queue.clock.advance(1)
    mapping.step()

    assert not too_early
    assert calls == [["a", "b", "c"], ["b"]]


def test_c_message_moves_to_the_dead_letter_queue_when_it_was_received_so_many_times(queue: Queue) -> None:
    queue.send(*"ab")
    counts: list[str] = []

    def handler(event: dict[str, Any], context: Any) -> Any:
        counts.extend(record["attributes"]["ApproximateReceiveCount"] for record in event["Records"])
        raise Killed

    queue.mapping(handler).drain()

    assert sorted(counts) == sorted(["1", "2", "3"] * 2)
    assert sorted(queue.dead_bodies()) == ["a", "b"]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_b_batch_is_done_when_the_answer_names_nothing(queue: Queue, answer: Any) -> None:
    queue.send(*"ab")

    invocations = queue.mapping(lambda event, context: answer).drain()

    assert (invocations, queue.dead_bodies()) == (1, [])


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"wrong": "key"}]},
        {"batchItemFailures": [{"itemIdentifier": "never seen"}]},
        {"wrong": []},
        "text",
    ],
)
def test_b_whole_batch_comes_back_when_the_answer_cannot_be_understood(queue: Queue, answer: Any) -> None:
    queue.send(*"ab")

    invocations = queue.mapping(lambda event, context: answer).drain()

    assert (invocations, len(queue.dead_bodies())) == (RECEIVES, 2)


def test_b_answer_does_not_count_when_partial_batches_are_off(queue: Queue) -> None:
    queue.send("a")
    calls: list[list[str]] = []

    queue.mapping(failing({"a"}, calls), report_batch_item_failures=False).drain()

    assert calls == [["a"]]


def test_queue_answers_alike_when_it_is_asked_without_http() -> None:
    with account():
        ways = [Queue(direct=False), Queue(direct=True)]
        answers = [answers_of(way) for way in ways]

    assert answers[0] == answers[1]


def answers_of(queue: Queue) -> list[Any]:
    """What a redrive, a fan-out and a mapping get to see of one message, without what is drawn or timed."""
    attributes = {"redrive_count": {"DataType": "Number", "StringValue": "1"}}
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="a", MessageAttributes=attributes)
    asked = {
        "QueueUrl": queue.url,
        "MaxNumberOfMessages": 10,
        "AttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    }
    (first,) = queue.sqs.receive_message(**asked, VisibilityTimeout=600)["Messages"]
    hidden = queue.sqs.receive_message(**asked).get("Messages")
    entry = {"Id": "0", "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0}
    queue.sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=[entry])
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counted = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    (second,) = queue.sqs.receive_message(**asked)["Messages"]
    queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=second["ReceiptHandle"])
    seen = [
        (each["Body"], each["MD5OfBody"], each["MessageAttributes"], each["Attributes"]["ApproximateReceiveCount"])
        for each in (first, second)
    ]
    assert first["MessageId"] == second["MessageId"]
    assert first["Attributes"]["SentTimestamp"].isdigit()
    left = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    return [seen, hidden, counted, left, queue.sqs.get_queue_url(QueueName="q")["QueueUrl"] == queue.url]
