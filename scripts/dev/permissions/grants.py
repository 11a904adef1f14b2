"""Grants and calls: one action of one role on one resource each, normalized across environments.

Names lack the project and environment prefix, ARNs lack the account and Region, and generated parts (key ids, stream
labels, suffixes of secrets) are `*`, so a policy of the local cloud can be compared with one planned for prod."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PUT_EVENTS = "events:PutEvents"
_NAME_PREFIX = re.compile(r"\borderflow-(?:local|dev|staging|prod)-")
_ARN = re.compile(r"^arn:aws[a-z-]*:([a-z0-9-]*):([a-z0-9-]*):(\d*):(.*)$")
_ACCOUNT = re.compile(r"[-/]?\b\d{12}\b")
_REGION = re.compile(r"\b[a-z]{2}-[a-z]+-\d\b")
_GENERATED_PARTS = (
    (re.compile(r"(?<=^key/).*"), "*"),
    (re.compile(r"(?<=/stream/)[0-9-]+T.*"), "*"),
    (re.compile(r"(?<=^secret:)(.*)-\w{6}$"), r"\1-*"),
    (re.compile(r"(^api-destination/[^/]+)(/.*)?$"), r"\1/*"),
)


@dataclass(frozen=True, order=True)
class Grant:
    """A permission of a role on a resource; `condition` has the form `key=value,value; key=value`."""

    role: str
    action: str
    resource: str
    condition: str = ""

    def __str__(self) -> str:
        return f"{self.role}: {self.action} on {self.resource}{f' if {self.condition}' if self.condition else ''}"


def normalize_name(name: str) -> str:
    """Return an ARN, name or id without the parts that differ between environments."""
    if match := _ARN.match(name):
        name = match[4]
    name = _ACCOUNT.sub("", _NAME_PREFIX.sub("", name))
    for pattern, replacement in _GENERATED_PARTS:
        name = pattern.sub(replacement, name)
    return _REGION.sub("<region>", name)


def grants_in_policy(role: str, policy: str | Mapping[str, Any]) -> Iterator[Grant]:
    """Yield the grants of an identity policy's Allow statements, one for each detail type that a condition lists."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    for statement in document["Statement"]:
        if statement["Effect"] != "Allow":
            continue
        for action in _as_list(statement["Action"]):
            for condition in _conditions(action, statement.get("Condition", {})):
                for resource in _as_list(statement["Resource"]):
                    yield Grant(role, action, normalize_name(resource), condition)


def _conditions(action: str, operators: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    pairs = [pair for keys in operators.values() for pair in keys.items()]
    keys = {key: sorted(map(normalize_name, _as_list(values))) for key, values in pairs}
    detail_types = keys.get("events:detail-type", []) if action == PUT_EVENTS else []
    for condition in [{**keys, "events:detail-type": [one]} for one in detail_types] or [keys]:
        yield "; ".join(f"{key}={','.join(values)}" for key, values in sorted(condition.items()))


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


PAGE_SIZE = 50
# The action that authorizes a call, if its name differs.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_DIFFERENTLY_NAMED_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "sns:PublishBatch": "sns:Publish",
}
_TRANSACTION_ACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


@dataclass(frozen=True, order=True)
class Call:
    """One use of a permission; `source` and `detail_type` are set for an event sent to a bus."""

    role: str
    action: str
    resource: str
    source: str = ""
    detail_type: str = ""


def derive_access_key(function_arn: str, role_arn: str) -> str:
    """Return the access key that MiniStack derives from the ARNs of a function and its role."""
    return f"ASIA{hashlib.sha256(f'{function_arn}:{role_arn}'.encode()).hexdigest()[:16].upper()}"


def recorded_calls(cloudtrail: Any, role: str, key: str) -> set[Call]:
    """Return the distinct calls that CloudTrail recorded for the access key."""
    return {call for event in _events(cloudtrail, key) for call in calls_in_event(role, event)}


def _events(cloudtrail: Any, key: str) -> Iterator[dict[str, Any]]:
    """Yield the access key's events, newest first; each request's EndTime is the time of the oldest event so far."""
    seen_ids: set[str] = set()
    end_time: float | None = None

    def set_end_time(params: dict[str, Any], **_: Any) -> None:
        # botocore would truncate the time to seconds, and a second may have more events than a response.
        if end_time is not None:
            params["body"] = json.dumps({**json.loads(params["body"]), "EndTime": end_time}).encode()

    cloudtrail.meta.events.register("before-call.cloudtrail.LookupEvents", set_end_time)
    try:
        while True:
            attributes = [{"AttributeKey": "AccessKeyId", "AttributeValue": key}]
            events = cloudtrail.lookup_events(LookupAttributes=attributes, MaxResults=PAGE_SIZE)["Events"]
            new_events = [event for event in events if event["EventId"] not in seen_ids]
            if not new_events:
                return
            seen_ids.update(event["EventId"] for event in new_events)
            yield from new_events
            end_time = min(event["EventTime"].timestamp() for event in new_events) + 1e-6
    finally:
        cloudtrail.meta.events.unregister("before-call.cloudtrail.LookupEvents", set_end_time)


def calls_in_event(role: str, event: Mapping[str, Any]) -> Iterator[Call]:
    """Yield the permissions that one recorded call used."""
    service = event["EventSource"].partition(".")[0]
    parameters = json.loads(event["CloudTrailEvent"])["requestParameters"]
    # Services with form-encoded requests name the action in the form; their record names the HTTP method instead.
    name = f"{service}:{parameters.get('Action', event['EventName'])}"
    if name == "dynamodb:TransactWriteItems":
        for item in parameters["TransactItems"]:
            for kind, request in item.items():
                yield Call(role, _TRANSACTION_ACTIONS[kind], f"table/{normalize_name(request['TableName'])}")
    elif name == "dynamodb:BatchGetItem":
        yield from (Call(role, name, f"table/{normalize_name(table)}") for table in parameters["RequestItems"])
    elif name == PUT_EVENTS:
        for entry in parameters["Entries"]:
            bus = f"event-bus/{normalize_name(entry['EventBusName'])}"
            yield Call(role, name, bus, entry["Source"], entry["DetailType"])
    else:
        yield Call(role, _DIFFERENTLY_NAMED_ACTIONS.get(name, name), _resource(service, parameters, event["Resources"]))


def _resource(service: str, parameters: Mapping[str, Any], resources: list[Mapping[str, str]]) -> str:
    if service == "dynamodb":
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        return f"table/{normalize_name(parameters['TableName'])}{index}"
    if service == "s3":
        names = [one["ResourceName"] for one in resources]
        return "/".join([*map(normalize_name, names[:1]), *names[1:]])
    if service == "sqs":
        return normalize_name(parameters["QueueUrl"].rpartition("/")[2])
    if service == "sns":
        return normalize_name(parameters["TopicArn"])
    return f"secret:{normalize_name(parameters['SecretId'])}-*" if service == "secretsmanager" else "*"
