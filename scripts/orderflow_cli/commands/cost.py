"""`orderflow cost`: estimates the AWS cost of a month, and of a million orders with this design and a naive one."""

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orderflow_cli import console
from orderflow_cli.arguments import number, whole_number
from orderflow_cli.build import plans
from orderflow_cli.cost import bill
from orderflow_cli.cost.bill import BillLines, Load
from orderflow_cli.environments import LOCAL_ENVIRONMENT, add_environment_options, connect, convert_aws_errors
from orderflow_cli.routes.plan import Plan

HELP = "Estimate the AWS cost of a million orders and of a month, from counted or measured operations and list prices."
_DEFAULTS = Load()


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--region", choices=bill.regions(), default="us-east-1", help="Region for the prices (default %(default)s)")
    add("--orders", type=whole_number(), default=bill.MILLION, help="orders per month (default %(default)s)")
    add("--payload", type=whole_number(), default=_DEFAULTS.payload, help="bytes per new order (default %(default)s)")
    messages, records = (f"{one} per invocation (default %(default)s)" for one in ("queue messages", "stream records"))
    add("--batch", type=whole_number(), default=_DEFAULTS.batch_size, help=messages)
    add("--stream-batch", type=whole_number(), default=_DEFAULTS.stream_batch_size, help=records)
    add("--log-level", choices=("INFO", "WARNING"), default=_DEFAULTS.log_level, help="default %(default)s")
    add("--sampling", type=number(0, 1), default=_DEFAULTS.tracing_rate, help="tracing rate (default %(default)s)")
    add("--plan", default="prod", help="environment or plan JSON for the fixed costs (default %(default)s)")
    add("--days", type=whole_number(), default=7, help="on AWS: days of CloudWatch metrics (default %(default)s)")
    add_environment_options(parser)


def run(args: argparse.Namespace) -> int:
    load = Load(args.payload, args.batch, args.stream_batch, args.log_level, args.sampling)
    usage, measured_order_count = bill.counted_usage(load), 0.0
    if args.environment != LOCAL_ENVIRONMENT:
        from orderflow_cli.cost import cloudwatch

        now = datetime.now(UTC)
        with convert_aws_errors():
            cloud = connect(args.environment, args.project)
            usage, measured_order_count = cloudwatch.usage(cloud, now - timedelta(days=args.days), now)
    naive_usage = bill.naive_usage(load)
    plan = Path(args.plan) if Path(args.plan).is_file() else plans.create_plans([args.plan])[args.plan]
    counts = bill.fixed_cost_quantities(Plan.load(plan))
    fixed_costs = bill.fixed_cost(counts, args.region)
    result = {
        "region": args.region,
        "prices": bill.prices()["date"],
        "measured_orders": measured_order_count,
        "million_orders": _price_lines(usage, args.region),
        "naive": _price_lines(naive_usage, args.region),
        "month_standing": {name: {"count": counts[name], "dollars": cost} for name, cost in fixed_costs.items()},
    }
    million_orders_cost, naive_cost = (sum(bill.to_dollars(one, args.region).values()) for one in (usage, naive_usage))
    fixed_cost = sum(fixed_costs.values())
    result["total"] = {"million_orders": million_orders_cost, "naive": naive_cost, "month_standing": fixed_cost}
    result["total"]["month"] = million_orders_cost * args.orders / bill.MILLION + fixed_cost
    if args.json:
        console.emit(json.dumps(result, indent=2))
        return 0
    _show_costs(args, result, usage, naive_usage)
    return 0


def _price_lines(lines: BillLines, region: str) -> dict[str, dict[str, float]]:
    return {name: {"units": lines[name], "dollars": cost} for name, cost in bill.to_dollars(lines, region).items()}


def _show_costs(args: argparse.Namespace, result: dict, usage: BillLines, naive_usage: BillLines) -> None:  # type: ignore[type-arg]
    line_prices, columns = bill.prices()["lines"], (result["million_orders"], result["naive"])
    rows = [
        (
            f"{price['name']}, {price['unit']}",
            f"{usage.get(name, 0):,.2f}",
            *(f"{one[name]['dollars']:,.2f}" if name in one else "" for one in columns),
        )
        for name, price in line_prices.items()
    ]
    total = result["total"]
    rows.append(("all", "", f"{total['million_orders']:,.2f}", f"{total['naive']:,.2f}"))
    source = f"CloudWatch, {result['measured_orders']:,.0f} orders" if result["measured_orders"] else "counted"
    unconfirmed_price_names = [price["name"] for price in line_prices.values() if args.region not in price["confirmed"]]
    title = f"A million orders in {args.region}, in US dollars (operations: {source}; prices of {result['prices']})"
    console.table(title, ("", "units", "this design", "naive design"), rows, right=(1, 2, 3))
    fixed_cost_rows = [
        (bill.prices()["standing"][name]["name"], f"{one['count']:,.2f}", f"{one['dollars']:,.2f}")
        for name, one in result["month_standing"].items()
    ]
    fixed_cost_rows.append(("all", "", f"{total['month_standing']:,.2f}"))
    title = f"Monthly cost of {Path(args.plan).stem} without orders, in US dollars"
    console.table(title, ("", "count", "dollars"), fixed_cost_rows, right=(1, 2))
    console.say(f"{args.orders:,} orders a month: {total['month']:,.2f} US dollars.")
    sources = sorted({price["source"] for price in (*line_prices.values(), *bill.prices()["standing"].values())})
    console.say(f"{bill.prices()['note']} {' '.join(sources)}")
    if unconfirmed_price_names:
        console.warn(f"Prices not confirmed for {args.region}: {'; '.join(unconfirmed_price_names)}.")
