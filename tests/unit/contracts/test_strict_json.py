import json
import math
import pickle
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.strict_json import StrictJsonError, loads

MEGABYTE = 1_000_000
NON_SURROGATE_CHARACTERS = st.characters(exclude_categories=["Cs"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18) + 1, 10**18 - 1) | st.text(NON_SURROGATE_CHARACTERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(NON_SURROGATE_CHARACTERS), inner),
    max_leaves=25,
)


def parse_error(text: str | bytes, **options: Any) -> StrictJsonError:
    with pytest.raises(StrictJsonError) as error_info:
        loads(text, **{"max_bytes": MEGABYTE, **options})
    return error_info.value


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
@example({"𝄞": "\ud834\udd1e".encode("utf-16", "surrogatepass").decode("utf-16")}, None, True)
def test_valid_document_is_parsed_like_json(value: Any, indent: int | None, is_ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii_only)

    assert loads(text, max_bytes=MEGABYTE) == json.loads(text) == value
    assert loads(text.encode(), max_bytes=MEGABYTE) == value


@given(st.text(st.sampled_from('{}[]",:\\u dD8c0129.eE+-NaInfitruelsx\n\x00é\ud800\ufeff')) | st.binary(max_size=40))
def test_any_document_is_parsed_or_rejected(text: str | bytes) -> None:
    outcome = result_or_error(text)

    if isinstance(outcome, StrictJsonError):
        assert 0 <= outcome.position <= len(text)
    else:
        assert outcome == json.loads(text)


def result_or_error(text: str | bytes) -> Any:
    try:
        return loads(text, max_bytes=MEGABYTE)
    except StrictJsonError as error:
        return error


# Invalid texts by reason, with the position of the violation.
INVALID_TEXTS: list[tuple[str, dict[str | bytes, int]]] = [
    ("syntax", {"": 0, "  ": 2, "{": 1, "{} x": 3, "{'a': 1}": 1, "[1,]": 2, "01": 1, "[tru]": 1}),
    ("syntax", {'"a\nb"': 2, '"\\x41"': 1, '"open': 0}),
    ("byte_order_mark", {"\ufeff{}": 0, b"\xef\xbb\xbf{}": 0}),
    ("invalid_utf8", {b"\xff\xfe{\x00}\x00": 0, b'{"a": "\xe4"}': 7, b'"\xed\xa0\x80"': 1, b'"\xc0\xaf"': 1}),
    (
        "duplicate_key",
        {'{"a": 1, "b": 2, "a": 3}': 17, '{"a": 1, "\\u0061": 2}': 9, '[["a", "a"], {"": 1, "": 2}]': 21},
    ),
    ("duplicate_key", {'{"a": [{"b": 1}, {"b": 1, "b": 1}]}': 26, '{"a": {"a": 1}, "b": "a", "a": 1}': 26}),
    ("duplicate_key", {'{"say \\"a\\"": 1, "say \\"a\\"": 2}': 17}),
    ("not_a_number", {"NaN": 0, '{"NaN": NaN}': 8, "[1, Infinity]": 4, "[-Infinity]": 1}),
    ("not_a_whole_number", {"1e999": 0, '{"a": -1e999}': 6, "1.0": 0, '["1.0", 1e3]': 8, "-0.0": 0, "[1.5]": 1}),
    ("not_a_whole_number", {"[0." + "1" * 5_000 + "]": 1}),
    ("number_too_long", {"1234567890123456789": 0, "[-1234567890123456789]": 1, "9" * 5_000: 0}),
    ("lone_surrogate", {'"\\ud800"': 1, '["ok", "\\uDFFF"]': 8, '"\\udc00\\ud800"': 1, '"\\ud83c\\ud83c\\udf75"': 1}),
    ("lone_surrogate", {'"\\\\\\ud800"': 3, '{"\\ud800": 1}': 2, '"\ud800"': 1}),
]


@pytest.mark.parametrize(
    ("text", "reason", "position"), [(key, reason, at) for reason, texts in INVALID_TEXTS for key, at in texts.items()]
)
def test_error_has_reason_and_position(text: str | bytes, reason: str, position: int) -> None:
    error = parse_error(text)

    assert (error.reason, error.position) == (reason, position)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83c\\udf75"', "🍵"),
        ('"\\\\ud800"', "\\ud800"),
        ('"\\\\\\\\udfff \\uD83C\\uDF75"', "\\\\udfff 🍵"),
        ('{"a": {"a": {"a": 1}}, "b": ["a", "a"]}', {"a": {"a": {"a": 1}}, "b": ["a", "a"]}),
        ("999999999999999999", 999_999_999_999_999_999),
        ("-999999999999999999", -999_999_999_999_999_999),
        ('"NaN 1.0 {{{ \\" [[["', 'NaN 1.0 {{{ " [[['),
        ("-0", 0),
    ],
)
def test_text_that_resembles_a_violation_is_accepted(text: str, value: Any) -> None:
    assert loads(text, max_bytes=MEGABYTE) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"rate": 1.0832, "id": 7}', {"rate": 1.0832, "id": 7}),
        ("[10.0, 1e3, -0.0, 1e-999]", [10.0, 1000.0, 0.0, 0.0]),
        ("[1e999, -1e999]", [math.inf, -math.inf]),
        ("1234567890123456789", 1234567890123456789.0),
        ("9" * 5_000, math.inf),
        ('"\\ud83d"', "\ud83d"),
        ('{"\\udc00": ["\\ud800\\ud800"]}', {"\udc00": ["\ud800\ud800"]}),
    ],
)
def test_every_value_is_accepted_when_values_are_not_checked(text: str, value: Any) -> None:
    result = loads(text, max_bytes=MEGABYTE, reject_inexact_values=False)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(('{"a": 1.5, "a": 2}', "duplicate_key"), ("[" * 33 + "]" * 33, "too_deep"), (b'"\xff"', "invalid_utf8")),
        *(('{"a": 1.5, "b": NaN}', "not_a_number"), ("[1.5, -Infinity]", "not_a_number")),
        *(("[1.5", "syntax"), ("1.", "syntax"), ('"' + "x" * MEGABYTE + '"', "too_large")),
    ],
)
def test_structure_is_checked_when_values_are_not(text: str | bytes, reason: str) -> None:
    assert parse_error(text, reject_inexact_values=False).reason == reason


@pytest.mark.parametrize("json_prefix", ["[", '{"a":', '[{"a":'])
def test_nesting_that_would_exhaust_the_parser_is_too_deep(json_prefix: str) -> None:
    error = parse_error(json_prefix * 100_000)

    assert error.reason == "too_deep"
    assert error.detail == "the JSON must be nested at most 32 levels deep"


def test_document_of_maximum_depth_is_accepted() -> None:
    value = loads("[" * 32 + "]" * 32, max_bytes=MEGABYTE)

    assert json.dumps(value) == "[" * 32 + "]" * 32


def test_error_has_the_position_of_the_bracket_that_is_too_deep() -> None:
    text = '["[[[", {"]": "\\"["}, ' + "[" * 32 + "1" + "]" * 32 + "]"

    assert parse_error(text).position == text.index("[" * 32) + 31


def test_document_that_exceeds_the_recursion_limit_is_rejected() -> None:
    error = parse_error("[" * 400_000, max_depth=MEGABYTE)

    assert error.reason == "too_deep"


@pytest.mark.parametrize("text", ['"ab"', '"é"', '"é"'.encode()])
def test_size_limit_is_in_bytes(text: str | bytes) -> None:
    assert loads(text, max_bytes=4) in ("ab", "é")

    error = parse_error(text, max_bytes=3)

    assert (error.reason, error.detail) == ("too_large", "the text is longer than 3 bytes")


PERSONAL_TEXTS = ['{"jane@x": 1, "jane@x": 2}', '["jane", 1.5]', '{"jane": "\\ud800"}', '"jane', '{"jane": jane}']


@pytest.mark.parametrize("text", PERSONAL_TEXTS)
def test_error_never_quotes_the_text(text: str) -> None:
    error = parse_error(text)

    assert "jane" not in f"{error} {error!r} {error.detail}"
    assert error.__cause__ is None


def test_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(parse_error("[1.5]")))  # noqa: S301

    assert (error.reason, error.position) == ("not_a_whole_number", 1)
    assert str(error) == "only whole numbers are allowed, without fraction or exponent (at position 1)"


@pytest.mark.parametrize(
    "text",
    [
        *(character * MEGABYTE for character in ("[", '"', "\\", "-", "1", " ")),
        *('\\"' * (MEGABYTE // 2), '"' + '\\"' * (MEGABYTE // 2 - 1)),
        "[" + '"\\"[",' * (MEGABYTE // 7) + "1.5]",
        "[" + "1," * (MEGABYTE // 2 - 4) + "1.5]",
        "[" + "[]," * (MEGABYTE // 3 - 4) + "NaN]",
        *(start + "1" * (MEGABYTE - 2) for start in ("1e", "1.")),
        '"' + "\\ud83c\\udf75" * (MEGABYTE // 13) + '\\ud800"',
        "{" + ",".join(f'"{number}":{{}}' for number in range(80_000)) + ',"7":1}',
    ],
    ids=lambda text: text[:12].strip() or "blank",
)
def test_malicious_document_is_rejected_quickly(text: str) -> None:
    start_time = time.process_time()

    with pytest.raises(StrictJsonError):
        loads(text, max_bytes=2 * MEGABYTE)

    # An algorithm with quadratic time would take minutes.
    assert time.process_time() - start_time < 5
