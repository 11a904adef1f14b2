"""AWS clients, created once per process.

botocore's own session is used because importing it takes less time than boto3 on a cold start, and nothing here needs
boto3's resources."""

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
# The maximum duration of one attempt of a call: needed to decide whether to start one near the Lambda time-out.
CALL_TIMEOUT_MS = (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS) * 1000

_ATTEMPTS = 3
# The publisher retries these itself, entry by entry; with botocore's retries on top the attempts would multiply.
_ATTEMPTS_OF_PUBLISHING = 1
_PUBLISHING = frozenset({"events", "sns"})


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
    """Return the process-wide client of an AWS service, with short timeouts and standard retries."""
    return _client(name)


@functools.cache
def _client(name: str) -> Any:
    attempts = _ATTEMPTS_OF_PUBLISHING if name in _PUBLISHING else _ATTEMPTS
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        tcp_keepalive=True,
        # botocore would recompute its features for every request.
        user_agent="orderflow",
        # mypy checks the shape of every call against the service's stubs, the tests make each; what AWS refuses,
        # it says. To walk through all parameters of every call again would be a fifth of the call.
        parameter_validation=False,
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    made = _session().create_client(name, region_name=region, config=config)
    if name == "sns":
        made.meta.events.register("before-call.sns", _encode_form)
    return made


def _encode_form(params: dict[str, Any], **_: Any) -> None:
    """Encode the form once: botocore would do so for the signature, and again to send it."""
    if isinstance(params["body"], dict):
        params["body"] = urlencode(params["body"]).encode()


@functools.cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.register_component("response_parser_factory", _Parsers())
    return session


class _Parsers(ResponseParserFactory):
    """Parsers that also handle responses of intermediaries: a load balancer's plain text, or an empty body."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        return _Parser(super().create_parser(protocol_name))


class _Parser(ResponseParser):
    def __init__(self, parser: ResponseParser) -> None:
        super().__init__()
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        """Return the parsed response, or an error derived from its status if the body does not name one.

        Raises:
            HTTPClientError: a success whose body is no answer, so that nobody knows what was done."""
        status: int = response["status_code"]
        failed = status >= 300
        try:
            parsed = self._parser.parse(response, shape)
            if not (failed or shape is None or _is_answer(parsed, response["body"], shape.members)):
                raise ResponseParserError("the body does not match this operation")
        except Exception as error:  # ResponseParserError, and what parsers raise for text of another kind
            if not failed:
                raise HTTPClientError(error=f"the response cannot be parsed: {type(error).__name__}") from error
            parsed = {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}
        # A modelled error is parsed a second time, for its other members.
        again = shape is not None and shape.metadata.get("exception")
        told = parsed.get("Error")
        if failed and not again and (not isinstance(told, dict) or told.get("Code", "") in ("", str(status))):
            parsed["Error"] = {"Code": _CODES.get(status, str(status)), "Message": "the response has no details"}
        return parsed


def _is_answer(parsed: Mapping[str, Any], body: bytes, members: Mapping[str, Any]) -> bool:
    """Return whether a success was parsed: botocore accepts bodies that are truncated or from an intermediary."""
    if "ETag" in members:  # of an object, which may have any content
        return "ETag" in parsed
    # A write to a table, and a read without a result, return an empty document.
    may_be_empty = not members.keys().isdisjoint({"ConsumedCapacity", "Messages"})
    return parsed.keys() > {"ResponseMetadata"} or (may_be_empty and body.strip() == b"{}")


# Codes that botocore and the publisher retry.
_CODES = {408: "RequestTimeout", 429: "TooManyRequestsException"}


def failure_code(error: BotoCoreError | ClientError) -> str:
    """Return AWS's error code, or why there was no response; never the message, which may quote data."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def forget_clients() -> None:
    """Drop all clients, so that new ones read the environment again (a new endpoint or new credentials)."""
    _client.cache_clear()
    _session.cache_clear()
