"""What every policy says, as IAM understands it: a linter finds actions, resources and conditions that mean nothing."""

import json
from pathlib import Path

import pytest

from dev.scan import iam
from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform
from tests.infra.support.planning import Plan, Scratch

TERRAFORM = ROOT / "terraform"


def planned(folder: Path, environment: dict[str, str]) -> Plan:
    """All plans that the folder's `terraform test` makes, as one: every ARN in them is known."""
    done = terraform.run(folder, "test", "-json", "-verbose", env=environment)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    plans = [message["test_plan"] for message in messages if message["type"] == "test_plan"]
    return {"resource_changes": [change for plan in plans for change in plan["resource_changes"]]}


@pytest.fixture(scope="module")
def local(scratch: Scratch, with_provider: dict[str, str]) -> Plan:
    return scratch.mocked("local", with_provider)


@pytest.fixture(scope="module")
def prod(scratch: Scratch, with_provider: dict[str, str]) -> Plan:
    return scratch.mocked("prod", with_provider)


@pytest.fixture(scope="module")
def bootstrap(with_provider: dict[str, str]) -> Plan:
    return planned(TERRAFORM / "bootstrap", with_provider)


@pytest.mark.parametrize(("root", "least"), [("bootstrap", 20), ("local", 60), ("prod", 60)])
def test_policies_are_sound_when_the_linter_reads_them(root: str, least: int, request: pytest.FixtureRequest) -> None:
    found = iam.policies(request.getfixturevalue(root))

    assert len(found) >= least
    assert iam.unsuppressed(iam.lint(found)) == []


def test_linter_finds_what_is_wrong_when_a_policy_is_not_sound() -> None:
    statements = {
        "unknown action": {
            "Action": "dynamodb:PutItems",
            "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        },
        "other resource": {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"},
        "every resource": {"Action": "dynamodb:DeleteItem", "Resource": "*"},
        "unknown condition": {
            "Action": "sns:Publish",
            "Resource": "arn:aws:sns:eu-west-1:111122223333:topic",
            "Condition": {"StringEquals": {"s3:prefix": ["a"]}},
        },
    }
    policies = {
        name: json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", **statement}]})
        for name, statement in statements.items()
    }

    found = iam.unsuppressed(iam.lint(policies))

    assert {finding.policy for finding in found} == set(statements)


def test_every_excuse_is_needed_when_all_policies_are_read(bootstrap: Plan, local: Plan) -> None:
    found = iam.lint(iam.policies(bootstrap) | iam.policies(local))

    assert [one for one in iam.SUPPRESSIONS if not any(map(one.covers, found))] == []
