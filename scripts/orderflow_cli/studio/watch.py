"""Watches an environment for the page: a thread reads new data into a snapshot of bounded size.

On the local cloud it also records the events of the bus and the topics, and the log lines about them, in the journal.
On AWS it only reads."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median_high
from typing import Any, Final

from orderflow_cli import UserError, times
from orderflow_cli.environments import Cloud, convert_aws_errors
from orderflow_cli.local_cloud.simulators import SIMULATORS
from orderflow_cli.observe import failures, flow, metrics, orders, partners, queues
from orderflow_cli.observe.dead_letters import reading, sources
from orderflow_cli.observe.dead_letters.reading import SourceSummary
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.observe.deliveries import Receiver, ReceiverFinder
from orderflow_cli.observe.events import JOURNAL_QUEUE, Event, EventQueue
from orderflow_cli.observe.failures import read_lines
from orderflow_cli.observe.flow import Flow
from orderflow_cli.observe.journal import Journal, journal_file
from orderflow_cli.observe.orders import Orders
from orderflow_cli.routes.engine import local_engine
from orderflow_cli.studio import drawing
from orderflow_cli.studio.drawing import Drawing

MAX_ANIMATED_EVENTS = 48
"""Maximum number of events that the page animates per update; the counters include all events."""

CHART_MINUTES = 10
_UPDATE_SECONDS, _IDLE_UPDATE_SECONDS = 1.0, 5.0
_MAX_BATCHES = 60
_READ_PERIODS: Final = {
    **{"events": 0.0, "logs": 0.0, "orders": 2.0, "queues": 2.0},
    **{"dead_letters": 4.0, "failures": 4.0, "flow": 10.0, "metrics": 60.0},
}
LOG_LOOKBACK: Final = timedelta(minutes=5)


@dataclass
class Snapshot:
    """The data that the page shows. A background thread replaces whole values, so readers need no lock."""

    flow: Flow
    drawing: Drawing
    sources: list[Source]
    orders: Orders | None = None
    depths: Mapping[str, int] = field(default_factory=dict)
    dead_letters: list[SourceSummary] = field(default_factory=list)
    partner_problems: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    failures_by_function: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class EnvironmentWatcher:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.writes = cloud.local is not None
        current_flow = flow.read(cloud)
        self.snapshot = Snapshot(current_flow, drawing.draw(current_flow), sources.read(cloud))
        self.journal = Journal(journal_file(cloud.local), current_flow.bus) if cloud.local else None
        self._event_queue = EventQueue(cloud, JOURNAL_QUEUE) if cloud.local else None
        self._receiver_finder = ReceiverFinder(current_flow, local_engine())
        self._animated_events: deque[dict[str, Any]] = deque(maxlen=MAX_ANIMATED_EVENTS)
        self._due: dict[str, float] = {}
        self._problems: dict[str, str] = {}
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[asyncio.Queue[dict[str, Any]]]:
        """Subscribe to the updates; a slow listener misses some updates, so that its queue stays small."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=4)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def refresh(self, *parts: str) -> None:
        """Mark parts of the snapshot (default: all) to be read again before the next update."""
        self._due |= dict.fromkeys(parts or _READ_PERIODS, 0.0)

    def _run(self) -> None:
        if self._event_queue:
            self._event_queue.open()
        while not self._stopped.is_set():
            started_at = time.monotonic()
            self._read()
            self._send_update()
            period = _UPDATE_SECONDS if self._listeners else _IDLE_UPDATE_SECONDS
            self._stopped.wait(max(0.05, period - (time.monotonic() - started_at)))

    def _read(self) -> None:
        if self.journal:
            self._read_if_due("events", self._read_events)
            self._read_if_due("logs", self._read_logs)
        else:
            self._read_if_due("metrics", self._read_metrics)
        self._read_if_due("flow", self._read_flow)
        self._read_if_due("queues", self._read_queues)
        self._read_if_due("orders", self._read_orders)
        self._read_if_due("dead_letters", self._read_dead_letters)
        self._read_if_due("failures", self._read_failures)

    def _read_if_due(self, part: str, read: Callable[[], None]) -> None:
        start = time.monotonic()
        if start < self._due.get(part, 0.0):
            return
        self._due[part] = float("inf")
        try:
            with convert_aws_errors():
                read()
            self._problems.pop(part, None)
        except UserError as error:
            self._problems[part] = str(error)
        except Exception as error:  # an invalid response must not stop the page, which shows the error
            logging.getLogger(__name__).exception("Cannot read %s", part)
            self._problems[part] = f"{type(error).__name__}: {error}"
        self.snapshot.problem = " ".join(dict.fromkeys(self._problems.values()))
        if self._due[part] == float("inf"):
            # Reading a slow part takes at most a tenth of the time, unless the part is read for every update.
            now, period = time.monotonic(), _READ_PERIODS[part]
            self._due[part] = now + max(period, 0.0 if self.writes else 15.0, 10 * (now - start) if period else 0.0)

    def _read_events(self) -> None:
        event_queue, journal = self._event_queue, self.journal
        if event_queue is None or journal is None:
            return
        for _ in range(_MAX_BATCHES):
            batch = list(event_queue.events())
            for event in batch:
                receivers = self._receiver_finder.find_matching_receivers(event)
                if journal.add_event(event, list_hops(event, receivers)):
                    paths = drawing.find_paths(self.snapshot.drawing, event, receivers)
                    self._animated_events.append({"order": event.order_id, "type": event.type, "paths": paths})
            if len(batch) < 10:
                return

    def _read_logs(self) -> None:
        if (journal := self.journal) is None:
            return
        last_time = journal.last_step_time()
        since = int(((last_time or times.now() - LOG_LOOKBACK) - timedelta(seconds=5)).timestamp() * 1000)
        steps = [
            step
            for role, group in self.snapshot.flow.log_groups.items()
            for _, line in read_lines(self.cloud.client("logs"), group, '"event_id"', since)
            for step in failures.parse_steps(role, line)
            if step.details.get("event_id")
        ]
        journal.add_steps(sorted(steps, key=lambda step: step.at))
        self.snapshot.totals = journal.totals()

    def _read_failures(self) -> None:
        recent_failures = reversed(failures.read_recent_failures(self.cloud, self.snapshot.flow.log_groups, minutes=1))
        handling_times = self.journal.last_handling_times(times.now() - timedelta(minutes=1)) if self.journal else {}
        open_failures = [
            one for one in recent_failures if one.last_at.timestamp() > handling_times.get(one.function, 0)
        ]
        self.snapshot.failures_by_function = {one.function: str(one) for one in open_failures}

    def _read_flow(self) -> None:
        current_flow = flow.read(self.cloud)
        if current_flow != self.snapshot.flow:
            self.snapshot.flow, self.snapshot.drawing = current_flow, drawing.draw(current_flow)
            self._receiver_finder = ReceiverFinder(current_flow, local_engine())
        if self.cloud.local:
            simulators = self.cloud.local.simulators
            self.snapshot.partner_problems = {one.name: partners.find_problem(simulators, one) for one in SIMULATORS}

    def _read_metrics(self) -> None:
        self.snapshot.totals = metrics.read_traffic(self.cloud, self.snapshot.flow)

    def _read_queues(self) -> None:
        depths = queues.read_depths(self.cloud, self.snapshot.flow.queue_urls)
        self.snapshot.depths = {depth.queue: depth.message_count for depth in depths}

    def _read_orders(self) -> None:
        self.snapshot.orders = orders.read(self.cloud, self.snapshot.flow.table)

    def _read_dead_letters(self) -> None:
        summaries = reading.summarize(self.cloud, self.snapshot.sources)
        self.snapshot.dead_letters = [one for one in summaries if one.message_count]

    def _send_update(self) -> None:
        update = {**self.build_update(), "animated_events": list(self._animated_events)}
        self._animated_events.clear()
        if self._loop:
            self._loop.call_soon_threadsafe(self._broadcast, update)

    def _broadcast(self, update: dict[str, Any]) -> None:
        for queue in self._listeners:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(update)

    def build_update(self) -> dict[str, Any]:
        """Return the counters and states that an update shows, as values that JSON can represent."""
        snapshot = self.snapshot
        return {
            "nodes": {node.id: self._node_values(node) for node in snapshot.drawing.nodes.values()},
            "orders": dict(snapshot.orders.counts_by_status) if snapshot.orders else {},
            "dead": sum(one.message_count for one in snapshot.dead_letters),
            "late": len(snapshot.orders.late_order_states) if snapshot.orders else 0,
            "problem": snapshot.problem,
            "chart": self.chart(1) if self.journal else None,
        }

    def _node_values(self, node: drawing.Node) -> list[Any]:
        """Return a node's event or order count, queue depth, number of dead-letter messages, state and problem."""
        snapshot = self.snapshot
        count = snapshot.totals.get(node.hop, 0)
        if node.kind == "table":
            count = snapshot.orders.count if snapshot.orders else 0
        depth = snapshot.depths.get(node.queue, 0) if node.queue else 0
        role = node.id.partition(":")[2]
        dead_letters = [one for one in snapshot.dead_letters if _is_node_source(one.source, node, role)]
        state, problem = self._state(node, role, depth)
        return [count, depth, sum(one.message_count for one in dead_letters), state, problem]

    def _state(self, node: drawing.Node, role: str, depth: int) -> tuple[str, str]:
        snapshot = self.snapshot
        if node.kind == "partner" and (problem := snapshot.partner_problems.get(role)):
            return "off", problem
        for one in snapshot.flow.event_source_mappings:
            if node.kind == "function" and one.function == role and one.state.startswith("Disabl"):
                return "off", f"does not read {one.source}, because its event source mapping is {one.state}"
        if node.kind == "rule" and any(one.role == role and not one.enabled for one in snapshot.flow.rules):
            return "off", "the rule is disabled"
        if role in snapshot.failures_by_function:
            return "failing", snapshot.failures_by_function[role]
        return ("waiting", f"{depth} in its queue") if depth > 20 else ("ok", "")

    def chart(self, minutes: float = CHART_MINUTES) -> dict[str, Any]:
        """Return events per second on bus and topic, and median latency in ms by function, in steps of five seconds."""
        if self.journal is None:
            return {"at": [], "bus": [], "topic": [], "latency": {}}
        now = int(time.time()) // 5 * 5
        starts = list(range(now - int(minutes * 60), now, 5))
        since = times.now() - timedelta(seconds=minutes * 60 + 5)
        event_counts: dict[str, dict[int, int]] = {"bus": {}, "topic": {}}
        for carrier, second, number in self.journal.events_per_second(since):
            event_counts[carrier][second // 5 * 5] = event_counts[carrier].get(second // 5 * 5, 0) + number
        latencies: dict[str, dict[int, list[float]]] = {}
        for function, at, seconds in self.journal.latencies(since):
            latencies.setdefault(function, {}).setdefault(int(at) // 5 * 5, []).append(seconds)
        return {
            "at": starts,
            **{carrier: [counts.get(at, 0) / 5 for at in starts] for carrier, counts in event_counts.items()},
            "latency": {
                name: [round(median_high(values[at]) * 1000) if at in values else None for at in starts]
                for name, values in latencies.items()
                if name in MEASURED_FUNCTIONS
            },
        }


MEASURED_FUNCTIONS: Final = ("recorder", "finance", "warehouse", "customer_service")
"""Functions whose latency is charted: they log the events that they handle; others log those that they publish."""


def list_hops(event: Event, receivers: list[Receiver]) -> list[str]:
    """Return the hops whose counters the event increments."""
    if event.carrier == "topic":
        is_change = event.carrier_name.endswith("order-changes")
        return ["topic" if is_change else "notices", *(f"to {one.name}" for one in receivers if is_change)]
    hops = ["bus", f"from {event.source.removeprefix('orderflow.')}"]
    for one in receivers:
        hops += [f"to {one.rule}", f"to {one.partner}" if one.partner else f"queue:{one.name}"]
    return hops


def _is_node_source(source: Source, node: drawing.Node, role: str) -> bool:
    """Return whether a dead-letter source belongs to a node."""
    owner = source.owner.replace("-", "_")
    if node.kind == "rule":
        return source.kind == "rule" and owner.split("/")[0].startswith(role)
    if node.kind == "queue":
        return source.kind == "unrouted"
    if node.kind == "bus":
        return source.kind == "bus"
    if role == "relay":
        return source.kind == "bucket"
    queue = node.queue.replace("-", "_")
    is_owner = owner == role or (bool(queue) and queue.endswith(owner))
    return node.kind == "function" and source.kind != "rule" and is_owner
