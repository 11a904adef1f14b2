"""Arguments of the command line, refused in one voice: `--limit must be a whole number above 0; got abc.`"""

import argparse
import contextlib
import difflib
import re
from collections.abc import Callable
from typing import Any, NoReturn

from orderflow_cli import console


class Parser(argparse.ArgumentParser):
    """Says in a sentence what is wrong, and where the help is."""

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        """What a command does not know is its own mistake, whose help shows what it does know."""
        found, unknown = super().parse_known_args(*given, **named)
        return self.error(f"unrecognized arguments: {' '.join(unknown)}") if unknown else (found, unknown)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"orderflow: {sentence(message)} `{self.prog} --help` shows what there is.\n")

    def format_help(self) -> str:
        """In colour on a terminal, where the project's packages are there; imported only now, as it takes a while."""
        if console.interactive():
            with contextlib.suppress(ImportError):
                from rich_argparse import RichHelpFormatter

                self.formatter_class = RichHelpFormatter
        return super().format_help()


def sentence(message: str) -> str:
    """What argparse says of a mistake, as a sentence."""
    if found := re.fullmatch(r"argument ([^:]+): (.*)", message, re.DOTALL):
        name, rule = found[1], found[2]
        if choice := re.fullmatch(r"invalid choice: (.*) \(choose from (.*)\)", rule, re.DOTALL):
            known, given = choice[2].replace("'", ""), choice[1].strip("'")
            meant = difflib.get_close_matches(given, known.split(", "), 1)
            return f"{name} must be one of {known}; got {given}.{f' Did you mean {meant[0]}?' if meant else ''}"
        if bad := re.fullmatch(r"invalid (int|float) value: '(.*)'", rule, re.DOTALL):
            return f"{name} must be a {'whole ' * (bad[1] == 'int')}number; got {bad[2] or 'nothing'}."
        return f"{name} needs a value." if rule == "expected one argument" else f"{name} {rule}."
    if required := re.fullmatch(r"the following arguments are required: (.*)", message):
        return f"Missing: {required[1]}."
    if unknown := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
        return f"There is no argument {unknown[1]}."
    return f"{message[:1].upper()}{message[1:]}."


def whole_number(above: int = 0, most: int = 999_999_999) -> Callable[[str], int]:
    """For argparse: a whole number in digits."""
    rule = f"above {above}" if most == 999_999_999 else f"from {above + 1} to {most}"

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not above < int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number {rule}; got {text or 'nothing'}")
        return int(text)

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """For argparse: a number such as 5 or 0.5."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not least <= float(text) <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least:g} to {most:.9g}; got {text or 'nothing'}")
        return float(text)

    return parse
