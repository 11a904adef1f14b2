"""Takes one grant away from a role of a running local cloud, to see what depends on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dev.permissions.applied import PREFIX, policy
from dev.permissions.grants import short
from orderflow_cli import UserError
from orderflow_cli.local_cloud.cloud import LocalCloud


@contextmanager
def without(cloud: LocalCloud, role: str, action: str, resource: str = "") -> Iterator[None]:
    """The role does without the action, on one resource if one is named, until the block ends.

    Raises UserError when the role has no such grant.
    """
    iam = cloud.client("iam")
    name = f"{PREFIX}{role}"
    kept = {one: policy(iam, name, one) for one in iam.list_role_policies(RoleName=name)["PolicyNames"]}
    left = {one: _without(json.loads(text), action, resource) for one, text in kept.items()}
    if all(json.loads(kept[one]) == document for one, document in left.items()):
        raise UserError(f"{role} is not granted {action}{f' on {resource}' if resource else ''}.")
    try:
        for one, document in left.items():
            iam.put_role_policy(RoleName=name, PolicyName=one, PolicyDocument=json.dumps(document))
        yield
    finally:
        for one, text in kept.items():
            iam.put_role_policy(RoleName=name, PolicyName=one, PolicyDocument=text)


def _without(document: dict[str, Any], action: str, resource: str) -> dict[str, Any]:
    """The policy without the grant: a statement that held it is split into what is left of it."""
    statements = []
    for statement in document["Statement"]:
        actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
        taken = [one for one in resources if resource in ("", short(one))] if action in actions else []
        rest = [one for one in actions if one != action]
        if not taken:
            statements.append(statement)
            continue
        if rest:
            statements.append({**statement, "Action": rest})
        if others := [one for one in resources if one not in taken]:
            statements.append({**statement, "Sid": f"{statement['Sid']}Others", "Action": [action], "Resource": others})
    return {**document, "Statement": statements}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
