"""The trace of an order: its log lines in chronological order, complete and without duplicates."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from orderflow_cli import times
from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.observe import trace
from orderflow_cli.observe.trace import Trace
from tests.integration.scripts.observe.conftest import Environment

ORDER_ID = "ord_" + "a" * 26
type Capsys = pytest.CaptureFixture[str]


def read(environment: Environment) -> Trace:
    return trace.read(environment.cloud, ORDER_ID)


def line(message: str = "Done", **fields: Any) -> dict[str, Any]:
    return {"level": "INFO", "message": message, "order_id": ORDER_ID, **fields}


def age(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


def test_steps_are_in_chronological_order(environment: Environment) -> None:
    for function, seconds in (("recorder", 9), ("relay", 8), ("recorder", 5), ("relay", 7)):
        environment.log(function, line(), age(seconds))

    assert [step.where for step in read(environment).steps] == ["recorder", "relay", "relay", "recorder"]


def test_step_shows_all_fields_except_those_of_the_logger(environment: Environment) -> None:
    fields = {"reason": "table_unavailable", "detail": "AccessDenied", "version": 2}
    environment.log("recorder", line("Will be retried", **fields, status=None, cold_start=True))

    (step,) = read(environment).steps

    assert step.details == fields
    assert step.details_text == "reason=table_unavailable detail=AccessDenied version=2"


def test_line_without_an_order_id_is_found_by_its_correlation_id(environment: Environment) -> None:
    environment.log("recorder", line(correlation_id="corr-1"), age(9))
    environment.log("recorder", {"level": "INFO", "message": "Related", "correlation_id": "corr-1"}, age(8))
    environment.log("recorder", {"level": "INFO", "message": "Other", "correlation_id": "corr-2"}, age(7))

    assert [step.message for step in read(environment).steps] == ["Done", "Related"]


def test_repeated_failure_is_one_step_with_a_count(environment: Environment) -> None:
    for seconds in (9, 8, 7):
        environment.log("relay", line("Will be retried", level="WARNING", reason="publishing_throttled"), age(seconds))
    environment.log("relay", line("Published", version=1), age(3))

    steps = read(environment).steps

    summary = [(step.message, step.times, step.failed) for step in steps]
    assert summary == [("Will be retried", 3, True), ("Published", 1, False)]
    assert steps[0].details_text.endswith("(3 times)")


@pytest.mark.parametrize(
    "ignored_line",
    [
        pytest.param(f"START RequestId: {ORDER_ID}", id="runtime"),
        pytest.param(json.dumps(f"text about {ORDER_ID}"), id="text"),
        pytest.param(json.dumps([ORDER_ID]), id="list"),
        pytest.param(json.dumps({"_aws": {"Timestamp": 1}, "order_id": ORDER_ID}), id="metric"),
        pytest.param(json.dumps({"timestamp": "yesterday", "message": ORDER_ID}), id="no time"),
        pytest.param(json.dumps({"timestamp": "2026-03-01T09:30:03Z", "order_id": ORDER_ID}), id="no message"),
    ],
)
def test_line_that_is_not_a_step_is_ignored(environment: Environment, ignored_line: str) -> None:
    environment.log("recorder", ignored_line)
    environment.log("recorder", line())

    assert len(read(environment).steps) == 1


def test_uncaught_exception_is_shown_as_a_step(environment: Environment) -> None:
    error = {"errorMessage": f"{ORDER_ID} is too much", "errorType": "ValueError"}
    environment.log("recorder", {"log_level": "ERROR", **error})

    (step,) = read(environment).steps

    assert (step.message, step.failed, step.details) == (f"{ORDER_ID} is too much", True, {"errorType": "ValueError"})


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ({"status": "delivered"}, r"delivered, 0\.0 s after it was placed"),
        ({"status": "cancelled", "cancel_reason": "empty"}, r"cancelled \(empty\), 0\.0 s after it was placed"),
        ({"status": "paid"}, r"paid, last changed 6\d s ago, waiting for the warehouse"),
        (
            {"status": "placed", "payment_due_at": "2026-03-01T09:30:00Z"},
            r"placed, last changed 6\d s ago, waiting for the payment provider; its payment term ended at 09:30:00 UTC",
        ),
    ],
)
def test_trace_reports_the_orders_status(environment: Environment, order: dict[str, str], state: str) -> None:
    environment.order(ORDER_ID, age=age(60), **order)

    assert re.fullmatch(state, read(environment).state)


def test_dead_letter_message_of_the_order_is_shown(environment: Environment, capsys: Capsys) -> None:
    environment.order(ORDER_ID, "paid")
    environment.send("finance-dlq", json.dumps({"order_id": ORDER_ID}))
    environment.send("finance-dlq", json.dumps({"order_id": "ord_" + "b" * 26}))

    assert ORDERFLOW.main(["trace", ORDER_ID, "--environment", "dev"]) == 0

    assert capsys.readouterr().out.count("✗ Dead-letter message in queue/finance: received_too_often") == 1


def test_unknown_order_and_malformed_id_have_different_errors(environment: Environment, capsys: Capsys) -> None:
    assert ORDERFLOW.main(["trace", ORDER_ID, "--environment", "dev"]) == 1
    assert f"Order {ORDER_ID} was not found in the table" in capsys.readouterr().err

    with pytest.raises(SystemExit) as exit_info:
        ORDERFLOW.main(["trace", "order-7", "--environment", "dev"])
    assert exit_info.value.code == 2
    assert "order_id must be ord_ and 26 characters of a-z and 2-7; got order-7." in capsys.readouterr().err


def test_combined_log_line_is_split_into_steps_by_order_and_time(environment: Environment) -> None:
    at = round((times.now() - age(30)).timestamp() * 1_000)
    first_line = {"message": "One", "at": at, "order_id": ORDER_ID}
    second_line = {"message": "Two", "at": at + 1, "order_id": ORDER_ID}
    other_line = {"message": "Other", "at": at, "order_id": "ord_" + "b" * 26}
    lines = [first_line, other_line, second_line]
    environment.log("recorder", {"level": "INFO", "message": "Batch", "lines": lines}, age(9))

    steps = read(environment).steps

    assert [(step.message, round(step.at.timestamp() * 1_000) - at) for step in steps] == [("One", 0), ("Two", 1)]
