"""Measures what customers see before and after the migration: normally, and with services slow or down.

Before: `examples/synchronous`, whose handler calls payment, stock, ledger and notification in a row. After: the local
cloud, its payment provider answering as slowly, the warehouse's event source mapping switched off for as long, then on
again. The same number of customers order at the same time from both; the table is Markdown, for docs/migration.md."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from bench.load import CONCURRENCY, Load
from examples.synchronous.services import DEFAULT_SECONDS, NAMES, Service
from examples.synchronous.shop import Shop
from orderflow_cli import console
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Answer
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.terminal.publish import percentiles
from simulators.payment_provider import SLOW_SECONDS

ORDERS = 100
QUIET_SECONDS = 240.0
ACCEPTED = frozenset({201, 202})


@dataclass(frozen=True)
class Condition:
    what: str
    slow: bool = False
    down: bool = False


CONDITIONS = (
    Condition("no fault"),
    Condition(f"payment answers after {SLOW_SECONDS:g} s", slow=True),
    Condition("stock is down", down=True),
    Condition(f"payment answers after {SLOW_SECONDS:g} s, stock is down", slow=True, down=True),
)


@dataclass(frozen=True)
class Results:
    """The result of one run: the customers' responses, and the problems once everything has recovered.

    `half_done`: orders whose money was taken though the customer was told that they failed. `missing`: orders that the
    customer was told are taken, and that were not delivered in the end."""

    answers: list[Answer]
    half_done: int
    missing: int
    caught_up_seconds: float | None = None

    @property
    def success(self) -> float:
        return sum(answer.status in ACCEPTED for answer in self.answers) / len(self.answers)

    def percentile(self, percent: float) -> float:
        return percentiles([answer.milliseconds for answer in self.answers], [percent / 100])[f"p{percent:g}"]


@contextmanager
def _before(condition: Condition) -> Iterator[tuple[dict[str, Service], Shop, str]]:
    services = {name: Service(name) for name in NAMES}
    services["payment"].delay_seconds = SLOW_SECONDS if condition.slow else DEFAULT_SECONDS
    services["stock"].down = condition.down
    with ExitStack() as stack:
        shop = Shop({name: stack.enter_context(service.serve()).url for name, service in services.items()})
        yield services, shop, stack.enter_context(shop.serve()).url


def measure_before(condition: Condition, orders: Sequence[Order]) -> Results:
    with _before(condition) as (services, shop, url), ThreadPoolExecutor(CONCURRENCY) as pool:
        answers = list(pool.map(lambda order: storefront.place(url, order), orders))
        told = {answer.document["order_id"] for answer in answers if answer.status in ACCEPTED}
        paid = {effect["order_id"] for effect in services["payment"].effects}
        return Results(answers, half_done=len(paid - told), missing=len(told - set(shop.orders)))


def measure_after(condition: Condition, load: Load, orders: Sequence[Order]) -> Results:
    load.set_scenario(orders, "slow" if condition.slow else "capture")
    with load.paused("warehouse") if condition.down else nullcontext():
        answers = load.place(orders)
        if condition.down:
            _wait_until_paid(load, len(load.accepted))
    back = time.monotonic()
    load.wait_until_idle(QUIET_SECONDS)
    caught_up = time.monotonic() - back if condition.down else None
    told = {answer.document["order_id"] for answer in answers if answer.status in ACCEPTED}
    items = load.items()
    delivered = {item["order_id"] for item in items if item["status"] == "delivered"}
    dead = load.new_dead_letters()
    problems = load.report().violations + [f"{n} dead-letter messages of {place}" for place, n in dead.items()]
    for problem in problems[:10]:
        console.warn(problem)
    half_done = {item["order_id"] for item in items if item.get("payments")} - delivered - told
    return Results(answers, len(half_done), len(told - delivered) + len(problems), caught_up)


def _wait_until_paid(load: Load, count: int) -> None:
    """Wait for the payments, which continue while the warehouse is unavailable; only its own queue grows."""
    deadline = time.monotonic() + 30.0
    while sum(item["status"] == "paid" for item in load.items()) < count and time.monotonic() < deadline:
        time.sleep(1.0)


def run() -> int:
    """Print the table; returns 1 if an order was rejected, lost or half done after the migration."""
    cloud = LocalCloud()
    cloud.up()
    with console.step("warm-up"):
        measure_after(CONDITIONS[0], warm := Load(cloud), warm.orders(8, 1))

    seen: list[tuple[Condition, Results, Results]] = []
    for number, condition in enumerate(CONDITIONS, 2):
        load = Load(cloud)
        orders = load.orders(ORDERS, number)
        with console.step(condition.what) as progress:
            before, after = measure_before(condition, orders), measure_after(condition, load, orders)
            progress.detail = f"{before.success:.0%} of {ORDERS} accepted before, {after.success:.0%} after"
        seen.append((condition, before, after))
    console.say("\n".join(markdown(seen)))
    return 1 if any(after.success < 1 or after.missing or after.half_done for _, _, after in seen) else 0


def markdown(seen: Sequence[tuple[Condition, Results, Results]]) -> Iterator[str]:
    """Return the table with ratios, which depend less on the machine than milliseconds."""
    yield "| | | orders accepted | p50 | p95 | paid but failed | accepted but lost | caught up |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for condition, before, after in seen:
        for which, one in (("before", before), ("after", after)):
            first = condition.what if which == "before" else ""
            caught_up = "" if one.caught_up_seconds is None else f"in {one.caught_up_seconds:.0f} s"
            yield (
                f"| {first} | {which} | {one.success:.0%} of {len(one.answers)} | {one.percentile(50):,.0f} ms | "
                f"{one.percentile(95):,.0f} ms | {one.half_done} | {one.missing} | {caught_up} |"
            )
    yield ""
    well = seen[0]
    for condition, before, after in seen[1:]:
        yield (f"- {condition.what}: before, {_compared(before, well[1])}; after, {_compared(after, well[2])}.")


def _compared(one: Results, usual: Results) -> str:
    if not one.success:
        return "no order is accepted"
    return f"p95 is {one.percentile(95) / usual.percentile(95):.1f} times that without faults"
