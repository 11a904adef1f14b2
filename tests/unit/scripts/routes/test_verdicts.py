"""Each answer says why: what matched, which leaf stopped it, or why it cannot be told."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from dev.commands import witness
from orderflow_cli.routes import Answer, Verdict, engine, event, verdicts
from orderflow_cli.routes.engine import Aws, Kind, Question, Reply

YES, NO, UNKNOWN = Answer
LINES = {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "TEE", "quantity": 9}]}
EVENT = event("shop.till", "OrderPlaced", {"status": "paid", "amount": 7, "tags": ["a", "b", "c", "d"], **LINES}).body

CASES: list[tuple[Kind, dict[str, Any], Any, Answer, str]] = [
    ("event", {"source": ["shop.till"], "detail": {"amount": [7]}}, EVENT, YES, "takes source, detail.amount"),
    ("event", {"source": [{"prefix": "web."}]}, EVENT, NO, 'source is "shop.till", not prefix "web."'),
    ("event", {"detail": {"colour": ["red"]}}, EVENT, NO, 'detail.colour is absent, not "red"'),
    ("event", {"detail": {"amount": ["7"]}}, EVENT, NO, 'detail.amount is 7, not "7"'),
    ("event", {"detail": {"tags": ["z"]}}, EVENT, NO, 'detail.tags is "a" and "b" and "c" and 1 more, not "z"'),
    (
        "event",
        {"source": ["web"], "detail": {"status": ["Paid"]}},
        EVENT,
        NO,
        'source is "shop.till", not "web"; detail.status is "paid", not "Paid"',
    ),
    (
        "event",
        {"$or": [{"source": ["web"], "detail-type": ["X"]}, {"detail": {"amount": [8]}}]},
        EVENT,
        NO,
        "detail.amount is 7, not 8",
    ),
    (
        "event",
        {"detail": {"lines": {"sku": ["MUG"], "quantity": [9]}}},
        EVENT,
        NO,
        "no one element of a list has all of detail.lines.sku, detail.lines.quantity",
    ),
    ("event", {"detail": {"amount": [{"numeric": [">", 7]}]}}, EVENT, NO, "detail.amount is 7, not a number > 7"),
    ("event", {"detail": {"status": [{"exists": False}]}}, EVENT, NO, 'detail.status is "paid", not no value'),
    ("event", {"detail": {"status": [{"is": "paid"}]}}, EVENT, NO, "AWS refuses the pattern: Unrecognized match type"),
    ("event", {"detail": {"a": [{"wildcard": "*a*b*c*d*"}]}}, EVENT, UNKNOWN, "may be too complex for AWS"),
    ("event", {"detail": {"a": {"b": ["x"]}}}, {**EVENT, "detail": {"a.b": "x"}}, UNKNOWN, "a name with a dot"),
    ("event", {"detail": {"a": ["x"]}}, {**EVENT, "detail": '{"a": "x"}'}, UNKNOWN, "detail is text"),
    ("body", {"lines": {"sku": ["MUG"]}}, LINES, UNKNOWN, "lies in a list of objects"),
    ("body", {"a.b": ["x"]}, {"a": {"b": "x"}}, UNKNOWN, "names a field with a dot"),
    ("body", {"status": ["paid"]}, {"status": "paid"}, YES, "takes status"),
    ("body", {"status": ["paid"]}, {"status": "placed"}, NO, 'status is "placed", not "paid"'),
    ("record", {"body": {"a": [1]}}, {"body": {"a": 1}}, YES, "takes body.a"),
    (
        "record",
        {"dynamodb": {"a": {"N": [{"numeric": [">", 1]}]}}},
        {"dynamodb": {"a": {"N": "2"}}},
        UNKNOWN,
        "as text",
    ),
]


@pytest.mark.parametrize(("kind", "pattern", "subject", "answer", "why"), CASES)
def test_answer_has_its_reason(kind: Kind, pattern: dict[str, Any], subject: Any, answer: Answer, why: str) -> None:
    verdict = verdicts.judge(engine.shared(), Question(kind, json.dumps(pattern), subject))

    assert verdict.answer is answer
    assert why in verdict.reason


@pytest.mark.parametrize(
    ("attributes", "answer", "why"),
    [
        ({"status": ("String", "paid")}, YES, "takes status"),
        ({"status": ("String", "placed")}, NO, 'status is "placed", not "paid" or "shipped"'),
        ({"status": ("String.Array", '["new", "paid"]')}, YES, "takes status"),
        ({}, NO, "status is absent"),
    ],
)
def test_attributes_are_read_by_their_type(attributes: dict[str, tuple[str, str]], answer: Answer, why: str) -> None:
    typed = {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items()}

    verdict = verdicts.judge(engine.shared(), Question("attributes", '{"status": ["paid", "shipped"]}', {}, typed))

    assert verdict.answer is answer
    assert why in verdict.reason


def test_name_that_stands_twice_in_a_pattern_cannot_be_told() -> None:
    verdict = verdicts.judge(engine.shared(), Question("event", '{"source": ["a"], "source": ["shop.till"]}', EVENT))

    assert verdict == Verdict(
        UNKNOWN, ("the pattern names source twice in one object, and JSON leaves open which of them counts",)
    )


def test_second_matcher_agrees_wherever_the_first_is_asked() -> None:
    cases = [
        witness.Case(f"{pattern}", Question(kind, json.dumps(pattern), subject))
        for kind, pattern, subject, *_ in CASES
        if "no one element" not in _[1]
    ]

    assert witness.compare(cases) == []


def test_second_matcher_is_noticed_when_it_disagrees() -> None:
    """LocalEmu takes two leaves that match in two elements of a list."""
    apart = {"detail": {"lines": {"sku": ["MUG"], "quantity": [9]}}}

    (difference,) = witness.compare([witness.Case("apart", Question("event", json.dumps(apart), EVENT))])

    assert difference == "apart: does not match and matches"


def test_aws_is_asked_about_events_and_the_matcher_about_all_else() -> None:
    seen: list[str] = []

    def answer(*, EventPattern: str, Event: str) -> dict[str, bool]:  # noqa: N803 - as boto3 has them
        seen.append(Event)
        if "refused" in EventPattern:
            raise KeyError("Event pattern is not valid")
        return {"Result": "paid" in EventPattern}

    client = SimpleNamespace(
        test_event_pattern=answer, exceptions=SimpleNamespace(InvalidEventPatternException=KeyError)
    )
    asked = [
        Question("event", '{"detail": {"status": ["paid"]}}', EVENT),
        Question("event", '{"detail": {"status": ["refused"]}}', EVENT),
        Question("body", '{"status": ["paid"]}', {"status": "paid"}),
    ]

    replies = Aws(client).ask(asked)

    assert replies == [Reply(match=True), Reply(invalid="'Event pattern is not valid'"), Reply(match=True)]
    assert list(map(json.loads, seen)) == [EVENT, EVENT]
