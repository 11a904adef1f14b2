"""`orderflow find`: finds orders by their attributes, and dead-letter messages by reason."""

import argparse
import json

from orderflow_cli import UserError, console, times
from orderflow_cli.arguments import number
from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors
from recorder.transitions import STATUSES

HELP = "Find orders by attributes such as customer, payment or status, or dead-letter messages by reason."
MAX_ROWS = 50


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "An order must match every option. The search reads the table, and stops after about 20,000 orders. "
        "Exit code 0: something was found; 1: nothing was found, or an error that the output explains; 2: wrong usage."
    )
    parser.add_argument("--customer", metavar="ID")
    parser.add_argument("--receipt", metavar="NUMBER", help="number of a till receipt")
    parser.add_argument("--payment", metavar="ID", help="the payment provider's id for the payment")
    parser.add_argument("--correlation", metavar="ID", help="correlation id of any request or callback about the order")
    parser.add_argument("--status", choices=STATUSES)
    help_text = "only open orders that have not changed for this long"
    parser.add_argument("--stuck", type=number(0, 1_000_000), metavar="MINUTES", help=help_text)
    parser.add_argument("--dead-letter", metavar="REASON", help="find messages with this reason instead of orders")
    add_environment_options(parser)


def run(args: argparse.Namespace) -> int:
    from orderflow_cli.observe.orders import Query, find

    query = Query(args.customer, args.receipt, args.payment, args.correlation, args.status, args.stuck)
    if (query == Query()) == (args.dead_letter is None):
        raise UserError("Choose either order options or --dead-letter; see `orderflow find --help`.")
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        if args.dead_letter is not None:
            return _list_dead_letter_messages(cloud, args)
        orders, is_complete = find(cloud, query, times.now())
    if not is_complete:
        console.warn("the search stopped after about 20,000 orders; the rest of the table was not searched")
    if args.json:
        console.emit(json.dumps(orders))
    elif orders:
        _show(args, orders)
    else:
        console.say("No such order.")
    return 0 if orders else 1


def _show(args: argparse.Namespace, orders: list[dict[str, object]]) -> None:
    from orderflow_cli.observe.orders import describe

    now = times.now()
    rows = [(str(one["order_id"]), str(one.get("customer_id", "-")), describe(one, now)) for one in orders[:MAX_ROWS]]
    console.table(pluralize(len(orders), "order"), ("order", "customer", "state"), rows)
    if len(orders) > MAX_ROWS:
        console.say(f"and {len(orders) - MAX_ROWS} more (--json lists all)")


def _list_dead_letter_messages(cloud: Cloud, args: argparse.Namespace) -> int:
    from orderflow_cli.observe.orders import find_dead_letter_messages

    messages = list(find_dead_letter_messages(cloud, args.dead_letter))
    if args.json:
        fields = ("source", "message", "reason", "orders")
        console.emit(json.dumps([{name: one.summary()[name] for name in fields} for one in messages]))
    elif messages:
        rows = [(m.source.name, times.age(m.at), m.function, " ".join(m.orders) or "-", m.id) for m in messages]
        names = ("source", "age", "function or target", "orders", "message")
        console.table(pluralize(len(messages), "dead-letter message"), names, rows, right=(1,))
    else:
        console.say("No such dead-letter message.")
    return 0 if messages else 1
