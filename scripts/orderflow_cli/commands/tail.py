"""`orderflow tail`: follows events until Ctrl-C."""

import argparse
import json
import time
import uuid
from contextlib import nullcontext
from typing import TYPE_CHECKING

from orderflow_cli import console
from orderflow_cli.arguments import number, whole_number
from orderflow_cli.environments import add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.local_cloud.cloud import LocalCloud

if TYPE_CHECKING:
    from orderflow_cli.observe.events import Event

HELP = "Follow the events on the bus, topics and stream of the local cloud, or on the bus of another environment."
INTERRUPTION_MESSAGE = "stopped; the changes that this command made to the environment were undone"
PAUSE_SECONDS = 0.3


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "On AWS a predefined rule is enabled (which needs --write) and disabled at the end; if this command is killed, "
        "a schedule disables the rule within an hour. Prints one line per event, or one JSON object with --json."
    )
    parser.add_argument("--type", action="append", default=[], help="event type, such as OrderPlaced; repeatable")
    parser.add_argument("--order", metavar="ORDER_ID")
    parser.add_argument("--customer", metavar="ID")
    hint = "field and value, such as data.status=paid"
    parser.add_argument("--field", action="append", default=[], type=_path_and_value, metavar="PATH=VALUE", help=hint)
    carrier_help = "what carries the event; repeatable"
    parser.add_argument("--carrier", action="append", default=[], choices=("bus", "topic", "stream"), help=carrier_help)
    parser.add_argument("--count", type=whole_number(), metavar="N", help="end after N events")
    parse_seconds = number(0.1, 86_400)
    parser.add_argument("--for", dest="seconds", type=parse_seconds, metavar="SECONDS", help="end after this duration")
    add_environment_options(parser, writes=True)


def run(args: argparse.Namespace) -> int:
    from orderflow_cli.terminal.follow import Filter, follow

    require_write(args)
    event_filter = Filter(args.type, args.order, args.customer, args.field, args.carrier)
    remaining_count = args.count
    end = time.monotonic() + args.seconds if args.seconds else None
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        reapply_guard = LocalCloud().prevent_reapply() if cloud.is_local else nullcontext()
        with reapply_guard, follow(cloud, f"tail-{uuid.uuid4().hex[:8]}") as sources:
            console.warn(f"following {cloud.environment}; press Ctrl-C to stop")
            while end is None or time.monotonic() < end:
                received_events: list[Event] = [event for source in sources for event in source.events()]
                matching_events = [event for event in received_events if event_filter.matches(event)]
                for event in matching_events[:remaining_count]:
                    _show(event, as_json=args.json)
                if remaining_count is not None and (remaining_count := remaining_count - len(matching_events)) <= 0:
                    return 0
                if not received_events:
                    time.sleep(PAUSE_SECONDS)
    return 0


def _show(event: "Event", *, as_json: bool) -> None:
    if as_json:
        fields = {"at": event.at.isoformat(), "carrier": event.carrier, "place": event.carrier_name}
        fields |= {"type": event.type, "id": event.id, "source": event.source}
        console.emit(json.dumps({**fields, "body": event.body}, default=str))
        return
    names = ("status", "amount", "reason", "customer_id")
    details = [f"{name}={event.data[name]}" for name in names if isinstance(event.data.get(name), (str, int))]
    version = f"v{event.version}" if event.version else ""
    parts = [f"{event.carrier:6}", f"{event.type:22}", event.order_id or "-", version, event.source, *details]
    console.emit(f"{event.at:%H:%M:%S.%f}"[:-3] + "  " + " ".join(part for part in parts if part))


def _path_and_value(text: str) -> tuple[str, str]:
    path, separator, value = text.partition("=")
    if not path or not separator:
        raise argparse.ArgumentTypeError(f"must be PATH=VALUE, such as data.status=paid; got {text or 'nothing'}")
    return path, value
