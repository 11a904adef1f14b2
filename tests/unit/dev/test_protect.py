"""`orderflow-dev protect` on plans in Terraform's JSON format."""

import io
import json
from typing import Any

import pytest

from dev.__main__ import ORDERFLOW_DEV
from dev.commands.protect import PROTECTED_TYPES


def change(kind: str, actions: list[str], **more: Any) -> dict[str, Any]:
    before = {"bucket" if kind == "aws_s3_bucket" else "name": "orders"}
    return {"address": f"module.a.{kind}.this", "type": kind, "change": {"actions": actions, "before": before, **more}}


def run_protect(monkeypatch: pytest.MonkeyPatch, text: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return ORDERFLOW_DEV.main(["protect", "-"])


def plan(*changes: dict[str, Any]) -> str:
    return json.dumps({"planned_values": {}, "resource_changes": changes})


KINDS = ["dynamodb_table", "cloudwatch_event_bus", "cloudwatch_event_archive", "sns_topic", "s3_bucket", "kms_key"]


@pytest.mark.parametrize("kind", [f"aws_{one}" for one in KINDS])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"actions": ["delete"]}, "would be deleted."),
        ({"actions": ["delete", "create"], "replace_paths": [["name"]]}, "would be replaced, because of name."),
        ({"actions": ["create", "delete"]}, "would be replaced."),
    ],
)
def test_plan_that_deletes_a_protected_resource_is_rejected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, values: dict[str, Any], message: str
) -> None:
    assert run_protect(monkeypatch, plan(change("aws_sqs_queue", ["create"]), change(kind, **values))) == 1

    output = " ".join(capsys.readouterr().err.split())
    assert f"module.a.{kind}.this ({PROTECTED_TYPES[kind]} orders) {message}" in output
    assert "`removed` block" in output


def test_plan_that_keeps_protected_resources_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [change(kind, [action]) for kind in PROTECTED_TYPES for action in ("forget", "update", "no-op", "create")]

    assert run_protect(monkeypatch, plan(*changes, change("aws_lambda_function", ["delete", "create"]))) == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"planned_values": {}, "errored": true}'])
def test_incomplete_plan_is_rejected(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert run_protect(monkeypatch, text) == 1
