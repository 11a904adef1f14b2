"""A bucket in memory, and till files as tills write them."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from hashlib import md5
from typing import Any

from botocore.exceptions import EndpointConnectionError

from common.publisher import Failure, FailureKind
from contracts import Event, validate
from pos_import.rows import COLUMNS
from tests.support.doubles import client_error

HEADER = ",".join(COLUMNS)
BUCKET, KEY = "tills", "incoming/berlin-01/day.csv"
REJECTED, SUMMARY = "reports/berlin-01/day.csv.rejected.csv", "reports/berlin-01/day.csv.summary.json"
PAID_AT = "2026-03-01T10:15:00.000Z"


class S3Double:
    """Objects by key, older ones by version too, and the calls that were made; `failing` maps one to what it raises."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.versions: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.failing: dict[str, Exception] = {}

    def head_object(self, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:  # noqa: N803
        self._called("head_object")
        content = self._content(Key, VersionId, "404")
        kind = "application/x-directory" if content == b"folder" else "text/csv"
        return {"ETag": etag(content), "ContentLength": len(content), "ContentType": kind}

    def get_object(self, Bucket: str, Key: str, Range: str = "", IfMatch: str = "", VersionId: str = "") -> Any:  # noqa: N803
        self._called("get_object")
        content = self._content(Key, VersionId, "NoSuchVersion" if VersionId else "NoSuchKey")
        if IfMatch and IfMatch != etag(content):
            raise client_error("PreconditionFailed", 412)
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            content = content[int(first) : int(last) + 1]
        return {"Body": io.BytesIO(content)}

    def put_object(self, Bucket: str, Key: str, Body: Any, ContentType: str) -> None:  # noqa: N803
        self._called("put_object")
        self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()

    def summary(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.objects[SUMMARY])
        return content

    def rejected(self) -> str:
        return self.objects[REJECTED].decode()

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.failing:
            raise self.failing[operation]

    def _content(self, key: str, version: str, missing: str) -> bytes:
        content = self.versions.get(version) if version else self.objects.get(key)
        if content is None:
            raise client_error(missing, 404)
        return content


def etag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


class Publisher:
    """A bus that counts instead of keeping: ids and chunk sizes only, so that its own memory does not matter."""

    def __init__(self) -> None:
        self.chunks: list[int] = []
        self.order_ids: list[str] = []
        self.fail_at_pack: int | None = None
        self.kind: FailureKind = "unavailable"

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        if len(self.chunks) == self.fail_at_pack:
            return [Failure(event, self.kind, "as told") for event in events]
        for event in events:
            validate(event, "OrderPlaced")
            self.order_ids.append(event["data"]["order_id"])
        self.chunks.append(len(events))
        return []


UNREACHABLE = EndpointConnectionError(endpoint_url="https://s3.invalid")


def row(**changes: str) -> str:
    """One line of a till file; the usual receipt unless changed."""
    usual = f"berlin-01,till-1,r-1,2026-03-01,PEN,2,250,EUR,till-pay-1,card,{PAID_AT}".split(",")
    return ",".join({**dict(zip(COLUMNS, usual, strict=True)), **changes}.values())


def receipt(number: int, rows: int = 1) -> list[str]:
    return [
        row(receipt_number=f"r-{number}", payment_id=f"pay-{number}", sku=f"SKU-{each}") for each in range(1, rows + 1)
    ]


def file_of(lines: Iterable[str], header: str = HEADER, end: str = "\r\n") -> bytes:
    return "".join(f"{line}{end}" for line in (header, *lines)).encode()


def created(key: str = KEY, **told: str) -> dict[str, Any]:
    """The event that S3 sends through EventBridge; `told` is more about the object, such as its etag."""
    detail = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 5, **told}, "reason": "PutObject"}
    envelope = {"id": "17793124-05d4-b198-2fde-7ededc63b103", "resources": [f"arn:aws:s3:::{BUCKET}"]}
    return {**envelope, "source": "aws.s3", "detail-type": "Object Created", "detail": {"version": "0", **detail}}
