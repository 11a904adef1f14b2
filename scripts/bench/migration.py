"""Measures what customers see before and after the migration: normally, and with services slow or down.

Before: `examples/synchronous`, whose handler calls payment, stock, ledger and notification in turn. After: the local
cloud, with an equally slow payment provider; where stock is down, the warehouse's event source mapping is disabled.
Both serve the same number of concurrent customers. The output is a Markdown table for docs/migration.md."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from bench.load import CONCURRENCY, LoadRun
from examples.synchronous.services import DEFAULT_DELAY_SECONDS, SERVICE_NAMES, Service
from examples.synchronous.shop import Shop
from orderflow_cli import console
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.terminal.publish import percentiles
from simulators.payment_provider import SLOW_RESPONSE_SECONDS

ORDER_COUNT = 100
MAX_SECONDS_UNTIL_IDLE = 240.0
SUCCESS_CODES = frozenset({201, 202})


@dataclass(frozen=True)
class Condition:
    description: str
    payment_is_slow: bool = False
    stock_is_down: bool = False


SLOW_PAYMENT = f"payment responds after {SLOW_RESPONSE_SECONDS:g} s"
CONDITIONS = (
    Condition("no fault"),
    Condition(SLOW_PAYMENT, payment_is_slow=True),
    Condition("stock is down", stock_is_down=True),
    Condition(f"{SLOW_PAYMENT}, stock is down", payment_is_slow=True, stock_is_down=True),
)


@dataclass(frozen=True)
class Results:
    """The responses that customers received in one run, and the number of defects after the recovery.

    `wrong_charge_count` counts orders that were charged although their responses reported a failure; `defect_count`
    counts accepted orders that were lost or not delivered, dead-letter queues with new messages, and violations."""

    responses: list[Response]
    wrong_charge_count: int
    defect_count: int
    catch_up_seconds: float | None = None

    @property
    def success_rate(self) -> float:
        return sum(response.status in SUCCESS_CODES for response in self.responses) / len(self.responses)

    def percentile(self, percent: float) -> float:
        return percentiles([response.milliseconds for response in self.responses], [percent / 100])[f"p{percent:g}"]


@contextmanager
def _synchronous_shop(condition: Condition) -> Iterator[tuple[dict[str, Service], Shop, str]]:
    services = {name: Service(name) for name in SERVICE_NAMES}
    services["payment"].delay_seconds = SLOW_RESPONSE_SECONDS if condition.payment_is_slow else DEFAULT_DELAY_SECONDS
    services["stock"].is_down = condition.stock_is_down
    with ExitStack() as stack:
        shop = Shop({name: stack.enter_context(service.serve()).url for name, service in services.items()})
        yield services, shop, stack.enter_context(shop.serve()).url


def measure_synchronous_application(condition: Condition, orders: Sequence[Order]) -> Results:
    with _synchronous_shop(condition) as (services, shop, url), ThreadPoolExecutor(CONCURRENCY) as pool:
        responses = list(pool.map(lambda order: storefront.place(url, order), orders))
        accepted_ids = {response.document["order_id"] for response in responses if response.status in SUCCESS_CODES}
        paid_ids = {effect["order_id"] for effect in services["payment"].effects}
        return Results(responses, len(paid_ids - accepted_ids), len(accepted_ids - set(shop.orders)))


def measure_event_driven_application(condition: Condition, load: LoadRun, orders: Sequence[Order]) -> Results:
    load.set_scenario(orders, "slow" if condition.payment_is_slow else "capture")
    with load.disabled_mappings("warehouse") if condition.stock_is_down else nullcontext():
        responses = load.place_orders(orders)
        if condition.stock_is_down:
            _wait_until_paid(load, len(load.accepted_ids))
    recovered_at = time.monotonic()
    load.wait_until_idle(MAX_SECONDS_UNTIL_IDLE)
    catch_up_seconds = time.monotonic() - recovered_at if condition.stock_is_down else None
    accepted_ids = {response.document["order_id"] for response in responses if response.status in SUCCESS_CODES}
    items = load.items()
    delivered_ids = {item["order_id"] for item in items if item["status"] == "delivered"}
    depths = load.new_dead_letter_counts()
    problems = load.report().violations + [f"{n} dead-letter messages in {source}" for source, n in depths.items()]
    for problem in problems[:10]:
        console.warn(problem)
    wrongly_charged_ids = {item["order_id"] for item in items if item.get("payments")} - delivered_ids - accepted_ids
    defect_count = len(accepted_ids - delivered_ids) + len(problems)
    return Results(responses, len(wrongly_charged_ids), defect_count, catch_up_seconds)


def _wait_until_paid(load: LoadRun, count: int) -> None:
    """Wait for the payments, which continue while the warehouse is unavailable and its queue grows."""
    deadline = time.monotonic() + 30.0
    while sum(item["status"] == "paid" for item in load.items()) < count and time.monotonic() < deadline:
        time.sleep(1.0)


def run() -> int:
    """Print the table; return 1 if, after the migration, an order was rejected or wrongly charged, or had a defect."""
    cloud = LocalCloud()
    cloud.start_and_apply()
    with console.step("warm-up"):
        measure_event_driven_application(CONDITIONS[0], warm_up_load := LoadRun(cloud), warm_up_load.orders(8, 1))

    results: list[tuple[Condition, Results, Results]] = []
    for number, condition in enumerate(CONDITIONS, 2):
        orders = (load := LoadRun(cloud)).orders(ORDER_COUNT, number)
        with console.step(condition.description) as progress:
            before = measure_synchronous_application(condition, orders)
            after = measure_event_driven_application(condition, load, orders)
            progress.detail = f"{before.success_rate:.0%} of orders accepted before, {after.success_rate:.0%} after"
        results.append((condition, before, after))
    console.say("\n".join(markdown_lines(results)))
    return int(any(after.success_rate < 1 or after.defect_count or after.wrong_charge_count for _, _, after in results))


def markdown_lines(results: Sequence[tuple[Condition, Results, Results]]) -> Iterator[str]:
    """Yield the table's lines, then ratios, which depend less on the machine than milliseconds do."""
    yield "| | | orders accepted | p50 | p95 | paid but failed | accepted but lost | caught up |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for condition, before, after in results:
        for phase, run in (("before", before), ("after", after)):
            label = condition.description if phase == "before" else ""
            catch_up_text = "" if run.catch_up_seconds is None else f"in {run.catch_up_seconds:.0f} s"
            yield (
                f"| {label} | {phase} | {run.success_rate:.0%} of {len(run.responses)} | {run.percentile(50):,.0f} ms "
                f"| {run.percentile(95):,.0f} ms | {run.wrong_charge_count} | {run.defect_count} | {catch_up_text} |"
            )
    yield ""
    baseline = results[0]
    for condition, before, after in results[1:]:
        comparison_before, comparison_after = _comparison(before, baseline[1]), _comparison(after, baseline[2])
        yield f"- {condition.description}: before the migration, {comparison_before}; after it, {comparison_after}."


def _comparison(results: Results, baseline: Results) -> str:
    if not results.success_rate:
        return "no orders are accepted"
    return f"p95 is {results.percentile(95) / baseline.percentile(95):.1f} times the value without faults"
