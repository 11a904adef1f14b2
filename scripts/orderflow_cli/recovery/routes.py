"""Finds where to redrive a dead-letter message: to the target that failed, and to no other."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud, resource_name
from orderflow_cli.observe.dead_letters.messages import REDRIVE_COUNT, Message, is_envelope, is_invocation
from orderflow_cli.recovery import rule_targets


class NotRedrivableError(UserError):
    """The message cannot be redriven safely and is kept. The error says why and what to do."""


@dataclass(frozen=True)
class Route:
    """A route to a target: `send` delivers once and raises an error if that fails; `to` is the target's name."""

    to: str
    send: Callable[[], None]


def route(cloud: Cloud, message: Message) -> Route:
    """Return the route of `message` to its target. Raises NotRedrivableError if there is none."""
    finders = {
        "queue": _to_queue,
        "subscription": _to_subscription,
        "function": _to_function,
        "schedule": _to_scheduled_function,
        "bucket": _to_stream_consumer,
        "rule": _to_rule_target,
        "bus": _to_bus,
    }
    found = finders.get(message.source.kind)
    if found is None:
        raise NotRedrivableError(
            "no rule matches this event type: correct the producer, or add a rule and "
            "replay the period to it (`orderflow replay --rule`)"
        )
    return found(cloud, message)


def send_to_queue(cloud: Cloud, name: str, body: str, message: Message, *, keep_attributes: bool) -> None:
    """Send with the redrive count in an attribute, which SQS keeps when it moves the message to a dead-letter queue."""
    client = cloud.client("sqs")
    attributes = {
        key: {part: value for part, value in attribute.items() if part in ("DataType", "StringValue", "BinaryValue")}
        for key, attribute in (message.attributes.items() if keep_attributes else ())
    }
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    count = {"DataType": "Number", "StringValue": str(message.redrives + 1)}
    client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes={**attributes, REDRIVE_COUNT: count})


def _to_queue(cloud: Cloud, message: Message) -> Route:
    name = message.source.to
    return Route(f"queue {name}", lambda: send_to_queue(cloud, name, message.body, message, keep_attributes=True))


def _to_subscription(cloud: Cloud, message: Message) -> Route:
    client = cloud.client("sns")
    found = client.get_subscription_attributes(SubscriptionArn=message.source.to)["Attributes"]
    protocol, endpoint = found["Protocol"], found["Endpoint"]
    name = resource_name(endpoint)
    if protocol == "sqs":
        # The dead-letter queue contains what SNS would have delivered: the raw message, or its envelope.
        return Route(f"queue {name}", lambda: send_to_queue(cloud, name, message.body, message, keep_attributes=True))
    if protocol == "lambda":
        event = rule_targets.notification(message, message.source.to)
        if event is None:
            raise NotRedrivableError("this is not an SNS notification, so the function could not read it")
        return Route(f"function {name}", lambda: rule_targets.invoke_async(cloud, endpoint, event))
    raise NotRedrivableError(
        f"only SNS can deliver to a subscription of protocol {protocol}, and publishing again would reach every "
        "subscriber: send the receiver what it missed (`orderflow redrive inspect`), then discard the message"
    )


def _to_function(cloud: Cloud, message: Message) -> Route:
    body = message.json
    function = message.source.to
    if is_envelope(body):
        origin = str(body["origin"])
        if origin.split(":")[2:3] == ["sqs"]:
            queue = origin.rpartition(":")[2]
            payload = str(body["payload"])
            return Route(f"queue {queue}", lambda: send_to_queue(cloud, queue, payload, message, keep_attributes=False))
        return _to_invocation(cloud, function, _parse(body["payload"]), message)
    if is_invocation(body) and "requestPayload" in body:
        return _to_invocation(cloud, function, body["requestPayload"], message)
    raise NotRedrivableError("it is neither a quarantine envelope nor a failure record of Lambda")


def _to_scheduled_function(cloud: Cloud, message: Message) -> Route:
    if not message.source.to:
        raise NotRedrivableError("its schedule invokes no function, and will run again anyway")
    return _to_invocation(cloud, message.source.to, _parse(message.body), message)


def _to_invocation(cloud: Cloud, function: str, payload: Any, message: Message) -> Route:
    if not isinstance(payload, dict):
        raise NotRedrivableError("its payload is not a JSON object, so the function could not be invoked with it")
    with_count = {**payload, REDRIVE_COUNT: message.redrives + 1}
    return Route(f"function {resource_name(function)}", lambda: rule_targets.invoke_async(cloud, function, with_count))


def _to_stream_consumer(cloud: Cloud, message: Message) -> Route:
    body = message.json
    payload = _parse(body.get("payload")) if isinstance(body, dict) else None
    listed = payload.get("Records") if isinstance(payload, dict) else None
    records: Any = [payload] if is_envelope(body) else listed
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise NotRedrivableError("it has no stream records to invoke the function with")
    # Count in the record, because the relay's quarantine keeps the record.
    with_count = [{**record, REDRIVE_COUNT: message.redrives + 1} for record in records]
    function = message.source.to
    return Route(f"function {resource_name(function)}", lambda: rule_targets.send_records(cloud, function, with_count))


def _to_rule_target(cloud: Cloud, message: Message) -> Route:
    target = rule_targets.failed_target(cloud, message)
    name = target["Arn"].rpartition(":")[2]
    service = target["Arn"].split(":")[2]
    if ":api-destination/" in target["Arn"]:
        source = message.source.redrive_source
        if source is None:
            raise NotRedrivableError("its rule has no redrive source: apply the environment")
        entry = rule_targets.put_events_entry(message, source=source, bus=rule_targets.bus_of(message.source.to))
        label = f"API destination of {message.source.owner}"
        return Route(label, lambda: rule_targets.put_event(cloud, entry))
    if ":event-bus/" in target["Arn"]:
        return _to_next_bus(cloud, message, target["Arn"])
    text = rule_targets.target_input(message, target)
    if service == "sqs":
        return Route(f"queue {name}", lambda: send_to_queue(cloud, name, text, message, keep_attributes=False))
    if service == "lambda":
        return _to_invocation(cloud, target["Arn"], _parse(text), message)
    if service == "firehose":
        stream = target["Arn"].rpartition("/")[2]
        record = {"Data": text.encode()}
        put = cloud.client("firehose").put_record
        return Route(f"delivery stream {stream}", lambda: put(DeliveryStreamName=stream, Record=record))
    raise NotRedrivableError(f"a rule's target {target['Arn']} cannot be reached separately by this command")


def _to_next_bus(cloud: Cloud, message: Message, bus: str) -> Route:
    """Return the route to the bus that a rule targets. PutEvents rejects sources that begin with `aws.`."""
    source = str(rule_targets.event_of(message).get("source", ""))
    if source.startswith("aws."):
        raise NotRedrivableError(
            f"only {source} can send its events: trigger the event again (for S3, copy the object onto itself), then "
            "`orderflow redrive discard` this message"
        )
    entry = rule_targets.put_events_entry(message, source=None, bus=bus)
    return Route(f"bus {bus.rpartition('/')[2]}", lambda: rule_targets.put_event(cloud, entry))


def _to_bus(cloud: Cloud, message: Message) -> Route:
    """Return the route to the bus, which failed itself (its key was unusable), so no rule has received the event."""
    entry = rule_targets.put_events_entry(message, source=None, bus=message.source.to)
    return Route(f"bus {message.source.to}", lambda: rule_targets.put_event(cloud, entry))


def _parse(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
