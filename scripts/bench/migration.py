"""Measures what customers see before and after the migration: normally, and with services slow or down.

Before: `examples/synchronous`, whose handler calls payment, stock, ledger and notification in turn. After: the local
cloud, with an equally slow payment provider, and the warehouse's event source mapping disabled for as long. Both serve
the same number of customers at the same time. The output is a Markdown table for docs/migration.md."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from bench.load import CONCURRENCY, Load
from examples.synchronous.services import DEFAULT_DELAY_SECONDS, SERVICE_NAMES, Service
from examples.synchronous.shop import Shop
from orderflow_cli import console
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.terminal.publish import percentiles
from simulators.payment_provider import SLOW_SECONDS

ORDERS = 100
QUIET_SECONDS = 240.0
ACCEPTED = frozenset({201, 202})


@dataclass(frozen=True)
class Condition:
    description: str
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
    """The result of one run: the customers' responses, and the problems after the recovery.

    `half_done` counts orders that were charged although their responses reported a failure; `missing` counts
    accepted orders that were not delivered."""

    answers: list[Response]
    half_done: int
    missing: int
    caught_up_seconds: float | None = None

    @property
    def success(self) -> float:
        return sum(answer.status in ACCEPTED for answer in self.answers) / len(self.answers)

    def percentile(self, percent: float) -> float:
        return percentiles([answer.milliseconds for answer in self.answers], [percent / 100])[f"p{percent:g}"]


@contextmanager
def _synchronous_shop(condition: Condition) -> Iterator[tuple[dict[str, Service], Shop, str]]:
    services = {name: Service(name) for name in SERVICE_NAMES}
    services["payment"].delay_seconds = SLOW_SECONDS if condition.slow else DEFAULT_DELAY_SECONDS
    services["stock"].down = condition.down
    with ExitStack() as stack:
        shop = Shop({name: stack.enter_context(service.serve()).url for name, service in services.items()})
        yield services, shop, stack.enter_context(shop.serve()).url


def measure_synchronous(condition: Condition, orders: Sequence[Order]) -> Results:
    with _synchronous_shop(condition) as (services, shop, url), ThreadPoolExecutor(CONCURRENCY) as pool:
        answers = list(pool.map(lambda order: storefront.place(url, order), orders))
        confirmed = {answer.document["order_id"] for answer in answers if answer.status in ACCEPTED}
        paid = {effect["order_id"] for effect in services["payment"].effects}
        return Results(answers, half_done=len(paid - confirmed), missing=len(confirmed - set(shop.orders)))


def measure_event_driven(condition: Condition, load: Load, orders: Sequence[Order]) -> Results:
    load.set_scenario(orders, "slow" if condition.slow else "capture")
    with load.paused("warehouse") if condition.down else nullcontext():
        answers = load.place_orders(orders)
        if condition.down:
            _wait_until_paid(load, len(load.accepted))
    recovered_at = time.monotonic()
    load.wait_until_idle(QUIET_SECONDS)
    caught_up = time.monotonic() - recovered_at if condition.down else None
    confirmed = {answer.document["order_id"] for answer in answers if answer.status in ACCEPTED}
    items = load.items()
    delivered = {item["order_id"] for item in items if item["status"] == "delivered"}
    depths = load.new_dead_letters()
    problems = load.report().violations + [f"{n} dead-letter messages in {source}" for source, n in depths.items()]
    for problem in problems[:10]:
        console.warn(problem)
    half_done = {item["order_id"] for item in items if item.get("payments")} - delivered - confirmed
    return Results(answers, len(half_done), len(confirmed - delivered) + len(problems), caught_up)


def _wait_until_paid(load: Load, count: int) -> None:
    """Wait for the payments, which continue while the warehouse is unavailable and its queue grows."""
    deadline = time.monotonic() + 30.0
    while sum(item["status"] == "paid" for item in load.items()) < count and time.monotonic() < deadline:
        time.sleep(1.0)


def run() -> int:
    """Print the table; return 1 if, after the migration, an order was rejected, lost or half done."""
    cloud = LocalCloud()
    cloud.up()
    with console.step("warm-up"):
        measure_event_driven(CONDITIONS[0], warm_up := Load(cloud), warm_up.orders(8, 1))

    results: list[tuple[Condition, Results, Results]] = []
    for number, condition in enumerate(CONDITIONS, 2):
        load = Load(cloud)
        orders = load.orders(ORDERS, number)
        with console.step(condition.description) as progress:
            before, after = measure_synchronous(condition, orders), measure_event_driven(condition, load, orders)
            progress.detail = f"{before.success:.0%} of {ORDERS} accepted before, {after.success:.0%} after"
        results.append((condition, before, after))
    console.say("\n".join(markdown_table(results)))
    return 1 if any(after.success < 1 or after.missing or after.half_done for _, _, after in results) else 0


def markdown_table(results: Sequence[tuple[Condition, Results, Results]]) -> Iterator[str]:
    """Yield the table's lines, then ratios, which depend less on the machine than milliseconds."""
    yield "| | | orders accepted | p50 | p95 | paid but failed | accepted but lost | caught up |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for condition, before, after in results:
        for phase, run in (("before", before), ("after", after)):
            label = condition.description if phase == "before" else ""
            caught_up = "" if run.caught_up_seconds is None else f"in {run.caught_up_seconds:.0f} s"
            yield (
                f"| {label} | {phase} | {run.success:.0%} of {len(run.answers)} | {run.percentile(50):,.0f} ms | "
                f"{run.percentile(95):,.0f} ms | {run.half_done} | {run.missing} | {caught_up} |"
            )
    yield ""
    baseline = results[0]
    for condition, before, after in results[1:]:
        earlier, later = _comparison(before, baseline[1]), _comparison(after, baseline[2])
        yield f"- {condition.description}: before, {earlier}; after, {later}."


def _comparison(results: Results, baseline: Results) -> str:
    if not results.success:
        return "no order is accepted"
    return f"p95 is {results.percentile(95) / baseline.percentile(95):.1f} times as high as without faults"
