import ast
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from common.observability import bind_log_fields, count, log_context, log_exception, log_fields, logger, observe_handler
from tests.support.invocations import Context
from tests.support.logs import Logs, counts

LAMBDAS_FOLDER = Path(__file__).parents[3] / "lambdas"


def test_unlisted_field_or_field_without_a_value_is_not_logged() -> None:
    fields = log_fields(order_id="ord_1", reason=None, shipping_address="Elbchaussee 1")  # type: ignore[call-arg]

    assert fields == {"order_id": "ord_1"}


def test_long_value_is_shortened() -> None:
    assert log_fields(detail="x" * 5_000)["detail"] == "x" * 300 + "…"


def test_log_calls_build_their_extra_with_log_fields() -> None:
    extras = [
        keyword.value
        for path in LAMBDAS_FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "extra"
    ]

    assert extras
    for extra in extras:
        assert isinstance(extra, ast.Call | ast.Name), ast.unparse(extra)
        if isinstance(extra, ast.Call):
            assert ast.unparse(extra.func) == "log_fields"


def test_fields_of_a_context_are_on_every_line_logged_inside_it(logs: Logs) -> None:
    with log_context(message_id="m-1"):
        logger.info("first")
        bind_log_fields(order_id="ord_1")
        logger.info("second")
    logger.info("third")

    first, second, third = logs.lines
    assert first["message_id"] == second["message_id"] == "m-1"
    assert "order_id" not in first
    assert second["order_id"] == "ord_1"
    assert not {"message_id", "order_id"} & third.keys()


def test_outer_value_is_restored_when_an_inner_context_fails(logs: Logs) -> None:
    with log_context(order_id="outer"):
        with pytest.raises(ZeroDivisionError), log_context(order_id="inner", version=2):
            raise ZeroDivisionError
        logger.info("after")

    assert logs.lines[0]["order_id"] == "outer"
    assert "version" not in logs.lines[0]


def test_unexpected_error_is_logged_with_type_and_line_but_no_message(logs: Logs) -> None:
    def fail() -> None:
        raise ValueError("ada@example.org")

    try:
        fail()
    except ValueError as error:
        log_exception("Failed", error, reason="unexpected_error")

    line = logs.lines[0]
    assert (line["level"], line["error"], line["reason"]) == ("ERROR", "ValueError", "unexpected_error")
    assert "fail:" in line["raised_in"]
    assert "example.org" not in logs.text


@pytest.mark.parametrize("fails", [False, True])
def test_request_id_and_metrics_are_written(logs: Logs, capsys: pytest.CaptureFixture[str], fails: bool) -> None:
    @observe_handler
    def handler(event: dict[str, Any], context: Any) -> str:
        logger.info("inside")
        count("Applied", 2)
        return event["name"]

    with pytest.raises(KeyError) if fails else nullcontext():
        assert handler({} if fails else {"name": "ada"}, Context(aws_request_id="request-7")) == "ada"

    assert logs.lines[0]["function_request_id"] == "request-7"
    metric_record = json.loads(capsys.readouterr().out)
    assert metric_record["Applied"] == [2.0]
    assert metric_record["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Orderflow"
    assert counts() == {}


def test_next_invocation_logs_no_fields_of_the_previous_one(logs: Logs) -> None:
    @observe_handler
    def handler(event: dict[str, Any], context: Any) -> None:
        logger.info("here")
        bind_log_fields(order_id=event["order_id"])

    handler({"order_id": "ord_1"}, Context())
    handler({"order_id": "ord_2"}, Context())

    assert "order_id" not in logs.lines[1]


def test_warnings_are_written_immediately_and_other_lines_in_one_record(logs: Logs) -> None:
    @observe_handler
    def handler(event: dict[str, Any], context: Any) -> None:
        for number in (1, 2):
            with log_context(order_id=f"ord_{number}"):
                logger.info("Decision", extra=log_fields(version=number))
        with log_context(order_id="ord_3"):
            logger.warning("Will be retried")

    handler({}, Context(aws_request_id="request-7"))

    warning_line, batch_record = [json.loads(line) for line in logs.text.splitlines()]
    assert (warning_line["message"], warning_line["order_id"]) == ("Will be retried", "ord_3")
    assert [(line["message"], line["order_id"], line["version"]) for line in batch_record["lines"]] == [
        ("Decision", "ord_1", 1),
        ("Decision", "ord_2", 2),
    ]
    assert warning_line["function_request_id"] == batch_record["function_request_id"] == "request-7"
    assert not {"location", "function_arn", "cold_start"} & batch_record.keys()
