"""AWS clients, created once per process.

The clients come from botocore's session, because importing botocore takes less time than boto3 on a cold start, and no
function needs boto3's resources."""

import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlencode

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParser, ResponseParserError, ResponseParserFactory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 4
# The maximum duration of one attempt of a call, used to decide whether to start one near the Lambda timeout.
CALL_TIMEOUT_MS = (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS) * 1000

_MAX_ATTEMPTS = 3
# The publisher itself retries calls to these services, entry by entry; botocore's retries would multiply the attempts.
_PUBLISHER_CALL_ATTEMPTS = 1
_PUBLISHER_SERVICES = frozenset({"events", "sns"})


@overload
def client(name: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(name: Literal["events"]) -> "EventBridgeClient": ...
@overload
def client(name: Literal["s3"]) -> "S3Client": ...
@overload
def client(name: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
@overload
def client(name: Literal["sns"]) -> "SNSClient": ...
@overload
def client(name: Literal["sqs"]) -> "SQSClient": ...
def client(name: str) -> Any:
    """Return the process-wide client of an AWS service, with short timeouts; EventBridge and SNS without retries."""
    return _client(name)


@functools.cache
def _client(name: str) -> Any:
    max_attempts = _PUBLISHER_CALL_ATTEMPTS if name in _PUBLISHER_SERVICES else _MAX_ATTEMPTS
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": max_attempts},
        tcp_keepalive=True,
        # With its own user agent, botocore would determine the features to list in it for every request.
        user_agent="orderflow",
        # mypy checks the parameters of every call against the service's stubs, and AWS rejects invalid ones.
        # Validating them here as well would take a fifth of the time of a call.
        parameter_validation=False,
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    new_client = _session().create_client(name, region_name=region, config=config)
    if name == "sns":
        new_client.meta.events.register("before-call.sns", _encode_form)
    return new_client


def _encode_form(params: dict[str, Any], **_: Any) -> None:
    """Encode the form once; botocore would encode it for the signature and again for the request body."""
    if isinstance(params["body"], dict):
        params["body"] = urlencode(params["body"]).encode()


@functools.cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.register_component("response_parser_factory", _TolerantParserFactory())
    return session


class _TolerantParserFactory(ResponseParserFactory):
    """Creates parsers that also handle responses from intermediaries: a load balancer's plain text, an empty body."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        return _TolerantParser(super().create_parser(protocol_name))


class _TolerantParser(ResponseParser):
    def __init__(self, parser: ResponseParser) -> None:
        super().__init__()
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        """Return the parsed response, or an error derived from its status if the body does not name one.

        Raises:
            HTTPClientError: a success without a valid body; whether the call took effect is then unknown."""
        status: int = response["status_code"]
        is_error = status >= 300
        try:
            parsed_response = self._parser.parse(response, shape)
            if not (is_error or shape is None or _is_response(parsed_response, response["body"], shape.members)):
                raise ResponseParserError("the body must be a response of this operation")
        except Exception as error:  # ResponseParserError, and whatever parsers raise for text in another format
            if not is_error:
                raise HTTPClientError(error=f"the response cannot be parsed: {type(error).__name__}") from error
            parsed_response = {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}
        # botocore parses a modelled error a second time, for its other members.
        is_second_parse = shape is not None and shape.metadata.get("exception")
        code = details.get("Code", "") if isinstance(details := parsed_response.get("Error"), dict) else ""
        if is_error and not is_second_parse and code in ("", str(status)):
            parsed_response["Error"] = {"Code": _ERROR_CODES.get(status, str(status)), "Message": "no error details"}
        return parsed_response


def _is_response(parsed_response: Mapping[str, Any], body: bytes, members: Mapping[str, Any]) -> bool:
    """Return whether AWS can have sent the body; botocore also accepts empty bodies and other text."""
    if "ETag" in members:  # an object, which may have any content
        return "ETag" in parsed_response
    # A write to a table, and a read without a result, return an empty document.
    may_be_empty = not members.keys().isdisjoint({"ConsumedCapacity", "Messages"})
    return parsed_response.keys() > {"ResponseMetadata"} or (may_be_empty and body.strip() == b"{}")


# Error codes that botocore and the publisher retry, by HTTP status.
_ERROR_CODES = {408: "RequestTimeout", 429: "TooManyRequestsException"}


def failure_code(error: BotoCoreError | ClientError) -> str:
    """Return the AWS error code, or the exception's name without a response; not the message, which may quote data."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def discard_clients() -> None:
    """Discard all clients, so that the next ones read the environment again (a new endpoint or new credentials)."""
    _client.cache_clear()
    _session.cache_clear()
