"""Replaces the stream of the orders table while orders arrive, once per view type; None turns it off.

Afterwards every version of every order must have been published as one event, perhaps in several messages, and the
invariants must hold: nothing is lost, and no effect happens twice."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.load import LoadRun
from orderflow_cli import console
from orderflow_cli.environments import Cloud, from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe.notices import Listener
from orderflow_cli.recovery.stream import state
from orderflow_cli.recovery.stream.change import StreamChange

MAX_WAIT_SECONDS = 240.0


class OrderChangedCollector(Listener):
    """Collects the ids of the OrderChanged events published to the orders topic, by order and version."""

    def __init__(self, cloud: LocalCloud, topic_arn: str) -> None:
        super().__init__(cloud.client, topic_arn)
        self.event_ids: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.message_count = 0

    def read(self) -> None:
        for message in (json.loads(json.loads(body)["Message"]) for body in self.receive_bodies()):
            if message["metadata"]["event_type"] == "OrderChanged":
                self.message_count += 1
                data = message["data"]
                self.event_ids[data["order_id"]][data["version"]].add(message["metadata"]["event_id"])


@dataclass
class Outcome:
    """A run's outcome. `problems` is empty on success; `peak_depth` is the highest depth seen in the intake queue."""

    load: LoadRun
    problems: list[str]
    stream_count: int
    peak_depth: int
    version_count: int
    message_count: int


def run(cloud: LocalCloud, count: int, orders_per_second: float, view_types: Sequence[str | None]) -> Outcome:
    """Send `count` orders, replace the stream at the same time, and check the result when the system is idle."""
    load = LoadRun(cloud)
    orders = load.orders(count, 1)
    load.set_scenario(orders, "capture")
    environment = from_local_cloud(cloud)
    stream_arns, peak_depth = {state.read(environment).stream_arn}, 0
    with OrderChangedCollector(cloud, load.outputs["topic_arn"]) as collector:
        with ThreadPoolExecutor(1) as pool:
            placement = pool.submit(load.place_orders, orders, orders_per_second, 2)
            time.sleep(2.0)  # so that a few orders are in progress
            for view_type in view_types:
                _change_stream(environment, view_type, cloud)
                stream_arns.add(state.read(environment).stream_arn)
                peak_depth = max(peak_depth, load.queue_depths()["intake"])
            responses = placement.result()
        problems = load.problems(responses, MAX_WAIT_SECONDS)
        collector.read()
    version_count = sum(item["version"] for item in load.items())
    problems += _version_problems(load, collector)
    return Outcome(load, problems, len(stream_arns - {None}), peak_depth, version_count, collector.message_count)


def _change_stream(environment: Cloud, view_type: str | None, cloud: LocalCloud) -> None:
    change = StreamChange(environment, view_type, attach=lambda: cloud.apply(force=True))
    for step in change.steps():
        with console.step(f"{view_type or 'off'}: {step.value}"):
            change.perform(step)


def _version_problems(load: LoadRun, collector: OrderChangedCollector) -> Iterator[str]:
    """Yield the versions of orders that were not published, or were published as different events."""
    for item in load.items():
        event_ids_by_version = collector.event_ids[item["order_id"]]
        if missing_versions := set(range(1, item["version"] + 1)) - set(event_ids_by_version):
            yield f"{item['order_id']}: versions never published: {', '.join(map(str, sorted(missing_versions)))}"
        for version, event_ids in event_ids_by_version.items():
            if len(event_ids) > 1:
                yield f"{item['order_id']}: version {version} was published as {len(event_ids)} different events"
