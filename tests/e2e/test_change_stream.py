"""The stream of the orders table is replaced five times, by the steps of `orderflow stream`, while orders come in."""

from pathlib import Path

import pytest

from bench import stream_change
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e import plans
from tests.e2e.conftest import Shop

ORDERS = 40


@pytest.mark.proves("stream/change", by="delivered")
def test_nothing_is_lost_and_no_plan_is_left_when_the_stream_is_replaced_under_load(
    cloud: LocalCloud, shop: Shop, tmp_path: Path
) -> None:
    outcome = stream_change.run(cloud, ORDERS, per_second=1.0)

    assert outcome.problems == []
    assert len(outcome.load.accepted) == ORDERS == outcome.load.settled()
    assert outcome.streams == 5
    assert outcome.held > 0, "no order waited, so nothing was shown"
    assert outcome.messages >= outcome.versions > ORDERS
    assert plans.of_the_system(cloud, tmp_path) == []
