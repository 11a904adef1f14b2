import json
from collections.abc import Callable
from typing import Any

import pytest

from orderflow_cli.observe.dead_letters.sources import Source
from tests.integration.scripts.recovery.conftest import Environment

type PutObject = Callable[[str, object], None]
SOURCE = Source("bucket", "relay", "failures", "orderflow-dev-relay")
RECORDS: list[dict[str, Any]] = [{"eventID": "1"}, {"eventID": "2"}]
FAILURE_RECORD = {
    "requestContext": {"functionArn": "arn:f", "condition": "RetryAttemptsExhausted"},
    "DDBStreamBatchInfo": {},
    "payload": json.dumps({"Records": RECORDS}),
}
KEY = "aws/lambda/mapping/shard/2026/11/23/2026-11-23T08.00.00-1"


@pytest.fixture
def put(environment: Environment) -> PutObject:
    s3 = environment.client("s3")
    s3.create_bucket(Bucket="failures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return lambda key, body: s3.put_object(Bucket="failures", Key=key, Body=json.dumps(body).encode())


def keys(environment: Environment) -> list[str]:
    objects = environment.client("s3").list_objects_v2(Bucket="failures").get("Contents", [])
    return [entry["Key"] for entry in objects]


PAYLOAD = json.dumps({"eventID": "1", "redrive_count": 2})
QUARANTINE_RECORD = {"function": "relay", "reason": "r", "origin": "arn:stream", "payload": PAYLOAD}


@pytest.mark.parametrize(
    ("key", "body", "records"),
    [
        (KEY, FAILURE_RECORD, [{**record, "redrive_count": 1} for record in RECORDS]),
        ("quarantine/relay/r/1.json", QUARANTINE_RECORD, [{"eventID": "1", "redrive_count": 3}]),
    ],
    ids=["mapping gave up", "relay rejected it"],
)
def test_relay_receives_the_records_again(
    environment: Environment, put: PutObject, key: str, body: dict[str, Any], records: list[dict[str, Any]]
) -> None:
    put(key, body)

    outcome = environment.redrive(SOURCE)

    assert environment.functions.invoked == [("orderflow-dev-relay", "RequestResponse", {"Records": records})]
    assert (outcome.sent_count, outcome.is_complete) == (1, True)
    assert keys(environment) == []


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "42"}]}, None, "records from 42 on"),
        ({"errorType": "KeyError"}, "Unhandled", "raised KeyError"),
    ],
)
def test_object_is_kept_when_the_relay_fails(
    environment: Environment, put: PutObject, answer: Any, error: str | None, message: str
) -> None:
    put(KEY, FAILURE_RECORD)
    environment.functions.answer, environment.functions.error = answer, error

    outcome = environment.redrive(SOURCE)

    assert message in next(iter(outcome.failures))
    assert keys(environment) == [KEY]


def test_overwritten_object_is_kept(environment: Environment, put: PutObject, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay quarantines the record again under the same key before the redrive deletes the old object."""
    put(KEY, FAILURE_RECORD)
    invoke = environment.functions.invoke

    def quarantine_again(**request: Any) -> Any:
        put(KEY, {**FAILURE_RECORD, "timestamp": "later"})
        return invoke(**request)

    monkeypatch.setattr(environment.functions, "invoke", quarantine_again)

    environment.redrive(SOURCE)

    assert keys(environment) == [KEY]


def test_object_with_metadata_only_is_kept(environment: Environment, put: PutObject) -> None:
    put(KEY, {name: value for name, value in FAILURE_RECORD.items() if name != "payload"})

    outcome = environment.redrive(SOURCE)

    assert "no stream records" in next(iter(outcome.kept_counts))
    assert environment.functions.invoked == []
    assert keys(environment) == [KEY]


def test_large_records_are_sent_in_several_invocations(
    environment: Environment, put: PutObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderflow_cli.recovery.rule_targets.MAX_PAYLOAD_BYTES", 10)
    put(KEY, FAILURE_RECORD)

    environment.redrive(SOURCE)

    event_ids = [record["eventID"] for _, _, event in environment.functions.invoked for record in event["Records"]]
    assert (len(environment.functions.invoked), event_ids) == (2, ["1", "2"])
