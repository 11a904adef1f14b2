"""Generated mutants of the functions; histories must detect each of them.

Of the transition table, each rule that writes or waits is made to pass the event over. Of every conditional write, each
clause is left out. Of every answer, the failures are acknowledged."""

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, cast
from unittest import mock

from explore import exhaustive, histories
from explore.functions import Handler
from explore.partners import WEIGHTS
from explore.routing import Routing
from explore.world import CONSUMERS, World
from recorder.transitions import TABLE, WRITING, Outcome, Rule

BATCHES = ("recorder", "relay", *CONSUMERS)
MOST_EVENTS = 60_000
# Like those of `exhaustive`, without a silent provider, which never settles.
LIVES = tuple(product(sorted(WEIGHTS.keys() - {"mute"}), (10, 0), (None, 5.0, 60.0)))

type Handlers = dict[str, Handler]
type Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Mutant:
    """A mutant; `apply` is active while histories run, and yields their handlers."""

    name: str
    apply: Callable[[Handlers], AbstractContextManager[Handlers]]


def all_of(handlers: Handlers, routing: Routing, seed: int) -> list[Mutant]:
    return [*_answers(), *_clauses(_conditions(handlers, routing, seed)), *_cells()]


def killed_by(mutant: Mutant, handlers: Handlers, routing: Routing, seed: int, most: int) -> int | None:
    """Return the number of the first history in which the mutant violates an invariant; None if there is none.

    Lives without failures come first, counted from below zero."""
    with mutant.apply(handlers) as mutated, mock.patch("explore.timeline.MOST_EVENTS", MOST_EVENTS):
        for number, life in enumerate(LIVES, -len(LIVES)):
            if exhaustive.live(mutated, routing, life)[0]:
                return number
        for number in range(most):
            _, found = histories.play(seed, number, mutated, routing)
            if found:
                return number
    return None


def _cells() -> Iterator[Mutant]:
    for event_type, row in TABLE.items():
        for state, rules in row.items():
            for index, rule in enumerate(rules):
                cell = f"{event_type} in {state}, rule {index + 1}"
                before, after = rules[:index], rules[index + 1 :]
                if rule.outcome in WRITING or rule.outcome is Outcome.EARLY:
                    passed_over = (*before, replace(rule, outcome=Outcome.OBSOLETE), *after)
                    yield Mutant(f"{cell}: passes over", partial(_with_cell, event_type, state, passed_over))


@contextmanager
def _with_cell(event_type: str, state: str, rules: tuple[Rule, ...], handlers: Handlers) -> Iterator[Handlers]:
    row = cast("MutableMapping[str, tuple[Rule, ...]]", TABLE[event_type])
    with mock.patch.dict(row, {state: rules}):
        yield handlers


def _conditional(asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the parts of a call that have a condition."""
    if "ConditionExpression" in asked:
        yield cast("dict[str, Any]", asked)
    for item in asked.get("TransactItems", ()):
        for part in item.values():
            yield from _conditional(part)


def _named(part: Mapping[str, Any]) -> str:
    """Return the condition with attribute names; ids are omitted, and values are numbered in order."""

    def name(found: re.Match[str]) -> str:
        called: str = part["ExpressionAttributeNames"][found[0]]
        return "*" if re.search(r"\d", called) else called

    return re.sub(r":v\d+", ":value", re.sub(r"#\w+", name, part["ConditionExpression"]))


def _conditions(handlers: Handlers, routing: Routing, seed: int) -> list[Key]:
    """Return function, operation, condition and number of clauses, as used in some histories."""
    seen: dict[Key, None] = {}
    original = World.call

    def call(self: World, function: str, service: str, operation: str, asked: dict[str, Any]) -> Any:
        for part in _conditional(asked):
            text = _named(part)
            seen[function, operation, text, len(text.split(" AND "))] = None
        return original(self, function, service, operation, asked)

    with mock.patch.object(World, "call", call):
        for number in range(60):
            histories.play(seed, number, handlers, routing)
    return sorted(seen)


def _clauses(conditions: list[Key]) -> Iterator[Mutant]:
    for function, operation, text, clauses in conditions:
        for index in range(clauses):
            name = f"{function}, {operation}: {text!r} without clause {index + 1}"
            yield Mutant(name, partial(_without_clause, (function, operation, text, index)))


@contextmanager
def _without_clause(key: Key, handlers: Handlers) -> Iterator[Handlers]:
    function, operation, text, index = key
    original = World.call

    def call(self: World, caller: str, service: str, called: str, asked: dict[str, Any]) -> Any:
        if (caller, called) == (function, operation):
            asked = deepcopy(asked)
            for part in _conditional(asked):
                if _named(part) == text:
                    clauses = part.pop("ConditionExpression").split(" AND ")
                    if left := " AND ".join(clauses[:index] + clauses[index + 1 :]):
                        part["ConditionExpression"] = left
        return original(self, caller, service, called, asked)

    with mock.patch.object(World, "call", call):
        yield handlers


def _answers() -> Iterator[Mutant]:
    for function in BATCHES:
        yield Mutant(f"{function}: acknowledges what failed", partial(_acknowledging, function))
    yield Mutant("webhooks: accepts what it did not publish", partial(_accepting, "webhooks"))


@contextmanager
def _acknowledging(function: str, handlers: Handlers) -> Iterator[Handlers]:
    original = handlers[function]

    def acknowledging(event: dict[str, Any], context: Any) -> Any:
        original(event, context)
        return {"batchItemFailures": []}

    yield {**handlers, function: acknowledging}


@contextmanager
def _accepting(function: str, handlers: Handlers) -> Iterator[Handlers]:
    original = handlers[function]

    def accepting(event: dict[str, Any], context: Any) -> Any:
        return {**original(event, context), "statusCode": 202}

    yield {**handlers, function: accepting}
