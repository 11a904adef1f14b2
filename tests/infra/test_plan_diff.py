import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.support import plan_diff

ALLOWED = {"aws_cloudwatch_metric_alarm": frozenset({"period", "statistic"})}


def resource(
    kind: str, actions: list[str], before: Any = None, after: Any = None, unknown: Any = None
) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}}
    return {"address": f"{kind}.this", "type": kind, "change": change}


def plan(*resources: dict[str, Any], **outputs: list[str]) -> dict[str, Any]:
    return {
        "planned_values": {},
        "resource_changes": list(resources),
        "output_changes": {name: {"actions": actions} for name, actions in outputs.items()},
    }


def test_nothing_is_unexpected_when_the_plan_is_empty() -> None:
    empty = plan(resource("aws_sqs_queue", ["no-op"]), resource("aws_iam_policy_document", ["read"]), bus=["no-op"])

    assert plan_diff.unexpected(empty, ALLOWED) == []


def test_nothing_is_unexpected_when_only_listed_attributes_are_updated() -> None:
    before, after = {"period": 0, "statistic": "", "name": "a"}, {"period": 60, "statistic": "Sum", "name": "a"}

    found = plan_diff.unexpected(plan(resource("aws_cloudwatch_metric_alarm", ["update"], before, after)), ALLOWED)

    assert found == []


def test_update_is_unexpected_when_one_attribute_more_differs() -> None:
    before, after = {"period": 0, "alarm_actions": []}, {"period": 60, "alarm_actions": ["topic"]}

    (found,) = plan_diff.unexpected(plan(resource("aws_cloudwatch_metric_alarm", ["update"], before, after)), ALLOWED)

    assert found.attributes == {"period", "alarm_actions"}
    assert str(found) == "update aws_cloudwatch_metric_alarm.this (alarm_actions, period)"


def test_update_is_unexpected_when_a_value_becomes_known_after_apply_only() -> None:
    change = resource("aws_lambda_function", ["update"], {"arn": "a"}, {}, {"arn": True})

    (found,) = plan_diff.unexpected(plan(change), ALLOWED)

    assert found.attributes == {"arn"}


def test_attribute_is_not_counted_when_its_nested_parts_are_known() -> None:
    known = {"code": "b", "environment": [{"variables": {"BUS_NAME": "orders"}}]}
    change = resource(
        "aws_lambda_function", ["update"], {**known, "code": "a"}, known, {"environment": [{"variables": {}}]}
    )

    (found,) = plan_diff.changes(plan(change))

    assert found.attributes == {"code"}


@pytest.mark.parametrize("actions", [["create"], ["delete"], ["delete", "create"], ["create", "delete"]])
def test_replacement_is_unexpected_when_all_its_attributes_are_listed(actions: list[str]) -> None:
    change = resource("aws_cloudwatch_metric_alarm", actions, {"period": 0}, {"period": 60})

    assert [found.actions for found in plan_diff.unexpected(plan(change), ALLOWED)] == [tuple(actions)]


def test_output_is_unexpected_when_it_changes() -> None:
    assert [str(found) for found in plan_diff.unexpected(plan(bus=["update"]), ALLOWED)] == ["update output.bus"]


@pytest.mark.parametrize("document", [{}, {"planned_values": {}, "errored": True}])
def test_plan_is_refused_when_it_is_not_complete(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="plan"):
        plan_diff.changes(document)


def test_every_listed_attribute_belongs_to_an_alarm() -> None:
    assert set(plan_diff.emulator_differences()) == {"aws_cloudwatch_metric_alarm"}


@pytest.mark.parametrize(("actions", "code"), [(["no-op"], 0), (["delete"], 1)])
def test_command_answers_by_its_exit_code_when_it_reads_a_plan(tmp_path: Path, actions: list[str], code: int) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan(resource("aws_sqs_queue", actions))))

    done = subprocess.run([sys.executable, plan_diff.__file__, file], check=False, capture_output=True, text=True)

    assert done.returncode == code
    assert ("aws_sqs_queue.this" in done.stdout) == bool(code)
