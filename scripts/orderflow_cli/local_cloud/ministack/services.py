"""Corrections to MiniStack's emulation of individual AWS services."""

import copy
import http.client
import json
import time
import urllib.request
from contextvars import ContextVar
from itertools import islice
from typing import Any

from ministack.core import responses  # type: ignore[import-not-found]
from ministack.services import cloudwatch, dynamodb, eventbridge, lambda_svc, s3, sns, sqs  # type: ignore[import-not-found]

create_connection, update_connection = eventbridge._create_connection, eventbridge._update_connection
fire_s3_event, dispatch_event = s3._fire_s3_event, eventbridge._dispatch_event
create_platform_endpoint, create_event_source_mapping = sns._create_platform_endpoint, lambda_svc._create_esm
evaluate_value, collect_messages, expire_messages = dynamodb._eval_set_value, sqs._collect_msgs, sqs._expire_retained
invoke_with_retry, reserved_concurrency = lambda_svc.invoke_async_with_retry, lambda_svc._reserved_concurrency
execute = lambda_svc._execute_function_dispatch
object_version: ContextVar[str | None] = ContextVar("object_version", default=None)
last_expiry_times: dict[str, float] = {}


class LoopbackHandler(urllib.request.HTTPSHandler):
    """Sends https requests to loopback addresses without TLS, because no local server has a certificate."""

    handler_order = 100  # before the default handler

    def https_open(self, request: urllib.request.Request) -> Any:
        if request.host.partition(":")[0] not in {"127.0.0.1", "localhost"}:
            return None
        return self.do_open(http.client.HTTPConnection, request)


def save_connection_with_key(save_connection: Any, request: dict[str, Any]) -> Any:
    """Create or update a connection and keep its KMS key, which DescribeConnection returns.
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html"""
    response = save_connection(request)
    if response[0] == 200 and "KmsKeyIdentifier" in request:
        eventbridge._connections[request["Name"]]["KmsKeyIdentifier"] = request["KmsKeyIdentifier"]
    return response


def fire_event_with_version(*args: Any, version_id: str | None = None, **options: Any) -> None:
    """Add the object's version to S3 events, if the bucket is versioned.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    object_version.set(version_id)
    fire_s3_event(*args, version_id=version_id, **options)
    object_version.set(None)


def dispatch_event_with_version(event: dict[str, Any], *args: Any, **options: Any) -> Any:
    if (version := object_version.get()) and event["Source"] == "aws.s3":
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return dispatch_event(event, *args, **options)


def create_endpoint_with_aws_arn(params: Any) -> Any:
    """Create a platform endpoint with an ARN of the form arn:...:endpoint/<service>/<app>/<id>.
    https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html"""
    status, headers, body = create_platform_endpoint(params)
    endpoints = sns._platform_endpoints
    for arn in [arn for arn in endpoints if ":app/" in arn]:
        new_arn = arn.replace(":app/", ":endpoint/")
        endpoints[new_arn] = {**endpoints.pop(arn), "arn": new_arn}
    return status, headers, body.replace(b":app/", b":endpoint/")


def create_unique_mapping(request: dict[str, Any]) -> Any:
    """Reject a second mapping of a function for the same event source.
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    name, qualifier, _ = lambda_svc._resolve_existing_esm_function(request.get("FunctionName", ""))
    new_key = (name, qualifier, request.get("EventSourceArn"))
    for other in list(lambda_svc._esms.values()):
        if (other["FunctionName"], other["Qualifier"], other["EventSourceArn"]) == new_key:
            message = f"The function already has mapping {other['UUID']} for this event source; update or delete it."
            return responses.error_response_json("ResourceConflictException", message, 409)
    return create_event_source_mapping(request)


def copy_evaluated_value(*args: Any) -> Any:
    """Return a copy of the value, so two attributes that an update sets to it can later change separately.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    return copy.deepcopy(evaluate_value(*args))


def invoke_with_qualifier(record: dict[str, Any], event: Any) -> None:
    """Invoke a function with the retries and destination of the invoked alias or version.
    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    name, qualifier = lambda_svc._lambda_function_name_and_qualifier_from_arn(record["config"]["FunctionArn"])
    invoke_config = lambda_svc._event_invoke_config(lambda_svc._functions.get(name) or {}, qualifier)
    invoke_with_retry({**record, "event_invoke_config": invoke_config}, event)


def invoke_async(arn: str, payload: str) -> None:
    """Invoke a function for EventBridge or Scheduler, with asynchronous retries and on-failure destination.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html"""
    record, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if record and config:
        lambda_svc.invoke_async_with_retry({**record, "config": {**config, "FunctionArn": arn}}, json.loads(payload))


def function_concurrency(record: dict[str, Any], config: dict[str, Any]) -> Any:
    """Return the reserved concurrency of a function, which all of its versions share.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    return reserved_concurrency(lambda_svc._functions.get(config.get("FunctionName")) or record, config)


def execute_and_count(record: dict[str, Any], config: dict[str, Any], *args: Any) -> Any:
    """Count every invocation when it starts; MiniStack counts only those through the Invoke API.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    record_metric("Invocations", config["FunctionName"])
    return execute(record, config, *args)


def record_throttle(function: str, *, throttle: bool, **_: Any) -> None:
    if throttle:
        record_metric("Throttles", function)


def record_metric(name: str, function: str) -> None:
    cloudwatch.record_metric("AWS/Lambda", name, 1, "Count", {"FunctionName": function})


def collect_visible_messages(queue: dict[str, Any], limit: int, timeout: int) -> Any:
    """Read at most `limit` messages from a standard queue; reading a long queue in full takes half of the CPU time."""
    if queue["is_fifo"]:
        return collect_messages(queue, limit, timeout)
    visible_messages = (message for message in queue["messages"] if message.get("visible_at", 0.0) <= time.time())
    return collect_messages({**queue, "messages": list(islice(visible_messages, limit))}, limit, timeout)


def expire_messages_once_per_second(queue: dict[str, Any]) -> None:
    arn, now = queue["attributes"]["QueueArn"], time.monotonic()
    if now >= last_expiry_times.get(arn, 0.0) + 1.0:
        last_expiry_times[arn] = now
        expire_messages(queue)


def apply_corrections() -> None:
    sqs._collect_msgs, sqs._expire_retained = collect_visible_messages, expire_messages_once_per_second
    dynamodb._eval_set_value = copy_evaluated_value
    urllib.request.install_opener(urllib.request.build_opener(LoopbackHandler))
    eventbridge._api_dest_opener.add_handler(LoopbackHandler())
    eventbridge._create_connection = lambda request: save_connection_with_key(create_connection, request)
    eventbridge._update_connection = lambda request: save_connection_with_key(update_connection, request)
    s3._fire_s3_event, eventbridge._dispatch_event = fire_event_with_version, dispatch_event_with_version
    sns._create_platform_endpoint, lambda_svc._create_esm = create_endpoint_with_aws_arn, create_unique_mapping
    lambda_svc.invoke_async_with_retry, lambda_svc._reserved_concurrency = invoke_with_qualifier, function_concurrency
    lambda_svc._execute_function_dispatch, lambda_svc._emit_lambda_metrics = execute_and_count, record_throttle
    eventbridge._dispatch_to_lambda = invoke_async
