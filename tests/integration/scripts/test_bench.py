"""The AWS operations per order, and the measurements of `make bench` that run in this process."""

import json
from collections import Counter
from typing import Any

import pytest

from bench import groups, page
from orderflow_cli import ROOT
from orderflow_cli.cost import bill
from orderflow_cli.cost.bill import OPERATIONS


@pytest.fixture(scope="module")
def recording() -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(groups.recording().read_text())
    return recording


def test_order_uses_exactly_the_billed_aws_operations(recording: dict[str, Any]) -> None:
    entries, units, messages = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[str]()
    for invocation in recording["invocations"]:
        function = invocation["function"]
        messages[function] += len(invocation["event"].get("Records", "1"))
        for call in invocation["calls"]:
            parameters = call["parameters"]
            if call["service"] == "secretsmanager":  # the function caches the secret for minutes
                continue
            table = parameters.get("TableName") or ("stock" if "TransactItems" in parameters else "")
            name = function, f"{call['operation']} {table}".strip()
            entries[name] += len(parameters.get("Entries") or parameters.get("PublishBatchRequestEntries") or "1")
            units[name] += call["units"]

    orders = recording["orders"]
    usage = {name: (count / orders, units[name] / orders) for name, count in entries.items()}
    assert usage == {(one.function, one.call): (one.count, one.units) for one in OPERATIONS}
    assert {name: count / orders for name, count in messages.items()} == {
        **bill.MESSAGES_PER_ORDER,
        **bill.REQUESTS_PER_ORDER,
        "relay": bill.STREAM_RECORDS_PER_ORDER,
    }
    assert all(one.reason for one in OPERATIONS)


def test_order_size_matches_the_bill(recording: dict[str, Any]) -> None:
    sizes: dict[str, list[int]] = {}
    events = []
    for invocation in recording["invocations"]:
        for call in invocation["calls"]:
            if invocation["function"] == "recorder":
                sizes.setdefault(call["parameters"]["Key"]["order_id"]["S"], []).extend(call["sizes"])
            events += [len(entry["Detail"].encode()) for entry in call["parameters"].get("Entries", ())]

    assert [round(sum(each) / len(sizes)) for each in zip(*sizes.values(), strict=True)] == pytest.approx(
        list(bill.ORDER_ITEM_SIZES), abs=5
    )
    assert sum(events) / len(events) == pytest.approx(bill.EVENT_BYTES, rel=0.05)


@pytest.mark.parametrize("function", sorted(bill.LOG_BYTES))
def test_log_size_matches_the_bill(function: str) -> None:
    assert groups.log_bytes(function) == pytest.approx(bill.LOG_BYTES[function], rel=0.1)


def test_relay_is_compared_with_alternatives_and_lower_bounds() -> None:
    figures = groups.measure_relay(rounds=1, record_count=20)

    assert figures.keys() == {row.key for row in page.ROWS if row.key.startswith("relay/")}
    assert all(figure.value > 0 for figure in figures.values())
    assert all(ratio > 0 for key in figures.keys() - {"relay/wall"} for ratio in figures[key].ratios)


def test_page_and_chart_show_the_measurements() -> None:
    assert {path: (ROOT / path).read_text() for path in page.generated_files()} == page.generated_files()
