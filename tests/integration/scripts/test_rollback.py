"""`orderflow rollback` on moto's Lambda: the alias, and the rollbacks that Terraform reads."""

import io
import json
import zipfile
from typing import Any

import boto3
import pytest

from orderflow_cli.__main__ import ORDERFLOW

FUNCTION, PARAMETER_NAME = "orderflow-dev-relay", "/orderflow/dev/rollbacks"
OTHER_ROLLBACKS = {"finance": {"version": "4", "instead_of": "code"}}


def build_zip(content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("relay.py"), content)
    return buffer.getvalue()


@pytest.fixture
def code_hash(aws: None) -> str:
    """Make version 3 of a function live, record another function's rollback, and return the code hash of version 3."""
    functions = boto3.client("lambda")
    trust_policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = boto3.client("iam").create_role(RoleName="relay", AssumeRolePolicyDocument=trust_policy)["Role"]["Arn"]
    options: Any = {"FunctionName": FUNCTION, "Runtime": "python3.13", "Role": role, "Handler": "relay.handler"}
    functions.create_function(**options, Code={"ZipFile": build_zip("1")}, Publish=True)
    for content in ("2", "3"):
        response = functions.update_function_code(FunctionName=FUNCTION, ZipFile=build_zip(content), Publish=True)
    functions.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="3")
    boto3.client("ssm").put_parameter(Name=PARAMETER_NAME, Value=json.dumps(OTHER_ROLLBACKS), Type="String")
    return response["CodeSha256"]


def state() -> tuple[str, dict[str, Any]]:
    """Return the live version, and the rollbacks that Terraform reads, by function."""
    value = boto3.client("ssm").get_parameter(Name=PARAMETER_NAME)["Parameter"]["Value"]
    return boto3.client("lambda").get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"], json.loads(value)


def rollback(*arguments: str) -> int:
    return ORDERFLOW.main(["rollback", *arguments, "--environment", "dev", "--write"])


@pytest.mark.parametrize(
    ("commands", "live_version"),
    [
        pytest.param([["relay"]], "2", id="the version before"),
        pytest.param([[FUNCTION], [FUNCTION]], "1", id="twice"),
        pytest.param([["relay", "--to", "1"]], "1", id="a chosen version"),
        pytest.param([["relay"], ["relay", "--to", "3"]], "3", id="the newest version ends the rollback"),
        pytest.param([["relay", "--list"]], "3", id="list only"),
    ],
)
def test_alias_points_to_the_requested_version(code_hash: str, commands: list[list[str]], live_version: str) -> None:
    assert [rollback(*arguments) for arguments in commands] == [0] * len(commands)

    rollbacks = {} if live_version == "3" else {"relay": {"version": live_version, "instead_of": code_hash}}
    assert state() == (live_version, {**OTHER_ROLLBACKS, **rollbacks})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["relay", "--to", "9"], "--to must be a version of orderflow-dev-relay: 1, 2, 3; got 9."),
        (["recorder"], "dev has no function orderflow-dev-recorder with an alias live."),
        (["relay"], "orderflow-dev-relay runs version 1, and has no earlier version."),
    ],
)
@pytest.mark.usefixtures("code_hash")
def test_rejected_rollback_changes_nothing(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    rollback("relay", "--to", "1")
    before = state()

    assert rollback(*arguments) == 1

    assert message in " ".join(capsys.readouterr().err.split())
    assert state() == before


@pytest.mark.usefixtures("code_hash")
def test_nothing_is_changed_without_the_write_option() -> None:
    assert ORDERFLOW.main(["rollback", "relay", "--environment", "dev"]) == 1

    assert state() == ("3", OTHER_ROLLBACKS)


def test_versions_are_listed_as_json(code_hash: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback("relay", "--json") == 0

    data = json.loads(capsys.readouterr().out)
    assert (data["name"], data["live"], data["code"], [*data["published"]]) == (FUNCTION, 2, code_hash, ["1", "2", "3"])
