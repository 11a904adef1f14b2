"""`orderflow-dev witness`: compares two emulators' pattern matchers with each other and with AWS's recorded answers."""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from orderflow_cli import UserError, console
from orderflow_cli.build import plans
from orderflow_cli.routes import Routes
from orderflow_cli.routes.engine import LocalEngine, Question
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings
from orderflow_cli.routes.verdicts import undecidable_reason

HELP = "Compare MiniStack's pattern matcher, which predicts routes, with LocalEmu's and optionally with AWS's answers."
_TEMPLATE_FOLDER = "tests/aws/services/events/event_pattern_templates"
# The JSON5 features in these files: comments and trailing commas.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


@dataclass(frozen=True)
class Case:
    """A question and AWS's answer, if known: `matches`, `does not match` or, for an invalid pattern, `rejects`."""

    name: str
    question: Question
    answer: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("localstack", nargs="?", type=Path, help="localstack/localstack checkout, with AWS's answers")


def run(args: argparse.Namespace) -> int:
    with console.step("plans"):
        repository_cases = list(_repository_cases())
    differences = compare(repository_cases)
    for difference in differences:
        console.warn(difference)
    console.say(f"  {len(repository_cases)} questions from this repository, {len(differences)} with different answers")
    if args.localstack is None:
        return 1 if differences else 0
    cases = list(_template_cases(args.localstack / _TEMPLATE_FOLDER))
    mistakes = {name: _wrongly_answered_cases(LocalEngine(name), cases) for name in ("ministack", "localemu")}
    for name, errors in mistakes.items():
        console.say(f"  {name}: {len(cases) - len(errors)} of {len(cases)} answered as AWS did")
    misjudged_names = [case.name for case in mistakes["ministack"] if not undecidable_reason(case.question)]
    for name in misjudged_names:
        console.warn(f"{name}: MiniStack's answer differs from AWS's; exclude the pattern in `undecidable_reason`")
    supported_count = sum(not undecidable_reason(case.question) for case in cases)
    console.say(f"  {supported_count} of the templates are supported, {len(cases) - supported_count} excluded")
    return 1 if differences or misjudged_names or mistakes["localemu"] else 0


def compare(cases: Sequence[Case]) -> list[str]:
    """Return the questions that the matchers answer differently, without those that MiniStack does not support."""
    cases = [case for case in cases if not undecidable_reason(case.question)]
    ministack_answers, localemu_answers = (_answers(LocalEngine(name), cases) for name in ("ministack", "localemu"))
    return [
        f"{case.name}: MiniStack {ministack_answer}, LocalEmu {localemu_answer}"
        for case, ministack_answer, localemu_answer in zip(cases, ministack_answers, localemu_answers, strict=True)
        if ministack_answer != localemu_answer
    ]


def _repository_cases() -> Iterator[Case]:
    """Yield each environment's patterns and filters, each with every example message of its bus or topic."""
    settings = Settings.load(plans.TERRAFORM_FOLDER / SETTINGS_FILE)
    for name, file in plans.create_plans().items():
        routes = Routes.read(file, settings)
        for message in routes.messages:
            for receiver in routes.topology.receivers:
                for kind, text in receiver.filters:
                    applies = {"event": "bus", "body": "topic", "attributes": "topic"}.get(kind) == message.carrier
                    if text and applies:
                        question = Question(kind, text, message.body, message.attributes)
                        yield Case(f"{name}: {receiver.label} by {message.name}", question)


def _template_cases(folder: Path) -> Iterator[Case]:
    files = sorted(folder.glob("*.json5"))
    if not files:
        raise UserError(f"{folder} must contain *.json5 templates; got none. Pass a checkout of localstack/localstack.")
    for file in files:
        text_without_comments = _COMMENT.sub(lambda match: match[1] or "", file.read_text())
        case = json.loads(_TRAILING_COMMA.sub(lambda match: match[1] or "", text_without_comments))
        answer = {"_EXC": "rejects", "_NEG": "does not match"}.get(file.stem[-4:], "matches")
        yield Case(file.stem, Question("event", json.dumps(case["EventPattern"]), case["Event"]), answer)


def _wrongly_answered_cases(engine: LocalEngine, cases: Sequence[Case]) -> list[Case]:
    return [case for case, answer in zip(cases, _answers(engine, cases), strict=True) if answer != case.answer]


def _answers(engine: LocalEngine, cases: Sequence[Case]) -> list[str]:
    replies = engine.ask([case.question for case in cases])
    engine.close()
    return ["rejects" if one.rejection_reason else "matches" if one.match else "does not match" for one in replies]
