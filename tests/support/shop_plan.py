"""The Terraform plan (as JSON) and the contracts of a small shop, for tests that change one thing in them.

A bus with two rules (a queue that a function reads; an API destination with a role), a topic with two subscriptions
(one on the body, one on attributes), and a table's stream. It has no findings, and every ARN is known until a test
makes it unknown."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from orderflow_cli.routes import Routes
from orderflow_cli.routes.check import Checker
from orderflow_cli.routes.plan import Plan
from orderflow_cli.routes.settings import Finding, Settings

ARN_FORMAT = "arn:aws:{service}:eu-west-1:111122223333:{name}"


def schema(*required: str, **properties: Any) -> dict[str, Any]:
    """Return the schema of an object with these fields and no others."""
    requirement = {"required": list(required)} if required else {}
    return {"type": "object", "additionalProperties": False, **requirement, "properties": properties}


TEXT_SCHEMA: dict[str, Any] = {"type": "string"}
COUNTRY_SCHEMA: dict[str, Any] = {**TEXT_SCHEMA, "pattern": "^[A-Z]{2}$"}
COUNT_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": 1}
SKU_SCHEMA: dict[str, Any] = {**TEXT_SCHEMA, "maxLength": 9}
ORDER_SCHEMA: dict[str, Any] = schema(
    *("order_id", "status", "amount", "paid", "customer", "lines"),
    order_id={**TEXT_SCHEMA, "pattern": "^ord_[a-z2-7]{4}$"},
    status={**TEXT_SCHEMA, "enum": ["placed", "paid", "shipped"]},
    amount={**COUNT_SCHEMA, "maximum": 1000},
    paid={"type": "boolean"},
    customer={**schema("country", country=COUNTRY_SCHEMA, email=dict(TEXT_SCHEMA)), "type": ["object", "null"]},
    note={"type": ["string", "null"], "maxLength": 40},
    parcel={"anyOf": [schema(weight={"type": "integer", "maximum": 9}), {"type": "null"}]},
    lines={"type": "array", "items": schema("sku", "quantity", sku=SKU_SCHEMA, quantity=COUNT_SCHEMA)},
)
EXAMPLE: dict[str, Any] = {
    **{"order_id": "ord_abcd", "status": "placed", "amount": 7, "paid": False, "customer": {"country": "NL"}},
    "lines": [{"sku": "MUG", "quantity": 1}, {"sku": "TEE", "quantity": 2}],
}
CONTRACTS: dict[str, dict[str, Any]] = {
    "OrderPlaced.v1": {"x-carrier": "bus", "x-producers": ["shop", "till"], "x-consumers": ["recorder"]},
    "OrderShipped.v1": {"x-carrier": "bus", "x-producers": ["warehouse"], "x-consumers": ["recorder"]},
    "PaymentRequested.v1": {"x-carrier": "bus", "x-producers": ["finance"], "x-consumers": ["payment_provider"]},
    "OrderChanged.v1": {
        **{"x-carrier": "topic", "x-producers": ["relay"], "x-consumers": ["finance", "mailer"]},
        "x-attributes": {"status": "status"},
    },
}

type Document = dict[str, Any]
type Change = Callable[[Document], object]


def shop() -> Document:
    """Return the plan of the shop."""
    intake = {"source": ["shop.shop", "shop.till", "shop.warehouse"], "detail-type": ["OrderPlaced", "OrderShipped"]}
    payment = {"source": ["shop.finance"], "detail-type": ["PaymentRequested"]}
    document: Document = {"resource_changes": [], "configuration": {"root_module": {"resources": []}}}
    add(document, "aws_cloudwatch_event_bus.orders", name="orders")
    add(document, "aws_cloudwatch_event_rule.intake", **rule("intake", intake))
    add(document, "aws_cloudwatch_event_target.intake", **target("intake", arn("sqs", "intake")))
    redrive_attributes: Document = {"redrive_policy": json.dumps({"deadLetterTargetArn": arn("sqs", "dead")})}
    access = policy("sqs:SendMessage", rule_arn("intake"))
    add(document, "aws_sqs_queue.intake", name="intake", policy=access, **redrive_attributes)
    add(document, "aws_lambda_event_source_mapping.intake", **mapping(arn("sqs", "intake"), "recorder"))
    add(document, "aws_lambda_function.recorder", function_name="recorder", arn=arn("lambda", "function:recorder"))
    add(document, "aws_cloudwatch_event_rule.payment", **rule("payment", payment))
    destination = arn("events", "api-destination/payment-provider/0f")
    add(document, "aws_cloudwatch_event_api_destination.provider", name="payment-provider", arn=destination)
    role, access = "arn:aws:iam::111122223333:role/caller", role_policy("events:InvokeApiDestination", destination)
    add(document, "aws_iam_role.caller", name="caller", arn=role, assume_role_policy=TRUST_POLICY)
    add(document, "aws_iam_role_policy.caller", role="caller", policy=access)
    call: Document = {"header_parameters": {"Key": "$.detail.order_id"}}
    call |= {"query_string_parameters": None, "path_parameter_values": []}
    payment_target = target("payment", destination, role_arn=role, http_target=[call])
    add(document, "aws_cloudwatch_event_target.payment", **payment_target)
    access = policy("sqs:SendMessage", rule_arn("intake"), rule_arn("payment"))
    add(document, "aws_sqs_queue.dead", name="dead", policy=access)
    add(document, "aws_sns_topic.changes", name="changes", arn=arn("sns", "changes"))
    for name, scope, filters in (
        ("finance", "MessageBody", {"status": ["paid"], "amount": [{"numeric": [">", 5]}]}),
        ("mailer", "MessageAttributes", {"status": ["paid", "shipped"]}),
    ):
        add(document, f"aws_sns_topic_subscription.{name}", **subscription(name, scope, filters))
        access = policy("sqs:SendMessage", arn("sns", "changes"), service="sns.amazonaws.com")
        add(document, f"aws_sqs_queue.{name}", name=name, policy=access, **redrive_attributes)
        add(document, f"aws_sqs_queue.{name}_dead", name=f"{name}-dead", policy=access)
        add(document, f"aws_lambda_function.{name}", function_name=name, arn=arn("lambda", f"function:{name}"))
        add(document, f"aws_lambda_event_source_mapping.{name}", **mapping(arn("sqs", name), name))
    add(document, "aws_lambda_function.relay", function_name="relay", arn=arn("lambda", "function:relay"))
    keys = [{"name": "order_id", "type": "S"}]
    add(document, "aws_dynamodb_table.orders", name="orders", stream_view_type="NEW_IMAGE", attribute=keys)
    orders = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"order_id": {"S": [{"prefix": "ord_"}]}}}}
    stream = arn("dynamodb", "table/orders/stream/2026-01-01T00:00:00.000")
    failures = [{"on_failure": [{"destination_arn": arn("sqs", "dead")}]}]
    stream_mapping = mapping(stream, "relay", orders, destination_config=failures)
    add(document, "aws_lambda_event_source_mapping.stream", **stream_mapping)
    return document


def arn(service: str, name: str) -> str:
    return ARN_FORMAT.format(service=service, name=name)


def rule_arn(name: str) -> str:
    return arn("events", f"rule/orders/{name}")


def rule(name: str, pattern: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"name": name, "event_bus_name": "orders", "event_pattern": json.dumps(pattern), **values}


def target(rule_name: str, target_arn: str, **values: Any) -> dict[str, Any]:
    base = {"rule": rule_name, "event_bus_name": "orders", "arn": target_arn}
    return {**base, "dead_letter_config": [{"arn": arn("sqs", "dead")}], **values}


def mapping(source: str, function: str, *filters: dict[str, Any], **values: Any) -> dict[str, Any]:
    criteria = [{"filter": [{"pattern": json.dumps(one)} for one in filters]}] if filters else []
    base = {"event_source_arn": source, "function_name": function, "filter_criteria": criteria}
    return {**base, "enabled": True, **values}


def subscription(name: str, scope: str, filters: dict[str, Any] | None, **values: Any) -> dict[str, Any]:
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", f"{name}-dead")})
    return {
        **{"topic_arn": arn("sns", "changes"), "protocol": "sqs", "endpoint": arn("sqs", name)},
        **{"raw_message_delivery": True, "filter_policy_scope": scope, "redrive_policy": redrive},
        **{"filter_policy": None if filters is None else json.dumps(filters), **values},
    }


def policy(action: str, *senders: str, service: str = "events.amazonaws.com", test: str = "ArnEquals") -> str:
    condition = {"Condition": {test: {"aws:SourceArn": list(senders)}}} if senders else {}
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*", **condition}
    return json.dumps({"Statement": [statement]})


def role_policy(action: str, resource: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


TRUST_POLICY = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)


def add(document: Document, address: str, **values: Any) -> None:
    """Add a resource; a value can be `Unknown`, with the addresses it refers to."""
    kind, _, name = address.rpartition(".")
    mode, kind = ("data", kind.removeprefix("data.")) if kind.startswith("data.") else ("managed", kind)
    known_values = {key: value for key, value in values.items() if not isinstance(value, Unknown)}
    unknown = {key: True for key, value in values.items() if isinstance(value, Unknown)}
    expressions = {
        key: {"references": list(value.references)} if isinstance(value, Unknown) else {"constant_value": value}
        for key, value in values.items()
    }
    change = {"actions": ["create"], "after": deepcopy(known_values), "after_unknown": unknown}
    identity = {"address": address, "mode": mode, "type": kind, "name": name}
    document["resource_changes"].append({**identity, "change": change})
    document["configuration"]["root_module"]["resources"].append({**identity, "expressions": expressions})


class Unknown:
    """A value that is known only after apply."""

    def __init__(self, *references: str) -> None:
        self.references = references


def values(document: Document, address: str) -> dict[str, Any]:
    after: dict[str, Any] = find_change(document, address)["change"]["after"]
    return after


def find_change(document: Document, address: str) -> dict[str, Any]:
    return next(one for one in document["resource_changes"] if one["address"] == address)


def make_unknown(document: Document, address: str, name: str, *references: str) -> None:
    """Make a value unknown until apply; `references` are the addresses it refers to."""
    change = find_change(document, address)["change"]
    change["after"].pop(name, None)
    change["after_unknown"][name] = True
    for node in document["configuration"]["root_module"]["resources"]:
        if node["address"] == address:
            node["expressions"][name] = {"references": list(references)}


def remove(document: Document, *addresses: str) -> None:
    document["resource_changes"] = [one for one in document["resource_changes"] if one["address"] not in addresses]


def edit_pattern(document: Document, name: str, change: dict[str, Any]) -> None:
    """Replace keys in the event pattern of a rule."""
    rule_values = values(document, f"aws_cloudwatch_event_rule.{name}")
    rule_values["event_pattern"] = json.dumps(json.loads(rule_values["event_pattern"]) | change)


def write_contracts(folder: Path) -> Path:
    """Write the contracts with two examples each; return the settings file."""
    for name, annotations in CONTRACTS.items():
        title = name.partition(".")[0]
        (folder / "schemas").mkdir(parents=True, exist_ok=True)
        (folder / "schemas" / f"{name}.json").write_text(json.dumps({"title": title, **annotations, **ORDER_SCHEMA}))
        examples = folder / "examples" / name
        examples.mkdir(parents=True)
        for example, body in {"complete": EXAMPLE, "paid": {**EXAMPLE, "status": "paid", "paid": True}}.items():
            (examples / f"{example}.json").write_text(json.dumps(body))
    settings = folder / "routes.toml"
    settings.write_text('contracts = "schemas"\nexamples = "examples"\nsource_prefix = "shop."\n')
    return settings


def run_check(document: Document, settings: Settings) -> list[Finding]:
    return Checker(Routes(Plan(document), settings)).findings()


def descriptions(findings: list[Finding]) -> Iterator[str]:
    return (f"{one.kind} {one.address}: {one.message}" for one in findings)
