"""Where a stream mapping puts what it gave up on, in the shapes that AWS documents.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html: a queue gets metadata only, a bucket gets
the records too, under `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from tests.harness.stream_records import Record, arrival, sequence_number


class Condition(StrEnum):
    RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
    RECORD_AGE_EXCEEDED = "RecordAgeExceeded"


@dataclass(frozen=True)
class Discarded:
    """What was given up: its shard, records, why, after how many invocations, and when (epoch seconds)."""

    shard_id: str
    records: list[Record]
    condition: Condition
    invocations: int
    at: float


class Destination(Protocol):
    def put(self, discarded: Discarded) -> None: ...


class QueueDestination:
    """Metadata only: the records must be fetched from the stream by their sequence numbers while it has them."""

    def __init__(self, client: Any, queue_url: str, function_arn: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._function_arn = function_arn

    def put(self, discarded: Discarded) -> None:
        body = json.dumps(invocation_record(discarded, self._function_arn))
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)


class BucketDestination:
    """The whole invocation record with its payload."""

    def __init__(self, client: Any, bucket: str, function_arn: str, mapping_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._function_arn = function_arn
        self._mapping_id = mapping_id

    def put(self, discarded: Discarded) -> None:
        at = datetime.fromtimestamp(discarded.at, UTC)
        name = f"{at:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        key = f"aws/lambda/{self._mapping_id}/{discarded.shard_id}/{at:%Y/%m/%d}/{name}"
        record = {
            **invocation_record(discarded, self._function_arn),
            "payload": json.dumps({"Records": discarded.records}, default=str),
        }
        self._client.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(record).encode())


def invocation_record(discarded: Discarded, function_arn: str) -> dict[str, Any]:
    """The metadata that every destination gets."""
    arrivals = [datetime.fromtimestamp(arrival(record), UTC) for record in discarded.records]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": str(discarded.condition),
            "approximateInvokeCount": discarded.invocations,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": _stamp(datetime.fromtimestamp(discarded.at, UTC)),
        "DDBStreamBatchInfo": {
            "shardId": discarded.shard_id,
            "startSequenceNumber": sequence_number(discarded.records[0]),
            "endSequenceNumber": sequence_number(discarded.records[-1]),
            "approximateArrivalOfFirstRecord": _stamp(min(arrivals)),
            "approximateArrivalOfLastRecord": _stamp(max(arrivals)),
            "batchSize": len(discarded.records),
            "streamArn": discarded.records[0]["eventSourceARN"],
        },
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
