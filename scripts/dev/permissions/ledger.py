"""Compares the grants of the functions' roles with the calls that the functions made on a local cloud.

The local cloud enforces prod's policies, so a missing grant fails the tests. The ledger lists each grant's uses.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dev.permissions import grants
from dev.permissions.grants import Call, Grant
from orderflow_cli.environments import ALIAS
from orderflow_cli.local_cloud.cloud import ACCOUNT_ID, LocalCloud

REPORT_NAME = "permissions.json"
"""Name of the file with the problems that the end-to-end tests found."""

UNOBSERVABLE_GRANTS = {
    ("logs:*", "*"): "Lambda uses the role to write logs; the emulator does not",
    ("xray:*", "*"): "the emulator keeps no traces",
    ("kms:*", "*"): "the emulator does not call KMS",
    ("sqs:ReceiveMessage", "*"): "Lambda uses the role to poll the queue; the emulator does not",
    ("sqs:DeleteMessage", "*"): "Lambda uses the role to poll the queue; the emulator does not",
    ("sqs:GetQueueAttributes", "*"): "Lambda uses the role to poll the queue; the emulator does not",
    ("sqs:SendMessage", "payment_deadline-*"): "Lambda uses the role to write failures; the emulator does not",
    ("dynamodb:*", "table/*/stream/*"): "Lambda uses the role to read the stream; the emulator does not",
    ("s3:PutObject", "stream-failures/aws/lambda/*"): "Lambda uses the role to write failures; the emulator does not",
    ("s3:GetObjectVersion", "*"): "a read of one version is recorded as GetObject",
    ("s3:ListBucket", "*"): "S3 checks it before a 404, and Lambda for a failure bucket; neither is recorded",
}
"""Why the use of a grant cannot be observed, by action and resource."""

RARELY_USED_GRANTS = {
    "*: sqs:ChangeMessageVisibility on *": "used to retry an event, such as one that arrived early",
    "customer_service: dynamodb:Query on table/cases": "used for orders with notices of an earlier release",
    "warehouse: events:PutEvents *ShipmentStopped*": "published when a customer cancels an order that is being packed",
    "webhooks: events:PutEvents *PaymentUnknown*": "published when a payment request never reached the provider",
}
"""Grants that only some test runs use, each with the reason for its use."""


@dataclass(frozen=True)
class Entry:
    """A grant, the number of different calls that used it, and why the use cannot be observed (empty if it can)."""

    grant: Grant
    use_count: int
    unobservable_reason: str


def read(cloud: LocalCloud) -> list[Entry]:
    """Return an entry for each grant of the functions, with the uses since the local cloud started."""
    iam, cloudtrail = cloud.client("iam"), cloud.client("cloudtrail")
    entries: list[Entry] = []
    for name, function in cloud.outputs()["functions"].items():
        role = function["role_name"]
        policies = [
            iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        role_grants = {grant for policy in policies for grant in grants.grants_in_policy(name, policy)}
        # Rules and schedules invoke the alias by its own ARN.
        arns = (function["arn"], f"{function['arn']}:{ALIAS}")
        keys = [grants.derive_access_key(arn, f"arn:aws:iam::{ACCOUNT_ID}:role/{role}") for arn in arns]
        calls = [call for key in keys for call in grants.recorded_calls(cloudtrail, name, key)]
        entries += compare(role_grants, calls)
    return entries


def compare(grants: Iterable[Grant], calls: Sequence[Call]) -> list[Entry]:
    return [Entry(one, sum(allows(one, call) for call in calls), unobservable_reason(one)) for one in sorted(grants)]


def problems(entries: Iterable[Entry]) -> list[str]:
    """Return one sentence for each unused grant and for each reason that no longer applies."""
    return [
        f"{entry.grant} is listed in UNOBSERVABLE_GRANTS ({entry.unobservable_reason}), but was used: remove the entry"
        if entry.use_count
        else f"{entry.grant} was never used: remove it, or add to dev/permissions/ledger.py why its use is not observed"
        for entry in entries
        if bool(entry.use_count) == bool(entry.unobservable_reason)
        and not any(_matches(one, str(entry.grant)) for one in RARELY_USED_GRANTS)
    ]


def unobservable_reason(grant: Grant) -> str:
    for (action, resource), reason in UNOBSERVABLE_GRANTS.items():
        if _matches(action, grant.action) and _matches(resource, grant.resource):
            return reason
    return ""


def allows(grant: Grant, call: Call) -> bool:
    """Return whether the grant covers the call, including conditions on events."""
    conditions = dict(part.partition("=")[::2] for part in grant.condition.split("; "))
    return (
        (grant.role, grant.action) == (call.role, call.action)
        and _matches(grant.resource, call.resource)
        and conditions.get("events:source", call.source) == call.source
        and conditions.get("events:detail-type", call.detail_type) == call.detail_type
    )


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
