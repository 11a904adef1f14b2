"""`orderflow routes`: who receives which event, read from a Terraform plan, and whether that can be right."""

import argparse
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.build import plans
from orderflow_cli.routes import Answer, Message, Routes, engine, matrix, verdicts
from orderflow_cli.routes.check import Check
from orderflow_cli.routes.engine import Aws, Question
from orderflow_cli.routes.findings import Finding
from orderflow_cli.routes.settings import NAME, Settings

HELP = "Show who receives which event, from a Terraform plan; check it, find who reads a field, or test one event."
_ACTIONS: Final = ("check", "find", "test")
_CODES: Final = {Answer.YES: 0, Answer.NO: 1, Answer.UNKNOWN: 2}


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "words",
        nargs="*",
        metavar="check | find FIELD | test | PLAN",
        help="an action (the matrix without one), then plans: JSON of `terraform show -json`, or names of environments "
        "(all of them without one)",
    )
    add("--format", choices=("table", "json", "markdown", "sarif"), default="table", help="sarif shows findings")
    add("--settings", type=Path, help=f"contracts, examples and more (default: terraform/{NAME} or ./{NAME})")
    add("--contracts", type=Path, help="a folder of JSON Schemas, one for each event type")
    add("--examples", type=Path, help="a folder with a folder of example events for each contract")
    add("--matrix", type=Path, help="a committed matrix (markdown) to compare with")
    add("--write", action="store_true", help="with check: write the matrix anew instead of comparing")
    add("--sarif", type=Path, metavar="FILE", help="with check: also write the findings there")
    add("--source", type=Path, help="the folder of the planned configuration, for files and lines")
    add("--event", type=Path, help="with test: an event, or a message with Message and MessageAttributes")
    add("--pattern", type=Path, help="with test: a pattern or filter policy instead of a plan")
    add("--aws", action="store_true", help="ask TestEventPattern of the AWS account in use about events")


def run(args: argparse.Namespace) -> int:
    action, words = (
        (args.words[0], args.words[1:]) if args.words[:1] and args.words[0] in _ACTIONS else ("", args.words)
    )
    if action == "test":
        return _test(args, words)
    field = words.pop(0) if action == "find" and words else ""
    if action == "find" and not field:
        raise UserError("Name a field to look for, such as data.status: orderflow routes find FIELD.")
    found = _routes(args, words)
    if action == "check":
        return _check(args, found)
    if action == "find":
        return _find(found, field)
    return _show(args, found)


def _routes(args: argparse.Namespace, words: Sequence[str]) -> dict[str, Routes]:
    """The plans by name; an environment's name stands for a plan that is made here."""
    settings = _settings(args)
    asked = Aws() if args.aws else None
    environments = [one for one in words if not Path(one).is_file()]
    if unknown := [one for one in environments if one not in plans.environments()]:
        raise UserError(f"{unknown[0]} is no file and no environment; choose from {', '.join(plans.environments())}.")
    made = plans.make(environments) if environments or not words else {}
    found = {
        name: Routes(_read(file, plans.SOURCE / "environments" / name), settings, asked) for name, file in made.items()
    }
    for one in words:
        if one not in environments:
            found[Path(one).stem] = Routes(_read(Path(one), args.source), settings, asked)
    return found


def _read(file: Path, source: Path | None) -> Any:
    from orderflow_cli.routes.plan import Plan

    return Plan.load(file, source)


def _settings(args: argparse.Namespace) -> Settings:
    default = next((one for one in (Path(NAME), ROOT / "terraform" / NAME) if one.is_file()), None)
    own = args.words and any(Path(one).is_file() for one in args.words) and not Path(NAME).is_file()
    file = args.settings or (None if own else default)
    settings = Settings.load(file) if file else Settings()
    given = {"contracts_folder": args.contracts, "examples_folder": args.examples, "matrix": args.matrix}
    return replace(settings, **{name: value for name, value in given.items() if value})


def _show(args: argparse.Namespace, found: Mapping[str, Routes]) -> int:
    if args.format == "json":
        console.say(matrix.as_json(found))
    elif args.format == "markdown":
        console.say(matrix.markdown(found, (args.matrix or Path("routes.md")).resolve()).rstrip())
    elif args.format == "sarif":
        console.say(json.dumps(matrix.sarif(_findings(found), ROOT), indent=2))
    else:
        rows = [(one.group, one.receiver, one.then, one.taken, ", ".join(one.plans)) for one in matrix.rows(found)]
        console.table("Routes", ("event", "by", "to", "takes", "in"), rows)
        if not rows:
            console.say("  No events to show: name --contracts with --examples, or a routes.toml.")
    return 0


def _findings(found: Mapping[str, Routes]) -> list[Finding]:
    several = len(found) > 1
    return [
        replace(one, plan=name) if several else one
        for name, routes in found.items()
        for one in Check(routes).findings()
    ]


def _check(args: argparse.Namespace, found: Mapping[str, Routes]) -> int:
    findings = _findings(found)
    committed = next(iter(found.values())).settings.matrix
    if committed:
        findings += _compared(found, committed.resolve(), write=args.write)
    if args.sarif:
        args.sarif.parent.mkdir(parents=True, exist_ok=True)
        args.sarif.write_text(json.dumps(matrix.sarif(findings, ROOT), indent=2) + "\n")
    if args.format == "json":
        console.say(json.dumps([{**vars(one), "file": one.file and str(one.file)} for one in findings], indent=2))
    elif args.format == "sarif":
        console.say(json.dumps(matrix.sarif(findings, ROOT), indent=2))
    else:
        _report(found, findings)
    failed = any(one.fails for one in findings)
    return 1 if failed else 2 if any(not one.accepted for one in findings) else 0


def _report(found: Mapping[str, Routes], findings: Sequence[Finding]) -> None:
    for one in findings:
        if not one.accepted:
            sign = "✗" if one.fails else "?"
            place = f"\n    {matrix.relative(one.file, ROOT / 'x')}:{one.line}" if one.file else ""
            where = f" in {one.plan}" if one.plan else ""
            console.say(f"  {sign} {one.kind}: {one.address}{where}\n    {one.message}{place}")
    for name, routes in found.items():
        cells = [one.verdict.answer for event in routes.messages for one in routes.deliveries(event)]
        counts = ", ".join(f"{cells.count(answer)} {answer}" for answer in Answer)
        console.say(f"  {name}: {len(routes.messages)} events, {len(routes.topology.receivers)} receivers; {counts}")
    failed, accepted = sum(one.fails for one in findings), sum(bool(one.accepted) for one in findings)
    told = len(findings) - failed - accepted
    console.say(f"  {failed} findings, {told} that cannot be told, {accepted} accepted")


def _compared(found: Mapping[str, Routes], committed: Path, *, write: bool) -> list[Finding]:
    now = matrix.markdown(found, committed)
    if write:
        committed.write_text(now)
        return []
    before = committed.read_text() if committed.is_file() else ""
    if before == now:
        return []
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), "committed", "planned", lineterm="", n=0)
    text = "\n    ".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
    return [
        Finding("matrix-differs", committed.name, f"the plans say (write it with --write):\n    {text}", committed, 1)
    ]


def _find(found: Mapping[str, Routes], field: str) -> int:
    places: dict[tuple[str, str, str], list[str]] = {}
    for name, routes in found.items():
        for place in matrix.found_fields(routes, field):
            if name not in places.setdefault(place, []):
                places[place].append(name)
    rows = [(address, what, how, ", ".join(names)) for (address, what, how), names in places.items()]
    console.table(f"Who reads {field}", ("address", "reads it in", "how", "plans"), rows)
    return 0 if rows else 1


def _test(args: argparse.Namespace, words: Sequence[str]) -> int:
    if args.event is None:
        raise UserError("Name the event to test: orderflow routes test --event FILE [--pattern FILE | PLAN].")
    message = _message(args.event)
    if args.pattern is None:
        deliveries = [one for routes in _routes(args, words).values() for one in routes.deliveries(message)]
        rows = [(one.receiver.label, str(one.verdict.answer), one.verdict.reason) for one in deliveries]
        console.table(message.name, ("receiver", "answer", "why"), rows)
        answers = {one.verdict.answer for one in deliveries}
        return next((code for answer, code in ((Answer.YES, 0), (Answer.UNKNOWN, 2)) if answer in answers), 1)
    asked = Aws() if args.aws else engine.shared()
    kind: engine.Kind = "event" if message.carrier == "bus" else "attributes" if message.attributes else "body"
    question = Question(kind, args.pattern.read_text(), message.body, message.attributes)
    if refusal := asked.ask([replace(question, kind="record")])[0].invalid:
        console.say(f"{Answer.UNKNOWN}: AWS refuses the pattern: {refusal}")
        return 2
    verdict = verdicts.judge(asked, question)
    console.say(f"{verdict.answer}: {verdict.reason}")
    return _CODES[verdict.answer]


def _message(file: Path) -> Message:
    try:
        read = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(read, dict):
        raise UserError(f"{file} holds no event: write a JSON object.")
    if "detail-type" in read:
        return Message(file.stem, "bus", read)
    if "Message" not in read:
        return Message(file.stem, "topic", read)
    body = json.loads(read["Message"]) if isinstance(read["Message"], str) else read["Message"]
    given = read.get("MessageAttributes", {})
    attributes = {
        name: {"DataType": one.get("Type") or one["DataType"], "StringValue": one.get("Value") or one["StringValue"]}
        for name, one in given.items()
    }
    return Message(file.stem, "topic", body, attributes)
