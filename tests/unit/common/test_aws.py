import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from common.aws import CALL_TIMEOUT_MS, client, discard_clients, failure_code
from common.publisher import BusPublisher, RetryPolicy, TopicPublisher
from tests.support.events import order_changed, order_image, order_placed


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    discard_clients()


@pytest.mark.parametrize(("name", "attempts"), [("events", 1), ("sns", 1), ("dynamodb", 3), ("sqs", 3), ("s3", 3)])
def test_botocore_retries_all_calls_but_those_of_the_publishers(name: str, attempts: int) -> None:
    config = client(name).meta.config  # type: ignore[call-overload]

    assert config.retries == {"mode": "standard", "total_max_attempts": attempts}


def test_connect_and_read_timeout_add_up_to_the_call_timeout() -> None:
    config = client("events").meta.config

    assert (config.connect_timeout + config.read_timeout) * 1000 == CALL_TIMEOUT_MS


def test_failure_code_is_the_error_code_or_exception_type() -> None:
    access_denied_error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "payload"}}, "GetItem")

    assert failure_code(access_denied_error) == "AccessDeniedException"
    assert failure_code(EndpointConnectionError(endpoint_url="https://dynamodb")) == "EndpointConnectionError"


CALLS: dict[str, Callable[[], Any]] = {
    "dynamodb": lambda: client("dynamodb").get_item(TableName="orders", Key={"order_id": {"S": "o"}}),
    "events": lambda: client("events").put_events(Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}"}]),
    "s3": lambda: client("s3").get_object(Bucket="tills", Key="k"),
    "secretsmanager": lambda: client("secretsmanager").get_secret_value(SecretId="s"),
    "sns": lambda: client("sns").publish_batch(
        TopicArn="arn:aws:sns:eu-west-1:123456789012:t", PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}]
    ),
    "sqs": lambda: client("sqs").send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="b"),
}
INVALID_BODIES = [
    b"", b"upstream connect error", b"<html><h1>502</h1>", b"[]", b'"oops"', b"null", b"\xff\xfe", b"{", b"<Error>",
    b"<ErrorResponse><Error/></ErrorResponse>", b'{"message": "no"}', b'{"Entries": [{"EventId": "1"}', b'{"Item": {}',
]  # fmt: skip
CODES_BY_STATUS = {408: "RequestTimeout", 429: "TooManyRequestsException"}


class HttpDouble:
    """A test double of the HTTP connection that records each request and responds with `status` and `body`."""

    def __init__(self, body: bytes = b"") -> None:
        self.status, self.body = 200, body
        self.requests: list[Any] = []

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        self.requests.append(request)
        raw_body = io.BytesIO(self.body)
        raw_body.stream = lambda *_, **__: iter([self.body])  # type: ignore[attr-defined]
        return AWSResponse(request.url, self.status, {}, raw_body)


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpDouble]:
    monkeypatch.setattr("time.sleep", lambda _: None)
    http = HttpDouble()
    for name in CALLS:
        client(name).meta.events.register("before-send", http)  # type: ignore[call-overload]
    yield http
    discard_clients()


@pytest.mark.parametrize("service", CALLS)
def test_error_without_a_code_is_classified_by_its_status(http: HttpDouble, service: str) -> None:
    for http.body in INVALID_BODIES:
        for http.status in (403, 408, 429, 500, 502, 503, 504, 599):
            http.requests.clear()

            with pytest.raises(ClientError) as error_info:
                CALLS[service]()

            assert failure_code(error_info.value) == CODES_BY_STATUS.get(http.status, str(http.status)), http.body
            assert error_info.value.response["ResponseMetadata"]["HTTPStatusCode"] == http.status
            if http.body == INVALID_BODIES[0]:  # the first body uses up botocore's retry quota
                is_retried = http.status not in (403, 599) and service not in ("events", "sns")
                assert len(http.requests) == (3 if is_retried else 1)


@pytest.mark.parametrize("service", CALLS)
def test_success_with_an_invalid_body_is_a_failure(http: HttpDouble, service: str) -> None:
    for http.body in INVALID_BODIES if service == "dynamodb" else [*INVALID_BODIES, b"{}"]:
        with pytest.raises(HTTPClientError):
            CALLS[service]()


def test_publishers_retry_after_an_invalid_response(http: HttpDouble) -> None:
    policy = RetryPolicy(max_attempts=3, sleep=lambda _: None)
    bus = BusPublisher(client("events"), "bus", "storefront_api", policy)
    topic = TopicPublisher(client("sns"), "arn:aws:sns:eu-west-1:123456789012:t", policy)

    for http.status, kind in ((200, "unavailable"), (408, "unavailable"), (429, "throttled"), (502, "unavailable")):
        for http.body in INVALID_BODIES:
            http.requests.clear()

            failures = bus.publish([order_placed()]) + topic.publish([order_changed(order_image())])

            assert [failure.kind for failure in failures] == [kind, kind]
            assert len(http.requests) == 6


def test_service_error_keeps_its_code_and_details(http: HttpDouble) -> None:
    http.status = 400
    http.body = (
        b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",'
        b' "message": "details", "Item": {"order_id": {"S": "o"}}}'
    )

    with pytest.raises(ClientError) as error_info:
        client("dynamodb").update_item(TableName="orders", Key={"order_id": {"S": "o"}})

    assert failure_code(error_info.value) == "ConditionalCheckFailedException"
    assert error_info.value.response["Item"] == {"order_id": {"S": "o"}}  # type: ignore[typeddict-item]


def test_publish_batch_request_equals_the_request_of_boto3() -> None:
    message = json.dumps({"text": "a b&c=d+e%20 ü 😀 \n", "empty": ""}, ensure_ascii=False)
    attributes = {"a": {"DataType": "String", "StringValue": "x y"}}
    entries: Any = [{"Id": str(number), "Message": message, "MessageAttributes": attributes} for number in range(10)]
    http = HttpDouble(
        b"<PublishBatchResponse><PublishBatchResult><Failed/></PublishBatchResult></PublishBatchResponse>"
    )

    for topic_client in (client("sns"), boto3.client("sns", region_name="eu-west-1")):
        topic_client.meta.events.register_first("before-send", http)
        topic_client.publish_batch(TopicArn="arn:aws:sns:eu-west-1:123456789012:t", PublishBatchRequestEntries=entries)
    discard_clients()

    (request, boto3_request), body = http.requests, http.requests[1].body
    assert request.body == (body if isinstance(body, bytes) else body.encode())
    for name in ("Content-Type", "Content-Length"):
        assert request.headers[name] == boto3_request.headers[name]
