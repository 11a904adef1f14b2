"""Commands run with the reader role in an environment named prod: each works or names the missing permission, and
writes nothing.

The environment is the local cloud, accessed like an AWS account: with the role's credentials only."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from orderflow_cli import ROOT
from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.environments import Cloud
from tests.e2e.conftest import Shop

FOLDER = ROOT / "scripts" / "orderflow_cli" / "commands"
COMMANDS = [file.stem for file in FOLDER.glob("*.py") if re.search(r"import .*\bconnect\b", file.read_text())]
REPLAY_OPTIONS = ["--from", "2h", "--to", "1h", "--rule", "intake"]


@dataclass(frozen=True)
class RemoteCloud(Cloud):
    """The local cloud, presented as an environment in an AWS account."""

    @property
    def is_local(self) -> bool:
        return False


@pytest.fixture(scope="module")
def reader(shop: Shop) -> RemoteCloud:
    sts = shop.cloud.client("sts")
    role = "arn:aws:iam::000000000000:role/orderflow-local-reader"
    session = sts.assume_role(RoleArn=role, RoleSessionName="on-call")["Credentials"]
    names = {"AccessKeyId": "access_key_id", "SecretAccessKey": "secret_access_key", "SessionToken": "session_token"}
    credentials = {f"aws_{name}": session[key] for key, name in names.items()}
    return RemoteCloud("local", lambda service: shop.cloud.client(service, **credentials))


@pytest.fixture
def run_as_reader(reader: RemoteCloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    for command in COMMANDS:
        monkeypatch.setattr(f"orderflow_cli.commands.{command}.connect", lambda name, project: reader)
    return lambda *arguments: ORDERFLOW.main([*arguments, "--environment", "prod"])


@pytest.fixture(scope="module")
def order_id(shop: Shop) -> str:
    new_id: str = shop.place(shop.new_order()).document["order_id"]
    shop.wait_for_status(new_id, "delivered")
    return new_id


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["status"], "orders"),
        (["trace", "ORDER"], "order_id"),
        (["find", "--status", "delivered"], "order_id"),
        (["logs", "recorder", "--since", "1h"], "function"),
        (["redrive", "list", "--all"], "source"),
        (["rollback", "relay", "--list"], "published"),
        (["stream", "show"], "view_type"),
        (["replay", *REPLAY_OPTIONS, "--dry-run"], "archive_arn"),
        (["redrive", "inspect", "all"], "["),
        (["send", "event", "PaymentCaptured", "--dry-run"], "event"),
    ],
)
def test_read_command_works_with_the_reader_role(
    run_as_reader: Any, order_id: str, command: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_as_reader(*(order_id if word == "ORDER" else word for word in command), "--json")

    output = capsys.readouterr()
    assert "permission" not in output.err
    assert code == 0 or (code == 1 and command == ["status"])  # other tests leave problems behind
    lines = [json.loads(line) for line in output.out.splitlines()]
    assert lines
    assert expected in output.out


@pytest.mark.parametrize(
    ("command", "permission"),
    [
        (["send", "event", "PaymentCaptured"], "events:PutEvents"),
        (["send", "event", "OrderChanged"], "sns:Publish"),
        (["tail", "--for", "1"], "events:EnableRule"),
        (["compare", "--yes"], "events:CreateEventBus"),
        (["replay", *REPLAY_OPTIONS], "events:"),
        (["stream", "disable", "--hold-orders"], "lambda:UpdateEventSourceMapping"),
        (["erase", "customer-without-orders", "--yes"], "dynamodb:Query"),
    ],
)
def test_write_command_needs_the_write_option_and_a_permission(
    run_as_reader: Any, shop: Shop, command: list[str], permission: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_as_reader(*command)
    refusal_text = capsys.readouterr().err
    run_as_reader(*command, "--write")
    denial_text = capsys.readouterr().err

    assert code == 1
    assert refusal_text == "orderflow: This would change prod; allow it with --write. Nothing was changed.\n"
    assert f"The permission {permission}" in denial_text
    rule = shop.cloud.client("events").describe_rule(
        Name="orderflow-local-tap-bus", EventBusName=shop.outputs["bus_name"]
    )
    assert rule["State"] == "DISABLED"
