"""`orderflow rollback` on moto's Lambda: where the alias points, and what Terraform is told."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from orderflow_cli.__main__ import ORDERFLOW

NAME, PARAMETER = "orderflow-dev-relay", "/orderflow/dev/rollbacks"
OTHER = {"finance": {"version": "4", "instead_of": "code"}}


def package(content: str) -> bytes:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(zipfile.ZipInfo("relay.py"), content)
    return zipped.getvalue()


class Relay:
    """A function with three versions, the newest of which is live; another function was rolled back before."""

    def __init__(self) -> None:
        make: Callable[..., Any] = boto3.client
        self.functions, self.parameters = make("lambda"), make("ssm")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = make("iam").create_role(RoleName="relay", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.functions.create_function(
            FunctionName=NAME,
            Runtime="python3.13",
            Role=role,
            Handler="relay.handler",
            Code={"ZipFile": package("1")},
            Publish=True,
        )
        for content in ("2", "3"):
            changed = self.functions.update_function_code(FunctionName=NAME, ZipFile=package(content), Publish=True)
            self.code = changed["CodeSha256"]
        self.functions.create_alias(FunctionName=NAME, Name="live", FunctionVersion="3")
        self.parameters.put_parameter(Name=PARAMETER, Value=json.dumps(OTHER), Type="String")

    @property
    def live(self) -> str:
        return str(self.functions.get_alias(FunctionName=NAME, Name="live")["FunctionVersion"])

    @property
    def rollbacks(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.parameters.get_parameter(Name=PARAMETER)["Parameter"]["Value"])
        return found


@pytest.fixture
def relay(aws: None) -> Relay:
    return Relay()


def rollback(*arguments: str) -> int:
    return ORDERFLOW.main(["rollback", *arguments, "--environment", "dev", "--write"])


@pytest.mark.parametrize(
    ("arguments", "live"), [((), "2"), (("--to", "1"), "1"), (("--to", "3"), "3"), (("--list",), "3")]
)
@pytest.mark.parametrize("name", ["relay", NAME])
def test_alias_points_to_the_version_asked_for(relay: Relay, name: str, arguments: tuple[str, ...], live: str) -> None:
    assert rollback(name, *arguments) == 0

    held = {} if live == "3" else {"relay": {"version": live, "instead_of": relay.code}}
    assert (relay.live, relay.rollbacks) == (live, {**OTHER, **held})


def test_next_rollback_goes_one_version_further_and_the_newest_ends_it(relay: Relay) -> None:
    assert [rollback("relay"), rollback("relay")] == [0, 0]
    assert (relay.live, relay.rollbacks["relay"]["version"]) == ("1", "1")

    assert rollback("relay", "--to", "3") == 0
    assert (relay.live, relay.rollbacks) == ("3", OTHER)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("relay", "--to", "9"), "--to must be a version of orderflow-dev-relay: 1, 2, 3; got 9."),
        (("recorder",), "There is no function orderflow-dev-recorder with an alias live in dev."),
    ],
)
def test_nothing_is_changed_when_there_is_no_such_version_or_function(
    relay: Relay, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert rollback(*arguments) == 1

    assert said in " ".join(capsys.readouterr().err.split())
    assert (relay.live, relay.rollbacks) == ("3", OTHER)


def test_nothing_is_changed_when_there_is_none_before(relay: Relay, capsys: pytest.CaptureFixture[str]) -> None:
    rollback("relay", "--to", "1")
    before = relay.rollbacks

    assert rollback("relay") == 1

    assert "runs version 1, and there is none before it" in " ".join(capsys.readouterr().err.split())
    assert (relay.live, relay.rollbacks) == ("1", before)


def test_nothing_is_changed_when_nobody_has_agreed(relay: Relay) -> None:
    assert ORDERFLOW.main(["rollback", "relay", "--environment", "dev"]) == 1

    assert (relay.live, relay.rollbacks) == ("3", OTHER)


def test_versions_are_told_to_programs(relay: Relay, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback("relay", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["live"], told["code"]) == (NAME, 2, relay.code)
    assert [one["number"] for one in told["published"]] == [1, 2, 3]
