"""`orderflow routes`: shows who receives which event, according to a Terraform plan, and checks the plan."""

import argparse
import difflib
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from orderflow_cli import UserError, console
from orderflow_cli.build import plans
from orderflow_cli.environments import convert_aws_errors
from orderflow_cli.routes import Answer, Routes, engine, matrix, messages, verdicts
from orderflow_cli.routes.check import Checker
from orderflow_cli.routes.engine import AwsEngine, Question
from orderflow_cli.routes.settings import SETTINGS_FILE, Finding, Settings

HELP = "Show who receives which event, from a Terraform plan; run checks, find readers of a field, or test one event."
_ACTIONS: Final = ("show", "check", "find", "test")
_EXIT_CODES: Final = {Answer.YES: 0, Answer.NO: 1, Answer.UNKNOWN: 2}


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("action", nargs="?", choices=_ACTIONS, default="show", help="default: show the matrix")
    add("field", nargs="?", help="with find: a field, such as data.status")
    help_text = "output files of `terraform show -json`, or names of environments (default: every environment)"
    add("--plan", nargs="+", default=[], help=help_text)
    add("--source", type=Path, help="Terraform folder of the plan files; findings then show files and lines")
    add("--format", choices=("table", "json", "markdown", "sarif"), default="table", help="sarif shows findings")
    add("--settings", type=Path, help="settings (default: ./routes.toml or, without plan files, terraform/routes.toml)")
    add("--contracts", type=Path, help="a folder of JSON Schemas, one per event type and version")
    add("--examples", type=Path, help="a folder with one subfolder of example events per contract")
    add("--events", type=Path, help="a folder of events without a contract, one per file")
    add("--matrix", type=Path, help="a committed matrix (markdown) to compare with")
    add("--write", action="store_true", help="with check: write the matrix instead of comparing it")
    add("--sarif", type=Path, metavar="FILE", help="with check: also write the findings to FILE")
    event_help = "with test: file with an event, a message (Message, MessageAttributes) or a stream record"
    add("--event", type=Path, metavar="FILE", help=event_help)
    add("--pattern", type=Path, metavar="FILE", help="with test: match this pattern or filter policy, not a plan's")
    add("--aws", action="store_true", help="match event patterns with TestEventPattern in your account")


def run(args: argparse.Namespace) -> int:
    if (args.action == "find") != (args.field is not None):
        raise UserError("FIELD must be given with `find` and no other action: `orderflow routes find data.status`.")
    with convert_aws_errors() if args.aws else nullcontext():
        if args.action == "test":
            message = _read_event(args)
            return _test_pattern(args, message) if args.pattern else _test_message(message, _routes(args))
        all_routes = _routes(args)
        if args.action == "check":
            return _check_routes(args, all_routes)
        return _show_readers(all_routes, args.field) if args.action == "find" else _show_matrix(args, all_routes)


def _routes(args: argparse.Namespace) -> dict[str, Routes]:
    """Return the routes by plan name, after planning the environments."""
    settings = _settings(args)
    aws_engine = AwsEngine() if args.aws else None
    environments = [one for one in args.plan if not Path(one).is_file()]
    plan_files = plans.create_plans(environments) if environments or not args.plan else {}
    folder = plans.ENVIRONMENTS_FOLDER
    all_routes = {key: Routes(_load_plan(plan_files[key], folder / key), settings, aws_engine) for key in plan_files}
    for plan in args.plan:
        if plan not in environments:
            all_routes[Path(plan).stem] = Routes(_load_plan(Path(plan), args.source), settings, aws_engine)
    return all_routes


def _load_plan(file: Path, source: Path | None) -> Any:
    from orderflow_cli.routes.plan import Plan

    return Plan.load(file, source)


def _settings(args: argparse.Namespace) -> Settings:
    """Return the settings, overridden by options. Without plan files, this repository's settings are the default."""
    has_plan_files = any(Path(one).is_file() for one in args.plan)
    settings = Settings.find(args.settings, None if has_plan_files else plans.TERRAFORM_FOLDER / SETTINGS_FILE)
    overrides = {"contracts_folder": args.contracts, "examples_folder": args.examples, "events_folder": args.events}
    overrides["matrix_file"] = args.matrix
    settings = replace(settings, **{name: value for name, value in overrides.items() if value})
    for folder in (settings.contracts_folder, settings.examples_folder, settings.events_folder, args.source):
        if folder is not None and not folder.is_dir():
            raise UserError(f"{folder} is not a folder; correct the option or {SETTINGS_FILE}.")
    return settings


def _show_matrix(args: argparse.Namespace, all_routes: Mapping[str, Routes]) -> int:
    if args.format == "json":
        console.say(matrix.as_json(all_routes))
    elif args.format == "markdown":
        console.say(matrix.markdown(all_routes, (args.matrix or Path("routes.md")).resolve()).rstrip())
    elif args.format == "sarif":
        console.say(json.dumps(matrix.sarif(_findings(all_routes), Path.cwd()), indent=2))
    else:
        rows = [(r.group, r.receiver, r.target, r.matches, ", ".join(r.plans)) for r in matrix.rows(all_routes)]
        console.table("Routes", ("event", "receiver", "sends to", "matches", "plans"), rows)
        if not rows:
            console.say("  No events to show: name --contracts with --examples, or a routes.toml.")
    return 0


def _findings(all_routes: Mapping[str, Routes]) -> list[Finding]:
    has_several_plans = len(all_routes) > 1
    return [
        replace(one, plan=name) if has_several_plans else one
        for name, routes in all_routes.items()
        for one in Checker(routes).findings()
    ]


def _check_routes(args: argparse.Namespace, all_routes: Mapping[str, Routes]) -> int:
    findings = _findings(all_routes)
    matrix_file = next(iter(all_routes.values())).settings.matrix_file
    if matrix_file:
        findings += _check_or_write_matrix(all_routes, matrix_file.resolve(), write=args.write)
    if args.sarif:
        args.sarif.parent.mkdir(parents=True, exist_ok=True)
        args.sarif.write_text(json.dumps(matrix.sarif(findings, Path.cwd()), indent=2) + "\n")
    if args.format == "json":
        console.say(json.dumps([{**vars(one), "file": one.file and str(one.file)} for one in findings], indent=2))
    elif args.format == "sarif":
        console.say(json.dumps(matrix.sarif(findings, Path.cwd()), indent=2))
    else:
        _report_findings(all_routes, findings)
    has_failed = any(one.is_failure for one in findings)
    return 1 if has_failed else 2 if any(not one.acceptance_reason for one in findings) else 0


def _report_findings(all_routes: Mapping[str, Routes], findings: Sequence[Finding]) -> None:
    for finding in findings:
        if not finding.acceptance_reason:
            sign = "✗" if finding.is_failure else "?"
            file = finding.file and matrix.relative_path(finding.file, Path.cwd() / "x")
            plan, line = f" in {finding.plan}" if finding.plan else "", f"\n    {file}:{finding.line}" if file else ""
            console.say(f"  {sign} {finding.kind}: {finding.address}{plan}\n    {finding.message}{line}")
    for name, routes in all_routes.items():
        answers = [one.verdict.answer for event in routes.messages for one in routes.deliveries(event)]
        counts = ", ".join(f"{answers.count(answer)} {answer}" for answer in Answer)
        console.say(f"  {name}: {len(routes.messages)} events, {len(routes.topology.receivers)} receivers; {counts}")
    failed_count, accepted_count = sum(f.is_failure for f in findings), sum(bool(f.acceptance_reason) for f in findings)
    undecided_count = len(findings) - failed_count - accepted_count
    console.say(f"  {failed_count} findings, {undecided_count} undecided, {accepted_count} accepted")


def _check_or_write_matrix(all_routes: Mapping[str, Routes], matrix_file: Path, *, write: bool) -> list[Finding]:
    new_text = matrix.markdown(all_routes, matrix_file)
    if write:
        matrix_file.parent.mkdir(parents=True, exist_ok=True)
        matrix_file.write_text(new_text)
        return []
    old_text = matrix_file.read_text() if matrix_file.is_file() else ""
    if old_text == new_text:
        return []
    lines = difflib.unified_diff(old_text.splitlines(), new_text.splitlines(), "committed", "planned", lineterm="", n=0)
    text = "\n    ".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
    message = f"the matrix differs from the plans; update it with --write:\n    {text}"
    return [Finding("matrix-differs", matrix_file.name, message, matrix_file, 1)]


def _show_readers(all_routes: Mapping[str, Routes], field: str) -> int:
    plans_by_reader: dict[tuple[str, str, str], list[str]] = {}
    for name, routes in all_routes.items():
        for reader in matrix.find_readers(routes, field):
            if name not in plans_by_reader.setdefault(reader, []):
                plans_by_reader[reader].append(name)
    rows = [(*reader, ", ".join(names)) for reader, names in plans_by_reader.items()]
    console.table(f"Readers of {field}", ("address", "reads it in", "how", "plans"), rows)
    return 0 if rows else 1


def _test_message(message: messages.Message, all_routes: Mapping[str, Routes]) -> int:
    deliveries = [one for routes in all_routes.values() for one in routes.deliveries(message)]
    rows = [(one.receiver.label, str(one.verdict.answer), one.verdict.reason) for one in deliveries]
    console.table(message.name, ("receiver", "answer", "why"), rows)
    answers = {one.verdict.answer for one in deliveries}
    return next((code for answer, code in ((Answer.YES, 0), (Answer.UNKNOWN, 2)) if answer in answers), 1)


def _test_pattern(args: argparse.Namespace, message: messages.Message) -> int:
    try:
        pattern = args.pattern.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{args.pattern} cannot be read: {error}") from None
    matching_engine = AwsEngine() if args.aws else engine.local_engine()
    kinds: dict[str, engine.Kind] = {"bus": "event", "topic": "attributes" if message.attributes else "body"}
    question = Question(kinds.get(message.carrier, "record"), pattern, message.body, message.attributes)
    if rejection := verdicts.rejection_reason(question.kind, pattern):
        console.say(f"{Answer.UNKNOWN}: AWS rejects the pattern: {rejection}")
        return 2
    verdict = verdicts.decide_match(matching_engine, question)
    console.say(f"{verdict.answer}: {verdict.reason}")
    return _EXIT_CODES[verdict.answer]


def _read_event(args: argparse.Namespace) -> messages.Message:
    if args.event is None:
        raise UserError("Name the event to test: orderflow routes test --event FILE [--pattern FILE | --plan PLAN].")
    return messages.read(args.event)
