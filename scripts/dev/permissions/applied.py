"""The grants and the calls of a running local cloud."""

import json
from typing import Any

from dev.permissions import calls, grants
from dev.permissions.calls import Call
from dev.permissions.grants import Grant
from orderflow_cli.local_cloud.cloud import ACCOUNT_ID, LocalCloud

PREFIX = "orderflow-local-"


def granted(cloud: LocalCloud) -> set[Grant]:
    """What the roles of the environment may do, as they stand now; named as in docs/permissions.md."""
    iam = cloud.client("iam")
    roles = [role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    return {
        grant
        for role in roles
        if role.startswith(PREFIX)
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        for grant in grants.of_policy(role.removeprefix(PREFIX), policy(iam, role, name))
    }


def policy(iam: Any, role: str, name: str) -> str:
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return document if isinstance(document, str) else json.dumps(document)


def called(cloud: LocalCloud) -> set[Call]:
    """What the functions have used since the local cloud was started."""
    cloudtrail = cloud.client("cloudtrail")
    found: set[Call] = set()
    for name, function in cloud.outputs()["functions"].items():
        role = f"arn:aws:iam::{ACCOUNT_ID}:role/{function['role_name']}"
        found |= calls.recorded(cloudtrail, name, calls.access_key(function["arn"], role))
    return found
