"""Explores every interleaving of two deliveries with at most one fault, for each kind of invocation.

What is reached in several ways is followed once: most calls of the two only read, and come to the same in any order."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from greenlet import getcurrent, greenlet

from explore import histories
from explore.functions import Handler, fresh
from explore.invariants import violations
from explore.routing import Routing
from explore.services import Plan, kinds_of
from explore.timeline import DAY
from explore.world import World

# Provider scenario, quantity in stock, seconds after which the customer cancels.
LIVES: tuple[tuple[str, int, float | None], ...] = (
    *(("capture", 10, None), ("capture", 0, None), ("capture", 10, 5.0), ("silent", 10, None), ("silent", 10, 5.0)),
    *(("double", 10, None), ("wrong_amount", 10, None), ("second_card", 10, None), ("crossing", 10, None)),
    ("contradiction", 10, None),
)
# Random or sequential ids, which affect no decision.
_DRAWN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}|bus-[0-9]+")
# After these faults the call still executes.
_DONE = frozenset({None, "twice", "answer lost", "killed after"})


class Known(Exception):  # noqa: N818  # not a failure
    """This state was explored before."""


@dataclass
class Choices:
    """A sequence of decisions: those of `script` first, then always the first option. `known` are the
    states that were reached before."""

    script: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    taken: list[tuple[int, int]] = field(default_factory=list)

    def require_new(self, state: object) -> None:
        """Raise Known for a state already reached by other decisions."""
        if len(self.taken) >= len(self.script):
            if (mark := hash(_DRAWN.sub("", repr(state)))) in self.known:
                raise Known
            self.known.add(mark)

    def choose(self, options: int) -> int:
        number = len(self.taken)
        chosen = self.script[number] if number < len(self.script) else 0
        self.taken.append((chosen, options))
        return chosen

    def following(self) -> list[int] | None:
        """Return the script of the next combination; None after the last."""
        script = [chosen for chosen, _ in self.taken]
        while script:
            if script[-1] + 1 < self.taken[len(script) - 1][1]:
                return [*script[:-1], script[-1] + 1]
            script.pop()
        return None


class Duplicated(World):
    """Runs without faults, except that invocation number `target` is made twice concurrently, as `choices` decide."""

    def __init__(self, *setting: Any, target: int, choices: Choices) -> None:
        super().__init__(*setting)
        self.calm = True
        self.kinds: list[str] = []
        self._target = target
        self._choices = choices
        self._doubling = False
        self._failed = False
        self._ready: dict[greenlet, Callable[[], Any]] = {}
        self._lived: dict[greenlet, list[str]] = {}
        self._passing: set[greenlet] = set()

    def invoke(self, function: str, event: Mapping[str, Any], done: Callable[[Any], None]) -> None:
        self.kinds.append(f"{function} {_about(event)}")
        super_invoke = super().invoke
        if len(self.kinds) - 1 != self._target:
            super_invoke(function, event, done)
            return
        self._doubling = True
        super_invoke(function, event, done)
        super_invoke(function, json.loads(json.dumps(event)), lambda _: None)
        while self._ready:
            self._choices.require_new(self._state())
            both = [each for each in self._lived if each in self._ready]
            self._ready.pop(both[self._choices.choose(len(both))])()
        self._doubling = False

    def _state(self) -> object:
        """Return the state that determines the future: the responses that both received, and their effects."""
        told = [(lived, each in self._ready) for each, lived in self._lived.items()]
        items = [sorted(table.items.items()) for table in self.tables.values()]
        done = (self.archive, self.notices, self.dead_letters, self._stream, sorted(self.metrics.items()))
        return told, items, done, dict(self.told), self._failed

    def call(self, function: str, service: str, operation: str, asked: dict[str, Any]) -> Any:
        answer: Any = "none"
        try:
            answer = super().call(function, service, operation, asked)
            return answer
        except Exception as error:
            answer = error
            raise
        finally:
            if self._doubling:
                self._lived.setdefault(getcurrent(), []).append(f"{operation} {answer!r}")

    def pause(self, seconds: float) -> None:
        me = getcurrent()
        if not self._doubling:
            super().pause(seconds)
        elif me in self._passing:
            self._passing.discard(me)
        else:
            self._lived.setdefault(me, [])
            self._ready[me] = me.switch
            self._hub.switch()

    def _fault(self, function: str, service: str, operation: str, asked: Mapping[str, Any]) -> str | None:
        if not self._doubling:
            return None
        fault = None
        if not self._failed and operation != "change_message_visibility":
            kinds = (None, *dict.fromkeys(kinds_of(operation)))
            fault = kinds[self._choices.choose(len(kinds))]
            self._failed = fault is not None
        if fault in _DONE:
            self._passing.add(getcurrent())
        return fault


def explore(handlers: dict[str, Handler], routing: Routing, lives: int = len(LIVES)) -> tuple[int, int, list[str]]:
    """Return the number of duplicated kinds of invocation, of runs, and the violations."""
    seen: set[str] = set()
    runs, found = 0, []
    for life in LIVES[:lives]:
        _, kinds = live(handlers, routing, life)
        for target, kind in enumerate(kinds):
            if kind in seen:
                continue
            seen.add(kind)
            for problems, script in _all(partial(live, handlers, routing, life, target)):
                runs += 1
                found += [f"{life} {target} {kind} {script}: {problem}" for problem in problems]
    return len(seen), runs, found


def _all(run: Callable[[Choices], tuple[list[str], list[str]]]) -> Iterator[tuple[list[str], list[int]]]:
    script: list[int] | None = []
    known: set[int] = set()
    while script is not None:
        choices = Choices(script, known)
        with suppress(Known):
            problems, _ = run(choices)
            yield problems, [chosen for chosen, _ in choices.taken]
        script = choices.following()


def live(
    handlers: dict[str, Handler],
    routing: Routing,
    life: tuple[str, int, float | None],
    target: int = -1,
    choices: Choices | None = None,
) -> tuple[list[str], list[str]]:
    """Return the violations after an order's lifecycle, and its kinds of invocation."""
    scenario, pieces, cancelled_after = life
    stock = dict.fromkeys(histories.SKUS, pieces)
    choices = choices or Choices()
    world = Duplicated("exhaustive", fresh(handlers), Plan(script={}), routing, stock, target=target, choices=choices)
    world.partners.scenario = scenario
    world.later(0.0, partial(world.order, "key", histories.request(world.rng), "customer", tries=8))
    if cancelled_after is not None:
        world.later(cancelled_after, partial(histories.cancel, world, "customer"))
    world.run()
    if world.dead_letters:
        histories.redrive(world, int(DAY / DAY))
    return violations(world), world.kinds


def _about(event: Mapping[str, Any]) -> str:
    """Return the subject of an invocation, so that each kind is explored once."""
    return " ".join(sorted(map(_record, event.get("Records", [])))) or str(event.get("rawPath", "schedule"))


def _record(record: Mapping[str, Any]) -> str:
    if "dynamodb" in record:
        images = [record["dynamodb"].get(name, {}).get("status", {}).get("S") for name in ("OldImage", "NewImage")]
        return "-".join(map(str, images))
    body = json.loads(record["body"])
    document = body.get("detail", body)
    data = document["data"]
    return f"{document['metadata']['event_type']} {data.get('previous_status')}-{data.get('status')}"
