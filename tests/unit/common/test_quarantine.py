import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from common.errors import PermanentError, TransientError
from common.quarantine import MAX_MESSAGE_BYTES, BucketQuarantine, QueueQuarantine
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.sources import Source
from tests.support.doubles import client_error

ERROR = PermanentError("malformed_json", "the text is not JSON")
PAYLOAD = '{"broken": "\u2603 \x00 \ud800"\r\n'


class RecordingClient:
    """A test double of SQS and S3 clients that records requests, or raises `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.requests: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        if self.error:
            raise self.error
        self.requests.append(request)

    put_object = send_message


@pytest.mark.parametrize("redrive_options", [{}, {"redrive_count": 2}])
def test_queue_message_has_the_unchanged_payload(redrive_options: dict[str, int]) -> None:
    client: Any = RecordingClient()

    QueueQuarantine(client, "https://queue", "recorder").put(PAYLOAD, ERROR, "arn:queue", **redrive_options)

    (request,) = client.requests
    assert request["QueueUrl"] == "https://queue"
    envelope = json.loads(request["MessageBody"])
    assert envelope.pop("quarantined_at").endswith("Z")
    assert envelope == {
        "function": "recorder",
        "reason": "malformed_json",
        "detail": "the text is not JSON",
        "origin": "arn:queue",
        "payload": PAYLOAD,
        **redrive_options,
    }
    assert request["MessageBody"].isascii()


@pytest.mark.parametrize("text", ['"' * 200_000, "本" * 80_000, "\ud800" + '\\"' * 100_000])
def test_payload_is_compressed_when_its_envelope_is_too_large(text: str) -> None:
    client = RecordingClient()

    QueueQuarantine(client, "https://queue", "recorder").put(text, ERROR, "arn:queue")  # type: ignore[arg-type]

    (request,) = client.requests
    assert len(request["MessageBody"]) <= MAX_MESSAGE_BYTES
    message = Message("1", Source("function", "recorder", "dead"), request["MessageBody"], "receipt")
    assert (message.json["payload"], message.json["reason"]) == (text, "malformed_json")


def test_object_has_the_unchanged_payload() -> None:
    client = RecordingClient()

    BucketQuarantine(client, "failures", "relay").put(PAYLOAD, ERROR, "arn:stream")  # type: ignore[arg-type]

    (request,) = client.requests
    assert request["Bucket"] == "failures"
    assert request["Key"].startswith("quarantine/relay/malformed_json/")
    assert json.loads(request["Body"])["payload"] == PAYLOAD


def test_record_that_is_quarantined_again_overwrites_its_object() -> None:
    client = RecordingClient()
    quarantine = BucketQuarantine(client, "failures", "relay")  # type: ignore[arg-type]

    for payload, origin in (("a", "arn:1"), ("a", "arn:1"), ("b", "arn:1"), ("a", "arn:2")):
        quarantine.put(payload, ERROR, origin)

    keys = [request["Key"] for request in client.requests]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    "error", [client_error("AccessDenied", 403), EndpointConnectionError(endpoint_url="https://s3.invalid")]
)
@pytest.mark.parametrize("quarantine_class", [QueueQuarantine, BucketQuarantine])
def test_error_is_transient_when_quarantine_is_unavailable(quarantine_class: Any, error: Exception) -> None:
    with pytest.raises(TransientError) as error_info:
        quarantine_class(RecordingClient(error), "target", "relay").put("payload", ERROR, "arn")

    assert error_info.value.reason == "quarantine_unavailable"
    assert "payload" not in error_info.value.detail
