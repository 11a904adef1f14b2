"""A grant is taken away from a role, alone, and given back."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from dev.permissions import removal
from dev.permissions.grants import Grant, of_policy
from orderflow_cli import UserError

STATEMENT = {"Sid": "S", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"]}
RESOURCES = ["arn:aws:s3:::orderflow-local-a/*", "arn:aws:s3:::orderflow-local-b/*"]
POLICY = {"Version": "2012-10-17", "Statement": [{**STATEMENT, "Resource": RESOURCES}]}


class Iam:
    def __init__(self) -> None:
        self.policies = {"function": json.dumps(POLICY)}

    def list_role_policies(self, **_: str) -> dict[str, Any]:
        return {"PolicyNames": list(self.policies)}

    def get_role_policy(self, *, PolicyName: str, **_: str) -> dict[str, Any]:  # noqa: N803
        return {"PolicyDocument": json.loads(self.policies[PolicyName])}

    def put_role_policy(self, *, PolicyName: str, PolicyDocument: str, **_: str) -> None:  # noqa: N803
        self.policies[PolicyName] = PolicyDocument

    def grants(self) -> set[Grant]:
        return set(of_policy("role", self.policies["function"]))


@pytest.fixture
def iam() -> Iam:
    return Iam()


@pytest.fixture
def cloud(iam: Iam) -> Any:
    return SimpleNamespace(client=lambda _: iam)


@pytest.mark.parametrize(("resource", "taken"), [("a/*", {"a/*"}), ("", {"a/*", "b/*"})])
def test_only_the_grant_is_missing_when_it_is_taken_away(iam: Iam, cloud: Any, resource: str, taken: set[str]) -> None:
    before = iam.grants()

    with removal.without(cloud, "role", "s3:PutObject", resource):
        without = iam.grants()

    assert before - without == {Grant("role", "s3:PutObject", one) for one in taken}
    assert without < before
    assert iam.grants() == before


def test_grant_comes_back_when_the_block_fails(iam: Iam, cloud: Any) -> None:
    before = iam.grants()

    with pytest.raises(ZeroDivisionError), removal.without(cloud, "role", "s3:PutObject"):
        raise ZeroDivisionError

    assert iam.grants() == before


def test_problem_is_told_when_there_is_no_such_grant(cloud: Any) -> None:
    with (
        pytest.raises(UserError, match="not granted s3:DeleteObject on a"),
        removal.without(cloud, "role", "s3:DeleteObject", "a/*"),
    ):
        pass
