"""What does not go together is refused by the plan, which says what to do. One plan shows every mistake of its root."""

import json
import os
import re

import pytest

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform
from tests.infra.support.planning import identity_service

FOLDER = ROOT / "tests" / "roots" / "wrong_combinations"
ADVICE = {
    "sms_number": "a number in E.164 form, + and the country code first, digits only: +31201234567",
    "filter_keys": "use at most five keys, these are 6 (a, b, c, d, e, f)",
    "filter_nesting": 'set `filter_policy_scope` to "MessageBody" for nested keys (data.status)',
    "schedule_with_pattern": "Set either `event_pattern` or `schedule_expression`, not both and not none",
    "target_without_block": "Give each target exactly one block that says what it is: lambda, sqs, sns,",
    "pattern_length": "Shorten `event_pattern`, or split it into two rules",
    "people_on_orders": "Subscribe people (email, email-json, sms, application) to a topic that carries notices",
    "discovery_with_key": "Set `schema_discovery = false` or `kms_key_arn = null`",
}


@pytest.fixture(scope="module")
def refusals() -> list[str]:
    """What the plan complains about."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
    with identity_service() as endpoint:
        environment = {**own, **access, "AWS_ENDPOINT_URL": endpoint, "NO_PROXY": "127.0.0.1"}
        planned = terraform.run(FOLDER, "plan", "-input=false", "-json", env=environment)
    messages = [json.loads(line) for line in planned.stdout.splitlines()]
    return [message["diagnostic"]["detail"] for message in messages if message["type"] == "diagnostic"]


@pytest.mark.parametrize(
    "mistake",
    [
        *(pytest.param(name, marks=pytest.mark.proves(f"refused/{name}", by="planned")) for name in list(ADVICE)[:6]),
        pytest.param("people_on_orders", marks=pytest.mark.proves("sns/people", by="planned")),
        "discovery_with_key",
    ],
)
def test_plan_says_what_to_do_when_two_things_do_not_go_together(refusals: list[str], mistake: str) -> None:
    assert [refusal for refusal in refusals if ADVICE[mistake] in refusal]


def test_every_mistake_is_refused_when_all_are_planned(refusals: list[str]) -> None:
    mistakes = set(re.findall(r'^module "(\w+)"', (FOLDER / "main.tf").read_text(), re.MULTILINE))

    assert mistakes == set(ADVICE)
    assert len(refusals) == len(mistakes)
