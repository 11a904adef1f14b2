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
from orderflow_cli.routes.engine import Engine, LocalEngine, Question, Reply
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings
from orderflow_cli.routes.verdicts import undecidable_reason

HELP = "Compare the pattern matcher that decides routes with a second one, and both with answers from AWS."
_TEMPLATES = "tests/aws/services/events/event_pattern_templates"
# The JSON5 features in these files: comments and trailing commas.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


@dataclass(frozen=True)
class Case:
    """A question with AWS's answer, if known: `matches`, `does not match`, or `rejects` the pattern."""

    name: str
    question: Question
    answer: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("localstack", nargs="?", type=Path, help="a checkout of localstack/localstack, tests included")


def run(args: argparse.Namespace) -> int:
    with console.step("plans"):
        repository_cases = list(_repository_cases())
    differences = compare(repository_cases)
    for difference in differences:
        console.warn(difference)
    console.say(f"  {len(repository_cases)} questions from this repository, {len(differences)} with different answers")
    if args.localstack is None:
        return 1 if differences else 0
    cases = list(_template_cases(args.localstack / _TEMPLATES))
    wrong_cases = {name: _wrongly_answered(LocalEngine(name), cases) for name in ("ministack", "localemu")}
    for name, errors in wrong_cases.items():
        console.say(f"  {name}: {len(cases) - len(errors)} of {len(cases)} answered as AWS did")
    misjudged = [case.name for case in wrong_cases["ministack"] if not undecidable_reason(case.question)]
    for name in misjudged:
        console.warn(f"{name}: AWS answers differently, and `undecidable_reason` does not exclude the pattern")
    supported = sum(not undecidable_reason(case.question) for case in cases)
    console.say(f"  {supported} of them are supported, {len(cases) - supported} excluded")
    return 1 if differences or misjudged or wrong_cases["localemu"] else 0


def compare(cases: Sequence[Case]) -> list[str]:
    """Return the questions that the matchers answer differently, except those that MiniStack does not support."""
    supported = [case for case in cases if not undecidable_reason(case.question)]
    engines = [LocalEngine("ministack"), LocalEngine("localemu")]
    ours, theirs = (engine.ask([case.question for case in supported]) for engine in engines)
    for engine in engines:
        engine.close()
    answers = zip(supported, map(_answer, ours), map(_answer, theirs), strict=True)
    return [f"{case.name}: {answer} and {other}" for case, answer, other in answers if answer != other]


def _repository_cases() -> Iterator[Case]:
    """Yield each environment's patterns and filters, each with every example message of its bus or topic."""
    settings = Settings.load(plans.SOURCE / SETTINGS_FILE)
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
        uncommented = _COMMENT.sub(lambda match: match[1] or "", file.read_text())
        case = json.loads(_COMMA.sub(lambda match: match[1] or "", uncommented))
        answer = {"_EXC": "rejects", "_NEG": "does not match"}.get(file.stem[-4:], "matches")
        yield Case(file.stem, Question("event", json.dumps(case["EventPattern"]), case["Event"]), answer)


def _wrongly_answered(engine: Engine, cases: Sequence[Case]) -> list[Case]:
    replies = engine.ask([case.question for case in cases])
    return [case for case, reply in zip(cases, replies, strict=True) if _answer(reply) != case.answer]


def _answer(reply: Reply) -> str:
    return "rejects" if reply.invalid else "matches" if reply.match else "does not match"
