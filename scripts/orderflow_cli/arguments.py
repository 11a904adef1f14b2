"""Command-line arguments, with uniform error messages: `--port must be a whole number from 1 to 65535; got abc.`"""

import argparse
import contextlib
import difflib
import re
from collections.abc import Callable
from typing import Any, NoReturn

from orderflow_cli import console


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are full sentences, the last of which names the help command."""

    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        """Report unknown arguments as errors of the subcommand, so that the error names the subcommand's help."""
        parsed, unknown = super().parse_known_args(*args, **kwargs)
        return self.error(f"unrecognized arguments: {' '.join(unknown)}") if unknown else (parsed, unknown)

    def error(self, message: str) -> NoReturn:
        help_option = "ARGS=--help" if self.prog.startswith("make ") else "--help"
        self.exit(2, f"orderflow: {as_sentence(message)} `{self.prog} {help_option}` lists the options.\n")

    def format_help(self) -> str:
        """Return the help, in colour on a terminal if `rich_argparse` is installed (imported late, as that is slow)."""
        if console.is_interactive():
            with contextlib.suppress(ImportError):
                from rich_argparse import RichHelpFormatter

                self.formatter_class = RichHelpFormatter
        return super().format_help()


def as_sentence(message: str) -> str:
    """Rewrite an argparse error message as a sentence."""
    if argument_match := re.fullmatch(r"argument ([^:]+): (.*)", message, re.DOTALL):
        name, rule = argument_match[1], argument_match[2]
        if choice_match := re.fullmatch(r"invalid choice: (.*) \(choose from (.*)\)", rule, re.DOTALL):
            choices, value = choice_match[2].replace("'", ""), choice_match[1].strip("'")
            matches = difflib.get_close_matches(value, choices.split(", "), 1)
            return f"{name} must be one of {choices}; got {value}.{f' Did you mean {matches[0]}?' if matches else ''}"
        if type_match := re.fullmatch(r"invalid (int|float) value: '(.*)'", rule, re.DOTALL):
            return f"{name} must be a {'whole ' * (type_match[1] == 'int')}number; got {type_match[2] or 'nothing'}."
        return f"{name} needs a value." if rule == "expected one argument" else f"{name} {rule}."
    if missing_arguments_match := re.fullmatch(r"the following arguments are required: (.*)", message):
        return f"Missing: {missing_arguments_match[1]}."
    if unknown_arguments_match := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
        return f"Unknown argument {unknown_arguments_match[1]}."
    return f"{message[:1].upper()}{message[1:]}."


def whole_number(exclusive_minimum: int = 0, maximum: int = 999_999_999) -> Callable[[str], int]:
    """Return an argparse type that accepts whole numbers in a range."""
    rule = f"from {exclusive_minimum + 1} to {maximum}"

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not exclusive_minimum < int(text) <= maximum:
            raise argparse.ArgumentTypeError(f"must be a whole number {rule}; got {text or 'nothing'}")
        return int(text)

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """Return an argparse type that accepts numbers in a range, such as 5 or 0.5."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not low <= float(text) <= high:
            raise argparse.ArgumentTypeError(f"must be a number from {low:g} to {high:.9g}; got {text or 'nothing'}")
        return float(text)

    return parse
