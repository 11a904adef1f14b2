"""Test doubles of the till bucket and the publisher, and the content of till files."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from botocore.exceptions import EndpointConnectionError

from common.publisher import Failure, FailureKind
from contracts import Event, validate
from pos_import.rows import COLUMNS
from tests.support.doubles import client_error

HEADER = ",".join(COLUMNS)
BUCKET, KEY = "tills", "incoming/berlin-01/day.csv"
REJECTED_ROWS_KEY, SUMMARY_KEY = "reports/berlin-01/day.csv.rejected.csv", "reports/berlin-01/day.csv.summary.json"
PAID_AT = "2026-03-01T10:15:00.000Z"


class S3Double:
    """An S3 client that holds objects by key and version and records calls; `errors` has errors by operation."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.versions: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.errors: dict[str, Exception] = {}

    def head_object(self, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:  # noqa: N803
        self._record_call("head_object")
        content = self._content(Key, VersionId, "404")
        kind = "application/x-directory" if content == b"folder" else "text/csv"
        size, uploaded_at = len(content), datetime(2026, 3, 2, tzinfo=UTC)
        return {"ETag": etag(content), "ContentLength": size, "LastModified": uploaded_at, "ContentType": kind}

    def get_object(self, Bucket: str, Key: str, Range: str = "", IfMatch: str = "", VersionId: str = "") -> Any:  # noqa: N803
        self._record_call("get_object")
        content = self._content(Key, VersionId, "NoSuchVersion" if VersionId else "NoSuchKey")
        if IfMatch and IfMatch != etag(content):
            raise client_error("PreconditionFailed", 412)
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            content = content[int(first) : int(last) + 1]
        return {"Body": io.BytesIO(content)}

    def put_object(self, Bucket: str, Key: str, Body: Any, ContentType: str) -> None:  # noqa: N803
        self._record_call("put_object")
        self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()

    def summary(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.objects[SUMMARY_KEY])
        return content

    def rejected_rows_csv(self) -> str:
        return self.objects[REJECTED_ROWS_KEY].decode()

    def _record_call(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.errors:
            raise self.errors[operation]

    def _content(self, key: str, version: str, not_found_code: str) -> bytes:
        content = self.versions.get(version) if version else self.objects.get(key)
        if content is None:
            raise client_error(not_found_code, 404)
        return content


def etag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


class CountingPublisher:
    """A publisher that stores only order ids and chunk sizes, so that it needs little memory."""

    def __init__(self) -> None:
        self.chunk_sizes: list[int] = []
        self.order_ids: list[str] = []
        self.fail_at_chunk: int | None = None
        self.kind: FailureKind = "unavailable"

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        if len(self.chunk_sizes) == self.fail_at_chunk:
            return [Failure(event, self.kind, "configured failure") for event in events]
        for event in events:
            validate(event, "OrderPlaced")
            self.order_ids.append(event["data"]["order_id"])
        self.chunk_sizes.append(len(events))
        return []


CONNECTION_ERROR = EndpointConnectionError(endpoint_url="https://s3.invalid")


def row(**changes: str) -> str:
    """Return a line of a till file, with the given fields changed."""
    fields = f"berlin-01,till-1,r-1,2026-03-01,PEN,2,250,EUR,till-pay-1,card,{PAID_AT}".split(",")
    return ",".join({**dict(zip(COLUMNS, fields, strict=True)), **changes}.values())


def receipt(number: int, rows: int = 1) -> list[str]:
    return [
        row(receipt_number=f"r-{number}", payment_id=f"pay-{number}", sku=f"SKU-{item}") for item in range(1, rows + 1)
    ]


def till_file(lines: Iterable[str], header: str = HEADER, end: str = "\r\n") -> bytes:
    return "".join(f"{line}{end}" for line in (header, *lines)).encode()


def s3_event(key: str = KEY, **extra: str) -> dict[str, Any]:
    """Return S3's Object Created event; `extra` has more attributes of the object, such as its etag."""
    detail = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 5, **extra}, "reason": "PutObject"}
    envelope = {"id": "17793124-05d4-b198-2fde-7ededc63b103", "resources": [f"arn:aws:s3:::{BUCKET}"]}
    return {**envelope, "source": "aws.s3", "detail-type": "Object Created", "detail": {"version": "0", **detail}}
