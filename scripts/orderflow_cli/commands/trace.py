"""`orderflow trace`: shows the trace of an order: who handled it, when and with which outcome, and its state."""

import argparse
import json
import re
from dataclasses import asdict

from orderflow_cli import UserError, console
from orderflow_cli.environments import add_environment_options, connect, convert_aws_errors
from orderflow_cli.observe import trace
from orderflow_cli.observe.deliveries import Delivery
from orderflow_cli.observe.trace import Trace, show_trace

HELP = "Show the trace of one order, hop by hop, and its current state."
_ORDER_ID_PATTERN = re.compile(r"ord_[a-z2-7]{26}")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order_id", type=_order_id, help="order id: ord_ and 26 characters")
    add_environment_options(parser)


def run(args: argparse.Namespace) -> int:
    with convert_aws_errors():
        order_trace = trace.read(connect(args.environment, args.project), args.order_id)
    if not order_trace.is_known:
        raise UserError(f"Order {args.order_id} was not found in the table, the logs or the dead-letter messages.")
    if args.json:
        console.emit(json.dumps(as_dict(order_trace), default=str))
    else:
        show_trace(order_trace)
    return 0


def as_dict(order_trace: Trace) -> dict[str, object]:
    return {
        "order_id": order_trace.order_id,
        "standing": order_trace.state,
        "hops": [asdict(step) for step in order_trace.steps],
        "events": [
            {name: getattr(one.event, name) for name in ("id", "type", "version", "carrier", "at")}
            | {"deliveries": [_delivery_as_dict(delivery) for delivery in one.deliveries]}
            for one in order_trace.events
        ],
        "unreceived": order_trace.request_problems,
        "dead_letters": [
            {"source": one.source.name, "message": one.id, "reason": one.reason, "function": one.function}
            for one in order_trace.dead_letters
        ],
    }


def _delivery_as_dict(delivery: Delivery) -> dict[str, object]:
    receiver, reason = delivery.receiver, delivery.problem or delivery.reason
    return {"receiver": receiver.name, "rule": receiver.rule or None, "state": delivery.state, "why": reason}


def _order_id(text: str) -> str:
    if not _ORDER_ID_PATTERN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"must be ord_ and 26 characters of a-z and 2-7; got {text or 'nothing'}")
    return text
