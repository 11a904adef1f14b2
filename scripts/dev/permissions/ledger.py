"""The grants of the functions' roles, held against what the functions called on a local cloud.

The local cloud enforces the policies of prod, so a missing grant fails the tests; a grant that nothing uses shows here.
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
"""Where the end-to-end tier leaves the problems of a whole session."""

UNSEEN = {
    ("logs:*", "*"): "Lambda writes with the role; the emulator writes by itself",
    ("xray:*", "*"): "the emulator keeps no traces",
    ("kms:*", "*"): "the emulator asks nobody for the key",
    ("sqs:ReceiveMessage", "*"): "Lambda polls with the role; the emulator does it by itself",
    ("sqs:DeleteMessage", "*"): "Lambda polls with the role; the emulator does it by itself",
    ("sqs:GetQueueAttributes", "*"): "Lambda polls with the role; the emulator does it by itself",
    ("sqs:SendMessage", "payment_deadline-*"): "Lambda sends with the role what it gave up on",
    ("dynamodb:*", "table/*/stream/*"): "Lambda reads with the role; the emulator does it by itself",
    ("s3:PutObject", "stream-failures/aws/lambda/*"): "Lambda writes with the role what it gave up on",
    ("s3:GetObjectVersion", "*"): "a read of one version is recorded as GetObject",
    ("s3:ListBucket", "*"): "asked by S3 to answer 404, and by Lambda when the failure destination is set",
}
"""Why a grant, by action and resource, can never be seen in use."""

SOMETIMES = {
    "*: sqs:ChangeMessageVisibility on *": "asked when an event comes back, as one that overtook another does",
    "customer_service: dynamodb:Query on table/cases": "asked for orders that an earlier release told somebody of",
    "warehouse: events:PutEvents *ShipmentStopped*": "published when a customer cancels while the warehouse packs",
    "webhooks: events:PutEvents *PaymentUnknown*": "published when a payment request never reached the provider",
}
"""Why a grant, as it is shown, may or may not be seen in use: chance decides."""


@dataclass(frozen=True)
class Entry:
    """A grant, how many different calls needed it, and why none can be seen ("" where one must be)."""

    grant: Grant
    uses: int
    unseen: str


def read(cloud: LocalCloud) -> list[Entry]:
    """The ledger of a running local cloud since it was started."""
    iam, cloudtrail = cloud.client("iam"), cloud.client("cloudtrail")
    entries: list[Entry] = []
    for name, function in cloud.outputs()["functions"].items():
        role = function["role_name"]
        policies = [
            iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        granted = {grant for policy in policies for grant in grants.of_policy(name, policy)}
        # Rules and schedules invoke the alias by its own ARN.
        arns = (function["arn"], f"{function['arn']}:{ALIAS}")
        keys = [grants.access_key(arn, f"arn:aws:iam::{ACCOUNT_ID}:role/{role}") for arn in arns]
        entries += held_against(granted, chain.from_iterable(grants.recorded(cloudtrail, name, key) for key in keys))
    return entries


def held_against(granted: Iterable[Grant], called: Iterable[Call]) -> list[Entry]:
    made = list(called)
    return [Entry(grant, sum(allows(grant, call) for call in made), unseen(grant)) for grant in sorted(granted)]


def problems(entries: Iterable[Entry]) -> list[str]:
    """One sentence for each grant that nothing used, and for each reason that does not hold."""
    return [
        f"{entry.grant} is said never to be seen in use ({entry.unseen}), and was"
        if entry.uses
        else f"{entry.grant} was never used: take it away, or say in dev/permissions/ledger.py why no use is seen"
        for entry in entries
        if bool(entry.uses) == bool(entry.unseen) and not any(_fits(one, str(entry.grant)) for one in SOMETIMES)
    ]


def unseen(grant: Grant) -> str:
    reasons = UNSEEN.items()
    return next((why for (act, on), why in reasons if _fits(act, grant.action) and _fits(on, grant.resource)), "")


def allows(grant: Grant, call: Call) -> bool:
    """Whether the grant covers the call, conditions on events included."""
    asked = dict(part.partition("=")[::2] for part in grant.condition.split("; "))
    return (
        (grant.role, grant.action) == (call.role, call.action)
        and _fits(grant.resource, call.resource)
        and asked.get("events:source", call.source) == call.source
        and asked.get("events:detail-type", call.detail_type) == call.detail_type
    )


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
