"""Replaces the stream of the orders table while orders come in: off, on with each view type, and restored.

Then every version of every order must have been told once (its event may have come more often), and the invariants
hold: nothing lost, no effect twice."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.load import Load
from orderflow_cli import console
from orderflow_cli.environments import Cloud, from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe.notices import Listener
from orderflow_cli.recovery.stream import state
from orderflow_cli.recovery.stream.state import READABLE, VIEW_TYPES
from orderflow_cli.recovery.stream.toggle import Limits, Toggle

PASSING = (None, *(one for one in VIEW_TYPES if one != READABLE), READABLE)
# The emulator counts an invocation at its end; each takes milliseconds.
LIMITS = Limits(quiet=3)
LONGEST_SECONDS = 240.0


class Tap(Listener):
    """Collects what the orders topic published, by order, version and event id."""

    def __init__(self, cloud: LocalCloud, topic_arn: str) -> None:
        super().__init__(cloud.client, topic_arn)
        self.published: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.messages = 0

    def read(self) -> None:
        for message in (json.loads(json.loads(body)["Message"]) for body in self.bodies()):
            if message["metadata"]["event_type"] == "OrderChanged":
                self.messages += 1
                data = message["data"]
                self.published[data["order_id"]][data["version"]].add(message["metadata"]["event_id"])


@dataclass
class Outcome:
    """`problems` is empty on success; `held` is the most orders that waited in the intake queue at once."""

    load: Load
    problems: list[str]
    streams: int
    held: int
    versions: int
    messages: int


def run(
    cloud: LocalCloud, count: int, per_second: float, random_seed: int = 1, passing: Sequence[str | None] = PASSING
) -> Outcome:
    """Send `count` orders, replace the stream meanwhile, wait until the system is idle, and check."""
    load = Load(cloud)
    orders = load.orders(count, random_seed)
    load.set_scenario(orders, "capture")
    recovered = from_local_cloud(cloud)
    streams, held = {state.read(recovered).stream_arn}, 0
    with Tap(cloud, load.outputs["topic_arn"]) as tap:
        with ThreadPoolExecutor(1) as pool:
            placing = pool.submit(load.place, orders, per_second, 2)
            time.sleep(2.0)  # a few orders are in progress
            for wanted in passing:
                _change(recovered, wanted, cloud)
                streams.add(state.read(recovered).stream_arn)
                held = max(held, load.depths()["intake"])
            answers = placing.result()
        problems = load.problems(answers, LONGEST_SECONDS)
        tap.read()
    versions = sum(item["version"] for item in load.items())
    return Outcome(load, [*problems, *_unpublished(load, tap)], len(streams - {None}), held, versions, tap.messages)


def _change(recovered: Cloud, wanted: str | None, cloud: LocalCloud) -> None:
    toggle = Toggle(recovered, wanted, LIMITS, attach=lambda: cloud.apply(force=True))
    for step in toggle.steps():
        with console.step(f"{wanted or 'off'}: {step.value}"):
            toggle.take(step)


def _unpublished(load: Load, tap: Tap) -> Iterator[str]:
    """Return the versions of orders that were not published, or published as two different events."""
    for item in load.items():
        published = tap.published[item["order_id"]]
        if missing := set(range(1, item["version"] + 1)) - set(published):
            yield f"{item['order_id']}: never published: version {', '.join(map(str, sorted(missing)))}"
        for version, events in published.items():
            if len(events) > 1:
                yield f"{item['order_id']}: version {version} was published as {len(events)} different events"
