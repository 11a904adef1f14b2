"""A process that ends between an effect and its acknowledgement: the work comes back and has one effect."""

from collections.abc import Callable

import pytest

from tests.harness.faults import Scripted
from tests.harness.system import System

Settled = Callable[[System, int], None]
CRASHES = {
    "api, after publishing": ("storefront_api -> events", ["killed after"]),
    "api, after its answer": ("http -> storefront_api", ["killed after"]),
    "webhooks, after publishing": ("webhooks -> events", ["killed after"]),
    "recorder, after writing": ("recorder -> dynamodb", ["killed after", None, "killed after", None, "killed after"]),
    "recorder, before acknowledging": ("queue -> recorder", ["killed after", None, "killed after"]),
    "relay, after publishing": ("relay -> sns", ["killed after", "killed after"]),
    "relay, before acknowledging": ("stream -> relay", ["killed after", None, "killed after"]),
    "finance, before publishing": ("finance -> events", ["killed before"]),
    "finance, after publishing": ("finance -> events", ["killed after"]),
    "warehouse, before publishing": ("warehouse -> events", ["killed before"]),
    "warehouse, after publishing": ("warehouse -> events", ["killed after"]),
    "warehouse, after each write": ("warehouse -> dynamodb", [None, "killed after", None, "killed after"]),
    "customer service, before sending": ("customer_service -> sns", ["killed before", None, "killed before"]),
    "customer service, after sending": ("customer_service -> sns", ["killed after", None, "killed after"]),
    "customer service, after writing": ("customer_service -> dynamodb", ["killed after", None, "killed after"]),
    "answer lost after writing": ("recorder -> dynamodb", ["answer lost", None, "answer lost"]),
    "answer lost after publishing": ("relay -> sns", ["answer lost", "answer lost"]),
}


@pytest.mark.parametrize(("hop", "kinds"), CRASHES.values(), ids=CRASHES)
def test_effect_is_there_once_when_the_process_ends_behind_it(
    system: System, settled: Settled, hop: str, kinds: list[str | None]
) -> None:
    assert isinstance(system.faults, Scripted)
    system.faults.script = {hop: list(kinds)}
    system.partners.scenario = "capture"

    system.place_order(1)
    system.run_until_quiet()

    assert system.faults.struck
    settled(system, 1)
    assert [entry["kind"] for entry in system.partners.book] == ["payment", "capture", "shipment"]
