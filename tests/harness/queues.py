"""moto's queues without HTTP: what mappings, fan-outs and redrives ask of SQS, under the names of boto3's client.

An operation costs a fiftieth of the same one by way of boto3, and a long poll does not wait. That both answer alike is
asked in `tests/faults/test_00_queue_mapping.py`.
"""

from typing import Any

from moto.sqs.models import Message, Queue, sqs_backends

from tests.harness.routing import ACCOUNT

REGION = "eu-west-1"


class Queues:
    def __init__(self) -> None:
        self._backend = sqs_backends[ACCOUNT][REGION]

    def send_message(self, **asked: Any) -> dict[str, Any]:
        queue = self._queue(asked)
        sent = self._backend.send_message(queue.name, asked["MessageBody"], asked.get("MessageAttributes"))
        return {"MessageId": sent.id}

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        """With all attributes, whatever was asked for."""
        queue = self._queue(asked)
        hidden = asked.get("VisibilityTimeout", queue.visibility_timeout)
        found = self._backend.receive_message(queue.name, asked.get("MaxNumberOfMessages", 1), 0, hidden, ["All"])
        return {"Messages": [_shown(message) for message in found]} if found else {}

    def delete_message(self, **asked: Any) -> None:
        self._backend.delete_message(self._queue(asked).name, asked["ReceiptHandle"])

    def delete_message_batch(self, **asked: Any) -> None:
        for entry in asked["Entries"]:
            self.delete_message(QueueUrl=asked["QueueUrl"], ReceiptHandle=entry["ReceiptHandle"])

    def change_message_visibility(self, **asked: Any) -> None:
        name = self._queue(asked).name
        self._backend.change_message_visibility(name, asked["ReceiptHandle"], asked["VisibilityTimeout"])

    def change_message_visibility_batch(self, **asked: Any) -> None:
        for entry in asked["Entries"]:
            self.change_message_visibility(QueueUrl=asked["QueueUrl"], **entry)

    def get_queue_url(self, **asked: Any) -> dict[str, str]:
        name = self._backend.get_queue(asked["QueueName"]).name
        return {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"}

    def get_queue_attributes(self, **asked: Any) -> dict[str, dict[str, str]]:
        names = asked["AttributeNames"]
        found = self._backend.get_queue_attributes(self._queue(asked).name, names)
        return {"Attributes": {name: str(value) for name, value in found.items()}}

    def _queue(self, asked: dict[str, Any]) -> Queue:
        return self._backend.get_queue(asked["QueueUrl"].rpartition("/")[2])


def _shown(message: Message) -> dict[str, Any]:
    shown = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
        "MD5OfBody": message.body_md5,
        "Attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
        },
    }
    return {**shown, "MessageAttributes": message.message_attributes} if message.message_attributes else shown
