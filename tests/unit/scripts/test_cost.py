"""Bills are computed from usage and prices; usage is read from CloudWatch."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from orderflow_cli import UserError
from orderflow_cli.cli import CommandLine
from orderflow_cli.cost import bill, cloudwatch
from orderflow_cli.cost.bill import Load
from orderflow_cli.environments import Cloud

NOW = datetime.now(UTC)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    kinds = ["aws_cloudwatch_metric_alarm"] * 3 + ["aws_kms_key", "aws_cloudwatch_dashboard"]
    arns = ("sqs:eu-west-1:123456789012:intake", "dynamodb:eu-west-1:123456789012:table/orders/stream/1")
    resources = [(kind, {}) for kind in kinds]
    resources += [("aws_lambda_event_source_mapping", {"event_source_arn": f"arn:aws:{arn}"}) for arn in arns]
    changes = [
        {"address": f"{kind}.a{n}", "type": kind, "name": f"a{n}", "change": {"actions": ["no-op"], "after": after}}
        for n, (kind, after) in enumerate(resources)
    ]
    file = tmp_path / "prod.json"
    file.write_text(json.dumps({"resource_changes": changes}))
    return file


def run_cost(plan: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, dict[str, float]]]:
    from orderflow_cli import commands

    assert CommandLine("orderflow", "", commands).main(["cost", "--plan", str(plan), "--json", *arguments]) == 0
    document: dict[str, dict[str, dict[str, float]]] = json.loads(capsys.readouterr().out)
    return document


def test_every_line_is_units_times_price_and_has_a_source(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for region in ("us-east-1", "eu-central-1"):
        costs = run_cost(plan, capsys, "--region", region)

        for kind, prices in (("million_orders", "lines"), ("naive", "lines"), ("month_standing", "standing")):
            for name, line in costs[kind].items():
                price = bill.prices()[prices][name]
                assert line["dollars"] == pytest.approx(line.get("units", line.get("count")) * price[region])
                assert price["source"].startswith("https://aws.amazon.com/")
                assert re.fullmatch(r"20\d\d-\d\d https://\S+", price["confirmed"]["us-east-1"])
        assert costs["month_standing"]["alarms"] == {"count": 3, "dollars": pytest.approx(0.30)}
        assert costs["month_standing"]["empty_receives"]["count"] == pytest.approx(0.657)


@pytest.mark.parametrize(
    ("load", "lines"),
    [
        (Load(batch_size=1), {"queue_requests", "topic_requests", "invocations", "log_gb", "gb_seconds"}),
        (Load(stream_batch_size=1), {"topic_requests", "invocations", "log_gb", "gb_seconds"}),
        (Load(payload=8_000), {"write_units", "archived_gb", "topic_requests"}),
        (Load(payload=70_000), {"write_units", "archived_gb", "bus_events", "queue_requests", "topic_requests"}),
        (Load(tracing_rate=1.0), {"traces"}),
    ],
)
def test_load_increases_only_the_usage_that_depends_on_it(load: Load, lines: set[str]) -> None:
    base_usage, usage = bill.counted_usage(Load()), bill.counted_usage(load)

    assert {name for name in usage if usage[name] > base_usage[name]} == lines
    assert all(usage[name] >= base_usage[name] for name in usage)


def test_naive_usage_is_at_least_the_counted_usage() -> None:
    assert all(bill.naive_usage(Load())[line] >= units for line, units in bill.counted_usage(Load()).items())


def test_log_level_warning_reduces_the_volume_of_logs() -> None:
    assert bill.counted_usage(Load(log_level="WARNING"))["log_gb"] < bill.counted_usage(Load())["log_gb"]


@mock_aws
def test_average_usage_is_read_from_cloudwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = boto3.client("cloudwatch")
    points = [
        ("Orderflow", "OrdersAccepted", {"service": "storefront_api"}, 200),
        ("AWS/Lambda", "Invocations", {"FunctionName": "orderflow-prod-recorder"}, 100),
        ("AWS/Lambda", "Invocations", {"FunctionName": "another-prod-recorder"}, 9_000),
        ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": "orderflow-prod-orders"}, 1_000),
        ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": "orderflow-prod-orders", "Operation": "Put"}, 77),
        ("AWS/Logs", "IncomingBytes", {"LogGroupName": "/aws/lambda/orderflow-prod-relay"}, 2_000_000),
    ]
    for namespace, metric, dimensions, value in points:
        pairs = [{"Name": name, "Value": text} for name, text in dimensions.items()]
        data = {"MetricName": metric, "Dimensions": pairs, "Value": value, "Timestamp": NOW}
        client.put_metric_data(Namespace=namespace, MetricData=[data])  # type: ignore[list-item]

    lines, orders = cloudwatch.usage(Cloud("prod", boto3.client), NOW - timedelta(days=1), NOW)  # type: ignore[arg-type]

    assert (orders, lines["invocations"], lines["write_units"]) == (200, 0.5, 5.0)
    assert lines["log_gb"] == pytest.approx(10.0)  # in GB, for a million orders
    with pytest.raises(UserError, match="no order metrics"):
        cloudwatch.usage(Cloud("staging", boto3.client, "other"), NOW - timedelta(days=9), NOW - timedelta(days=8))  # type: ignore[arg-type]
