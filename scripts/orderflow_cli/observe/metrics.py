"""What passed each hop of an environment on AWS, by CloudWatch's own counts of the last hour."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import batched
from typing import Any

from orderflow_cli import times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.flow import Flow

MINUTES = 60
_PER_CALL = 500


def counts(cloud: Cloud, flow: Flow) -> dict[str, int]:
    """By hop, as the journal names them. About twenty metrics, read once a minute, cost a cent in two hours and a half.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    asked = list(_asked(flow))
    ends = times.now()
    found: dict[str, int] = {}
    for some in batched(asked, _PER_CALL, strict=False):
        queries = [
            {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
            for number, (_, metric) in enumerate(some)
        ]
        pages = cloud.client("cloudwatch").get_paginator("get_metric_data")
        window = {"StartTime": ends - timedelta(minutes=MINUTES), "EndTime": ends}
        for page in pages.paginate(MetricDataQueries=queries, **window):
            for one in page["MetricDataResults"]:
                hop = some[int(one["Id"][1:])][0]
                found[hop] = found.get(hop, 0) + int(sum(one["Values"]))
    return found


def _asked(flow: Flow) -> Iterator[tuple[str, dict[str, Any]]]:
    """Hop and metric; a bus has none of its own that counts what it took.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    for rule in flow.rules:
        metric = _metric("AWS/Events", "MatchedEvents", EventBusName=flow.bus, RuleName=rule.name)
        yield f"to {rule.role}", metric
        for target in rule.targets.values():
            if ":api-destination/" in target:
                yield f"to {'carrier' if 'carrier' in target else 'payment_provider'}", metric
    for function in flow.functions:
        metric = _metric("AWS/Lambda", "Invocations", FunctionName=function.name)
        yield f"by {function.role}", metric
        yield f"from {function.role}", metric
    for name in sorted({one.arn.split(":")[5] for one in flow.subscriptions}):
        hop = "topic" if name.endswith("order-changes") else "notices"
        yield hop, _metric("AWS/SNS", "NumberOfMessagesPublished", TopicName=name)


def _metric(namespace: str, name: str, **dimensions: str) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
