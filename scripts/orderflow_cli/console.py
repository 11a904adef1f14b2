"""What a person sees: lines, steps with their time, tables. Standard library only but for the tables."""

import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

HEARTBEAT_SECONDS = 15.0
_output_lock = threading.Lock()


def interactive() -> bool:
    """Whether a line may be rewritten: a terminal that can, and nobody who asked for plain output."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def say(text: str = "") -> None:
    with _output_lock:
        print(text, flush=True)


def warn(text: str) -> None:
    print(f"orderflow: {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def size(count: float) -> str:
    """`812 B`, `4.1 kB`, `2.35 MB` (decimal units, as AWS quotas are read)."""
    if count < 1000:
        return f"{count:.0f} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.2f} MB"


class Step:
    """One line of progress; `detail` is shown behind it while it runs and when it ends, `failed` says how."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.failed = False
        self.started = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def _text(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title

    def _tick(self) -> None:
        if interactive():
            while not self._over.wait(0.2):
                with _output_lock:
                    print(f"\r\033[K  {self._text()}  {duration(self.elapsed)}", end="", flush=True)
            return
        while not self._over.wait(HEARTBEAT_SECONDS):
            say(f"  … {self._text()} ({duration(self.elapsed)})")

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def open(self) -> None:
        if not interactive():
            say(f"  … {self._text()}")
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        erase = "\r\033[K" if interactive() else ""
        say(f"{erase}  {'✗' if self.failed else '✓'} {self._text()}  {duration(self.elapsed)}")


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show `title` with a running clock until the block ends, then one closing line with the time it took."""
    current = Step(title)
    current.open()
    try:
        yield current
    except BaseException:
        current.failed = True
        raise
    finally:
        current.close()


def rich_console() -> "Console":
    """A console as wide as the terminal, or 120 columns where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table; the columns whose index is in `right` hold numbers."""
    from rich.box import SIMPLE
    from rich.table import Table

    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    rich_console().print(made)
