"""`orderflow replay`: replays a time window of the archive to chosen rules."""

import argparse
import json
from dataclasses import asdict

from orderflow_cli import UserError, console, times
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.recovery import replay
from orderflow_cli.recovery.replay import Replay

HELP = "Replay a time window of the archive to chosen rules."
_JSON_KEYS = {"api_destination_arns": "outside", "excludes_replays": "leaves_out_replays", "target_count": "targets"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit code 0: replay or dry run done; 1: rejected or failed, as the output explains; 2: wrong usage."
    )
    moment = "2026-11-23T08:00:00Z, or how long ago: 45m, 6h, 2d"
    parser.add_argument("--from", dest="start_time", type=times.parse_time, required=True, metavar="TIME", help=moment)
    parser.add_argument("--to", dest="end_time", type=times.parse_time, required=True, metavar="TIME", help=moment)
    help_text = "a rule to replay to, by role (intake) or full name; repeatable"
    parser.add_argument("--rule", action="append", required=True, metavar="RULE", help=help_text)
    parser.add_argument("--dry-run", action="store_true", help="check the rules and print what would be replayed")
    parser.add_argument("--force", action="store_true", help="allow rules that call partners (API destinations)")
    parser.add_argument("--recent", action="store_true", help="allow the last ten minutes, which may be incomplete")
    add_environment_options(parser, writes=True)


def run(args: argparse.Namespace) -> int:
    if not args.dry_run:
        require_write(args)
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        request = _new_replay(cloud, args)
        replay.check_rules(request.rules, force=args.force)
        _print_summary(cloud, request)
        if args.dry_run:
            console.say("dry run: nothing was started")
        else:
            _run(cloud, request)
        if args.json:
            data = asdict(request, dict_factory=lambda fields: {_JSON_KEYS.get(key, key): one for key, one in fields})
            window = {"begins": data.pop("start_time"), "ends": data.pop("end_time")}
            console.emit(json.dumps({**data, **window, "started": not args.dry_run}, default=str))
    return 0


def _new_replay(cloud: Cloud, args: argparse.Namespace) -> Replay:
    now = times.now()
    replay.check_window(args.start_time, args.end_time, allow_recent=args.recent, now=now)
    bus_arn = cloud.parameter("bus_arn")
    archive = cloud.client("events").describe_archive(ArchiveName=cloud.parameter("archive_name"))
    name = f"{cloud.prefix}-{now:%Y%m%dT%H%M%S}"
    rules = replay.find_rules(cloud, bus_arn, args.rule)
    return Replay(name, archive["ArchiveArn"], bus_arn, args.start_time, args.end_time, rules)


def _print_summary(cloud: Cloud, request: Replay) -> None:
    names = ", ".join(rule.name for rule in request.rules)
    window = f"{times.rfc3339(request.start_time)} until {times.rfc3339(request.end_time)}"
    console.say(f"replay from {window} to the rules {names}")
    for rule in request.rules:
        if rule.excludes_replays:
            console.warn(f"{rule.name} excludes replayed events in its pattern and will deliver none of them")
    archive = cloud.client("events").describe_archive(ArchiveName=request.archive_arn.rpartition("/")[2])
    size = f"{archive.get('EventCount', 0):,} events ({console.format_size(archive.get('SizeBytes', 0))})"
    console.say(f"the archive holds {size}; EventBridge does not report how many are in the window")
    delivery_count = None if cloud.is_local else replay.count_deliveries(cloud, request)
    if delivery_count is not None:
        console.say(f"these rules made {delivery_count:,.0f} deliveries in the window; expect a similar number")
    if cloud.is_local:
        console.warn("the local cloud replays the events to every matching rule, not only to these")


def _run(cloud: Cloud, request: Replay) -> None:
    cloud.client("events").start_replay(**request.request())
    try:
        with console.step(f"replay {request.name}") as progress:

            def show_progress(state: str, fraction: float) -> None:
                progress.detail = f"{state.lower()}, {fraction:.0%} of the window"

            state, reason = replay.wait_for_end(cloud, request, show_progress)
            progress.failed = state != "COMPLETED"
    except KeyboardInterrupt:
        console.warn(f"the replay continues; `aws events cancel-replay --replay-name {request.name}` stops it")
        raise
    if state != "COMPLETED":
        raise UserError(f"The replay {request.name} ended in state {state}: {reason or 'EventBridge gave no reason'}.")
