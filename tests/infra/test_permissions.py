"""Every IAM policy planned by bootstrap, local and prod passes a linter for actions, resources and conditions."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dev.scan import iam
from orderflow_cli import ROOT
from tests.infra.support.planning import Plan, plans_by_run


@pytest.fixture(scope="module")
def bootstrap(run_tests: Callable[[Path], str]) -> Plan:
    """The merged plans of all test runs of terraform/bootstrap."""
    plans = plans_by_run(run_tests(ROOT / "terraform" / "bootstrap")).values()
    return {"resource_changes": [change for plan in plans for change in plan["resource_changes"]]}


@pytest.mark.parametrize(("plan", "minimum"), [("bootstrap", 20), ("mocked_local_plan", 60), ("mocked_prod_plan", 60)])
def test_policies_have_no_linter_findings(plan: str, minimum: int, request: pytest.FixtureRequest) -> None:
    policies = iam.policies(request.getfixturevalue(plan))

    assert len(policies) >= minimum
    assert iam.unsuppressed_findings(iam.lint(policies)) == []


def test_linter_finds_each_mistake_in_a_policy() -> None:
    mistakes = {
        "dynamodb:PutItems": "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        "s3:GetObject": "arn:aws:s3:::bucket",
    }
    policies = {}
    for action, resource in {**mistakes, "dynamodb:DeleteItem": "*"}.items():
        statement = {"Sid": "S", "Effect": "Allow", "Action": action, "Resource": resource}
        policies[action] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    findings = iam.unsuppressed_findings(iam.lint(policies))

    assert {finding.policy for finding in findings} == set(policies)


def test_every_suppression_is_needed(bootstrap: Plan, mocked_local_plan: Plan) -> None:
    findings = iam.lint(iam.policies(bootstrap) | iam.policies(mocked_local_plan))

    assert [one for one in iam.SUPPRESSIONS if not any(map(one.covers, findings))] == []
