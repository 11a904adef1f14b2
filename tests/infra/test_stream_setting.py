"""What a plan says of recorder and relay, for each thing that the orders table's stream can show."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orderflow_cli import ROOT
from tests.infra.support.planning import Plan, of_runs, resources


@pytest.fixture(scope="module")
def plans(tested: Callable[[Path], str]) -> dict[str, Plan]:
    """The plans of the pipeline's tests, by the name of their run."""
    return of_runs(tested(ROOT / "terraform" / "pipeline"))


@pytest.mark.parametrize(
    ("run", "view_type", "enabled"),
    [
        ("each_event_comes_from_those_who_may_and_options_are_off", "NEW_AND_OLD_IMAGES", True),
        ("orders_wait_while_the_relay_could_not_read_the_stream", "NEW_IMAGE", False),
    ],
)
def test_recorder_and_relay_stop_when_a_change_cannot_be_published(
    plans: dict[str, Plan], run: str, view_type: str, enabled: bool
) -> None:
    mappings = resources(plans[run], "aws_lambda_event_source_mapping")
    tables = resources(plans[run], "aws_dynamodb_table")

    assert tables["module.orders.aws_dynamodb_table.this"]["stream_view_type"] == view_type
    assert mappings['module.recorder.aws_lambda_event_source_mapping.queue["intake"]']["enabled"] is enabled
    assert mappings['module.relay.aws_lambda_event_source_mapping.stream["orders"]']["enabled"] is enabled
    assert mappings['module.finance.aws_lambda_event_source_mapping.queue["orders"]']["enabled"] is True
