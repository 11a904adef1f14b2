"""Replacement of the orders table's stream with the steps of `orderflow stream` while orders arrive."""

from pathlib import Path

import pytest

from bench import stream_change
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support.terraform_root import TerraformRoot

ORDER_COUNT = 40
VIEW_TYPES = (None, "KEYS_ONLY", "NEW_AND_OLD_IMAGES")


@pytest.mark.proves("stream/change", by="delivered")
def test_replacing_the_stream_loses_no_event_and_leaves_an_empty_plan(cloud: LocalCloud, tmp_path: Path) -> None:
    outcome = stream_change.run(cloud, ORDER_COUNT, orders_per_second=1.0, view_types=VIEW_TYPES)

    assert outcome.problems == []
    assert len(outcome.load.accepted_ids) == ORDER_COUNT == outcome.load.settled_count()
    assert outcome.stream_count == len(VIEW_TYPES)
    assert outcome.peak_depth > 0, "no order waited, so the test proved nothing"
    assert outcome.message_count >= outcome.version_count > ORDER_COUNT
    assert TerraformRoot(cloud.root, cloud.env(), tmp_path, state=False).changes() == []
