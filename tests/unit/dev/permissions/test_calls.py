"""Recorded calls become the permissions that they used."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from dev.permissions import grants
from dev.permissions.grants import Call


def event(service: str, name: str, asked: dict[str, Any], *resources: str) -> dict[str, Any]:
    return {
        "EventSource": f"{service}.amazonaws.com",
        "EventName": name,
        "CloudTrailEvent": json.dumps({"requestParameters": asked}),
        "Resources": [{"ResourceName": resource} for resource in resources],
    }


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (event("dynamodb", "GetItem", {"TableName": "orderflow-local-orders"}), [("dynamodb:GetItem", "table/orders")]),
        (
            event("dynamodb", "Query", {"TableName": "orderflow-local-orders", "IndexName": "payment_due"}),
            [("dynamodb:Query", "table/orders/index/payment_due")],
        ),
        (
            event("dynamodb", "TransactWriteItems", {
                "TransactItems": [{"Put": {"TableName": "t"}}, {"Update": {"TableName": "t"}}]
            }),
            [("dynamodb:PutItem", "table/t"), ("dynamodb:UpdateItem", "table/t")],
        ),
        (
            event("s3", "HeadObject", {}, "orderflow-local-till-files-000000000000", "incoming/a.csv"),
            [("s3:GetObject", "till-files/incoming/a.csv")],
        ),
        (
            event("sqs", "SendMessage", {"QueueUrl": "http://127.0.0.1:4566/000000000000/orderflow-local-finance"}),
            [("sqs:SendMessage", "finance")],
        ),
        (
            event("sns", "PublishBatch", {"TopicArn": "arn:aws:sns:eu-west-1:000000000000:orderflow-local-notices"}),
            [("sns:Publish", "notices")],
        ),
        (event("sns", "POST.sns", {"Action": "Publish", "TopicArn": "a:b:c:d:e:t"}), [("sns:Publish", "a:b:c:d:e:t")]),
        (
            event("secretsmanager", "GetSecretValue", {"SecretId": "orderflow-local-webhook-signing-keys"}),
            [("secretsmanager:GetSecretValue", "secret:webhook-signing-keys-*")],
        ),
        (event("iam", "CreateUser", {}), [("iam:CreateUser", "*")]),
    ],
)  # fmt: skip
def test_permission_is_named_when_a_call_is_read(recorded: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert list(grants.of_event("role", recorded)) == [Call("role", *one) for one in expected]


def test_each_entry_counts_when_events_are_put() -> None:
    entries = [
        {"EventBusName": "orderflow-local-orders", "Source": "orderflow.webhooks", "DetailType": detail_type}
        for detail_type in ("PaymentCaptured", "OrderDelivered")
    ]

    found = set(grants.of_event("webhooks", event("events", "PutEvents", {"Entries": entries})))

    assert found == {
        Call("webhooks", "events:PutEvents", "event-bus/orders", "orderflow.webhooks", "PaymentCaptured"),
        Call("webhooks", "events:PutEvents", "event-bus/orders", "orderflow.webhooks", "OrderDelivered"),
    }


class CloudTrail:
    """Answers as the local cloud does: the newest 50 events at or before the time that the request's body names."""

    def __init__(self, recorded: list[dict[str, Any]]) -> None:
        self._recorded = recorded
        self._hooks: list[Any] = []
        hooks = SimpleNamespace(
            register=lambda _, hook: self._hooks.append(hook), unregister=lambda _, hook: self._hooks.remove(hook)
        )
        self.meta = SimpleNamespace(events=hooks)
        self.asked = 0

    def lookup_events(self, **_: Any) -> dict[str, Any]:
        self.asked += 1
        params: dict[str, Any] = {"body": b"{}"}
        for hook in self._hooks:
            hook(params)
        end = json.loads(params["body"]).get("EndTime", float("inf"))
        before = [one for one in self._recorded if one["EventTime"].timestamp() <= end]
        return {"Events": sorted(before, key=lambda one: one["EventTime"], reverse=True)[: grants.PAGE]}


def test_no_call_is_left_out_when_many_came_in_one_second() -> None:
    recorded = [
        {
            **event("dynamodb", "GetItem", {"TableName": f"table-{number}"}),
            "EventId": str(number),
            "EventTime": datetime(2026, 3, 1, 9, 30, 0, number * 1000, UTC),
        }
        for number in range(3 * grants.PAGE + 7)
    ]
    cloudtrail = CloudTrail(recorded)

    found = grants.recorded(cloudtrail, "role", "ASIA")

    assert {call.resource for call in found} == {f"table/table-{number}" for number in range(3 * grants.PAGE + 7)}
    assert cloudtrail.asked <= 6
