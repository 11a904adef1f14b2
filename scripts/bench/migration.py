"""What customers see before and after the move, when all is well, when one service is slow, down, or both.

Before: `examples/synchronous`, whose handler calls payment, stock, ledger and notification in a row. After: the local
cloud, its payment provider answering as slowly, the warehouse's event source mapping switched off for as long, then on
again. The same number of customers order at the same time from both; the table is Markdown, for docs/migration.md."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from bench.load import CONCURRENCY, Load
from examples.synchronous.services import NAMES, USUAL_SECONDS, Service
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
    Condition("all is well"),
    Condition(f"payment answers after {SLOW_SECONDS:g} s", slow=True),
    Condition("stock is down", down=True),
    Condition(f"payment answers after {SLOW_SECONDS:g} s, stock is down", slow=True, down=True),
)


@dataclass(frozen=True)
class Seen:
    """What came of one run: the customers' answers, and what is wrong once everything is back and quiet.

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
    services["payment"].delay_seconds = SLOW_SECONDS if condition.slow else USUAL_SECONDS
    services["stock"].down = condition.down
    with ExitStack() as stack:
        shop = Shop({name: stack.enter_context(service.serve()).url for name, service in services.items()})
        yield services, shop, stack.enter_context(shop.serve()).url


def see_before(condition: Condition, orders: Sequence[Order]) -> Seen:
    with _before(condition) as (services, shop, url), ThreadPoolExecutor(CONCURRENCY) as pool:
        answers = list(pool.map(lambda order: storefront.place(url, order), orders))
        told = {answer.document["order_id"] for answer in answers if answer.status in ACCEPTED}
        paid = {effect["order_id"] for effect in services["payment"].effects}
        return Seen(answers, half_done=len(paid - told), missing=len(told - set(shop.orders)))


def see_after(condition: Condition, load: Load, orders: Sequence[Order]) -> Seen:
    load.set_scenario(orders, "slow" if condition.slow else "capture")
    with load.paused("warehouse") if condition.down else nullcontext():
        answers = load.place(orders)
        if condition.down:
            _wait_until_paid(load, len(load.accepted))
    back = time.monotonic()
    load.wait_until_quiet(QUIET_SECONDS)
    caught_up = time.monotonic() - back if condition.down else None
    told = {answer.document["order_id"] for answer in answers if answer.status in ACCEPTED}
    items = load.items()
    delivered = {item["order_id"] for item in items if item["status"] == "delivered"}
    dead = load.new_dead_letters()
    problems = load.report().violations + [f"{n} dead-letter messages of {place}" for place, n in dead.items()]
    for problem in problems[:10]:
        console.warn(problem)
    half_done = {item["order_id"] for item in items if item.get("payments")} - delivered - told
    return Seen(answers, len(half_done), len(told - delivered) + len(problems), caught_up)


def _wait_until_paid(load: Load, count: int) -> None:
    """Money and notices move on while the warehouse is unavailable; only its own queue grows."""
    deadline = time.monotonic() + 30.0
    while sum(item["status"] == "paid" for item in load.items()) < count and time.monotonic() < deadline:
        time.sleep(1.0)


def run() -> int:
    """Print the table; 1 when an order was refused, lost or half done after the move."""
    cloud = LocalCloud()
    cloud.up()
    with console.step("warm-up"):
        see_after(CONDITIONS[0], warm := Load(cloud), warm.orders(8, 1))

    seen: list[tuple[Condition, Seen, Seen]] = []
    for number, condition in enumerate(CONDITIONS, 2):
        load = Load(cloud)
        orders = load.orders(ORDERS, number)
        with console.step(condition.what) as progress:
            before, after = see_before(condition, orders), see_after(condition, load, orders)
            progress.detail = f"{before.success:.0%} of {ORDERS} accepted before, {after.success:.0%} after"
        seen.append((condition, before, after))
    console.say("\n".join(markdown(seen)))
    return 1 if any(after.success < 1 or after.missing or after.half_done for _, _, after in seen) else 0


def markdown(seen: Sequence[tuple[Condition, Seen, Seen]]) -> Iterator[str]:
    """The table, and the ratios, which another machine changes less than the milliseconds."""
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


def _compared(one: Seen, usual: Seen) -> str:
    if not one.success:
        return "no order is accepted"
    return f"p95 is {one.percentile(95) / usual.percentile(95):.1f} times that of a normal run"
