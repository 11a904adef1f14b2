"""The status of an environment: failures, queue depths and ages, orders by state, and the problems among them."""

from collections.abc import Iterator
from dataclasses import dataclass

from orderflow_cli import console, times
from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import failures, flow, orders, queues
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.reading import Waiting, waiting
from orderflow_cli.observe.failures import Failure
from orderflow_cli.observe.flow import EventSource, Flow
from orderflow_cli.observe.orders import Orders
from orderflow_cli.observe.queues import Depth

STUCK_SECONDS = 300
"""A message older than this in a queue between two hops waits for something that is broken or disabled."""


@dataclass(frozen=True)
class Status:
    """`dead_letters` are the sources that hold messages; `alarms` the names of those that are raised."""

    flow: Flow
    queues: tuple[Depth, ...]
    failures: tuple[Failure, ...]
    dead_letters: tuple[Waiting, ...]
    orders: Orders
    alarms: tuple[str, ...]

    def problems(self) -> Iterator[str]:
        """The problems, each a sentence without its full stop."""
        for failure in self.failures:
            often = f"{pluralize(failure.times, 'time')} in {failures.MINUTES} minutes"
            yield f"{failure}, {often}, last {failure.last:%H:%M:%S} UTC"
        for paused in self.paused:
            yield f"{paused.function} does not read {paused.source}: its event source mapping is {paused.state}"
        for depth in self.queues:
            if depth.oldest and depth.oldest > STUCK_SECONDS:
                yield f"{depth.queue} has had a message for {console.duration(depth.oldest)}"
        for each in self.dead_letters:
            messages = pluralize(each.messages, "dead-letter message")
            yield f"{messages} in {each.source.name}, oldest {times.age(each.oldest)}: {each.why}"
        for order_id, standing in self.orders.late.items():
            yield f"{order_id} is {standing}"
        yield from (f"alarm {name}" for name in self.alarms)

    @property
    def paused(self) -> list[EventSource]:
        return [source for source in self.flow.event_sources if source.state not in {"Enabled", "Enabling", "Creating"}]


def read(cloud: Cloud) -> Status:
    """Raises UserError when nothing is published for the environment."""
    found = flow.read(cloud)
    return Status(
        flow=found,
        queues=tuple(queues.depths(cloud, found.queues)),
        failures=tuple(failures.recent(cloud, found.log_groups)),
        dead_letters=tuple(one for one in waiting(cloud, sources.read(cloud)) if one.messages),
        orders=orders.read(cloud, found.table),
        alarms=tuple(_alarms(cloud)),
    )


def _alarms(cloud: Cloud) -> Iterator[str]:
    pages = cloud.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=f"{cloud.prefix}-", StateValue="ALARM"):
        yield from (alarm["AlarmName"] for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"]))
