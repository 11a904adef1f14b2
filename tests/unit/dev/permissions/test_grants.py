"""Grants are derived from policies and have the same names in every environment."""

import json
from typing import Any

import pytest

from dev.permissions import grants
from dev.permissions.grants import Grant


def policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", **statement}]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/orderflow-prod-orders", "table/orders"),
        ("arn:aws:dynamodb:eu-west-1:000000000000:table/orderflow-local-orders/index/due", "table/orders/index/due"),
        ("arn:aws:dynamodb:eu-west-1:0:table/orderflow-dev-orders/stream/2026-01-01T00:00:00", "table/orders/stream/*"),
        ("arn:aws:s3:::orderflow-prod-till-files-111122223333/incoming/*", "till-files/incoming/*"),
        ("arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555", "key/*"),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:orderflow-prod-keys-AbCdEf", "secret:keys-*"),
        ("arn:aws:events:eu-west-1:111122223333:api-destination/orderflow-prod-bank/1-a", "api-destination/bank/*"),
        ("arn:aws:events:eu-west-1:000000000000:api-destination/orderflow-local-bank", "api-destination/bank/*"),
        ("sqs.eu-central-1.amazonaws.com", "sqs.<region>.amazonaws.com"),
        ("*", "*"),
    ],
)  # fmt: skip
def test_grant_name_does_not_depend_on_the_environment(name: str, expected: str) -> None:
    assert grants.normalize_name(name) == expected


def test_each_action_on_each_resource_is_a_grant() -> None:
    text = policy(Action=["s3:GetObject", "s3:PutObject"], Resource=["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])

    result = set(grants.grants_in_policy("role", text))

    assert result == {Grant("role", f"s3:{verb}Object", f"{bucket}/*") for verb in ("Get", "Put") for bucket in "ab"}


def test_each_detail_type_of_a_producer_is_a_grant() -> None:
    keys = {"events:source": ["orderflow.webhooks"], "events:detail-type": ["B", "A"]}
    text = policy(Action="events:PutEvents", Resource="bus", Condition={"StringEquals": keys})

    parsed_grants = list(grants.grants_in_policy("webhooks", text))

    assert [grant.condition for grant in parsed_grants] == [
        "events:detail-type=A; events:source=orderflow.webhooks",
        "events:detail-type=B; events:source=orderflow.webhooks",
    ]


def test_deny_statement_is_not_a_grant() -> None:
    assert list(grants.grants_in_policy("role", policy(Effect="Deny", Action="s3:*", Resource="*"))) == []
