"""Splits a file into lines while reading it in chunks, with at most one chunk and one line in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The longest valid row has about 1,000 bytes.
MAX_LINE_BYTES = 4_096
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line break. `number` starts at 1; `content` is only the beginning if `is_truncated`."""

    number: int
    content: bytes
    is_truncated: bool = False


def split_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of a file; they can end in LF or CRLF, and the file can begin with a byte order mark.

    A line break always ends a line, even within quotation marks, so that an unclosed quotation mark makes only its
    own line invalid and not the rest of the file."""
    number = 0
    partial_line = b""
    for chunk in chunks:
        line_end, *line_starts = chunk.split(b"\n")
        partial_line += line_end
        for line_start in line_starts:
            number += 1
            yield _line(number, partial_line)
            partial_line = line_start
        # One byte more than allowed suffices to detect that the line is too long.
        partial_line = partial_line[: MAX_LINE_BYTES + len(_BYTE_ORDER_MARK) + 1]
    if partial_line:
        yield _line(number + 1, partial_line)


def _line(number: int, content: bytes) -> Line:
    if number == 1:
        content = content.removeprefix(_BYTE_ORDER_MARK)
    if len(content) > MAX_LINE_BYTES:
        return Line(number, content[:MAX_LINE_BYTES], is_truncated=True)
    return Line(number, content.removesuffix(b"\r"))
