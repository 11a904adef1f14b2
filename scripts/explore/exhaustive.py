"""Explores every interleaving of two equal invocations with at most one fault, for each kind of invocation.

A state that several interleavings reach is explored once: most calls only read, so their order makes no difference."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from greenlet import getcurrent, greenlet

from explore import histories
from explore.functions import Handler, uncached
from explore.invariants import violations
from explore.routing import Routing
from explore.services import FaultPlan, possible_faults
from explore.world import World

# Provider scenario, quantity in stock, and seconds after which the customer cancels, if at all.
LIFECYCLES: tuple[tuple[str, int, float | None], ...] = (
    *(("capture", 10, None), ("capture", 0, None), ("capture", 10, 5.0), ("silent", 10, None), ("silent", 10, 5.0)),
    *(("double", 10, None), ("wrong_amount", 10, None), ("second_card", 10, None), ("crossing", 10, None)),
    ("contradiction", 10, None),
)
# Generated ids, which affect no decision.
_GENERATED_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}|bus-[0-9]+")
# What can happen to a call that is executed; None is no fault.
_FAULTS_OF_EXECUTED_CALLS = frozenset({None, "executed twice", "response lost", "killed after"})


class AlreadyExploredError(Exception):
    """Raised for a state that was explored before."""


@dataclass
class Choices:
    """A sequence of decisions: first those in `prefix`, then always the first option. `explored_states` contains the
    hashes of the states that were reached before."""

    prefix: list[int] = field(default_factory=list)
    explored_states: set[int] = field(default_factory=set)
    decisions: list[tuple[int, int]] = field(default_factory=list)

    def require_new_state(self, state: object) -> None:
        """Raise AlreadyExploredError for a state that other decisions have already reached."""
        if len(self.decisions) >= len(self.prefix):
            if (fingerprint := hash(_GENERATED_ID.sub("", repr(state)))) in self.explored_states:
                raise AlreadyExploredError
            self.explored_states.add(fingerprint)

    def choose(self, option_count: int) -> int:
        number = len(self.decisions)
        choice = self.prefix[number] if number < len(self.prefix) else 0
        self.decisions.append((choice, option_count))
        return choice

    def next_prefix(self) -> list[int] | None:
        """Return the prefix that leads to the next combination of decisions; None after the last."""
        prefix = [choice for choice, _ in self.decisions]
        while prefix:
            if prefix[-1] + 1 < self.decisions[len(prefix) - 1][1]:
                return [*prefix[:-1], prefix[-1] + 1]
            prefix.pop()
        return None


class DuplicatingWorld(World):
    """A simulation without random faults that runs invocation `target` twice, interleaved as `choices` determines."""

    def __init__(self, *setting: Any, target: int, choices: Choices) -> None:
        super().__init__(*setting)
        self.fault_free = True
        self.invocation_kinds: list[str] = []
        self._target = target
        self._choices = choices
        self._is_duplicating = False
        self._fault_used = False
        self._ready: dict[greenlet, Callable[[], Any]] = {}
        self._responses: dict[greenlet, list[str]] = {}
        self._unpaused_invocations: set[greenlet] = set()

    def invoke(self, function: str, event: Mapping[str, Any], on_response: Callable[[Any], None]) -> None:
        self.invocation_kinds.append(f"{function} {_invocation_kind(event)}")
        super_invoke = super().invoke
        if len(self.invocation_kinds) - 1 != self._target:
            super_invoke(function, event, on_response)
            return
        self._is_duplicating = True
        super_invoke(function, event, on_response)
        super_invoke(function, json.loads(json.dumps(event)), lambda _: None)
        while self._ready:
            self._choices.require_new_state(self._state())
            runnable_invocations = [one for one in self._responses if one in self._ready]
            self._ready.pop(runnable_invocations[self._choices.choose(len(runnable_invocations))])()
        self._is_duplicating = False

    def _state(self) -> object:
        """Return the state that determines what follows: the responses to both invocations, and their effects."""
        responses = [(texts, invocation in self._ready) for invocation, texts in self._responses.items()]
        items = [sorted(table.items.items()) for table in self.tables.values()]
        effects = (self.archive, self.notices, self.dead_letter_messages, self._stream, sorted(self.metrics.items()))
        return responses, items, effects, dict(self.versions), self._fault_used

    def call(self, function: str, service: str, operation: str, params: dict[str, Any]) -> Any:
        response: Any = "none"
        try:
            response = super().call(function, service, operation, params)
            return response
        except Exception as error:
            response = error
            raise
        finally:
            if self._is_duplicating:
                self._responses.setdefault(getcurrent(), []).append(f"{operation} {response!r}")

    def pause(self, seconds: float) -> None:
        invocation = getcurrent()
        if not self._is_duplicating:
            super().pause(seconds)
        elif invocation in self._unpaused_invocations:
            self._unpaused_invocations.discard(invocation)
        else:
            self._responses.setdefault(invocation, [])
            self._ready[invocation] = invocation.switch
            self._hub.switch()

    def _next_fault(self, function: str, service: str, operation: str, params: Mapping[str, Any]) -> str | None:
        if not self._is_duplicating:
            return None
        fault = None
        if not self._fault_used and operation != "change_message_visibility":
            fault_options = (None, *dict.fromkeys(possible_faults(operation)))
            fault = fault_options[self._choices.choose(len(fault_options))]
            self._fault_used = fault is not None
        if fault in _FAULTS_OF_EXECUTED_CALLS:
            self._unpaused_invocations.add(getcurrent())
        return fault


def explore(handlers: dict[str, Handler], routing: Routing, lifecycle_count: int) -> tuple[int, int, list[str]]:
    """Return the number of invocation kinds that were duplicated, the number of runs, and the violations."""
    explored_invocation_kinds: set[str] = set()
    run_count, violation_texts = 0, []
    for lifecycle in LIFECYCLES[:lifecycle_count]:
        _, invocation_kinds = run_lifecycle(handlers, routing, lifecycle)
        for target, kind in enumerate(invocation_kinds):
            if kind in explored_invocation_kinds:
                continue
            explored_invocation_kinds.add(kind)
            for problems, prefix in _run_all_choices(partial(run_lifecycle, handlers, routing, lifecycle, target)):
                run_count += 1
                violation_texts += [f"{lifecycle} {target} {kind} {prefix}: {problem}" for problem in problems]
    return len(explored_invocation_kinds), run_count, violation_texts


def _run_all_choices(run: Callable[[Choices], tuple[list[str], list[str]]]) -> Iterator[tuple[list[str], list[int]]]:
    prefix: list[int] | None = []
    explored_states: set[int] = set()
    while prefix is not None:
        choices = Choices(prefix, explored_states)
        with suppress(AlreadyExploredError):
            problems, _ = run(choices)
            yield problems, [choice for choice, _ in choices.decisions]
        prefix = choices.next_prefix()


def run_lifecycle(
    handlers: dict[str, Handler],
    routing: Routing,
    lifecycle: tuple[str, int, float | None],
    target: int = -1,
    choices: Choices | None = None,
) -> tuple[list[str], list[str]]:
    """Run an order's lifecycle; return the violated invariants and the kinds of invocation that occurred."""
    scenario, quantity, cancellation_delay = lifecycle
    stock, plan = dict.fromkeys(histories.SKUS, quantity), FaultPlan(faults_by_call={})
    choices = choices or Choices()
    world = DuplicatingWorld("exhaustive", uncached(handlers), plan, routing, stock, target=target, choices=choices)
    world.partners.scenario = scenario
    world.call_later(0.0, partial(world.place_order, "key", histories.order_body(world.rng), "customer", tries=8))
    if cancellation_delay is not None:
        world.call_later(cancellation_delay, partial(histories.cancel, world, "customer"))
    world.run()
    if world.dead_letter_messages:
        histories.redrive(world, 1)
    return violations(world), world.invocation_kinds


def _invocation_kind(event: Mapping[str, Any]) -> str:
    """Return a label for an invocation: the event types and order statuses of the records, the path, or `schedule`."""
    return " ".join(sorted(map(_record_kind, event.get("Records", [])))) or str(event.get("rawPath", "schedule"))


def _record_kind(record: Mapping[str, Any]) -> str:
    if "dynamodb" in record:
        images = [record["dynamodb"].get(name, {}).get("status", {}).get("S") for name in ("OldImage", "NewImage")]
        return "-".join(map(str, images))
    body = json.loads(record["body"])
    document = body.get("detail", body)
    data = document["data"]
    return f"{document['metadata']['event_type']} {data.get('previous_status')}-{data.get('status')}"
