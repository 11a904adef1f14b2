"""The status of an environment: failures, queue depths and ages, orders by status, and the problems found."""

from collections.abc import Iterator
from dataclasses import dataclass

from orderflow_cli import console, times
from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import failures, flow, orders, queues
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.reading import SourceSummary, summarize
from orderflow_cli.observe.failures import Failure
from orderflow_cli.observe.flow import EventSourceMapping, Flow
from orderflow_cli.observe.orders import Orders
from orderflow_cli.observe.queues import Depth

STUCK_SECONDS = 300
"""If a queue's oldest message is older than this, the status reports it as a problem."""


@dataclass(frozen=True)
class Status:
    """The status of an environment. `dead_letters`: nonempty sources; `raised_alarm_names`: alarms in state ALARM."""

    flow: Flow
    queue_depths: tuple[Depth, ...]
    failures: tuple[Failure, ...]
    dead_letters: tuple[SourceSummary, ...]
    orders: Orders
    raised_alarm_names: tuple[str, ...]

    def problems(self) -> Iterator[str]:
        """Yield a description of each problem, without a full stop."""
        for failure in self.failures:
            count = f"{pluralize(failure.times, 'time')} in {failures.RECENT_MINUTES} minutes"
            yield f"{failure}, {count}, last {failure.last_at:%H:%M:%S} UTC"
        for mapping in self.inactive_mappings:
            yield f"{mapping.function} does not read {mapping.source}: its event source mapping is {mapping.state}"
        for depth in self.queue_depths:
            if depth.oldest_age_seconds and depth.oldest_age_seconds > STUCK_SECONDS:
                yield f"{depth.queue} has had a message for {console.format_duration(depth.oldest_age_seconds)}"
        for summary in self.dead_letters:
            messages = pluralize(summary.message_count, "dead-letter message")
            yield f"{messages} in {summary.source.name}, oldest {times.age(summary.oldest_at)}: {summary.reasons_text}"
        for order_id, state in self.orders.late_order_states.items():
            yield f"{order_id} is late: {state}"
        yield from (f"alarm {name} is in state ALARM" for name in self.raised_alarm_names)

    @property
    def inactive_mappings(self) -> list[EventSourceMapping]:
        return [one for one in self.flow.event_source_mappings if one.state not in {"Enabled", "Enabling", "Creating"}]


def read(cloud: Cloud) -> Status:
    """Read the status. Raises UserError if the environment has no parameters."""
    current_flow = flow.read(cloud)
    return Status(
        flow=current_flow,
        queue_depths=tuple(queues.read_depths(cloud, current_flow.queue_urls)),
        failures=tuple(failures.read_recent_failures(cloud, current_flow.log_groups)),
        dead_letters=tuple(one for one in summarize(cloud, sources.read(cloud)) if one.message_count),
        orders=orders.read(cloud, current_flow.table),
        raised_alarm_names=tuple(_read_raised_alarm_names(cloud)),
    )


def _read_raised_alarm_names(cloud: Cloud) -> Iterator[str]:
    pages = cloud.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=f"{cloud.prefix}-", StateValue="ALARM"):
        yield from (alarm["AlarmName"] for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"]))
