"""The page's actions on the local cloud: place orders, redrive dead-letter messages, replay events, toggle faults."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from orderflow_cli import UserError
from orderflow_cli.demo import storefront, traffic
from orderflow_cli.demo.storefront import Response
from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.simulators import PAYMENT_PROVIDER, SIMULATORS, Simulator
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.reading import MessageFilter
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.observe.deliveries import Receiver, find_receivers
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.flow import EventSourceMapping, Flow
from orderflow_cli.recovery import receipts
from orderflow_cli.recovery.redrive import Options, redrive
from orderflow_cli.recovery.routes import find_route

PAYMENT_SCENARIOS: Final = {
    "capture": "captured",
    "decline": "declined",
    "silent": "never paid",
    "double": "charged twice",
    "twice": "captured, with the capture reported twice",
    "timeout": "captured, but the response arrives after the timeout",
}
"""Payment outcomes that the page offers, by scenario of the simulator."""


class RepeatedCallError(UserError):
    """Sending the event again would repeat a call to a partner."""


def place_order(local: LocalCloud, body: str, customer_id: str, scenario: str) -> Response:
    """Set the payment outcome, then send the body unchanged to the storefront, with a new Idempotency-Key."""
    from contracts import ids

    key = f"studio-{uuid.uuid4()}"
    if scenario != "capture":
        if scenario not in PAYMENT_SCENARIOS:
            raise UserError(f"payment must be one of {', '.join(PAYMENT_SCENARIOS)}; got {scenario}.")
        order_id = ids.order_id("online", customer_id, key)
        local.simulators.call(PAYMENT_PROVIDER, "PUT", "/scenarios", {order_id: scenario})
    url = local.http_api_url(local.outputs()["storefront_api_id"])
    headers = {"Content-Type": traffic.JSON_TYPE, "Idempotency-Key": key, "X-Customer-Id": customer_id}
    return storefront.request("POST", f"{url}/orders", headers, body.encode())


def redrive_message(cloud: Cloud, source_name: str, message_id: str) -> str:
    """Redrive or drop one dead-letter message and return the result. Raises UserError with the reason if that fails."""
    source = sources.find(sources.read(cloud), source_name)
    file = receipts.default_file(cloud.environment, "redrive")
    with receipts.open_receipt(cloud.environment, file) as receipt:
        outcome = redrive(cloud, source, Options(MessageFilter(id=message_id), rate=0), receipt)
    for reason in (*outcome.kept_counts, *outcome.failures):
        raise UserError(f"The message was not redriven: {reason}.")
    if outcome.dropped_count:
        return f"Dropped from {source.name}, because the payment deadline has passed. Receipt: {file.name}."
    if not outcome.sent_count + outcome.finished_count:
        raise UserError(f"The message is no longer in {source.name}.")
    return f"Redriven from {source.name}. Receipt: {file.name}."


def replay_event(cloud: Cloud, flow: Flow, event: Event, receiver_name: str, *, force: bool) -> str:
    """Send an event again to one of its receivers. Raises RepeatedCallError for a partner, unless `force` is set."""
    receivers = [one for one in find_receivers(flow, event) if receiver_name in (one.rule, one.name)]
    if not receivers:
        raise UserError(f"The event's {event.carrier} has no receiver {receiver_name}.")
    receiver = receivers[0]
    if event.carrier == "bus" and receiver.partner and not force:
        raise RepeatedCallError(f"{receiver.name} would call a partner ({receiver.partner}) again.")
    source = _dead_letter_source(cloud, event, receiver)
    if event.carrier == "bus" and receiver.partner and source.redrive_event_source is None:
        raise UserError(f"{receiver.name} has no redrive rule, so a single event cannot be replayed to it.")
    message = Message(id=str(uuid.uuid4()), source=source, body=event.text, handle="")
    route = find_route(cloud, message)
    file = receipts.default_file(cloud.environment, "replay")
    with receipts.open_receipt(cloud.environment, file) as receipt:
        route.send()
        receipt.write(message, "replayed", target=route.target_name, reason=f"{event.type} {event.id}")
    return f"{event.type} was sent again to {route.target_name} only. Receipt: {file.name}."


def _dead_letter_source(cloud: Cloud, event: Event, receiver: Receiver) -> Source:
    """Return a dead-letter source without a container, whose redrive target is this receiver."""
    if event.carrier == "topic":
        return Source("subscription", receiver.name, "", receiver.arn)
    rule_sources = [one for one in sources.read(cloud) if one.kind == "rule" and one.target == receiver.arn]
    return replace(rule_sources[0], container="") if rule_sources else Source("rule", receiver.rule, "", receiver.arn)


def example_body(sku: str, quantity: int = 1, channel: str = "web") -> str:
    """Return an example order body for the form."""
    location = {"postal_code": "20095", "city": "Hamburg", "country": "DE"}
    address = {"name": "A. Customer", "line1": "Demo Street 1", **location}
    body = {"channel": channel, "lines": [{"sku": sku, "quantity": quantity}], "shipping_address": address}
    return json.dumps(body, indent=2)


SWITCH_KINDS: Final = {"mapping": "event source mapping", "permission": "table access", "partner": "connection"}
_DENY_POLICY: Final = "studio-deny-dynamodb"
_SID_PREFIX: Final = "MaxReceiveCount"
_FAULT_MAX_RECEIVES: Final = 2
"""The maxReceiveCount during a fault, instead of 100, so that messages soon reach the dead-letter queue."""


@dataclass(frozen=True)
class Switch:
    """A switch that breaks or repairs one part of the system. `effect` says what happens while the switch is off."""

    kind: str
    part: str
    effect: str
    is_off: bool
    set_enabled: Callable[[bool], None]
    """Called with True to repair the part, and with False to break it."""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.part}"

    @property
    def label(self) -> str:
        return f"{self.part.replace('_', ' ').capitalize()} {SWITCH_KINDS[self.kind]}"


def switches(cloud: Cloud, local: LocalCloud, flow: Flow) -> Iterator[Switch]:
    for one in flow.event_source_mappings:
        yield Switch(
            "mapping",
            one.function,
            "Messages or stream records wait until the event source mapping is enabled again.",
            one.state.startswith("Disabl"),
            lambda on, one=one: _set_mapping_enabled(cloud, one, enabled=on),  # type: ignore[misc]
        )
    for one in flow.event_source_mappings:
        if ":sqs:" in one.source_arn and one.function != "recorder":
            yield Switch(
                "permission",
                one.function,
                f"Every attempt fails; after {_FAULT_MAX_RECEIVES} attempts, a message moves to the dead-letter queue.",
                _is_table_access_denied(cloud, one),
                lambda on, one=one: _set_table_access(cloud, one, allowed=on),  # type: ignore[misc]
            )
    running = local.simulators.process_ids()
    for partner in SIMULATORS:
        yield Switch(
            "partner",
            partner.name,
            "The partner refuses connections. The local cloud does not retry: replay missed events from their traces.",
            running[partner.name] is None,
            lambda on, partner=partner: _set_partner_running(local, partner, running=on),  # type: ignore[misc]
        )


def _set_mapping_enabled(cloud: Cloud, mapping: EventSourceMapping, *, enabled: bool) -> None:
    cloud.client("lambda").update_event_source_mapping(UUID=mapping.uuid, Enabled=enabled)


def _role_name(cloud: Cloud, mapping: EventSourceMapping) -> str:
    function_name = f"{cloud.prefix}-{mapping.function}"
    role = cloud.client("lambda").get_function_configuration(FunctionName=function_name)["Role"]
    return str(role).rpartition("/")[2]


def _is_table_access_denied(cloud: Cloud, mapping: EventSourceMapping) -> bool:
    return _DENY_POLICY in cloud.client("iam").list_role_policies(RoleName=_role_name(cloud, mapping))["PolicyNames"]


def _set_table_access(cloud: Cloud, mapping: EventSourceMapping, *, allowed: bool) -> None:
    iam, sqs = cloud.client("iam"), cloud.client("sqs")
    role, url = _role_name(cloud, mapping), sqs.get_queue_url(QueueName=mapping.source)["QueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    redrive_policy: dict[str, Any] = json.loads(policy)
    if allowed:
        policy_document = iam.get_role_policy(RoleName=role, PolicyName=_DENY_POLICY)["PolicyDocument"]
        document: dict[str, Any] = json.loads(policy_document) if isinstance(policy_document, str) else policy_document
        maximum = int(document["Statement"][0]["Sid"].removeprefix(_SID_PREFIX))
        iam.delete_role_policy(RoleName=role, PolicyName=_DENY_POLICY)
    else:
        maximum, sid = _FAULT_MAX_RECEIVES, f"{_SID_PREFIX}{redrive_policy['maxReceiveCount']}"  # the value to restore
        statement = {"Sid": sid, "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_role_policy(RoleName=role, PolicyName=_DENY_POLICY, PolicyDocument=json.dumps(document))
    new_redrive_policy = json.dumps(redrive_policy | {"maxReceiveCount": maximum}, separators=(",", ":"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": new_redrive_policy})


def _set_partner_running(local: LocalCloud, partner: Simulator, *, running: bool) -> None:
    if running:
        local.simulators.start()
        local.add_initial_data()
    else:
        local.simulators.stop_simulator(partner)
