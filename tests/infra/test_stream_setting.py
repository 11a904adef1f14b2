"""What a plan says of recorder and relay, for each thing that the orders table's stream can show."""

import json
from typing import Any

import pytest

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform
from tests.infra.support.planning import resources

PIPELINE = ROOT / "terraform" / "pipeline"


@pytest.fixture(scope="module")
def plans() -> dict[str, dict[str, Any]]:
    """The plans of tests/stream.tftest.hcl, by the name of their run."""
    done = terraform.run(PIPELINE, "test", "-json", "-verbose", "-filter=tests/stream.tftest.hcl")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return {message["@testrun"]: message["test_plan"] for message in messages if message["type"] == "test_plan"}


@pytest.mark.parametrize(
    ("run", "view_type", "enabled"),
    [
        ("changes_are_told_with_both_images", "NEW_AND_OLD_IMAGES", True),
        ("orders_wait_while_the_relay_could_not_read_the_stream", "NEW_IMAGE", False),
    ],
)
def test_recorder_and_relay_stand_still_when_a_change_could_not_be_told(
    plans: dict[str, dict[str, Any]], run: str, view_type: str, enabled: bool
) -> None:
    mappings = resources(plans[run], "aws_lambda_event_source_mapping")
    tables = resources(plans[run], "aws_dynamodb_table")

    assert tables["module.orders.aws_dynamodb_table.this"]["stream_view_type"] == view_type
    assert mappings['module.recorder.aws_lambda_event_source_mapping.queue["intake"]']["enabled"] is enabled
    assert mappings['module.relay.aws_lambda_event_source_mapping.stream["orders"]']["enabled"] is enabled
    assert mappings['module.finance.aws_lambda_event_source_mapping.queue["orders"]']["enabled"] is True
