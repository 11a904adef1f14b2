"""`orderflow send order|load|event`: sends orders to the storefront, or an event to the bus or topic."""

import argparse
import json
import os
import uuid
from dataclasses import replace

from orderflow_cli import UserError, console
from orderflow_cli.arguments import number, whole_number
from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.terminal.publish import Results

HELP = "Send one order, many orders at a fixed rate, or an event based on an example of its contract."
INTERRUPTION_MESSAGE = "interrupted; everything already sent will still be processed"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit code 0: everything accepted; 1: something rejected, as the output explains; 2: wrong usage."
    verbs = parser.add_subparsers(dest="verb", metavar="order | load | event", required=True)
    order = verbs.add_parser("order", help="send one order and print its id, for `orderflow trace`")
    order.add_argument("--sku", help="SKU to order (default: the first in the catalog)")
    order.add_argument("--quantity", type=int, default=1, help="quantity (default 1), validated by the storefront")
    order.add_argument("--channel", default="web", help="web (the default) or mobile")
    order.add_argument("--customer", default="customer-001", help="customer id (default customer-001)")
    load = verbs.add_parser("load", help="send many orders, generated from a seed, at a fixed rate")
    parse_count = whole_number(maximum=100_000)
    load.add_argument("--orders", type=parse_count, default=100, metavar="N", help="number of orders (default 100)")
    load.add_argument("--rate", type=number(0.01, 1000), default=10.0, help="orders per second (default 10)")
    load.add_argument("--seed", type=int, default=1, help="random seed of the orders (default 1)")
    for verb in (order, load):
        token = os.environ.get("ORDERFLOW_TOKEN")
        verb.add_argument("--token", default=token, help="the customer's token (default: $ORDERFLOW_TOKEN)")
    event = verbs.add_parser("event", help="send one valid event, based on an example of its contract")
    event.add_argument("type", help="event type, such as PaymentCaptured")
    event.add_argument("--version", type=whole_number(), help="contract version (default: newest)")
    event.add_argument("--example", help="an example's file name, without .json (default: minimal, else the first)")
    event.add_argument("--order", metavar="ORDER_ID", help="id of the order that the event is about (data.order_id)")
    help_text = "set a field (data.amount=500) or remove it (data.amount); repeatable"
    event.add_argument("--set", action="append", default=[], metavar="PATH[=VALUE]", help=help_text)
    event.add_argument("--invalid", action="store_true", help="send the event even if it violates its contract")
    event.add_argument("--dry-run", action="store_true", help="validate and print only; send nothing")
    for verb in (order, load, event):
        add_environment_options(verb, writes=True)


def run(args: argparse.Namespace) -> int:
    if not getattr(args, "dry_run", False):
        require_write(args)
    with convert_aws_errors():
        if args.verb == "event":
            return _send_event(args)
        cloud = connect(args.environment, args.project)
        return _send_order(cloud, args) if args.verb == "order" else _send_load(cloud, args)


def _send_event(args: argparse.Namespace) -> int:
    from orderflow_cli.terminal import publish

    changes = [*([f"data.order_id={args.order}"] if args.order else []), *args.set]
    contract = publish.find_contract(args.type, args.version)
    message = publish.new_event(contract, args.example, changes, allow_invalid=args.invalid)
    body = message.body["detail"] if message.carrier == "bus" else message.body
    destination = "nowhere" if args.dry_run else publish.send(connect(args.environment, args.project), message)
    if args.json:
        console.emit(json.dumps({"sent_to": None if args.dry_run else destination, "event": body}))
        return 0
    if args.dry_run:
        console.emit(json.dumps(body, indent=2, ensure_ascii=False))
        console.warn(f"dry run: {message.name} was not sent")
        return 0
    parts = [one for name in ("metadata", "data") if isinstance(one := body.get(name), dict)]
    id_suffix = next((f" {one['event_id']}" for one in parts if "event_id" in one), "")
    order_suffix = next((f" about {one['order_id']}" for one in parts if "order_id" in one), "")
    console.say(f"{message.contract}{id_suffix}{order_suffix} was sent to the {destination}.")
    return 0


def _send_order(cloud: Cloud, args: argparse.Namespace) -> int:
    from orderflow_cli.demo import traffic
    from orderflow_cli.local_cloud import seed
    from orderflow_cli.terminal import publish

    (sample,) = traffic.orders(f"send-{uuid.uuid4().hex}", sorted(seed.prices()), 1, [], 1)
    lines = [{"sku": args.sku or min(seed.prices()), "quantity": args.quantity}]
    order = replace(sample, customer_id=args.customer, body={**sample.body, "channel": args.channel, "lines": lines})
    answer = publish.find_storefront(cloud, args.token).place(order)
    is_accepted = answer.status == 202
    if args.json:
        console.emit(json.dumps({"status": answer.status, **answer.document}))
    elif is_accepted:
        console.say(f"{answer.document['order_id']} was accepted in {answer.milliseconds:.0f} ms.")
    if not is_accepted:
        raise UserError(f"The storefront responded with {answer.status}: {_rejection_reason(answer.document)}")
    return 0


def _rejection_reason(document: dict[str, object]) -> str:
    """Return the reason that a problem document (RFC 9457) gives."""
    errors = document.get("errors")
    fields = [f"{one['field']} {one['reason']}" for one in errors if "field" in one] if isinstance(errors, list) else []
    reason = "; ".join(fields) or document.get("detail") or document.get("title") or document or "no reason given"
    return f"{str(reason).rstrip('.')}."


def _send_load(cloud: Cloud, args: argparse.Namespace) -> int:
    from orderflow_cli.demo import traffic
    from orderflow_cli.local_cloud import seed
    from orderflow_cli.terminal import publish

    orders = list(traffic.orders(f"load-{uuid.uuid4().hex}", sorted(seed.prices()), args.orders, [], args.seed))
    with console.step(f"{pluralize(args.orders, 'order')} at {args.rate:g} a second") as progress:

        def show_progress(results: Results) -> None:
            progress.detail = f"{len(results.placed_order_ids)} of {args.orders} accepted"

        results = publish.find_storefront(cloud, args.token).load(orders, args.rate, show_progress)
    percentiles = publish.percentiles(results.milliseconds)
    if args.json:
        durations = {"seconds": results.seconds, "milliseconds": percentiles}
        console.emit(json.dumps({"outcomes": results.outcomes, **durations, "orders": results.placed_order_ids}))
    times = ", ".join(f"{name} {value:.0f} ms" for name, value in percentiles.items())
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(results.outcomes.items()))
    console.say(f"{answers} in {console.format_duration(results.seconds)}; responses {times}.")
    if rejected_count := args.orders - len(results.placed_order_ids):
        raise UserError(f"{rejected_count} orders were rejected, the last because: {results.last_error}")
    return 0
