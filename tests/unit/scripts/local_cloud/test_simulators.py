"""The two simulators of a local cloud: started once, configured, asked for their books, stopped."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.local_cloud.simulators import CARRIER, PAYMENT_PROVIDER, Simulators


def free_ports() -> int:
    """A port whose next two are free as well."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except (OSError, OverflowError):
                continue
            return port


@pytest.fixture
def simulators(tmp_path: Path) -> Iterator[Simulators]:
    made = Simulators(tmp_path, free_ports())
    yield made
    made.stop()


def test_refusal_is_one_sentence_when_a_simulator_gives_it(simulators: Simulators) -> None:
    simulators.start()

    with pytest.raises(UserError, match=r"payment_provider refused POST /release: .*no payment is held"):
        simulators.call(PAYMENT_PROVIDER, "POST", "/release", {"order_id": "none"})


def test_both_are_gone_when_they_are_stopped(simulators: Simulators) -> None:
    simulators.start()

    stopped = simulators.stop()

    assert stopped
    assert simulators.running() == {"payment_provider": None, "carrier": None}
    assert not simulators.stop()
    with pytest.raises(UserError, match=r"carrier does not answer .*`make down up`"):
        simulators.book(CARRIER)
