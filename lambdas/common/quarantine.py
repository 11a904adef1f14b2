"""The quarantine of events that can never be processed: stores the complete payload and the reason, for a redrive.

The envelope is `{"function", "reason", "detail", "origin", "quarantined_at", "payload"}`; `payload` is the rejected
text, unchanged, and `origin` the ARN of its source. A message that was redriven before also has a `redrive_count`,
which tells the next redrive when to stop. If the escaped payload does not fit into a queue message, `payload` is empty
and `payload_gzip` holds it compressed. If that does not fit either, the message is retried until its queue moves it to
the dead-letter queue, without a reason."""

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
    """Stores payloads that cannot be processed."""

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        """Store `payload`; raise TransientError if that fails, so that the event is not acknowledged."""


class QueueQuarantine:
    """Stores envelopes in the dead-letter queue of a function."""

    def __init__(self, client: "SQSClient", queue_url: str, function: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._function = function

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        body = _envelope(self._function, payload, error, origin, redrive_count)
        if len(body) > MAX_MESSAGE_BYTES:
            content = base64.b64encode(gzip.compress(payload.encode("utf-8", "surrogatepass"))).decode()
            body = _envelope(self._function, "", error, origin, redrive_count, payload_gzip=content)
        _store(lambda: self._client.send_message(QueueUrl=self._queue_url, MessageBody=body))


class BucketQuarantine:
    """Stores envelopes in a bucket, for payloads that may be larger than a queue message.

    The key is derived from the payload, so a second delivery of a batch overwrites its object instead of adding one."""

    def __init__(self, client: "S3Client", bucket: str, function: str) -> None:
        self._client = client
        self._bucket = bucket
        self._function = function

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        body = _envelope(self._function, payload, error, origin, redrive_count)
        digest = hashlib.sha256(f"{origin}\x1f{payload}".encode("utf-8", "surrogatepass")).hexdigest()
        key = f"quarantine/{self._function}/{error.reason}/{digest[:32]}.json"
        _store(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body.encode(), ContentType="application/json"
            )
        )


def _envelope(function: str, payload: str, error: PermanentError, origin: str, redrive_count: int, **extra: str) -> str:
    redrive_field = {"redrive_count": redrive_count} if redrive_count else {}
    cause = {"function": function, "reason": error.reason, "detail": error.detail, "origin": origin}
    # Escaped to ASCII: SQS rejects some characters, S3 bodies need an encoding, and payloads are arbitrary.
    return json.dumps({**cause, "quarantined_at": times.now(), "payload": payload, **redrive_field, **extra})


def _store(write: Callable[[], object]) -> None:
    try:
        write()
    except (BotoCoreError, ClientError) as error:
        raise TransientError("quarantine_unavailable", f"writing to the quarantine failed: {error}") from error
