"""moto's streams without HTTP, under the names of boto3's client, with iterators that expire as the faults say."""

import copy
from datetime import UTC
from typing import Any

from moto.dynamodbstreams.models import dynamodbstreams_backends

from tests.harness.faults import Faults, client_error
from tests.harness.queues import REGION
from tests.harness.routing import ACCOUNT
from tests.harness.stream_records import EXPIRED, TRIMMED

HOP = "stream -> mapping"
REFUSALS = {"expired": EXPIRED, "trimmed": TRIMMED}


class Streams:
    def __init__(self, faults: Faults) -> None:
        self._backend = dynamodbstreams_backends[ACCOUNT][REGION]
        self._faults = faults

    def describe_stream(self, **asked: Any) -> dict[str, Any]:
        return {"StreamDescription": self._backend.describe_stream(asked["StreamArn"])}

    def get_shard_iterator(self, **asked: Any) -> dict[str, str]:
        after = asked.get("SequenceNumber")
        made = self._backend.get_shard_iterator(
            asked["StreamArn"], asked["ShardId"], asked["ShardIteratorType"], int(after) if after else None
        )
        return {"ShardIterator": made.arn}

    def get_records(self, **asked: Any) -> dict[str, Any]:
        if refused := self._faults.draw(HOP, tuple(REFUSALS)):
            raise client_error(REFUSALS[refused], "GetRecords")
        found = self._backend.get_records(asked["ShardIterator"], 1000)
        return {**found, "Records": [_told(record) for record in found["Records"]]}


def _told(record: dict[str, Any]) -> dict[str, Any]:
    told = copy.deepcopy(record)
    change = told["dynamodb"]
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].replace(tzinfo=UTC)
    return told


def is_written(record: dict[str, Any]) -> bool:
    """moto adds a record of nothing but the key for an UpdateItem that makes a new item; AWS does not."""
    change = record["dynamodb"]
    return bool(change.get("NewImage", {}).keys() != change["Keys"].keys())
