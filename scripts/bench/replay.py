"""Replays recorded responses in place of botocore's HTTP layer, so only the network is replaced."""

import importlib
import io
import itertools
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from explore.functions import VARIABLES_BY_FUNCTION

TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:orderflow-local-order-changes"
BATCH_SIZE = 10
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "eu-west-1"}

type Response = tuple[int, bytes]


class Clock:
    """A clock that shows the time of the recording, so nothing is overdue."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def utc_now(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


CLOCK = Clock()


class _RawBody(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Responses:
    """Returns the recorded responses of each operation in turn; each call takes `seconds`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._responses: dict[str, Iterator[Response]] = {}
        self._seconds = seconds
        self.calls = 0

    def load(self, responses: Iterable[tuple[str, Response]]) -> None:
        """Load (operation, response) pairs, with operations in snake case, such as `put_item`."""
        responses_by_operation: dict[str, list[Response]] = defaultdict(list)
        for operation, response in responses:
            responses_by_operation["".join(word.capitalize() for word in operation.split("_"))].append(response)
        self._responses = {operation: itertools.cycle(values) for operation, values in responses_by_operation.items()}
        self.calls = 0

    def attach(self, client: Any) -> Any:
        client.meta.events.register_first("before-send.*", self._respond)
        return client

    def _respond(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        self.calls += 1
        status, body = next(self._responses[event_name.rpartition(".")[2]])
        if self._seconds:
            time.sleep(self._seconds)
        return AWSResponse(request.url, status, HTTPHeaders.from_pairs([]), _RawBody(body))


def recorded_response(call: Mapping[str, Any]) -> tuple[str, Response]:
    """Return the operation of a recorded call and its HTTP response."""
    return call["operation"], _http_response(call)


def _http_response(call: Mapping[str, Any]) -> Response:
    if "error" in call:
        error = {**call["error"], "__type": call["error"]["Error"]["Code"]}
        return 400, json.dumps(error).encode()
    if call["service"] == "sns":
        return 200, sns_response(call["operation"], [one["Id"] for one in call["response"].get("Successful", [])])
    return 200, json.dumps(call["response"]).encode()


def build_publish_responses(ids: Sequence[str] = ()) -> list[tuple[str, Response]]:
    """Return the SNS responses to `publish`, and to `publish_batch` with these entry ids."""
    return [("publish", (200, sns_response("publish"))), ("publish_batch", (200, sns_response("publish_batch", ids)))]


def sns_response(operation: str, ids: Sequence[str] = ()) -> bytes:
    name = {"publish": "Publish", "publish_batch": "PublishBatch"}[operation]
    message = "<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId>"
    members = "".join(f"<member><Id>{escape(one)}</Id>{message}</member>" for one in ids)
    result = f"<Failed/><Successful>{members}</Successful>" if ids else message
    return (
        f'<{name}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><{name}Result>{result}</{name}Result>'
        f"<ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata>"
        f"</{name}Response>"
    ).encode()


def load_handler(function: str, services: Sequence[str], responses: Responses) -> Callable[[Any, Any], Any]:
    """Import the function's handler as Lambda does, and return it with clients that replay `responses`."""
    os.environ.update(_CREDENTIALS | {"POWERTOOLS_METRICS_NAMESPACE": "Orderflow", "POWERTOOLS_SERVICE_NAME": function})
    os.environ.update({**VARIABLES_BY_FUNCTION[function], "LOG_LEVEL": "INFO", "ENVIRONMENT": "bench"})
    os.environ.update({"TOPIC_ARN": TOPIC_ARN} if "TOPIC_ARN" in VARIABLES_BY_FUNCTION[function] else {})
    aws = importlib.import_module("common.aws")
    aws.discard_clients()
    times: Any = importlib.import_module("contracts.times")
    times.utc_now = CLOCK.utc_now
    with mock.patch("time.time", CLOCK.time):
        handler: Callable[[Any, Any], Any] = importlib.import_module(f"{function}.handler").handler
    for service in services:
        responses.attach(aws.client(service))
    return handler


class Context:
    """The context object passed to a handler."""

    function_name = "bench"
    memory_limit_in_mb = 512
    aws_request_id = "1f0c2a3e-5f2c-4d5b-8d43-3a2b1c0d9e8f"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def stream_records(recording: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """Return `count` records of the orders table's stream, with unique event ids and sequence numbers."""
    stream = [one for run in recording["invocations"] if run["function"] == "relay" for one in run["event"]["Records"]]
    records = []
    for number, record in zip(range(count), itertools.cycle(stream), strict=False):
        dynamodb = {**record["dynamodb"], "SequenceNumber": f"{number + 1:021d}"}
        records.append({**record, "eventID": f"{number + 1:032x}", "dynamodb": dynamodb})
    return records
