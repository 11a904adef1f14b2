"""`orderflow demo`: real orders through the whole system, and a report for a person."""

import argparse
import time

from orderflow_cli import UserError, console
from orderflow_cli.demo import report
from orderflow_cli.demo.run import Course
from orderflow_cli.demo.stories import STORIES
from orderflow_cli.local_cloud.cloud import LocalCloud

HELP = "Build, start the local cloud, send orders from every producer and show what became of them."
FEWEST = 60


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--orders", type=_count, default=FEWEST, help=f"online orders to send (default {FEWEST})")
    parser.add_argument("--seed", type=int, default=1, help="what the orders are drawn from (default 1)")


def run(args: argparse.Namespace) -> int:
    started = time.monotonic()
    cloud = LocalCloud()
    cloud.up()
    up_after = time.monotonic() - started
    course = Course(cloud, args.orders, args.seed)
    with console.step("warm-up: one order all the way"):
        course.warm_up()
    course.send_orders()
    if not course.sent.placed:
        _, answer = course.sent.refused_orders[0]
        raise UserError(
            f"The storefront took no order; it answered {answer.status}: {answer.document}. See `make status`."
        )
    course.send_again_and_wrong()
    course.send_till_file()
    quiet = course.wait_until_quiet()
    console.say()

    taken = course.snapshot()
    problems = [] if quiet else ["the system was not quiet in time: see the orders that wait, below"]
    problems += report.consumers(taken, course.sent)
    problems += report.stories(taken, course.sent)
    problems += report.one_journey(course)
    problems += report.refusals(course.sent)
    code = report.verdict(course.report(), problems, next(reversed(course.sent.placed)))
    total = time.monotonic() - started
    console.say(f"({console.duration(total)}, of which {console.duration(up_after)} to bring the local cloud up.)")
    return code


def _count(text: str) -> int:
    count = int(text)
    if count < len(STORIES):
        raise argparse.ArgumentTypeError(f"at least {len(STORIES)} orders are needed to show every story")
    return count
