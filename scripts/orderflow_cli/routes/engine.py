"""Pattern matchers: MiniStack's or LocalEmu's in a child process, or EventBridge itself."""

import atexit
import json
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from orderflow_cli import UserError
from orderflow_cli.toolchain import venvs

type Kind = Literal["event", "record", "attributes", "body"]
"""What a pattern is matched against: an event on a bus, a record of an event source mapping, or a topic message by its
attributes or its body."""

_CHILD_SCRIPT: Final = Path(__file__).with_name("engine_child.py")


@dataclass(frozen=True)
class Question:
    """The question of whether `pattern`, the JSON text as sent to AWS, matches `subject`."""

    kind: Kind
    pattern: str
    subject: Any = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The answer to a question. `rejection_reason`: why AWS would reject the pattern, which then matches nothing."""

    match: bool = False
    rejection_reason: str = ""


class Engine(Protocol):
    """A pattern matcher; `ask` returns one reply per question, in the same order."""

    def ask(self, questions: Sequence[Question]) -> list[Reply]: ...


class LocalEngine:
    """An emulator's matcher in a child process, which runs until `close`."""

    def __init__(self, name: Literal["ministack", "localemu"] = "ministack") -> None:
        self._name, python = name, venvs.ensure(name)
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
        self._process = subprocess.Popen(
            [python, _CHILD_SCRIPT, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
        )
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        if not questions:
            return []
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the engine was started without pipes")
        with self._lock:
            self._process.stdin.write(json.dumps([vars(one) for one in questions]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise UserError(f"The pattern engine exited; remove .venv-{self._name} and run the command again.")
        return [Reply(**one) for one in json.loads(line)]

    def close(self) -> None:
        atexit.unregister(self.close)
        with self._process:  # closes the pipes, which ends the child
            pass


def local_engine() -> LocalEngine:
    """Return the engine of this process; a forked process gets another one."""
    return _cached_engine(os.getpid())


@cache
def _cached_engine(_process_id: int) -> LocalEngine:
    return LocalEngine()


class AwsEngine:
    """Matches events with EventBridge's API and the current credentials, and anything else with the local engine.
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html"""

    def __init__(self, client: Any = None) -> None:
        import boto3

        self._events = client or boto3.client("events")

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        return [self._match_event(one) if one.kind == "event" else local_engine().ask([one])[0] for one in questions]

    def _match_event(self, question: Question) -> Reply:
        try:
            answer = self._events.test_event_pattern(EventPattern=question.pattern, Event=json.dumps(question.subject))
        except self._events.exceptions.InvalidEventPatternException as error:
            return Reply(rejection_reason=str(error))
        return Reply(match=bool(answer["Result"]))
