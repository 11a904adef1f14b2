"""`orderflow stream show|enable|disable|change|resume`: changes the orders table's stream without losing records."""

import argparse
import json
import time
from dataclasses import asdict

from orderflow_cli import UserError, console
from orderflow_cli.arguments import number
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.recovery.stream import state
from orderflow_cli.recovery.stream.change import Limits, Step, StreamChange
from orderflow_cli.recovery.stream.state import RELAY_VIEW_TYPE, VIEW_TYPES, State

HELP = "Show, enable, disable or change the orders table's stream while orders come in."

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
MAX_READERS = 2


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "After an interruption, run the same command to continue. The full procedure, with Terraform, is in "
        "docs/runbooks/change-the-stream.md. Exit code 0: done; 1: not done, as the output explains."
    )
    parse_seconds = number(1, 86_400)
    verbs = parser.add_subparsers(dest="verb", metavar="show | enable | disable | change | resume", required=True)
    add_verb = verbs.add_parser
    show_parser = add_verb("show", help="show the view type, the writers to the table and the readers of the stream")
    enable_parser = add_verb(
        "enable", help="enable the stream, wait for its readers to be attached, resume the recorder"
    )
    disable_parser = add_verb("disable", help="pause the recorder, drain and disable the stream; orders are queued")
    change_parser = add_verb("change", help="replace the stream with one of another view type")
    resume_parser = add_verb("resume", help=f"resume the recorder, if the stream has view type {RELAY_VIEW_TYPE}")
    for verb in (enable_parser, change_parser):
        verb.add_argument("--view-type", choices=VIEW_TYPES, default=RELAY_VIEW_TYPE, help=f"default {RELAY_VIEW_TYPE}")
        verb.add_argument("--apply", action="store_true", help="also run `terraform apply`; only on the local cloud")
        help_text = "maximum seconds to wait for Terraform to attach the readers (default 3600)"
        verb.add_argument("--attach-within", type=parse_seconds, default=3600.0, metavar="S", help=help_text)
    for verb in (enable_parser, disable_parser, change_parser):
        verb.add_argument("--dry-run", action="store_true", help="print the remaining steps; nothing is changed")
        help_text = "maximum seconds to wait for the readers to drain the stream (default 1800)"
        verb.add_argument("--drain-within", type=parse_seconds, default=1800.0, metavar="S", help=help_text)
        help_text = "idle seconds after which the stream counts as drained (default 15, longer on AWS)"
        verb.add_argument("--quiet-for", type=parse_seconds, metavar="S", help=help_text)
        help_text = f"accept that orders wait in the intake queue until the view type is {RELAY_VIEW_TYPE} again"
        verb.add_argument("--hold-orders", action="store_true", help=help_text)
    for verb in (show_parser, enable_parser, disable_parser, change_parser, resume_parser):
        add_environment_options(verb, writes=verb is not show_parser)


def run(args: argparse.Namespace) -> int:
    if args.verb != "show" and not getattr(args, "dry_run", False):
        require_write(args)
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        stream = state.read(cloud)
        if args.verb == "show":
            _show(cloud, stream)
        elif args.verb == "resume":
            _resume(cloud, stream)
        else:
            view_type = None if args.verb == "disable" else str(args.view_type)
            _require_allowed_change(args, stream, view_type)
            _run(cloud, args, view_type)
        if args.json:
            console.emit(json.dumps(asdict(state.read(cloud)), default=str))
    return 0


def _require_allowed_change(args: argparse.Namespace, stream: State, view_type: str | None) -> None:
    if args.verb == "enable" and stream.view_type not in {None, view_type}:
        raise UserError(f"The stream has view type {stream.view_type}; run `orderflow stream change` to replace it.")
    if view_type != RELAY_VIEW_TYPE and not args.hold_orders:
        raise UserError(
            f"While the stream {_describe_stream(view_type)}, the relay cannot publish, so the recorder stays paused "
            "and orders wait in the intake queue, for 4 days at most. Allow this with --hold-orders."
        )
    if getattr(args, "apply", False) and args.environment != "local":
        raise UserError("--apply is for the local cloud only; on AWS, this command waits for the deployment's apply.")


def _run(cloud: Cloud, args: argparse.Namespace, view_type: str | None) -> None:
    attach_timeout = getattr(args, "attach_within", 0.0)
    limits = Limits(drain_timeout=args.drain_within, attach_timeout=attach_timeout, min_idle_seconds=args.quiet_for)
    change = StreamChange(cloud, view_type, limits)
    if getattr(args, "apply", False):
        change.attach = lambda: LocalCloud().apply(force=True)
    remaining_steps = change.steps()
    if not remaining_steps:
        console.say(f"nothing to do: the stream {_describe_stream(view_type)}, and no steps remain")
        return
    if args.dry_run:
        for number, step in enumerate(remaining_steps, 1):
            console.say(f"{number}. {step.value}")
        console.say("dry run: nothing was changed")
        return
    off_since: float | None = None
    for step in remaining_steps:
        if step is Step.ATTACH_READERS and not getattr(args, "apply", False):
            console.say(f"  now apply terraform/environments/{cloud.environment}; this command waits for the apply")
        with console.step(step.value) as progress:
            change.progress = lambda text, progress=progress: setattr(progress, "detail", text)  # type: ignore[misc]
            change.perform(step)
            progress.detail = ""
        if step is Step.TURN_OFF:
            off_since = time.monotonic()
        if step is Step.TURN_ON and off_since is not None:
            console.say(f"  the stream was off for {console.format_duration(time.monotonic() - off_since)}")
    _print_next_steps(cloud, view_type)


def _print_next_steps(cloud: Cloud, view_type: str | None) -> None:
    if view_type == RELAY_VIEW_TYPE:
        folder = f"terraform/environments/{cloud.environment}"
        console.say(f"done: the stream {_describe_stream(view_type)}. A plan of {folder} shows no changes.")
        return
    text, verb = _describe_stream(view_type), "enable" if view_type is None else "change"
    console.say(f"done: the stream {text}; orders wait in the intake queue until `orderflow stream {verb}`.")
    if view_type is None:
        console.say("Do not apply before that: the apply would enable the stream again.")
    else:
        console.say(f'Set `stream_view_type = "{view_type}"` under `orders` in main.tf before the next apply.')


def _resume(cloud: Cloud, stream: State) -> None:
    if stream.view_type != RELAY_VIEW_TYPE:
        description, verb = _describe_stream(stream.view_type), "change" if stream.view_type else "enable"
        raise UserError(f"The stream {description}, so writes are not published. Run `orderflow stream {verb}`.")
    if stream.is_running:
        console.say("nothing to do: the recorder is running")
        return
    with console.step(Step.RESUME.value):
        StreamChange(cloud, RELAY_VIEW_TYPE).perform(Step.RESUME)
    if not stream.is_attached:
        console.warn("not every reader is attached to this stream; apply within 24 hours, before its records expire")


def _show(cloud: Cloud, stream: State) -> None:
    change_note = "" if stream.is_table_active else "; a change is in progress"
    console.say(f"{stream.table}: the stream {_describe_stream(stream.view_type)}{change_note}")
    if stream.stream_arn:
        console.say(f"  {stream.stream_arn}")
    rows = [("writes", one.function, one.state, one.source_arn.split(":")[-1], one.result) for one in stream.writers]
    for reader in stream.readers:
        label = reader.source_arn.rpartition("/")[2] + (" (replaced)" if reader in stream.stale_readers else "")
        rows.append(("reads", reader.function, reader.state, label, reader.result))
    reading_functions = [one.function for one in stream.readers if one not in stream.stale_readers]
    if len(reading_functions) > MAX_READERS:
        console.warn(
            f"{len(reading_functions)} functions read the stream, but a shard supports {MAX_READERS}: "
            "reads may be throttled, the relay's too. Keep the relay and one other; subscribe the rest to the topic."
        )
    console.table(f"Readers and writers in {cloud.environment}", ("", "function", "mapping", "source", "result"), rows)


def _describe_stream(view_type: str | None) -> str:
    return f"has view type {view_type}" if view_type else "is off"
