"""The two simulators of a local cloud: start, errors and stop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.local_cloud.detached import find_free_base_port
from orderflow_cli.local_cloud.simulators import CARRIER, PAYMENT_PROVIDER, Simulators


@pytest.fixture
def simulators(tmp_path: Path) -> Iterator[Simulators]:
    simulators = Simulators(tmp_path, find_free_base_port(20_000))
    yield simulators
    simulators.stop()


def test_error_of_a_simulator_names_the_request_and_the_reason(simulators: Simulators) -> None:
    simulators.start()

    with pytest.raises(UserError, match=r"payment provider rejected POST /release: .*No payment is held"):
        simulators.call(PAYMENT_PROVIDER, "POST", "/release", {"order_id": "none"})


def test_stop_ends_both_processes(simulators: Simulators) -> None:
    simulators.start()

    were_running = simulators.stop()

    assert were_running
    assert simulators.process_ids() == {"payment_provider": None, "carrier": None}
    assert not simulators.stop()
    with pytest.raises(UserError, match=r"carrier does not answer .*`make down up`"):
        simulators.book(CARRIER)
