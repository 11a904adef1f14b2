"""A plan rejects all invalid inputs of a root module at once, with errors that say what to do."""

import json
import re

import pytest

from orderflow_cli import ROOT
from orderflow_cli.build import plans
from orderflow_cli.toolchain import terraform

FOLDER = ROOT / "tests" / "roots" / "wrong_combinations"
ADVICE = {
    "sms_number": "a number in E.164 format (+, country code and digits only), such as +31201234567",
    "filter_keys": "use at most five keys; it has 6 (a, b, c, d, e, f)",
    "filter_nesting": 'set `filter_policy_scope` to "MessageBody" for nested keys (data.status)',
    "schedule_with_pattern": "Set exactly one of `event_pattern` and `schedule_expression`",
    "target_without_block": "Set exactly one block in each target: lambda, sqs, sns,",
    "pattern_length": "Shorten `event_pattern`, or split it into two rules",
    "email_on_systems_topic": "to a topic whose audience is people",
    "pattern_operator": "got `prefx`",
    "body_filter_unknown_at_plan": "body_filter_policy_must_be_known_at_plan",
    "discovery_with_key": "Set `schema_discovery = false` or `kms_key_arn = null`",
}


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The plan's error messages, each with its context."""
    with plans.offline_environment(tmp_path_factory.mktemp("refused") / "provider.log", "000000000000") as env:
        result = terraform.run(FOLDER, "plan", "-input=false", "-json", env=env)
    messages = [json.loads(line) for line in result.stdout.splitlines()]
    diagnostics = [message["diagnostic"] for message in messages if message["type"] == "diagnostic"]
    return [f"{diagnostic['detail']} {diagnostic.get('snippet', {}).get('context')}" for diagnostic in diagnostics]


@pytest.mark.parametrize(
    "mistake",
    [
        *(pytest.param(name, marks=pytest.mark.proves(f"refused/{name}", by="planned")) for name in list(ADVICE)[:6]),
        pytest.param("email_on_systems_topic", marks=pytest.mark.proves("sns/people", by="planned")),
        "pattern_operator",
        "body_filter_unknown_at_plan",
        "discovery_with_key",
    ],
)
def test_plan_says_what_to_do_about_each_mistake(errors: list[str], mistake: str) -> None:
    assert [error for error in errors if ADVICE[mistake] in error]


def test_every_mistake_is_rejected_in_one_plan(errors: list[str]) -> None:
    mistakes = set(re.findall(r'^module "(\w+)"', (FOLDER / "main.tf").read_text(), re.MULTILINE))

    assert mistakes == set(ADVICE)
    assert len(errors) == len(mistakes)
