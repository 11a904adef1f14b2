"""The two simulators of a local cloud: started once, configured, asked for their books, stopped."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.local_cloud.simulators import ALL, API_KEY, CARRIER, PAYMENT_PROVIDER, Simulators

SECRETS = {"payment_provider": "one", "carrier": "two"}


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


def test_both_keep_running_when_they_are_started_twice(simulators: Simulators) -> None:
    simulators.start()
    first = simulators.running()
    simulators.start()

    assert first.keys() == SECRETS.keys()
    assert None not in first.values()
    assert simulators.running() == first


def test_books_are_empty_when_they_have_been_configured(simulators: Simulators) -> None:
    simulators.start()

    simulators.configure("http://127.0.0.1:9", SECRETS)

    assert [simulators.book(each)["entries"] for each in ALL] == [[], []]


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


def test_destinations_lead_to_the_ports_above_the_cloud_when_terraform_asks(tmp_path: Path) -> None:
    assert Simulators(tmp_path, 4566).terraform_variables() == {
        "TF_VAR_payment_provider": json.dumps({"endpoint": "https://127.0.0.1:4567", "api_key": API_KEY}),
        "TF_VAR_carrier": json.dumps({"endpoint": "https://127.0.0.1:4568", "api_key": API_KEY}),
    }
