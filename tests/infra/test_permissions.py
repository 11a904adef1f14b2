"""What every role may do: as docs/permissions.md lists it, both ways, and as IAM understands it."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from dev.permissions import grants, listed
from dev.permissions.grants import Grant
from dev.permissions.listed import Entry
from dev.scan import iam
from orderflow_cli import ROOT, UserError
from orderflow_cli.toolchain import terraform
from tests.infra.support.planning import functions, resources
from tests.infra.support.tests_there_are import names

TERRAFORM = ROOT / "terraform"
# Only the local cloud has a carrier that is called.
LOCAL_ONLY = {"forward-till-files-bus", "shipment-notice-carrier"}
Plan = dict[str, Any]


def planned(folder: Path, environment: dict[str, str]) -> Plan:
    """All plans that the folder's `terraform test` makes, as one: every ARN in them is known."""
    done = terraform.run(folder, "test", "-json", "-verbose", env=environment)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    plans = [message["test_plan"] for message in messages if message["type"] == "test_plan"]
    return {"resource_changes": [change for plan in plans for change in plan["resource_changes"]]}


@pytest.fixture(scope="module")
def local(with_provider: dict[str, str]) -> Plan:
    return planned(TERRAFORM / "environments" / "local", with_provider)


@pytest.fixture(scope="module")
def prod(with_provider: dict[str, str]) -> Plan:
    return planned(TERRAFORM / "environments" / "prod", with_provider)


@pytest.fixture(scope="module")
def bootstrap(with_provider: dict[str, str]) -> Plan:
    return planned(TERRAFORM / "bootstrap", with_provider)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return listed.read(functions())


def granted(plan: Plan) -> list[Grant]:
    """What the plan grants, once for each resource: a mocked table is named `mock`, whichever it is."""
    roles = {address: role["name"] for address, role in resources(plan, "aws_iam_role").items()}
    return [
        grant
        for address, policy in resources(plan, "aws_iam_role_policy").items()
        for grant in grants.of_policy(
            grants.short(roles[address.replace("aws_iam_role_policy", "aws_iam_role")]), policy["policy"]
        )
    ]


def differences(found: Iterable[Grant], expected: Iterable[Grant]) -> dict[str, list[str]]:
    """What differs, one line for each grant, without its resource, which a mocked provider does not tell."""
    given, wanted = (
        Counter(f"{one.role}: {one.action} if {one.condition}" for one in some) for some in (found, expected)
    )
    more = {"granted, not listed": given - wanted, "listed, not granted": wanted - given}
    return {which: sorted(lines.elements()) for which, lines in more.items() if lines}


def test_roles_are_granted_what_the_list_says_when_planned_for_prod(prod: Plan, entries: list[Entry]) -> None:
    expected = [entry.grant for entry in entries if entry.grant.role not in LOCAL_ONLY]

    found = granted(prod)

    assert len(expected) == len(set(expected)) > 100
    assert differences(found, expected) == {}
    known = {grant for grant in found if "mock" not in grant.resource}
    assert sorted(map(str, known - set(expected))) == []


def test_every_test_of_the_list_exists_when_looked_up(entries: list[Entry]) -> None:
    assert {entry.fails for entry in entries} - names() == set()


def test_reason_is_given_when_a_grant_is_never_seen_in_use(entries: list[Entry]) -> None:
    assert [entry for entry in entries if entry.unseen and len(entry.unseen.split()) < 4] == []


def test_line_of_the_list_is_refused_when_it_names_no_test() -> None:
    row = "| `s3:GetObject` | `bucket/*` |  | {} |  |"

    (entry,) = listed.read([], f"## role\n{row.format('`test_it`')}")

    assert entry == Entry(Grant("role", "s3:GetObject", "bucket/*"), "test_it", "")
    with pytest.raises(UserError, match="name of a test"):
        listed.read([], row.format("somewhere"))


@pytest.mark.parametrize(("root", "least"), [("bootstrap", 20), ("local", 60), ("prod", 60)])
def test_policies_are_sound_when_the_linter_reads_them(root: str, least: int, request: pytest.FixtureRequest) -> None:
    found = iam.policies(request.getfixturevalue(root))

    assert len(found) >= least
    assert iam.unexcused(iam.lint(found)) == []


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

    found = iam.unexcused(iam.lint(policies))

    assert {finding.policy for finding in found} == set(statements)


def test_every_excuse_is_needed_when_all_policies_are_read(bootstrap: Plan, local: Plan) -> None:
    found = iam.lint(iam.policies(bootstrap) | iam.policies(local))

    assert [excuse for excuse in iam.EXCUSES if not any(map(excuse.covers, found))] == []
