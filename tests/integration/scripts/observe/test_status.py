"""`orderflow status` reports problems and exits with code 1 if there are any."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.observe import status
from tests.integration.scripts.observe.conftest import Environment

LONG_AGO = timedelta(hours=1)


def problems(environment: Environment) -> list[str]:
    return list(status.read(environment.cloud).problems())


def retry_line(reason: str, detail: str = "") -> dict[str, Any]:
    return {"level": "WARNING", "message": "Will be retried", "reason": reason, "detail": detail}


def test_settled_and_new_orders_are_not_problems(environment: Environment) -> None:
    environment.order("ord_1", "delivered", LONG_AGO)
    environment.order("ord_2", "paid")
    environment.send("finance", "on its way")
    environment.log("recorder", {"level": "INFO", "message": "Decision", "reason": "late_capture"})

    current = status.read(environment.cloud)

    assert list(current.problems()) == []
    assert (current.orders.counts_by_status, current.orders.count) == ({"delivered": 1, "paid": 1}, 2)
    assert [order["order_id"] for order in current.orders.unsettled_orders] == ["ord_2"]
    assert [(depth.queue, depth.message_count) for depth in current.queue_depths] == [("orderflow-dev-finance", 1)]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (retry_line("table_unavailable", "ResourceNotFoundException"), "table_unavailable (ResourceNotFoundException)"),
        ({"level": "ERROR", "message": "Quarantined", "reason": "contract_broken"}, "contract_broken"),
        ({"level": "ERROR", "message": "Failed for an unexpected reason", "error": "KeyError"}, "KeyError (KeyError)"),
        ({"errorType": "Runtime.ImportModuleError", "errorMessage": "no x"}, "Runtime.ImportModuleError (no x)"),
        ("2026-03-01T09:30:00Z abc Task timed out after 10.00 seconds", "timed_out"),
        ({"type": "platform.report", "record": {"status": "timeout"}}, "timed_out"),
    ],
)
def test_failing_function_is_reported_with_its_reason(
    environment: Environment, line: str | dict[str, Any], cause: str
) -> None:
    environment.log("recorder", line)
    environment.log("recorder", line)

    (problem,) = problems(environment)

    assert problem.startswith(f"recorder: {cause}, 2 times in 10 minutes, last ")


def test_events_that_fail_for_the_same_reason_are_one_problem(environment: Environment) -> None:
    for order_id in ("ord_" + "a" * 26, "ord_" + "b" * 26):
        environment.log("recorder", retry_line("publishing_rejected", f"OrderShipped of {order_id}: AccessDenied"))

    assert len(problems(environment)) == 1


@pytest.mark.parametrize(
    ("line", "age"),
    [
        *((retry_line(reason), 0) for reason in ("early", "contended", "stock_busy", "notice_leased")),
        *((line, 0) for line in ({"level": "WARNING", "message": "x"}, "START RequestId: 1", '["ERROR"]')),
        (retry_line("table_unavailable"), 11),
    ],
)
def test_harmless_and_old_log_lines_are_not_reported(
    environment: Environment, line: str | dict[str, Any], age: int
) -> None:
    environment.log("recorder", line, timedelta(minutes=age))

    assert problems(environment) == []


def test_dead_letter_message_is_reported_with_queue_and_reason(environment: Environment) -> None:
    environment.send("finance-dlq", "poison")

    (problem,) = problems(environment)

    assert re.fullmatch(r"1 dead-letter message in queue/finance, oldest \d s: received_too_often", problem)


def test_consumer_that_does_not_read_its_queue_is_reported(environment: Environment) -> None:
    environment.functions.mappings["finance"] = "Disabled"

    (problem,) = problems(environment)
    assert problem == "finance does not read orderflow-dev-finance: its event source mapping is Disabled"


@pytest.mark.parametrize(
    ("status", "fields", "reason"),
    [
        ("paid", {}, "waiting for the warehouse"),
        ("placed", {"payment_due_at": "2026-03-01T09:30:00Z"}, "waiting for the payment provider"),
    ],
)
def test_late_order_is_reported(environment: Environment, status: str, fields: dict[str, str], reason: str) -> None:
    environment.order("ord_1", status, LONG_AGO, **fields)

    assert problems(environment) == [f"ord_1 is late: {status}, last changed 1 h 00 min ago, {reason}"]


def test_raised_alarm_is_reported(environment: Environment) -> None:
    cloudwatch, name = environment.client("cloudwatch"), "orderflow-dev-relay-errors"
    alarm = {"AlarmName": name, "MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistic": "Sum", "Threshold": 0}
    alarm_settings = {"Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(**alarm, **alarm_settings)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")

    assert problems(environment) == [f"alarm {name} is in state ALARM"]


def test_exit_code_is_1_when_there_is_a_problem(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["status", "--environment", "dev"]
    assert ORDERFLOW.main(command) == 0
    assert "all empty" in capsys.readouterr().out

    environment.send("finance-dlq", "poison")

    assert ORDERFLOW.main(command) == 1
    assert "✗ 1 dead-letter message in queue/finance" in capsys.readouterr().out
    assert ORDERFLOW.main([*command, "--json"]) == 1
    output = json.loads(capsys.readouterr().out)
    assert output["dead_letters"][0]["reasons"] == {"received_too_often": 1}
    assert len(output["problems"]) == 1


def test_missing_parameter_of_an_environment_is_reported(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.client("ssm").delete_parameter(Name="/orderflow/dev/bus_name")

    assert ORDERFLOW.main(["status", "--environment", "dev"]) == 1

    assert "Parameter /orderflow/dev/bus_name not found in this account and Region" in capsys.readouterr().err
