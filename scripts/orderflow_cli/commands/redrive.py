"""`orderflow redrive list|inspect|run|discard`: lists dead-letter messages, and sends them back or discards them."""

import argparse
import json
from pathlib import Path

from orderflow_cli import console, times
from orderflow_cli.arguments import number, whole_number
from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.queues import INSPECTION_SECONDS
from orderflow_cli.observe.dead_letters.reading import SAMPLE_SIZE, MessageFilter, reader, summarize
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.recovery import receipts
from orderflow_cli.recovery.redrive import MAX_REDRIVES, Options, Outcome, hold_messages, redrive

HELP = "List, inspect, send back or discard dead-letter messages."
# At MIN_RATE, a batch takes 200 s; after 600 s, its messages would become visible to other readers.
MIN_RATE, MAX_RATE = 0.05, 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit code 0: done; 1: not all messages were handled, as the output explains."
    verbs = parser.add_subparsers(dest="verb", metavar="list | inspect | run | discard", required=True)
    list_parser = verbs.add_parser("list", help="count messages by dead-letter queue or bucket, with age and reasons")
    list_parser.add_argument("--all", action="store_true", help="include empty queues and buckets")
    inspect_parser = verbs.add_parser("inspect", help="show messages with reason, function and orders; delete nothing")
    add = inspect_parser.add_argument
    add("--limit", type=whole_number(), default=50, metavar="N", help="show at most N messages (default 50)")
    add("--bodies", action="store_true", help="print the payloads too; they hold customers' data")
    run_parser = verbs.add_parser("run", help="send messages back, then delete them; drop overdue payment requests")
    run_parser.add_argument("--dry-run", action="store_true", help="count what would be sent or dropped; send nothing")
    parse_rate = number(MIN_RATE, MAX_RATE)
    run_parser.add_argument("--rate", type=parse_rate, default=10.0, help="messages per second (default 10)")
    run_parser.add_argument("--force", action="store_true", help=f"send even after {MAX_REDRIVES} redrives")
    discard_parser = verbs.add_parser("discard", help="delete messages that cannot be repaired; a receipt keeps a copy")
    discard_parser.add_argument("--yes", action="store_true", help="skip the confirmation")
    for verb in (run_parser, discard_parser):
        verb.add_argument("--receipt", type=Path, metavar="FILE", help="receipt file (default: in .local/receipts/)")
    for verb in (inspect_parser, run_parser, discard_parser):
        verb.add_argument("source", help="a name printed by `list`, for example rule/intake; or `all`")
        verb.add_argument("--reason", help="only messages with this reason")
        verb.add_argument("--order", metavar="ORDER_ID", help="only messages that name this order")
        verb.add_argument("--message", metavar="ID", help="only the message with this id, as printed by `inspect`")
        since = "only messages since this time: 2026-11-23T08:00:00Z, or 2h (two hours ago)"
        verb.add_argument("--since", type=times.parse_time, metavar="TIME", help=since)
    for verb in (list_parser, inspect_parser, run_parser, discard_parser):
        add_environment_options(verb, writes=verb in (run_parser, discard_parser))


def run(args: argparse.Namespace) -> int:
    if args.verb == "discard" or (args.verb == "run" and not args.dry_run):
        require_write(args)
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        known_sources = sources.read(cloud)
        if args.verb == "list":
            return _list(cloud, known_sources, args)
        # With `all`, skip sources that report no messages; a named source is always read, as the count may lag.
        nonempty_sources = (one for one in known_sources if reader(cloud, one).count())
        chosen_sources = list(nonempty_sources) if args.source == "all" else [sources.find(known_sources, args.source)]
        return {"inspect": _inspect, "run": _run, "discard": _discard}[args.verb](cloud, chosen_sources, args)


def _list(cloud: Cloud, known_sources: list[Source], args: argparse.Namespace) -> int:
    summaries = [one for one in summarize(cloud, known_sources) if one.message_count or args.all]
    if args.json:
        entries = []
        for summary in summaries:
            oldest_time = times.rfc3339(summary.oldest_at) if summary.oldest_at else None
            entry = {"source": summary.source.name, "messages": summary.message_count, "oldest": oldest_time}
            entries.append({**entry, "reasons": summary.reasons, "container": summary.source.container})
        console.emit(json.dumps(entries))
        return 0
    if not summaries:
        console.say(f"No dead-letter messages in any of the {len(known_sources)} sources; list all sources with --all.")
        return 0
    cells = [(str(one.message_count), times.age(one.oldest_at), one.reasons_text or "-") for one in summaries]
    rows = [(one.source.name, *row, one.source.container) for one, row in zip(summaries, cells, strict=True)]
    title = f"Dead-letter messages in {cloud.environment} (age and reasons from a sample of {SAMPLE_SIZE} each)"
    console.table(title, ("source", "messages", "oldest", "reasons", "queue or bucket"), rows, right=(1, 2))
    return 0


def _message_filter(args: argparse.Namespace) -> MessageFilter:
    return MessageFilter(args.reason, args.order, args.since, args.message)


def _inspect(cloud: Cloud, chosen_sources: list[Source], args: argparse.Namespace) -> int:
    matching_messages: list[Message] = []
    message_filter = _message_filter(args)
    for source in chosen_sources:
        with reader(cloud, source, INSPECTION_SECONDS).messages() as messages:
            for message in messages:
                if len(matching_messages) == args.limit:
                    break
                if message_filter.matches(message):
                    matching_messages.append(message)
    if args.json:
        console.emit(json.dumps([_as_dict(message, include_body=args.bodies) for message in matching_messages]))
        return 0
    if not matching_messages:
        console.say("No dead-letter messages match.")
        return 0
    message_rows = [(one, one.source.name, times.age(one.at), one.reason, one.function) for one in matching_messages]
    rows = [(*cells, _format_orders(one), str(one.redrive_count), one.id) for one, *cells in message_rows]
    columns = ("source", "age", "reason", "function or target", "orders", "redrives", "message")
    console.table(pluralize(len(matching_messages), "dead-letter message"), columns, rows, right=(1, 5))
    if args.bodies:
        for message in matching_messages:
            console.emit(f"{message.source.name} {message.id}\n{message.body}\n")
    return 0


def _as_dict(message: Message, *, include_body: bool) -> dict[str, object]:
    since = times.rfc3339(message.at) if message.at else None
    return {**message.summary(), "since": since, **({"body": message.body} if include_body else {})}


def _format_orders(message: Message) -> str:
    orders = message.orders
    return " ".join(orders[:3]) + (f" and {len(orders) - 3} more" if len(orders) > 3 else "") or "-"


def _run(cloud: Cloud, chosen_sources: list[Source], args: argparse.Namespace) -> int:
    options = Options(_message_filter(args), args.rate, args.force)
    if not chosen_sources:
        return _finish("No dead-letter messages.", args)
    if args.dry_run:
        outcomes = {source: _redrive_source(cloud, source, options, None) for source in chosen_sources}
    else:
        file = args.receipt or receipts.default_file(cloud.environment, "redrive")
        with receipts.open_receipt(cloud.environment, file) as receipt:
            outcomes = {source: _redrive_source(cloud, source, options, receipt) for source in chosen_sources}
        console.say(f"receipt: {file}")
    if args.json:
        console.emit(json.dumps({source.name: outcome.as_dict() for source, outcome in outcomes.items()}))
    for source, outcome in outcomes.items():
        _report_outcome(source, outcome, dry_run=args.dry_run)
    return 0 if all(outcome.is_complete for outcome in outcomes.values()) else 1


def _redrive_source(cloud: Cloud, source: Source, options: Options, receipt: receipts.ReceiptWriter | None) -> Outcome:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = reader(cloud, source).count()
    with Progress(*columns, console=console.rich_console(), disable=not (total and console.is_interactive())) as bar:
        task = bar.add_task(source.name, total=total)
        return redrive(cloud, source, options, receipt, on_message=lambda message: bar.advance(task))


def _report_outcome(source: Source, outcome: Outcome, *, dry_run: bool) -> None:
    counts = (
        (outcome.finished_count, "sent by an earlier run and now deleted"),
        (outcome.dropped_count, f"{'would be ' if dry_run else ''}dropped because the payment deadline has passed"),
        (outcome.arrived_count, "arrived during this run"),
        (outcome.left_out_count, "not selected by the options"),
        (outcome.failed_count, "failed"),
        (sum(outcome.kept_counts.values()), "kept"),
    )
    parts = [f"{outcome.sent_count} {'would be sent' if dry_run else 'sent'}"]
    parts += [f"{count} {state}" for count, state in counts if count]
    console.say(f"{source.name}: {', '.join(parts)}")
    for reason, count in [*outcome.kept_counts.items(), *outcome.failures.items()]:
        console.say(f"  {count}: {reason}")
    if outcome.gave_up:
        console.say("  gave up after several consecutive failures; run the same command again when the target works")


def _discard(cloud: Cloud, chosen_sources: list[Source], args: argparse.Namespace) -> int:
    file = args.receipt or receipts.default_file(cloud.environment, "discard")
    with hold_messages(cloud, chosen_sources, _message_filter(args)) as selection:
        if not selection.messages:
            return _finish("No dead-letter messages match.", args, discarded=0)
        for _, message in selection.messages[:SAMPLE_SIZE]:
            console.say(f"  {message.source.name}  {message.reason}  {_format_orders(message)}")
        if len(selection.messages) > SAMPLE_SIZE:
            console.say(f"  and {len(selection.messages) - SAMPLE_SIZE} more")
        count_text = pluralize(len(selection.messages), "dead-letter message")
        if not args.yes and not console.confirm(f"Discard {count_text} in {cloud.environment}? {file} keeps a copy."):
            console.say("Nothing was discarded.")
            return 1
        with receipts.open_receipt(cloud.environment, file) as receipt:
            selection.discard(receipt)
    number = len(selection.messages)
    return _finish(f"{count_text} discarded; {file} keeps a copy, including customers' data.", args, discarded=number)


def _finish(sentence: str, args: argparse.Namespace, **result: int) -> int:
    console.say(sentence)
    if args.json:
        console.emit(json.dumps(result))
    return 0
