"""What every policy says, as IAM understands it: a linter finds actions, resources and conditions that mean nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dev.scan import iam
from orderflow_cli import ROOT
from tests.infra.support.planning import Plan, Planner, of_runs


@pytest.fixture(scope="module")
def local(planner: Planner) -> Plan:
    return planner.mocked("local")


@pytest.fixture(scope="module")
def prod(planner: Planner) -> Plan:
    return planner.mocked("prod")


@pytest.fixture(scope="module")
def bootstrap(tested: Callable[[Path], str]) -> Plan:
    """All plans of its runs, as one."""
    plans = of_runs(tested(ROOT / "terraform" / "bootstrap")).values()
    return {"resource_changes": [change for plan in plans for change in plan["resource_changes"]]}


@pytest.mark.parametrize(("root", "least"), [("bootstrap", 20), ("local", 60), ("prod", 60)])
def test_policies_have_no_linter_findings(root: str, least: int, request: pytest.FixtureRequest) -> None:
    found = iam.policies(request.getfixturevalue(root))

    assert len(found) >= least
    assert iam.unsuppressed(iam.lint(found)) == []


def test_linter_finds_the_mistake_in_a_policy() -> None:
    wrong = {
        "dynamodb:PutItems": "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        "s3:GetObject": "arn:aws:s3:::bucket",
    }
    policies = {}
    for action, resource in {**wrong, "dynamodb:DeleteItem": "*"}.items():
        statement = {"Sid": "S", "Effect": "Allow", "Action": action, "Resource": resource}
        policies[action] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    found = iam.unsuppressed(iam.lint(policies))

    assert {finding.policy for finding in found} == set(policies)


def test_every_suppression_is_needed(bootstrap: Plan, local: Plan) -> None:
    found = iam.lint(iam.policies(bootstrap) | iam.policies(local))

    assert [one for one in iam.SUPPRESSIONS if not any(map(one.covers, found))] == []
