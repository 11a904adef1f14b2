"""Everything comes twice, and once more by replay and redrive: one effect."""

import json
from collections.abc import Callable

import pytest

from orderflow_cli.observe.invariants import check
from tests.harness.faults import Always
from tests.harness.system import System

Build = Callable[[Always], System]
Settled = Callable[[System, int], None]


def test_each_effect_is_there_once_when_every_event_batch_and_message_comes_twice(
    build: Build, settled: Settled
) -> None:
    system = build(Always("twice"))
    system.partners.scenario = "twice"

    for number in range(3):
        assert system.place_order(number)
    system.run_until_quiet()

    settled(system, 3)
    assert {hop for hop, _ in system.faults.struck} >= {
        "storefront_api -> events",
        "bus -> intake",
        "bus -> payment_request",
        "topic -> finance",
        "queue -> recorder",
        "stream -> relay",
        "warehouse -> events",
    }
    assert all(times > 1 for times in system.partners.requests.values())
    kinds = sorted(entry["kind"] for entry in system.partners.book)
    assert kinds == ["capture"] * 3 + ["payment"] * 3 + ["shipment"] * 3


@pytest.mark.parametrize("times", [1, 2])
def test_nothing_changes_when_everything_is_replayed(system: System, settled: Settled, times: int) -> None:
    """What an archive sends again: every event, to the recorder; and every change, to every consumer."""
    sent: dict[str, list[str]] = {"bus": [], "topic": []}
    for source, fan_out in (("bus", system.bus_fan_out), ("topic", system.topic_fan_out)):
        fan_out.seen = sent[source].append
    system.partners.scenario = "double"
    system.place_order(1)
    system.run_until_quiet()
    before = system.snapshot()

    for _ in range(times):
        for body in list(sent["bus"]):
            if system.targets["bus/intake"].wants(body):
                system.targets["bus/intake"].deliver(body)
        for body in list(sent["topic"]):
            for name in ("finance", "warehouse", "customer_service"):
                if system.targets[f"topic/{name}"].wants(body):
                    system.targets[f"topic/{name}"].deliver(body)
        system.run_until_quiet()

    settled(system, 1)
    assert system.snapshot() == before


def test_one_effect_results_when_a_dead_letter_is_redriven_twice(system: System, settled: Settled) -> None:
    system.faults.cursed = 1.0
    system.place_order(1)
    system.run_until_quiet()
    assert check(system.snapshot()).dead_lettered
    letters = [body for place, body in system.dead_letter_texts() if place == "rule/intake"]
    system.faults.on = False

    system.recovery.redrive()
    for body in letters:
        system.targets["bus/intake"].deliver(body)
    system.run_until_quiet()
    system.end_waiting()

    settled(system, 1)
    assert letters


def test_same_follow_up_is_published_when_a_change_comes_again(system: System) -> None:
    system.partners.scenario = "silent"
    seen: list[str] = []
    system.bus_fan_out.seen = seen.append
    changes: list[str] = []
    system.topic_fan_out.seen = changes.append
    system.place_order(1)
    system.run_until_quiet()

    system.targets["topic/finance"].deliver(changes[0])
    system.run_until_quiet()

    requests = [json.loads(body)["detail"] for body in seen if json.loads(body)["detail-type"] == "PaymentRequested"]
    assert len(requests) == 2
    assert requests[0] == requests[1]
