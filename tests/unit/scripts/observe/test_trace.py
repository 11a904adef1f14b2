"""Log lines become the way of one order: in order, without repetition, and without what is no hop."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orderflow_cli.observe import trace

ORDER = "ord_" + "a" * 26
GROUPS = {"storefront_api": "/aws/lambda/storefront", "recorder": "/aws/lambda/recorder"}


class NoSuchGroup(Exception):  # noqa: N818  # named by what it stands for
    """What the client raises for a log group that is not there."""


class Logs:
    """CloudWatch Logs in memory: two lines a page, and the filters that were asked for."""

    class exceptions:  # noqa: N801  # boto3's name
        ResourceNotFoundException = NoSuchGroup

    def __init__(self, groups: dict[str, list[str]]) -> None:
        self._groups = groups
        self.requests: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "Logs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, **request: Any) -> Any:
        self.requests.append(request)
        term = request["filterPattern"].strip('"')
        if request["logGroupName"] not in self._groups:
            raise NoSuchGroup
        found = [line for line in self._groups[request["logGroupName"]] if term in line]
        for start in range(0, len(found), 2):
            yield {"events": [{"message": line} for line in found[start : start + 2]]}


def line(second: int, message: str = "Done", **fields: Any) -> str:
    return json.dumps({"timestamp": f"2026-03-01T09:30:{second:02d}.250Z", "message": message, **fields})


def of_order(**groups: list[str]) -> list[trace.Hop]:
    logs: Any = Logs({GROUPS[name]: lines for name, lines in groups.items()})
    return trace.of_order(logs, GROUPS, ORDER)


def test_hop_holds_what_is_worth_showing_when_a_line_has_more() -> None:
    fields = {"event_type": "OrderPlaced", "outcome": "accepted", "version": 1, "status": None, "channel": "web"}

    (hop,) = of_order(storefront_api=[line(5, "Order accepted", order_id=ORDER, correlation_id="corr-1", **fields)])

    assert hop == trace.Hop(
        at=datetime(2026, 3, 1, 9, 30, 5, 250_000, UTC),
        function="storefront_api",
        message="Order accepted",
        details={"event_type": "OrderPlaced", "outcome": "accepted", "version": 1},
        correlation_id="corr-1",
    )


def test_hops_are_in_the_order_of_time_when_functions_wrote_them_in_turn() -> None:
    hops = of_order(
        storefront_api=[line(1, order_id=ORDER), line(7, order_id=ORDER), line(8, order_id=ORDER)],
        recorder=[line(9, order_id=ORDER), line(3, order_id=ORDER)],
    )

    assert [(hop.at.second, hop.function) for hop in hops] == [
        (1, "storefront_api"),
        (3, "recorder"),
        (7, "storefront_api"),
        (8, "storefront_api"),
        (9, "recorder"),
    ]


def test_hop_is_found_by_correlation_when_its_line_does_not_name_the_order() -> None:
    hops = of_order(
        storefront_api=[line(1, "Received", correlation_id="corr-1"), line(2, order_id=ORDER, correlation_id="corr-1")],
        recorder=[line(3, "Retried", correlation_id="corr-1"), line(4, "Of another order", correlation_id="corr-2")],
    )

    assert [hop.message for hop in hops] == ["Received", "Done", "Retried"]


def test_hop_is_shown_once_when_it_names_both_order_and_correlation() -> None:
    hops = of_order(recorder=[line(3, order_id=ORDER, correlation_id="corr-1")])

    assert len(hops) == 1


def test_both_hops_are_shown_when_they_differ_in_details_alone() -> None:
    hops = of_order(recorder=[line(3, order_id=ORDER, version=1), line(3, order_id=ORDER, version=2)])

    assert [hop.details["version"] for hop in hops] == [1, 2]


def test_uncaught_exception_is_a_hop_when_the_runtime_reports_it() -> None:
    report = {"timestamp": "2026-03-01T09:30:03Z", "log_level": "ERROR", "errorMessage": f"{ORDER} is too much"}

    (hop,) = of_order(recorder=[json.dumps(report)])

    assert hop.message == f"{ORDER} is too much"


@pytest.mark.parametrize(
    "noise",
    [
        f"START RequestId: {ORDER}",
        json.dumps(f"text about {ORDER}"),
        json.dumps([ORDER]),
        json.dumps({"_aws": {"Timestamp": 1}, "order_id": ORDER}),
        json.dumps({"timestamp": "yesterday", "message": ORDER}),
        json.dumps({"timestamp": 12, "message": ORDER}),
        json.dumps({"timestamp": "2026-03-01T09:30:03Z", "order_id": ORDER}),
    ],
    ids=["runtime", "text", "list", "metric", "no time", "number as time", "no message"],
)
def test_line_is_passed_over_when_it_is_no_hop(noise: str) -> None:
    hops = of_order(recorder=[noise, line(3, order_id=ORDER)])

    assert [hop.at.second for hop in hops] == [3]


def test_journey_is_empty_when_no_function_has_been_called() -> None:
    assert of_order() == []


def test_logs_are_asked_for_the_quoted_term_when_a_time_is_given() -> None:
    logs: Any = Logs({})

    trace.of_order(logs, {"recorder": "group"}, ORDER, since_ms=1_700)

    assert logs.requests == [{"logGroupName": "group", "filterPattern": f'"{ORDER}"', "startTime": 1_700}]
