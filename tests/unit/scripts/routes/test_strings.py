"""Strings that several regular expressions match, checked with Python's `re`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow_cli.routes import strings

ANYTHING = r"[\s\S]*"


@pytest.mark.parametrize(
    ("expressions", "bounds", "expected"),
    [
        ((r"ord_[a-z2-7]{4}", r"ord_z[\s\S]*"), (0, None), "ord_z222"),
        ((r"ord_[a-z2-7]{4}", r"ORD_[\s\S]*"), (0, None), None),
        ((r"[A-Z]{2,3}", r"[\s\S]*[a-z]"), (0, None), None),
        ((r"(a|bc)+d?", r"[\s\S]{4}"), (0, None), "aaaa"),
        ((r"[^a-y]*", r"[\s\S]*z"), (3, None), "  z"),
        ((r"\d{3}-\w+",), (0, 4), None),
        ((r"\d{3}-\w+",), (0, 5), "000-0"),
        ((r"",), (0, None), ""),
    ],
)
def test_shortest_common_text_is_found(
    expressions: tuple[str, ...], bounds: tuple[int, int | None], expected: str | None
) -> None:
    text = strings.shortest_match(expressions, *bounds)

    assert (text is None) is (expected is None)
    if text is not None and expected is not None:
        assert len(text) == len(expected)
        assert all(re.fullmatch(one, text) for one in expressions)


@pytest.mark.parametrize(
    ("inner", "outer", "is_contained"),
    [
        ("[a-f]{3}", "[a-z]{3}", True),
        ("[a-z]{3}", "[a-f]{3}", False),
        ("ab|cd", "[a-d]{2}", True),
        ("[a-d]{2}", "ab|cd", False),
        ("a[ab]{3}", "[ab][ab][ab][ab]", True),
        (ANYTHING, "[^\n]*", False),
    ],
)
def test_text_that_matches_only_the_first_expression_is_found(inner: str, outer: str, is_contained: bool) -> None:
    text = strings.shortest_difference(inner, outer)

    assert (text is None) is is_contained
    if text is not None:
        assert re.fullmatch(inner, text)
        assert not re.fullmatch(outer, text)


@pytest.mark.parametrize("expression", [r"(?=a)b", r"(a)\1", r"a{99999}", "("])
def test_unsupported_expression_is_undecidable(expression: str) -> None:
    with pytest.raises(strings.UndecidedError):
        strings.shortest_match((expression,))


@given(st.text("ab*?[\\^", max_size=6), st.sampled_from(["prefix", "suffix", "equals-ignore-case"]))
def test_condition_becomes_an_expression(operand: str, name: str) -> None:
    (expression,) = strings.condition_regexes(name, operand)
    text = strings.shortest_match((expression, ANYTHING))

    assert text is not None
    checks = {"prefix": text.startswith(operand), "suffix": text.endswith(operand)}
    assert checks.get(name, text.lower() == operand.lower())


@pytest.mark.parametrize(
    ("wildcard", "matching", "other"),
    [("a*c", ["ac", "abbc"], ["ab", "xac"]), (r"a\*c", ["a*c"], ["abc"]), ("*", ["", "x"], [])],
)
def test_wildcard_matches_like_eventbridge(wildcard: str, matching: list[str], other: list[str]) -> None:
    (expression,) = strings.condition_regexes("wildcard", wildcard)

    assert [text for text in [*matching, *other] if re.fullmatch(expression, text)] == matching
