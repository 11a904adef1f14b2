"""Reads CloudWatch metrics: usage for cost estimates, activity, and the traffic of each hop in the last hour."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from orderflow_cli import times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.flow import Flow

MINUTES = 60
_PER_CALL = 500


def counts(cloud: Cloud, flow: Flow) -> dict[str, int]:
    """Return the traffic by hop, named as in the journal. Twenty metrics read once a minute cost 0.4 cents an hour."""
    asked, ends = list(_metrics_of(flow)), times.now()
    found: dict[str, int] = {}
    read = sums(cloud, [one for _, one in asked], 60, ends - timedelta(minutes=MINUTES), ends)
    for (hop, _), total in zip(asked, read, strict=True):
        found[hop] = found.get(hop, 0) + int(total)
    return found


def sums(cloud: Cloud, metrics: Sequence[dict[str, Any]], period: int, begins: datetime, ends: datetime) -> list[float]:
    """Return the sum of each metric between two times, read in periods of `period` seconds.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    found = [0.0] * len(metrics)
    pages = cloud.client("cloudwatch").get_paginator("get_metric_data")
    for chunk in batched(enumerate(metrics), _PER_CALL, strict=False):
        asked = {"Period": period, "Stat": "Sum"}
        queries = [{"Id": f"m{number}", "MetricStat": {**asked, "Metric": one}} for number, one in chunk]
        for page in pages.paginate(MetricDataQueries=queries, StartTime=begins, EndTime=ends):
            for one in page["MetricDataResults"]:
                found[int(one["Id"][1:])] += sum(one["Values"])
    return found


def points(
    cloud: Cloud, of: dict[str, Any], statistic: str, begins: datetime, ends: datetime, *, period: int = 60
) -> list[tuple[datetime, float]]:
    """Return start and value of each period of a metric that has a value."""
    window = {"StartTime": begins, "EndTime": ends, "Period": period, "Statistics": [statistic]}
    read = cloud.client("cloudwatch").get_metric_statistics(**of, **window)
    return [(one["Timestamp"], float(one[statistic])) for one in read.get("Datapoints", [])]


def metric(namespace: str, name: str, **dimensions: str) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": named}


def _metrics_of(flow: Flow) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return hop and metric; a bus has no metric of accepted events.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    for rule in flow.rules:
        of = metric("AWS/Events", "MatchedEvents", EventBusName=flow.bus, RuleName=rule.name)
        yield f"to {rule.role}", of
        for target in rule.targets.values():
            if ":api-destination/" in target:
                yield f"to {'carrier' if 'carrier' in target else 'payment_provider'}", of
    for function in flow.functions:
        of = metric("AWS/Lambda", "Invocations", FunctionName=function.name)
        yield f"by {function.role}", of
        yield f"from {function.role}", of
    for name in sorted({one.arn.split(":")[5] for one in flow.subscriptions}):
        hop = "topic" if name.endswith("order-changes") else "notices"
        yield hop, metric("AWS/SNS", "NumberOfMessagesPublished", TopicName=name)
