"""The template name and values of each fragment of the page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from orderflow_cli import ROOT, UserError, console, times
from orderflow_cli.local_cloud import seed
from orderflow_cli.observe import trace as traces
from orderflow_cli.observe.dead_letters.reading import sample
from orderflow_cli.observe.deliveries import Delivery
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.failures import TraceStep
from orderflow_cli.observe.invariants import is_settled
from orderflow_cli.routes.messages import Contract
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings
from orderflow_cli.studio import actions, drawing
from orderflow_cli.studio.watch import EnvironmentWatcher
from recorder.transitions import STATUSES

MAX_ROWS: Final = 60
MAX_MESSAGES: Final = 20
type Fragment = tuple[str, dict[str, Any]]


def index(watcher: EnvironmentWatcher) -> dict[str, Any]:
    names = {sku: one["name"] for sku, one in json.loads(seed.CATALOG_FILE.read_text("utf-8"))["items"].items()}
    values = {"environment": watcher.cloud.environment, "states": STATUSES, "catalog": names, **flow(watcher)[1]}
    return {**values, "sold_out": seed.sold_out_sku(), "example": actions.example_body(min(names))}


def flow(watcher: EnvironmentWatcher) -> Fragment:
    return "flow", {"drawing": watcher.snapshot.drawing, "lanes": drawing.LANES, "width": drawing.WIDTH}


def orders(watcher: EnvironmentWatcher, query: Mapping[str, str]) -> Fragment:
    """Return the list of the most recently changed orders that match the query's text and state."""
    text, state = query.get("q", "").strip().casefold(), query.get("state", "")
    all_orders = watcher.snapshot.orders
    matches = [
        one
        for one in (all_orders.items if all_orders else ())
        if (not state or one["status"] == state) and (not text or text in _search_text(one))
    ]
    sorted_orders = sorted(matches, key=lambda one: str(one["updated_at"]), reverse=True)
    values = {"orders": sorted_orders[:MAX_ROWS], "match_count": len(matches), "is_filtered": bool(text or state)}
    return "orders", {**values, "all_orders": all_orders}


def _search_text(order: Mapping[str, Any]) -> str:
    receipt = order.get("store", {}).get("receipt_number", "")
    return f"{order['order_id']} {order.get('customer_id', '')} {order['channel']} {receipt}".casefold()


@dataclass(frozen=True)
class TimelineEntry:
    """An entry in a trace's timeline: an event with its deliveries, or a step (a log line or a partner's record)."""

    at: datetime
    elapsed: str
    event: Event | None = None
    number: int = 0
    deliveries: tuple[Delivery, ...] = ()
    unsent_deliveries: tuple[Delivery, ...] = ()
    contract: str = ""
    violation: str = ""
    step: TraceStep | None = None


def trace(watcher: EnvironmentWatcher, order_id: str) -> Fragment:
    order_trace = traces.read(watcher.cloud, order_id)
    if not order_trace.is_known:
        raise UserError(f"Order {order_id} was not found in the table, the logs or the dead-letter messages.")
    timestamps = [*(one.event.at for one in order_trace.events), *(step.at for step in order_trace.steps)]
    start = min(timestamps, default=times.now())
    steps = (TimelineEntry(step.at, _elapsed(step.at, start), step=step) for step in order_trace.steps)
    entries = sorted([*_event_entries(order_trace, start), *steps], key=lambda entry: entry.at)
    order, events = order_trace.order, [one.event for one in order_trace.events]
    versions = [event.version for event in events if event.type == "OrderChanged"]
    is_published = not events or bool(order and order["version"] in versions)
    has_ended = is_published and bool(order and is_settled(order))
    is_complete = has_ended and all(one.state == "handled" for entry in entries for one in entry.deliveries)
    duration = console.format_duration((max(timestamps, default=start) - start).total_seconds())
    return "trace", {"trace": order_trace, "entries": entries, "is_complete": is_complete, "duration": duration}


def _event_entries(order_trace: traces.Trace, start: datetime) -> Iterator[TimelineEntry]:
    for one in order_trace.events:
        at = one.event.at
        deliveries = tuple(each for each in one.deliveries if each.state != "not sent")
        unsent = tuple(each for each in one.deliveries if each.state == "not sent")
        name = f"{one.event.type}.v{one.event.metadata.get('schema_version', '?')}"
        contract = name if name in contracts() else ""
        violation = _contract_violation(one.event, contract)
        yield TimelineEntry(at, _elapsed(at, start), one.event, one.number, deliveries, unsent, contract, violation)


def _elapsed(at: datetime, start: datetime) -> str:
    milliseconds = (at - start).total_seconds() * 1000
    return f"{milliseconds:,.0f} ms" if milliseconds < 10_000 else console.format_duration(milliseconds / 1000)


def _contract_violation(event: Event, contract: str) -> str:
    """Return how an event violates its contract; empty if it does not."""
    from contracts import envelope
    from contracts.errors import ContractError

    if not contract:
        return ""
    try:
        envelope.validate(json.loads(json.dumps(event.message)), event.type)
    except ContractError as error:
        return str(error)
    return ""


@cache
def contracts() -> dict[str, Contract]:
    return {one.name: one for one in Settings.load(ROOT / "terraform" / SETTINGS_FILE).contracts}


def contract(name: str) -> Fragment:
    if name not in contracts():
        raise UserError(f"Unknown contract {name}.")
    return "contract", {"contract": contracts()[name]}


def dead_letters(watcher: EnvironmentWatcher) -> Fragment:
    summaries = watcher.snapshot.dead_letters
    messages = [one for each in summaries for one in sample(watcher.cloud, each.source, MAX_MESSAGES)][:MAX_MESSAGES]
    total = sum(each.message_count for each in summaries)
    payloads = [(one, one.body if one.json is None else format_json(_parse_nested(one.json))) for one in messages]
    return "dead_letters", {"messages": payloads, "total": total, "environment": watcher.cloud.environment}


def _parse_nested(value: Any) -> Any:
    """Parse JSON documents embedded in strings, at any depth."""
    if isinstance(value, Mapping):
        return {name: _parse_nested(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_parse_nested(entry) for entry in value]
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return _parse_nested(json.loads(value))
        except (ValueError, RecursionError):
            return value
    return value


def node(watcher: EnvironmentWatcher, node_id: str) -> Fragment:
    """Return a node with its counters, its traffic per minute, and its event pattern or filter policies."""
    selected_node = watcher.snapshot.drawing.nodes.get(node_id)
    if selected_node is None:
        raise UserError("This part of the flow no longer exists. Reload the page.")
    since = times.now() - timedelta(minutes=9)
    minutes = dict.fromkeys(range(int(since.timestamp()) // 60, int(times.now().timestamp()) // 60 + 1), 0)
    for hop, minute, number in watcher.journal.counts_per_minute(since) if watcher.journal else ():
        if hop == selected_node.hop:
            minutes[minute] = minutes.get(minute, 0) + number
    role = node_id.partition(":")[2]
    rules, subscriptions = watcher.snapshot.flow.rules, watcher.snapshot.flow.subscriptions
    return "node", {
        "node": selected_node,
        "counters": watcher.build_update()["nodes"][node_id],
        "minutes": [(f"{datetime.fromtimestamp(60 * at, UTC):%H:%M}", number) for at, number in minutes.items()],
        "patterns": [one.pattern for one in rules if selected_node.kind == "rule" and one.role == role],
        "filters": [(one.scope, one.policy) for one in subscriptions if one.subscriber == selected_node.queue],
    }


def format_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def money(total: Mapping[str, Any] | None) -> str:
    return f"{total['amount'] / 100:,.2f} {total['currency']}" if total else ""


def clock(at: str | datetime) -> str:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{moment.astimezone(UTC):%H:%M:%S}"


TEMPLATE_FILTERS: Final = {
    "pretty": format_json,
    "money": money,
    "clock": clock,
    "age": times.age,
    "words": lambda text: str(text).replace("_", " "),
}
