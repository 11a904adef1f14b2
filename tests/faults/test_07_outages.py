"""A table, the topic, the bus, or its key does not answer for a while and then does again: all orders settle."""

from collections.abc import Callable

import pytest

from tests.harness.system import System

Settled = Callable[[System, int], None]
OUTAGES = {
    "tables": ("dynamodb", ""),
    "tables throttled": ("dynamodb", "ProvisionedThroughputExceededException"),
    "topic": ("sns", ""),
    "key of the topic": ("sns", "KMSAccessDenied"),
    "bus": ("events", ""),
    "key of the bus": ("events", "AccessDeniedException"),
}


@pytest.mark.parametrize(("service", "code"), OUTAGES.values(), ids=OUTAGES)
def test_orders_settle_without_redrive_when_a_service_comes_back(
    system: System, settled: Settled, service: str, code: str
) -> None:
    system.partners.scenario = "capture"
    for number in range(2):
        system.place_order(number)
    system.step()

    system.faults.down = {service: code}
    for _ in range(6):
        system.step()
        system.clock.advance(20)
    refused = None if service == "sns" else system.place_order(99, attempts=1)
    system.faults.down = {}
    system.run_until_quiet()

    assert not refused
    settled(system, 2)


def test_message_waits_in_its_dead_letter_queue_when_the_table_stays_away(system: System, settled: Settled) -> None:
    system.partners.scenario = "capture"
    system.place_order(1)
    system.run_until(lambda: system.invocations["relay"] > 0)
    system.faults.down = {"dynamodb": ""}
    for _ in range(60):
        system.step()
        system.clock.advance(30)
    places = {place for place, _ in system.dead_letter_texts()}
    system.faults.down = {}

    sent = system.recovery.redrive()
    system.run_until_quiet()

    assert places >= {"queue/warehouse", "queue/customer_service"}
    assert set(sent) == places
    settled(system, 1)
