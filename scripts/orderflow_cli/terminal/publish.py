"""Sends events, made from contract examples, to the bus or topic, and orders to the storefront."""

import copy
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.build import plans
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.routes.messages import Contract, Message
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings

CONCURRENCY = 8
"""Maximum number of concurrent requests. A slow storefront therefore lowers the rate."""


def find_contract(event_type: str, version: int | None = None) -> Contract:
    """Return the contract of an event type, by default the newest version. Raises UserError if there is none."""
    contracts = Settings.load(plans.TERRAFORM_FOLDER / SETTINGS_FILE).contracts
    candidates = [one for one in contracts if one.event_type == event_type and version in {None, one.version}]
    if not candidates:
        names = ", ".join(sorted({one.name for one in contracts}))
        name = f"{event_type}.v{version}" if version else event_type
        raise UserError(f"Unknown contract {name}; give the type (and --version) of one of {names}.")
    return max(candidates, key=lambda one: one.version)


def new_event(contract: Contract, example: str | None, changes: Iterable[str], *, allow_invalid: bool) -> Message:
    """Return an example with a new event id and time, and changed fields (`data.note=x`; `data.note` removes it).

    Raises UserError if it violates the contract, unless `allow_invalid` is set."""
    from contracts import ContractError, ids, times, validate

    name = example or ("minimal" if "minimal" in contract.examples else min(contract.examples))
    if name not in contract.examples:
        raise UserError(f"{contract.name} has no example {name}; choose from {', '.join(sorted(contract.examples))}.")
    body = copy.deepcopy(contract.examples[name])
    body["metadata"] |= {"event_id": ids.new_id(), "occurred_at": times.now()}
    for change in changes:
        _apply_change(body, change)
    if not allow_invalid:
        try:
            validate(body, contract.event_type)
        except ContractError as error:
            problem = f"The event violates {contract.name}: {error}"
            raise UserError(f"{problem}. Nothing was sent; send it anyway with --invalid.") from error
    return contract.message(body, f"{contract.name}/{name}")


def _apply_change(body: Any, change: str) -> None:
    path, separator, text = change.partition("=")
    if not path:
        raise UserError(f"--set must be PATH=VALUE or PATH, such as data.amount=500; got {change or 'nothing'}.")
    *parents, last_part = path.split(".")
    owner = body
    for part in parents:
        owner = _member(owner, part)
        if not isinstance(owner, (dict, list)):
            raise UserError(f"Unknown field {path}: {part} names no object or list. The event is {json.dumps(body)}.")
    if isinstance(owner, list):
        if not (last_part.isascii() and last_part.isdigit() and int(last_part) <= len(owner)):
            raise UserError(f"Unknown field {path}: {last_part} must be a list index from 0 to {len(owner)}.")
        owner[int(last_part) : int(last_part) + 1] = [_parse_value(text)] if separator else []
    elif separator:
        owner[last_part] = _parse_value(text)
    else:
        owner.pop(last_part, None)


def _member(owner: Any, part: str) -> Any:
    if isinstance(owner, list):
        return owner[int(part)] if part.isascii() and part.isdigit() and int(part) < len(owner) else None
    return owner.get(part) if isinstance(owner, dict) else None


def _parse_value(text: str) -> Any:
    """Return a value parsed as JSON, or the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def send(cloud: Cloud, message: Message) -> str:
    """Send a message and return its destination. Raises UserError if the bus rejects it."""
    from contracts.event import encode

    if message.carrier == "topic":
        topic = cloud.parameter("topic_arn")
        attributes = dict(message.attributes)
        cloud.client("sns").publish(TopicArn=topic, Message=encode(message.body), MessageAttributes=attributes)
        return f"topic {topic.rpartition(':')[2]}"
    bus, body = cloud.parameter("bus_name"), message.body
    entry = {"EventBusName": bus, "Source": body["source"], "DetailType": body["detail-type"]}
    # PutEvents returns 200 even if an entry fails: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    response = cloud.client("events").put_events(Entries=[{**entry, "Detail": encode(body["detail"])}])
    if response["FailedEntryCount"]:
        entry = response["Entries"][0]
        raise UserError(f"The bus {bus} rejected the event: {entry.get('ErrorMessage') or entry.get('ErrorCode')}.")
    return f"bus {bus}"


@dataclass
class Results:
    """The results of a load test. `outcomes`: responses by HTTP status; `last_error`: text of the last error."""

    milliseconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    placed_order_ids: list[str] = field(default_factory=list)
    seconds: float = 0.0
    last_error: str = ""


@dataclass(frozen=True)
class Storefront:
    """The storefront of an environment, with the customer's token if it requires one."""

    url: str
    token: str | None = None

    def place(self, order: Order) -> Response:
        """Place an order. Raises UserError if the storefront cannot be reached."""
        try:
            return storefront.place(self.url, order, self.token)
        except OSError as error:
            raise UserError(f"The storefront at {self.url} cannot be reached: {error}.") from error

    def load(self, orders: Sequence[Order], rate: float, report: Callable[[Results], None] = lambda _: None) -> Results:
        """Place at most `rate` orders per second, and pass the results so far to `report` after each response."""
        load, start_time = Results(), time.monotonic()
        for response in storefront.place_orders(orders, self.place, CONCURRENCY, rate):
            load.outcomes[str(response.status)] += 1
            load.milliseconds.append(response.milliseconds)
            load.seconds = time.monotonic() - start_time
            if response.status == 202:
                load.placed_order_ids.append(response.document["order_id"])
            else:
                load.last_error = str(response.document.get("detail") or response.document)
            report(load)
        return load


def find_storefront(cloud: Cloud, token: str | None) -> Storefront:
    if cloud.is_local:
        local = LocalCloud()
        return Storefront(local.http_api_url(local.outputs()["storefront_api_id"]), token)
    return Storefront(cloud.parameter("storefront_url").rstrip("/"), token)


def percentiles(values: Sequence[float], quantiles: Sequence[float] = (0.5, 0.9, 0.99)) -> Mapping[str, float]:
    """Return percentiles by the nearest-rank method, as in `{"p50": 12.1}`; empty if there are no values."""
    sorted_values = sorted(values)
    percentile_numbers = [int(quantile * 100) for quantile in quantiles if sorted_values]
    return {f"p{n}": sorted_values[max(0, -(-len(sorted_values) * n // 100) - 1)] for n in percentile_numbers}
