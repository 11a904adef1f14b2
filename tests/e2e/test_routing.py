"""The contract between producers and routes: the applied patterns and filters carry what the contracts say they do.

Each contract names its consumers (`x-consumers`); its valid examples are put to the rules of the applied bus, by
EventBridge's own TestEventPattern, and to the filter policies of the applied subscriptions.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from moto.sns.utils import FilterPolicyMatcher

from orderflow_cli import ROOT
from tests.e2e.conftest import Shop

CONTRACTS = ROOT / "lambdas" / "contracts"
ROUTE = {"recorder": {"intake"}, "carrier": {"shipment_notice"}}
PROVIDER_RULE = {"PaymentRequested": {"payment_request"}, "RefundRequested": {"refund_request"}}
ON_BUS = sorted(
    path for path in CONTRACTS.glob("schemas/*.v1.json") if json.loads(path.read_text()).get("x-carrier") == "bus"
)


@pytest.mark.parametrize("schema", ON_BUS, ids=lambda path: path.stem)
def test_rules_carry_the_event_to_its_consumers_only_when_it_is_published(shop: Shop, schema: Path) -> None:
    contract = json.loads(schema.read_text())
    expected: set[str] = set()
    for consumer in contract["x-consumers"]:
        expected |= PROVIDER_RULE[contract["title"]] if consumer == "payment_provider" else ROUTE[consumer]

    for example in sorted((CONTRACTS / "examples" / schema.stem / "valid").glob("*.json")):
        detail = json.loads(example.read_text())

        assert _matching_rules(shop, detail["metadata"]["event_type"], detail) == expected, example.name


def test_event_is_kept_as_unrouted_when_its_type_is_unknown(shop: Shop) -> None:
    detail = {"metadata": {"event_type": "OrderMisspelt", "producer": "finance"}, "data": {}}

    assert _matching_rules(shop, "OrderMisspelt", detail) == {"unknown_event"}


ALL = {"finance", "warehouse", "customer_service"}


@pytest.mark.parametrize(
    ("status", "channel", "changed_fields", "expected"),
    [
        ("placed", "web", ["lines", "status", "total"], ALL),
        ("paid", "mobile", ["payments", "status"], ALL),
        ("shipped", "web", ["shipment", "status"], {"customer_service"}),
        ("delivered", "web", ["refunds"], {"finance", "customer_service"}),
        ("cancelled", "partner", ["status"], {"warehouse", "customer_service"}),
        ("delivered", "pos", ["payments", "status", "total"], {"finance"}),
        ("shipped", "web", ["updated_at"], set()),
    ],
)
def test_filters_let_through_what_a_consumer_acts_on_when_an_order_changes(
    shop: Shop, status: str, channel: str, changed_fields: list[str], expected: set[str]
) -> None:
    change = {"status": status, "channel": channel, "changed_fields": changed_fields}
    message = {"metadata": {"event_type": "OrderChanged"}, "data": change}

    assert _accepting_subscriptions(shop, message) == expected


def test_filters_keep_deletions_from_consumers_when_an_order_is_removed(shop: Shop) -> None:
    message = {"metadata": {"event_type": "OrderDeleted"}, "data": {"status": "delivered", "channel": "web"}}

    assert _accepting_subscriptions(shop, message) == set()


def _matching_rules(shop: Shop, event_type: str, detail: dict[str, Any]) -> set[str]:
    events = shop.cloud.client("events")
    account = shop.outputs["bus_arn"].split(":")[4]
    envelope = {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": event_type,
        "source": f"orderflow.{detail['metadata']['producer']}",
        "account": account,
        "time": "2026-03-01T09:30:00Z",
        "region": shop.outputs["bus_arn"].split(":")[3],
        "resources": [],
        "detail": detail,
    }
    roles = {rule["name"]: role for role, rule in shop.outputs["rules"].items()}
    return {
        roles[rule["Name"]]
        for page in events.get_paginator("list_rules").paginate(EventBusName=shop.outputs["bus_name"])
        for rule in page["Rules"]
        if rule["Name"] in roles
        and events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(envelope))["Result"]
    }


def _accepting_subscriptions(shop: Shop, message: dict[str, Any]) -> set[str]:
    sns = shop.cloud.client("sns")
    accepting = set()
    for role in ("finance", "warehouse", "customer_service"):
        arn = shop.outputs["subscriptions"][role]["arn"]
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        policy = json.loads(attributes["FilterPolicy"])
        if FilterPolicyMatcher(policy, attributes["FilterPolicyScope"]).matches({}, json.dumps(message)):
            accepting.add(role)
    return accepting
