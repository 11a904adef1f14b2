"""The deployed flow: functions, their event source mappings, rules with their targets, topics with their subscriptions.

The flow is read from the AWS APIs, not from Terraform's state, so it includes rules and subscribers of other teams. The
names of the bus, topics and table come from parameters that Terraform writes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from orderflow_cli.environments import Cloud, resource_name
from orderflow_cli.observe.events import OBSERVER_INFIX


@dataclass(frozen=True)
class Function:
    """A function; `role` is its directory in lambdas/, which is its name without project and environment."""

    role: str
    name: str
    log_group: str


@dataclass(frozen=True)
class EventSourceMapping:
    """An event source mapping and its current state; `function` is the role of the function that it invokes."""

    uuid: str
    function: str
    source_arn: str
    state: str

    @property
    def source(self) -> str:
        """The name of the queue or table."""
        return self.source_arn.partition("/stream/")[0].rpartition(":")[2].removeprefix("table/")


@dataclass(frozen=True)
class Rule:
    """A rule on the bus; `targets` are ARNs by target id."""

    role: str
    name: str
    arn: str
    bus: str
    pattern: Mapping[str, Any]
    enabled: bool
    targets: Mapping[str, str]


@dataclass(frozen=True)
class Subscription:
    """A subscription. `endpoint` is an ARN, URL or address; `scope` is what the filter policy is matched against."""

    topic: str
    arn: str
    protocol: str
    endpoint: str
    policy: Mapping[str, Any] | None = None
    scope: str = "MessageAttributes"

    @property
    def subscriber(self) -> str:
        """The resource name in the endpoint's ARN, or the endpoint if it is not an ARN."""
        return resource_name(self.endpoint) if self.endpoint.startswith("arn:") else self.endpoint


@dataclass(frozen=True)
class Flow:
    bus: str
    table: str
    functions: tuple[Function, ...]
    event_source_mappings: tuple[EventSourceMapping, ...]
    rules: tuple[Rule, ...]
    subscriptions: tuple[Subscription, ...]
    queue_urls: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def log_groups(self) -> dict[str, str]:
        """The log groups by function."""
        return {function.role: function.log_group for function in self.functions}


def read(cloud: Cloud) -> Flow:
    """Read the flow. Raises UserError if the environment has no parameters."""
    bus = cloud.parameter("bus_name")
    topics = [cloud.parameter("topic_arn"), cloud.parameter("notices_topic_arn")]
    deployed_functions = read_functions(cloud)
    mappings = tuple(read_event_source_mappings(cloud, deployed_functions))
    queue_names = sorted({one.source for one in mappings if ":sqs:" in one.source_arn})
    return Flow(
        bus=bus,
        table=cloud.parameter("orders_table_arn").rpartition("/")[2],
        functions=deployed_functions,
        event_source_mappings=mappings,
        rules=tuple(_read_rules(cloud, bus)),
        subscriptions=tuple(one for topic in topics for one in _read_subscriptions(cloud, topic)),
        queue_urls={name: cloud.client("sqs").get_queue_url(QueueName=name)["QueueUrl"] for name in queue_names},
    )


def read_functions(cloud: Cloud) -> tuple[Function, ...]:
    prefix = f"{cloud.prefix}-"
    pages = cloud.client("lambda").get_paginator("list_functions").paginate()
    return tuple(
        Function(
            one["FunctionName"].removeprefix(prefix),
            one["FunctionName"],
            one.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{one['FunctionName']}",
        )
        for page in pages
        for one in page["Functions"]
        if one["FunctionName"].startswith(prefix)
    )


def read_event_source_mappings(cloud: Cloud, functions: tuple[Function, ...]) -> Iterator[EventSourceMapping]:
    roles = {function.name: function.role for function in functions}
    for page in cloud.client("lambda").get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            role = roles.get(resource_name(mapping["FunctionArn"]))
            if role and mapping.get("EventSourceArn"):
                yield EventSourceMapping(mapping["UUID"], role, mapping["EventSourceArn"], mapping["State"])


def _read_rules(cloud: Cloud, bus: str) -> Iterator[Rule]:
    events = cloud.client("events")
    for page in events.get_paginator("list_rules").paginate(EventBusName=bus):
        for rule in page["Rules"]:
            if OBSERVER_INFIX in rule["Name"]:
                continue
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            role = rule["Name"].removeprefix(f"{cloud.prefix}-").replace("-", "_")
            pattern, enabled = json.loads(rule.get("EventPattern") or "{}"), rule.get("State") != "DISABLED"
            arns = {target["Id"]: target["Arn"] for target in targets}
            yield Rule(role, rule["Name"], rule["Arn"], bus, pattern, enabled, arns)


def _read_subscriptions(cloud: Cloud, topic: str) -> Iterator[Subscription]:
    sns = cloud.client("sns")
    for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        for entry in page["Subscriptions"]:
            if not entry["SubscriptionArn"].startswith("arn:") or OBSERVER_INFIX in entry["Endpoint"]:
                continue  # not confirmed yet, or an event queue
            attributes = sns.get_subscription_attributes(SubscriptionArn=entry["SubscriptionArn"])["Attributes"]
            policy = json.loads(attributes["FilterPolicy"]) if attributes.get("FilterPolicy") else None
            scope = attributes.get("FilterPolicyScope", "MessageAttributes")
            name = topic.rpartition(":")[2].removeprefix(f"{cloud.prefix}-")
            yield Subscription(name, entry["SubscriptionArn"], entry["Protocol"], entry["Endpoint"], policy, scope)
