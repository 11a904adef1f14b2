"""The deploy roles of bootstrap allow what deployments need, and nothing more.

A deployment needs the provider's recorded calls (generated/provider_calls.json) for each planned resource, and the
permissions that calls do not show, which are listed by hand. MiniStack's IAM evaluator decides."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dev.deploy import record, required_permissions
from dev.deploy.required_permissions import Permission, Role, resource_permissions, state_permissions
from orderflow_cli import ROOT
from orderflow_cli.toolchain import venvs
from tests.infra.support.planning import Plan, Planner, plans_by_run, resources

ENVIRONMENTS = ("dev", "staging", "prod")
EVALUATOR_SCRIPT = Path(required_permissions.__file__).with_name("evaluator_child.py")
RequiredPermissions = Mapping[tuple[str, Role], list[Permission]]
GrantsByRole = Mapping[tuple[str, Role], list[tuple[Permission, list["Grant"]]]]
Policies = dict[str, dict[str, Any]]
Grant = tuple[str, str, str, str]
"""Environment and name of the policy, Sid, action and resource."""

# Granted without a recorded call, with the reason.
UNRECORDED_GRANTS = {
    # API Gateway requires them for an API with tags, although its reference does not list them.
    ("CreateApis", "apigateway:TagResource"),
    ("ManageApis", "apigateway:TagResource"),
    ("ManageApis", "apigateway:UntagResource"),
    # Needed once, if roles exist before the boundary does.
    ("CreateRoles", "iam:PutRolePermissionsBoundary"),
}


@pytest.fixture(scope="module")
def bootstrap(run_tests: Callable[[Path], str]) -> Plan:
    return plans_by_run(run_tests(ROOT / "terraform" / "bootstrap"))["roles_have_a_boundary_and_state_has_its_own_key"]


@pytest.fixture(scope="module")
def required(planner: Planner, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Role], list[Permission]]:
    """The required permissions by environment and role; staging is planned with every option of the pipeline."""
    calls = json.loads(record.CALLS_FILE.read_text())
    all_options_planner = Planner(tmp_path_factory.mktemp("all_options"), {})
    main = all_options_planner.root("staging") / "main.tf"
    main.write_text(record.add_every_resource(main.read_text(), "initial"))
    plans = {environment: planner.plan(environment) for environment in ("dev", "prod")}
    plans["staging"] = all_options_planner.plan("staging")
    return {
        (environment, role): [*resource_permissions(plan, calls, role), *state_permissions(environment, role)]
        for environment, plan in plans.items()
        for role in ("apply", "plan")
    }


def policies(bootstrap: Plan, environment: str, role: Role) -> Policies:
    """Return the policy documents attached to the role, by name."""
    attachments = resources(bootstrap, "aws_iam_role_policy_attachment")
    attached_keys = {
        address.partition("[")[2]
        for address in attachments
        if address.startswith(f"aws_iam_role_policy_attachment.{role}[")
    }
    return {
        key.strip('"]'): json.loads(policy["policy"])
        for address, policy in resources(bootstrap, "aws_iam_policy").items()
        if (key := address.partition("[")[2]) in attached_keys and key.startswith(f'"{environment}/')
    }


def find_grants(documents: Policies, required: Sequence[Permission]) -> list[list[Grant]]:
    """Return, for each permission, the grants that allow it."""
    permissions = [{"action": one.action, "resource": one.resource, "context": dict(one.context)} for one in required]
    request = {"policies": documents, "permissions": permissions}
    command = [str(venvs.ensure("ministack")), "-B", str(EVALUATOR_SCRIPT)]
    result = subprocess.run(command, input=json.dumps(request), check=True, capture_output=True, text=True)
    return [[(grant[0], grant[1], grant[2], grant[3]) for grant in grants] for grants in json.loads(result.stdout)]


@pytest.fixture(scope="module")
def grants_by_role(required: RequiredPermissions, bootstrap: Plan) -> GrantsByRole:
    """The required permissions by environment and role, each with the grants that allow it."""
    return {
        key: list(zip(permissions, find_grants(policies(bootstrap, *key), permissions), strict=True))
        for key, permissions in required.items()
    }


@pytest.mark.parametrize("role", ["apply", "plan"])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_permission_of_a_deployment_is_missing(environment: str, role: Role, grants_by_role: GrantsByRole) -> None:
    permissions = grants_by_role[environment, role]

    assert len(permissions) > 600
    assert [str(permission) for permission, grants in permissions if not grants] == []


def test_every_grant_is_needed(bootstrap: Plan, grants_by_role: GrantsByRole) -> None:
    """Each action is the only grant for some required permission; each resource is used for some permission."""
    unneeded_grants = {
        (key, statement["Sid"], one)
        for environment in ENVIRONMENTS
        for key, document in policies(bootstrap, environment, "apply").items()
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for one in (*statement["Action"], *statement["Resource"])
    }
    for permissions in grants_by_role.values():
        for _, grants in permissions:
            if len({grant[:3] for grant in grants}) == 1:
                unneeded_grants.discard(grants[0][:3])
            unneeded_grants -= {(key, sid, resource) for key, sid, _, resource in grants}

    # Only staging is planned with every option of the pipeline, so only there every grant can be needed.
    extra_grants = {(key.split("/")[1], sid, one) for key, sid, one in unneeded_grants if key.startswith("staging/")}
    assert {one for one in extra_grants if one[1:] not in UNRECORDED_GRANTS} == set()
    assert {(sid, one) for _, sid, one in extra_grants} == set(UNRECORDED_GRANTS)
