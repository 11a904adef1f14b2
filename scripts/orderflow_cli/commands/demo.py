"""`orderflow demo`: sends orders through the whole system and prints a report."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

from orderflow_cli import UserError, console
from orderflow_cli.arguments import whole_number
from orderflow_cli.commands import up
from orderflow_cli.demo import report
from orderflow_cli.demo.run import Course
from orderflow_cli.demo.traffic import STORIES
from orderflow_cli.environments import as_user_errors
from orderflow_cli.local_cloud.cloud import LocalCloud

HELP = "Build, start the local cloud, send orders from every producer and verify the results."
FEWEST = 60


def interrupted() -> str:
    return up.interrupted("Run the same command to start over; orders already sent continue")


def configure(parser: argparse.ArgumentParser) -> None:
    # With fewer, not every story could be shown.
    orders = whole_number(len(STORIES) - 1, 100_000)
    parser.add_argument("--orders", type=orders, default=FEWEST, help=f"online orders to send (default {FEWEST})")
    parser.add_argument("--seed", type=int, default=1, help="random seed of the orders (default 1)")


def run(args: argparse.Namespace) -> int:
    started = time.monotonic()
    cloud = LocalCloud()
    console.say(up.how_long(cloud, "a minute", "3 minutes"))
    cloud.up()
    console.say(f"  Watch the orders travel: {up.show_page(cloud)}")
    up_after = time.monotonic() - started
    course = Course(cloud, args.orders, args.seed)
    console.say(f"  {args.orders} orders, drawn from seed {args.seed}")
    with report_stopped_cloud(cloud), course.listening():
        course.begin()
        course.send_orders()
        if not course.sent.placed:
            _, answer = course.sent.refused_orders[0]
            said = f"{answer.status}: {answer.document}"
            raise UserError(f"The storefront accepted no order; it answered {said}. Run `make status`.")
        course.cancel()
        course.send_repeated_and_invalid()
        course.send_till_file()
        settled = course.wait_until_settled()
        console.say()

        taken = course.snapshot()
        problems = [] if settled else ["not every order has settled; the waiting orders are listed below"]
        problems += report.consumers(taken, course.sent)
        problems += report.stories(taken, course.sent)
        problems += report.print_trace(course)
        problems += report.refusals(course.sent)
        code = report.verdict(course, course.report(), problems)
    total = time.monotonic() - started
    console.say(f"({console.duration(total)}, of which {console.duration(up_after)} to bring the local cloud up.)")
    return code


@contextmanager
def report_stopped_cloud(cloud: LocalCloud) -> Iterator[None]:
    """Report failures in the block as a stopped local cloud, if it has stopped meanwhile."""
    try:
        with as_user_errors():
            yield
    except (OSError, UserError) as error:
        if cloud.is_running():
            raise
        said = f"The local cloud has stopped; see {cloud.emulator.log}."
        raise UserError(f"{said} `make up` restarts it and reports what was lost.") from error
