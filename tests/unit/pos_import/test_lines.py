"""Splitting a file into lines of limited length, independent of its chunks."""

import itertools
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from pos_import.lines import MAX_LINE_BYTES, Line, lines_of


@given(
    content=st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\r", b'"', "ß".encode(), b"\xef\xbb\xbf"])).map(
        b"".join
    ),
    cuts=st.lists(st.integers(0, 40)),
)
def test_lines_do_not_depend_on_the_chunks(content: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(content), *(cut for cut in cuts if cut <= len(content))})
    pieces = [content[start:end] for start, end in itertools.pairwise(places)]

    assert list(lines_of(pieces)) == list(lines_of([content]))


def test_lines_end_in_lf_or_crlf_and_are_counted_from_one() -> None:
    assert list(lines_of([b"a\r\nb\n\nc"])) == [Line(1, b"a"), Line(2, b"b"), Line(3, b""), Line(4, b"c")]


def test_byte_order_mark_is_removed() -> None:
    assert list(lines_of([b"\xef", b"\xbb\xbfa\n\xef\xbb\xbfb"])) == [Line(1, b"a"), Line(2, b"\xef\xbb\xbfb")]


def test_empty_file_has_no_lines() -> None:
    assert list(lines_of([])) == list(lines_of([b""])) == []


def test_too_long_line_is_cut() -> None:
    allowed, too_long = b"x" * MAX_LINE_BYTES, b"y" * (MAX_LINE_BYTES + 1)

    lines = list(lines_of([allowed + b"\n" + too_long + b"\nz"]))

    assert lines == [Line(1, allowed), Line(2, b"y" * MAX_LINE_BYTES, is_cut=True), Line(3, b"z")]


def test_memory_is_bounded_for_an_endless_line() -> None:
    pieces = (b"x" * 65_536 for _ in range(500))

    tracemalloc.start()
    try:
        (line,) = lines_of(pieces)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert line == Line(1, b"x" * MAX_LINE_BYTES, is_cut=True)
    assert peak < 1_048_576
