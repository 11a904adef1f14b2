"""Makes MiniStack evaluate policies as AWS does, so that prod's policies are enforced unchanged."""

import json
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-not-found]

original_resolve_condition_key, original_extract_iam_action, original_request_tag_context, original_enforce = (
    iam_evaluator._resolve_condition_key,
    iam_actions.extract_iam_action,
    iam_actions.request_tag_context,
    iam_evaluator.enforce,
)
ACCOUNT_ID = "000000000000"
sent_entries: ContextVar[list[tuple[str, dict[str, Any]]]] = ContextVar("sent_entries")

requested_resource: ContextVar[str] = ContextVar("requested_resource")
"""The resource part of the ARN, for requests from which MiniStack derives a wrong ARN."""


def resolve_condition_key(key: str, context: Any) -> Any:
    """Resolve aws:SecureTransport to true, as on AWS; local calls do not leave this machine."""
    return "true" if key.lower() == "aws:securetransport" else original_resolve_condition_key(key, context)


def extract_action(*request: Any) -> str | None:
    """Return the action to authorize, corrected for three kinds of calls; PublishBatch, for example, needs sns:Publish.
    https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""
    action: str | None = original_extract_iam_action(*request)
    if action is None and request[0] == "lambda" and request[1] == "PUT" and "event-source-mappings" in request[2]:
        return "lambda:UpdateEventSourceMapping"
    if action == "lambda:ListAliases" and not request[2].endswith("/aliases"):
        return "lambda:GetAlias"
    return "sns:Publish" if action == "sns:PublishBatch" else action


def store_request(service: str, iam_action: str, body: bytes, params: Any) -> Any:
    """Store the request's resource and, for PutEvents, the entries with their buses; `enforce` reads both."""
    entries = json.loads(body or b"{}").get("Entries", []) if iam_action == "events:PutEvents" else []
    requested_resource.set(_resource(iam_action, body))
    sent_entries.set([(entry.get("EventBusName") or "default", entry) for entry in entries])
    return original_request_tag_context(service, iam_action, body, params)


def _resource(iam_action: str, body: bytes) -> str:
    if iam_action == "cloudwatch:DescribeAlarms":
        return "alarm:*"
    if iam_action not in {"ssm:GetParametersByPath", "events:ListTargetsByRule", "events:DescribeArchive"}:
        return ""
    request = json.loads(body or b"{}")
    if iam_action == "ssm:GetParametersByPath":
        return f"parameter{request.get('Path', '')}"
    if iam_action == "events:DescribeArchive":
        return f"archive/{request.get('ArchiveName', '')}"
    bus = str(request.get("EventBusName") or "default").rpartition("/")[2]
    return f"rule/{request.get('Rule', '')}" if bus == "default" else f"rule/{bus}/{request.get('Rule', '')}"


def enforce(
    key: str, action: str, service: str, region: str, resource_arn: str = "*", *, service_context: Any = None
) -> Any:
    """Evaluate PutEvents for each entry's source and detail type; correct resource ARNs that MiniStack derives wrongly.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"""
    if resource := requested_resource.get(""):
        resource_arn = f"arn:aws:{action.partition(':')[0]}:{region}:{ACCOUNT_ID}:{resource}"
    names = {resource_arn, resource_arn.rpartition("/")[2]}
    entries_with_buses = sent_entries.get([]) if action == "events:PutEvents" else []
    entries = [entry for bus, entry in entries_with_buses if bus in names]
    contexts = [{"events:source": one.get("Source"), "events:detail-type": one.get("DetailType")} for one in entries]
    for context in contexts or [{}]:
        keys = {**(service_context or {}), **context}
        if denial := original_enforce(key, action, service, region, resource_arn, keys):
            return denial
    return None


def apply_corrections() -> None:
    iam_evaluator._resolve_condition_key, iam_evaluator.enforce = resolve_condition_key, enforce
    iam_actions.extract_iam_action, iam_actions.request_tag_context = extract_action, store_request
