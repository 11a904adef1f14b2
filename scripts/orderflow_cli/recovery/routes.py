"""Finds the target to redrive a dead-letter message to: the one that failed, and no other."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud, resource_name
from orderflow_cli.observe.dead_letters import messages
from orderflow_cli.observe.dead_letters.messages import REDRIVE_COUNT_FIELD, Message
from orderflow_cli.recovery import rule_targets


class NotRedrivableError(UserError):
    """Raised for a message that cannot be redriven safely and is therefore kept; the error says why."""


@dataclass(frozen=True)
class Route:
    """A route to a target: `send` delivers the message once and raises an error if that fails."""

    target_name: str
    send: Callable[[], None]


def find_route(cloud: Cloud, message: Message) -> Route:
    """Return the route of `message` to its target. Raises UserError if it cannot be redriven."""
    finders = {
        "queue": _find_queue_route,
        "subscription": _find_subscription_route,
        "function": _find_function_route,
        "schedule": _find_scheduled_function_route,
        "bucket": _find_stream_consumer_route,
        "rule": _find_rule_target_route,
        "bus": _find_bus_route,
    }
    finder = finders.get(message.source.kind)
    if finder is None:
        raise NotRedrivableError(
            "no rule matches this event's source and type: correct the producer, or add a rule and replay "
            "the events of the affected period to it (`orderflow replay --rule`)"
        )
    return finder(cloud, message)


def send_to_queue(cloud: Cloud, name: str, body: str, message: Message, *, keep_attributes: bool) -> None:
    """Send a message with its redrive count in an attribute, which SQS keeps when moving it to a dead-letter queue."""
    client = cloud.client("sqs")
    attributes = {
        key: {part: value for part, value in attribute.items() if part in ("DataType", "StringValue", "BinaryValue")}
        for key, attribute in (message.attributes.items() if keep_attributes else ())
    }
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    attributes[REDRIVE_COUNT_FIELD] = {"DataType": "Number", "StringValue": str(message.redrive_count + 1)}
    client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)


def _find_queue_route(cloud: Cloud, message: Message) -> Route:
    name = message.source.target
    return Route(f"queue {name}", lambda: send_to_queue(cloud, name, message.body, message, keep_attributes=True))


def _find_subscription_route(cloud: Cloud, message: Message) -> Route:
    client = cloud.client("sns")
    attributes = client.get_subscription_attributes(SubscriptionArn=message.source.target)["Attributes"]
    protocol, endpoint = attributes["Protocol"], attributes["Endpoint"]
    name = resource_name(endpoint)
    if protocol == "sqs":
        # The dead-letter queue contains what SNS would have delivered: the raw message, or its envelope.
        return Route(f"queue {name}", lambda: send_to_queue(cloud, name, message.body, message, keep_attributes=True))
    if protocol == "lambda":
        event = rule_targets.notification_event(message, message.source.target)
        if event is None:
            raise NotRedrivableError("the message is not an SNS notification, so the function could not read it")
        return Route(f"function {name}", lambda: rule_targets.invoke_async(cloud, endpoint, event))
    raise NotRedrivableError(
        f"a redrive cannot send to a subscription with protocol {protocol}, and publishing again would reach every "
        "subscriber: send the message (shown by `orderflow redrive inspect --bodies`) to its receiver, then discard it"
    )


def _find_function_route(cloud: Cloud, message: Message) -> Route:
    body = message.json
    function = message.source.target
    if messages.is_quarantined(body):
        origin = str(body["origin"])
        if origin.split(":")[2:3] == ["sqs"]:
            queue = origin.rpartition(":")[2]
            payload = str(body["payload"])
            return Route(f"queue {queue}", lambda: send_to_queue(cloud, queue, payload, message, keep_attributes=False))
        return _find_invocation_route(cloud, function, _parse_json(body["payload"]), message)
    if messages.is_invocation_record(body) and "requestPayload" in body:
        return _find_invocation_route(cloud, function, body["requestPayload"], message)
    raise NotRedrivableError("the message is neither a quarantine envelope nor a Lambda failure record")


def _find_scheduled_function_route(cloud: Cloud, message: Message) -> Route:
    if not message.source.target:
        raise NotRedrivableError("the schedule invokes no function, and will run again anyway")
    return _find_invocation_route(cloud, message.source.target, _parse_json(message.body), message)


def _find_invocation_route(cloud: Cloud, function: str, payload: Any, message: Message) -> Route:
    if not isinstance(payload, dict):
        raise NotRedrivableError("the payload is not a JSON object, so the function cannot be invoked with it")
    event = {**payload, REDRIVE_COUNT_FIELD: message.redrive_count + 1}
    return Route(f"function {resource_name(function)}", lambda: rule_targets.invoke_async(cloud, function, event))


def _find_stream_consumer_route(cloud: Cloud, message: Message) -> Route:
    body = message.json
    payload = _parse_json(body.get("payload")) if isinstance(body, dict) else None
    batch = payload.get("Records") if isinstance(payload, dict) else None
    records: Any = [payload] if messages.is_quarantined(body) else batch
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise NotRedrivableError("the message contains no stream records, so the function cannot be invoked")
    # The count is in the record, because the relay's quarantine keeps the record.
    entries = [{**record, REDRIVE_COUNT_FIELD: message.redrive_count + 1} for record in records]
    function = message.source.target
    return Route(f"function {resource_name(function)}", lambda: rule_targets.send_records(cloud, function, entries))


def _find_rule_target_route(cloud: Cloud, message: Message) -> Route:
    target = rule_targets.failed_target(cloud, message)
    name = target["Arn"].rpartition(":")[2]
    service = target["Arn"].split(":")[2]
    if ":api-destination/" in target["Arn"]:
        source = message.source.redrive_event_source
        if source is None:
            raise NotRedrivableError("the API destination has no redrive rule: apply the Terraform configuration")
        entry = rule_targets.build_put_events_entry(
            message, source=source, bus=rule_targets.bus_name(message.source.target)
        )
        label = f"API destination of {message.source.owner}"
        return Route(label, lambda: rule_targets.put_event(cloud, entry))
    if ":event-bus/" in target["Arn"]:
        return _find_next_bus_route(cloud, message, target["Arn"])
    text = rule_targets.target_input(message, target)
    if service == "sqs":
        return Route(f"queue {name}", lambda: send_to_queue(cloud, name, text, message, keep_attributes=False))
    if service == "lambda":
        return _find_invocation_route(cloud, target["Arn"], _parse_json(text), message)
    if service == "firehose":
        stream = target["Arn"].rpartition("/")[2]
        record = {"Data": text.encode()}
        put_record = cloud.client("firehose").put_record
        return Route(f"delivery stream {stream}", lambda: put_record(DeliveryStreamName=stream, Record=record))
    raise NotRedrivableError(f"`orderflow redrive` does not support target {target['Arn']}: send the event yourself")


def _find_next_bus_route(cloud: Cloud, message: Message, bus: str) -> Route:
    """Return the route to the bus that a rule targets. PutEvents rejects sources that begin with `aws.`."""
    source = str(rule_targets.parse_event(message).get("source", ""))
    if source.startswith("aws."):
        raise NotRedrivableError(
            f"only {source} can send its events: trigger the event again (for S3, copy the object onto itself with "
            "--metadata-directive REPLACE), then discard this message with `orderflow redrive discard`"
        )
    entry = rule_targets.build_put_events_entry(message, source=None, bus=bus)
    return Route(f"bus {bus.rpartition('/')[2]}", lambda: rule_targets.put_event(cloud, entry))


def _find_bus_route(cloud: Cloud, message: Message) -> Route:
    """Return the route to the bus. The bus itself failed (KMS key unusable), so no rule has received the event."""
    entry = rule_targets.build_put_events_entry(message, source=None, bus=message.source.target)
    return Route(f"bus {message.source.target}", lambda: rule_targets.put_event(cloud, entry))


def _parse_json(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
