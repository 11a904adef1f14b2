"""The usage of an environment, from CloudWatch metrics; bus events and orders are counted for the whole account."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.cost.bill import GIGABYTE, BillLines
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import metrics

# Namespace, metric, the dimension that names the resource, line of the bill, and factor from the metric to its units.
_METRICS = (
    ("AWS/Lambda", "Invocations", "FunctionName", "invocations", 1.0),
    ("AWS/Lambda", "Duration", "FunctionName", "gb_seconds", 0.001),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "write_units", 1.0),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", "read_units", 1.0),
    ("AWS/SNS", "NumberOfMessagesPublished", "TopicName", "topic_requests", 1.0),
    ("AWS/SQS", "NumberOfMessagesSent", "QueueName", "queue_requests", 1.0),
    ("AWS/SQS", "NumberOfMessagesDeleted", "QueueName", "queue_requests", 1.0),
    ("AWS/SQS", "NumberOfEmptyReceives", "QueueName", "queue_requests", 1.0),
    ("AWS/Logs", "IncomingBytes", "LogGroupName", "log_gb", 1 / GIGABYTE),
    ("AWS/ApiGateway", "Count", "ApiId", "http_requests", 1.0),
)
# No dimension distinguishes the buses of an account, or the orders of its environments.
_BUS_METRIC = ("AWS/Events", "PutEventsEntriesCount")
_ORDER_METRICS = ("Orderflow", ("OrdersAccepted", "ReceiptsPublished"))


def usage(cloud: Cloud, begin: datetime, end: datetime) -> tuple[BillLines, float]:
    """Return the average usage of a million orders, and the number of orders. Raises UserError if there were none."""
    pages = cloud.client("lambda").get_paginator("list_functions").paginate()
    memory_gb_by_function = {f["FunctionName"]: f["MemorySize"] / 1_024 for page in pages for f in page["Functions"]}
    items = cloud.client("apigatewayv2").get_apis()["Items"]
    api_ids = {api["ApiId"] for api in items if api["Name"].startswith(cloud.prefix)}
    queries: list[tuple[str, float, dict[str, Any]]] = []
    for namespace, name, dimension, line, factor in _METRICS:
        for dimensions in _list_dimensions(cloud, namespace, name):
            resource = dimensions.get(dimension, "").removeprefix("/aws/lambda/")
            if resource in api_ids or resource.startswith(f"{cloud.prefix}-"):
                memory_factor = memory_gb_by_function.get(resource, 0.5) if line == "gb_seconds" else 1.0
                queries.append((line, factor * memory_factor, metrics.build_metric(namespace, name, **dimensions)))
    queries.append(("bus_events", 1.0, metrics.build_metric(*_BUS_METRIC)))
    for name in _ORDER_METRICS[1]:
        for dimensions in _list_dimensions(cloud, _ORDER_METRICS[0], name):
            queries.append(("orders", 1.0, metrics.build_metric(_ORDER_METRICS[0], name, **dimensions)))
    units_by_line: BillLines = {}
    totals = metrics.sums(cloud, [one for _, _, one in queries], 86_400, begin, end + timedelta(days=1))
    for (line, factor, _), total in zip(queries, totals, strict=True):
        units_by_line[line] = units_by_line.get(line, 0.0) + factor * total
    orders = units_by_line.pop("orders", 0.0)
    if not orders:
        raise UserError("CloudWatch has no order metrics in this period. Increase --days, or place an order first.")
    return {line: total / orders * (1e6 if line == "log_gb" else 1.0) for line, total in units_by_line.items()}, orders


def _list_dimensions(cloud: Cloud, namespace: str, metric: str) -> Iterator[dict[str, str]]:
    """Yield the dimensions of a metric's least detailed series, for example one per table and not one per operation."""
    pages = cloud.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=namespace, MetricName=metric)
    series = [{one["Name"]: one["Value"] for one in item["Dimensions"]} for page in pages for item in page["Metrics"]]
    min_dimension_count = min(map(len, series), default=0)
    # An index is counted separately from its table.
    index_dimensions = {"TableName", "GlobalSecondaryIndexName"}
    yield from (one for one in series if len(one) == min_dimension_count or set(one) == index_dimensions)
