"""The trace of one order: who handled what, when and with which outcome, missing deliveries, and the order's state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orderflow_cli import console, times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import flow, journal, orders, partners
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.reading import find_by_order
from orderflow_cli.observe.deliveries import Delivery, Evidence, find_deliveries
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.failures import TraceStep, find_steps
from orderflow_cli.routes.engine import local_engine


@dataclass(frozen=True)
class TracedEvent:
    """An event in the trace of an order, with its number in the journal and its deliveries."""

    number: int
    event: Event
    deliveries: Sequence[Delivery]


@dataclass(frozen=True)
class Trace:
    """The trace of an order. ``order``: the item in the table, if any; ``state``: the order's state, as a sentence
    without a full stop; ``events``: the order's events in the journal; none if there is no journal."""

    order_id: str
    order: Mapping[str, Any] | None
    steps: tuple[TraceStep, ...]
    state: str
    request_problems: tuple[str, ...] = ()
    dead_letters: tuple[Message, ...] = ()
    events: tuple[TracedEvent, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.order or self.steps or self.dead_letters)


def read(cloud: Cloud, order_id: str) -> Trace:
    """Read the trace of an order. Raises UserError if the environment has no parameters."""
    order = orders.get(cloud, cloud.parameter("orders_table_arn").rpartition("/")[2], order_id)
    since = None
    if order:
        # An order from a till has the time of sale by the shop's clock.
        first = min(datetime.fromisoformat(order[name]) for name in ("placed_at", "updated_at"))
        since = int((first - timedelta(minutes=10)).timestamp() * 1000)
    current_flow = flow.read(cloud)
    steps = find_steps(cloud.client("logs"), current_flow.log_groups, order_id, since)
    partners_by_name = partners.read_partners(cloud.local.simulators, order_id) if cloud.local else {}
    partner_steps = [_to_step(one.name, entry) for one in partners_by_name.values() for entry in one.entries]
    messages = find_by_order(cloud, sources.read(cloud), order_id)
    evidence = Evidence(steps, partners_by_name, [message.body for message in messages])
    rows = journal.read_events(order_id, current_flow.bus, journal.journal_file(cloud.local)) if cloud.local else ()
    events = [TracedEvent(n, one, find_deliveries(current_flow, one, local_engine(), evidence)) for n, one in rows]
    all_steps = tuple(sorted([*steps, *(step for step in partner_steps if step)], key=lambda step: step.at))
    state = _describe_state(order, partners_by_name) if order else "not in the table"
    request_problems = partners.find_request_problems(order, partners_by_name) if order and partners_by_name else ()
    return Trace(order_id, order, all_steps, state, tuple(request_problems), tuple(messages), tuple(events))


def _to_step(partner: str, entry: Mapping[str, Any]) -> TraceStep | None:
    if entry["kind"] not in partners.ENTRY_TITLES or "at" not in entry:
        return None
    names = ("scenario", "payment_id", "refund_id", "shipment_id", "amount")
    details = {name: entry[name] for name in names if name in entry}
    return TraceStep(datetime.fromisoformat(entry["at"]), partner, partners.ENTRY_TITLES[entry["kind"]], details)


def _describe_state(order: Mapping[str, Any], partners_by_name: Mapping[str, partners.Partner]) -> str:
    now = times.now()
    sentence = orders.describe(order, now)
    if order["status"] in {"placed", "refunding"} and (provider := partners_by_name.get("payment_provider")):
        sentence += provider.problem_clause
    if order["status"] == "shipped" and (carrier := partners_by_name.get("carrier")):
        sentence += carrier.problem_clause
    if order.get("payment_due_at"):
        due = datetime.fromisoformat(order["payment_due_at"])
        sentence += f"; its payment term {'ends' if due > now else 'ended'} at {due:%H:%M:%S} UTC"
    return sentence


def show_trace(trace: Trace) -> None:
    if trace.steps:
        first = trace.steps[0].at
        rows = [
            (
                f"{step.at:%H:%M:%S.%f}"[:-3],
                f"{(step.at - first).total_seconds() * 1000:,.0f}",
                step.where,
                f"✗ {step.message}" if step.failed else step.message,
                step.details_text,
            )
            for step in trace.steps
        ]
        console.table(f"Trace of {trace.order_id}", ("UTC", "ms", "where", "message", "details"), rows, right=(1,))
    if trace.events:
        # Show all subscribers of a topic, because each expects some events, but only the matching rules of a bus.
        deliveries = [
            (item.event.type, item.event.carrier, one.receiver.name, one.state, one.problem or one.reason)
            for item in trace.events
            for one in item.deliveries
            if one.state != "not sent" or item.event.carrier == "topic"
        ]
        console.table("Who received what, and why", ("event", "on", "receiver", "state", "why"), deliveries)
    for sentence in trace.request_problems:
        console.say(f"  ✗ {sentence}.")
    for message in trace.dead_letters:
        console.say(f"  ✗ Dead-letter message in {message.source.name}: {message.reason}, {message.function}.")
    console.say(f"Now: {trace.state}.")
