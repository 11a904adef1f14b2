"""`orderflow demo`: sends orders through the whole system and prints a report."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

from orderflow_cli import UserError, console
from orderflow_cli.arguments import whole_number
from orderflow_cli.commands import up
from orderflow_cli.demo import report
from orderflow_cli.demo.run import DemoRun
from orderflow_cli.demo.traffic import SCENARIOS
from orderflow_cli.environments import convert_aws_errors
from orderflow_cli.local_cloud.cloud import LocalCloud

HELP = "Build the functions, start the local cloud, send orders from website, app and till, and verify the results."


def interruption_message() -> str:
    return up.interruption_message("Run the same command to start over; orders already sent will still be processed")


def configure(parser: argparse.ArgumentParser) -> None:
    # At least one order for each scenario.
    orders = whole_number(len(SCENARIOS) - 1, 100_000)
    parser.add_argument("--orders", type=orders, default=60, help="online orders, plus a warm-up order (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="random seed for the orders (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    start_time = time.monotonic()
    cloud = LocalCloud()
    console.say(up.describe_expected_duration(cloud, "a minute", "3 minutes"))
    cloud.start_and_apply()
    console.say(f"  Watch the orders live: {up.start_studio(cloud)}")
    startup_seconds = time.monotonic() - start_time
    demo = DemoRun(cloud, args.orders, args.seed)
    console.say(f"  {args.orders} orders, generated from seed {args.seed}")
    with report_stopped_cloud(cloud), demo.subscribe_to_notices():
        demo.begin()
        demo.send_orders()
        if not demo.requests.placed_orders:
            _, answer = demo.requests.rejected_orders[0]
            raise UserError(f"The storefront accepted no order ({answer.status} {answer.document}); run `make status`.")
        demo.cancel()
        demo.send_repeated_and_invalid_requests()
        demo.send_till_file()
        has_settled = demo.wait_until_settled()
        console.say()

        snapshot = demo.snapshot()
        problems = [] if has_settled else ["some work is still pending; see the last step above"]
        problems += report.print_and_check_consumers(snapshot, demo.requests)
        problems += report.print_and_check_outcomes(snapshot, demo.requests)
        problems += report.print_and_check_trace(demo)
        problems += report.print_and_check_rejections(demo.requests)
        code = report.print_result(demo, demo.report(), problems)
    total_text, startup_text = map(console.format_duration, (time.monotonic() - start_time, startup_seconds))
    console.say(f"({total_text}, of which {startup_text} to start the local cloud.)")
    return code


@contextmanager
def report_stopped_cloud(cloud: LocalCloud) -> Iterator[None]:
    """Report that the local cloud has stopped, if that caused the error in the block."""
    try:
        with convert_aws_errors():
            yield
    except (OSError, UserError) as error:
        if cloud.is_running():
            raise
        cause = f"The local cloud has stopped; see {cloud.emulator.log}."
        raise UserError(f"{cause} `make up` restarts it and reports what was lost.") from error
