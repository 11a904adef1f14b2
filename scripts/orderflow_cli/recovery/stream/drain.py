"""Whether the readers have read everything that the writer wrote.

AWS tells nobody how far a mapping has read. What can be known: once nobody writes, a mapping that is enabled and has
something to read invokes its function, again and again if it fails. So the stream is taken for read when writer and
readers have been neither invoked nor throttled for a time that is longer than any invocation of theirs and the delay
of CloudWatch's metrics together. Should that ever be wrong, the old stream can still be read for 24 hours
(docs/runbooks/change-the-stream.md).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from orderflow_cli.environments import Cloud

# Throttled invocations are not among the invocations.
_METRICS = ("Invocations", "Throttles")
METRIC_DELAY = timedelta(minutes=3)


def quiet_time(cloud: Cloud, functions: Iterable[str]) -> timedelta:
    """How long there must be silence: the longest invocation, and the delay of the metrics."""
    if cloud.is_local:
        return timedelta(seconds=10)  # the emulator counts at once, and its functions are warm
    client = cloud.client("lambda")
    longest = max(client.get_function_configuration(FunctionName=name)["Timeout"] for name in functions)
    return METRIC_DELAY + timedelta(seconds=longest)


def last_invocation(cloud: Cloud, functions: Iterable[str], since: datetime, now: datetime) -> datetime | None:
    """The end of the last period in which one of them was invoked or throttled; None when none was since then."""
    client = cloud.client("cloudwatch")
    period = timedelta(seconds=1 if cloud.is_local else 60)
    seen = [
        point["Timestamp"] + period
        for function in functions
        for metric in _METRICS
        for point in client.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=since - period,
            EndTime=now + period,
            Period=int(period.total_seconds()),
            Statistics=["Sum"],
        )["Datapoints"]
        if point["Sum"] > 0
    ]
    return max(seen, default=None)
