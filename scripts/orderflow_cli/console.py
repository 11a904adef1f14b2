"""Terminal output: lines, timed steps, tables. Standard library only, except for what `rich` draws."""

import os
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from orderflow_cli import UserError

if TYPE_CHECKING:
    from rich.console import Console

HEARTBEAT_SECONDS = 15.0
_output_lock = threading.Lock()
_output_options = {"stdout_reserved": False}


def reserve_stdout(*, enabled: bool) -> None:
    """Reserve standard output for `emit`: text for people goes to standard error."""
    _output_options["stdout_reserved"] = enabled


def _text_stream() -> TextIO:
    return sys.stderr if _output_options["stdout_reserved"] else sys.stdout


def is_interactive() -> bool:
    """Return whether lines can be rewritten in place: on a capable terminal, unless CI is set."""
    return _text_stream().isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def say(text: str = "", hanging_indent: int | None = None) -> None:
    """Print a line for people. On a terminal, a long line is wrapped between words; its continuation is
    indented by `hanging_indent` columns, or like the line itself if that is None."""
    with _output_lock:
        print(wrap_to_terminal(text, _text_stream(), hanging_indent), file=_text_stream(), flush=True)


def emit(text: str) -> None:
    """Print a machine-readable line to standard output, without wrapping."""
    with _output_lock:
        print(text, flush=True)


def warn(text: str) -> None:
    print(wrap_to_terminal(f"orderflow: {text}", sys.stderr), file=sys.stderr, flush=True)


def columns() -> int:
    """Return the width of the terminal, but at least 20; COLUMNS overrides the width."""
    return max(20, shutil.get_terminal_size().columns)


def wrap_to_terminal(text: str, stream: TextIO, hanging_indent: int | None = None) -> str:
    """Wrap the text to the width of the stream's terminal; return it unchanged if the stream is not a terminal."""
    if not stream.isatty():
        return text
    return "\n".join(_wrap_line(line, columns(), hanging_indent) for line in text.split("\n"))


def _wrap_line(line: str, width: int, hanging_indent: int | None) -> str:
    if len(line) <= width:
        return line
    match = re.match(r"\s*(?:[✓✗…] )?", line)
    indent = " " * (hanging_indent if hanging_indent is not None else len(match[0] if match else ""))
    lines = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def pluralize(number: int, noun: str, plural: str | None = None) -> str:
    """Format a number of things: `1 order`, `2 orders`, `1,204 replies`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def confirm(question: str) -> bool:
    """Ask for confirmation. Raises UserError if standard input is not a terminal."""
    if not sys.stdin.isatty():
        raise UserError(f"{question} Standard input is not a terminal; confirm with --yes.")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def format_duration(seconds: float) -> str:
    """Format a duration: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 05 min`, `3 d 04 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    for unit, subunit, seconds_per_unit in (("d", "h", 86_400), ("h", "min", 3_600)):
        if seconds >= seconds_per_unit:
            count, remainder = divmod(int(seconds), seconds_per_unit)
            return f"{count} {unit} {remainder * (24 if unit == 'd' else 60) // seconds_per_unit:02d} {subunit}"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def format_size(count: float) -> str:
    """Format a number of bytes: `812 B`, `4.1 kB`, `2.35 MB` (decimal units)."""
    if count < 1000:
        return f"{count:.0f} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.2f} MB"


class Step:
    """One line of progress; `detail` is shown after the title, `failed` marks the step as failed."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.failed = False
        self.started_at = time.monotonic()
        self.ended = threading.Event()
        self.ticker = threading.Thread(target=self._tick, daemon=True)

    @property
    def text(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title

    def _tick(self) -> None:
        if is_interactive():
            while not self.ended.wait(0.2):
                with _output_lock:
                    print(f"\r\033[K{self._line(columns() - 1)}", end="", file=_text_stream(), flush=True)
            return
        while not self.ended.wait(HEARTBEAT_SECONDS):
            say(f"  … {self.text} ({format_duration(self.elapsed)})")

    def _line(self, width: int) -> str:
        """Return one line that fits the terminal, because only the last line of a terminal can be rewritten."""
        text, clock = f"  {self.text}", f"  {format_duration(self.elapsed)}"
        text_width = width - len(clock)
        return (text if len(text) <= text_width else f"{text[: text_width - 1]}…") + clock

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started_at


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show `title` with a running clock until the block ends, then a final line with the elapsed time."""
    current_step = Step(title)
    if not is_interactive():
        say(f"  … {title}")
    current_step.ticker.start()
    try:
        yield current_step
    except BaseException:
        current_step.failed = True
        raise
    finally:
        current_step.ended.set()
        current_step.ticker.join()
        if is_interactive():
            print("\r\033[K", end="", file=_text_stream())
        say(f"  {'✗' if current_step.failed else '✓'} {current_step.text}  {format_duration(current_step.elapsed)}")


def rich_console() -> "Console":
    """Return a rich console as wide as the terminal, or 120 columns wide if there is none."""
    from rich.console import Console

    return Console(width=_width(), highlight=False, stderr=_output_options["stdout_reserved"])


def _width() -> int:
    return columns() if _text_stream().isatty() else 120


MIN_LAST_COLUMN_WIDTH = 30
"""A table's last column is printed below the others if it does not fit and fewer characters than this are left."""


def table(title: str, names: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table; the columns whose index is in `right` are right-aligned. If the terminal is too narrow, each row
    becomes a line with its last column below it."""
    cell_rows = [tuple(row) for row in rows]
    column_widths = [max(map(len, cells)) for cells in zip(names, *cell_rows, strict=True)]
    if sum(column_widths[:-1]) + 3 * len(column_widths) + min(column_widths[-1], MIN_LAST_COLUMN_WIDTH) > _width():
        say(f"\n{title}\n")
        for row in (names, *cell_rows):
            say(f" {'  '.join(row[:-1])}", hanging_indent=3)
            say(f"   {row[-1]}", hanging_indent=3)
        say()
        return
    from rich.box import SIMPLE
    from rich.table import Table

    grid = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    for index, name in enumerate(names):
        grid.add_column(name, justify="right" if index in right else "left", overflow="fold")
    for row in cell_rows:
        grid.add_row(*row)
    rich_console().print(grid)
