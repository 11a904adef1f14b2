"""Redrives a dead-letter message to a single target, such as the failed target of an EventBridge rule.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""

import json
from datetime import UTC, datetime
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.messages import REDRIVE_COUNT_FIELD, REDRIVE_COUNT_RESOURCE, Message


def bus_name(rule_arn: str) -> str:
    """Return the bus in a rule's ARN: `rule/<bus>/<name>`, or `rule/<name>` on the default bus."""
    return rule_arn.rpartition(":rule/")[2].rpartition("/")[0] or "default"


def failed_target(cloud: Cloud, message: Message) -> dict[str, Any]:
    """Return the rule target that did not receive the message, in the form of `ListTargetsByRule`."""
    rule_arn = message.source.target
    name = rule_arn.rpartition("/")[2]
    response = cloud.client("events").list_targets_by_rule(Rule=name, EventBusName=bus_name(rule_arn))
    targets: list[dict[str, Any]] = response["Targets"]
    target_arn = message.attribute("TARGET_ARN")
    matches = [target for target in targets if not target_arn or target["Arn"] == target_arn]
    if len(matches) != 1:
        detail = target_arn or "the message has no TARGET_ARN attribute"
        raise UserError(f"the message must match exactly one target of the rule {name}; got {len(matches)} ({detail})")
    return matches[0]


def parse_event(message: Message) -> dict[str, Any]:
    """Return the event in the message. Raises UserError if there is none."""
    event = message.json
    if not isinstance(event, dict) or not isinstance(event.get("detail"), dict) or "detail-type" not in event:
        raise UserError("the message is not an EventBridge event")
    return event


def target_input(message: Message, target: dict[str, Any]) -> str:
    """Return the input of the target: the event, the part selected by `InputPath`, or the constant `Input`."""
    event = parse_event(message)
    if "InputTransformer" in target:
        raise UserError("the rule uses an input transformer, which only EventBridge can apply")
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" not in target:
        return message.body
    value: Any = event
    for part in filter(None, str(target["InputPath"]).removeprefix("$").split(".")):
        if not isinstance(value, dict) or part not in value:
            raise UserError(f"the event has no value at {target['InputPath']}, the InputPath of its target")
        value = value[part]
    return json.dumps(value)


def build_put_events_entry(message: Message, *, source: str | None, bus: str) -> dict[str, Any]:
    """Return the event as a `PutEvents` entry with the redrive count in its resources and, if given, a new `source`."""
    event = parse_event(message)
    resources = [text for text in event.get("resources") or [] if not REDRIVE_COUNT_RESOURCE.fullmatch(str(text))]
    fields = {"Source": source or event["source"], "DetailType": event["detail-type"], "EventBusName": bus}
    redrive_count_resource = f"redrive/{message.redrive_count + 1}"
    entry = {**fields, "Detail": json.dumps(event["detail"]), "Resources": [*resources, redrive_count_resource]}
    return {**entry, "Time": datetime.fromisoformat(event["time"]).astimezone(UTC)} if event.get("time") else entry


def put_event(cloud: Cloud, entry: dict[str, Any]) -> None:
    """Put one event. Raises UserError if EventBridge rejects the entry, which it reports in a successful response."""
    response = cloud.client("events").put_events(Entries=[entry])
    if response.get("FailedEntryCount"):
        result = response["Entries"][0]
        raise UserError(f"EventBridge rejected the event: {result.get('ErrorCode')} {result.get('ErrorMessage')}")


MAX_PAYLOAD_BYTES = 5_000_000
"""Maximum payload of a synchronous invocation, below Lambda's quota of 6 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def invoke_async(cloud: Cloud, function: str, event: dict[str, Any]) -> None:
    """Invoke a function asynchronously, so that Lambda retries and sends failures to the on-failure destination."""
    cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())


def send_records(cloud: Cloud, function: str, records: list[dict[str, Any]]) -> None:
    """Invoke a function synchronously with stream records, in order. Raises UserError if it fails to process one."""
    for chunk in _chunks(records):
        response = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": chunk}).encode())
        result = json.loads(response["Payload"].read() or b"null")
        if response.get("FunctionError"):
            kind = result.get("errorType", "an error") if isinstance(result, dict) else "an error"
            raise UserError(f"{function} raised {kind}; see its log")
        failures = result.get("batchItemFailures") if isinstance(result, dict) else None
        if failures:
            raise UserError(f"{function} failed to process the records from {failures[0].get('itemIdentifier')} on")


def _chunks(records: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    chunks: list[list[dict[str, Any]]] = [[]]
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if chunks[-1] and size + length > MAX_PAYLOAD_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(record)
        size += length
    return chunks


def notification_event(message: Message, subscription_arn: str) -> dict[str, Any] | None:
    """Rebuild, from a stored notification, the event that SNS passes to a function; return None for other messages.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    notification = message.json
    if not isinstance(notification, dict) or notification.get("Type") != "Notification":
        return None
    renamed_fields = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    sns = {renamed_fields.get(name, name): value for name, value in notification.items()}
    fields = {"EventVersion": "1.0", "EventSubscriptionArn": subscription_arn, "EventSource": "aws:sns"}
    record = {**fields, "Sns": {"Subject": None, "MessageAttributes": {}, **sns}}
    return {"Records": [record], REDRIVE_COUNT_FIELD: message.redrive_count + 1}
