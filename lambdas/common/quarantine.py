"""The quarantine of events that can never be handled: keeps the whole payload and the reason, for a redrive.

The envelope is `{"function", "reason", "detail", "origin", "quarantined_at", "payload"}`; `payload` is the text that
was refused, character by character, and `origin` the ARN it was read from. What was redriven before and is refused
again also has a `redrive_count`, by which the next redrive knows when to stop. A payload that, escaped, would not fit a
queue message is empty and stands compressed in `payload_gzip`. What does not even then is left to the retries of its
queue, whose dead-letter queue keeps it without a reason."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import PermanentError, TransientError
from contracts import times

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

MAX_MESSAGE_BYTES = 262_144


class Quarantine(Protocol):
    """Keeps payloads that cannot be handled."""

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        """Keep `payload`; raise TransientError if that fails, so that the event is not acknowledged."""


class QueueQuarantine:
    """Keeps envelopes in the dead-letter queue of a function."""

    def __init__(self, client: "SQSClient", queue_url: str, function: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._function = function

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        body = _envelope(self._function, payload, error, origin, redrive_count)
        if len(body) > MAX_MESSAGE_BYTES:
            content = base64.b64encode(gzip.compress(payload.encode("utf-8", "surrogatepass"))).decode()
            body = _envelope(self._function, "", error, origin, redrive_count, payload_gzip=content)
        _keep(lambda: self._client.send_message(QueueUrl=self._queue_url, MessageBody=body))


class BucketQuarantine:
    """Keeps envelopes in a bucket, for payloads that may be larger than a queue message.

    The key is made from the payload, so a batch that is delivered again overwrites its object instead of adding one."""

    def __init__(self, client: "S3Client", bucket: str, function: str) -> None:
        self._client = client
        self._bucket = bucket
        self._function = function

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        body = _envelope(self._function, payload, error, origin, redrive_count)
        digest = hashlib.sha256(f"{origin}\x1f{payload}".encode("utf-8", "surrogatepass")).hexdigest()
        key = f"quarantine/{self._function}/{error.reason}/{digest[:32]}.json"
        _keep(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body.encode(), ContentType="application/json"
            )
        )


def _envelope(function: str, payload: str, error: PermanentError, origin: str, redrive_count: int, **more: str) -> str:
    redriven = {"redrive_count": redrive_count} if redrive_count else {}
    described = {"function": function, "reason": error.reason, "detail": error.detail, "origin": origin}
    # Escaped to ASCII: SQS rejects some characters, S3 bodies need an encoding, and payloads are arbitrary.
    return json.dumps({**described, "quarantined_at": times.now(), "payload": payload, **redriven, **more})


def _keep(write: Callable[[], object]) -> None:
    try:
        write()
    except (BotoCoreError, ClientError) as error:
        raise TransientError("quarantine_unavailable", f"writing to quarantine failed: {error}") from error
