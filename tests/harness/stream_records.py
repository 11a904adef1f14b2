"""Reads a real DynamoDB stream API and shapes what it returns as Lambda shows it to a function."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Record = dict[str, Any]


@dataclass
class _Position:
    iterator: str | None


class StreamReader:
    """Reads every shard from its start (TRIM_HORIZON); ``read`` returns only what came since the last call."""

    def __init__(self, client: Any, stream_arn: str) -> None:
        self._client = client
        self._stream_arn = stream_arn
        self._positions: dict[str, _Position] = {}

    def read(self) -> Iterator[tuple[str, Record]]:
        """New records as (shard id, Lambda record), in order within each shard."""
        for shard_id in self._shard_ids():
            position = self._positions.setdefault(shard_id, _Position(self._first_iterator(shard_id)))
            while position.iterator:
                answer = self._client.get_records(ShardIterator=position.iterator)
                position.iterator = answer.get("NextShardIterator")
                for record in answer["Records"]:
                    yield shard_id, as_lambda_record(record, self._stream_arn)
                if not answer["Records"]:
                    break

    def _shard_ids(self) -> list[str]:
        stream = self._client.describe_stream(StreamArn=self._stream_arn)["StreamDescription"]
        return [shard["ShardId"] for shard in stream["Shards"]]

    def _first_iterator(self, shard_id: str) -> str:
        answer = self._client.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
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
