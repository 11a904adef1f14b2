"""Compares the grants of the functions' roles with the calls that the functions made on a local cloud.

The local cloud enforces the policies of prod, so a missing grant fails the tests. The ledger shows the unused grants.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from dev.permissions import grants
from dev.permissions.grants import Call, Grant
from orderflow_cli.environments import ALIAS
from orderflow_cli.local_cloud.cloud import ACCOUNT_ID, LocalCloud

REPORT = "permissions.json"
"""Name of the file with the problems that the end-to-end tests found."""

UNOBSERVABLE = {
    ("logs:*", "*"): "Lambda writes with the role; the emulator writes without it",
    ("xray:*", "*"): "the emulator keeps no traces",
    ("kms:*", "*"): "the emulator does not call KMS",
    ("sqs:ReceiveMessage", "*"): "Lambda polls with the role; the emulator polls without it",
    ("sqs:DeleteMessage", "*"): "Lambda polls with the role; the emulator polls without it",
    ("sqs:GetQueueAttributes", "*"): "Lambda polls with the role; the emulator polls without it",
    ("sqs:SendMessage", "payment_deadline-*"): "Lambda uses the role for its failure destination",
    ("dynamodb:*", "table/*/stream/*"): "Lambda reads with the role; the emulator reads without it",
    ("s3:PutObject", "stream-failures/aws/lambda/*"): "Lambda uses the role for its failure destination",
    ("s3:GetObjectVersion", "*"): "a read of one version is recorded as GetObject",
    ("s3:ListBucket", "*"): "required by S3 to return 404, and by Lambda to set the failure destination",
}
"""Why uses of a grant, by action and resource, cannot be observed."""

OCCASIONAL = {
    "*: sqs:ChangeMessageVisibility on *": "used to retry an event, such as one that arrived early",
    "customer_service: dynamodb:Query on table/cases": "used for orders with notices of an earlier release",
    "warehouse: events:PutEvents *ShipmentStopped*": "published when a customer cancels while the warehouse packs",
    "webhooks: events:PutEvents *PaymentUnknown*": "published when a payment request never reached the provider",
}
"""When grants are used that only some runs of the tests use."""


@dataclass(frozen=True)
class Entry:
    """A grant, how many different calls used it, and why no use can be observed ("" if uses can)."""

    grant: Grant
    uses: int
    unobservable: str


def read(cloud: LocalCloud) -> list[Entry]:
    """Return the ledger of a running local cloud since its start."""
    iam, cloudtrail = cloud.client("iam"), cloud.client("cloudtrail")
    entries: list[Entry] = []
    for name, function in cloud.outputs()["functions"].items():
        role = function["role_name"]
        policies = [
            iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        granted = {grant for policy in policies for grant in grants.grants_in_policy(name, policy)}
        # Rules and schedules invoke the alias by its own ARN.
        arns = (function["arn"], f"{function['arn']}:{ALIAS}")
        keys = [grants.access_key(arn, f"arn:aws:iam::{ACCOUNT_ID}:role/{role}") for arn in arns]
        entries += compare(granted, chain.from_iterable(grants.recorded_calls(cloudtrail, name, key) for key in keys))
    return entries


def compare(granted: Iterable[Grant], called: Iterable[Call]) -> list[Entry]:
    calls = list(called)
    return [Entry(one, sum(allows(one, call) for call in calls), unobservable_reason(one)) for one in sorted(granted)]


def problems(entries: Iterable[Entry]) -> list[str]:
    """Return one sentence per unused grant, and per reason that no longer applies."""
    return [
        f"{entry.grant} is listed in UNOBSERVABLE ({entry.unobservable}), but was used"
        if entry.uses
        else f"{entry.grant} was never used: remove it, or add to dev/permissions/ledger.py why its use is not observed"
        for entry in entries
        if bool(entry.uses) == bool(entry.unobservable) and not any(_fits(one, str(entry.grant)) for one in OCCASIONAL)
    ]


def unobservable_reason(grant: Grant) -> str:
    for (action, resource), reason in UNOBSERVABLE.items():
        if _fits(action, grant.action) and _fits(resource, grant.resource):
            return reason
    return ""


def allows(grant: Grant, call: Call) -> bool:
    """Return whether the grant covers the call, including conditions on events."""
    conditions = dict(part.partition("=")[::2] for part in grant.condition.split("; "))
    return (
        (grant.role, grant.action) == (call.role, call.action)
        and _fits(grant.resource, call.resource)
        and conditions.get("events:source", call.source) == call.source
        and conditions.get("events:detail-type", call.detail_type) == call.detail_type
    )


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
