"""Every policy is judged as AWS judges it, so that the policies of prod run here unchanged."""

import json
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-not-found]

condition_key, action_of, tag_context, judge = (
    iam_evaluator._resolve_condition_key,
    iam_actions.extract_iam_action,
    iam_actions.request_tag_context,
    iam_evaluator.enforce,
)
ACCOUNT_ID = "000000000000"
sent_entries: ContextVar[list[tuple[str, dict[str, Any]]]] = ContextVar("sent_entries")

asked_path: ContextVar[str] = ContextVar("asked_path")


def resolve(key: str, context: Any) -> Any:
    """AWS is called over TLS; here nothing leaves the machine, and every call counts as if it were."""
    return "true" if key.lower() == "aws:securetransport" else condition_key(key, context)


def action(*request: Any) -> str | None:
    """A batch is allowed by sns:Publish. https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""
    found: str | None = action_of(*request)
    return "sns:Publish" if found == "sns:PublishBatch" else found


def keep_entries(service: str, iam_action: str, body: bytes, params: Any) -> Any:
    """Keep what PutEvents sends, by bus, for the judge below."""
    entries = json.loads(body or b"{}").get("Entries", []) if iam_action == "events:PutEvents" else []
    asked_path.set(json.loads(body or b"{}").get("Path", "") if iam_action == "ssm:GetParametersByPath" else "")
    sent_entries.set([(entry.get("EventBusName") or "default", entry) for entry in entries])
    return tag_context(service, iam_action, body, params)


def enforce(
    key: str, action: str, service: str, region: str, resource_arn: str = "*", *, service_context: Any = None
) -> Any:
    """PutEvents is judged entry by entry, with events:source and events:detail-type, a path of parameters by its name.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
    """
    if path := asked_path.get(""):
        resource_arn = f"arn:aws:ssm:{region}:{ACCOUNT_ID}:parameter{path}"
    names = {resource_arn, resource_arn.rpartition("/")[2]}
    entries = sent_entries.get([]) if action == "events:PutEvents" else []
    contexts = [
        {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        for bus, entry in entries
        if bus in names
    ]
    for context in contexts or [{}]:
        keys = {**(service_context or {}), **context}
        if denied := judge(key, action, service, region, resource_arn, keys):
            return denied
    return None


def correct() -> None:
    iam_evaluator._resolve_condition_key, iam_evaluator.enforce = resolve, enforce
    iam_actions.extract_iam_action, iam_actions.request_tag_context = action, keep_entries
