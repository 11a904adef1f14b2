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
    queries, ends = list(_metrics_of(flow)), times.now()
    found: dict[str, int] = {}
    totals = sums(cloud, [one for _, one in queries], 60, ends - timedelta(minutes=MINUTES), ends)
    for (hop, _), total in zip(queries, totals, strict=True):
        found[hop] = found.get(hop, 0) + int(total)
    return found


def sums(cloud: Cloud, metrics: Sequence[dict[str, Any]], period: int, begins: datetime, ends: datetime) -> list[float]:
    """Return the sum of each metric between two times, read in periods of `period` seconds.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    found = [0.0] * len(metrics)
    pages = cloud.client("cloudwatch").get_paginator("get_metric_data")
    for chunk in batched(enumerate(metrics), _PER_CALL, strict=False):
        statistic = {"Period": period, "Stat": "Sum"}
        queries = [{"Id": f"m{number}", "MetricStat": {**statistic, "Metric": one}} for number, one in chunk]
        for page in pages.paginate(MetricDataQueries=queries, StartTime=begins, EndTime=ends):
            for one in page["MetricDataResults"]:
                found[int(one["Id"][1:])] += sum(one["Values"])
    return found


def points(
    cloud: Cloud, described: dict[str, Any], statistic: str, begins: datetime, ends: datetime, *, period: int = 60
) -> list[tuple[datetime, float]]:
    """Return start and value of each period of a metric that has a value."""
    window = {"StartTime": begins, "EndTime": ends, "Period": period, "Statistics": [statistic]}
    totals = cloud.client("cloudwatch").get_metric_statistics(**described, **window)
    return [(one["Timestamp"], float(one[statistic])) for one in totals.get("Datapoints", [])]


def metric(namespace: str, name: str, **dimensions: str) -> dict[str, Any]:
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}


def _metrics_of(flow: Flow) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return hop and metric; a bus has no metric of accepted events.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    for rule in flow.rules:
        described = metric("AWS/Events", "MatchedEvents", EventBusName=flow.bus, RuleName=rule.name)
        yield f"to {rule.role}", described
        for target in rule.targets.values():
            if ":api-destination/" in target:
                yield f"to {'carrier' if 'carrier' in target else 'payment_provider'}", described
    for function in flow.functions:
        described = metric("AWS/Lambda", "Invocations", FunctionName=function.name)
        yield f"by {function.role}", described
        yield f"from {function.role}", described
    for name in sorted({one.arn.split(":")[5] for one in flow.subscriptions}):
        hop = "topic" if name.endswith("order-changes") else "notices"
        yield hop, metric("AWS/SNS", "NumberOfMessagesPublished", TopicName=name)
