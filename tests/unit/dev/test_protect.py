"""What `orderflow-dev protect` says of a plan, on changes as Terraform's JSON describes them."""

import io
import json
from typing import Any

import pytest

from dev.__main__ import DEVELOPMENT

FORGET, DELETE, REPLACE = ["forget"], ["delete"], ["delete", "create"]
KINDS = (
    "aws_dynamodb_table",
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_event_archive",
    "aws_sns_topic",
    "aws_s3_bucket",
    "aws_kms_key",
)


def change(kind: str, actions: list[str], **more: Any) -> dict[str, Any]:
    before = {"bucket" if kind == "aws_s3_bucket" else "name": "orders"}
    return {"address": f"module.a.{kind}.this", "type": kind, "change": {"actions": actions, "before": before, **more}}


def protect(monkeypatch: pytest.MonkeyPatch, *changes: dict[str, Any]) -> int:
    plan = {"format_version": "1.2", "planned_values": {}, "resource_changes": changes}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(plan)))
    return DEVELOPMENT.main(["protect", "-"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({"actions": DELETE}, "would be deleted."),
        ({"actions": REPLACE, "replace_paths": [["name"]]}, "would be replaced, because of name."),
        ({"actions": ["create", "delete"]}, "would be replaced."),
    ],
)
def test_plan_is_refused_when_it_takes_away_what_holds_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, of: dict[str, Any], said: str
) -> None:
    assert protect(monkeypatch, change("aws_sqs_queue", ["create"]), change(kind, **of)) == 1

    told = " ".join(capsys.readouterr().err.split())
    assert f"module.a.{kind}.this" in told
    assert said in told
    assert "`removed` block" in told


def test_plan_is_accepted_when_what_holds_data_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [change(kind, actions) for kind in KINDS for actions in (FORGET, ["update"], ["no-op"], ["create"])]

    assert protect(monkeypatch, *kept, change("aws_lambda_function", REPLACE)) == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"planned_values": {}, "errored": true}'])
def test_what_is_no_complete_plan_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))

    assert DEVELOPMENT.main(["protect", "-"]) == 1
