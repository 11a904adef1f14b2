"""`orderflow redrive list|inspect|run`: dead letters, and their way back to the target that failed."""

import argparse
import json
from pathlib import Path

from orderflow_cli import console
from orderflow_cli.recovery import places, receipts, times
from orderflow_cli.recovery.cloud import Cloud, add_environment, as_user_errors, connect
from orderflow_cli.recovery.letters import Letter
from orderflow_cli.recovery.places import Place
from orderflow_cli.recovery.redrive import MAXIMUM_REDRIVES, Options, Outcome, Wanted, reader, redrive

HELP = "List, inspect and send back dead letters, each to the target that failed."
LOOKED_AT = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit code 0: all that was asked is done; 1: something failed or stays, the output says what; 2: wrong usage."
    )
    verbs = parser.add_subparsers(dest="verb", metavar="list | inspect | run", required=True)
    listing = verbs.add_parser("list", help="every dead-letter place with the number of letters and the oldest age")
    listing.add_argument("--json", action="store_true", help="for other programs")
    inspect = verbs.add_parser("inspect", help="show letters with reason, function and orders; nothing is deleted")
    inspect.add_argument("--limit", type=_count, default=50, metavar="N", help="show at most N letters (default 50)")
    inspect.add_argument("--bodies", action="store_true", help="print the payloads too; they hold customers' data")
    run_it = verbs.add_parser("run", help="send letters back, first sending and then deleting each")
    run_it.add_argument("--dry-run", action="store_true", help="say what would be sent where; nothing is sent")
    run_it.add_argument("--rate", type=_rate, default=10.0, metavar="R", help="letters per second (default 10)")
    run_it.add_argument(
        "--force", action="store_true", help=f"also letters that were redriven {MAXIMUM_REDRIVES} times already"
    )
    run_it.add_argument("--receipt", type=Path, metavar="FILE", help="where to write (default: in .local/receipts/)")
    for verb in (inspect, run_it):
        verb.add_argument("place", help="as `list` names it, for example rule/intake; or `all`")
        verb.add_argument("--reason", help="only letters with this reason")
        verb.add_argument("--order", metavar="ORDER_ID", help="only letters that name this order")
        verb.add_argument(
            "--since", type=times.point_in_time, metavar="TIME", help="only letters since 2026-11-23T08:00:00Z, or 2h"
        )
    for verb in (listing, inspect, run_it):
        add_environment(verb)


def run(args: argparse.Namespace) -> int:
    with as_user_errors():
        cloud = connect(args.environment)
        known = places.read(cloud)
        if args.verb == "list":
            return _list(cloud, known, as_json=args.json)
        # Of all places those that show letters; a place that is named is read even if it does not show them yet.
        chosen = (
            [place for place in known if reader(cloud, place).count()]
            if args.place == "all"
            else [places.find(known, args.place)]
        )
        if not chosen:
            console.say("no dead letters")
            return 0
        return _inspect(cloud, chosen, args) if args.verb == "inspect" else _run(cloud, chosen, args)


def _list(cloud: Cloud, known: list[Place], *, as_json: bool) -> int:
    rows = []
    for place in known:
        source = reader(cloud, place)
        waiting = source.count()
        with source.letters(LOOKED_AT if waiting else 0) as letters:
            times_seen = [letter.at for letter in letters if letter.at]
        rows.append((place, waiting, min(times_seen, default=None)))
    if as_json:
        for place, waiting, oldest in rows:
            since = times.stamp(oldest) if oldest else None
            console.say(json.dumps({"place": place.name, "letters": waiting, "oldest": since, "at": place.container}))
        return 0
    console.table(
        f"Dead letters of {cloud.environment} (the age is of the oldest among {LOOKED_AT} looked at)",
        ("place", "letters", "oldest", "queue or bucket"),
        [(place.name, str(waiting), times.age(oldest), place.container) for place, waiting, oldest in rows],
        right=(1, 2),
    )
    return 0


def _wanted(args: argparse.Namespace) -> Wanted:
    return Wanted(args.reason, args.order, args.since)


def _inspect(cloud: Cloud, chosen: list[Place], args: argparse.Namespace) -> int:
    found: list[Letter] = []
    wanted = _wanted(args)
    for place in chosen:
        with reader(cloud, place).letters() as letters:
            for letter in letters:
                if len(found) == args.limit:
                    break
                if wanted.includes(letter):
                    found.append(letter)
    rows = [
        (letter.place.name, times.age(letter.at), letter.reason, letter.function, _orders(letter), str(letter.redrives))
        for letter in found
    ]
    console.table(
        f"{len(found)} dead letters", ("place", "age", "reason", "function or target", "orders", "redrives"), rows
    )
    if args.bodies:
        for letter in found:
            console.say(f"{letter.place.name} {letter.id}\n{letter.body}\n")
    return 0


def _orders(letter: Letter) -> str:
    named = letter.orders
    return " ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "") or "-"


def _run(cloud: Cloud, chosen: list[Place], args: argparse.Namespace) -> int:
    options = Options(_wanted(args), args.rate, args.dry_run, args.force)
    if args.dry_run:
        outcomes = {place: _with_progress(cloud, place, options, None) for place in chosen}
    else:
        file = args.receipt or receipts.default_file(cloud.environment, "redrive")
        with receipts.open_receipts(cloud.environment, file) as kept:
            outcomes = {place: _with_progress(cloud, place, options, kept) for place in chosen}
        console.say(f"receipt: {file}")
    for place, outcome in outcomes.items():
        _tell(place, outcome, dry_run=args.dry_run)
    return 0 if all(outcome.complete for outcome in outcomes.values()) else 1


def _with_progress(cloud: Cloud, place: Place, options: Options, kept: receipts.Receipts | None) -> Outcome:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = reader(cloud, place).count()
    with Progress(*columns, console=console.rich_console(), disable=not (total and console.interactive())) as bar:
        task = bar.add_task(place.name, total=total)
        return redrive(cloud, place, options, kept, seen=lambda letter: bar.advance(task))


def _tell(place: Place, outcome: Outcome, *, dry_run: bool) -> None:
    parts = [f"{outcome.sent} {'would be sent' if dry_run else 'sent'}"]
    if outcome.finished:
        parts.append(f"{outcome.finished} sent by an earlier run and now deleted")
    if outcome.arrived:
        parts.append(f"{outcome.arrived} came while this ran")
    if outcome.left_out:
        parts.append(f"{outcome.left_out} left out")
    if outcome.failed:
        parts.append(f"{outcome.failed} failed")
    if outcome.stays:
        parts.append(f"{sum(outcome.stays.values())} stay")
    console.say(f"{place.name}: {', '.join(parts)}")
    for why, number in [*outcome.stays.items(), *outcome.failures.items()]:
        console.say(f"  {number}: {why}")
    if outcome.gave_up:
        console.say("  gave up after several failures in a row; run the same command again when the target is well")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    # Slower, and the letters of one batch would be visible to others again before their turn.
    if not 0.05 <= rate <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of letters per second from 0.05 on, such as 5 or 0.5")
    return rate
