"""Every verdict has a reason: what matched, which leaf did not, or why the question is undecidable."""

import contextlib
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from dev.commands import witness
from orderflow_cli import ROOT
from orderflow_cli.routes import Answer, Verdict, engine, event, verdicts
from orderflow_cli.routes.engine import AwsEngine, Kind, Question, Reply
from orderflow_cli.routes.settings import Settings

YES, NO, UNKNOWN = Answer
LINES = {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "TEE", "quantity": 9}]}
EVENT = event("shop.till", "OrderPlaced", {"status": "paid", "amount": 7, "tags": ["a", "b", "c", "d"], **LINES}).body
OR_PATTERN = {"$or": [{"source": ["web"], "detail-type": ["X"]}, {"detail": {"amount": [8]}}]}
NO_ELEMENT = "no single element of a list matches all of detail.lines.sku, detail.lines.quantity"
BOTH_MISMATCHES = 'source is "shop.till", not "web"; detail.status is "paid", not "Paid"'

CASES: list[tuple[Kind, dict[str, Any], Any, Answer, str]] = [
    ("event", {"source": ["shop.till"], "detail": {"amount": [7]}}, EVENT, YES, "matches source, detail.amount"),
    ("event", {"source": [{"prefix": "web."}]}, EVENT, NO, 'source is "shop.till", not prefix "web."'),
    ("event", {"detail": {"colour": ["red"]}}, EVENT, NO, 'detail.colour is absent, not "red"'),
    ("event", {"detail": {"amount": ["7"]}}, EVENT, NO, 'detail.amount is 7, not "7"'),
    ("event", {"detail": {"tags": ["z"]}}, EVENT, NO, 'detail.tags is "a" and "b" and "c" and 1 more, not "z"'),
    ("event", {"source": ["web"], "detail": {"status": ["Paid"]}}, EVENT, NO, BOTH_MISMATCHES),
    ("event", OR_PATTERN, EVENT, NO, "detail.amount is 7, not 8"),
    ("event", {"detail": {"lines": {"sku": ["MUG"], "quantity": [9]}}}, EVENT, NO, NO_ELEMENT),
    ("event", {"detail": {"amount": [{"numeric": [">", 7]}]}}, EVENT, NO, "detail.amount is 7, not a number > 7"),
    ("event", {"detail": {"status": [{"exists": False}]}}, EVENT, NO, 'detail.status is "paid", not absent'),
    ("event", {"detail": {"status": [{"is": "paid"}]}}, EVENT, NO, "AWS rejects the pattern: Unrecognized match type"),
    ("event", {"detail": {"a": [{"wildcard": "*a*b*c*d*"}]}}, EVENT, UNKNOWN, "may be too complex for AWS"),
    ("event", {"detail": {"a": {"b": ["x"]}}}, {**EVENT, "detail": {"a.b": "x"}}, UNKNOWN, "has a dot in its name"),
    ("event", {"detail": {"a": ["x"]}}, {**EVENT, "detail": '{"a": "x"}'}, UNKNOWN, "detail is text"),
    ("body", {"lines": {"sku": ["MUG"]}}, LINES, YES, "matches lines.sku"),
    ("body", {"a.b": ["x"]}, {"a": {"b": "x"}}, UNKNOWN, "a field with a dot in its name"),
    ("body", {"status": ["paid"]}, {"status": "paid"}, YES, "matches status"),
    ("body", {"status": ["paid"]}, {"status": "placed"}, NO, 'status is "placed", not "paid"'),
    ("record", {"body": {"a": [1]}}, {"body": {"a": 1}}, YES, "matches body.a"),
    (
        "record",
        {"dynamodb": {"a": {"N": [{"numeric": [">", 1]}]}}},
        {"dynamodb": {"a": {"N": "2"}}},
        UNKNOWN,
        "as text",
    ),
]


@pytest.mark.parametrize(("kind", "pattern", "subject", "answer", "reason"), CASES)
def test_verdict_has_its_reason(kind: Kind, pattern: dict[str, Any], subject: Any, answer: Answer, reason: str) -> None:
    verdict = verdicts.decide_match(engine.local_engine(), Question(kind, json.dumps(pattern), subject))

    assert verdict.answer is answer
    assert reason in verdict.reason


# Filter policies for one field, the values that match, and those that do not; null means that the field is absent.
# The answers are those of https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and related pages, and
# those that LocalStack recorded from AWS (tests/aws/services/sns/test_sns_filter_policy.py).
CONDITION_CASES: list[tuple[str, str, str]] = [
    ('["a", "b"]', '["a", "b", ["x", "b"]]', '["c", "A", null, ["x"]]'),
    ('[{"anything-but": "a"}]', '["b", ["b", "c"]]', '["a", null, ["a"]]'),
    ('[{"anything-but": ["a", "b"]}]', '["c", ["c", "d"]]', '["a", "b", null]'),
    ('[{"anything-but": {"prefix": "te"}}]', '["a"]', '["test", null]'),
    ('[{"anything-but": [1, 2]}]', "[3]", "[1, 2]"),
    ('[{"prefix": "so"}]', '["soccer", ["rugby", "soccer"]]', '["xso", null]'),
    ('[{"suffix": "er"}]', '["soccer", ["rugby", "soccer"]]', '["err", null]'),
    ('[{"equals-ignore-case": "paid"}]', '["PAID", "paid"]', '["payed", null]'),
    ('[{"exists": true}]', '["a", 1, ["a"]]', "[null]"),
    ('[{"exists": false}]', "[null]", '["a", 1]'),
    ('[{"exists": false}, "a"]', '[null, "a"]', '["b"]'),
    ('[{"numeric": ["=", 5]}]', "[5, 5.0]", "[6, null]"),
    ('[{"numeric": [">", 0, "<=", 100]}]', "[1, 100, 99.5, [1, 500]]", "[0, 101, -1, [500]]"),
    ('[{"cidr": "10.0.0.0/24"}]', '["10.0.0.255"]', '["10.0.1.0", "10.0.0.256"]'),
    ('[{"cidr": "2001:db8:1234:1a00::/64"}]', '["2001:0db8:1234:1a00::"]', '["2001:0db8:123f:1a01::1"]'),
]
S3_FILTER_POLICY = '{"Records": {"s3": {"key": [{"prefix": "auto-"}]}, "event": [{"prefix": "Created:"}]}}'
NESTED_OR_POLICY = '{"$or": [{"m": ["a", "b"]}, {"n": ["c"]}], "d": {"s": ["S"], "$or": [{"x": ["1"]}, {"t": ["2"]}]}}'
BODY_CASES: list[tuple[str, str, str]] = [
    (
        S3_FILTER_POLICY,
        '[{"Records": [{"event": "Created:Put", "s3": [[{"key": "auto-1"}]]}, {"event": "Gone", "s3": {"key": "x"}}]}]',
        '[{"Records": [{"event": "Removed:x", "s3": {"key": "auto-1"}}]}, {"Records": []}]',
    ),
    ('{"h": {"to": ["q1"]}}', '[{"h": {"to": ["q1", "q2"]}}]', '[{"h": {"to": ["q3"]}}, {"h": []}, {"h": "q1"}]'),
    (
        NESTED_OR_POLICY,
        '[{"m": "a", "d": {"s": "S", "x": "1"}}, {"n": "c", "d": {"s": "S", "t": "2"}}]',
        '[{"m": "z", "d": {"s": "S", "x": "1"}}, {"m": "a", "d": {"s": "S"}}, {"n": "c", "s": "S"}]',
    ),
    ('{"d": {"v": [""]}}', '[{"d": {"v": "", "r": null}, "list": []}]', '[{"d": {"v": null}}, {"d": {}}]'),
    ('{"d": {"v": [null]}}', '[{"d": {"v": null}}]', '[{"d": {}}, {"d": {"v": 1}}, {"d": {"v": ""}}]'),
    ('{"d": {"v": [{"exists": false}]}}', '[{"d": {}}, {"d": {"w": 1}}]', '[{"d": {"v": 1}}]'),
    ('{"d": {"v": [{"exists": true}]}}', '[{"d": {"v": 1}}, {"d": {"v": [1]}}]', '[{"d": {}}, {"d": {"v": {"x": 1}}}]'),
    ('{"d": {"$or": [{"a": [{"cidr": "::/8"}]}, {"b": [7]}]}}', '[{"d": {"a": "::9"}}, {"d": {"b": 7}}]', "[{}]"),
]


def sns_attributes(value: Any) -> dict[str, dict[str, str]]:
    data_type = "String.Array" if isinstance(value, list) else "String" if isinstance(value, str) else "Number"
    text = value if isinstance(value, str) else json.dumps(value)
    field = {} if value is None else {"k": {"DataType": data_type, "StringValue": text}}
    return {"other": {"DataType": "String", "StringValue": "x"}} | field


def subscription_cases() -> Iterator[tuple[Question, Answer]]:
    for condition, *expected in CONDITION_CASES:
        for answer, values in zip((YES, NO), map(json.loads, expected), strict=True):
            for value in values:
                policy, body = f'{{"k": {condition}}}', {"other": "x"} | ({} if value is None else {"k": value})
                yield Question("body", policy, body), answer
                yield Question("attributes", policy, {}, sns_attributes(value)), answer
    for policy, *expected in BODY_CASES:
        for answer, values in zip((YES, NO), map(json.loads, expected), strict=True):
            yield from ((Question("body", policy, one), answer) for one in values)


def test_filter_policies_match_as_on_aws() -> None:
    questions = list(subscription_cases())

    mismatches = [q for q, answer in questions if verdicts.decide_match(engine.local_engine(), q).answer is not answer]
    # LocalEmu also compares the numbers in anything-but with strings.
    compared_questions = [one for one, _ in questions if "[1, 2]" not in one.pattern]

    assert (len(questions), mismatches) == (153, [])
    assert witness.compare([witness.Case(str(one), one) for one in compared_questions]) == []


# Policies as in examples/ and tests/roots/, which no environment uses.
POLICIES: list[tuple[Kind, str]] = [
    ("attributes", '{"event_type": ["OrderChanged"], "status": ["paid"]}'),
    ("attributes", '{"status": [{"anything-but": ["placed"]}]}'),
    ("attributes", '{"to": ["function"]}'),
    ("body", '{"data": {"channel": ["web"], "after": {"total": {"amount": [{"numeric": [">", 10]}]}}}}'),
    ("body", '{"data": {"after": {"lines": {"sku": [{"prefix": "TEE"}], "quantity": [2]}}}}'),
    ("body", '{"metadata": {"event_type": ["OrderChanged"]}, "data": {"channel": [{"anything-but": ["pos"]}]}}'),
    ("body", '{"data": {"status": ["paid"], "changed_fields": ["status"]}}'),
]


def test_both_matchers_agree_on_the_policies_of_the_examples() -> None:
    contracts = Settings.load(ROOT / "terraform" / "routes.toml").contracts
    messages = [one for contract in contracts if contract.carrier == "topic" for one in contract.messages()]
    questions = [Question(kind, text, one.body, one.attributes) for kind, text in POLICIES for one in messages]

    matching_questions = [one for one in questions if verdicts.decide_match(engine.local_engine(), one).answer is YES]

    assert {one.pattern for one in matching_questions} == {text for _, text in POLICIES} - {'{"to": ["function"]}'}
    assert witness.compare([witness.Case(one.pattern, one) for one in questions]) == []


REJECTED_CONDITIONS = [
    *('[["v"]]', "[]", '"v"', '{"suffix": "v"}', '[{"wrong": true}]', '[{"suffix": "v", "prefix": "w"}]'),
    *('[{"suffix": 1}]', '[{"suffix": null}]', '[{"suffix": []}]', '[{"suffix": ["a", "b"]}]', '[{"wildcard": "a*"}]'),
    *(f'[{{"cidr": {one}}}]' for one in ('["bad"]', '"bad"', '"bad/64"', '"xx.11.xx/8"', '"xxxx:db8::/64"')),
    *(f'[{{"numeric": {one}}}]' for one in ("[]", '["op"]', '[1, "<="]', '["=", "0"]', '[">="]', '[">", 20, 30]')),
    *(f'[{{"numeric": {one}}}]' for one in ('["<", 100, ">", 10]', '[">=", 1, ">", 2]', '[">", 3, "<", 1]')),
    *(f'[{{"numeric": {one}}}]' for one in ('[">", 20, "<="]', '[">", 20, "<", "30"]', '[">", 2, "<", 3, "<", 5]')),
    *('[{"exists": null}]', '[{"exists": "no"}]', '[{"prefix": {"equals-ignore-case": "a"}}]'),
    *(f'[{{"anything-but": {one}}}]' for one in ('{"wrong": null}', '{"suffix": "t"}', '{"exists": false}')),
    *(f'[{{"anything-but": {one}}}]' for one in ('{"prefix": false}', '{"wildcard": "t*"}', '{"prefix": ["a", "b"]}')),
]


def test_policies_that_sns_rejects_are_rejected() -> None:
    questions = [Question("attributes", f'{{"k": {condition}}}') for condition in REJECTED_CONDITIONS]

    assert [one.pattern for one in questions if not verdicts.rejection_reason(one.kind, one.pattern)] == []
    with contextlib.closing(engine.LocalEngine("localemu")) as localemu:
        replies = zip(questions, localemu.ask(questions), strict=True)
        assert [one.pattern for one, reply in replies if not reply.rejection_reason] == []


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Question("attributes", '{"k": [5]}', {}, sns_attributes("5")), "only for elements of a String.Array"),
        (Question("attributes", '{"k": [{"numeric": ["=", 5]}]}', {}, sns_attributes("5")), "of type Number"),
        (Question("attributes", '{"k": [{"anything-but": ["a"]}]}', {}, sns_attributes(["a", "b"])), "both a match"),
        (Question("body", '{"k": [{"exists": true}]}', {"k": None}), "null or empty"),
        (Question("body", '{"k": [{"exists": false}]}', {}), "the message is {}"),
        (Question("body", '{"l": {"a": [1], "b": [2]}}', {"l": [{"a": 1}, {"b": 2}]}), "no single element"),
    ],
)
def test_undocumented_behaviour_of_sns_is_undecidable(question: Question, reason: str) -> None:
    verdict = verdicts.decide_match(engine.local_engine(), question)

    assert verdict.answer is UNKNOWN
    assert reason in verdict.reason


def test_match_is_undecidable_when_the_pattern_has_a_duplicate_name() -> None:
    question = Question("event", '{"source": ["a"], "source": ["shop.till"]}', EVENT)
    verdict = verdicts.decide_match(engine.local_engine(), question)

    assert verdict == Verdict(
        UNKNOWN, ("the pattern names source twice in one object, and JSON does not define which value counts",)
    )


def test_both_matchers_agree() -> None:
    cases = [
        witness.Case(f"{pattern}", Question(kind, json.dumps(pattern), subject))
        for kind, pattern, subject, *_ in CASES
        if "no single element" not in _[1]
    ]

    assert witness.compare(cases) == []


def test_disagreement_of_the_matchers_is_reported() -> None:
    """LocalEmu accepts two leaves that match in different elements of a list."""
    pattern = {"detail": {"lines": {"sku": ["MUG"], "quantity": [9]}}}

    (difference,) = witness.compare([witness.Case("apart", Question("event", json.dumps(pattern), EVENT))])

    assert difference == "apart: MiniStack does not match, LocalEmu matches"


def test_aws_is_called_only_for_event_patterns() -> None:
    events: list[str] = []

    def answer(*, EventPattern: str, Event: str) -> dict[str, bool]:  # noqa: N803 - as boto3 has them
        events.append(Event)
        if "refused" in EventPattern:
            raise KeyError("Event pattern is not valid")
        return {"Result": "paid" in EventPattern}

    client = SimpleNamespace(
        test_event_pattern=answer, exceptions=SimpleNamespace(InvalidEventPatternException=KeyError)
    )
    questions = [
        Question("event", '{"detail": {"status": ["paid"]}}', EVENT),
        Question("event", '{"detail": {"status": ["refused"]}}', EVENT),
        Question("body", '{"status": ["paid"]}', {"status": "paid"}),
    ]

    replies = AwsEngine(client).ask(questions)

    assert replies == [Reply(match=True), Reply(rejection_reason="'Event pattern is not valid'"), Reply(match=True)]
    assert list(map(json.loads, events)) == [EVENT, EVENT]
