"""Finds a string that matches several regular expressions, or proves that there is none.

Schema patterns and conditions such as prefix and wildcard are regular, so whether a valid value starts with a given
text can be decided. Each expression becomes an automaton; the search runs all of them, shortest strings first."""

import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final

type _Predicate = Callable[[str], bool]

_MAX_STATES: Final = 200_000
_CHARACTER_CLASSES: Final = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
}


class UndecidedError(Exception):
    """Raised if no answer is certain, for example for an expression with a look-around or a back-reference."""


@cache
def shortest_match(expressions: tuple[str, ...], min_length: int = 0, max_length: int | None = None) -> str | None:
    """Return the shortest string that fully matches every expression; None if there is none. Raises UndecidedError."""
    automata = [_Automaton(expression) for expression in expressions]
    return _shortest_string(automata, all, all, min_length, max_length)


def shortest_difference(pattern: str, excluded_pattern: str) -> str | None:
    """Return the shortest string that fully matches `pattern` and not `excluded_pattern`; None if there is none."""
    automata = [_Automaton(pattern), _Automaton(excluded_pattern)]
    return _shortest_string(automata, lambda accepted: accepted == [True, False], lambda states: bool(states[0]))


def _shortest_string(
    automata: Sequence["_Automaton"],
    is_wanted: Callable[[list[bool]], bool],
    can_continue: Callable[[list[frozenset[int]]], bool],
    min_length: int = 0,
    max_length: int | None = None,
) -> str | None:
    """Return the shortest string that `is_wanted` accepts, extending only prefixes that `can_continue` accepts."""
    alphabet = sorted({char for automaton in automata for char in automaton.characters} or {"a"})
    start = [automaton.start for automaton in automata]
    seen, waiting = {(*start, 0)}, deque([(start, "")])
    while waiting:
        states, text = waiting.popleft()
        if len(text) >= min_length and is_wanted(list(map(_Automaton.accepts, automata, states))):
            return text
        if max_length is not None and len(text) >= max_length:
            continue
        for char in alphabet:
            next_states = [automaton.step(state, char) for automaton, state in zip(automata, states, strict=True)]
            key = (*next_states, min(len(text) + 1, min_length))
            if can_continue(next_states) and key not in seen:
                seen.add(key)
                waiting.append((next_states, text + char))
        if len(seen) > _MAX_STATES:
            raise UndecidedError("too many states")
    return None


def to_full_match(pattern: str) -> str:
    """Convert a schema's pattern, which can match anywhere, to an expression for a full match."""
    any_text = r"[\s\S]*"
    before, after = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith(r"\$")
    inner = pattern[1 if before else 0 : -1 if after else None]
    return f"{'' if before else any_text}(?:{inner}){'' if after else any_text}"


class _Automaton:
    """An NFA built by Thompson's construction; the search works on sets of states."""

    def __init__(self, expression: str) -> None:
        self._epsilon_moves: list[list[int]] = []
        self._transitions: list[list[tuple[_Predicate, int]]] = []
        self.characters: set[str] = set()
        try:
            tree = parser.parse(expression)
        except re.error as error:
            raise UndecidedError(str(error)) from error
        first = self._new_state()
        self._final = self._add_sequence(tree, first)
        self.start = self._epsilon_closure({first})

    def step(self, states: frozenset[int], char: str) -> frozenset[int]:
        return self._epsilon_closure({end for state in states for test, end in self._transitions[state] if test(char)})

    def accepts(self, states: frozenset[int]) -> bool:
        return self._final in states

    def _epsilon_closure(self, states: set[int]) -> frozenset[int]:
        waiting = list(states)
        while waiting:
            for state in self._epsilon_moves[waiting.pop()]:
                if state not in states:
                    states.add(state)
                    waiting.append(state)
        return frozenset(states)

    def _new_state(self) -> int:
        self._epsilon_moves.append([])
        self._transitions.append([])
        if len(self._epsilon_moves) > _MAX_STATES // 10:
            raise UndecidedError("too many states")
        return len(self._epsilon_moves) - 1

    def _add_sequence(self, tree: Any, state: int) -> int:
        for name, value in tree:
            state = self._add_item(name, value, state)
        return state

    def _add_item(self, name: Any, value: Any, state: int) -> int:
        if name is op.AT and value in (op.AT_BEGINNING, op.AT_BEGINNING_STRING, op.AT_END, op.AT_END_STRING):
            return state  # anchors are redundant in a full match
        if name is op.SUBPATTERN:
            return self._add_sequence(value[3], state)
        if name is op.BRANCH:
            ends = [self._add_sequence(branch, self._fork(state)) for branch in value[1]]
            return self._join(ends)
        if name in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self._add_repeat(value[0], value[1], value[2], state)
        predicate = self._build_predicate(name, value)
        next_state = self._new_state()
        self._transitions[state].append((predicate, next_state))
        return next_state

    def _add_repeat(self, minimum: int, maximum: Any, tree: Any, state: int) -> int:
        for _ in range(minimum):
            state = self._add_sequence(tree, state)
        if maximum is op.MAXREPEAT:
            loop = self._fork(state)
            self._epsilon_moves[self._add_sequence(tree, loop)].append(loop)
            return self._join([loop])
        ends = [state]
        for _ in range(maximum - minimum):
            ends.append(self._add_sequence(tree, ends[-1]))
        return self._join(ends)

    def _fork(self, state: int) -> int:
        next_state = self._new_state()
        self._epsilon_moves[state].append(next_state)
        return next_state

    def _join(self, ends: list[int]) -> int:
        end_state = self._new_state()
        for end in ends:
            self._epsilon_moves[end].append(end_state)
        return end_state

    def _build_predicate(self, name: Any, value: Any) -> _Predicate:
        """Return a predicate on a character; add to `characters` a character of each class that it distinguishes."""
        if name is op.LITERAL:
            self._add_boundary_characters(value, value)
            return lambda char: ord(char) == value
        if name is op.NOT_LITERAL:
            self._add_boundary_characters(value, value)
            return lambda char: ord(char) != value
        if name is op.ANY:
            self.characters.add("a")
            return lambda char: True
        if name is op.IN:
            is_negated = value[0][0] is op.NEGATE
            predicates = [self._build_member_predicate(*one) for one in value if one[0] is not op.NEGATE]
            return lambda char: any(predicate(char) for predicate in predicates) is not is_negated
        raise UndecidedError(f"{name} is not regular")

    def _build_member_predicate(self, name: Any, value: Any) -> _Predicate:
        if name is op.LITERAL:
            return self._build_predicate(name, value)
        if name is op.RANGE:
            low, high = value
            self._add_boundary_characters(low, high)
            return lambda char: low <= ord(char) <= high
        if name is op.CATEGORY and value in _CHARACTER_CLASSES:
            self.characters |= {"0", "a", " ", "-"}
            matches = re.compile(_CHARACTER_CLASSES[value]).fullmatch
            return lambda char: matches(char) is not None
        raise UndecidedError(f"{name} is not regular")

    def _add_boundary_characters(self, low: int, high: int) -> None:
        codes = (low - 1, low, high, high + 1, ord("a"))
        self.characters |= {chr(code) for code in codes if 0 <= code < 0x11_0000 and not 0xD800 <= code < 0xE000}


def condition_regexes(name: str, operand: Any) -> Iterator[str]:
    """Yield expressions, one of which must match for a condition to hold; none unless the condition compares text."""
    any_text = r"[\s\S]*"
    escape: Callable[[str], str] = re.escape
    if isinstance(operand, dict) and set(operand) == {"equals-ignore-case"}:
        operand, escape = operand["equals-ignore-case"], _escape_ignoring_case
    for text in operand if isinstance(operand, list) else [operand]:
        if not isinstance(text, str):
            continue
        if name == "prefix":
            yield escape(text) + any_text
        elif name == "suffix":
            yield any_text + escape(text)
        elif name == "equals-ignore-case":
            yield _escape_ignoring_case(text)
        elif name == "wildcard":
            parts = re.findall(r"\\[\s\S]?|\*|[^\\*]+", text)
            yield "".join(any_text if part == "*" else re.escape(part.removeprefix("\\")) for part in parts)


def _escape_ignoring_case(text: str) -> str:
    return "".join(f"[{re.escape(char.lower())}{re.escape(char.upper())}]" for char in text)
