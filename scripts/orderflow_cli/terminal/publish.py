"""Sends events made of the contracts' examples to the bus or topic that carries them, and orders to the storefront."""

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
from orderflow_cli.demo.storefront import Answer
from orderflow_cli.demo.traffic import Order
from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.routes.messages import Contract, Message
from orderflow_cli.routes.settings import NAME, Settings

CONCURRENCY = 8
"""Requests under way at once; a rate that the storefront cannot keep up with is not kept."""


def contract(event_type: str, version: int | None = None) -> Contract:
    """The contract of a type, in its newest version unless one is named. Raises UserError when there is none."""
    known = Settings.load(plans.SOURCE / NAME).contracts
    found = [one for one in known if one.event_type == event_type and version in {None, one.version}]
    if not found:
        names = ", ".join(sorted({one.name for one in known}))
        raise UserError(f"There is no contract {event_type}{f'.v{version}' if version else ''}. There are: {names}.")
    return max(found, key=lambda one: one.version)


def make(wanted: Contract, example: str | None, changes: Iterable[str], *, invalid: bool) -> Message:
    """An example under a new event id, with fields changed (`data.total.amount=5`, `data.note` alone removes it).

    Raises UserError where it breaks its contract, unless `invalid`."""
    from contracts import ContractError, ids, times, validate

    name = example or ("minimal" if "minimal" in wanted.examples else min(wanted.examples))
    if name not in wanted.examples:
        raise UserError(f"{wanted.name} has no example {name}; there are {', '.join(sorted(wanted.examples))}.")
    body = copy.deepcopy(wanted.examples[name])
    body["metadata"] |= {"event_id": ids.new_id(), "occurred_at": times.now()}
    for change in changes:
        _change(body, change)
    if not invalid:
        try:
            validate(body, wanted.event_type)
        except ContractError as error:
            raise UserError(f"{wanted.name} is broken: {error}. Nothing was sent; --invalid sends it so.") from error
    return wanted.message(body, f"{wanted.name}/{name}")


def _change(body: Any, change: str) -> None:
    path, assigned, text = change.partition("=")
    if not path:
        raise UserError(f"--set must be PATH=VALUE or PATH, such as data.amount=500; got {change or 'nothing'}.")
    *parents, last = path.split(".")
    owner = body
    for part in parents:
        owner = _member(owner, part)
        if not isinstance(owner, (dict, list)):
            raise UserError(f"There is no {path}: {part} holds no fields. The event is {json.dumps(body)}.")
    if isinstance(owner, list):
        _member(owner, last)
        at = int(last)
        owner[at : at + 1] = [_value(text)] if assigned else []
    elif assigned:
        owner[last] = _value(text)
    else:
        owner.pop(last, None)


def _member(owner: Any, part: str) -> Any:
    if isinstance(owner, list):
        return owner[int(part)] if part.isascii() and part.isdigit() and int(part) < len(owner) else None
    return owner.get(part) if isinstance(owner, dict) else None


def _value(text: str) -> Any:
    """JSON where it is some, else text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def send(cloud: Cloud, message: Message) -> str:
    """Returns where it went. Raises UserError when it was not taken."""
    from contracts.event import encode

    if message.carrier == "topic":
        topic = cloud.parameter("topic_arn")
        typed = dict(message.attributes)
        cloud.client("sns").publish(TopicArn=topic, Message=encode(message.body), MessageAttributes=typed)
        return f"topic {topic.rpartition(':')[2]}"
    bus, body = cloud.parameter("bus_name"), message.body
    entry = {"EventBusName": bus, "Source": body["source"], "DetailType": body["detail-type"]}
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: a refused entry answers 200, too.
    answer = cloud.client("events").put_events(Entries=[{**entry, "Detail": encode(body["detail"])}])
    if answer["FailedEntryCount"]:
        refused = answer["Entries"][0]
        raise UserError(f"The bus {bus} refused it: {refused.get('ErrorMessage') or refused.get('ErrorCode')}.")
    return f"bus {bus}"


@dataclass
class Load:
    """How a load went. `outcomes` are by HTTP status, or by why there was no answer."""

    milliseconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    placed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    refusal: str = ""


@dataclass(frozen=True)
class Storefront:
    """The storefront of an environment, with the customer's token where it asks for one."""

    url: str
    token: str | None = None

    def place(self, order: Order) -> Answer:
        """Raises UserError when the storefront cannot be reached."""
        try:
            return storefront.place(self.url, order, self.token)
        except OSError as error:
            raise UserError(f"The storefront at {self.url} cannot be reached: {error}.") from error

    def load(self, orders: Sequence[Order], rate: float, seen: Callable[[Load], None] = lambda load: None) -> Load:
        """Place them at `rate` a second; what was placed until Ctrl-C is in the `Load` that `seen` was given."""
        made, began = Load(), time.monotonic()
        for answer in storefront.place_all(orders, self.place, CONCURRENCY, rate):
            made.outcomes[str(answer.status)] += 1
            made.milliseconds.append(answer.milliseconds)
            made.seconds = time.monotonic() - began
            if answer.status == 202:
                made.placed.append(answer.document["order_id"])
            else:
                made.refusal = str(answer.document.get("detail") or answer.document)
            seen(made)
        return made


def storefront_of(cloud: Cloud, token: str | None) -> Storefront:
    if cloud.is_local:
        local = LocalCloud()
        return Storefront(local.http_api_url(local.outputs()["storefront_api_id"]), token)
    return Storefront(cloud.parameter("storefront_url").rstrip("/"), token)


def percentiles(values: Sequence[float], shares: Sequence[float] = (0.5, 0.9, 0.99)) -> Mapping[str, float]:
    """`{"p50": 12.1, …}` by nearest rank; empty without values."""
    ordered = sorted(values)
    percents = [int(share * 100) for share in shares if ordered]
    return {f"p{percent}": ordered[max(0, -(-len(ordered) * percent // 100) - 1)] for percent in percents}
