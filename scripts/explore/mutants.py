"""Generates mutants of the functions, which the histories must detect.

One kind makes a rule of the transition table ignore an event that it should apply or retry, another omits a clause of a
conditional write, and a third acknowledges failed messages or requests."""

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
from explore.partners import SCENARIO_WEIGHTS
from explore.routing import Routing
from explore.world import CONSUMERS, World
from recorder.transitions import TRANSITIONS, WRITING_OUTCOMES, Outcome, Rule

BATCH_FUNCTIONS = ("recorder", "relay", *CONSUMERS)
MAX_EVENTS = 60_000
# Like those of `exhaustive`, but without a mute provider, with which orders never settle.
LIFECYCLES = tuple(product(sorted(SCENARIO_WEIGHTS.keys() - {"mute"}), (10, 0), (None, 5.0, 60.0)))

type Handlers = dict[str, Handler]
type ConditionKey = tuple[str, str, str]


@dataclass(frozen=True)
class Mutant:
    """A mutant; `apply` returns the context in which histories run with the handlers that it yields."""

    name: str
    apply: Callable[[Handlers], AbstractContextManager[Handlers]]


def all_mutants(handlers: Handlers, routing: Routing, seed: int) -> list[Mutant]:
    return [*_response_mutants(), *_clause_mutants(_collect_conditions(handlers, routing, seed)), *_rule_mutants()]


def find_killing_history(mutant: Mutant, handlers: Handlers, routing: Routing, seed: int, limit: int) -> int | None:
    """Return the number of the first history in which the mutant violates an invariant; None if there is none.

    Lifecycles without failures run first and have negative numbers."""
    with mutant.apply(handlers) as mutated_handlers, mock.patch("explore.timeline.MAX_EVENTS", MAX_EVENTS):
        for number, lifecycle in enumerate(LIFECYCLES, -len(LIFECYCLES)):
            if exhaustive.run_lifecycle(mutated_handlers, routing, lifecycle)[0]:
                return number
        for number in range(limit):
            _, violations = histories.run_history(seed, number, mutated_handlers, routing)
            if violations:
                return number
    return None


def _rule_mutants() -> Iterator[Mutant]:
    for event_type, row in TRANSITIONS.items():
        for state, rules in row.items():
            for index, rule in enumerate(rules):
                cell = f"{event_type} in {state}, rule {index + 1}"
                before, after = rules[:index], rules[index + 1 :]
                if rule.outcome in WRITING_OUTCOMES or rule.outcome is Outcome.EARLY:
                    mutated_rules = (*before, replace(rule, outcome=Outcome.OBSOLETE), *after)
                    yield Mutant(f"{cell}: ignores the event", partial(_replace_cell, event_type, state, mutated_rules))


@contextmanager
def _replace_cell(event_type: str, state: str, rules: tuple[Rule, ...], handlers: Handlers) -> Iterator[Handlers]:
    row = cast("MutableMapping[str, tuple[Rule, ...]]", TRANSITIONS[event_type])
    with mock.patch.dict(row, {state: rules}):
        yield handlers


def _conditional_writes(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the writes of a DynamoDB call that have a condition expression."""
    if "ConditionExpression" in params:
        yield cast("dict[str, Any]", params)
    for item in params.get("TransactItems", ()):
        for write in item.values():
            yield from _conditional_writes(write)


def _normalize_condition(write: Mapping[str, Any]) -> str:
    """Return the condition with attribute names in place of placeholders, and without ids and value numbers."""

    def attribute_name(placeholder: re.Match[str]) -> str:
        name: str = write["ExpressionAttributeNames"][placeholder[0]]
        return "*" if re.search(r"\d", name) else name

    return re.sub(r":v\d+", ":value", re.sub(r"#\w+", attribute_name, write["ConditionExpression"]))


def _collect_conditions(handlers: Handlers, routing: Routing, seed: int) -> list[ConditionKey]:
    """Return the distinct conditional writes of simulated histories: function, operation, condition."""
    conditions: dict[ConditionKey, None] = {}
    original_call = World.call

    def call(self: World, function: str, service: str, operation: str, params: dict[str, Any]) -> Any:
        for write in _conditional_writes(params):
            text = _normalize_condition(write)
            conditions[function, operation, text] = None
        return original_call(self, function, service, operation, params)

    with mock.patch.object(World, "call", call):
        for number in range(60):
            histories.run_history(seed, number, handlers, routing)
    return sorted(conditions)


def _clause_mutants(conditions: list[ConditionKey]) -> Iterator[Mutant]:
    for function, operation, text in conditions:
        for index in range(len(text.split(" AND "))):
            name = f"{function}, {operation}: {text!r} without clause {index + 1}"
            yield Mutant(name, partial(_omit_clause, (function, operation, text), index))


@contextmanager
def _omit_clause(key: ConditionKey, index: int, handlers: Handlers) -> Iterator[Handlers]:
    function, operation, text = key
    original_call = World.call

    def call(self: World, caller: str, service: str, called_operation: str, params: dict[str, Any]) -> Any:
        if (caller, called_operation) == (function, operation):
            params = deepcopy(params)
            for write in _conditional_writes(params):
                if _normalize_condition(write) == text:
                    clauses = write.pop("ConditionExpression").split(" AND ")
                    if remaining := " AND ".join(clauses[:index] + clauses[index + 1 :]):
                        write["ConditionExpression"] = remaining
        return original_call(self, caller, service, called_operation, params)

    with mock.patch.object(World, "call", call):
        yield handlers


def _response_mutants() -> Iterator[Mutant]:
    for function in BATCH_FUNCTIONS:
        yield Mutant(f"{function}: acknowledges failed messages", partial(_acknowledge_failures, function))
    yield Mutant("webhooks: responds with 202 to every request", partial(_accept_every_request, "webhooks"))


@contextmanager
def _acknowledge_failures(function: str, handlers: Handlers) -> Iterator[Handlers]:
    original_handler = handlers[function]

    def acknowledge(event: dict[str, Any], context: Any) -> Any:
        original_handler(event, context)
        return {"batchItemFailures": []}

    yield {**handlers, function: acknowledge}


@contextmanager
def _accept_every_request(function: str, handlers: Handlers) -> Iterator[Handlers]:
    original_handler = handlers[function]

    def accept(event: dict[str, Any], context: Any) -> Any:
        return {**original_handler(event, context), "statusCode": 202}

    yield {**handlers, function: accept}
