"""Corrections of single services, one function each."""

import copy
import http.client
import json
import time
import urllib.request
from contextvars import ContextVar
from itertools import islice
from typing import Any

from ministack.core import responses  # type: ignore[import-not-found]
from ministack.services import dynamodb, eventbridge, lambda_svc, s3, sns, sqs  # type: ignore[import-not-found]

create_connection, update_connection = eventbridge._create_connection, eventbridge._update_connection
fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
create_endpoint, create_mapping = sns._create_platform_endpoint, lambda_svc._create_esm
evaluate, collect, expire = dynamodb._eval_set_value, sqs._collect_msgs, sqs._expire_retained
invoke_later, reserved = lambda_svc.invoke_async_with_retry, lambda_svc._reserved_concurrency
current_version: ContextVar[str | None] = ContextVar("current_version", default=None)
expired_at: dict[str, float] = {}


class Loopback(urllib.request.HTTPSHandler):
    """Send https requests to loopback without TLS, as no local server has a certificate."""

    handler_order = 100  # before the default handler

    def https_open(self, request: urllib.request.Request) -> Any:
        if request.host.partition(":")[0] not in {"127.0.0.1", "localhost"}:
            return None
        return self.do_open(http.client.HTTPConnection, request)


def connection_with_key(make: Any, request: dict[str, Any]) -> Any:
    """Include the KMS key in the description of a connection.
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html"""
    answer = make(request)
    if answer[0] == 200 and "KmsKeyIdentifier" in request:
        eventbridge._connections[request["Name"]]["KmsKeyIdentifier"] = request["KmsKeyIdentifier"]
    return answer


def fire_event_with_version(*args: Any, version_id: str | None = None, **more: Any) -> None:
    """Add the object's version to S3's events, if the bucket is versioned.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    current_version.set(version_id)
    fire(*args, version_id=version_id, **more)
    current_version.set(None)


def dispatch_with_version(event: dict[str, Any], *more: Any, **options: Any) -> Any:
    if (version := current_version.get()) and event["Source"] == "aws.s3":
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return dispatch(event, *more, **options)


def create_endpoint_as_aws(params: Any) -> Any:
    """Create a platform endpoint with an ARN of the form arn:...:endpoint/<service>/<app>/<id>.
    https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html"""
    status, headers, body = create_endpoint(params)
    devices = sns._platform_endpoints
    for arn in [arn for arn in devices if ":app/" in arn]:
        renamed = arn.replace(":app/", ":endpoint/")
        devices[renamed] = {**devices.pop(arn), "arn": renamed}
    return status, headers, body.replace(b":app/", b":endpoint/")


def create_unique_mapping(request: dict[str, Any]) -> Any:
    """Reject a second mapping of a function for the same event source.
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    name, qualifier, _ = lambda_svc._resolve_existing_esm_function(request.get("FunctionName", ""))
    wanted = (name, qualifier, request.get("EventSourceArn"))
    for one in list(lambda_svc._esms.values()):
        if (one["FunctionName"], one["Qualifier"], one["EventSourceArn"]) == wanted:
            message = f"The function has the mapping {one['UUID']} for this event source; update or delete that one."
            return responses.error_response_json("ResourceConflictException", message, 409)
    return create_mapping(request)


def evaluate_copy(*args: Any) -> Any:
    """Copy a value that an update sets twice, so a later update of one copy leaves the other unchanged.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    return copy.deepcopy(evaluate(*args))


def invoke_qualified(record: dict[str, Any], event: Any) -> None:
    """Use the retries and destinations of the invoked alias or version.
    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    name, qualifier = lambda_svc._lambda_function_name_and_qualifier_from_arn(record["config"]["FunctionArn"])
    configured = lambda_svc._event_invoke_config(lambda_svc._functions.get(name) or {}, qualifier)
    invoke_later({**record, "event_invoke_config": configured}, event)


def invoke_async(arn: str, payload: str) -> None:
    """Invoke asynchronously for EventBridge and Scheduler, with Lambda's retries and failure destination.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html"""
    record, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if record and config:
        lambda_svc.invoke_async_with_retry({**record, "config": {**config, "FunctionArn": arn}}, json.loads(payload))


def reserved_by_function(record: dict[str, Any], config: dict[str, Any]) -> Any:
    """Apply reserved concurrency to a function, whichever of its versions runs.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    return reserved(lambda_svc._functions.get(config.get("FunctionName")) or record, config)


def collect_visible(queue: dict[str, Any], limit: int, timeout: int) -> Any:
    """Read a standard queue only as far as needed; reading all of a long queue takes half of the CPU."""
    if queue["is_fifo"]:
        return collect(queue, limit, timeout)
    visible = (message for message in queue["messages"] if message.get("visible_at", 0.0) <= time.time())
    return collect({**queue, "messages": list(islice(visible, limit))}, limit, timeout)


def expire_once_per_second(queue: dict[str, Any]) -> None:
    arn, now = queue["attributes"]["QueueArn"], time.monotonic()
    if now >= expired_at.get(arn, 0.0) + 1.0:
        expired_at[arn] = now
        expire(queue)


def correct() -> None:
    sqs._collect_msgs, sqs._expire_retained = collect_visible, expire_once_per_second
    dynamodb._eval_set_value = evaluate_copy
    urllib.request.install_opener(urllib.request.build_opener(Loopback))
    eventbridge._api_dest_opener.add_handler(Loopback())
    eventbridge._create_connection = lambda request: connection_with_key(create_connection, request)
    eventbridge._update_connection = lambda request: connection_with_key(update_connection, request)
    s3._fire_s3_event, eventbridge._dispatch_event = fire_event_with_version, dispatch_with_version
    sns._create_platform_endpoint, lambda_svc._create_esm = create_endpoint_as_aws, create_unique_mapping
    lambda_svc.invoke_async_with_retry, lambda_svc._reserved_concurrency = invoke_qualified, reserved_by_function
    eventbridge._dispatch_to_lambda = invoke_async
