"""`orderflow rollback` on moto's Lambda: the alias, and the version that Terraform reads."""

import io
import json
import zipfile
from typing import Any

import boto3
import pytest

from orderflow_cli.__main__ import ORDERFLOW

NAME, PARAMETER = "orderflow-dev-relay", "/orderflow/dev/rollbacks"
OTHER = {"finance": {"version": "4", "instead_of": "code"}}


def package(content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("relay.py"), content)
    return buffer.getvalue()


@pytest.fixture
def code(aws: None) -> str:
    """The code hash of the live, newest of a function's three versions; another function was rolled back before."""
    functions = boto3.client("lambda")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = boto3.client("iam").create_role(RoleName="relay", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    options: Any = {"FunctionName": NAME, "Runtime": "python3.13", "Role": role, "Handler": "relay.handler"}
    functions.create_function(**options, Code={"ZipFile": package("1")}, Publish=True)
    for content in ("2", "3"):
        updated = functions.update_function_code(FunctionName=NAME, ZipFile=package(content), Publish=True)
    functions.create_alias(FunctionName=NAME, Name="live", FunctionVersion="3")
    boto3.client("ssm").put_parameter(Name=PARAMETER, Value=json.dumps(OTHER), Type="String")
    return updated["CodeSha256"]


def state() -> tuple[str, dict[str, Any]]:
    """Return the live version, and the version that Terraform reads."""
    parameter = boto3.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    return boto3.client("lambda").get_alias(FunctionName=NAME, Name="live")["FunctionVersion"], json.loads(parameter)


def rollback(*arguments: str) -> int:
    return ORDERFLOW.main(["rollback", *arguments, "--environment", "dev", "--write"])


@pytest.mark.parametrize(
    ("commands", "live"),
    [
        pytest.param([["relay"]], "2", id="the version before"),
        pytest.param([[NAME], [NAME]], "1", id="twice"),
        pytest.param([["relay", "--to", "1"]], "1", id="a chosen version"),
        pytest.param([["relay"], ["relay", "--to", "3"]], "3", id="the newest version ends the rollback"),
        pytest.param([["relay", "--list"]], "3", id="list only"),
    ],
)
def test_alias_points_to_the_requested_version(code: str, commands: list[list[str]], live: str) -> None:
    assert [rollback(*arguments) for arguments in commands] == [0] * len(commands)

    rollbacks = {} if live == "3" else {"relay": {"version": live, "instead_of": code}}
    assert state() == (live, {**OTHER, **rollbacks})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["relay", "--to", "9"], "--to must be a version of orderflow-dev-relay: 1, 2, 3; got 9."),
        (["recorder"], "dev has no function orderflow-dev-recorder with an alias live."),
        (["relay"], "orderflow-dev-relay runs version 1, and has no earlier version."),
    ],
)
@pytest.mark.usefixtures("code")
def test_unknown_version_or_function_changes_nothing(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    rollback("relay", "--to", "1")
    before = state()

    assert rollback(*arguments) == 1

    assert message in " ".join(capsys.readouterr().err.split())
    assert state() == before


@pytest.mark.usefixtures("code")
def test_nothing_is_changed_without_write() -> None:
    assert ORDERFLOW.main(["rollback", "relay", "--environment", "dev"]) == 1

    assert state() == ("3", OTHER)


def test_versions_are_listed_as_json(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback("relay", "--json") == 0

    data = json.loads(capsys.readouterr().out)
    assert (data["name"], data["live"], data["code"], list(data["published"])) == (NAME, 2, code, ["1", "2", "3"])
