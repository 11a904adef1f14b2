"""The deploy roles of bootstrap may do what a deployment asks for, and nothing that none asks for.

A deployment asks for what the provider was recorded to call (generated/provider_calls.json) for each planned resource,
and for what the calls do not show, which is written by hand. MiniStack's IAM evaluator judges."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dev.deploy import demands, record
from dev.deploy.demands import Demand, Role
from orderflow_cli import ROOT
from orderflow_cli.toolchain import venvs
from tests.infra.support.planning import Plan, Planner, of_runs, resources

ENVIRONMENTS = ("dev", "staging", "prod")
CHILD = Path(demands.__file__).with_name("judge_child.py")
Asked = Mapping[tuple[str, Role], list[Demand]]
Verdicts = Mapping[tuple[str, Role], list[tuple[Demand, list["Grant"]]]]
Policies = dict[str, dict[str, Any]]
Grant = tuple[str, str, str, str]
"""Environment and part of the policy, Sid, action and resource."""

# Granted without a recorded call, and why.
UNASKED = {
    # API Gateway asks for it when an API is made with tags; its reference does not list it.
    ("NewApis", "apigateway:TagResource"),
    ("OwnedApis", "apigateway:TagResource"),
    ("OwnedApis", "apigateway:UntagResource"),
    # Asked for once, where roles are there before the boundary.
    ("NewRoles", "iam:PutRolePermissionsBoundary"),
}


@pytest.fixture(scope="module")
def bootstrap(tested: Callable[[Path], str]) -> Plan:
    return of_runs(tested(ROOT / "terraform" / "bootstrap"))["planned"]


@pytest.fixture(scope="module")
def asked(planner: Planner, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Role], list[Demand]]:
    """By environment and role; staging with all that the pipeline can make."""
    calls = json.loads(record.CALLS.read_text())
    everything = Planner(tmp_path_factory.mktemp("everything"), {})
    main = everything.root("staging") / "main.tf"
    main.write_text(record.with_everything(main.read_text(), "first"))
    plans = {environment: planner.plan(environment) for environment in ("dev", "prod")}
    plans["staging"] = everything.plan("staging")
    return {
        (environment, role): [*demands.for_plan(plan, calls, role), *demands.for_state(environment, role)]
        for environment, plan in plans.items()
        for role in ("apply", "plan")
    }


def policies(bootstrap: Plan, environment: str, role: Role) -> Policies:
    """The documents attached to the role, by name."""
    attached = resources(bootstrap, "aws_iam_role_policy_attachment")
    wanted = {
        address.partition("[")[2]
        for address in attached
        if address.startswith(f"aws_iam_role_policy_attachment.{role}[")
    }
    return {
        key.strip('"]'): json.loads(policy["policy"])
        for address, policy in resources(bootstrap, "aws_iam_policy").items()
        if (key := address.partition("[")[2]) in wanted and key.startswith(f'"{environment}/')
    }


def judge(found: Policies, asked: Sequence[Demand]) -> list[list[Grant]]:
    """For each demand the grants that allow it."""
    question = {
        "policies": found,
        "demands": [{"action": one.action, "resource": one.resource, "context": dict(one.context)} for one in asked],
    }
    command = [str(venvs.ensure("ministack")), "-B", str(CHILD)]
    done = subprocess.run(command, input=json.dumps(question), check=True, capture_output=True, text=True)
    return [[(grant[0], grant[1], grant[2], grant[3]) for grant in grants] for grants in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def verdicts(asked: Asked, bootstrap: Plan) -> dict[tuple[str, Role], list[tuple[Demand, list[Grant]]]]:
    """Each demand with the grants that allow it."""
    return {
        (environment, role): list(zip(wanted, judge(policies(bootstrap, environment, role), wanted), strict=True))
        for (environment, role), wanted in asked.items()
    }


@pytest.mark.parametrize("role", ["apply", "plan"])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_permission_of_a_deployment_is_missing(environment: str, role: Role, verdicts: Verdicts) -> None:
    found = verdicts[environment, role]

    assert len(found) > 600
    assert [str(demand) for demand, grants in found if not grants] == []


def test_every_grant_is_needed(bootstrap: Plan, verdicts: Verdicts) -> None:
    """So that a grant which is taken away is missing somewhere: each is the only one that allows some demand."""
    granted = {
        (key, statement["Sid"], one)
        for environment in ENVIRONMENTS
        for key, document in policies(bootstrap, environment, "apply").items()
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for one in (*statement["Action"], *statement["Resource"])
    }
    needed: set[tuple[str, str, str]] = set()
    for found in verdicts.values():
        for _, grants in found:
            if len({grant[:3] for grant in grants}) == 1:
                needed.add(grants[0][:3])
            needed |= {(key, sid, resource) for key, sid, _, resource in grants}

    # Staging is planned with all that the pipeline can make, so only its grants can all be asked for; dev is destroyed.
    unneeded = {(key.split("/")[1], sid, one) for key, sid, one in granted - needed if key.startswith("staging/")}
    assert {one for one in unneeded if one[1:] not in UNASKED} == set()
    assert {(sid, one) for _, sid, one in unneeded} == set(UNASKED)
