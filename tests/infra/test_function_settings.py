"""What each function reads from its environment is what the plan sets: a renamed variable is named here."""

import ast

import pytest

from orderflow_cli.build import package
from tests.infra.support.planning import Plan, Planner, resources

# Read by the shared packages, by Powertools, and by functions of one kind or another.
COMMON = {
    *("ENVIRONMENT", "LOG_LEVEL", "DEAD_LETTER_QUEUE_URL"),
    *("POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"),
}


@pytest.fixture(scope="module")
def plan(planner: Planner) -> Plan:
    return planner.mocked("local")


@pytest.mark.parametrize("function", package.functions())
def test_function_is_given_what_it_reads_and_nothing_else(plan: Plan, function: str) -> None:
    required, optional = _fields(function)
    planned = resources(plan, "aws_lambda_function")[f"module.pipeline.module.{function}.aws_lambda_function.this"]
    given = set(planned["environment"][0]["variables"])

    assert required - given == set(), f"{function} reads variables that nobody sets"
    assert given - required - optional - COMMON == set(), f"{function} is given variables that it does not read"


def _fields(function: str) -> tuple[set[str], set[str]]:
    tree = ast.parse((package.LAMBDAS / function / "settings.py").read_text())
    (settings,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    fields = [node for node in settings.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    names = {node.target.id.upper(): node.value is None for node in fields if isinstance(node.target, ast.Name)}
    return {name for name, required in names.items() if required}, {name for name, req in names.items() if not req}
