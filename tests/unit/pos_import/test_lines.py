"""Splitting a file into lines of limited length, regardless of its chunk boundaries."""

import itertools
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from pos_import.lines import MAX_LINE_BYTES, Line, split_lines


@given(
    content=st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\r", b'"', "ß".encode(), b"\xef\xbb\xbf"])).map(
        b"".join
    ),
    boundaries=st.lists(st.integers(0, 40)),
)
def test_lines_do_not_depend_on_the_chunks(content: bytes, boundaries: list[int]) -> None:
    positions = sorted({0, len(content), *(boundary for boundary in boundaries if boundary <= len(content))})
    chunks = [content[start:end] for start, end in itertools.pairwise(positions)]

    assert list(split_lines(chunks)) == list(split_lines([content]))


def test_lines_end_in_lf_or_crlf_and_are_counted_from_one() -> None:
    assert list(split_lines([b"a\r\nb\n\nc"])) == [Line(1, b"a"), Line(2, b"b"), Line(3, b""), Line(4, b"c")]


def test_byte_order_mark_is_removed() -> None:
    assert list(split_lines([b"\xef", b"\xbb\xbfa\n\xef\xbb\xbfb"])) == [Line(1, b"a"), Line(2, b"\xef\xbb\xbfb")]


def test_empty_file_has_no_lines() -> None:
    assert list(split_lines([])) == list(split_lines([b""])) == []


def test_line_is_truncated_when_it_is_too_long() -> None:
    longest_line, too_long_line = b"x" * MAX_LINE_BYTES, b"y" * (MAX_LINE_BYTES + 1)

    lines = list(split_lines([longest_line + b"\n" + too_long_line + b"\nz"]))

    assert lines == [Line(1, longest_line), Line(2, b"y" * MAX_LINE_BYTES, is_truncated=True), Line(3, b"z")]


def test_memory_is_bounded_for_an_endless_line() -> None:
    chunks = (b"x" * 65_536 for _ in range(500))

    tracemalloc.start()
    try:
        (line,) = split_lines(chunks)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert line == Line(1, b"x" * MAX_LINE_BYTES, is_truncated=True)
    assert peak_bytes < 1_048_576
