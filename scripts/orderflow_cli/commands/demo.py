"""`orderflow demo`: real orders through the whole system, and a report for a person."""

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

HELP = "Build, start the local cloud, send orders from every producer and check the results."
FEWEST = 60


def interrupted() -> str:
    return up.interrupted("The same command starts again; orders already sent continue")


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
    with alive(cloud), course.listening():
        course.begin()
        course.send_orders()
        if not course.sent.placed:
            _, answer = course.sent.refused_orders[0]
            said = f"{answer.status}: {answer.document}"
            raise UserError(f"The storefront took no order; it answered {said}. See `make status`.")
        course.cancel()
        course.send_again_and_wrong()
        course.send_till_file()
        settled = course.wait_until_settled()
        console.say()

        taken = course.snapshot()
        problems = [] if settled else ["not every order has ended: see the orders that wait, below"]
        problems += report.consumers(taken, course.sent)
        problems += report.stories(taken, course.sent)
        problems += report.one_trace(course)
        problems += report.refusals(course.sent)
        code = report.verdict(course, course.report(), problems)
    total = time.monotonic() - started
    console.say(f"({console.duration(total)}, of which {console.duration(up_after)} to bring the local cloud up.)")
    return code


@contextmanager
def alive(cloud: LocalCloud) -> Iterator[None]:
    """Whatever fails in the block because the local cloud has ended meanwhile is told as that."""
    try:
        with as_user_errors():
            yield
    except (OSError, UserError) as error:
        if cloud.is_running():
            raise
        said = f"The local cloud ended meanwhile; see {cloud.emulator.log}."
        raise UserError(f"{said} `make up` starts it again and says what is gone.") from error
