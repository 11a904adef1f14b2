"""Reads a real DynamoDB stream API and shapes what it returns as Lambda shows it to a function."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

Record = dict[str, Any]
EXPIRED, TRIMMED = "ExpiredIteratorException", "TrimmedDataAccessException"
RENEWALS = 5
"""How often in a row one read asks for another iterator before it gives up."""


@dataclass
class _Position:
    """`iterator` is None at the end of a closed shard; `last` is the sequence number of the last record read."""

    iterator: str | None
    last: str | None = None


class StreamReader:
    """Reads every shard from its start (TRIM_HORIZON); ``read`` returns only what came since the last call.

    An iterator ends 15 minutes after it was made (ExpiredIteratorException): the reader asks for another one behind the
    last record that it has read. What is older than 24 hours is gone, with or without having been read
    (TrimmedDataAccessException): it goes on with the oldest record that is still there.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
    """

    def __init__(self, client: Any, stream_arn: str) -> None:
        self._client = client
        self._stream_arn = stream_arn
        self._positions: dict[str, _Position] = {}

    def read(self) -> Iterator[tuple[str, Record]]:
        """New records as (shard id, Lambda record), in order within each shard."""
        for shard_id in self._shard_ids():
            if shard_id not in self._positions:
                self._positions[shard_id] = _Position(self._iterator(shard_id, "TRIM_HORIZON"))
            position = self._positions[shard_id]
            while position.iterator and (records := self._records(shard_id, position)):
                for record in records:
                    number = record["dynamodb"]["SequenceNumber"]
                    # From the oldest one on again, there may be some that were read before.
                    if position.last is None or int(number) > int(position.last):
                        position.last = number
                        yield shard_id, as_lambda_record(record, self._stream_arn)

    def _records(self, shard_id: str, position: _Position) -> list[Record]:
        for _ in range(RENEWALS):
            try:
                answer = self._client.get_records(ShardIterator=position.iterator)
            except ClientError as error:
                position.iterator = self._renewed(shard_id, position, error)
                continue
            position.iterator = answer.get("NextShardIterator")
            return list(answer["Records"])
        raise AssertionError(f"the iterator of {shard_id} was refused {RENEWALS} times in a row")

    def _renewed(self, shard_id: str, position: _Position, error: ClientError) -> str:
        code = error.response["Error"]["Code"]
        if code == EXPIRED and position.last is not None:
            try:
                return self._iterator(shard_id, "AFTER_SEQUENCE_NUMBER", SequenceNumber=position.last)
            except ClientError as refused:  # that record may be gone by now
                return self._renewed(shard_id, position, refused)
        if code in {EXPIRED, TRIMMED}:
            return self._iterator(shard_id, "TRIM_HORIZON")
        raise error

    def _shard_ids(self) -> list[str]:
        stream = self._client.describe_stream(StreamArn=self._stream_arn)["StreamDescription"]
        return [shard["ShardId"] for shard in stream["Shards"]]

    def _iterator(self, shard_id: str, kind: str, **more: str) -> str:
        answer = self._client.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=shard_id, ShardIteratorType=kind, **more
        )
        return str(answer["ShardIterator"])


def as_lambda_record(record: Record, stream_arn: str) -> Record:
    """The stream API's record in the shape of a Lambda event.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html shows the event; times are epoch seconds there, and
    ``userIdentity`` has lower-case members.
    """
    change = dict(record["dynamodb"])
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        change["ApproximateCreationDateTime"] = created.timestamp()
    shaped = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record.get("awsRegion", "eu-west-1"),
        "dynamodb": change,
        "eventSourceARN": stream_arn,
    }
    identity = record.get("userIdentity")
    if identity:
        shaped["userIdentity"] = {
            "type": identity.get("Type", identity.get("type")),
            "principalId": identity.get("PrincipalId", identity.get("principalId")),
        }
    return shaped


def sequence_number(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def arrival(record: Record) -> float:
    """When the record came into the stream, epoch seconds."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])
