"""What a plan would change, as tests compare it."""

from typing import Any

import pytest

from tests.support import terraform_root


def resource(actions: list[str], before: Any = None, after: Any = None, unknown: Any = None) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}}
    return {"address": "aws_lambda_function.this", "change": change}


def changes(*resources: dict[str, Any], **outputs: list[str]) -> list[str]:
    plan = {
        "planned_values": {},
        "resource_changes": list(resources),
        "output_changes": {name: {"actions": actions} for name, actions in outputs.items()},
    }
    return [str(change) for change in terraform_root.changes(plan)]


def test_nothing_changes_when_the_plan_is_empty() -> None:
    assert changes(resource(["no-op"]), resource(["read"]), bus=["no-op"]) == []


def test_every_differing_attribute_is_named() -> None:
    before, after = {"timeout": 3, "layers": [], "name": "a"}, {"timeout": 10, "layers": ["b"], "name": "a"}

    assert changes(resource(["update"], before, after)) == ["update aws_lambda_function.this (layers, timeout)"]


def test_attribute_that_is_known_after_apply_only_differs() -> None:
    assert changes(resource(["update"], {"arn": "a"}, {}, {"arn": True})) == ["update aws_lambda_function.this (arn)"]


def test_attribute_whose_nested_parts_are_known_does_not_differ() -> None:
    known = {"code": "b", "environment": [{"variables": {"BUS_NAME": "orders"}}]}
    change = resource(["update"], {**known, "code": "a"}, known, {"environment": [{"variables": {}}]})

    assert changes(change) == ["update aws_lambda_function.this (code)"]


def test_replacement_and_changed_output_are_named() -> None:
    found = changes(resource(["delete", "create"], {"name": "a"}, {"name": "b"}), bus=["update"])

    assert found == ["delete/create aws_lambda_function.this (name)", "update output.bus"]


@pytest.mark.parametrize("document", [{}, {"planned_values": {}, "errored": True}])
def test_plan_is_refused_when_it_is_not_complete(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="plan"):
        terraform_root.changes(document)
